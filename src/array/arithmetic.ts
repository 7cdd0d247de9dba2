// Sums, products, quotients and powers, element by element.
import { atMost } from '../core/arguments';
import { bool, isFloat, isInteger } from '../core/dtype';
import { DTypeError } from '../core/errors';
import { Value } from '../core/value';
import * as P from '../primitives';
import type { DType, Operand, Shape, Tensor } from '../types';
import { alignTwo, commonDType, floating, floatOf, operandOf } from './broadcasting';
import type { Analytic, Binary, FloatBinary, Unary } from './signatures';
import { publish } from './tensor';

const floatPair = (name: string, x: unknown, y: unknown) => alignTwo(name, x, y, floatOf);
const unary = (name: string, f: (x: Value) => Value, x: unknown) => publish(f(operandOf(x, name)));

/**
 * x + y, broadcast; of bools, the logical or.
 *
 * @throws ShapeError when the shapes do not broadcast
 * @example
 * add(tensor([1, 2]), tensor([[10], [20]])).toArray() // => [[11, 12], [21, 22]]
 * add(tensor([1, 2], i32), 1).toArray() // => [2, 3]
 */
export const add: Binary<'add'> = function (x: unknown, y: unknown) {
  atMost('add', arguments, 2);
  const [a, b] = alignTwo('add', x, y);
  return publish(a.dtype === bool ? P.or(a, b) : P.add(a, b));
};

/**
 * x - y, broadcast; not defined for two bools.
 *
 * @example
 * sub(tensor([3, 4]), 1).toArray() // => [2, 3]
 */
export const sub: Binary<'sub'> = function (x: unknown, y: unknown) {
  atMost('sub', arguments, 2);
  const [a, b] = alignTwo('sub', x, y);
  if (a.dtype === bool)
    throw new DTypeError('sub: bools have no difference. Use logicalXor, or convert with astype(x, i32).');
  return publish(P.sub(a, b));
};

/**
 * x · y, broadcast; of bools, the logical and. Integers wrap.
 *
 * @example
 * mul(tensor([1, 2, 3]), 2).toArray() // => [2, 4, 6]
 */
export const mul: Binary<'mul'> = function (x: unknown, y: unknown) {
  atMost('mul', arguments, 2);
  const [a, b] = alignTwo('mul', x, y);
  return publish(a.dtype === bool ? P.and(a, b) : P.mul(a, b));
};

/**
 * x / y, broadcast: true division, of integers too, which become f32.
 *
 * @example
 * div(tensor([1, 2], i32), 2).toArray() // => [0.5, 1]
 * div(tensor([1, 0]), 0).toArray() // => [Infinity, NaN]
 */
export const div: FloatBinary<'div'> = function (x: unknown, y: unknown) {
  atMost('div', arguments, 2);
  return publish(P.div(...floatPair('div', x, y)));
};

/**
 * x · y, broadcast, and 0 where y is 0 whatever x is, Infinity and NaN included. Integers become f32. The derivative by y is
 * linear in the same way: what does not matter to a result, since its cotangent is 0, has derivative 0.
 *
 * @example
 * mulNoNan(tensor([Infinity, NaN, 2]), tensor([0, 0, 3])).toArray() // => [0, 0, 6]
 */
export const mulNoNan: FloatBinary<'mulNoNan'> = function (x: unknown, y: unknown) {
  atMost('mulNoNan', arguments, 2);
  return publish(P.mulNoNan(...floatPair('mulNoNan', x, y)));
};

const zeroOf = (x: Value): Value => P.fullLike(x, 0);
const isNegative = (x: Value): Value => P.lt(x, zeroOf(x));

/** Where the remainder r = x rem y, which has the sign of x, lacks the sign of y. */
const hasWrongSign = (r: Value, y: Value): Value => P.and(P.ne(isNegative(r), isNegative(y)), P.ne(r, zeroOf(r)));

