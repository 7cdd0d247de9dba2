// Pooling: one number for every window of an image. Images are [batch, ...space, channels].
import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type {
  Dim,
  DType,
  FloatOf,
  i32 as I32,
  PaddingPerAxis,
  PerAxis,
  PoolSpace,
  Rank,
  Space,
  Tensor,
} from '../types';
import { floating, stretch } from './broadcasting';
import { checkSteps, checkWindow, imageOf, paddingOf, perAxis, type Width } from './slidingWindow';
import { describe, publish } from './tensor';

/** Padding and dilation are one for all axes of space, or one for each; so are window and stride. */
export interface PoolingOptions<P extends PaddingPerAxis, Dilation extends PerAxis<number>, Ceil extends boolean> {
  /** 'valid' by default; pairs for each axis as in `conv2d`. */
  readonly padding?: P;
  /** The distance of the elements of a window, 1 by default. */
  readonly dilation?: Dilation;
  /** Whether a last window that does not fit is cut off, as in PyTorch; without it, the default, there is none. */
  readonly ceilMode?: Ceil;
}
export interface AvgPoolingOptions<P extends PaddingPerAxis, Dilation extends PerAxis<number>, Ceil extends boolean>
  extends PoolingOptions<P, Dilation, Ceil> {
  /** Whether the elements of the padding count as zeros: false by default. */
  readonly countPadding?: boolean;
}
/** What pooling gives: elements of x, means of them, or where they are. */
type Pooled<Kind, D extends DType> = Kind extends 'avg' ? FloatOf<D> : Kind extends 'indices' ? I32 : D;

/** Pooling along R axes of space. */
export type PoolOf<R extends Rank, Kind extends 'max' | 'avg' | 'indices'> = <
  B extends Dim,
  S extends Space<R>,
  C extends Dim,
  D extends DType,
  const K extends PerAxis<number, R>,
  const Stride extends PerAxis<number, R> = K,
  const P extends PaddingPerAxis<R> = 'valid',
  const Dilation extends PerAxis<number, R> = 1,
  const Ceil extends boolean = false,
>(
  x: Tensor<[B, ...S, C], D>,
  window: K,
  stride?: Stride,
  options?: Kind extends 'avg' ? AvgPoolingOptions<P, Dilation, Ceil> : PoolingOptions<P, Dilation, Ceil>,
) => Tensor<[B, ...PoolSpace<S, K, Stride, P, Dilation, Ceil>, C], Pooled<Kind, D>>;

interface Options {
  readonly padding?: unknown;
  readonly dilation?: unknown;
  readonly ceilMode?: unknown;
  readonly countPadding?: unknown;
}
const isFlag = (name: string, what: string, x: unknown): boolean => {
  if (x === undefined || typeof x === 'boolean') return x === true;
  throw new ArgumentError(`${name}: ${what} must be true or false, got ${describe(x)}.`);
};

interface Windows {
  readonly params: P.WindowParams;
  /** What ceil mode adds behind each axis of space, so that the last window fits. */
  readonly extra: readonly number[];
}
const windowsOf = (
  name: string,
  rank: number,
  x: Value,
  window: unknown,
  stride: unknown,
  { padding: given = 'valid', dilation = 1, ceilMode }: Options,
): Windows => {
  const space = checkSteps(name, rank, 'window', window);
  const steps = checkSteps(name, rank, 'stride', stride ?? window);
  const gaps = checkSteps(name, rank, 'dilation', dilation);
  const isCeil = isFlag(name, 'ceilMode', ceilMode);
  const paddings = perAxis(name, rank, 'padding', given);
  const covered = space.map((k, d) => (k - 1) * (gaps[d] as number) + 1);
  const padding = covered.map((k, d) => paddingOf(name, paddings[d], x.shape[d + 1] as number, k, steps[d] as number));
  checkWindow(name, x, covered, padding);
  const extra = padding.map(([before, after], d) => {
    const [n, k, step] = [x.shape[d + 1] as number, covered[d] as number, steps[d] as number];
    const free = n + before + after - k;
    // A window that begins in the padding behind the axis would see nothing else.
    const most = Math.max(
      Math.floor(free / step) + 1,
      Math.min(Math.ceil(free / step) + 1, Math.ceil((n + before) / step)),
    );
    return isCeil ? Math.max(0, (most - 1) * step - free) : 0;
  });
  const none: Width = [0, 0];
  const params = {
    window: [1, ...space, 1],
    strides: [1, ...steps, 1],
    padding: [none, ...padding.map(([before, after], d): Width => [before, after + (extra[d] as number)]), none],
    dilation: [1, ...gaps, 1],
  };
  return { params, extra };
};

