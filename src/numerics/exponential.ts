// Exponentials and what is made of them.
import {
  type Arithmetic,
  atLeast,
  atMost,
  type ByPrecision,
  type Coefficients,
  type Formula,
  nearest,
  odd,
  polynomial,
  scale,
} from './arithmetic';

/** (eʳ - 1 - r) / r² for |r| <= ln 2 / 2, minimising the relative error of eʳ - 1 (Remez). */
const tails: ByPrecision<Coefficients> = {
  f32: [0.00138831174, 0.00836663786, 0.0416671969, 0.166665435, 0.49999997],
  f64: [
    2.505419241145246e-8, 2.7626292842713875e-7, 2.7557407750333192e-6, 2.480150466810983e-5, 0.0001984126971711209,
    0.0013888888932029936, 0.008333333333391155, 0.041666666666575515, 0.16666666666666585, 0.5000000000000006,
  ],
};
/** eʳ - 1 - r for |r| <= ln 2 / 2. */
const bend = <E, C>(a: Arithmetic<E, C>, r: E): E => a.mul(a.mul(r, r), polynomial(a, r, tails[a.precision]));
/** eʳ for |r| <= ln 2 / 2. */
export const nearOne = <E, C>(a: Arithmetic<E, C>, r: E): E => a.add(a.add(bend(a, r), r), a.constant(1));

interface Reduction {
  /** ln 2 in two parts: products of the first with exponents are exact. */
  readonly ln2: readonly [number, number];
  /** Below it eˣ is 0, above it infinite, even divided by 4. */
  readonly range: readonly [number, number];
  /** Below it eˣ - 1 is -1. */
  readonly minusOne: number;
}
const reductions: ByPrecision<Reduction> = {
  f32: {
    ln2: [0.693359375, -0.00021219444],
    range: [-106, 89.7],
    minusOne: -20,
  },
  f64: {
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    range: [-748, 710.7],
    minusOne: -40,
  },
};

/** x = n ln 2 + r + lost with |r| <= ln 2 / 2: Cody and Waite, "Software Manual for the Elementary Functions" (1980). */
const reduce = <E, C>(a: Arithmetic<E, C>, x: E): { readonly n: E; readonly r: E; readonly lost: () => E } => {
  const [high, low] = reductions[a.precision].ln2;
  const n = nearest(a, a.mul(x, a.constant(Math.LOG2E)));
  const whole = a.sub(x, a.mul(n, a.constant(high)));
  const part = a.mul(n, a.constant(low));
  const r = a.sub(whole, part);
  return { n, r, lost: () => a.sub(a.sub(whole, r), part) };
};

/** eʳ⁺ˡ, where l is what rounding r lost; in double precision the sum 1 + r is exact too. */
const power = <E, C>(a: Arithmetic<E, C>, r: E, lost: () => E): E => {
  // Errors stay below 1 ulp in single precision, where exp is worth the six steps.
  if (a.precision === 'f32') return nearOne(a, r);
  const one = a.constant(1);
  const sum = a.add(one, r);
  const rest = a.add(a.sub(one, sum), r);
  return a.add(sum, a.add(rest, a.add(bend(a, r), lost())));
};

/** 2ᵏ · eˣ. */
const scaledExp = <E, C>(a: Arithmetic<E, C>, x: E, k: number): E => {
  const [low, high] = reductions[a.precision].range;
  const { n, r, lost } = reduce(a, atMost(a, atLeast(a, x, low), high));
  return scale(a, power(a, r, lost), k === 0 ? n : a.add(n, a.constant(k)));
};

/** (eˣ - 1) / 4, which does not overflow where the hyperbolic functions do not: 2ⁿ r + (2ⁿ - 1) rounds once. */
const quarterExpm1 = <E, C>(a: Arithmetic<E, C>, x: E): E => {
  const { range, minusOne } = reductions[a.precision];
  const { n, r, lost } = reduce(a, atMost(a, atLeast(a, x, minusOne), range[1]));
  const factor = a.pow2(a.sub(n, a.constant(2)));
  const small = a.mul(factor, a.add(bend(a, r), lost()));
  return a.add(a.add(a.mul(factor, r), a.sub(factor, a.constant(0.25))), small);
};

/** Where x and eˣ - 1 are the same number, and x / 4 might be subnormal. */
const tiny: ByPrecision<number> = { f32: 2 ** -25, f64: 2 ** -54 };
const isTiny = <E, C>(a: Arithmetic<E, C>, size: E): C => a.lt(size, a.constant(tiny[a.precision]));

/** (eʳ - 1 - r) / r² for |r| <= ln 2 (Remez). */
const wideTail: Coefficients = [0.000201079703, 0.00141292484, 0.00833257008, 0.0416597873, 0.166666731, 0.500000537];
/** eˣ = eʳ · 2ᵐ · 2ᵐ with x = 2m ln 2 + r: two more terms of the polynomial, but one power of two for both halves. */
const exp32 = <E, C>(a: Arithmetic<E, C>, x: E): E => {
  const { ln2, range } = reductions.f32;
  const [high, low] = [2 * ln2[0], 2 * ln2[1]];
  const within = atMost(a, atLeast(a, x, range[0]), range[1]);
  const m = nearest(a, a.mul(within, a.constant(Math.LOG2E / 2)));
  const r = a.sub(a.sub(within, a.mul(m, a.constant(high))), a.mul(m, a.constant(low)));
  const y = a.add(a.add(a.mul(a.mul(r, r), polynomial(a, r, wideTail)), r), a.constant(1));
  const half = a.pow2(m);
  return a.mul(a.mul(y, half), half);
};

