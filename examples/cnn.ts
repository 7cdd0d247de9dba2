// Convolutional networks: a LeNet learns the digits of MNIST, and a small residual network with batch norm the clothes of Fashion-MNIST.
// Run it: `npm run example -- cnn`.
import { join } from 'node:path';
import { jit, mean, sum, trace, transpose, valueAndGrad } from 'adjoint';
import * as nn from 'adjoint/nn';
import { adamw, applyUpdates, warmupCosine } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Context, type Example, parameterCount } from './catalogue/example';
import { allImages, type ImageSet, type Images, imageBatches, imagesAt, readImageSets } from './catalogue/images';
import { confusionPicture, imageGrid, savePicture } from './catalogue/pictures';
import { sources } from './catalogue/sources';
import { train } from './catalogue/training';
import { lenet, type Network, type Pictures, resnet } from './imageNetworks';

// The training step, the same for both, and the test.

const learned = <P, M>(
  context: Context,
  { params, moments, scores, augment }: Network<P, M>,
  sets: { readonly train: ImageSet; readonly test: ImageSet },
  { name, epochs }: { readonly name: string; readonly epochs: number },
) => {
  const batch = 128;
  const [orderKey, augmentKey] = random.split(random.key(context.seed + 1));
  const perEpoch = Math.floor(sets.train.labels.data.length / batch);
  const steps = context.quick ? 100 : epochs * perEpoch;
  const rate = warmupCosine({ peak: 4e-3, warmup: Math.floor(steps / 5), steps });
  const optimiser = adamw({ learningRate: rate, weightDecay: 0.02 });
  const initial = { params, moments, optimiser: optimiser.init(params), key: augmentKey };
  const loss = (p: P, m: M, x: Pictures, labels: Images['labels']) => {
    const [y, next] = scores(p, m, x, true);
    return [mean(nn.crossEntropy(y, labels, { smoothing: 0.05 })), next] as const;
  };
  const step = jit(
    (s: typeof initial, { images, labels }: Images) => {
      const [key, next] = random.split(s.key);
      const [[l, m], gradients] = valueAndGrad(loss, { hasAux: true })(
        s.params,
        s.moments,
        augment(key, images),
        labels,
      );
      const [updates, o] = optimiser.update(gradients, s.optimiser, s.params);
      return [{ params: applyUpdates(s.params, updates), moments: m, optimiser: o, key: next }, { loss: l }] as const;
    },
    { donate: 0 },
  );
  const confusion = nn.confusionMatrix(10);
  const tested = jit((p: P, m: M, { images, labels }: Images) => confusion.of(scores(p, m, images, false)[0], labels));
  return pipe(
    train(context, step, initial, (from) => imageBatches(orderKey, sets.train, batch, from), { name, steps }),
    TE.map((end) => {
      const batches = allImages(sets.test, context.quick ? 2000 : undefined).map((rows) => imagesAt(sets.test, rows));
      const counts = batches.map((b) => tested(end.params, end.moments, b)).reduce(confusion.concat, confusion.empty);
      const accuracy = trace(counts).item() / sum(counts).item();
      return { params: end.params, counts: counts.toArray(), accuracy };
    }),
  );
};

const digits = Array.from({ length: 10 }, (_, i) => String(i));
const clothes = ['T-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'];

export const example: Example = {
  name: 'cnn',
  summary: 'a LeNet on MNIST, a residual network with batch norm on Fashion-MNIST; filters and confusions as pictures',
  sources: [sources.mnist, sources.fashionMnist],
  goals: {
    'MNIST accuracy': { atLeast: { full: 0.99, quick: 0.93 } },
    'Fashion-MNIST accuracy': { atLeast: { full: 0.91, quick: 0.7 } },
  },
  run: (context) => {
    const { folder, directory, seed } = context;
    const [k1, k2] = random.split(random.key(seed));
    const [first, second] = [lenet(k1), resnet(k2)];
    const draw = (name: string, picture: string | Uint8Array) => savePicture(join(directory, name), picture);
    return pipe(
      TE.Do,
      TE.bind('mnist', () => readImageSets(sources.mnist, folder(sources.mnist))),
      TE.bind('fashion', () => readImageSets(sources.fashionMnist, folder(sources.fashionMnist))),
      TE.bind('lenet', ({ mnist }) => learned(context, first, mnist, { name: 'lenet', epochs: 3 })),
      TE.bind('resnet', ({ fashion }) => learned(context, second, fashion, { name: 'resnet', epochs: 5 })),
      TE.chainFirst((r) =>
        draw('filters.png', imageGrid(transpose(r.lenet.params.conv1.w, [3, 0, 1, 2]), { zoom: 12 })),
      ),
      TE.chainFirst((r) => draw('mnist.svg', confusionPicture(r.lenet.counts, digits, { title: 'MNIST, LeNet' }))),
      TE.chainFirst((r) =>
        draw('fashion.svg', confusionPicture(r.resnet.counts, clothes, { title: 'Fashion-MNIST, ResNet' })),
      ),
      TE.map((r) => ({
        parameters: parameterCount([first.params, second.params]),
        results: { 'MNIST accuracy': r.lenet.accuracy, 'Fashion-MNIST accuracy': r.resnet.accuracy },
      })),
    );
  },
};