/** The windows of max pooling. */
export const poolWindows = (
  name: string,
  rank: number,
  x: Value,
  window: unknown,
  stride: unknown,
  options: Options = {},
): P.WindowParams => {
  knownOptions(name, options, ['padding', 'dilation', 'ceilMode']);
  return windowsOf(name, rank, x, window, stride, options).params;
};
const largest = (
  name: string,
  rank: number,
  x: unknown,
  window: unknown,
  stride: unknown,
  options?: Options,
): Value => {
  const v = imageOf(name, rank, x);
  return P.reduceWindowMax(v, poolWindows(name, rank, v, window, stride, options));
};
const average = (
  name: string,
  rank: number,
  x: unknown,
  window: unknown,
  stride: unknown,
  options: Options = {},
): Value => {
  const v = floating(imageOf(name, rank, x), name);
  knownOptions(name, options, ['padding', 'dilation', 'ceilMode', 'countPadding']);
  const { params, extra } = windowsOf(name, rank, v, window, stride, options);
  const counts = isFlag(name, 'countPadding', options.countPadding);
  const sums = P.reduceWindowSum(v, params);
  const uncounted = counts ? extra : params.padding.map(([before, after]) => before + after);
  if (uncounted.every((n) => n === 0))
    return P.div(
      sums,
      P.fullLike(
        sums,
        params.window.reduce((a, b) => a * b, 1),
      ),
    );
  // What counts is 1: x, or with its padding; but never what ceil mode has added.
  const widths = params.padding.map(([before, after], axis): Width => [before, after - (extra[axis - 1] ?? 0)]);
  const sizes = v.shape.map((n, axis) => {
    const [before, after] = widths[axis] as Width;
    return axis === 0 || axis === v.ndim - 1 ? 1 : counts ? n + before + after : n;
  });
  const padding = counts ? params.padding.map((_, axis): Width => [0, extra[axis - 1] ?? 0]) : params.padding;
  const counted = P.reduceWindowSum(P.full(sizes, v.dtype, 1), { ...params, padding });
  return P.div(sums, stretch(counted, sums.shape));
};

/**
 * `maxPool` along one axis.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool1d(tensor([[[1], [3], [2], [0]]]), 2).ravel().toArray() // => [3, 2]
 */
export const maxPool1d: PoolOf<1, 'max'> = function (x: unknown, window: unknown, stride?: unknown, options?: Options) {
  atMost('maxPool1d', arguments, 4);
  return publish(largest('maxPool1d', 1, x, window, stride, options));
};
/**
 * The largest element of every window; windows do not overlap unless a smaller stride is given. The derivative goes to
 * the first of equal elements. Padding as in `conv2d`, of elements that are never the largest. Window, stride, padding and dilation
 * may be given for each axis. `ceilMode` keeps a last window that is not whole.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [5, 7, 13, 15]
 * maxPool(zeros([1, 5, 5, 3]), 3, 2, { padding: 'same' }).shape // => [1, 3, 3, 3]
 * maxPool(zeros([1, 6, 8, 3]), [2, 4]).shape // => [1, 3, 2, 3]
 * maxPool(zeros([1, 5, 5, 3]), 2, 2, { ceilMode: true }).shape // => [1, 3, 3, 3]
 */
export const maxPool: PoolOf<2, 'max'> = function (x: unknown, window: unknown, stride?: unknown, options?: Options) {
  atMost('maxPool', arguments, 4);
  return publish(largest('maxPool', 2, x, window, stride, options));
};
/**
 * `maxPool` over volumes.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool3d(zeros([1, 4, 4, 4, 2]), 2).shape // => [1, 2, 2, 2, 2]
 */
export const maxPool3d: PoolOf<3, 'max'> = function (x: unknown, window: unknown, stride?: unknown, options?: Options) {
  atMost('maxPool3d', arguments, 4);
  return publish(largest('maxPool3d', 3, x, window, stride, options));
};
/**
 * `avgPool` along one axis.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool1d(tensor([[[1], [3], [2], [0]]]), 2).ravel().toArray() // => [2, 1]
 */
export const avgPool1d: PoolOf<1, 'avg'> = function (x: unknown, window: unknown, stride?: unknown, options?: Options) {
  atMost('avgPool1d', arguments, 4);
  return publish(average('avgPool1d', 1, x, window, stride, options));
};
/**
 * The mean of every window; windows do not overlap unless a smaller stride is given. Integers become f32. Padding, dilation and
 * `ceilMode` as in `maxPool`; elements of the padding count as zeros with `countPadding`, else not.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [2.5, 4.5, 10.5, 12.5]
 * avgPool(ones([1, 3, 3, 1]), 3, 1, { padding: 'same' }).ravel().toArray() // => [1, 1, 1, 1, 1, 1, 1, 1, 1]
 * avgPool(ones([1, 1, 2, 1]), [1, 2], 2, { padding: [0, 1], countPadding: true }).ravel().toArray() // => [0.5, 0.5]
 */
export const avgPool: PoolOf<2, 'avg'> = function (x: unknown, window: unknown, stride?: unknown, options?: Options) {
  atMost('avgPool', arguments, 4);
  return publish(average('avgPool', 2, x, window, stride, options));
};
/**
 * `avgPool` over volumes.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool3d(ones([1, 2, 2, 2, 1]), 2).ravel().toArray() // => [1]
 */
export const avgPool3d: PoolOf<3, 'avg'> = function (x: unknown, window: unknown, stride?: unknown, options?: Options) {
  atMost('avgPool3d', arguments, 4);
  return publish(average('avgPool3d', 3, x, window, stride, options));
};