export const exp: Formula = (a, x) => (a.precision === 'f32' ? exp32(a, x) : scaledExp(a, x, 0));

export const expm1: Formula = (a, x) => a.select(isTiny(a, a.abs(x)), x, a.mul(quarterExpm1(a, x), a.constant(4)));

/** 1 / (1 + e⁻ˣ), with an exponential of negative numbers only, so that neither side overflows. */
export const logistic: Formula = (a, x) => {
  const one = a.constant(1);
  const e = exp(a, a.neg(a.abs(x)));
  return a.div(a.select(a.lt(x, a.constant(0)), e, one), a.add(one, e));
};

/** With q = (e^|x| - 1) / 4: sinh |x| = 2 (q + q / (4q + 1)). */
const sinh32 = <E, C>(a: Arithmetic<E, C>, x: E): E =>
  odd(a, x, (size) => {
    const q = quarterExpm1(a, size);
    const sum = a.add(q, a.div(q, a.add(a.mul(q, a.constant(4)), a.constant(1))));
    return a.select(isTiny(a, size), size, a.add(sum, sum));
  });

/** (sinh x - x) / x³ as a polynomial of x², |x| <= 1 (Taylor). */
const sinhTail: Coefficients = [
  1 / 355687428096000,
  1 / 1307674368000,
  1 / 6227020800,
  1 / 39916800,
  1 / 362880,
  1 / 5040,
  1 / 120,
  1 / 6,
];
/** The polynomial up to 1, h - 1 / 4h with h = e^|x| / 2 beyond: each rounds little more than once. */
const sinh64 = <E, C>(a: Arithmetic<E, C>, x: E): E =>
  odd(a, x, (size) => {
    const one = a.constant(1);
    const near = atMost(a, size, 1);
    const square = a.mul(near, near);
    const small = a.add(near, a.mul(a.mul(near, square), polynomial(a, square, sinhTail)));
    const h = scaledExp(a, size, -1);
    return a.select(a.lt(size, one), small, a.sub(h, a.div(a.constant(0.25), h)));
  });

export const sinh: Formula = (a, x) => (a.precision === 'f32' ? sinh32(a, x) : sinh64(a, x));

/** With h = e^|x| / 2: cosh x = h + 1 / 4h. */
export const cosh: Formula = (a, x) => {
  const h = scaledExp(a, a.abs(x), -1);
  return a.add(h, a.div(a.constant(0.25), h));
};

/** Where tanh rounds to 1. */
const saturation: ByPrecision<number> = { f32: 10, f64: 22 };

/** Below it tanh is a polynomial in single precision. */
const bent = 0.6;
/** (tanh x / x - 1) / x² in x² for |x| < 0.6, and e²ʳ for |r| <= ln 2 / 4, both by their relative errors (Remez). */
const tanhTail: Coefficients = [
  -0.005856427829712629, 0.0207754150032997, -0.0537828914821148, 0.133319988846779, -0.333333045244217,
];
const squaredExp: Coefficients = [
  0.265523821115494, 0.670650064945221, 1.33340609073639, 1.99995565414429, 1.99999940395355, 1.00000011920929,
];

/** Beyond the polynomial 1 - 2 / (e²ˣ + 1), where the error of e²ˣ counts less the larger it gets: one constant reduces x. 1.9 ulp. */
const tanh32 = <E, C>(a: Arithmetic<E, C>, x: E): E =>
  odd(a, x, (size) => {
    const square = a.mul(size, size);
    const small = a.add(a.mul(a.mul(polynomial(a, square, tanhTail), square), size), size);
    const within = atMost(a, size, saturation.f32);
    const n = nearest(a, a.mul(within, a.constant(2 * Math.LOG2E)));
    const r = a.sub(within, a.mul(n, a.constant(Math.LN2 / 2)));
    const e = a.mul(polynomial(a, r, squaredExp), a.pow2(n));
    const one = a.constant(1);
    const large = a.sub(one, a.div(a.constant(2), a.add(e, one)));
    return a.select(a.lt(size, a.constant(bent)), small, large);
  });

/** (tanh x / x - 1) / x² in x² for |x| < 0.6, in double precision (Chebyshev). */
const wideTanhTail: Coefficients = [
  6.934046420988954e-6, -3.2086614037935994e-5, 9.332432233847448e-5, -0.00023795201383924994, 0.0005897680994688268,
  -0.0014557958855734635, 0.0035921242500086925, -0.008863235292803289, 0.021869488527368107, -0.05396825396808531,
  0.13333333333333205, -0.3333333333333333,
];
/** With q = (e^2|x| - 1) / 4: 1 - 1 / (2q + 1) beyond the polynomial, which grows with x up to 1. */
const tanh64 = <E, C>(a: Arithmetic<E, C>, x: E): E =>
  odd(a, x, (size) => {
    const one = a.constant(1);
    const near = atMost(a, size, bent);
    const square = a.mul(near, near);
    const small = a.add(near, a.mul(a.mul(near, square), polynomial(a, square, wideTanhTail)));
    const within = atMost(a, size, saturation.f64);
    const q = quarterExpm1(a, a.add(within, within));
    const large = a.sub(one, a.div(one, a.add(a.add(q, q), one)));
    return a.select(a.lt(size, a.constant(bent)), small, large);
  });

export const tanh: Formula = (a, x) => (a.precision === 'f32' ? tanh32(a, x) : tanh64(a, x));
