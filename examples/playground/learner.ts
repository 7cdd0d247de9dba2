// What the page can train.
import { type AnyTensor, compileAsync, configure, jit, type Scalar, valueAndGrad } from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import type { Key } from 'adjoint/random';

export interface Learner {
  readonly name: string;
  /** What is to be seen: it is called with the element to draw in. */
  readonly start: (key: Key) => Running;
}
export interface Running {
  /** Makes ready what may take long, without blocking the page. */
  readonly prepare: () => Promise<void>;
  /** One step of training; its loss. */
  readonly step: () => number;
  readonly draw: (into: HTMLElement) => void;
}

/** Adam on a loss, one compiled step at a time. */
export const running = <P, Batch>(
  params: P,
  loss: (p: P, batch: Batch) => Scalar,
  batch: (step: number) => Batch,
  draw: (p: P, into: HTMLElement) => void,
  learningRate: number,
): Running => {
  const optimiser = adam<P>({ learningRate });
  let state = { params, optimiser: optimiser.init(params) };
  const update = jit((s: typeof state, b: Batch) => {
    const [l, gradients] = valueAndGrad(loss)(s.params, b);
    const [updates, next] = optimiser.update(gradients, s.optimiser, s.params);
    return [{ params: applyUpdates(s.params, updates), optimiser: next }, l as AnyTensor] as const;
  });
  let done = 0;
  return {
    prepare: async () => {
      if (configure().target === 'wasm') await compileAsync(update, state, batch(0));
    },
    step: () => {
      const [next, l] = update(state, batch(done++));
      state = next;
      return l.item() as number;
    },
    draw: (into) => draw(state.params, into),
  };
};
