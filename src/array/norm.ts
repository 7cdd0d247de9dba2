// The lengths of vectors.
import { atMost } from '../core/arguments';
import { f64 } from '../core/dtype';
import { ArgumentError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import { floating, inSinglePrecision } from './broadcasting';
import { type Options, reduceBy } from './reduce';
import type { ReduceMeanWith } from './signatures';
import { describe, publish, valueFrom } from './tensor';

type Order = { readonly ord?: number };

/** f(total), and 0 with derivative 0 where the total is 0, at which roots have no slope. */
const fromTotal = (total: Value, f: (x: Value) => Value): Value => {
  const none = P.eq(total, P.fullLike(total, 0));
  return P.selectN(none, f(P.selectN(none, total, P.fullLike(total, 1))), P.fullLike(total, 0));
};
/**
 * A power of two for each sum over axes, kept as axes of one: times it, the squares of x neither overflow nor vanish. It is 1, and changes
 * no bit, where the largest |x| is far from both (so does LAPACK's nrm2), and a constant to derivatives: where it cancels they are exact.
 */
export const evening = (x: Value, axes: readonly number[]): Value => {
  const shape = x.shape.map((n, d) => (axes.includes(d) ? 1 : n));
  if (x.size === 0) return P.full(shape, x.dtype, 1);
  const [far, step] = x.dtype === f64 ? [2 ** 400, 2 ** 700] : [2 ** 50, 2 ** 90];
  const largest = P.reshape(P.stopGradient(P.reduceMax(P.abs(x), axes)), shape);
  const like = (v: number): Value => P.fullLike(largest, v);
  const isSmall = P.lt(largest, like(1 / far));
  return P.selectN(P.gt(largest, like(far)), P.selectN(isSmall, like(1), like(step)), like(1 / step));
};
const stretched = (x: Value, to: Value): Value =>
  P.broadcastInDim(
    x,
    to.shape,
    to.shape.map((_, d) => d),
  );
/** The root of the sum of squares. */
const euclidean = (x: Value, axes: readonly number[]): Value => {
  const scale = evening(x, axes);
  const even = P.mul(x, stretched(scale, x));
  const root = fromTotal(P.reduceSum(P.mul(even, even), axes), P.sqrt);
  return P.div(root, P.reshape(scale, root.shape));
};
/** (Σ |x|ᵖ)^(1/p), by the largest |x|, so that no power overflows. */
const minkowski = (x: Value, axes: readonly number[], ord: number): Value => {
  if (x.size === 0) return P.reduceSum(x, axes);
  const shape = x.shape.map((n, d) => (axes.includes(d) ? 1 : n));
  const largest = P.reshape(P.stopGradient(P.reduceMax(P.abs(x), axes)), shape);
  const usable = P.and(P.finite(largest), P.gt(largest, P.fullLike(largest, 0)));
  const scale = P.selectN(usable, P.fullLike(largest, 1), largest);
  const share = P.div(x, stretched(scale, x));
  const power = (v: Value): Value => P.pow(v, P.fullLike(v, ord));
  // An even power has all its derivatives at 0; |x| has none.
  const total = P.reduceSum(ord % 2 === 0 ? power(share) : fromTotal(P.abs(share), power), axes);
  const root = fromTotal(total, (v) => P.pow(v, P.fullLike(v, 1 / ord)));
  return P.mul(root, P.reshape(scale, root.shape));
};
const normOver = (ord: number) =>
  inSinglePrecision((x: Value, axes: readonly number[]): Value => {
    const size = P.abs(x);
    if (ord === Infinity) return P.reduceMax(size, axes);
    if (ord === -Infinity) return P.reduceMin(size, axes);
    if (ord === 0) return P.reduceSum(P.convert(P.ne(x, P.fullLike(x, 0)), x.dtype), axes);
    if (ord === 1) return P.reduceSum(size, axes);
    return ord === 2 ? euclidean(x, axes) : minkowski(x, axes, ord);
  });

/**
 * (Σ |x|ᵖ)^(1/p) over axes, p = `ord`: 2 (Euclid's, of a matrix Frobenius's), 1, any other positive number, Infinity (the
 * largest |x|), -Infinity (the smallest) or 0 (how many are not 0). Integers become f32. Where all of x is 0 the derivative
 * is 0. Powers neither overflow nor vanish in between.
 *
 * @throws ArgumentError for another order
 * @example
 * norm(tensor([3, -4])).item() // => 5
 * norm(tensor([3e30, 4e30])).item() // => 5e30
 * norm(tensor([[3, -4], [0, 1]]), -1, { ord: 1 }).toArray() // => [7, 1]
 */
export const norm: ReduceMeanWith<Order> = function (x: unknown, axis: unknown, options?: Options & Order) {
  atMost('norm', arguments, 3);
  const ord: unknown = options?.ord ?? 2;
  if (typeof ord !== 'number' || !(ord >= 0 || ord === -Infinity))
    throw new ArgumentError(`norm: ord must be a number of at least 0, Infinity or -Infinity, got ${describe(ord)}.`);
  return publish(reduceBy('norm', normOver(ord), floating(valueFrom(x, 'norm'), 'norm'), axis, options, ['ord']));
};
