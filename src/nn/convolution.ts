// Convolutional layers. Images are [batch, ...space, channels].
import { atMost, knownOptions } from '../core/arguments';
import {
  type AnyTensor,
  type ConvOut,
  type ConvSpace,
  type ConvTransposeOut,
  type ConvTransposeSpace,
  conv1d as convolve1d,
  conv2d as convolve2d,
  conv3d as convolve3d,
  type Dilated,
  type Dim,
  type Div,
  divDim,
  type Each,
  type Mul,
  type Padding,
  type PerAxis,
  type Shape,
  convTranspose1d as spread1d,
  convTranspose2d as spread2d,
  convTranspose3d as spread3d,
  type Tensor,
} from '../index';
import type { Key } from '../random';
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
  P extends PerAxis<Padding>,
  Dilation extends PerAxis<number>,
  Groups extends number,
> {
  readonly stride?: Stride;
  readonly padding?: P;
  readonly dilation?: Dilation;
  readonly groups?: Groups;
}

/** The sizes of a window. */
export const windowOf = <K extends PerAxis<Dim>, const N extends 2 | 3>(window: K, rank: N): Each<K, N> => {
  const sizes: readonly Dim[] = typeof window === 'object' ? window : Array.from({ length: rank }, () => window as Dim);
  // The type is by the condition above.
  return sizes as Each<K, N>;
};

/**
 * The parameters of a convolution along one axis: variance 2 / (window · channels), bias 0.
 *
 * @example
 * initConv1d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).w.shape // => [3, 4, 8]
 */
export const initConv1d = function <
  const K extends Dim,
  const I extends Dim,
  const O extends Dim,
  const Groups extends number = 1,
  const Bias extends boolean = true,
>(key: Key, options: ConvConfig<K, I, O, Groups, Bias>): Conv<[K, Div<I, Groups>], O, BiasOf<[O], Bias>> {
  atMost('initConv1d', arguments, 2);
  const {
    window,
    inputs,
    outputs,
    groups,
    bias,
    weight = heNormal,
  } = knownOptions('initConv1d', options, ['window', 'inputs', 'outputs', 'groups', 'bias', 'weight']);
  return {
    w: weight(key, [window, divDim(inputs, (groups ?? 1) as Groups), outputs]),
    b: biasOf(bias, [outputs]),
  };
};

/**
 * The parameters of a convolution over images: variance 2 / (window · channels), bias 0.
 *
 * @example
 * initConv2d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).w.shape // => [3, 3, 4, 8]
 * initConv2d(random.key(0), { window: [1, 5], inputs: 4, outputs: 8 }).w.shape // => [1, 5, 4, 8]
 */
export const initConv2d = function <
  const K extends PerAxis<Dim, 2>,
  const I extends Dim,
  const O extends Dim,
  const Groups extends number = 1,
  const Bias extends boolean = true,
>(key: Key, options: ConvConfig<K, I, O, Groups, Bias>): Conv<[...Each<K, 2>, Div<I, Groups>], O, BiasOf<[O], Bias>> {
  atMost('initConv2d', arguments, 2);
  const {
    window,
    inputs,
    outputs,
    groups,
    bias,
    weight = heNormal,
  } = knownOptions('initConv2d', options, ['window', 'inputs', 'outputs', 'groups', 'bias', 'weight']);
  return {
    w: weight(key, [...windowOf(window, 2), divDim(inputs, (groups ?? 1) as Groups), outputs]),
    b: biasOf(bias, [outputs]),
  };
};

/**
 * The parameters of a convolution over volumes: variance 2 / (window · channels), bias 0.
 *
 * @example
 * initConv3d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).w.shape // => [3, 3, 3, 4, 8]
 */
export const initConv3d = function <
  const K extends PerAxis<Dim, 3>,
  const I extends Dim,
  const O extends Dim,
  const Groups extends number = 1,
  const Bias extends boolean = true,
>(key: Key, options: ConvConfig<K, I, O, Groups, Bias>): Conv<[...Each<K, 3>, Div<I, Groups>], O, BiasOf<[O], Bias>> {
  atMost('initConv3d', arguments, 2);
  const {
    window,
    inputs,
    outputs,
    groups,
    bias,
    weight = heNormal,
  } = knownOptions('initConv3d', options, ['window', 'inputs', 'outputs', 'groups', 'bias', 'weight']);
  return {
    w: weight(key, [...windowOf(window, 3), divDim(inputs, (groups ?? 1) as Groups), outputs]),
    b: biasOf(bias, [outputs]),
  };
};

/**
 * `conv1d` of the array functions, and a bias.
 *
 * @example
 * conv1d({ w: ones([3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 4])).shape // => [8, 5, 2]
 */
export const conv1d = function <
  KL extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends number = 1,
  const P extends Padding = 'valid',
  const Dilation extends number = 1,
  const Groups extends number = 1,
>(p: Conv<[KL, C], O>, options: ConvMove<Stride, P, Dilation, Groups> = {}) {
  atMost('conv1d', arguments, 2);
  knownOptions('conv1d', options, ['stride', 'padding', 'dilation', 'groups']);
  return <B extends Dim, L extends Dim>(
    x: Tensor<[B, L, NoInfer<Mul<C, Groups>>]>,
  ): Tensor<[B, ConvOut<L, Dilated<KL, Dilation>, Stride, P>, O]> =>
    plusBias(convolve1d(x as AnyTensor, p.w as AnyTensor, options), p.b);
};

