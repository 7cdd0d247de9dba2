// Roots.
import {
  type BinaryFormula,
  type ByPrecision,
  type Coefficients,
  type Formula,
  leastNormal,
  nearest,
  odd,
  polynomial,
} from './arithmetic';

export const rsqrt: Formula = (a, x) => a.div(a.constant(1), a.sqrt(x));

/** ∛m for m from 1/2 to 4, good to nine bits (Remez). */
const guess: Coefficients = [-0.00548790488, 0.0608594976, -0.265990317, 0.713076949, 0.497874796];
/** Halley's iteration triples the number of good bits. */
const iterations: ByPrecision<number> = { f32: 1, f64: 2 };
/** What subnormal numbers are multiplied by, two to the power of this: a multiple of 3. */
const lift: ByPrecision<number> = { f32: 24, f64: 54 };

/** |x| = 2³ᵏ m with m from 1/2 to 4; then ∛|x| = 2ᵏ ∛m. */
export const cbrt: Formula = (a, x) =>
  odd(a, x, (size) => {
    const bits = lift[a.precision];
    const isSubnormal = a.lt(size, a.constant(leastNormal[a.precision]));
    const normal = a.select(isSubnormal, a.mul(size, a.constant(2 ** bits)), size);
    const exponent = a.exponent(normal);
    const k = nearest(a, a.mul(exponent, a.constant(1 / 3)));
    const m = a.mul(a.mantissa(normal), a.pow2(a.sub(exponent, a.mul(k, a.constant(3)))));
    let y = polynomial(a, m, guess);
    for (let i = 0; i < iterations[a.precision]; i++) {
      const cube = a.mul(a.mul(y, y), y);
      y = a.sub(y, a.div(a.mul(y, a.sub(cube, m)), a.add(a.add(cube, cube), m)));
    }
    const root = a.mul(y, a.pow2(a.select(isSubnormal, a.sub(k, a.constant(bits / 3)), k)));
    const isOrdinary = a.and(a.lt(a.constant(0), size), a.lt(size, a.constant(Infinity)));
    return a.select(isOrdinary, root, size);
  });

/** √(x² + y²) = l √(1 + (s / l)²) with the larger and the smaller size. An infinity wins over NaN, as in C. */
export const hypot: BinaryFormula = (a, x, y) => {
  const [zero, one, infinity] = [a.constant(0), a.constant(1), a.constant(Infinity)];
  const [across, up] = [a.abs(x), a.abs(y)];
  const [small, large] = [a.min(across, up), a.max(across, up)];
  const isOrdinary = a.and(a.lt(zero, large), a.lt(large, infinity));
  const ratio = a.select(isOrdinary, a.div(small, large), zero);
  const length = a.mul(large, a.sqrt(a.add(one, a.mul(ratio, ratio))));
  return a.select(a.or(a.eq(across, infinity), a.eq(up, infinity)), infinity, length);
};
