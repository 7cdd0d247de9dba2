// Comparisons, logic of truth values, bits of integers, choice, and questions about elements.
import { atMost, knownOptions } from '../core/arguments';
import { bool, isFloat } from '../core/dtype';
import { DTypeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { Bin3S, BinD, bool as Bool, Broadcastable, Broadcastable3, DType, Operand, Shape, Tensor } from '../types';
import { alignTwo, broadcastShapes, operandOf, stretch } from './broadcasting';
import type { Binary, Comparison, Predicate, Unary } from './signatures';
import { publish, valueFrom } from './tensor';

type Two = (x: Value, y: Value) => Value;
const compare = (name: string, f: Two, x: unknown, y: unknown) => publish(f(...alignTwo(name, x, y)));

/**
 * x > y, broadcast; false where either is NaN.
 *
 * @example
 * greater(tensor([1, 2, 3]), 2).toArray() // => [false, false, true]
 */
export const greater: Comparison<'greater'> = function (x: unknown, y: unknown) {
  atMost('greater', arguments, 2);
  return compare('greater', P.gt, x, y);
};
/**
 * x >= y, broadcast; false where either is NaN.
 *
 * @example
 * greaterEqual(tensor([1, 2, 3]), 2).toArray() // => [false, true, true]
 */
export const greaterEqual: Comparison<'greaterEqual'> = function (x: unknown, y: unknown) {
  atMost('greaterEqual', arguments, 2);
  return compare('greaterEqual', P.ge, x, y);
};
/**
 * x < y, broadcast; false where either is NaN.
 *
 * @example
 * less(tensor([1, 2, 3]), 2).toArray() // => [true, false, false]
 */
export const less: Comparison<'less'> = function (x: unknown, y: unknown) {
  atMost('less', arguments, 2);
  return compare('less', P.lt, x, y);
};
/**
 * x <= y, broadcast; false where either is NaN.
 *
 * @example
 * lessEqual(tensor([1, 2, 3]), 2).toArray() // => [true, true, false]
 */
export const lessEqual: Comparison<'lessEqual'> = function (x: unknown, y: unknown) {
  atMost('lessEqual', arguments, 2);
  return compare('lessEqual', P.le, x, y);
};
/**
 * x = y, element by element, broadcast; NaN equals nothing.
 *
 * @example
 * equal(tensor([1, NaN]), tensor([1, NaN])).toArray() // => [true, false]
 */
export const equal: Comparison<'equal'> = function (x: unknown, y: unknown) {
  atMost('equal', arguments, 2);
  return compare('equal', P.eq, x, y);
};
/**
 * x ≠ y, element by element, broadcast.
 *
 * @example
 * notEqual(tensor([1, 2]), 1).toArray() // => [false, true]
 */
export const notEqual: Comparison<'notEqual'> = function (x: unknown, y: unknown) {
  atMost('notEqual', arguments, 2);
  return compare('notEqual', P.ne, x, y);
};

/** Truth of every element: x ≠ 0. */
export const truth = (x: Value): Value => P.convert(x, bool);
const logical = (name: string, f: Two, x: unknown, y: unknown) => {
  const [a, b] = alignTwo(name, x, y);
  return publish(f(truth(a), truth(b)));
};

/**
 * Both are true (not 0), broadcast.
 *
 * @example
 * logicalAnd(tensor([true, true]), tensor([true, false])).toArray() // => [true, false]
 */
export const logicalAnd: Comparison<'logicalAnd'> = function (x: unknown, y: unknown) {
  atMost('logicalAnd', arguments, 2);
  return logical('logicalAnd', P.and, x, y);
};
/**
 * One or both are true (not 0), broadcast.
 *
 * @example
 * logicalOr(tensor([true, false]), tensor([false, false])).toArray() // => [true, false]
 */
export const logicalOr: Comparison<'logicalOr'> = function (x: unknown, y: unknown) {
  atMost('logicalOr', arguments, 2);
  return logical('logicalOr', P.or, x, y);
};
/**
 * Exactly one is true (not 0), broadcast.
 *
 * @example
 * logicalXor(tensor([true, true]), tensor([true, false])).toArray() // => [false, true]
 */
export const logicalXor: Comparison<'logicalXor'> = function (x: unknown, y: unknown) {
  atMost('logicalXor', arguments, 2);
  return logical('logicalXor', P.xor, x, y);
};
/**
 * x is false (0).
 *
 * @example
 * logicalNot(tensor([true, false])).toArray() // => [false, true]
 */
export const logicalNot: Predicate = function (x: unknown) {
  atMost('logicalNot', arguments, 1);
  return publish(P.not(truth(operandOf(x, 'logicalNot'))));
};

const refuseFloats = (name: string, x: Value): void => {
  if (isFloat(x.dtype))
    throw new DTypeError(
      `${name}: expected an integer dtype or bool, got ${x.dtype.name}. Convert with astype(x, i32).`,
    );
};
const bits = (name: string, f: Two, x: unknown, y: unknown) => {
  const [a, b] = alignTwo(name, x, y);
  refuseFloats(name, a);
  return publish(f(a, b));
};

/**
 * The bits set in both, broadcast; integers and bool.
 *
 * @example
 * bitwiseAnd(tensor([6, 3], i32), 2).toArray() // => [2, 2]
 */
export const bitwiseAnd: Binary<'bitwiseAnd'> = function (x: unknown, y: unknown) {
  atMost('bitwiseAnd', arguments, 2);
  return bits('bitwiseAnd', P.and, x, y);
};
/**
 * The bits set in one or both, broadcast; integers and bool.
 *
 * @example
 * bitwiseOr(tensor([4, 3], i32), 1).toArray() // => [5, 3]
 */
export const bitwiseOr: Binary<'bitwiseOr'> = function (x: unknown, y: unknown) {
  atMost('bitwiseOr', arguments, 2);
  return bits('bitwiseOr', P.or, x, y);
};
/**
 * The bits set in exactly one, broadcast; integers and bool.
 *
 * @example
 * bitwiseXor(tensor([6, 3], i32), 2).toArray() // => [4, 1]
 */
export const bitwiseXor: Binary<'bitwiseXor'> = function (x: unknown, y: unknown) {
  atMost('bitwiseXor', arguments, 2);
  return bits('bitwiseXor', P.xor, x, y);
};
/**
 * Every bit inverted; integers and bool.
 *
 * @example
 * bitwiseNot(tensor([0, 5], i32)).toArray() // => [-1, -6]
 */
export const bitwiseNot: Unary = function (x: unknown) {
  atMost('bitwiseNot', arguments, 1);
  const v = operandOf(x, 'bitwiseNot');
  refuseFloats('bitwiseNot', v);
  return publish(P.not(v));
};
/**
 * x · 2ⁿ, wrapping; 0 for n outside 0..31.
 *
 * @example
 * leftShift(tensor([1, 3], i32), 2).toArray() // => [4, 12]
 */
export const leftShift: Binary<'leftShift'> = function (x: unknown, n: unknown) {
  atMost('leftShift', arguments, 2);
  return bits('leftShift', P.shiftLeft, x, n);
};
/**
 * ⌊x / 2ⁿ⌋: shifts the sign in for signed integers and zeros for unsigned ones.
 *
 * @example
 * rightShift(tensor([12, -12], i32), 2).toArray() // => [3, -3]
 */
export const rightShift: Binary<'rightShift'> = function (x: unknown, n: unknown) {
  atMost('rightShift', arguments, 2);
  return bits(
    'rightShift',
    (a, b) => (a.dtype.kind === 'uint' ? P.shiftRightLogical(a, b) : P.shiftRightArithmetic(a, b)),
    x,
    n,
  );
};

/**
 * x where the condition is true, y elsewhere, broadcast together. The branch that is not taken gets derivative 0; that
 * is 0 · NaN = NaN when its own derivative is infinite, so make its argument safe too: log(where(p, x, 1)).
 *
 * @throws DTypeError when the condition is not bool; ShapeError when the shapes do not broadcast
 * @example
 * where(tensor([true, false]), tensor([1, 2]), 0).toArray() // => [1, 0]
 */
// biome-ignore lint/suspicious/noExplicitAny: the condition may have any shape, and errors should say Tensor<any, bool>.
export function where<C extends Tensor<any, Bool>, X extends Operand, Y extends Operand>(
  condition: C,
  x: Broadcastable<'where', C, X>,
  y: Broadcastable3<'where', C, X, Y>,
): Tensor<Bin3S<C, X, Y>, BinD<X, Y>>;
export function where(condition: unknown, x: unknown, y: unknown) {
  atMost('where', arguments, 3);
  const c = valueFrom(condition, 'where', 'the condition');
  if (c.dtype !== bool)
    throw new DTypeError(
      `where: the condition must be bool, got ${c.dtype.name}. Compare first, as in where(notEqual(c, 0), x, y).`,
    );
  const shapeOf = (v: unknown): readonly number[] =>
    typeof v === 'number' ? [] : valueFrom(v, 'where', 'a branch').shape;
  const shape = broadcastShapes('where', broadcastShapes('where', c.shape, shapeOf(x)), shapeOf(y));
  const [a, b] = alignTwo('where', x, y);
  return publish(P.selectN(stretch(c, shape), stretch(b, shape), stretch(a, shape)));
}

/**
 * Whether elements are NaN.
 *
 * @example
 * isnan(tensor([1, NaN])).toArray() // => [false, true]
 */
export const isnan: Predicate = function (x: unknown) {
  atMost('isnan', arguments, 1);
  const v = operandOf(x, 'isnan');
  return publish(P.ne(v, v));
};
/**
 * Whether elements are Infinity or -Infinity.
 *
 * @example
 * isinf(tensor([1, -Infinity])).toArray() // => [false, true]
 */
export const isinf: Predicate = function (x: unknown) {
  atMost('isinf', arguments, 1);
  const v = operandOf(x, 'isinf');
  return publish(isFloat(v.dtype) ? P.eq(P.abs(v), P.fullLike(v, Infinity)) : P.full(v.shape, bool, 0));
};
/**
 * Whether elements are neither infinite nor NaN.
 *
 * @example
 * isfinite(tensor([1, NaN, Infinity])).toArray() // => [true, false, false]
 */
export const isfinite: Predicate = function (x: unknown) {
  atMost('isfinite', arguments, 1);
  const v = operandOf(x, 'isfinite');
  return publish(isFloat(v.dtype) ? P.finite(v) : P.full(v.shape, bool, 1));
};

/**
 * NaN and infinities replaced: by 0 and the extreme finite numbers of the dtype unless others are given.
 *
 * @example
 * nanToNum(tensor([NaN, 1, Infinity]), { posinf: 9 }).toArray() // => [0, 1, 9]
 */
export function nanToNum<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  options: { readonly nan?: number; readonly posinf?: number; readonly neginf?: number } = {},
): Tensor<S, D> {
  atMost('nanToNum', arguments, 2);
  knownOptions('nanToNum', options, ['nan', 'posinf', 'neginf']);
  const v = valueFrom(x, 'nanToNum');
  if (!isFloat(v.dtype)) return publish(v);
  const largest = v.dtype.bytes === 4 ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const { nan = 0, posinf = largest, neginf = -largest } = options;
  const replaced = (p: Value, y: Value, by: number): Value => P.selectN(p, y, P.fullLike(v, by));
  const finite = replaced(
    P.eq(v, P.fullLike(v, -Infinity)),
    replaced(P.eq(v, P.fullLike(v, Infinity)), v, posinf),
    neginf,
  );
  return publish(replaced(P.ne(v, v), finite, nan));
}

