// Functions of one number that JavaScript does not have. Eager kernels and compiled ones call the same ones.

/** To the nearest integer, halves to the even one; keeps the sign of zero. */
export const roundHalfEven = (x: number): number => {
  const below = Math.floor(x);
  const gap = x - below;
  const rounded =
    gap < 0.5 ? below : gap > 0.5 ? below + 1 : Number.isNaN(gap) ? x : below % 2 === 0 ? below : below + 1;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
};

/** C's pow, where Math.pow differs: 1 to any power is 1, and (-1) to an infinite one too. */
export const floatPower = (x: number, y: number): number =>
  x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;

/** By squaring, wrapping to 32 bits; negative exponents give 0 but for 1 and -1. */
export const integerPower = (x: number, y: number): number => {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let base = x, n = y; n > 0; n = Math.floor(n / 2), base = Math.imul(base, base))
    if (n % 2 === 1) result = Math.imul(result, base);
  return result;
};

/** Integer division towards zero; x / 0 has all bits set, as in XLA. */
export const integerQuotient = (x: number, y: number): number => (y === 0 ? -1 : Math.trunc(x / y));

/** The remainder with the sign of x; x rem 0 is x. */
export const integerRemainder = (x: number, y: number): number => (y === 0 ? x : x % y);

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/**
 * The error function in double precision: below 3 the series exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)), whose terms have
 * one sign, above it one minus the continued fraction of erfc (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export const erf = (x: number): number => {
  const a = Math.abs(x);
  if (!(a < 6)) return x > 0 ? 1 : x < 0 ? -1 : x;
  if (a < 3) {
    const square = x * x;
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    return twoOverRootPi * Math.exp(-square) * sum;
  }
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  const complement = Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction);
  return x > 0 ? 1 - complement : complement - 1;
};

const f = Math.fround;
/** Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2010), single precision, highest power first. */
const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
].map(f);
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
].map(f);

/** The inverse of erf, every step rounded to single precision. */
export const erfInv32 = (x: number): number => {
  if (Math.abs(x) === 1) return x * Infinity;
  const w = f(-f(Math.log1p(-f(x * x))));
  const coefficients = w < 5 ? central : tail;
  const v = w < 5 ? f(w - 2.5) : f(f(Math.sqrt(w)) - 3);
  let p = coefficients[0] as number;
  for (let i = 1; i < coefficients.length; i++) p = f(f(p * v) + (coefficients[i] as number));
  return f(p * x);
};

/** The inverse of erf in double precision: the single-precision approximation, then three Newton steps. */
export const erfInv64 = (x: number): number => {
  if (!(Math.abs(x) < 1)) return Math.abs(x) === 1 ? x * Infinity : NaN;
  const start = Math.sqrt(-Math.log1p(-x * x));
  let y = Math.abs(f(x)) < 1 ? erfInv32(f(x)) : Math.sign(x) * start;
  for (let i = 0; i < 3; i++) {
    const error = erf(y) - x;
    const step = error / (twoOverRootPi * Math.exp(-y * y));
    y -= step / (1 + y * step);
  }
  return y;
};
