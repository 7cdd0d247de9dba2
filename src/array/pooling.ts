// Pooling: one number for every window of an image. Images are [batch, ...space, channels].
import { atMost, knownOptions } from '../core/arguments';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { ConvOut, ConvSpace, Dim, DType, FloatOf, Padding, PerAxis, Tensor } from '../types';
import { checkCount } from './axes';
import { floating, stretch } from './broadcasting';
import { checkStep, checkSteps, checkWindow, imageOf, paddingOf, perAxis, type Width } from './slidingWindow';
import { publish } from './tensor';

interface Options {
  readonly padding?: unknown;
}

const windowOf = (
  name: string,
  rank: number,
  x: Value,
  window: unknown,
  stride: unknown,
  options: Options = {},
): P.WindowParams => {
  knownOptions(name, options, ['padding']);
  const space = checkSteps(name, rank, 'window', window);
  const steps = checkSteps(name, rank, 'stride', stride ?? window);
  const paddings = perAxis(name, rank, 'padding', options.padding ?? 'valid');
  const padding = space.map((k, d) => paddingOf(name, paddings[d], x.shape[d + 1] as number, k, steps[d] as number));
  checkWindow(name, x, space, padding);
  const none: Width = [0, 0];
  return {
    window: [1, ...space, 1],
    strides: [1, ...steps, 1],
    padding: [none, ...padding, none],
    dilation: [1, ...space.map(() => 1), 1],
  };
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
  return P.reduceWindowMax(v, windowOf(name, rank, v, window, stride, options));
};
/** Elements of the padding do not count. */
const average = (
  name: string,
  rank: number,
  x: unknown,
  window: unknown,
  stride: unknown,
  options?: Options,
): Value => {
  const v = floating(imageOf(name, rank, x), name);
  const p = windowOf(name, rank, v, window, stride, options);
  const sums = P.reduceWindowSum(v, p);
  if (p.padding.every(([before, after]) => before === 0 && after === 0))
    return P.div(
      sums,
      P.fullLike(
        sums,
        p.window.reduce((a, b) => a * b, 1),
      ),
    );
  const ones = P.full([1, ...v.shape.slice(1, -1), 1], v.dtype, 1);
  return P.div(sums, stretch(P.reduceWindowSum(ones, p), sums.shape));
};

/**
 * `maxPool` along one axis.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool1d(tensor([[[1], [3], [2], [0]]]), 2).ravel().toArray() // => [3, 2]
 */
export function maxPool1d<
  B extends Dim,
  L extends Dim,
  C extends Dim,
  D extends DType,
  const K extends number,
  const Stride extends number = K,
  const P extends Padding = 'valid',
>(
  x: Tensor<[B, L, C], D>,
  window: K,
  stride?: Stride,
  options?: { readonly padding?: P },
): Tensor<[B, ConvOut<L, K, Stride, P>, C], D> {
  atMost('maxPool1d', arguments, 4);
  return publish(largest('maxPool1d', 1, x, window, stride, options));
}
/**
 * The largest element of every window; windows do not overlap unless a smaller stride is given. The derivative goes to
 * the first of equal elements. Padding as in `conv2d`, of elements that are never the largest. Window, stride and padding
 * may be given for each axis.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [5, 7, 13, 15]
 * maxPool(zeros([1, 5, 5, 3]), 3, 2, { padding: 'same' }).shape // => [1, 3, 3, 3]
 * maxPool(zeros([1, 6, 8, 3]), [2, 4]).shape // => [1, 3, 2, 3]
 */
export function maxPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends PerAxis<number, 2>,
  const Stride extends PerAxis<number, 2> = K,
  const P extends PerAxis<Padding, 2> = 'valid',
>(
  x: Tensor<[B, H, W, C], D>,
  window: K,
  stride?: Stride,
  options?: { readonly padding?: P },
): Tensor<[B, ...ConvSpace<[H, W], K, Stride, P>, C], D> {
  atMost('maxPool', arguments, 4);
  return publish(largest('maxPool', 2, x, window, stride, options));
}
/**
 * `maxPool` over volumes.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool3d(zeros([1, 4, 4, 4, 2]), 2).shape // => [1, 2, 2, 2, 2]
 */
export function maxPool3d<
  B extends Dim,
  Z extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends PerAxis<number, 3>,
  const Stride extends PerAxis<number, 3> = K,
  const P extends PerAxis<Padding, 3> = 'valid',
