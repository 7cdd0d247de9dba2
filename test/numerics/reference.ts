// What formulas are measured against, and where.
import { type DType, f32, f64 } from '../../src/core/dtype';
import type { Precision } from '../../src/numerics/arithmetic';
import { type FormulaName, formulas } from '../../src/numerics/formulas';
import { functions } from '../../src/numerics/functions';
import { ulpDistance } from '../conformance/ulp';

export const names = Object.keys(formulas) as readonly FormulaName[];
export const dtypes: Readonly<Record<Precision, DType>> = { f32, f64 };

/** Good for single precision only: a series and a continued fraction (Abramowitz & Stegun 7.1.6 and 7.1.14). */
const erf = (x: number): number => {
  const size = Math.abs(x);
  if (!(size < 6)) return Math.sign(x);
  const factor = (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
  if (size < 3) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return factor * sum;
  }
  let fraction = size;
  for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - factor / (2 * fraction));
};
/** Good for single precision only: Newton's iteration, for the logarithm of the complement where that is small. */
const erfInv = (x: number): number => {
  if (!(Math.abs(x) < 1)) return Math.abs(x) === 1 ? x * Infinity : Number.NaN;
  let y = functions.f64.erfInv(x);
  for (let i = 0; i < 2; i++) y -= ((erf(y) - x) * Math.sqrt(Math.PI)) / 2 / Math.exp(-y * y);
  return y;
};
const logistic = (x: number): number => (x < -37 ? Math.exp(x) : 1 / (1 + Math.exp(-x)));

/** The functions in double precision, from other code. */
export const reference: Readonly<Record<FormulaName, (x: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log10: Math.log10,
  rsqrt: (x) => 1 / Math.sqrt(x),
  cbrt: Math.cbrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  logistic,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  erfInv,
};

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);
/** Every stride-th single-precision number, in the order of its bits. */
export function* singles(stride: number): Generator<number> {
  for (let i = 0; i < 2 ** 32; i += stride) {
    bits[0] = i;
    yield single[0] as number;
  }
}

/** Doubles of all sizes, and of the sizes that matter; the same ones every time. */
export function* doubles(count: number): Generator<number> {
  let seed = 12345;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  for (let i = 0; i < count; i++) {
    const x = 2 * (uniform() + uniform() * 2 ** -32) - 1;
    yield i % 3 === 0
      ? x * 2 ** Math.floor(uniform() * 2098 - 1074)
      : i % 3 === 1
        ? x * 2 ** (uniform() * 40 - 30)
        : 10 * x;
  }
}

export interface Worst {
  readonly ulp: number;
  readonly at: number;
  readonly got: number;
  readonly expected: number;
}
/** The largest distance of two functions, zeros of the other sign counting as infinitely far. */
export const worstBetween = (
  f: (x: number) => number,
  exact: (x: number) => number,
  precision: Precision,
  inputs: Iterable<number>,
): Worst => {
  const round = precision === 'f32' ? Math.fround : (x: number): number => x;
  let worst: Worst = { ulp: 0, at: Number.NaN, got: Number.NaN, expected: Number.NaN };
  for (const at of inputs) {
    const got = f(at);
    const expected = round(exact(at));
    if (Object.is(got, expected)) continue;
    const ulp = got === expected ? Infinity : ulpDistance(got, expected, dtypes[precision]);
    if (ulp > worst.ulp) worst = { ulp, at, got, expected };
  }
  return worst;
};
/** The largest distance of a formula from its reference. */
export const worstOf = (name: FormulaName, precision: Precision, inputs: Iterable<number>): Worst =>
  worstBetween(functions[precision][name], reference[name], precision, inputs);
