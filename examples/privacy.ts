// Learning that keeps examples private (M. Abadi et al., Deep learning with differential privacy, 2016): the gradient of every example is clipped by
// itself, and noise is added to their sum. vmap(grad) gives the gradients of all examples. Run it: `npm run example -- privacy`.
import {
  type AnyTensor,
  add,
  argmax,
  type Dim,
  div,
  equal,
  grad,
  type i32,
  jit,
  mul,
  over,
  overOut,
  psum,
  relu,
  reshape,
  type Scalar,
  sum,
  type Tensor,
  tree,
  vmap,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { applyUpdates, clipByGlobalNorm, sgd } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { allImages, type Images, imageBatches, imagesAt, readImageSets } from './catalogue/images';
import { sources } from './catalogue/sources';
import { train } from './catalogue/training';

const [batch, bound, noise, delta] = [256, 1, 1, 1e-5] as const;

export const init = (key: random.Key) => {
  const [k1, k2] = random.split(key);
  return {
    hidden: nn.initLinear(k1, { inputs: 784, outputs: 32 }),
    out: nn.initLinear(k2, { inputs: 32, outputs: 10 }),
  };
};
type Params = ReturnType<typeof init>;
/** The scores of one picture: batches are made by vmap. */
const scores = (p: Params, image: Tensor<[28, 28, 1]>): Tensor<[10]> =>
  pipe(reshape(image, [784]), nn.linear(p.hidden), relu, nn.linear(p.out));
const loss = (p: Params, image: Tensor<[28, 28, 1]>, label: Tensor<[], i32>): Scalar =>
  nn.crossEntropy(scores(p, image), label);

const clip = clipByGlobalNorm(bound);
/** The gradient of one example, made shorter where it is longer than the bound. */
export const clippedGradient = (p: Params, image: Tensor<[28, 28, 1]>, label: Tensor<[], i32>): Params =>
  clip.update(grad(loss)(p, image, label), null, p)[0];

/** The sum of the clipped gradients of a batch: they are all there at once, and are one when they leave vmap. */
export const clippedSum = <B extends Dim>(
  p: Params,
  images: Tensor<[B, 28, 28, 1]>,
  labels: Tensor<[B], i32>,
): Params => {
  const own = (image: Tensor<[28, 28, 1]>, label: Tensor<[], i32>) => psum(clippedGradient(p, image, label), 'batch');
  return vmap(own, overOut(null, 0, 0), { axisName: 'batch' })(images, labels);
};
/** Their mean, with noise as large as what one example can change of the sum. */
const privateGradient = (key: random.Key, p: Params, { images, labels }: Images): Params => {
  let leaf = 0;
  return tree.map(
    (g: AnyTensor): AnyTensor => {
      const blur: AnyTensor = random.normal(random.foldIn(key, leaf++), g.shape as readonly number[]);
      return div(add(g, mul(blur, noise * bound)), batch);
    },
    clippedSum(p, images, labels),
  );
};

/**
 * ε for δ after as many steps, if every batch takes each example with probability q: the Rényi divergences of a sampled Gaussian of integer
 * orders α, added up and converted (I. Mironov, K. Talwar, L. Zhang, Rényi differential privacy of the sampled Gaussian mechanism, 2019).
 * Batches of shuffled passes, as here and in most libraries, are taken for such samples.
 */
export const epsilonAfter = (steps: number, q: number, sigma: number): number => {
  const orders = Array.from({ length: 62 }, (_, i) => i + 2);
  return Math.min(
    ...orders.map((alpha) => {
      let logBinomial = 0;
      const logs = Array.from({ length: alpha + 1 }, (_, k) => {
        if (k > 0) logBinomial += Math.log((alpha - k + 1) / k);
        return logBinomial + (alpha - k) * Math.log1p(-q) + k * Math.log(q) + (k * (k - 1)) / (2 * sigma ** 2);
      });
      const top = Math.max(...logs);
      const divergence = (top + Math.log(logs.reduce((n, x) => n + Math.exp(x - top), 0))) / (alpha - 1);
      return steps * divergence + Math.log(1 / delta) / (alpha - 1);
    }),
  );
};

export const example: Example = {
  name: 'privacy',
  summary: 'differentially private learning: per-example gradients by vmap(grad), clipped, summed and blurred',
  sources: [sources.mnist],
  goals: {
    accuracy: { atLeast: { full: 0.91, quick: 0.75 } },
    epsilon: { atMost: { full: 2, quick: 1.5 } },
  },
  run: (context) => {
    const [initKey, orderKey, noiseKey] = random.split(random.key(context.seed), 3);
    const steps = context.quick ? 60 : 2000;
    const optimiser = sgd({ learningRate: 0.5, momentum: 0.5 });
    const params = init(initKey);
    const initial = { params, optimiser: optimiser.init(params), key: noiseKey };
    const step = jit(
      (s: typeof initial, images: Images) => {
        const [now, key] = random.split(s.key);
        const [updates, next] = optimiser.update(privateGradient(now, s.params, images), s.optimiser, s.params);
        return [{ params: applyUpdates(s.params, updates), optimiser: next, key }, {}] as const;
      },
      { donate: 0 },
    );
    const all = vmap(scores, over(null, 0));
    return pipe(
      readImageSets(sources.mnist, context.folder(sources.mnist)),
      TE.bindTo('mnist'),
      TE.bind('end', ({ mnist }) =>
        train(context, step, initial, (from) => imageBatches(orderKey, mnist.train, batch, from), {
          name: 'private',
          steps,
        }),
      ),
      TE.map(({ mnist, end }) => {
        const right = jit((p: Params, { images, labels }: Images) => sum(equal(argmax(all(p, images), -1), labels)));
        const count = mnist.test.labels.data.length;
        const hits = allImages(mnist.test).map((rows) => right(end.params, imagesAt(mnist.test, rows)).item());
        return {
          parameters: parameterCount(params),
          results: {
            accuracy: hits.reduce((a, b) => a + b, 0) / count,
            epsilon: epsilonAfter(steps, batch / mnist.train.labels.data.length, noise),
          },
        };
      }),
    );
  },
};