const rounding = (name: string, f: (x: Value) => Value, x: unknown) => {
  const v = operandOf(x, name);
  return publish(isFloat(v.dtype) ? f(v) : v);
};
/**
 * The largest integer not above x; derivative 0.
 *
 * @example
 * floor(tensor([1.5, -1.5])).toArray() // => [1, -2]
 */
export const floor: Unary = function (x: unknown) {
  atMost('floor', arguments, 1);
  return rounding('floor', P.floor, x);
};
/**
 * The smallest integer not below x; derivative 0.
 *
 * @example
 * ceil(tensor([1.5, -1.5])).toArray() // => [2, -1]
 */
export const ceil: Unary = function (x: unknown) {
  atMost('ceil', arguments, 1);
  return rounding('ceil', P.ceil, x);
};
/**
 * The nearest integer, halves to the even one; derivative 0.
 *
 * @example
 * round(tensor([0.5, 1.5, 2.4])).toArray() // => [0, 2, 2]
 */
export const round: Unary = function (x: unknown) {
  atMost('round', arguments, 1);
  return rounding('round', P.round, x);
};
/**
 * The integer part; derivative 0.
 *
 * @example
 * trunc(tensor([1.5, -1.5])).toArray() // => [1, -1]
 */
export const trunc: Unary = function (x: unknown) {
  atMost('trunc', arguments, 1);
  return rounding('trunc', (v) => P.selectN(P.lt(v, P.fullLike(v, 0)), P.floor(v), P.ceil(v)), x);
};
