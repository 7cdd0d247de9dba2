import { atMost } from '../core/arguments';
// Training is a fold of a step over batches.

export interface Progress<State, Metrics> {
  readonly step: number;
  readonly state: State;
  readonly metrics: Metrics;
}

/**
 * Folds `step` over the batches and tells an observer of every step. The batches may be any iterable: an array, or a generator
 * that makes them as they are needed. Synchronous, and pure but for the observer.
 *
 * @example
 * fold((sum: number, batch: number) => [sum + batch, null], 0, [1, 2, 3]) // => 6
 */
export const fold = function <State, Batch, Metrics>(
  step: (state: State, batch: Batch) => readonly [State, Metrics],
  initial: State,
  batches: Iterable<Batch>,
  observe: (progress: Progress<State, Metrics>) => void = () => undefined,
): State {
  atMost('fold', arguments, 4);
  let state = initial;
  let count = 0;
  for (const batch of batches) {
    const [next, metrics] = step(state, batch);
    state = next;
    count += 1;
    observe({ step: count, state, metrics });
  }
  return state;
};

/**
 * The first `count` items of an iterable; what is not asked for is not made.
 *
 * @example
 * [...take([1, 2, 3], 2)] // => [1, 2]
 */
export function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  atMost('take', arguments, 2);
  if (count <= 0) return;
  let left = count;
  for (const item of items) {
    yield item;
    left -= 1;
    if (left === 0) return;
  }
}
