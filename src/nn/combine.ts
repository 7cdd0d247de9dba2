// Functions of layers.

import { flow } from 'fp-ts/lib/function.js';
import type { Shape, Tensor } from '../index';
import { add, atMost } from '../untyped';

/**
 * One layer after the other: fp-ts' `flow`, by the name that the field gives it.
 *
 * @example
 * sequential(relu, (x) => mul(x, 2))(tensor([-1, 3])).toArray() // => [0, 6]
 */
export const sequential = flow;

/**
 * x + f(x) (He et al., 2016).
 *
 * @example
 * residual(relu)(tensor([-1, 3])).toArray() // => [-1, 6]
 */
export const residual = function <S extends Shape>(f: (x: Tensor<S>) => Tensor<NoInfer<S>>) {
  atMost('residual', arguments, 1);
  return (x: Tensor<S>): Tensor<S> => add(x, f(x));
};

/**
 * The same layer with each of several parameters in turn: the blocks of a deep network.
 *
 * @example
 * repeated((b) => (x) => add(x, b), [1, 2, 3])(tensor(0)).item() // => 6
 */
export const repeated = function <P, X>(layer: (params: P) => (x: X) => X, params: readonly P[]) {
  atMost('repeated', arguments, 2);
  return (x: X): X => params.reduce((y, p) => layer(p)(y), x);
};

/**
 * Two layers side by side, their results joined by a function of two tensors: add, mul, maximum ...
 *
 * @example
 * merged(add)(relu, neg)(tensor([-1, 3])).toArray() // => [1, 0]
 */
export const merged = function <A, B, C>(join: (a: A, b: B) => C) {
  atMost('merged', arguments, 1);
  return <X>(f: (x: X) => A, g: (x: X) => B) =>
    (x: X): C =>
      join(f(x), g(x));
};
