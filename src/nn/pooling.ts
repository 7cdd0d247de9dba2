// Pooling as layers: windows first, so that they stand in a pipe. Images are [batch, ...space, channels].

import {
  type AnyTensor,
  adaptiveAvgPool,
  adaptiveMaxPool,
  adaptiveAvgPool1d as alongAvg,
  adaptiveMaxPool1d as alongMax,
  avgPool1d as average1d,
  avgPool3d as average3d,
  avgPool,
  type Dim,
  type DTypeOf,
  maxPool1d as largest1d,
  maxPool3d as largest3d,
  type Mul,
  maxPool,
  adaptiveAvgPool3d as overAvg,
  adaptiveMaxPool3d as overMax,
  type PaddingPerAxis,
  type PerAxis,
  type PoolingOptions,
  type PoolSpace,
  type Rank,
  type ReshapeOut,
  type ResizeOptions,
  type Shape,
  type ShapeOf,
  type SizeOf,
  type Space,
  type Tensor,
} from '../index';
import { atMost, composed, knownOptions, max, mean, reshape, resize } from '../untyped';

/** One for all axes of space, or one for each; so is the window. */
export interface PoolOptions<
  Stride extends PerAxis<number>,
  P extends PaddingPerAxis,
  Dilation extends PerAxis<number> = 1,
  Ceil extends boolean = false,
> extends PoolingOptions<P, Dilation, Ceil> {
  /** The size of the window by default, so that windows do not overlap. */
  readonly stride?: Stride;
}
export interface AvgPoolOptions<
  Stride extends PerAxis<number>,
  P extends PaddingPerAxis,
  Dilation extends PerAxis<number> = 1,
  Ceil extends boolean = false,
> extends PoolOptions<Stride, P, Dilation, Ceil> {
  /** Whether the elements of the padding count as zeros: false by default. */
  readonly countPadding?: boolean;
}
/** Pooling along R axes of space as a layer. */
export type PoolLayerOf<R extends Rank, Kind extends 'max' | 'avg'> = <
  const K extends PerAxis<number, R>,
  const Stride extends PerAxis<number, R> = K,
  const P extends PaddingPerAxis<R> = 'valid',
  const Dilation extends PerAxis<number, R> = 1,
  const Ceil extends boolean = false,
>(
  window: K,
  options?: Kind extends 'avg' ? AvgPoolOptions<Stride, P, Dilation, Ceil> : PoolOptions<Stride, P, Dilation, Ceil>,
) => <B extends Dim, S extends Space<R>, C extends Dim>(
  x: Tensor<[B, ...S, C]>,
) => Tensor<[B, ...PoolSpace<S, K, Stride, P, Dilation, Ceil>, C]>;
interface Options {
  readonly stride?: PerAxis<number>;
}
type Pool = (x: AnyTensor, window: never, stride: never, options: object) => AnyTensor;
const maxOptions = ['stride', 'padding', 'dilation', 'ceilMode'] as const;
const avgOptions = [...maxOptions, 'countPadding'] as const;
const layer =
  (pool: Pool, window: PerAxis<number>, { stride, ...options }: Options) =>
  (x: AnyTensor) =>
    pool(x, window as never, stride as never, options);

/**
 * The largest element of every window along one axis.
 *
 * @example
 * maxPool1d(2)(zeros([8, 10, 4])).shape // => [8, 5, 4]
 */
export const maxPool1d: PoolLayerOf<1, 'max'> = /* @__PURE__ */ composed(function (
  window: PerAxis<number>,
  options: Options = {},
) {
  atMost('maxPool1d', arguments, 2);
  return layer(largest1d, window, knownOptions('maxPool1d', options, maxOptions));
});

/**
 * The largest element of every window over images.
 *
 * @example
 * maxPool2d(2)(zeros([8, 10, 10, 4])).shape // => [8, 5, 5, 4]
 * maxPool2d([1, 2])(zeros([8, 10, 10, 4])).shape // => [8, 10, 5, 4]
 */
export const maxPool2d: PoolLayerOf<2, 'max'> = /* @__PURE__ */ composed(function (
  window: PerAxis<number>,
  options: Options = {},
) {
  atMost('maxPool2d', arguments, 2);
  return layer(maxPool, window, knownOptions('maxPool2d', options, maxOptions));
});

