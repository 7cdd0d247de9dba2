// A training loop that never gives the event loop a turn, and how much memory it holds on the way.
import { type i32, jit, mean, relu, type Tensor, valueAndGrad } from 'adjoint';
import { crossEntropy, dense, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';

export interface Sample {
  readonly step: number;
  /** Bytes that the process holds in memory, and of those the ones that are arrays and objects of JavaScript. */
  readonly resident: number;
  readonly loss: number;
}

interface Sizes {
  readonly inputs: number;
  readonly hidden: number;
  readonly batch: number;
}

/**
 * Trains a multilayer perceptron with Adam on noise, `steps` times without a pause, and looks at the memory every `every` steps. Nothing is
 * donated, so that every step leaves the parameters before it, and both moments, to the garbage collector.
 */
export const train = (
  { inputs, hidden, batch }: Sizes,
  steps: number,
  every: number,
  observe: (sample: Sample) => void,
): void => {
  const [weights, data] = random.split(random.key(0));
  const [k1, k2] = random.split(weights);
  const params = { hidden: dense(k1, inputs, hidden), out: dense(k2, hidden, 10) };
  type Params = typeof params;
  const x = random.normal(data, [batch, inputs]);
  const y = random.randint(data, [batch], 0, 10);
  const optimiser = adam<Params>({ learningRate: 1e-3 });
  const loss = (p: Params, images: Tensor<[number, number]>, labels: Tensor<[number], i32>) =>
    mean(crossEntropy(linear(p.out)(relu(linear(p.hidden)(images))), labels));
  const start = { params, optimiser: optimiser.init(params) };
  const next = jit((state: typeof start, images: typeof x, labels: typeof y) => {
    const [l, gradients] = valueAndGrad(loss)(state.params, images, labels);
    const [updates, optimiserState] = optimiser.update(gradients, state.optimiser, state.params);
    return [{ params: applyUpdates(state.params, updates), optimiser: optimiserState }, l] as const;
  });
  let state = start;
  for (let step = 1; step <= steps; step++) {
    const [after, l] = next(state, x, y);
    state = after;
    if (step % every === 0) observe({ step, resident: process.memoryUsage().rss, loss: l.item() });
  }
};

/** Bytes that the process holds at most in the last quarter of the samples, beyond those of the quarter after the first one. */
export const growth = (samples: readonly Sample[]): number => {
  const quarter = Math.floor(samples.length / 4);
  const most = (from: number, to: number): number => Math.max(...samples.slice(from, to).map((s) => s.resident));
  return most(3 * quarter, samples.length) - most(quarter, 2 * quarter);
};
