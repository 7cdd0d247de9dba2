// Convolutional layers. Images are [batch, ...space, channels].

import {
  type AnyTensor,
  type ConvSpace,
  type ConvTransposeSpace,
  conv3d as convolve3d,
  type Dim,
  type Div,
  divDim,
  type Each,
  type Mul,
  type PaddingPerAxis,
  type PerAxis,
  type Rank,
  type Shape,
  type Space,
  convTranspose1d as spread1d,
  convTranspose2d as spread2d,
  convTranspose3d as spread3d,
  type Tensor,
} from '../index';
import type { Key } from '../random';
import { atMost, composed, conv1d as convolve1d, conv2d as convolve2d, knownOptions } from '../untyped';
import { heNormal, type Initialiser } from './initialisers';
import { type BiasOf, biasOf, plusBias } from './linear';

/** A kernel [...window, channels in, channels out] and a bias. */
export interface Conv<S extends Shape, O extends Dim, Bias = Tensor<[O]> | null> {
  readonly w: Tensor<[...S, O]>;
  readonly b: Bias;
}
export interface ConvConfig<
  K extends PerAxis<Dim>,
  I extends Dim,
  O extends Dim,
  Groups extends number,
  Bias extends boolean,
> {
  /** The size of the window along every axis, or along each. */
  readonly window: K;
  readonly inputs: I;
  readonly outputs: O;
  /** 1 by default. */
  readonly groups?: Groups;
  /** True by default. */
  readonly bias?: Bias;
  /** He's normal distribution by default. */
  readonly weight?: Initialiser;
}
/** How the window moves: the same along all axes of space, or along each as given. */
export interface ConvMove<
  Stride extends PerAxis<number>,
  P extends PaddingPerAxis,
  Dilation extends PerAxis<number>,
  Groups extends number,
> {
  readonly stride?: Stride;
  readonly padding?: P;
  readonly dilation?: Dilation;
  readonly groups?: Groups;
}

/** `ConvMove` and what makes the result longer at the end of an axis. */
export interface ConvTransposeMove<
  Stride extends PerAxis<number>,
  P extends PaddingPerAxis,
  Dilation extends PerAxis<number>,
  Groups extends number,
  Extra extends PerAxis<number>,
> extends ConvMove<Stride, P, Dilation, Groups> {
  readonly outputPadding?: Extra;
}

/** The sizes of a window. */
export const windowOf = <K extends PerAxis<Dim>, const N extends Rank>(window: K, rank: N): Each<K, N> => {
  const sizes: readonly Dim[] = typeof window === 'object' ? window : Array.from({ length: rank }, () => window as Dim);
  // The type is by the condition above.
  return sizes as Each<K, N>;
};

/** What makes the parameters of convolutions along R axes of space. */
export type InitConvOf<R extends Rank> = <
  const K extends PerAxis<Dim, R>,
  const I extends Dim,
  const O extends Dim,
  const Groups extends number = 1,
  const Bias extends boolean = true,
>(
  key: Key,
  options: ConvConfig<K, I, O, Groups, Bias>,
) => Conv<[...Each<K, R>, Div<I, Groups>], O, BiasOf<[O], Bias>>;
const init =
  <R extends Rank>(name: string, rank: R): InitConvOf<R> =>
  (key, options) => {
    const { window, inputs, outputs, groups, bias, weight } = knownOptions(name, options, [
      'window',
      'inputs',
      'outputs',
      'groups',
      'bias',
      'weight',
    ]);
    const shape = [...windowOf(window, rank), divDim(inputs, (groups ?? 1) as number), outputs];
    const w: AnyTensor = (weight ?? heNormal)(key, shape);
    return { w, b: biasOf(bias, [outputs]) };
  };

/**
 * The parameters of a convolution along one axis: variance 2 / (window · channels), bias 0.
 *
 * @example
 * initConv1d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).w.shape // => [3, 4, 8]
 */
export const initConv1d: InitConvOf<1> = /* @__PURE__ */ composed(function (key, options) {
  atMost('initConv1d', arguments, 2);
  return init('initConv1d', 1)(key, options);
});

/**
 * The parameters of a convolution over images: variance 2 / (window · channels), bias 0.
 *
 * @example
 * initConv2d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).w.shape // => [3, 3, 4, 8]
 * initConv2d(random.key(0), { window: [1, 5], inputs: 4, outputs: 8 }).w.shape // => [1, 5, 4, 8]
 */
export const initConv2d: InitConvOf<2> = /* @__PURE__ */ composed(function (key, options) {
  atMost('initConv2d', arguments, 2);
  return init('initConv2d', 2)(key, options);
});

/**
 * The parameters of a convolution over volumes: variance 2 / (window · channels), bias 0.
 *
 * @example
 * initConv3d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).w.shape // => [3, 3, 3, 4, 8]
 */
export const initConv3d: InitConvOf<3> = /* @__PURE__ */ composed(function (key, options) {
  atMost('initConv3d', arguments, 2);
  return init('initConv3d', 3)(key, options);
});

