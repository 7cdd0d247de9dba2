// Circular and hyperbolic functions and their inverses.

import type { Value } from '../core/value';
import { add, div, mul, neg, sub } from './arithmetic';
import { cosine, hypot, rsqrt, sqrt } from './exponential';
import { fullLike } from './fill';
import { transcendental, transcendentalBinary } from './kinds';

const one = (x: Value): Value => fullLike(x, 1);
const square = (x: Value): Value => mul(x, x);
/** 1 - x², without cancellation near ±1. */
const gap = (x: Value): Value => mul(sub(one(x), x), add(one(x), x));

export const sin = transcendental('sin', 'sin', (t, _ans, x) => mul(t, cos(x)));
export const cos = transcendental('cos', 'cos', (t, _ans, x) => neg(mul(t, sin(x))));
export const tan = transcendental('tan', 'tan', (t, ans) => mul(t, add(one(ans), square(ans))));
export const asin = transcendental('asin', 'asin', (t, _ans, x) => mul(t, rsqrt(gap(x))));
export const acos = transcendental('acos', 'acos', (t, _ans, x) => neg(mul(t, rsqrt(gap(x)))));
export const atan = transcendental('atan', 'atan', (t, _ans, x) => div(t, add(one(t), square(x))));
export const sinh = transcendental('sinh', 'sinh', (t, _ans, x) => mul(t, cosh(x)));
export const cosh = transcendental('cosh', 'cosh', (t, _ans, x) => mul(t, sinh(x)));
export const asinh = transcendental('asinh', 'asinh', (t, _ans, x) => div(t, hypot(x, one(t))));
export const acosh = transcendental('acosh', 'acosh', (t, _ans, x) =>
  // Two roots, so that nothing overflows or cancels near 1.
  div(t, mul(sqrt(sub(x, one(t))), sqrt(add(x, one(t))))),
);
export const atanh = transcendental('atanh', 'atanh', (t, _ans, x) => div(t, gap(x)));

/** x / (x² + y²), whose squares neither overflow nor vanish here. */
const turn = (x: Value, y: Value): Value => {
  const length = hypot(x, y);
  return div(cosine(x, y, length), length);
};
/** The angle of the point (y, x), in radians; operands in C's order: y first. */
export const atan2 = transcendentalBinary('atan2', {
  op: 'atan2',
  jvp: [(t, _ans, y, x) => mul(t, turn(x, y)), (t, _ans, y, x) => neg(mul(t, turn(y, x)))],
});
