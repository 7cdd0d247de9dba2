// Continuous distributions, each a function of uniform numbers.

import { checkShape } from '../array/axes';
import { checkDType } from '../array/data';
import { describe, publish } from '../array/tensor';
import { atMost, knownOptions } from '../core/arguments';
import { type DType, decoded, encoded, f32, f64, isEncoded, recordOf, u32 } from '../core/dtype';
import { ArgumentError, DTypeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { Float, Shape, Tensor } from '../types';
import { normalQuantile } from './quantile';
import { bitsOf, type Key, words } from './stream';

/** The next number of the dtype in the direction of another. */
export const nextAfter = (x: number, towards: number, dtype: DType): number => {
  if (x === towards) return x;
  const up = towards > x;
  const { tiny, digits } = recordOf(dtype);
  if (x === 0) return (up ? 1 : -1) * tiny * 2 ** (1 - digits);
  // Bits of numbers of one sign are ordered as the numbers are.
  const step = up === x > 0 ? 1 : -1;
  const number = encoded(dtype, [x]);
  if (dtype.bytes === 8) {
    const bits = new BigInt64Array(number.buffer);
    bits[0] = (bits[0] as bigint) + BigInt(step);
  } else {
    const bits = dtype.bytes === 4 ? new Int32Array(number.buffer) : new Int16Array(number.buffer);
    bits[0] = (bits[0] as number) + step;
  }
  return decoded(dtype, number)[0] as number;
};

/** Uniform in [0, 1): the highest bits are the mantissa of a number in [1, 2), less 1. */
const unit = (name: string, key: unknown, shape: readonly number[], dtype: DType): Value => {
  const word = (x: number): Value => P.full(shape, u32, x);
  if (dtype === f32) {
    const mantissa = P.shiftRightLogical(bitsOf(name, key, shape), word(9));
    return P.sub(P.bitcast(P.or(mantissa, word(0x3f800000)), f32), P.full(shape, f32, 1));
  }
  if (isEncoded(dtype)) {
    // As many of the lowest bits of a word as there are in the dtype, or 8 where they are enough; the highest of them are the mantissa.
    const { digits } = recordOf(dtype);
    const drawn = digits <= 8 ? 8 : 16;
    const low = P.and(bitsOf(name, key, shape), word(2 ** drawn - 1));
    const mantissa = P.shiftRightLogical(low, word(drawn - digits + 1));
    return P.mul(P.convert(mantissa, dtype), P.full(shape, dtype, 2 ** (1 - digits)));
  }
  // 52 bits: all of the first word above 20 of the second.
  const [high, low] = words(name, key, shape);
  const wide = (x: Value, by: number): Value => P.mul(P.convert(x, f64), P.full(shape, f64, by));
  return P.add(wide(high, 2 ** -32), wide(P.shiftRightLogical(low, word(12)), 2 ** -52));
};

/** Uniform in [low, high); the bounds are numbers or scalars of the dtype. */
export const uniformIn = (
  name: string,
  key: unknown,
  shape: readonly number[],
  dtype: DType,
  low: number | Value,
  high: number | Value,
): Value => {
  const bound = (x: number | Value): Value => (typeof x === 'number' ? P.full([], dtype, x) : x);
  const spread = (x: Value): Value => P.broadcastInDim(x, shape, []);
  const [from, to] = [bound(low), bound(high)];
  const u = unit(name, key, shape, dtype);
  return P.max(spread(from), P.add(P.mul(u, spread(P.sub(to, from))), spread(from)));
};

interface Draw {
  <const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S>;
  <const S extends Shape, D extends Float>(
    key: Key,
    shape: readonly [...S],
    options: { readonly dtype: D },
  ): Tensor<S, D>;
}

interface Options {
  readonly dtype?: unknown;
}
const floatDType = (name: string, options: Options | undefined, others: readonly string[]): DType => {
  const { dtype } = knownOptions(name, options, ['dtype', ...others]) ?? {};
  const checked = dtype === undefined ? f32 : checkDType(name, dtype);
  if (checked.kind !== 'float') throw new DTypeError(`${name}: expected a float dtype, got ${checked.name}.`);
  return checked;
};

/** A distribution as a function of the key, the shape and the dtype; `others` are the options that it knows itself. */
const draw = (
  name: string,
  f: (key: unknown, shape: readonly number[], dtype: DType) => Value,
  key: unknown,
  shape: unknown,
  options: Options | undefined,
  others: readonly string[] = [],
) => publish(f(key, checkShape(name, shape), floatDType(name, options, others)));

const finite = (name: string, what: string, x: unknown): number => {
  if (typeof x !== 'number' || !Number.isFinite(x))
    throw new ArgumentError(
      `${name}: ${what} must be a finite number, got ${typeof x === 'number' ? x : describe(x)}.`,
    );
  return x;
};

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Uniform in [min, max), by default [0, 1).
 *
 * @example
 * uniform(key(0), [2]).toArray() // => [0.947667, 0.97857988]
 * uniform(key(0), [2], { min: -1, max: 1 }).shape // => [2]
 */
export function uniform<const S extends Shape>(key: Key, shape: readonly [...S], options?: Bounds): Tensor<S>;
export function uniform<const S extends Shape, D extends Float>(
  key: Key,
  shape: readonly [...S],
  options: Bounds & { readonly dtype: D },
): Tensor<S, D>;
export function uniform(key: unknown, shape: unknown, options?: Bounds & Options) {
  atMost('uniform', arguments, 3);
  const { min = 0, max = 1 } = options ?? {};
  const [low, high] = [finite('uniform', 'min', min), finite('uniform', 'max', max)];
  if (high < low) throw new ArgumentError(`uniform: max ${high} is less than min ${low}.`);
  return draw('uniform', (k, s, d) => uniformIn('uniform', k, s, d, low, high), key, shape, options, ['min', 'max']);
}

/**
 * Normal with mean 0 and variance 1: √2 erfInv(u), u uniform in (-1, 1).
 *
 * @example
 * normal(key(0), [2]).toArray() // => [1.6226422, 2.0252647]
 */
export const normal: Draw = function (key: unknown, shape: unknown, options?: Options) {
  atMost('normal', arguments, 3);
  return draw(
    'normal',
    (k, s, d) => normalQuantile(uniformIn('normal', k, s, d, nextAfter(-1, 0, d), 1)),
    key,
    shape,
    options,
  );
};

/**
 * Normal, limited to the open interval (lower, upper), by default (-2, 2).
 *
 * @example
 * truncatedNormal(key(0), [2], -1, 1).shape // => [2]
 */
export function truncatedNormal<const S extends Shape>(
  key: Key,
  shape: readonly [...S],
  lower?: number,
  upper?: number,
): Tensor<S>;
export function truncatedNormal<const S extends Shape, D extends Float>(
  key: Key,
  shape: readonly [...S],
  lower: number,
  upper: number,
  options: { readonly dtype: D },
): Tensor<S, D>;
export function truncatedNormal(
  key: unknown,
  shape: unknown,
  lower: unknown = -2,
  upper: unknown = 2,
  options?: Options,
) {
  atMost('truncatedNormal', arguments, 5);
  if (typeof lower !== 'number' || typeof upper !== 'number' || !(lower < upper))
    throw new ArgumentError(
      `truncatedNormal: lower and upper must be numbers with lower < upper, got ${lower} and ${upper}.`,
    );
  const sample = (k: unknown, shape: readonly number[], dtype: DType): Value => {
    const scalar = (x: number): Value => P.full([], dtype, x);
    const bound = (x: number): Value => P.erf(P.div(scalar(x), scalar(Math.SQRT2)));
    const u = uniformIn('truncatedNormal', k, shape, dtype, bound(lower), bound(upper));
    const x = normalQuantile(u);
    const { round } = recordOf(dtype);
    const limit = (n: number, towards: number): Value => P.fullLike(x, nextAfter(round(n), towards, dtype));
    return P.min(P.max(x, limit(lower, Infinity)), limit(upper, -Infinity));
  };
  return draw('truncatedNormal', sample, key, shape, options);
}

/**
 * Exponential with mean 1: -log(1 - u).
 *
 * @example
 * exponential(key(0), [2]).shape // => [2]
 */
export const exponential: Draw = function (key: unknown, shape: unknown, options?: Options) {
  atMost('exponential', arguments, 3);
  return draw(
    'exponential',
    (k, s, d) => P.neg(P.log1p(P.neg(uniformIn('exponential', k, s, d, 0, 1)))),
    key,
    shape,
    options,
  );
};

/** -log(-log u), u uniform in (0, 1). */
export const gumbelOf = (name: string, key: unknown, shape: readonly number[], dtype: DType): Value =>
  P.neg(P.log(P.neg(P.log(uniformIn(name, key, shape, dtype, recordOf(dtype).tiny, 1)))));

/**
 * Gumbel: -log(-log u). Added to log probabilities, the largest sum falls on each class with its probability.
 *
 * @example
 * gumbel(key(0), [2]).shape // => [2]
 */
export const gumbel: Draw = function (key: unknown, shape: unknown, options?: Options) {
  atMost('gumbel', arguments, 3);
  return draw('gumbel', (k, s, d) => gumbelOf('gumbel', k, s, d), key, shape, options);
};

/**
 * Laplace with scale 1: sign(u) log(1 - |u|), u uniform in (-1, 1).
 *
 * @example
 * laplace(key(0), [2]).shape // => [2]
 */
export const laplace: Draw = function (key: unknown, shape: unknown, options?: Options) {
  atMost('laplace', arguments, 3);
  const sample = (k: unknown, s: readonly number[], d: DType): Value => {
    const u = uniformIn('laplace', k, s, d, nextAfter(-1, 0, d), 1);
    return P.mul(P.sign(u), P.log1p(P.neg(P.abs(u))));
  };
  return draw('laplace', sample, key, shape, options);
};

/**
 * Logistic with scale 1: log(u / (1 - u)).
 *
 * @example
 * logistic(key(0), [2]).shape // => [2]
 */
export const logistic: Draw = function (key: unknown, shape: unknown, options?: Options) {
  atMost('logistic', arguments, 3);
  const sample = (k: unknown, s: readonly number[], d: DType): Value => {
    const u = uniformIn('logistic', k, s, d, recordOf(d).tiny, 1);
    return P.sub(P.log(u), P.log1p(P.neg(u)));
  };
  return draw('logistic', sample, key, shape, options);
};
