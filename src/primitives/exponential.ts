// Exponentials, logarithms, roots.
import type { Value } from '../core/value';
import { add, div, mul, sub } from './arithmetic';
import { fullLike } from './fill';
import { transcendental, unary } from './kinds';

export const exp = transcendental('exp', 'exp', (t, ans) => mul(t, ans));
export const expm1 = transcendental('expm1', 'expm1', (t, ans) => mul(t, add(ans, fullLike(ans, 1))));
export const log = transcendental('log', 'log', (t, _ans, x) => div(t, x as Value));
export const log1p = transcendental('log1p', 'log1p', (t, _ans, x) => div(t, add(x as Value, fullLike(t, 1))));
export const sqrt = unary('sqrt', {
  accepts: 'float',
  op: 'sqrt',
  f: Math.sqrt,
  jvp: (t, ans) => mul(t, div(fullLike(ans, 0.5), ans)),
});
export const rsqrt = transcendental(
  'rsqrt',
  'rsqrt',
  (t, ans, x) => mul(t, mul(fullLike(ans, -0.5), div(ans, x as Value))),
  'arithmetic',
);
export const cbrt = transcendental('cbrt', 'cbrt', (t, ans, x) =>
  mul(t, mul(fullLike(ans, 1 / 3), div(ans, x as Value))),
);

/** tanh' = (1 + tanh)(1 - tanh), from the answer. */
export const tanh = transcendental('tanh', 'tanh', (t, ans) => mul(add(t, mul(t, ans)), sub(fullLike(ans, 1), ans)));

/** 1 / (1 + exp(-x)); the derivative is y (1 - y), from the answer. */
export const logistic = transcendental('logistic', 'logistic', (t, ans) =>
  mul(t, mul(ans, sub(fullLike(ans, 1), ans))),
);
