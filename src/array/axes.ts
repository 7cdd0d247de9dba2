// Shapes, sizes and axes as users give them: checked, and negative axes counted from the end.
import { showShape, sizeOf } from '../core/aval';
import { ArgumentError, AxisError, ShapeError } from '../core/errors';
import { describe } from './tensor';

/** Indices are i32, so nothing larger can be addressed. */
const largestSize = 2147483647;

export const isNaturalNumber = (x: unknown): x is number => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0;

/** A size or count: an integer, not negative. */
export const checkCount = (name: string, what: string, x: unknown): number => {
  if (!isNaturalNumber(x)) throw new ArgumentError(`${name}: ${what} must be an integer >= 0, got ${show(x)}.`);
  return x;
};
const show = (x: unknown): string => (typeof x === 'number' ? String(x) : describe(x));

/** A shape given by the user. */
export const checkShape = (name: string, shape: unknown): readonly number[] => {
  if (!Array.isArray(shape))
    throw new ArgumentError(
      `${name}: the shape must be an array of sizes, got ${show(shape)}.${typeof shape === 'number' ? ` Write [${shape}].` : ''}`,
    );
  const sizes: readonly unknown[] = shape;
  const bad = sizes.findIndex((n) => !isNaturalNumber(n));
  if (bad >= 0)
    throw new ShapeError(
      `${name}: sizes must be integers >= 0, got ${show(sizes[bad])} at axis ${bad} of [${sizes.map(show).join(', ')}].`,
    );
  const checked = sizes as readonly number[];
  if (sizeOf(checked) > largestSize)
    throw new ShapeError(
      `${name}: shape ${showShape(checked)} has ${sizeOf(checked)} elements; a tensor holds at most ${largestSize}.`,
    );
  return [...checked];
};

const range = (rank: number): string => (rank === 0 ? 'a scalar has no axes' : `axes ${-rank}..${rank - 1}`);

/** An axis of a shape, counted from the front. */
export const checkAxis = (name: string, shape: readonly number[], axis: unknown, what = 'axis'): number => {
  const rank = shape.length;
  if (typeof axis !== 'number' || !Number.isInteger(axis)) {
    const options = typeof axis === 'object' && axis !== null && !Array.isArray(axis);
    throw new AxisError(
      `${name}: ${what} must be an integer, got ${show(axis)}.${options ? ' Options come after the axis, which may be undefined.' : ''}`,
    );
  }
  if (axis < -rank || axis >= rank)
    throw new AxisError(`${name}: ${what} ${axis} is out of range for shape ${showShape(shape)} (${range(rank)}).`);
  return axis < 0 ? axis + rank : axis;
};

/** A place for a new axis. */
export const checkNewAxis = (name: string, shape: readonly number[], axis: unknown): number => {
  const places = shape.length + 1;
  if (typeof axis !== 'number' || !Number.isInteger(axis))
    throw new AxisError(`${name}: axis must be an integer, got ${show(axis)}.`);
  if (axis < -places || axis >= places)
    throw new AxisError(
      `${name}: axis ${axis} is out of range for a new axis of shape ${showShape(shape)} (places ${-places}..${places - 1}).`,
    );
  return axis < 0 ? axis + places : axis;
};

/** One axis, several, or all of them (undefined), increasing. */
export const checkAxes = (name: string, shape: readonly number[], axis: unknown): readonly number[] => {
  if (axis === undefined || axis === null) return shape.map((_, d) => d);
  const given: readonly unknown[] = Array.isArray(axis) ? axis : [axis];
  const axes = given.map((a) => checkAxis(name, shape, a));
  const repeated = axes.findIndex((a, i) => axes.indexOf(a) !== i);
  if (repeated >= 0)
    throw new AxisError(
      `${name}: axis ${String(given[repeated])} is repeated in [${given.join(', ')}] for shape ${showShape(shape)}.`,
    );
  return [...axes].sort((a, b) => a - b);
};

/** The shape with these axes of size 1, or without them. */
export const reducedShape = (shape: readonly number[], axes: readonly number[], keepDims: boolean): number[] =>
  keepDims ? shape.map((n, d) => (axes.includes(d) ? 1 : n)) : shape.filter((_, d) => !axes.includes(d));
