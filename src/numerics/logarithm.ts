// Logarithms, and the functions that are logarithms of something.
import {
  type Arithmetic,
  type ByPrecision,
  type Coefficients,
  type Formula,
  leastNormal,
  odd,
  polynomial,
} from './arithmetic';
import { halves } from './pairs';

interface Series {
  /** ln 2 in two parts: products of the first with exponents are exact. */
  readonly ln2: readonly [number, number];
  /** (2 artanh s - 2s) / s³ as a polynomial of s², |s| <= (√2 - 1) / (√2 + 1) (Remez). */
  readonly tail: Coefficients;
  /** What subnormal numbers are multiplied by: two to the power of this. */
  readonly lift: number;
}
const seriesOf: ByPrecision<Series> = {
  f32: {
    ln2: [0.693359375, -0.00021219444],
    tail: [0.235835686, 0.285372376, 0.400003374, 0.666666627],
    lift: 24,
  },
  f64: {
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    tail: [
      0.14797507927478104, 0.15313903184315053, 0.18183569744076214, 0.22222198475864563, 0.28571428743264266,
      0.39999999999411084, 0.6666666666666735,
    ],
    lift: 54,
  },
};

/** log(1 + f) = f - (half - bend) for 1 + f between √½ and √2: with s = f / (2 + f) as in FreeBSD's msun, e_log.c. */
const nearOne = <E, C>(a: Arithmetic<E, C>, f: E): { readonly half: E; readonly bend: E } => {
  const s = a.div(f, a.add(f, a.constant(2)));
  const z = a.mul(s, s);
  const half = a.mul(a.mul(f, a.constant(0.5)), f);
  return { half, bend: a.mul(s, a.add(half, a.mul(z, polynomial(a, z, seriesOf[a.precision].tail)))) };
};

/** k ln 2 + log(1 + f) + rest, for 1 + f between √½ and √2. */
const compose = <E, C>(a: Arithmetic<E, C>, k: E, f: E, rest: E | null): E => {
  const { ln2 } = seriesOf[a.precision];
  const { half, bend } = nearOne(a, f);
  const low = a.mul(k, a.constant(ln2[1]));
  const small = a.add(bend, rest === null ? low : a.add(low, rest));
  return a.sub(a.mul(k, a.constant(ln2[0])), a.sub(a.sub(half, small), f));
};

/** x = 2ᵏ (1 + f) with 1 + f between √½ and √2, for a positive normal x. */
export const split = <E, C>(a: Arithmetic<E, C>, x: E): { readonly k: E; readonly f: E } => {
  const m = a.mantissa(x);
  const isUpper = a.lt(a.constant(Math.SQRT2), m);
  const k = a.exponent(x);
  return {
    k: a.select(isUpper, a.add(k, a.constant(1)), k),
    f: a.sub(a.select(isUpper, a.mul(m, a.constant(0.5)), m), a.constant(1)),
  };
};

/** The logarithm where x is positive and finite, and what it is elsewhere. */
const onDomain = <E, C>(a: Arithmetic<E, C>, x: E, logarithm: E): E => {
  const zero = a.constant(0);
  const upTo = a.select(a.lt(x, a.constant(Infinity)), logarithm, x);
  const from = a.select(a.lt(x, zero), a.constant(Number.NaN), upTo);
  return a.select(a.eq(x, zero), a.constant(-Infinity), from);
};

/** x = 2ᵏ (1 + f) with 1 + f between √½ and √2, for a positive x. */
const splitAny = <E, C>(a: Arithmetic<E, C>, x: E): { readonly k: E; readonly f: E } => {
  const { lift } = seriesOf[a.precision];
  const isSubnormal = a.lt(x, a.constant(leastNormal[a.precision]));
  const { k, f } = split(a, a.select(isSubnormal, a.mul(x, a.constant(2 ** lift)), x));
  return { k: a.select(isSubnormal, a.sub(k, a.constant(lift)), k), f };
};

export const log: Formula = (a, x) => {
  const { k, f } = splitAny(a, x);
  return onDomain(a, x, compose(a, k, f, null));
};

