// The lengths of vectors.
import { ArgumentError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import { floating } from './broadcasting';
import { type Options, reduceBy } from './reduce';
import type { ReduceMeanWith } from './signatures';
import { describe, publish, valueFrom } from './tensor';

type Order = { readonly ord?: number };

/** f(total), and 0 with derivative 0 where the total is 0, at which roots have no slope. */
const fromTotal = (total: Value, f: (x: Value) => Value): Value => {
  const none = P.eq(total, P.fullLike(total, 0));
  return P.selectN(none, f(P.selectN(none, total, P.fullLike(total, 1))), P.fullLike(total, 0));
};
const normOver =
  (ord: number) =>
  (x: Value, axes: readonly number[]): Value => {
    const size = P.abs(x);
    if (ord === Infinity) return P.reduceMax(size, axes);
    if (ord === -Infinity) return P.reduceMin(size, axes);
    if (ord === 0) return P.reduceSum(P.convert(P.ne(x, P.fullLike(x, 0)), x.dtype), axes);
    if (ord === 1) return P.reduceSum(size, axes);
    if (ord === 2) return fromTotal(P.reduceSum(P.mul(x, x), axes), P.sqrt);
    const total = P.reduceSum(
      fromTotal(size, (v) => P.pow(v, P.fullLike(v, ord))),
      axes,
    );
    return fromTotal(total, (v) => P.pow(v, P.fullLike(v, 1 / ord)));
  };

/**
 * (Σ |x|ᵖ)^(1/p) over axes, p = `ord`: 2 (Euclid's, of a matrix Frobenius's), 1, any other positive number, Infinity (the
 * largest |x|), -Infinity (the smallest) or 0 (how many are not 0). Integers become f32. Where all of x is 0 the derivative
 * is 0.
 *
 * @throws ArgumentError for another order
 * @example
 * norm(tensor([3, -4])).item() // => 5
 * norm(tensor([[3, -4], [0, 1]]), -1, { ord: 1 }).toArray() // => [7, 1]
 */
export const norm: ReduceMeanWith<Order> = (x: unknown, axis: unknown, options?: Options & Order) => {
  const ord: unknown = options?.ord ?? 2;
  if (typeof ord !== 'number' || !(ord >= 0 || ord === -Infinity))
    throw new ArgumentError(`norm: ord must be a number of at least 0, Infinity or -Infinity, got ${describe(ord)}.`);
  return publish(reduceBy('norm', normOver(ord), floating(valueFrom(x, 'norm'), 'norm'), axis, options));
};