>(
  x: Tensor<[B, Z, H, W, C], D>,
  window: K,
  stride?: Stride,
  options?: { readonly padding?: P },
): Tensor<[B, ...ConvSpace<[Z, H, W], K, Stride, P>, C], D> {
  atMost('maxPool3d', arguments, 4);
  return publish(largest('maxPool3d', 3, x, window, stride, options));
}
/**
 * `avgPool` along one axis.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool1d(tensor([[[1], [3], [2], [0]]]), 2).ravel().toArray() // => [2, 1]
 */
export function avgPool1d<
  B extends Dim,
  L extends Dim,
  C extends Dim,
  D extends DType,
  const K extends number,
  const Stride extends number = K,
  const P extends Padding = 'valid',
>(
  x: Tensor<[B, L, C], D>,
  window: K,
  stride?: Stride,
  options?: { readonly padding?: P },
): Tensor<[B, ConvOut<L, K, Stride, P>, C], FloatOf<D>> {
  atMost('avgPool1d', arguments, 4);
  return publish(average('avgPool1d', 1, x, window, stride, options));
}
/**
 * The mean of every window; windows do not overlap unless a smaller stride is given. Integers become f32. Padding as in
 * `conv2d`; its elements do not count.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [2.5, 4.5, 10.5, 12.5]
 * avgPool(ones([1, 3, 3, 1]), 3, 1, { padding: 'same' }).ravel().toArray() // => [1, 1, 1, 1, 1, 1, 1, 1, 1]
 */
export function avgPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends PerAxis<number, 2>,
  const Stride extends PerAxis<number, 2> = K,
  const P extends PerAxis<Padding, 2> = 'valid',
>(
  x: Tensor<[B, H, W, C], D>,
  window: K,
  stride?: Stride,
  options?: { readonly padding?: P },
): Tensor<[B, ...ConvSpace<[H, W], K, Stride, P>, C], FloatOf<D>> {
  atMost('avgPool', arguments, 4);
  return publish(average('avgPool', 2, x, window, stride, options));
}
/**
 * `avgPool` over volumes.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool3d(ones([1, 2, 2, 2, 1]), 2).ravel().toArray() // => [1]
 */
export function avgPool3d<
  B extends Dim,
  Z extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends PerAxis<number, 3>,
  const Stride extends PerAxis<number, 3> = K,
  const P extends PerAxis<Padding, 3> = 'valid',
>(
  x: Tensor<[B, Z, H, W, C], D>,
  window: K,
  stride?: Stride,
  options?: { readonly padding?: P },
): Tensor<[B, ...ConvSpace<[Z, H, W], K, Stride, P>, C], FloatOf<D>> {
  atMost('avgPool3d', arguments, 4);
  return publish(average('avgPool3d', 3, x, window, stride, options));
}

/** Windows that share an axis of size n among m results as evenly as can be: [⌊i n / m⌋, ⌈(i + 1) n / m⌉). */
const shares = (n: number, m: number): readonly Width[] =>
  Array.from({ length: m }, (_, i): Width => [Math.floor((i * n) / m), Math.ceil(((i + 1) * n) / m)]);

/** Each axis of space in turn: the windows of one axis are cut out, reduced and joined. */
const adaptive = (x: Value, sizes: readonly number[], reduce: (part: Value, axis: number) => Value): Value =>
  sizes.reduce((v, m, d) => {
    const axis = d + 1;
    const n = v.shape[axis] as number;
    const parts = shares(n, m).map(([from, to]) => {
      const start = v.shape.map((_, a) => (a === axis ? from : 0));
      const stop = v.shape.map((size, a) => (a === axis ? to : size));
      const part = reduce(P.slice(v, start, stop), axis);
      return P.reshape(
        part,
        v.shape.map((size, a) => (a === axis ? 1 : size)),
      );
    });
    return P.concatenate(parts, axis);
  }, x);
const sizesOf = (name: string, sizes: readonly unknown[]): readonly number[] =>
  sizes.map((m) => checkStep(name, 'a size', checkCount(name, 'a size', m)));
const adaptiveLargest = (name: string, x: unknown, sizes: readonly unknown[]): Value =>
  adaptive(imageOf(name, sizes.length, x), sizesOf(name, sizes), (part, axis) => P.reduceMax(part, [axis]));
