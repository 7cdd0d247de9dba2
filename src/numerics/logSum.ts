// Logarithms of sums of exponentials, by the larger of the two, so that nothing overflows.
import type { Arithmetic, BinaryFormula, Formula } from './arithmetic';
import { exp } from './exponential';
import { log1p } from './logarithm';

/** log(1 + e^-|gap|). */
const correction = <E, C>(a: Arithmetic<E, C>, gap: E): E => log1p(a, exp(a, a.neg(a.abs(gap))));

/** log(1 + eˣ) = max(x, 0) + log(1 + e^-|x|). */
export const softplus: Formula = (a, x) => {
  const zero = a.constant(0);
  return a.add(a.select(a.lt(zero, x), x, zero), correction(a, x));
};

/** log(eˣ + eʸ) = max(x, y) + log(1 + e^-|x - y|), also where both are the same infinity. */
export const logaddexp: BinaryFormula = (a, x, y) => {
  const gap = a.sub(x, y);
  const sum = a.add(a.select(a.lt(x, y), y, x), correction(a, gap));
  return a.select(a.eq(gap, gap), sum, a.add(x, y));
};