/**
 * The largest element of every window over volumes.
 *
 * @example
 * maxPool3d(2)(zeros([8, 10, 10, 10, 4])).shape // => [8, 5, 5, 5, 4]
 */
export const maxPool3d: PoolLayerOf<3, 'max'> = /* @__PURE__ */ composed(function (
  window: PerAxis<number>,
  options: Options = {},
) {
  atMost('maxPool3d', arguments, 2);
  return layer(largest3d, window, knownOptions('maxPool3d', options, maxOptions));
});

/**
 * The mean of every window along one axis.
 *
 * @example
 * avgPool1d(2)(zeros([8, 10, 4])).shape // => [8, 5, 4]
 */
export const avgPool1d: PoolLayerOf<1, 'avg'> = /* @__PURE__ */ composed(function (
  window: PerAxis<number>,
  options: Options = {},
) {
  atMost('avgPool1d', arguments, 2);
  return layer(average1d, window, knownOptions('avgPool1d', options, avgOptions));
});

/**
 * The mean of every window over images.
 *
 * @example
 * avgPool2d(2)(zeros([8, 10, 10, 4])).shape // => [8, 5, 5, 4]
 */
export const avgPool2d: PoolLayerOf<2, 'avg'> = /* @__PURE__ */ composed(function (
  window: PerAxis<number>,
  options: Options = {},
) {
  atMost('avgPool2d', arguments, 2);
  return layer(avgPool, window, knownOptions('avgPool2d', options, avgOptions));
});

/**
 * The mean of every window over volumes.
 *
 * @example
 * avgPool3d(2)(zeros([8, 10, 10, 10, 4])).shape // => [8, 5, 5, 5, 4]
 */
export const avgPool3d: PoolLayerOf<3, 'avg'> = /* @__PURE__ */ composed(function (
  window: PerAxis<number>,
  options: Options = {},
) {
  atMost('avgPool3d', arguments, 2);
  return layer(average3d, window, knownOptions('avgPool3d', options, avgOptions));
});

const space = (x: AnyTensor): number[] => x.shape.slice(1, -1).map((_: number, d: number) => d + 1);
/**
 * The mean over all of space: [batch, channels].
 *
 * @example
 * globalAvgPool(tensor([[[1], [3]]])).toArray() // => [[2]]
 */
export const globalAvgPool = /* @__PURE__ */ composed(function <B extends Dim, S extends Shape, C extends Dim>(
  x: Tensor<[B, ...S, C]>,
): Tensor<[B, C]> {
  atMost('globalAvgPool', arguments, 1);
  return mean(x, space(x));
});
/**
 * The largest element over all of space: [batch, channels].
 *
 * @example
 * globalMaxPool(tensor([[[1], [3]]])).toArray() // => [[3]]
 */
export const globalMaxPool = /* @__PURE__ */ composed(function <B extends Dim, S extends Shape, C extends Dim>(
  x: Tensor<[B, ...S, C]>,
): Tensor<[B, C]> {
  atMost('globalMaxPool', arguments, 1);
  return max(x, space(x));
});
/**
 * The means of height × width windows that share the image as evenly as can be.
 *
 * @example
 * adaptiveAvgPool2d([2, 2])(zeros([1, 5, 7, 3])).shape // => [1, 2, 2, 3]
 */
export const adaptiveAvgPool2d = /* @__PURE__ */ composed(function <const M extends number, const N extends number>(
  size: readonly [M, N],
) {
  atMost('adaptiveAvgPool2d', arguments, 1);
  return <B extends Dim, H extends Dim, W extends Dim, C extends Dim>(x: Tensor<[B, H, W, C]>): Tensor<[B, M, N, C]> =>
    adaptiveAvgPool(x, size);
});
/**
 * The largest elements of such windows.
 *
 * @example
 * adaptiveMaxPool2d([2, 2])(zeros([1, 5, 7, 3])).shape // => [1, 2, 2, 3]
 */
export const adaptiveMaxPool2d = /* @__PURE__ */ composed(function <const M extends number, const N extends number>(
  size: readonly [M, N],
) {
  atMost('adaptiveMaxPool2d', arguments, 1);
  return <B extends Dim, H extends Dim, W extends Dim, C extends Dim>(x: Tensor<[B, H, W, C]>): Tensor<[B, M, N, C]> =>
    adaptiveMaxPool(x, size);
});

