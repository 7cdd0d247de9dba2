// What convolution and pooling share: arguments that say how a window slides.
import { showShape } from '../core/aval';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import { describe, valueFrom } from './tensor';

/** The names of the axes between batch and channels, by their number. */
export const spaceOf = (rank: number): string =>
  rank === 1 ? 'length' : rank === 2 ? 'height, width' : 'depth, height, width';
const word = (n: number): string => ({ 1: 'one', 2: 'two', 3: 'three', 4: 'four', 5: 'five' })[n] ?? String(n);

/** A tensor of batch, `rank` axes of space, and channels. */
export const imageOf = (
  name: string,
  rank: number,
  x: unknown,
  argument = 'x',
  axes = `[batch, ${spaceOf(rank)}, channels]`,
): Value => {
  const v = valueFrom(x, name, argument);
  if (v.ndim === rank + 2) return v;
  throw new ShapeError(
    `${name}: ${argument} must have ${word(rank + 2)} axes ${axes}, got shape ${showShape(v.shape)}. Add axes of size 1 with expandDims.`,
  );
};

export const checkStep = (name: string, what: string, x: unknown): number => {
  if (typeof x === 'number' && Number.isInteger(x) && x > 0) return x;
  throw new ArgumentError(`${name}: ${what} must be a positive integer, got ${describe(x)}.`);
};

/** What is given once for all axes of space, or once for each. */
export const perAxis = (name: string, rank: number, what: string, x: unknown): readonly unknown[] => {
  if (!Array.isArray(x)) return Array.from({ length: rank }, () => x);
  if (x.length === rank) return x;
  throw new ArgumentError(
    `${name}: ${what} must be one value or ${word(rank)}, one for each of [${spaceOf(rank)}], got ${x.length}.`,
  );
};
/** An integer that may be 0, for each axis. */
export const checkExtras = (name: string, rank: number, what: string, x: unknown): readonly number[] =>
  perAxis(name, rank, what, x).map((extra) => {
    if (typeof extra === 'number' && Number.isInteger(extra) && extra >= 0) return extra;
    throw new ArgumentError(`${name}: ${what} must be an integer >= 0, got ${describe(extra)}.`);
  });
export const checkSteps = (name: string, rank: number, what: string, x: unknown): readonly number[] =>
  perAxis(name, rank, what, x).map((step) => checkStep(name, what, step));

export type Width = readonly [before: number, after: number];

/** Elements added before and after an axis of size n; 'same' gives ⌈n / stride⌉ results, the odd element comes after. */
export const paddingOf = (name: string, padding: unknown, n: number, window: number, stride: number): Width => {
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + window - n);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  const isWidth = (p: unknown): p is number => typeof p === 'number' && Number.isInteger(p) && p >= 0;
  if (isWidth(padding)) return [padding, padding];
  if (Array.isArray(padding)) {
    const [before, after, ...more]: readonly unknown[] = padding;
    if (isWidth(before) && isWidth(after) && more.length === 0) return [before, after];
    throw new ArgumentError(
      `${name}: the padding of one axis must be a pair [before, after] of integers >= 0, got [${padding.join(', ')}].`,
    );
  }
  throw new ArgumentError(`${name}: padding must be 'same', 'valid' or an integer >= 0, got ${describe(padding)}.`);
};

/** The window must fit, or there would be no result to speak of. */
export const checkWindow = (name: string, x: Value, window: readonly number[], padding: readonly Width[]): void => {
  window.forEach((k, d) => {
    const [before, after] = padding[d] as Width;
    const n = x.shape[d + 1] as number;
    if (k > n + before + after)
      throw new ShapeError(
        `${name}: a window of size ${k} does not fit axis ${d + 1} of size ${n} with padding ${before} and ${after}, shape ${showShape(x.shape)}.`,
      );
  });
};