const adaptiveAverage = (name: string, x: unknown, sizes: readonly unknown[]): Value => {
  const v = floating(imageOf(name, sizes.length, x), name);
  return adaptive(v, sizesOf(name, sizes), (part, axis) => {
    const total = P.reduceSum(part, [axis]);
    return P.div(total, P.fullLike(total, part.shape[axis] as number));
  });
};

/**
 * The largest element of each of `length` windows that share the axis as evenly as can be.
 *
 * @example
 * adaptiveMaxPool1d(reshape(arange(5), [1, 5, 1]), 2).ravel().toArray() // => [2, 4]
 */
export function adaptiveMaxPool1d<B extends Dim, L extends Dim, C extends Dim, D extends DType, const M extends number>(
  x: Tensor<[B, L, C], D>,
  length: M,
): Tensor<[B, M, C], D> {
  atMost('adaptiveMaxPool1d', arguments, 2);
  return publish(adaptiveLargest('adaptiveMaxPool1d', x, [length]));
}
/**
 * The largest element of each of height × width windows that share the image as evenly as can be.
 *
 * @example
 * adaptiveMaxPool(reshape(arange(25), [1, 5, 5, 1]), [2, 2]).ravel().toArray() // => [12, 14, 22, 24]
 */
export function adaptiveMaxPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const M extends number,
  const N extends number,
>(x: Tensor<[B, H, W, C], D>, [height, width]: readonly [M, N]): Tensor<[B, M, N, C], D> {
  atMost('adaptiveMaxPool', arguments, 2);
  return publish(adaptiveLargest('adaptiveMaxPool', x, [height, width]));
}
/**
 * `adaptiveMaxPool` over volumes.
 *
 * @example
 * adaptiveMaxPool3d(zeros([1, 5, 5, 5, 2]), [2, 2, 1]).shape // => [1, 2, 2, 1, 2]
 */
export function adaptiveMaxPool3d<
  B extends Dim,
  Z extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const L extends number,
  const M extends number,
  const N extends number,
>(x: Tensor<[B, Z, H, W, C], D>, [depth, height, width]: readonly [L, M, N]): Tensor<[B, L, M, N, C], D> {
  atMost('adaptiveMaxPool3d', arguments, 2);
  return publish(adaptiveLargest('adaptiveMaxPool3d', x, [depth, height, width]));
}
/**
 * The mean of each of `length` windows that share the axis as evenly as can be.
 *
 * @example
 * adaptiveAvgPool1d(reshape(arange(4), [1, 4, 1]), 2).ravel().toArray() // => [0.5, 2.5]
 */
export function adaptiveAvgPool1d<B extends Dim, L extends Dim, C extends Dim, D extends DType, const M extends number>(
  x: Tensor<[B, L, C], D>,
  length: M,
): Tensor<[B, M, C], FloatOf<D>> {
  atMost('adaptiveAvgPool1d', arguments, 2);
  return publish(adaptiveAverage('adaptiveAvgPool1d', x, [length]));
}
/**
 * The mean of each of height × width windows that share the image as evenly as can be.
 *
 * @example
 * adaptiveAvgPool(reshape(arange(16), [1, 4, 4, 1]), [2, 1]).ravel().toArray() // => [3.5, 11.5]
 */
export function adaptiveAvgPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const M extends number,
  const N extends number,
>(x: Tensor<[B, H, W, C], D>, [height, width]: readonly [M, N]): Tensor<[B, M, N, C], FloatOf<D>> {
  atMost('adaptiveAvgPool', arguments, 2);
  return publish(adaptiveAverage('adaptiveAvgPool', x, [height, width]));
}
/**
 * `adaptiveAvgPool` over volumes.
 *
 * @example
 * adaptiveAvgPool3d(ones([1, 5, 5, 5, 1]), [1, 2, 1]).ravel().toArray() // => [1, 1]
 */
export function adaptiveAvgPool3d<
  B extends Dim,
  Z extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const L extends number,
  const M extends number,
  const N extends number,
>(x: Tensor<[B, Z, H, W, C], D>, [depth, height, width]: readonly [L, M, N]): Tensor<[B, L, M, N, C], FloatOf<D>> {
  atMost('adaptiveAvgPool3d', arguments, 2);
  return publish(adaptiveAverage('adaptiveAvgPool3d', x, [depth, height, width]));
}
