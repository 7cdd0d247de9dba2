// Circular and hyperbolic functions and their inverses.

import type { ScalarOp } from '../core/lowering';
import type { Value } from '../core/value';
import { add, div, mul, neg, sub } from './arithmetic';
import { rsqrt, sqrt } from './exponential';
import { fullLike } from './fill';
import { binary, type Derivative, unary } from './kinds';

const one = (x: Value): Value => fullLike(x, 1);
const square = (x: Value): Value => mul(x, x);
const define = (name: string, op: ScalarOp, f: (x: number) => number, jvp: Derivative) =>
  unary(name, { accepts: 'float', cost: 'transcendental', op, f, jvp });

export const sin = define('sin', 'sin', Math.sin, (t, _ans, x) => mul(t, cos(x as Value)));
export const cos = define('cos', 'cos', Math.cos, (t, _ans, x) => neg(mul(t, sin(x as Value))));
export const tan = define('tan', 'tan', Math.tan, (t, ans) => mul(t, add(one(ans), square(ans))));
export const asin = define('asin', 'asin', Math.asin, (t, _ans, x) => mul(t, rsqrt(sub(one(t), square(x as Value)))));
export const acos = define('acos', 'acos', Math.acos, (t, _ans, x) =>
  neg(mul(t, rsqrt(sub(one(t), square(x as Value))))),
);
export const atan = define('atan', 'atan', Math.atan, (t, _ans, x) => div(t, add(one(t), square(x as Value))));
export const sinh = define('sinh', 'sinh', Math.sinh, (t, _ans, x) => mul(t, cosh(x as Value)));
export const cosh = define('cosh', 'cosh', Math.cosh, (t, _ans, x) => mul(t, sinh(x as Value)));
export const asinh = define('asinh', 'asinh', Math.asinh, (t, _ans, x) =>
  mul(t, rsqrt(add(square(x as Value), one(t)))),
);
export const acosh = define('acosh', 'acosh', Math.acosh, (t, _ans, x) =>
  // Two roots, so that nothing overflows or cancels near 1.
  div(t, mul(sqrt(sub(x as Value, one(t))), sqrt(add(x as Value, one(t))))),
);
export const atanh = define('atanh', 'atanh', Math.atanh, (t, _ans, x) => div(t, sub(one(t), square(x as Value))));

/** The angle of the point (y, x), in radians; operands in C's order: y first. */
export const atan2 = binary('atan2', {
  accepts: 'float',
  cost: 'transcendental',
  op: 'atan2',
  f: Math.atan2,
  jvp: [
    (t, _ans, y, x) => mul(t, div(x as Value, add(square(x as Value), square(y as Value)))),
    (t, _ans, y, x) => mul(t, div(neg(y as Value), add(square(x as Value), square(y as Value)))),
  ],
});
