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
 * const { init, update } = sgd<Tensor<[2]>>({ learningRate: 0.5 });
 * update(tensor([2, 4]), init(zeros([2])), zeros([2]))[0].toArray() // => [-1, -2]
 */
export const sgd = <P>({ learningRate, momentum = 0 }: SgdOptions): Optimiser<P, SgdState<P>> => ({
  init: (params) => ({ velocity: tree.map((x) => zerosLike(x), params) }),
  update: (gradients, { velocity }) => {
    const next = tree.map((v, g) => add(mul(v, momentum), g), velocity, gradients);
    return [tree.map((v) => mul(v, -learningRate), next), { velocity: next }];
  },
});
