// What formulas are written in: the operations that every target has and that give the same bits on all of them.

export type Precision = 'f32' | 'f64';

/** What no short formula gives: circular functions of arguments with too many turns in them. The host computes these. */
export type External = 'sinOfHuge' | 'cosOfHuge' | 'tanOfHuge';

/**
 * IEEE arithmetic of one precision on values of type E, with truth values of type C. A formula is written once, for every
 * arithmetic: of numbers, of source text, of expressions of the compiler (tagless final). Every operation rounds once, nothing is
 * fused; NaN has no sign and no payload.
 */
export interface Arithmetic<E, C> {
  readonly precision: Precision;
  /** Rounded to the precision. */
  readonly constant: (x: number) => E;
  readonly add: (x: E, y: E) => E;
  readonly sub: (x: E, y: E) => E;
  readonly mul: (x: E, y: E) => E;
  readonly div: (x: E, y: E) => E;
  /** Extrema are NaN where an operand is, and -0 is less than 0. */
  readonly max: (x: E, y: E) => E;
  readonly min: (x: E, y: E) => E;
  readonly neg: (x: E) => E;
  readonly abs: (x: E) => E;
  readonly sqrt: (x: E) => E;
  readonly floor: (x: E) => E;
  readonly eq: (x: E, y: E) => C;
  readonly lt: (x: E, y: E) => C;
  readonly le: (x: E, y: E) => C;
  readonly and: (x: C, y: C) => C;
  readonly or: (x: C, y: C) => C;
  /** Both alternatives are computed. */
  readonly select: (condition: C, yes: E, no: E) => E;
  /** The external function of x where the condition holds, which it hardly ever does. */
  readonly rarely: (condition: C, name: External, x: E, otherwise: E) => E;
  /** The magnitude of x, which is not NaN, with the sign of y, which may be -0. */
  readonly copySign: (x: E, y: E) => E;
  /** 2ᵏ for an integral k from -126 to 127, in double precision from -1022 to 1023; anything for other k. */
  readonly pow2: (k: E) => E;
  /** The k of x = 2ᵏ m with 1 <= m < 2, for a positive normal x; anything for other x. */
  readonly exponent: (x: E) => E;
  /** The m of x = 2ᵏ m with 1 <= m < 2, for a positive normal x; anything for other x. */
  readonly mantissa: (x: E) => E;
}

/** A function of one number. */
export type Formula = <E, C>(a: Arithmetic<E, C>, x: E) => E;
/** A function of two numbers. */
export type BinaryFormula = <E, C>(a: Arithmetic<E, C>, x: E, y: E) => E;

/** Numbers of each precision for the same purpose. */
export type ByPrecision<T> = Readonly<Record<Precision, T>>;

/** The coefficients of a polynomial, highest power first. */
export type Coefficients = readonly [number, ...number[]];

/** Horner's rule. */
export const polynomial = <E, C>(a: Arithmetic<E, C>, x: E, coefficients: Coefficients): E => {
  let sum = a.constant(coefficients[0]);
  // A loop, because formulas also run as they stand, a number at a time.
  for (let i = 1; i < coefficients.length; i++) sum = a.add(a.mul(sum, x), a.constant(coefficients[i] as number));
  return sum;
};

/**
 * Beyond the number from which neighbours are 1 apart: what is added to it is rounded to an integer. The lowest bits of the sum are that
 * integer plus the bias of exponents.
 */
export const ruler: ByPrecision<number> = { f32: 1.5 * 2 ** 23 + 127, f64: 1.5 * 2 ** 52 + 1023 };

/** To the nearest integer, halves to the even one, for |x| below a third of the ruler; loses the sign of zero. */
export const nearest = <E, C>(a: Arithmetic<E, C>, x: E): E => {
  const r = a.constant(ruler[a.precision]);
  return a.sub(a.add(x, r), r);
};

/** x within bounds, NaN where x is: one instruction for a bound where extrema of NaN and of zeros need many. */
export const atLeast = <E, C>(a: Arithmetic<E, C>, x: E, low: number): E =>
  a.select(a.lt(x, a.constant(low)), a.constant(low), x);
export const atMost = <E, C>(a: Arithmetic<E, C>, x: E, high: number): E =>
  a.select(a.lt(a.constant(high), x), a.constant(high), x);

/** y · 2ᵏ in two steps, so that k may lie outside the range of normal exponents: results below it are rounded once. */
export const scale = <E, C>(a: Arithmetic<E, C>, y: E, k: E): E => {
  const half = nearest(a, a.mul(k, a.constant(0.5)));
  return a.mul(a.mul(y, a.pow2(half)), a.pow2(a.sub(k, half)));
};

/** The least positive normal number. */
export const leastNormal: ByPrecision<number> = { f32: 2 ** -126, f64: 2 ** -1022 };

/** f made odd: f of |x|, which is not negative, with the sign of x. NaN where f is. */
export const odd = <E, C>(a: Arithmetic<E, C>, x: E, f: (size: E) => E): E => a.copySign(f(a.abs(x)), x);
