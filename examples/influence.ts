// Which examples a model would do better without: the influence of each on what the model says of data that is known to be right, by a
// product with the inverse Hessian, which conjugate gradients find from Hessian-vector products alone (forward over reverse). Here it finds
// pictures that were given a wrong label. P. W. Koh and P. Liang, Understanding black-box predictions via influence functions (2017).
// Run it: `npm run example -- influence`.
import {
  type AnyTensor,
  add,
  type Dim,
  grad,
  i32,
  jit,
  jvp,
  mean,
  mul,
  neg,
  reshape,
  type Scalar,
  square,
  sum,
  type Tensor,
  tensor,
  tree,
  zerosLike,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { lbfgs } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { type Images, imagesAt, readImageSets } from './catalogue/images';
import { sources } from './catalogue/sources';

type Params = nn.Dense<784, 10>;

const losses = <B extends Dim>(p: Params, images: Tensor<[B, 28, 28, 1]>, labels: Tensor<[B], i32>): Tensor<[B]> =>
  nn.crossEntropy(nn.linear(p)(reshape(images, [images.shape[0], 784])), labels);
const meanLoss = (p: Params, { images, labels }: Images): Scalar => mean(losses(p, images, labels));
/** With a penalty, so that the Hessian has an inverse. */
export const cost = (p: Params, examples: Images): Scalar => add(meanLoss(p, examples), mul(sum(square(p.w)), 5e-3));

/** The Hessian of the cost times a direction: the derivative of the gradient in that direction. */
export const hessianProduct = jit(
  (p: Params, v: Params, examples: Images): Params => jvp((q: Params) => grad(cost)(q, examples), [p], [v])[1],
);

/** x with A x = b for a symmetric and positive A (M. Hestenes and E. Stiefel, 1952), by as many products as it takes. */
export const conjugateGradients = <P>(product: (x: P) => P, b: P, steps: number): P => {
  const dot = (x: P, y: P): number =>
    tree
      .leaves(tree.map((a: AnyTensor, c: AnyTensor): AnyTensor => sum(mul(a, c)), x, y as NoInfer<P>))
      .reduce((n, d) => n + Number(d.item()), 0);
  const plus = (x: P, scale: number, y: P): P =>
    tree.map((a: AnyTensor, c: AnyTensor): AnyTensor => add(a, mul(c, scale)), x, y as NoInfer<P>);
  let x = tree.map((a) => zerosLike(a), b);
  let [residual, direction] = [b, b];
  const enough = 1e-8 * dot(b, b);
  for (let i = 0; i < steps && dot(residual, residual) > enough; i++) {
    const bent = product(direction);
    const length = dot(residual, residual) / dot(direction, bent);
    const next = plus(residual, -length, bent);
    x = plus(x, length, direction);
    direction = plus(next, dot(next, next) / dot(residual, residual), direction);
    residual = next;
  }
  return x;
};

/** How much less is lost on trusted examples without each of the others, times their number. */
const harmOf = (p: Params, examples: Images, trusted: Images): readonly number[] => {
  const s = conjugateGradients((v) => hessianProduct(p, v, examples), jit(grad(meanLoss))(p, trusted), 100);
  // The gradient of every example in the direction s, by one forward derivative.
  return neg(jvp((q: Params) => losses(q, examples.images, examples.labels), [p], [s])[1]).toArray();
};

const fitted = (examples: Images): Params => {
  const start: Params = nn.initLinear(random.key(0), { inputs: 784, outputs: 10, weight: nn.initialisers.zeros });
  return lbfgs((p: Params) => cost(p, examples), start, { steps: 200, tolerance: 1e-5 }).params;
};

export const example: Example = {
  name: 'influence',
  summary: 'influence functions by Hessian-vector products find the wrong labels among digits',
  sources: [sources.mnist],
  goals: {
    'area under ROC of wrong labels': { atLeast: { full: 0.8, quick: 0.8 } },
    'loss without the most harmful tenth, of what it was': { atMost: { full: 0.9, quick: 0.95 } },
  },
  run: ({ seed, quick, folder }) =>
    pipe(
      readImageSets(sources.mnist, folder(sources.mnist)),
      TE.map(({ train, test }) => {
        const count = quick ? 500 : 2000;
        const rows = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);
        const { images, labels } = imagesAt(train, rows(count));
        const trusted = imagesAt(test, rows(1000));
        // A tenth of the labels are replaced by one of the nine others.
        const [chosenKey, shiftKey] = random.split(random.key(seed));
        const wrong = random.bernoulli(chosenKey, 0.1, [count]).toArray().map(Number);
        const shifts = random.randint(shiftKey, [count], 1, 10).toArray();
        const given = labels.toArray().map((label, i) => (label + (wrong[i] as number) * (shifts[i] as number)) % 10);
        const examples: Images = { images, labels: tensor(given, i32).as([count as number]) };
        const params = fitted(examples);
        const harm = harmOf(params, examples, trusted);
        const order = harm.map((_, i) => i).sort((a, b) => (harm[a] as number) - (harm[b] as number));
        const places = new Float32Array(count);
        for (const [place, i] of order.entries()) places[i] = place / count;
        const metric = nn.areaUnderRoc(1000);
        const kept = order.slice(0, Math.round(0.9 * count));
        const fewer = imagesAt(train, kept).images;
        const without = fitted({
          images: fewer,
          labels: tensor(
            kept.map((i) => given[i] as number),
            i32,
          ).as([kept.length]),
        });
        const lost = meanLoss(params, trusted).item();
        return {
          parameters: parameterCount(params),
          results: {
            'area under ROC of wrong labels': metric.value(metric.of(tensor(places), tensor(wrong))).item(),
            'loss without the most harmful tenth, of what it was': meanLoss(without, trusted).item() / lost,
          },
        };
      }),
    ),
};
