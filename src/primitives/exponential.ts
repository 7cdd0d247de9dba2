// Exponentials, logarithms, roots.
import type { Value } from '../core/value';
import { add, div, mul, sub } from './arithmetic';
import { fullLike } from './fill';
import { unary } from './kinds';

const cost = 'transcendental';
const accepts = 'float';

export const exp = unary('exp', { accepts, cost, op: 'exp', f: Math.exp, jvp: (t, ans) => mul(t, ans) });
export const expm1 = unary('expm1', {
  accepts,
  cost,
  op: 'expm1',
  f: Math.expm1,
  jvp: (t, ans) => mul(t, add(ans, fullLike(ans, 1))),
});
export const log = unary('log', { accepts, cost, op: 'log', f: Math.log, jvp: (t, _ans, x) => div(t, x as Value) });
export const log1p = unary('log1p', {
  accepts,
  cost,
  op: 'log1p',
  f: Math.log1p,
  jvp: (t, _ans, x) => div(t, add(x as Value, fullLike(t, 1))),
});
export const sqrt = unary('sqrt', {
  accepts,
  op: 'sqrt',
  f: Math.sqrt,
  jvp: (t, ans) => mul(t, div(fullLike(ans, 0.5), ans)),
});
export const rsqrt = unary('rsqrt', {
  accepts,
  op: 'rsqrt',
  f: (x) => 1 / Math.sqrt(x),
  jvp: (t, ans, x) => mul(t, mul(fullLike(ans, -0.5), div(ans, x as Value))),
});
export const cbrt = unary('cbrt', {
  accepts,
  cost,
  op: 'cbrt',
  f: Math.cbrt,
  jvp: (t, ans, x) => mul(t, mul(fullLike(ans, 1 / 3), div(ans, x as Value))),
});

/** tanh' = (1 + tanh)(1 - tanh), from the answer. */
export const tanh = unary('tanh', {
  accepts,
  cost,
  op: 'tanh',
  f: Math.tanh,
  jvp: (t, ans) => mul(add(t, mul(t, ans)), sub(fullLike(ans, 1), ans)),
});

/** 1 / (1 + exp(-x)); the derivative is y (1 - y), from the answer. */
export const logistic = unary('logistic', {
  accepts,
  cost,
  op: 'logistic',
  f: (x) => 1 / (1 + Math.exp(-x)),
  jvp: (t, ans) => mul(t, mul(ans, sub(fullLike(ans, 1), ans))),
});