/** log₁₀ 2 and 1 / ln 10 in two parts: products of the first ones with exponents, and with halves of numbers, are exact. */
const decimal: ByPrecision<{ readonly two: readonly [number, number]; readonly perE: readonly [number, number] }> = {
  f32: {
    two: [0.301025390625, 4.605039e-6],
    perE: [0.434326171875, -3.168997e-5],
  },
  f64: {
    two: [0.30102999566395283, 2.8363394551044964e-14],
    perE: [0.4342944845557213, -2.6524694553078553e-9],
  },
};
/** k log₁₀ 2 + log(1 + f) / ln 10 with the first terms exact, as in FreeBSD's msun, e_log10.c: powers of ten come out exact. */
export const log10: Formula = (a, x) => {
  const { two, perE } = decimal[a.precision];
  const { k, f } = splitAny(a, x);
  const { half, bend } = nearOne(a, f);
  const [high] = halves(a, a.sub(f, half));
  const low = a.add(a.sub(a.sub(f, high), half), bend);
  const large = a.mul(k, a.constant(two[0]));
  const part = a.mul(high, a.constant(perE[0]));
  const sum = a.add(large, part);
  const lost = a.add(a.sub(large, sum), part);
  const rest = a.add(a.mul(a.add(low, high), a.constant(perE[1])), a.mul(low, a.constant(perE[0])));
  return onDomain(a, x, a.add(sum, a.add(lost, a.add(a.mul(k, a.constant(two[1])), rest))));
};

/** Where x and log(1 + x) are the same number. */
const tiny: ByPrecision<number> = { f32: 2 ** -25, f64: 2 ** -54 };

/** log(1 + x) from u = 1 + x, rounded, and what it lost: Kahan, "Branch cuts for complex elementary functions" (1987). */
export const log1p: Formula = (a, x) => {
  const one = a.constant(1);
  const u = a.add(one, x);
  const grown = a.sub(u, one);
  const lost = a.add(a.sub(one, a.sub(u, grown)), a.sub(x, grown));
  const { k, f } = split(a, u);
  const isNear = a.eq(k, a.constant(0));
  const rest = a.select(isNear, a.constant(0), a.div(lost, u));
  const value = onDomain(a, u, compose(a, k, a.select(isNear, x, f), rest));
  return a.select(a.lt(a.abs(x), a.constant(tiny[a.precision])), x, value);
};

/** Where log(1 + x) and log x are the same number. */
const large: ByPrecision<number> = { f32: 2 ** 26, f64: 2 ** 55 };

/** log 2x for large x, log(1 + t) for others; squares of large x might overflow. */
const logOfSum = <E, C>(a: Arithmetic<E, C>, x: E, t: E): E => {
  const isLarge = a.lt(a.constant(large[a.precision]), x);
  return a.add(log1p(a, a.select(isLarge, x, t)), a.select(isLarge, a.constant(Math.LN2), a.constant(0)));
};

/** log(1 + t), t = |x| + x² / (1 + √(1 + x²)). */
export const asinh: Formula = (a, x) =>
  odd(a, x, (size) => {
    const one = a.constant(1);
    const square = a.mul(size, size);
    return logOfSum(a, size, a.add(size, a.div(square, a.add(one, a.sqrt(a.add(one, square))))));
  });

/** log(1 + t), t = (x - 1) + √((x - 1) (x + 1)); NaN below 1. */
export const acosh: Formula = (a, x) => {
  const one = a.constant(1);
  const above = a.sub(x, one);
  const t = a.add(above, a.sqrt(a.mul(above, a.add(x, one))));
  return a.select(a.lt(above, a.constant(0)), a.constant(Number.NaN), logOfSum(a, x, t));
};

/** ½ log(1 + t), t = 2x / (1 - x) = 2x + 2x² / (1 - x); the sum keeps 2x exact where x is small. */
export const atanh: Formula = (a, x) =>
  odd(a, x, (size) => {
    const twice = a.add(size, size);
    const away = a.sub(a.constant(1), size);
    const isSmall = a.lt(size, a.constant(0.5));
    const quotient = a.div(a.select(isSmall, a.mul(twice, size), twice), away);
    return a.mul(log1p(a, a.select(isSmall, a.add(twice, quotient), quotient)), a.constant(0.5));
  });
