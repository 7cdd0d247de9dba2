// Elements in other places: reversed, rolled, padded, and parts of matrices.
import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { i32 } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, DType, PadS, PadWidths, Shape, SumD, Tensor } from '../types';
import { checkAxes, checkAxis } from './axes';
import { summable } from './broadcasting';
import { diagonalOf } from './einsum';
import { cut } from './indexing';
import { describe, publish, valueFrom } from './tensor';

/**
 * The order along axes reversed; along all of them if none are given.
 *
 * @example
 * flip(tensor([[1, 2], [3, 4]]), 1).toArray() // => [[2, 1], [4, 3]]
 */
export function flip<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis?: AxisOf<S> | readonly AxisOf<S>[],
): Tensor<S, D> {
  atMost('flip', arguments, 2);
  const v = valueFrom(x, 'flip');
  return publish(P.rev(v, checkAxes('flip', v.shape, axis)));
}

/**
 * Elements moved along an axis by a number of places, those that leave come back at the other end.
 *
 * @example
 * roll(tensor([1, 2, 3, 4]), 1, 0).toArray() // => [4, 1, 2, 3]
 */
export function roll<S extends Shape, D extends DType>(x: Tensor<S, D>, shift: number, axis: AxisOf<S>): Tensor<S, D> {
  atMost('roll', arguments, 3);
  const v = valueFrom(x, 'roll');
  const a = checkAxis('roll', v.shape, axis);
  if (!Number.isInteger(shift)) throw new ArgumentError(`roll: shift must be an integer, got ${describe(shift)}.`);
  const n = v.shape[a] as number;
  const place = n === 0 ? 0 : (((-shift % n) + n) % n) + 0;
  return publish(place === 0 ? v : P.concatenate([cut(v, a, place, n), cut(v, a, 0, place)], a));
}

const checkWidths = (x: Value, widths: unknown): readonly (readonly [number, number])[] => {
  const ok =
    Array.isArray(widths) &&
    widths.length === x.ndim &&
    widths.every(
      (w: unknown) => Array.isArray(w) && w.length === 2 && w.every((n) => Number.isInteger(n) && (n as number) >= 0),
    );
  if (!ok)
    throw new ShapeError(
      `pad: widths must be a pair [before, after] of integers >= 0 for each axis of ${showShape(x.shape)}, got ${JSON.stringify(widths)}.`,
    );
  return widths as readonly (readonly [number, number])[];
};

type PadMode = 'edge' | 'reflect' | 'symmetric' | 'wrap';
/** For every place of the padded axis, the place of the operand it repeats. */
const sources = (n: number, [before, after]: readonly [number, number], mode: PadMode): number[] => {
  const cycle = (i: number, period: number): number => ((i % period) + period) % period;
  const from = (i: number): number => {
    if (mode === 'edge') return Math.min(Math.max(i, 0), n - 1);
    if (mode === 'wrap') return cycle(i, n);
    if (mode === 'symmetric') return Math.min(cycle(i, 2 * n), 2 * n - 1 - cycle(i, 2 * n));
    return n === 1 ? 0 : Math.min(cycle(i, 2 * n - 2), 2 * n - 2 - cycle(i, 2 * n - 2));
  };
  return Array.from({ length: before + n + after }, (_, i) => from(i - before));
};
/** Runs of neighbours, so that each becomes one slice. */
const runs = (places: readonly number[]): (readonly [start: number, count: number, step: number])[] => {
  const out: [number, number, number][] = [];
  for (const p of places) {
    const last = out.at(-1);
    if (last && last[1] === 1 && Math.abs(p - last[0]) <= 1) [last[1], last[2]] = [2, p - last[0]];
    else if (last && last[1] > 1 && p === last[0] + last[1] * last[2]) last[1]++;
    else out.push([p, 1, 0]);
  }
  return out;
};

/**
 * Borders of one value (0) around x: widths [before, after] for every axis. With a mode instead of a value they repeat
 * the tensor: 'edge' its outermost elements, 'reflect' its mirror image without the outermost, 'symmetric' with it,
 * 'wrap' its other end.
 *
 * @example
 * pad(tensor([1, 2]), [[1, 2]]).toArray() // => [0, 1, 2, 0, 0]
 * pad(tensor([1, 2, 3]), [[2, 1]], 'reflect').toArray() // => [3, 2, 1, 2, 3, 2]
 */
export function pad<S extends Shape, D extends DType, const P extends PadWidths>(
  x: Tensor<S, D>,
  widths: P,
  value: number | PadMode = 0,
): Tensor<PadS<S, P>, D> {
  atMost('pad', arguments, 3);
  return publish(padded(valueFrom(x, 'pad'), widths, value));
}
const padded = (x: Value, widths: unknown, value: unknown): Value => {
  const checked = checkWidths(x, widths);
  if (typeof value === 'number')
    return P.pad(
      x,
      P.full([], x.dtype, value),
      checked.map(([before, after]) => [before, after, 0] as const),
    );
  if (value !== 'edge' && value !== 'reflect' && value !== 'symmetric' && value !== 'wrap')
    throw new ArgumentError(
      `pad: the value must be a number, or 'edge', 'reflect', 'symmetric', 'wrap'; got ${describe(value)}.`,
    );
  return checked.reduce((y, w, axis) => {
    if (w[0] + w[1] === 0) return y;
    const n = y.shape[axis] as number;
    if (n === 0)
      throw new ShapeError(`pad: axis ${axis} of shape ${showShape(x.shape)} is empty, so there is nothing to repeat.`);
    const pieces = runs(sources(n, w, value)).map(([start, count, step]) => {
      if (step === 0)
        return P.broadcastInDim(
          cut(y, axis, start, start + 1),
          y.shape.map((m, d) => (d === axis ? count : m)),
          y.shape.map((_, d) => d),
        );
      return step > 0 ? cut(y, axis, start, start + count) : P.rev(cut(y, axis, start - count + 1, start + 1), [axis]);
    });
    return P.concatenate(pieces, axis);
  }, x);
};

