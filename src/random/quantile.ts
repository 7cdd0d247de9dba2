// Uniform numbers become normal ones.
import { f32 } from '../core/dtype';
import type { Value } from '../core/value';
import * as P from '../primitives';

/** A polynomial, highest power first, of w - 2.5 for w = -log(1 - x²) below 5, and of √w - 3 from there on. */
const near = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const far = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

const polynomial = (x: Value, coefficients: readonly number[]): Value =>
  coefficients.map((c) => P.fullLike(x, c)).reduce((sum, c) => P.add(P.mul(sum, x), c));

/**
 * The inverse of erf by Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2010), in single precision. It is less accurate
 * than the primitive, but a stream of normal numbers is then, to 2 ulp, the stream of XLA, which has the same numbers.
 */
const giles = (x: Value): Value => {
  const at = (n: number): Value => P.fullLike(x, n);
  const w = P.neg(P.log1p(P.neg(P.mul(x, x))));
  const p = P.selectN(P.lt(w, at(5)), polynomial(P.sub(P.sqrt(w), at(3)), far), polynomial(P.sub(w, at(2.5)), near));
  return P.mul(x, P.selectN(P.eq(P.abs(x), at(1)), p, at(Infinity)));
};

/** √2 erfInv(u): where a normal number with mean 0 and variance 1 lies when it is above a share (1 + u) / 2 of them. */
export const normalQuantile = (u: Value): Value =>
  P.mul(u.dtype === f32 ? giles(u) : P.erfInv(u), P.fullLike(u, Math.SQRT2));
