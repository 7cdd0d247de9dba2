// The error function and its inverse.
import { mul, neg } from './arithmetic';
import { exp } from './exponential';
import { fullLike } from './fill';
import { transcendental } from './kinds';

/** erf'(x) = 2/√π exp(-x²). */
export const erf = transcendental('erf', 'erf', (t, _ans, x) =>
  mul(t, mul(fullLike(t, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))),
);

/** The derivative of the inverse is √π/2 exp(erfInv(x)²). */
export const erfInv = transcendental('erf_inv', 'erfInv', (t, ans) =>
  mul(t, mul(fullLike(t, Math.sqrt(Math.PI) / 2), exp(mul(ans, ans)))),
);
