// What runs in the page, and for comparison in Node: a small network is trained, and what ran is told on the console.
import { compileAsync, configure, f64, type i32, jit, mean, relu, type Tensor, valueAndGrad } from 'adjoint';
import { crossEntropy, dense, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';
import type { Outcome } from './outcome';

const steps = 8;
const [weights, data] = random.split(random.key(0));
const [k1, k2] = random.split(weights);
const start = { hidden: dense(k1, 100, 256), out: dense(k2, 256, 10) };
type Params = typeof start;
const x = random.normal(data, [128, 100]);
const y = random.randint(data, [128], 0, 10);

const loss = (p: Params, images: Tensor<[128, 100]>, labels: Tensor<[128], i32>) =>
  mean(crossEntropy(linear(p.out)(relu(linear(p.hidden)(images))), labels));
const optimiser = adam<Params>({ learningRate: 0.01 });
const initial = { params: start, optimiser: optimiser.init(start) };
const step = jit((state: typeof initial, images: typeof x, labels: typeof y) => {
  const [l, gradients] = valueAndGrad(loss)(state.params, images, labels);
  const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
  return [{ params: applyUpdates(state.params, updates), optimiser: next }, l] as const;
});

/** On how many threads programs were run: the fifth argument of what a module exports. */
const threadsSeen = new Set<number>();
const watchThreads = (): void => {
  if (typeof WebAssembly === 'undefined') return;
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class {
    readonly exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      const watched = Object.entries(new Instance(module, imports).exports).map(([name, run]) => [
        name,
        (...args: readonly number[]) => {
          threadsSeen.add(args[4] as number);
          return (run as (...xs: readonly number[]) => unknown)(...args);
        },
      ]);
      this.exports = Object.fromEntries(watched);
    }
  } as typeof WebAssembly.Instance;
};

/** A page of an old Chromium compiles nothing above 4 KB in the middle of a call. */
const refuseLargeModules = async (): Promise<string> => {
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(bytes: BufferSource) {
      if (bytes.byteLength > 4096) throw new RangeError('disallowed on the main thread');
      super(bytes);
    }
  };
  try {
    step(initial, x, y);
    return 'not refused';
  } catch (error) {
    await compileAsync(step, initial, x, y);
    return (error as Error).name;
  }
};

const train = (): readonly [typeof initial, readonly number[]] => {
  let state = initial;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const [next, l] = step(state, x, y);
    state = next;
    losses.push(l.item());
  }
  return [state, losses];
};

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const main = async (): Promise<Outcome> => {
  const wishes = new URLSearchParams(globalThis.location?.search ?? '');
  watchThreads();
  const { target, threads } = configure();
  const refused = wishes.has('small') ? await refuseLargeModules() : '';
  if (target === 'wasm') await compileAsync(step, initial, x, y);
  // Threads start when there is work for them, and need a moment.
  for (let i = 0; i < 100 && threads > 1 && !wishes.has('alone') && ![...threadsSeen].some((n) => n > 1); i++) {
    step(initial, x, y);
    await pause(50);
  }
  const [state, losses] = train();
  const bits = [...state.params.hidden.w.astype(f64).toTypedArray(), ...state.params.out.b.toTypedArray()];
  return { target, threads, seen: [...threadsSeen].sort(), refused, losses, bits };
};

main().then(
  (outcome) => console.log(JSON.stringify(outcome)),
  (error: Error) => console.log(JSON.stringify({ error: `${error.name}: ${error.message}` })),
);
