// Sums and products of twice the precision.
import type { Arithmetic, ByPrecision } from './arithmetic';

/** An unevaluated sum; the second part is what the first one lacks. */
export type Pair<E> = readonly [E, E];

/** The sum of two numbers, the first of them larger or zero: Dekker, "A floating-point technique" (1971). */
export const sum = <E, C>(a: Arithmetic<E, C>, x: E, y: E): Pair<E> => {
  const s = a.add(x, y);
  return [s, a.sub(y, a.sub(s, x))];
};
const splitter: ByPrecision<number> = { f32: 2 ** 12 + 1, f64: 2 ** 27 + 1 };
/** Splits a number into two halves of its digits: products of halves are exact. */
export const halves = <E, C>(a: Arithmetic<E, C>, x: E): Pair<E> => {
  const c = a.mul(x, a.constant(splitter[a.precision]));
  const upper = a.sub(c, a.sub(c, x));
  return [upper, a.sub(x, upper)];
};
/** The product of two numbers (Dekker). */
export const product = <E, C>(a: Arithmetic<E, C>, x: E, y: E): Pair<E> => {
  const p = a.mul(x, y);
  const [xh, xl] = halves(a, x);
  const [yh, yl] = halves(a, y);
  const cross = a.add(a.add(a.sub(a.mul(xh, yh), p), a.mul(xh, yl)), a.mul(xl, yh));
  return [p, a.add(cross, a.mul(xl, yl))];
};
