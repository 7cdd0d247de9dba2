// Where the maxima of max pooling are, and the way back from them. Images are [batch, ...space, channels].

import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { composed } from '../core/composed';
import { f64, i32 } from '../core/dtype';
import { AxisError, ShapeError } from '../core/errors';
import { ConcreteArray, type Value } from '../core/value';
import * as P from '../primitives';
import type { Dim, DType, i32 as I32, Rank, Space, Tensor } from '../types';
import { checkShape } from './axes';
import { indicesOf, scatterAdd } from './indexing';
import { type PoolOf, poolWindows } from './pooling';
import { imageOf } from './slidingWindow';
import { publish, valueFrom } from './tensor';

/** The places of space as numbers, row by row, for every batch and channel; doubles hold them all. */
const placesOf = (shape: readonly number[]): Value => {
  const zero = P.full(shape, f64, 0);
  let stride = 1;
  let sum = zero;
  for (let axis = shape.length - 2; axis > 0; axis--) {
    sum = P.add(sum, P.mul(P.iota(shape, axis, f64), P.fullLike(zero, stride)));
    stride *= shape[axis] as number;
  }
  return sum;
};
const indices = (name: string, rank: number, args: readonly [unknown, unknown, unknown, object | undefined]): Value => {
  const v = imageOf(name, rank, args[0]);
  const params = poolWindows(name, rank, v, args[1], args[2], args[3]);
  const wide = P.stopGradient(P.convert(v, f64));
  return P.convert(P.selectAndGatherAdd(placesOf(v.shape), wide, params), i32);
};

/**
 * `maxPoolIndices` along one axis.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPoolIndices1d(tensor([[[1], [3], [2], [0]]]), 2).ravel().toArray() // => [1, 2]
 */
export const maxPoolIndices1d: PoolOf<1, 'indices'> = function (
  x: unknown,
  window: unknown,
  stride?: unknown,
  options?: object,
) {
  atMost('maxPoolIndices1d', arguments, 4);
  return publish(indices('maxPoolIndices1d', 1, [x, window, stride, options]));
};
/**
 * Where in its image the largest element of every window is: row · width + column, as PyTorch counts; of equal elements the first one,
 * which is also the one that the derivative of `maxPool` goes to. Arguments are those of `maxPool`.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPoolIndices(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [5, 7, 13, 15]
 */
export const maxPoolIndices: PoolOf<2, 'indices'> = function (
  x: unknown,
  window: unknown,
  stride?: unknown,
  options?: object,
) {
  atMost('maxPoolIndices', arguments, 4);
  return publish(indices('maxPoolIndices', 2, [x, window, stride, options]));
};
/**
 * `maxPoolIndices` over volumes: (slice · height + row) · width + column.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPoolIndices3d(reshape(arange(8), [1, 2, 2, 2, 1]), 2).ravel().toArray() // => [7]
 */
export const maxPoolIndices3d: PoolOf<3, 'indices'> = function (
  x: unknown,
  window: unknown,
  stride?: unknown,
  options?: object,
) {
  atMost('maxPoolIndices3d', arguments, 4);
  return publish(indices('maxPoolIndices3d', 3, [x, window, stride, options]));
};

/** The way back from max pooling along R axes of space. */
export type UnpoolOf<R extends Rank> = <
  B extends Dim,
  S extends Space<R>,
  C extends Dim,
  D extends DType,
  const M extends Space<R>,
>(
  y: Tensor<[B, ...S, C], D>,
  indices: Tensor<NoInfer<[B, ...S, C]>, I32>,
  space: M,
) => Tensor<[B, ...M, C], D>;
const unpooled = /* @__PURE__ */ composed(
  (name: string, rank: number, y: unknown, where: unknown, space: unknown): Value => {
    const v = imageOf(name, rank, y);
    const at = indicesOf(name, where);
    const sizes = checkShape(name, space as readonly number[]);
    if (showShape(at.shape) !== showShape(v.shape))
      throw new ShapeError(
        `${name}: one index for each element is needed; y is ${showShape(v.shape)}, the indices are ${showShape(at.shape)}.`,
      );
    if (sizes.length !== rank)
      throw new ShapeError(`${name}: space must have ${rank} size${rank === 1 ? '' : 's'}, got ${showShape(sizes)}.`);
    const [batch, channels] = [v.shape[0] as number, v.shape[rank + 1] as number];
    const places = sizes.reduce((a, b) => a * b, 1);
    const all = batch * places * channels;
    const bad = at instanceof ConcreteArray ? [...at.data].find((i) => i < 0 || i >= places) : undefined;
    if (bad !== undefined)
      throw new AxisError(`${name}: index ${bad} is out of range for space ${showShape(sizes)} of ${places} places.`);
    const like = (n: number): Value => P.fullLike(at, n);
    const first = P.mul(P.iota(at.shape, 0, i32), like(places));
    const flat = P.add(P.mul(P.add(first, at), like(channels)), P.iota(at.shape, rank + 1, i32));
    const isInside = P.and(P.ge(at, like(0)), P.lt(at, like(places)));
    // What is outside of its image must not land in another one.
    const target = publish(P.reshape(P.selectN(isInside, like(all), flat), [v.size]));
    const laid = (x: Value): Value =>
      valueFrom(scatterAdd(publish(P.full([all], v.dtype, 0)), target, publish(P.reshape(x, [v.size]))), name);
    const counts = laid(P.fullLike(v, 1));
    const mean = P.div(laid(v), P.max(counts, P.fullLike(counts, 1)));
    return P.reshape(mean, [batch, ...sizes, channels]);
  },
);

/**
 * `maxUnpool` along one axis.
 *
 * @throws ShapeError when the shapes differ; AxisError when a known index is out of range
 * @example
 * maxUnpool1d(tensor([[[3], [2]]]), tensor([[[1], [2]]], i32), [4]).ravel().toArray() // => [0, 3, 2, 0]
 */
export const maxUnpool1d: UnpoolOf<1> = function (y: unknown, where: unknown, space: unknown) {
  atMost('maxUnpool1d', arguments, 3);
  return publish(unpooled('maxUnpool1d', 1, y, where, space));
};
/**
 * An image of height × width, its elements 0 but those of y, which take the places that `maxPoolIndices` gives. Where several elements
 * have one place, as windows that overlap make it, their mean; where they are maxima of the same image they are equal.
 *
 * @throws ShapeError when the shapes differ; AxisError when a known index is out of range
 * @example
 * maxUnpool(tensor([[[[5]]]]), tensor([[[[2]]]], i32), [2, 2]).ravel().toArray() // => [0, 0, 5, 0]
 */
export const maxUnpool: UnpoolOf<2> = function (y: unknown, where: unknown, space: unknown) {
  atMost('maxUnpool', arguments, 3);
  return publish(unpooled('maxUnpool', 2, y, where, space));
};
/**
 * `maxUnpool` over volumes.
 *
 * @throws ShapeError when the shapes differ; AxisError when a known index is out of range
 * @example
 * maxUnpool3d(ones([1, 1, 1, 1, 2]), zeros([1, 1, 1, 1, 2], i32), [2, 2, 2]).shape // => [1, 2, 2, 2, 2]
 */
export const maxUnpool3d: UnpoolOf<3> = function (y: unknown, where: unknown, space: unknown) {
  atMost('maxUnpool3d', arguments, 3);
  return publish(unpooled('maxUnpool3d', 3, y, where, space));
};