/** A convolution along R axes of space, and a bias. */
export type ConvLayerOf<R extends Rank> = <
  K extends Space<R>,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, R> = 1,
  const P extends PaddingPerAxis<R> = 'valid',
  const Dilation extends PerAxis<number, R> = 1,
  const Groups extends number = 1,
>(
  p: Conv<[...K, C], O>,
  options?: ConvMove<Stride, P, Dilation, Groups>,
) => <B extends Dim, S extends Space<R>>(
  x: Tensor<[B, ...S, NoInfer<Mul<C, Groups>>]>,
) => Tensor<[B, ...ConvSpace<S, K, Stride, P, Dilation>, O]>;
/** A transposed convolution along R axes of space, and a bias. */
export type ConvTransposeLayerOf<R extends Rank> = <
  K extends Space<R>,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, R> = 1,
  const P extends PaddingPerAxis<R> = 'valid',
  const Dilation extends PerAxis<number, R> = 1,
  const Groups extends number = 1,
  const Extra extends PerAxis<number, R> = 0,
>(
  p: Conv<[...K, C], O>,
  options?: ConvTransposeMove<Stride, P, Dilation, Groups, Extra>,
) => <B extends Dim, S extends Space<R>>(
  x: Tensor<[B, ...S, NoInfer<Mul<C, Groups>>]>,
) => Tensor<[B, ...ConvTransposeSpace<S, K, Stride, P, Dilation, Extra>, O]>;
interface AnyConv {
  readonly w: AnyTensor;
  readonly b: AnyTensor | null;
}
type Convolve = (x: AnyTensor, kernel: AnyTensor, options: object) => AnyTensor;
const moves = ['stride', 'padding', 'dilation', 'groups'] as const;
const layer = (convolve: Convolve, p: AnyConv, options: object) => (x: AnyTensor) =>
  plusBias(convolve(x, p.w, options), p.b);

/**
 * `conv1d` of the array functions, and a bias.
 *
 * @example
 * conv1d({ w: ones([3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 4])).shape // => [8, 5, 2]
 */
export const conv1d: ConvLayerOf<1> = /* @__PURE__ */ composed(function (p: AnyConv, options: object = {}) {
  atMost('conv1d', arguments, 2);
  return layer(convolve1d, p, knownOptions('conv1d', options, moves));
});

/**
 * `conv2d` of the array functions, and a bias.
 *
 * @example
 * conv2d({ w: ones([3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 4])).shape // => [8, 5, 5, 2]
 */
export const conv2d: ConvLayerOf<2> = /* @__PURE__ */ composed(function (p: AnyConv, options: object = {}) {
  atMost('conv2d', arguments, 2);
  return layer(convolve2d, p, knownOptions('conv2d', options, moves));
});

/**
 * `conv3d` of the array functions, and a bias.
 *
 * @example
 * conv3d({ w: ones([3, 3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 10, 4])).shape // => [8, 5, 5, 5, 2]
 */
export const conv3d: ConvLayerOf<3> = /* @__PURE__ */ composed(function (p: AnyConv, options: object = {}) {
  atMost('conv3d', arguments, 2);
  return layer(convolve3d, p, knownOptions('conv3d', options, moves));
});

/**
 * `convTranspose1d` of the array functions, and a bias; parameters by `initConv1d`.
 *
 * @example
 * convTranspose1d({ w: ones([3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 4])).shape // => [8, 20, 2]
 */
export const convTranspose1d: ConvTransposeLayerOf<1> = /* @__PURE__ */ composed(function (
  p: AnyConv,
  options: object = {},
) {
  atMost('convTranspose1d', arguments, 2);
  return layer(spread1d, p, knownOptions('convTranspose1d', options, [...moves, 'outputPadding']));
});

/**
 * `convTranspose2d` of the array functions, and a bias; parameters by `initConv2d`.
 *
 * @example
 * convTranspose2d({ w: ones([3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 4])).shape // => [8, 20, 20, 2]
 */
export const convTranspose2d: ConvTransposeLayerOf<2> = /* @__PURE__ */ composed(function (
  p: AnyConv,
  options: object = {},
) {
  atMost('convTranspose2d', arguments, 2);
  return layer(spread2d, p, knownOptions('convTranspose2d', options, [...moves, 'outputPadding']));
});

/**
 * `convTranspose3d` of the array functions, and a bias; parameters by `initConv3d`.
 *
 * @example
 * convTranspose3d({ w: ones([3, 3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 10, 4])).shape // => [8, 20, 20, 20, 2]
 */
export const convTranspose3d: ConvTransposeLayerOf<3> = /* @__PURE__ */ composed(function (
  p: AnyConv,
  options: object = {},
) {
  atMost('convTranspose3d', arguments, 2);
  return layer(spread3d, p, knownOptions('convTranspose3d', options, [...moves, 'outputPadding']));
});
