// Adaptive pooling: as many windows as results are asked for. Images are [batch, ...space, channels].
import { atMost } from '../core/arguments';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { Dim, DType, FloatOf, Space, Tensor } from '../types';
import { checkCount } from './axes';
import { floating } from './broadcasting';
import { checkStep, imageOf, type Width } from './slidingWindow';
import { publish } from './tensor';

/** Adaptive pooling along R axes of space; sizes are those of the result, 'avg' makes floats of integers. */
export type AdaptivePoolOf<R extends 2 | 3, Kind extends 'max' | 'avg'> = <
  B extends Dim,
  S extends Space<R>,
  C extends Dim,
  D extends DType,
  const M extends Sizes<R>,
>(
  x: Tensor<[B, ...S, C], D>,
  sizes: M,
) => Tensor<[B, ...M, C], Kind extends 'avg' ? FloatOf<D> : D>;
type Sizes<R extends 2 | 3> = {
  readonly 2: readonly [number, number];
  readonly 3: readonly [number, number, number];
}[R];

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
export const adaptiveMaxPool: AdaptivePoolOf<2, 'max'> = function (
  x: unknown,
  [height, width]: readonly [unknown, unknown],
) {
  atMost('adaptiveMaxPool', arguments, 2);
  return publish(adaptiveLargest('adaptiveMaxPool', x, [height, width]));
};
/**
 * `adaptiveMaxPool` over volumes.
 *
 * @example
 * adaptiveMaxPool3d(zeros([1, 5, 5, 5, 2]), [2, 2, 1]).shape // => [1, 2, 2, 1, 2]
 */
export const adaptiveMaxPool3d: AdaptivePoolOf<3, 'max'> = function (
  x: unknown,
  [depth, height, width]: readonly [unknown, unknown, unknown],
) {
  atMost('adaptiveMaxPool3d', arguments, 2);
  return publish(adaptiveLargest('adaptiveMaxPool3d', x, [depth, height, width]));
};
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
export const adaptiveAvgPool: AdaptivePoolOf<2, 'avg'> = function (
  x: unknown,
  [height, width]: readonly [unknown, unknown],
) {
  atMost('adaptiveAvgPool', arguments, 2);
  return publish(adaptiveAverage('adaptiveAvgPool', x, [height, width]));
};
/**
 * `adaptiveAvgPool` over volumes.
 *
 * @example
 * adaptiveAvgPool3d(ones([1, 5, 5, 5, 1]), [1, 2, 1]).ravel().toArray() // => [1, 1]
 */
export const adaptiveAvgPool3d: AdaptivePoolOf<3, 'avg'> = function (
  x: unknown,
  [depth, height, width]: readonly [unknown, unknown, unknown],
) {
  atMost('adaptiveAvgPool3d', arguments, 2);
  return publish(adaptiveAverage('adaptiveAvgPool3d', x, [depth, height, width]));
};
