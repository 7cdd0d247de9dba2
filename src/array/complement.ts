// The complementary error function in double precision, whatever it is asked in.
import { f32, f64 } from '../core/dtype';
import type { Value } from '../core/value';
import * as P from '../primitives';

/**
 * (1 + 2z) exp(z²) erfc z as a polynomial of (z - 3.75) / (z + 3.75), 0.2 <= z <= 28.1, the highest power first (Chebyshev; relative
 * error 9e-19). The variable is that of Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x", 1981.
 */
const scaled = [
  -5.452675629979284e-10, -4.2531949572444794e-9, -9.147631985660305e-10, 3.8340882968310054e-8, 1.9245186013260887e-8,
  -2.595674455460033e-7, -5.402544957608947e-8, 1.7529943521425807e-6, -9.751032776308675e-7, -1.1445058603711678e-5,
  2.2384698631102298e-5, 5.1649458225977175e-5, -0.00029015416032492986, 0.00029371357785406085, 0.0017556258593384765,
  -0.00974657954485987, 0.028362277419055667, -0.058693398590784596, 0.09230432116032403, -0.10880393014169758,
  0.08227673849014804, 0.0035854154854635355, -0.140240598585547,
] as const;
/** The constant term. */
const middle = 1.2375126308378275;
/** Up to here 1 - erf z keeps its digits. */
const meeting = 0.25;
/** exp(-z²) is 0 from here on. */
const underflow = 28;

/** The upper 26 digits (Veltkamp's splitting); products of two such numbers are exact. */
const upper = (x: Value): Value => {
  const wide = P.mul(x, P.fullLike(x, 2 ** 27 + 1));
  return P.sub(wide, P.sub(wide, x));
};

/**
 * erfc of an array of floats, its values within 2 units in the last place of f64: exp(-z²), the fit and the quotient by 1 + 2z are
 * rounded once together, at the end, but for the error of exp.
 */
export const complement = (x: Value): Value => {
  const v = P.convert(x, f64);
  const like = (n: number): Value => P.fullLike(v, n);
  const z = P.min(P.abs(v), like(underflow));
  const t = P.div(P.sub(z, like(3.75)), P.add(z, like(3.75)));
  const bend = P.mul(
    scaled.slice(1).reduce((sum, c) => P.add(P.mul(sum, t), like(c)), like(scaled[0])),
    t,
  );
  const fit = P.add(like(middle), bend);
  const lost = P.sub(bend, P.sub(fit, like(middle)));
  // z = high + low, with a square of `high` and a 1 + 2 high that are exact; `part` is what `low` changes exp(-z²) / (1 + 2z) by.
  const high = P.convert(P.convert(z, f32), f64);
  const low = P.sub(z, high);
  const divisor = P.add(like(1), P.mul(like(2), high));
  const growth = P.expm1(P.neg(P.mul(low, P.add(z, high))));
  const slope = P.div(P.mul(like(2), low), divisor);
  const part = P.sub(growth, P.mul(slope, P.add(like(1), P.sub(growth, slope))));
  const quotient = P.convert(P.convert(P.div(fit, divisor), f32), f64);
  const remainder = P.add(P.sub(fit, P.mul(quotient, divisor)), P.add(lost, P.mul(fit, part)));
  const rest = P.div(remainder, divisor);
  const power = P.exp(P.neg(P.mul(high, high)));
  const powerHigh = upper(power);
  const products = P.add(P.mul(power, rest), P.mul(P.sub(power, powerHigh), quotient));
  const tail = P.add(P.mul(powerHigh, quotient), products);
  const erf = P.erf(v);
  // The fit has no derivatives worth having: those of -erf are the same.
  const sloped = P.add(P.stopGradient(tail), P.sub(P.stopGradient(erf), erf));
  return P.convert(P.selectN(P.gt(v, like(meeting)), P.sub(like(1), erf), sloped), x.dtype);
};