/**
 * ⌊x / y⌋, broadcast; derivative 0. A zero has the sign of the exact quotient. An integer divided by zero is -1 (all bits set), as in XLA.
 *
 * @example
 * floorDivide(tensor([7, -7], i32), 2).toArray() // => [3, -4]
 * floorDivide(tensor([7, -7]), 2).toArray() // => [3, -4]
 */
export const floorDivide: Binary<'floorDivide'> = function (x: unknown, y: unknown) {
  atMost('floorDivide', arguments, 2);
  const [n, d] = alignTwo('floorDivide', x, y);
  const [a, b] = [P.stopGradient(n), P.stopGradient(d)];
  const r = P.rem(a, b);
  // (a - r) / b is an integer up to rounding, also where a / b rounds to one from below.
  const quotient = isFloat(a.dtype) ? P.round(P.div(P.sub(a, r), b)) : P.div(a, b);
  const lower = P.selectN(hasWrongSign(r, b), quotient, P.sub(quotient, P.fullLike(a, 1)));
  if (!isFloat(a.dtype)) return publish(P.selectN(P.eq(b, zeroOf(b)), lower, quotient));
  const exact = P.div(a, b);
  // -1 / 3 rounded up is -0, and so is 1 / -3: the sign of a zero comes from the quotient.
  const signed = P.selectN(P.eq(lower, zeroOf(a)), lower, P.mul(exact, zeroOf(a)));
  return publish(P.selectN(P.eq(b, zeroOf(b)), signed, exact));
};

/**
 * x - y ⌊x / y⌋: the remainder with the sign of y, broadcast; 0 has the sign of x. x mod 0 is NaN; for integers it is x.
 *
 * @example
 * remainder(tensor([7, -7]), 3).toArray() // => [1, 2]
 * remainder(tensor([7, -7], i32), -3).toArray() // => [-2, -1]
 */
export const remainder: Binary<'remainder'> = function (x: unknown, y: unknown) {
  atMost('remainder', arguments, 2);
  const [a, b] = alignTwo('remainder', x, y);
  const r = P.rem(a, b);
  return publish(P.selectN(hasWrongSign(r, b), r, P.add(r, b)));
};

/**
 * The remainder with the sign of x, as C's fmod and JavaScript's %.
 *
 * @example
 * fmod(tensor([7, -7]), 3).toArray() // => [1, -1]
 */
export const fmod: Binary<'fmod'> = function (x: unknown, y: unknown) {
  atMost('fmod', arguments, 2);
  return publish(P.rem(...alignTwo('fmod', x, y)));
};

/**
 * x to the y, broadcast. Integers stay integers and wrap; a negative number as their exponent is an error.
 * 0⁰ is 1, and the derivatives are 0 there.
 *
 * @example
 * pow(tensor([1, 2, 3]), 2).toArray() // => [1, 4, 9]
 * pow(2, tensor([3, 4], i32)).toArray() // => [8, 16]
 */
export const pow: Binary<'pow'> = function (x: unknown, y: unknown) {
  atMost('pow', arguments, 2);
  if (typeof y === 'number' && y < 0 && x instanceof Value && isInteger(x.dtype))
    throw new DTypeError(`pow: ${x.dtype.name} to the power ${y} is not an integer. Convert first: astype(x, f32).`);
  const [a, b] = alignTwo('pow', x, y);
  return publish(y === 2 ? P.mul(a, a) : P.pow(a, b));
};

/**
 * The larger of x and y, broadcast; NaN if either is; 0 is larger than -0. Ties share the derivative equally.
 *
 * @example
 * maximum(tensor([1, 5]), 3).toArray() // => [3, 5]
 */
export const maximum: Binary<'maximum'> = function (x: unknown, y: unknown) {
  atMost('maximum', arguments, 2);
  return publish(P.max(...alignTwo('maximum', x, y)));
};

/**
 * The smaller of x and y, broadcast; NaN if either is; -0 is smaller than 0. Ties share the derivative equally.
 *
 * @example
 * minimum(tensor([1, 5]), 3).toArray() // => [1, 3]
 */
