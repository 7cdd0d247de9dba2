// When two results are the same: bit for bit, or within a tolerance of their scale.
import { type Aval, sameAval } from '../src/core/aval';
import { isFloat } from '../src/core/dtype';
import type { ConcreteArray, Value } from '../src/core/value';
import { concrete } from './vectors';

export type Arrays = readonly ConcreteArray[];

/** Equal avals and equal elements; NaN equals NaN, and -0 differs from 0. */
export const sameBits = (a: ConcreteArray, b: ConcreteArray): boolean =>
  sameAval(a.aval, b.aval) && a.data.every((x, i) => Object.is(x, b.data[i]));

/** Equal avals and equal elements; -0 equals 0. */
export const sameValues = (a: ConcreteArray, b: ConcreteArray): boolean => {
  const ys = b.numbers;
  return sameAval(a.aval, b.aval) && a.numbers.every((x, i) => x === ys[i] || (Number.isNaN(x) && Number.isNaN(ys[i])));
};

/** The largest finite magnitude among the elements. */
export const scaleOf = (...xs: readonly ConcreteArray[]): number => {
  let scale = 0;
  for (const { numbers } of xs) for (const x of numbers) if (Number.isFinite(x)) scale = Math.max(scale, Math.abs(x));
  return scale;
};

/**
 * Equal avals, and elements that differ by at most `tolerance` times (1 + the scale of both). Not finite elements must be
 * equal, integers exactly.
 */
export const close = (a: ConcreteArray, b: ConcreteArray, tolerance: number): boolean => {
  if (!sameAval(a.aval, b.aval)) return false;
  if (!isFloat(a.dtype)) return sameBits(a, b);
  const allowed = tolerance * (1 + scaleOf(a, b));
  const ys = b.numbers;
  return a.numbers.every((x, i) => {
    const y = ys[i] as number;
    return Object.is(x, y) || x === y || Math.abs(x - y) <= allowed;
  });
};

/** `same` of every pair, and as many on each side. */
export const all = <T>(same: (a: T, b: T) => boolean, as: readonly T[], bs: readonly T[]): boolean =>
  as.length === bs.length && as.every((a, i) => same(a, bs[i] as T));

export const sameAvals = (as: readonly Aval[], bs: readonly Aval[]): boolean => all(sameAval, as, bs);

/** a and b differ by at most `tolerance` times the larger of 1, |a|, |b| and `scale`. */
export const near = (a: number, b: number, tolerance: number, scale = 0): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b), scale);

/** For identities that hold but for the order of sums. */
export const rounding = 1e-9;

/** Values of no transform that are the same bit for bit. */
export const same = (x: Value, y: Value): boolean => sameBits(concrete(x), concrete(y));
/** Values of no transform that differ by rounding only. */
export const closeTo = (x: Value, y: Value): boolean => {
  const [a, b] = [concrete(x), concrete(y)];
  return close(a, b, rounding * (1 + scaleOf(a, b)));
};
