// The error function and its inverse.
import { f32 } from '../core/dtype';
import { erfInv32, erfInv64, erf as erfOf } from '../core/scalar';
import type { Value } from '../core/value';
import { mul, neg } from './arithmetic';
import { exp } from './exponential';
import { fullLike } from './fill';
import { unary } from './kinds';

/** erf'(x) = 2/√π exp(-x²). */
export const erf = unary('erf', {
  accepts: 'float',
  cost: 'transcendental',
  op: 'erf',
  f: erfOf,
  jvp: (t, _ans, x) => mul(t, mul(fullLike(t, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x as Value, x as Value))))),
});

/** The derivative of the inverse is √π/2 exp(erfInv(x)²). */
export const erfInv = unary('erf_inv', {
  accepts: 'float',
  cost: 'transcendental',
  op: 'erfInv',
  f: (x, dtype) => (dtype === f32 ? erfInv32(x) : erfInv64(x)),
  jvp: (t, ans) => mul(t, mul(fullLike(t, Math.sqrt(Math.PI) / 2), exp(mul(ans, ans)))),
});
