// Exponentials, logarithms, roots.
import type { Value } from '../core/value';
import { abs, add, div, mul, sign, sub } from './arithmetic';
import { and, or } from './bitwise';
import { fullLike } from './fill';
import { transcendental, transcendentalBinary, unary } from './kinds';
import { eq, ne, selectN } from './select';

export const exp = transcendental('exp', 'exp', (t, ans) => mul(t, ans));
export const expm1 = transcendental('expm1', 'expm1', (t, ans) => mul(t, add(ans, fullLike(ans, 1))));
export const log = transcendental('log', 'log', (t, _ans, x) => div(t, x));
export const log1p = transcendental('log1p', 'log1p', (t, _ans, x) => div(t, add(x, fullLike(t, 1))));
export const log10 = transcendental('log10', 'log10', (t, _ans, x) => div(t, mul(x, fullLike(t, Math.LN10))));
export const sqrt = unary('sqrt', {
  accepts: 'float',
  op: 'sqrt',
  f: Math.sqrt,
  jvp: [(t, ans) => mul(t, div(fullLike(ans, 0.5), ans))],
});
export const rsqrt = transcendental(
  'rsqrt',
  'rsqrt',
  (t, ans, x) => mul(t, mul(fullLike(ans, -0.5), div(ans, x))),
  'arithmetic',
);
export const cbrt = transcendental('cbrt', 'cbrt', (t, ans) => div(t, mul(fullLike(ans, 3), mul(ans, ans))));

/** tanh' = (1 + tanh)(1 - tanh), from the answer. */
export const tanh = transcendental('tanh', 'tanh', (t, ans) => mul(add(t, mul(t, ans)), sub(fullLike(ans, 1), ans)));

/** 1 / (1 + exp(-x)); the derivative is y (1 - y), from the answer. */
export const logistic = transcendental('logistic', 'logistic', (t, ans) =>
  mul(t, mul(ans, sub(fullLike(ans, 1), ans))),
);

/** log(1 + eˣ). */
export const softplus = transcendental('softplus', 'softplus', (t, _ans, x) => mul(t, logistic(x)));

/** x - y; 0 for equal infinities, which have no difference. */
const gapOf = (x: Value, y: Value): Value => {
  const gap = sub(x, y);
  return selectN(and(eq(x, y), ne(gap, gap)), gap, fullLike(gap, 0));
};
/** log(eˣ + eʸ). The derivatives are weights that sum to 1: a half each for equal infinities. */
export const logaddexp = transcendentalBinary('logaddexp', {
  op: 'logaddexp',
  jvp: [(t, _ans, x, y) => mul(t, logistic(gapOf(x, y))), (t, _ans, x, y) => mul(t, logistic(gapOf(y, x)))],
});

/** x / hypot(x, y): 0 at the origin; at infinity the direction of the corner or of the axis that the point goes to. */
export const cosine = (x: Value, y: Value, length: Value): Value => {
  const like = (n: number): Value => fullLike(length, n);
  const isInfinite = (v: Value): Value => eq(abs(v), like(Infinity));
  const isExtreme = or(eq(length, like(0)), eq(length, like(Infinity)));
  const far = (v: Value): Value => selectN(isInfinite(v), like(0), sign(v));
  const size = selectN(and(isInfinite(x), isInfinite(y)), like(1), like(Math.SQRT2));
  return div(selectN(isExtreme, x, far(x)), selectN(isExtreme, length, size));
};
/** √(x² + y²). */
export const hypot = transcendentalBinary('hypot', {
  op: 'hypot',
  jvp: [(t, ans, x, y) => mul(t, cosine(x, y, ans)), (t, ans, x, y) => mul(t, cosine(y, x, ans))],
});