/**
 * The means of `size` windows that share the axis as evenly as can be.
 *
 * @example
 * adaptiveAvgPool1d(2)(zeros([1, 5, 3])).shape // => [1, 2, 3]
 */
export const adaptiveAvgPool1d = /* @__PURE__ */ composed(function <const M extends number>(size: M) {
  atMost('adaptiveAvgPool1d', arguments, 1);
  return <B extends Dim, L extends Dim, C extends Dim>(x: Tensor<[B, L, C]>): Tensor<[B, M, C]> => alongAvg(x, size);
});
/**
 * The means of depth × height × width windows that share the volume as evenly as can be.
 *
 * @example
 * adaptiveAvgPool3d([2, 2, 1])(zeros([1, 5, 5, 7, 3])).shape // => [1, 2, 2, 1, 3]
 */
export const adaptiveAvgPool3d = /* @__PURE__ */ composed(function <
  const L extends number,
  const M extends number,
  const N extends number,
>(size: readonly [L, M, N]) {
  atMost('adaptiveAvgPool3d', arguments, 1);
  return <B extends Dim, Z extends Dim, H extends Dim, W extends Dim, C extends Dim>(
    x: Tensor<[B, Z, H, W, C]>,
  ): Tensor<[B, L, M, N, C]> => overAvg(x, size);
});
/**
 * The largest elements of `size` windows that share the axis as evenly as can be.
 *
 * @example
 * adaptiveMaxPool1d(2)(zeros([1, 5, 3])).shape // => [1, 2, 3]
 */
export const adaptiveMaxPool1d = /* @__PURE__ */ composed(function <const M extends number>(size: M) {
  atMost('adaptiveMaxPool1d', arguments, 1);
  return <B extends Dim, L extends Dim, C extends Dim>(x: Tensor<[B, L, C]>): Tensor<[B, M, C]> => alongMax(x, size);
});
/**
 * The largest elements of depth × height × width windows that share the volume as evenly as can be.
 *
 * @example
 * adaptiveMaxPool3d([2, 2, 1])(zeros([1, 5, 5, 7, 3])).shape // => [1, 2, 2, 1, 3]
 */
export const adaptiveMaxPool3d = /* @__PURE__ */ composed(function <
  const L extends number,
  const M extends number,
  const N extends number,
>(size: readonly [L, M, N]) {
  atMost('adaptiveMaxPool3d', arguments, 1);
  return <B extends Dim, Z extends Dim, H extends Dim, W extends Dim, C extends Dim>(
    x: Tensor<[B, Z, H, W, C]>,
  ): Tensor<[B, L, M, N, C]> => overMax(x, size);
});

/** The first axis and the product of the others: these are multiplied apart, so that a first one of any size does not hide it. */
type Flattened<X> = { s: ShapeOf<X> } extends { s: [infer B extends Dim, ...infer R] }
  ? [B, ...ReshapeOut<Tensor<R>, [-1]>]
  : ReshapeOut<X, [SizeOf<X, 0>, -1]>;

/**
 * One axis in place of all axes but the first.
 *
 * @example
 * flatten(zeros([8, 5, 5, 64])).shape // => [8, 1600]
 */
export const flatten = /* @__PURE__ */ composed(function <X extends AnyTensor>(x: X): Tensor<Flattened<X>, DTypeOf<X>> {
  atMost('flatten', arguments, 1);
  return reshape(x, [x.shape[0], -1]);
});

/**
 * Images `factor` times as large, by `resize`: by the nearest element unless another method is given.
 *
 * @example
 * upsample2d(2)(zeros([8, 7, 7, 16])).shape // => [8, 14, 14, 16]
 */
export const upsample2d = /* @__PURE__ */ composed(function <const K extends number>(
  factor: K,
  options: Omit<ResizeOptions, 'antialias'> = {},
) {
  atMost('upsample2d', arguments, 2);
  const given = knownOptions('upsample2d', options, ['method', 'coordinates', 'rounding', 'cubicCoefficient']);
  return <B extends Dim, H extends Dim, W extends Dim, C extends Dim>(
    x: Tensor<[B, H, W, C]>,
  ): Tensor<[B, Mul<H, K>, Mul<W, K>, C]> => {
    const [batch, height, width, channels] = x.shape;
    return resize(x, [batch, height * factor, width * factor, channels], {
      method: 'nearest',
      ...given,
    });
  };
});
