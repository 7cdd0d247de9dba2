// Signs, sums, products and powers.
import { type DType, isFloat } from '../core/dtype';
import type { Params, Simplify } from '../core/primitive';
import { integerPower, integerQuotient, integerRemainder } from '../core/scalar';
import type { Two, Value } from '../core/value';
import { and } from './bitwise';
import { log } from './exponential';
import { fullLike } from './fill';
import { binary, transcendentalBinary, unary } from './kinds';
import { round } from './rounding';
import { eq, selectN } from './select';

/** x where y is this number. */
const unlessBy =
  (neutral: number): Simplify<Params, Two> =>
  ({ operands: [x, y], uniform }) =>
    Object.is(uniform(y), neutral) ? x : null;

export const neg = unary('neg', {
  accepts: 'number',
  op: 'neg',
  f: (x) => -x,
  jvp: [(t) => neg(t)],
  transpose: [(ct) => neg(ct)],
  simplify: ({ inner }) => inner?.operand ?? null,
});

/** |x|, with derivative sign(x): 0 at 0. */
export const abs = unary('abs', { accepts: 'number', op: 'abs', f: Math.abs, jvp: [(t, _ans, x) => mul(t, sign(x))] });

export const sign = unary('sign', { accepts: 'number', op: 'sign', f: Math.sign, jvp: [null] });

export const add = binary('add', {
  accepts: 'number',
  op: 'add',
  f: (x, y) => x + y,
  jvp: [(t) => t, (t) => t],
  transpose: [(ct) => ct, (ct) => ct],
  // x + 0 is not x: it turns -0 into 0.
  simplify: ({ operands: [x, y], result, uniform }) => {
    const isNeutral = (n: number | null): boolean => Object.is(n, -0) || (n === 0 && !isFloat(result.dtype));
    return isNeutral(uniform(y)) ? x : isNeutral(uniform(x)) ? y : null;
  },
});

export const sub = binary('sub', {
  accepts: 'number',
  op: 'sub',
  f: (x, y) => x - y,
  jvp: [(t) => t, (t) => neg(t)],
  transpose: [(ct) => ct, (ct) => neg(ct)],
  simplify: unlessBy(0),
});

const exactProduct = (x: number, y: number, dtype: DType): number => (isFloat(dtype) ? x * y : Math.imul(x, y));

export const mul = binary('mul', {
  accepts: 'number',
  op: 'mul',
  f: exactProduct,
  jvp: [(t, _ans, _x, y) => mul(t, y), (t, _ans, x) => mul(x, t)],
  transpose: [(ct, [, y]) => mul(ct, y), (ct, [x]) => mul(ct, x)],
  simplify: ({ operands: [x, y], uniform }) => (uniform(y) === 1 ? x : uniform(x) === 1 ? y : null),
});

export const div = binary('div', {
  accepts: 'number',
  op: 'div',
  divisor: 1,
  f: (x, y, dtype) => (isFloat(dtype) ? x / y : integerQuotient(x, y)),
  jvp: [(t, _ans, _x, y) => div(t, y), (t, ans, _x, y) => neg(mul(t, div(ans, y)))],
  transpose: [(ct, [, y]) => div(ct, y), null],
  simplify: unlessBy(1),
});

/** The remainder with the sign of x; integers: x rem 0 is x. */
export const rem = binary('rem', {
  accepts: 'number',
  op: 'rem',
  divisor: 1,
  f: (x, y, dtype) => (isFloat(dtype) ? x % y : integerRemainder(x, y)),
  jvp: [
    (t) => t,
    // x - x rem y is a multiple of y, up to rounding; x / y may be rounded up to an integer.
    (t, ans, x, y) => neg(mul(t, round(div(sub(x, ans), y)))),
  ],
});

const whereZero = (condition: Value, x: Value, replacement: number): Value =>
  selectN(eq(condition, fullLike(condition, 0)), x, fullLike(x, replacement));

/** x to the y. By x the derivative y xʸ⁻¹ is guarded where both are 0, by y the derivative xʸ log x where x is 0. */
export const pow = transcendentalBinary('pow', {
  op: 'pow',
  integer: integerPower,
  simplify: unlessBy(1),
  jvp: [
    (t, _ans, x, y) => {
      const isZero = (v: Value): Value => eq(v, fullLike(v, 0));
      const safe = selectN(and(isZero(x), isZero(y)), x, fullLike(x, 1));
      return mul(t, mul(y, pow(safe, sub(y, fullLike(y, 1)))));
    },
    (t, ans, x) => mul(t, mul(log(whereZero(x, x, 1)), ans)),
  ],
});

/** Ties share the derivative: half for each side. */
const chosen = (x: Value, ans: Value, y: Value): Value =>
  selectN(eq(x, ans), fullLike(x, 0), selectN(eq(y, ans), fullLike(x, 1), fullLike(x, 0.5)));

export const max = binary('max', {
  accepts: 'any',
  op: 'max',
  f: (x, y) => Math.max(x, y),
  jvp: [(t, ans, x, y) => mul(t, chosen(x, ans, y)), (t, ans, x, y) => mul(t, chosen(y, ans, x))],
});

export const min = binary('min', {
  accepts: 'any',
  op: 'min',
  f: (x, y) => Math.min(x, y),
  jvp: [(t, ans, x, y) => mul(t, chosen(x, ans, y)), (t, ans, x, y) => mul(t, chosen(y, ans, x))],
});