/**
 * `conv2d` of the array functions, and a bias.
 *
 * @example
 * conv2d({ w: ones([3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 4])).shape // => [8, 5, 5, 2]
 */
export const conv2d = function <
  KH extends Dim,
  KW extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, 2> = 1,
  const P extends PerAxis<Padding, 2> = 'valid',
  const Dilation extends PerAxis<number, 2> = 1,
  const Groups extends number = 1,
>(p: Conv<[KH, KW, C], O>, options: ConvMove<Stride, P, Dilation, Groups> = {}) {
  atMost('conv2d', arguments, 2);
  knownOptions('conv2d', options, ['stride', 'padding', 'dilation', 'groups']);
  return <B extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<[B, H, W, NoInfer<Mul<C, Groups>>]>,
  ): Tensor<[B, ...ConvSpace<[H, W], [KH, KW], Stride, P, Dilation>, O]> =>
    plusBias(convolve2d(x as AnyTensor, p.w as AnyTensor, options), p.b);
};

/**
 * `conv3d` of the array functions, and a bias.
 *
 * @example
 * conv3d({ w: ones([3, 3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 10, 4])).shape // => [8, 5, 5, 5, 2]
 */
export const conv3d = function <
  KZ extends Dim,
  KH extends Dim,
  KW extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, 3> = 1,
  const P extends PerAxis<Padding, 3> = 'valid',
  const Dilation extends PerAxis<number, 3> = 1,
  const Groups extends number = 1,
>(p: Conv<[KZ, KH, KW, C], O>, options: ConvMove<Stride, P, Dilation, Groups> = {}) {
  atMost('conv3d', arguments, 2);
  knownOptions('conv3d', options, ['stride', 'padding', 'dilation', 'groups']);
  return <B extends Dim, Z extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<[B, Z, H, W, NoInfer<Mul<C, Groups>>]>,
  ): Tensor<[B, ...ConvSpace<[Z, H, W], [KZ, KH, KW], Stride, P, Dilation>, O]> =>
    plusBias(convolve3d(x as AnyTensor, p.w as AnyTensor, options), p.b);
};

/**
 * `convTranspose1d` of the array functions, and a bias; parameters by `initConv1d`.
 *
 * @example
 * convTranspose1d({ w: ones([3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 4])).shape // => [8, 20, 2]
 */
export const convTranspose1d = function <
  KL extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends number = 1,
  const P extends Padding = 'valid',
>(p: Conv<[KL, C], O>, options: { readonly stride?: Stride; readonly padding?: P } = {}) {
  atMost('convTranspose1d', arguments, 2);
  knownOptions('convTranspose1d', options, ['stride', 'padding']);
  return <B extends Dim, L extends Dim>(x: Tensor<[B, L, C]>): Tensor<[B, ConvTransposeOut<L, KL, Stride, P>, O]> =>
    plusBias(spread1d(x as AnyTensor, p.w as AnyTensor, options), p.b);
};

/**
 * `convTranspose2d` of the array functions, and a bias; parameters by `initConv2d`.
 *
 * @example
 * convTranspose2d({ w: ones([3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 4])).shape // => [8, 20, 20, 2]
 */
export const convTranspose2d = function <
  KH extends Dim,
  KW extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, 2> = 1,
  const P extends PerAxis<Padding, 2> = 'valid',
>(p: Conv<[KH, KW, C], O>, options: { readonly stride?: Stride; readonly padding?: P } = {}) {
  atMost('convTranspose2d', arguments, 2);
  knownOptions('convTranspose2d', options, ['stride', 'padding']);
  return <B extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<[B, H, W, C]>,
  ): Tensor<[B, ...ConvTransposeSpace<[H, W], [KH, KW], Stride, P>, O]> =>
    plusBias(spread2d(x as AnyTensor, p.w as AnyTensor, options), p.b);
};

/**
 * `convTranspose3d` of the array functions, and a bias; parameters by `initConv3d`.
 *
 * @example
 * convTranspose3d({ w: ones([3, 3, 3, 4, 2]), b: null }, { stride: 2, padding: 'same' })(zeros([8, 10, 10, 10, 4])).shape // => [8, 20, 20, 20, 2]
 */
export const convTranspose3d = function <
  KZ extends Dim,
  KH extends Dim,
  KW extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, 3> = 1,
  const P extends PerAxis<Padding, 3> = 'valid',
>(p: Conv<[KZ, KH, KW, C], O>, options: { readonly stride?: Stride; readonly padding?: P } = {}) {
  atMost('convTranspose3d', arguments, 2);
  knownOptions('convTranspose3d', options, ['stride', 'padding']);
  return <B extends Dim, Z extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<[B, Z, H, W, C]>,
  ): Tensor<[B, ...ConvTransposeSpace<[Z, H, W], [KZ, KH, KW], Stride, P>, O]> =>
    plusBias(spread3d(x as AnyTensor, p.w as AnyTensor, options), p.b);
};
