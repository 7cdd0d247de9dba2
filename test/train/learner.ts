// A run for resume.test.ts: `learner.ts directory steps [resume]`. Everything that a run can have: a key in the state, Adam, a donated
// state, shuffled batches, observers with memories. Prints its steps, and in the end a digest of all bits.
import { createHash } from 'node:crypto';
import { add, jit, mean, mul, type Tensor, tensor, tree, valueAndGrad } from 'adjoint';
import { gatherRows, shuffledBatches } from 'adjoint/data';
import { dense, linear, squaredError } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { checkpoint, csv, earlyStopping, fit, history, observer, schedule, take } from 'adjoint/train';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';

const [directory, count, resume] = process.argv.slice(2) as [string, string, string | undefined];
const steps = Number(count);

const rows = { shape: [64, 3], data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i * i)) };
const batchOf = (indices: Int32Array) => tensor(gatherRows(rows, indices).data).reshape([8, 3]);

const init = (key: random.Key) => dense(key, 3, 3);
type Params = ReturnType<typeof init>;
const optimiser = adam<Params>({ learningRate: 0.05 });
const start = (params: Params) => ({
  params,
  optimiser: optimiser.init(params),
  key: random.key(5),
  noise: tensor(0.1),
});
type State = ReturnType<typeof start>;

const step = jit(
  (state: State, x: Tensor<[8, 3]>) => {
    const [key, noiseKey] = random.split(state.key);
    const noisy = add(x, mul(random.normal(noiseKey, [8, 3]), state.noise));
    const [loss, gradients] = valueAndGrad((p: Params) => mean(squaredError(linear(p)(noisy), x)))(state.params);
    const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
    return [{ ...state, params: applyUpdates(state.params, updates), optimiser: next, key }, { loss }] as const;
  },
  { donate: 0 },
);

const losses = history();
const steady = observer<State, unknown, number>({
  name: 'sum of losses',
  memory: t.number,
  initial: 0,
  see: (sum, { numbers, step }) => {
    console.log(`step ${step}`);
    return [sum + (numbers().loss as number), {}];
  },
});
const run = await fit(
  step,
  start(init(random.key(1))),
  (done) =>
    take(
      (function* () {
        for (const indices of shuffledBatches(random.key(2), 64, 8, done)) yield batchOf(indices);
      })(),
      steps - done,
    ),
  [
    schedule<State>({ value: (n) => 0.1 / (1 + n), set: (s, noise) => ({ ...s, noise: tensor(noise) }) }),
    losses,
    steady,
    earlyStopping({ metric: 'loss', patience: 1000 }),
    csv(`${directory}.csv`),
    checkpoint(directory, { every: 7, goOn: 'learner resume' }),
  ],
  { resume: resume === undefined ? undefined : directory },
)();
if (E.isLeft(run)) throw new Error(run.left.message);
const { state, stopped } = run.right;
const digest = createHash('sha256').update(JSON.stringify([steady.of(run.right), losses.of(run.right)]));
for (const x of tree.leaves(state)) {
  const data: ArrayBufferView = x.toTypedArray();
  digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}
console.log(
  stopped === null ? `end ${run.right.step} ${digest.digest('hex')}` : `stopped ${run.right.step} ${stopped.reason}`,
);