/** Elements (i, j) of the last two axes where j - i is at most (at least) the offset; 0 elsewhere. */
const triangle = (name: string, x: unknown, offset: number, lower: boolean): Value => {
  const v = valueFrom(x, name);
  if (v.ndim < 2) throw new ShapeError(`${name}: needs two dimensions, got shape ${showShape(v.shape)}.`);
  if (!Number.isInteger(offset))
    throw new ArgumentError(`${name}: offset must be an integer, got ${describe(offset)}.`);
  const [row, column] = [P.iota(v.shape, v.ndim - 2, i32), P.iota(v.shape, v.ndim - 1, i32)];
  const shifted = P.add(row, P.fullLike(row, offset));
  return P.selectN(lower ? P.le(column, shifted) : P.ge(column, shifted), P.fullLike(v, 0), v);
};

/**
 * The lower triangle of matrices: 0 above a diagonal (the main one).
 *
 * @example
 * tril(tensor([[1, 2], [3, 4]])).toArray() // => [[1, 0], [3, 4]]
 */
export function tril<S extends Shape, D extends DType>(x: Tensor<S, D>, offset = 0): Tensor<S, D> {
  atMost('tril', arguments, 2);
  return publish(triangle('tril', x, offset, true));
}

/**
 * The upper triangle of matrices: 0 below a diagonal (the main one).
 *
 * @example
 * triu(tensor([[1, 2], [3, 4]])).toArray() // => [[1, 2], [0, 4]]
 */
export function triu<S extends Shape, D extends DType>(x: Tensor<S, D>, offset = 0): Tensor<S, D> {
  atMost('triu', arguments, 2);
  return publish(triangle('triu', x, offset, false));
}

/** The axes in front of the last two. */
type Batch<S> = { s: S } extends { s: [...infer P extends Shape, number, number] } ? P : Shape;

/** The diagonal of the last two axes, `offset` above the main one, as the last axis. */
const lastDiagonal = (name: string, x: unknown, offset: number): Value => {
  const v = valueFrom(x, name);
  if (v.ndim < 2) throw new ShapeError(`${name}: needs two dimensions, got shape ${showShape(v.shape)}.`);
  if (!Number.isInteger(offset))
    throw new ArgumentError(`${name}: offset must be an integer, got ${describe(offset)}.`);
  const [r, c] = [v.ndim - 2, v.ndim - 1];
  const [top, left] = [Math.max(0, -offset), Math.max(0, offset)];
  const n = Math.max(0, Math.min((v.shape[r] as number) - top, (v.shape[c] as number) - left));
  const square = n === 0 ? cut(cut(v, r, 0, 0), c, 0, 0) : cut(cut(v, r, top, top + n), c, left, left + n);
  return diagonalOf(square, r, c);
};

/**
 * The diagonal of the last two axes, `offset` above the main one.
 *
 * @example
 * diagonal(tensor([[1, 2], [3, 4]])).toArray() // => [1, 4]
 */
export function diagonal<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  offset = 0,
): Tensor<[...Batch<S>, number], D> {
  atMost('diagonal', arguments, 2);
  return publish(lastDiagonal('diagonal', x, offset));
}

/**
 * The sum of the diagonal of the last two axes.
 *
 * @example
 * trace(tensor([[1, 2], [3, 4]])).item() // => 5
 */
export function trace<S extends Shape, D extends DType>(x: Tensor<S, D>, offset = 0): Tensor<Batch<S>, SumD<D>> {
  atMost('trace', arguments, 2);
  const line = lastDiagonal('trace', x, offset);
  return publish(P.reduceSum(summable(line), [line.ndim - 1]));
}

/**
 * The matrix with a vector on its diagonal.
 *
 * @example
 * diag(tensor([1, 2])).toArray() // => [[1, 0], [0, 2]]
 */
export function diag<N extends number, D extends DType>(x: Tensor<[N], D>): Tensor<[N, N], D> {
  atMost('diag', arguments, 1);
  const v = valueFrom(x, 'diag');
  if (v.ndim !== 1)
    throw new ShapeError(
      `diag: expected a vector, got shape ${showShape(v.shape)}. To read a diagonal use diagonal(x).`,
    );
  const shape = [v.size, v.size];
  const on = P.eq(P.iota(shape, 0, i32), P.iota(shape, 1, i32));
  const spread = P.broadcastInDim(v, shape, [0]);
  return publish(P.selectN(on, P.fullLike(spread, 0), spread));
}