export const minimum: Binary<'minimum'> = function (x: unknown, y: unknown) {
  atMost('minimum', arguments, 2);
  return publish(P.min(...alignTwo('minimum', x, y)));
};

/**
 * -x.
 *
 * @example
 * neg(tensor([1, -2])).toArray() // => [-1, 2]
 */
export const neg: Unary = function (x: unknown) {
  atMost('neg', arguments, 1);
  return unary('neg', P.neg, x);
};

/**
 * |x|; derivative sign(x), 0 at 0.
 *
 * @example
 * abs(tensor([-1, 2])).toArray() // => [1, 2]
 */
export const abs: Unary = function (x: unknown) {
  atMost('abs', arguments, 1);
  return unary('abs', (v) => (v.dtype === bool ? v : P.abs(v)), x);
};

/**
 * -1, 0 or 1; a zero stays the zero it is, with its sign; derivative 0.
 *
 * @example
 * sign(tensor([-3, 0, 2])).toArray() // => [-1, 0, 1]
 */
export const sign: Unary = function (x: unknown) {
  atMost('sign', arguments, 1);
  return unary('sign', P.sign, x);
};

/**
 * x².
 *
 * @example
 * square(tensor([-3, 2])).toArray() // => [9, 4]
 */
export const square: Unary = function (x: unknown) {
  atMost('square', arguments, 1);
  return unary('square', (v) => P.mul(v, v), x);
};

/**
 * 1 / x.
 *
 * @example
 * reciprocal(tensor([2, 4])).toArray() // => [0.5, 0.25]
 */
export const reciprocal: Analytic = function (x: unknown) {
  atMost('reciprocal', arguments, 1);
  const v = floating(x, 'reciprocal');
  return publish(P.div(P.fullLike(v, 1), v));
};

/**
 * √(x² + y²), broadcast, without overflow in between. Infinity where either is infinite, also beside NaN (IEEE 754). The
 * derivatives are x / hypot and y / hypot; at the origin, where there are none, 0.
 *
 * @example
 * hypot(tensor([3e30, 5]), tensor([4e30, 12])).toArray() // => [5e30, 13]
 * hypot(Infinity, NaN).item() // => Infinity
 */
export const hypot: FloatBinary<'hypot'> = function (x: unknown, y: unknown) {
  atMost('hypot', arguments, 2);
  return publish(P.hypot(...floatPair('hypot', x, y)));
};

/**
 * log(exp(x) + exp(y)), broadcast, without overflow in between. The derivatives are weights that sum to 1: sigmoid(x - y) and
 * sigmoid(y - x), a half each for equal infinities too.
 *
 * @example
 * logaddexp(tensor([0, 1000]), tensor([0, 1000])).toArray() // => [0.6931472, 1000.6931]
 */
export const logaddexp: FloatBinary<'logaddexp'> = function (x: unknown, y: unknown) {
  atMost('logaddexp', arguments, 2);
  return publish(P.logaddexp(...floatPair('logaddexp', x, y)));
};

/**
 * x limited to [low, high]; either limit may be null. The dtype of x stays; ties with a limit share the derivative.
 *
 * @example
 * clip(tensor([-1, 0.5, 3]), 0, 1).toArray() // => [0, 0.5, 1]
 */
export const clip: Clip = function (x: unknown, low: unknown = null, high: unknown = null) {
  atMost('clip', arguments, 3);
  const v = operandOf(x, 'clip');
  const limit = (bound: unknown): Value => {
    const [, b] = alignTwo('clip', v, bound);
    if (commonDType([v, b]) !== v.dtype || b.ndim !== v.ndim || b.size !== v.size)
      throw new DTypeError(
        `clip: a limit of dtype ${b.dtype.name} and shape [${b.shape}] would change x, ${v.dtype.name} of shape [${v.shape}]. Convert x first.`,
      );
    return b;
  };
  const raised = low === null ? v : P.max(v, limit(low));
  return publish(high === null ? raised : P.min(raised, limit(high)));
};
type Clip = <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  low?: Operand | null,
  high?: Operand | null,
) => Tensor<S, D>;
