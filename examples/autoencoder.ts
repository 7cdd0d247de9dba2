// Autoencoders of handwritten digits: a dense and a convolutional one, one that takes noise away (P. Vincent et al., Extracting and composing
// robust features with denoising autoencoders, 2008), and a variational one. Run it: `npm run example -- autoencoder`.
import { join } from 'node:path';
import {
  add,
  clip,
  concatenate,
  type Dim,
  mean,
  mul,
  roll,
  type Scalar,
  sigmoid,
  slice,
  square,
  stack,
  sub,
  sum,
  swapaxes,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { adam, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import {
  convolutional,
  type Dense,
  decode,
  dense,
  gaussian,
  initConv,
  initDense,
  negativeElbo,
  type Pictures,
} from './autoencoders';
import { type Context, type Example, parameterCount } from './catalogue/example';
import { type ImageSet, imageBatches, imagesAt, readImageSets } from './catalogue/images';
import { imageGrid, savePicture } from './catalogue/pictures';
import { sources } from './catalogue/sources';
import { learn } from './catalogue/training';

const noisy = <B extends Dim>(x: Pictures<B>, key: random.Key): Pictures<B> =>
  clip(add(x, mul(random.normal(key, [x.shape[0], 28, 28, 1]), 0.5)), 0, 1);

const learned = <P>(
  context: Context,
  name: string,
  params: P,
  digits: ImageSet,
  loss: (p: P, x: Pictures, key: random.Key) => Scalar,
) => {
  const [orderKey, key] = random.split(random.key(context.seed + 1));
  const steps = context.quick ? 100 : 1000;
  const optimiser = adam({ learningRate: cosineDecay({ from: 2e-3, steps }) });
  function* batches(from: number): Generator<Pictures> {
    for (const { images } of imageBatches(orderKey, digits, 128, from)) yield images;
  }
  return learn(context, { name, steps, params, loss, optimiser, batches, key });
};
const distance = (x: Pictures, y: Pictures): number => mean(square(sub(x, y))).item();
const firstTen = (x: Pictures) => slice(x, 0, 0, 10);

/** From each of ten pictures to the next, in ten steps through the codes. */
const walk = (p: Dense<16>, x: Pictures<10>) => {
  const { centre } = gaussian(p, x);
  const next = roll(centre, -1, 0);
  const steps = Array.from({ length: 10 }, (_, i) => add(mul(centre, 1 - i / 9), mul(next, i / 9)));
  return sigmoid(decode(p, swapaxes(stack(steps), 0, 1).reshape([100, 16])));
};

export const example: Example = {
  name: 'autoencoder',
  summary:
    'dense, convolutional, denoising and variational autoencoders of digits; reconstructions and a walk as pictures',
  sources: [sources.mnist],
  goals: {
    'squared error, dense': { atMost: { full: 0.011, quick: 0.045 } },
    'squared error, convolutional': { atMost: { full: 0.01, quick: 0.055 } },
    'noise that is left': { atMost: { full: 0.17, quick: 0.7 } },
    'negative ELBO': { atMost: { full: 122, quick: 190 } },
  },
  run: (context) => {
    const [k1, k2, k3, k4, testKey] = random.split(random.key(context.seed), 5);
    const start = { dense: initDense(k1, 32), conv: initConv(k2), denoise: initConv(k3), vae: initDense(k4, 16) };
    const bce = (scores: Pictures, x: Pictures) => mean(sum(nn.binaryCrossEntropy(scores, x), [1, 2, 3]));
    const draw = (name: string, picture: Uint8Array) => savePicture(join(context.directory, name), picture);
    return pipe(
      readImageSets(sources.mnist, context.folder(sources.mnist)),
      TE.bindTo('mnist'),
      TE.bind('dense', ({ mnist }) =>
        learned(context, 'dense', start.dense, mnist.train, (p, x) => bce(dense(p, x), x)),
      ),
      TE.bind('conv', ({ mnist }) =>
        learned(context, 'convolutional', start.conv, mnist.train, (p, x) => bce(convolutional(p, x), x)),
      ),
      TE.bind('denoise', ({ mnist }) =>
        learned(context, 'denoising', start.denoise, mnist.train, (p, x, key) =>
          bce(convolutional(p, noisy(x, key)), x),
        ),
      ),
      TE.bind('vae', ({ mnist }) => learned(context, 'variational', start.vae, mnist.train, negativeElbo)),
      TE.chain((end) => {
        const x = imagesAt(
          end.mnist.test,
          Int32Array.from({ length: 2000 }, (_, i) => i),
        ).images;
        const spoiled = noisy(x, testKey);
        const [a, b] = [sigmoid(dense(end.dense, x)), sigmoid(convolutional(end.conv, x))];
        const clean = sigmoid(convolutional(end.denoise, spoiled));
        const rows = [x, a, b, spoiled, clean].map(firstTen);
        const outcome = {
          parameters: parameterCount(start),
          results: {
            'squared error, dense': distance(a, x),
            'squared error, convolutional': distance(b, x),
            'noise that is left': distance(clean, x) / distance(spoiled, x),
            'negative ELBO': negativeElbo(end.vae, x, testKey).item(),
          },
        };
        return pipe(
          draw('reconstructions.png', imageGrid(concatenate(rows, 0), { columns: 10, range: [0, 1] })),
          TE.chain(() => draw('walk.png', imageGrid(walk(end.vae, firstTen(x)), { range: [0, 1] }))),
          TE.map(() => outcome),
        );
      }),
    );
  },
};
