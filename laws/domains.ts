// Where the elements of tensors are drawn from: the numbers that an operation is tested at.
import * as fc from 'fast-check';
import { type DType, isFloat, recordOf } from '../src/core/dtype';
import { functions } from '../src/numerics/functions';

/** The elements of a tensor of this dtype and size. */
export type Domain = (dtype: DType, size: number) => fc.Arbitrary<number[]>;

/** Every element on its own. */
export const each =
  (element: (dtype: DType) => fc.Arbitrary<number>): Domain =>
  (dtype, size) =>
    fc.array(element(dtype), { minLength: size, maxLength: size, size: 'max' });

/** Steps on a grid of 2^21 points of [-1, 1], open at both ends; shrinks to 0. */
const unit: fc.Arbitrary<number> = fc.integer({ min: -(2 ** 20) + 1, max: 2 ** 20 - 1 }).map((i) => i / 2 ** 20);
/** Standard normal numbers; shrinks to 0. */
const normal: fc.Arbitrary<number> = unit.map((u) => (u === 0 ? 0 : Math.SQRT2 * functions.f64.erfInv(u)));

const smallInteger = (dtype: DType): fc.Arbitrary<number> =>
  dtype.kind === 'bool' ? fc.nat({ max: 1 }) : fc.integer({ min: dtype.kind === 'uint' ? 0 : -9, max: 9 });

/** Integers of the whole range, among small ones. */
const extremes = (dtype: DType): fc.Arbitrary<number> => {
  const { lowest, highest } = recordOf(dtype);
  const small = fc.integer({ min: Math.max(-40, lowest), max: Math.min(40, highest) });
  return fc.oneof(small, fc.integer({ min: lowest, max: highest }));
};

/** A domain of floats; integer tensors take small numbers, whatever the domain. */
const floats = (arbitrary: fc.Arbitrary<number>): Domain =>
  each((dtype) => (isFloat(dtype) ? arbitrary : smallInteger(dtype)));

/** randn */
export const tangents: Domain = each((dtype) => (isFloat(dtype) ? normal : fc.constant(0)));
/** 3 randn: the default. */
export const standard: Domain = floats(normal.map((x) => 3 * x));
/** 2 rand + 1 */
export const positive: Domain = floats(unit.map((u) => 1 + 2 * Math.abs(u)));
/** randn / 1000 */
export const small: Domain = floats(normal.map((x) => x / 1000));
/** 3 randn, moved by 10 away from 0 on either side. */
export const notSmall: Domain = floats(normal.map((x) => (x < 0 ? 3 * x - 10 : 3 * x + 10)));
/** Numbers of either sign whose magnitude is at least a quarter. */
export const notZero: Domain = floats(normal.map((x) => (x < 0 ? 3 * x - 0.25 : 3 * x + 0.25)));
/** Even in [low, high). */
export const uniform = (low: number, high: number): Domain =>
  floats(unit.map((u) => low + ((u + 1) / 2) * (high - low)));
/** Few different numbers, so that many are equal. */
export const someEqual: Domain = each((dtype) =>
  isFloat(dtype)
    ? fc.integer({ min: -2, max: 2 }).map((i) => i * 0.75)
    : fc.integer({ min: dtype.kind === 'int' ? -1 : 0, max: 1 }),
);
/** Half of them 0. */
export const someZero: Domain = floats(fc.oneof(fc.constantFrom(0, -0), normal));
const extremeFloats = [3e38, -3e38, 1e-40, -1e-40, 1e300, 5e-324, 2147483648, 4294967296.5, 65504, -65520, 1e-7, 6e-5];
/** Infinities, NaN, zeros of both signs, the largest and the smallest numbers among others. */
export const someInfNan: Domain = each((dtype) =>
  isFloat(dtype)
    ? fc.oneof(
        { weight: 3, arbitrary: normal },
        { weight: 2, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.5, -0.5, 2, Infinity, -Infinity, NaN) },
        { weight: 1, arbitrary: fc.constantFrom(...extremeFloats) },
      )
    : extremes(dtype),
);

/** Integers in [low, high], whatever the dtype. */
export const between = (low: number, high: number): Domain => each(() => fc.integer({ min: low, max: high }));
/** Whole numbers of every size, for bits. */
export const bits: Domain = each(extremes);

/** Floats of which no two are nearer than a hundredth; small integers. */
export const apart: Domain = (dtype, size) =>
  isFloat(dtype)
    ? fc
        .array(fc.integer({ min: -30, max: 30 }), { minLength: size, maxLength: size, size: 'max' })
        .map((ks) => ks.map((k, i) => (k * size + i) * 0.01))
    : standard(dtype, size);
/** Multiples of a half, and numbers halfway between those: two domains without a point in common. */
export const halves: Domain = floats(fc.integer({ min: -20, max: 20 }).map((i) => i / 2));
export const quarters: Domain = floats(fc.integer({ min: -20, max: 20 }).map((i) => i / 2 + 0.25));
/** Not near an integer, nor near the middle between two. */
export const betweenIntegers: Domain = floats(
  fc.tuple(fc.integer({ min: -4, max: 4 }), unit).map(([i, u]) => i + 0.25 + 0.15 * u),
);
