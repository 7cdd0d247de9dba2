// Stochastic gradient descent.
import { add, mul, tree, zerosLike } from '../index';
import type { Optimiser } from './optimiser';

export interface SgdOptions {
  readonly learningRate: number;
  /** How much of the last step is taken again: 0 (the default) is plain descent. */
  readonly momentum?: number;
}
export interface SgdState<P> {
  readonly velocity: P;
}

/**
 * v ← momentum · v + g, update −learningRate · v (Polyak, 1964).
 *
 * @example
 * const optimiser = sgd<Params>({ learningRate: 0.1 });
 */
export const sgd = <P>({ learningRate, momentum = 0 }: SgdOptions): Optimiser<P, SgdState<P>> => ({
  init: (params) => ({ velocity: tree.map((x) => zerosLike(x), params) }),
  update: (gradients, { velocity }) => {
    const next = tree.map((v, g) => add(mul(v, momentum), g), velocity, gradients);
    return [tree.map((v) => mul(v, -learningRate), next), { velocity: next }];
  },
});
