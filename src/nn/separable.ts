// Convolutions that leave channels apart, and those that mix them afterwards. Images are [batch, ...space, channels].

import {
  type ConvSpace,
  type Dim,
  type Each,
  type Mul,
  mulDim,
  type PaddingPerAxis,
  type PerAxis,
  type Tensor,
} from '../index';
import { type Key, split } from '../random';
import { atMost, composed, conv1d as convolve1d, conv2d as convolve2d, knownOptions } from '../untyped';
import { type Conv, type ConvMove, windowOf } from './convolution';
import { heNormal } from './initialisers';
import { biasOf, plusBias } from './linear';

/**
 * A kernel for each channel of its own, M results each: variance 2 / window, bias 0.
 *
 * @example
 * initDepthwiseConv2d(random.key(0), { window: 3, inputs: 4, multiplier: 2 }).w.shape // => [3, 3, 1, 8]
 */
export const initDepthwiseConv2d = /* @__PURE__ */ composed(function <
  const K extends PerAxis<Dim, 2>,
  const I extends Dim,
  const M extends Dim,
>(
  key: Key,
  options: { readonly window: K; readonly inputs: I; readonly multiplier: M },
): Conv<[...Each<K, 2>, 1], Mul<I, M>, Tensor<[Mul<I, M>]>> {
  atMost('initDepthwiseConv2d', arguments, 2);
  const { window, inputs, multiplier } = knownOptions('initDepthwiseConv2d', options, [
    'window',
    'inputs',
    'multiplier',
  ]);
  const outputs = mulDim(inputs, multiplier);
  return { w: heNormal(key, [...windowOf(window, 2), 1, outputs]), b: biasOf<[Mul<I, M>], true>(true, [outputs]) };
});
/**
 * Each channel by kernels of its own: results of a channel stand together.
 *
 * @throws ShapeError when the kernel does not belong to a multiple of the channels
 * @example
 * depthwiseConv2d({ w: ones([3, 3, 1, 8]), b: null })(zeros([1, 5, 5, 4])).shape // => [1, 3, 3, 8]
 */
export const depthwiseConv2d = /* @__PURE__ */ composed(function <
  KH extends Dim,
  KW extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, 2> = 1,
  const P extends PaddingPerAxis<2> = 'valid',
  const Dilation extends PerAxis<number, 2> = 1,
>(p: Conv<[KH, KW, 1], O>, options: Omit<ConvMove<Stride, P, Dilation, 1>, 'groups'> = {}) {
  atMost('depthwiseConv2d', arguments, 2);
  knownOptions('depthwiseConv2d', options, ['stride', 'padding', 'dilation']);
  return <B extends Dim, H extends Dim, W extends Dim, C extends Dim>(
    x: Tensor<[B, H, W, C]>,
  ): Tensor<[B, ...ConvSpace<[H, W], [KH, KW], Stride, P, Dilation>, O]> =>
    plusBias(convolve2d(x, p.w, { ...options, groups: x.shape[3] as number }), p.b);
});

/** A depthwise convolution, and one of windows of one element that mixes the channels. */
export interface SeparableConv<K extends PerAxis<Dim, 2>, C extends Dim, O extends Dim> {
  readonly depthwise: Conv<[...Each<K, 2>, 1], C, null>;
  readonly pointwise: Conv<[1, 1, C], O, Tensor<[O]>>;
}
/**
 * The parameters of both parts.
 *
 * @example
 * initSeparableConv2d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).pointwise.w.shape // => [1, 1, 4, 8]
 */
export const initSeparableConv2d = /* @__PURE__ */ composed(function <
  const K extends PerAxis<Dim, 2>,
  const C extends Dim,
  const O extends Dim,
>(key: Key, options: { readonly window: K; readonly inputs: C; readonly outputs: O }): SeparableConv<K, C, O> {
  atMost('initSeparableConv2d', arguments, 2);
  const { window, inputs, outputs } = knownOptions('initSeparableConv2d', options, ['window', 'inputs', 'outputs']);
  const [k1, k2] = split(key);
  return {
    depthwise: { w: heNormal(k1, [...windowOf(window, 2), 1, inputs]), b: null },
    pointwise: { w: heNormal(k2, [1, 1, inputs, outputs]), b: biasOf<[O], true>(true, [outputs]) },
  };
});
/**
 * Space first, each channel alone, then channels: K² C + C O weights in place of K² C O (Chollet, 2017).
 *
 * @example
 * const p = initSeparableConv2d(random.key(0), { window: 3, inputs: 4, outputs: 8 });
 * separableConv2d(p, { padding: 'same' })(zeros([1, 5, 5, 4])).shape // => [1, 5, 5, 8]
 */
export const separableConv2d = /* @__PURE__ */ composed(function <
  K extends PerAxis<Dim, 2>,
  C extends Dim,
  O extends Dim,
  const Stride extends PerAxis<number, 2> = 1,
  const P extends PaddingPerAxis<2> = 'valid',
  const Dilation extends PerAxis<number, 2> = 1,
>(p: SeparableConv<K, C, O>, options: Omit<ConvMove<Stride, P, Dilation, 1>, 'groups'> = {}) {
  atMost('separableConv2d', arguments, 2);
  knownOptions('separableConv2d', options, ['stride', 'padding', 'dilation']);
  return <B extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<[B, H, W, C]>,
  ): Tensor<[B, ...ConvSpace<[H, W], K, Stride, P, Dilation>, O]> => {
    const space = convolve2d(x, p.depthwise.w, {
      ...options,
      groups: x.shape[3] as number,
    });
    return plusBias(convolve2d(space, p.pointwise.w), p.pointwise.b);
  };
});

/**
 * `initDepthwiseConv2d` along one axis.
 *
 * @example
 * initDepthwiseConv1d(random.key(0), { window: 3, inputs: 4, multiplier: 2 }).w.shape // => [3, 1, 8]
 */
export const initDepthwiseConv1d = /* @__PURE__ */ composed(function <
  const K extends Dim,
  const I extends Dim,
  const M extends Dim,
>(
  key: Key,
  options: { readonly window: K; readonly inputs: I; readonly multiplier: M },
): Conv<[K, 1], Mul<I, M>, Tensor<[Mul<I, M>]>> {
  atMost('initDepthwiseConv1d', arguments, 2);
  const { window, inputs, multiplier } = knownOptions('initDepthwiseConv1d', options, [
    'window',
    'inputs',
    'multiplier',
  ]);
  const outputs = mulDim(inputs, multiplier);
  return { w: heNormal(key, [window, 1, outputs]), b: biasOf<[Mul<I, M>], true>(true, [outputs]) };
});
/**
 * `depthwiseConv2d` along one axis.
 *
 * @throws ShapeError when the kernel does not belong to a multiple of the channels
 * @example
 * depthwiseConv1d({ w: ones([3, 1, 8]), b: null })(zeros([1, 5, 4])).shape // => [1, 3, 8]
 */
export const depthwiseConv1d = /* @__PURE__ */ composed(function <
  KL extends Dim,
  O extends Dim,
  const Stride extends number = 1,
  const P extends PaddingPerAxis<1> = 'valid',
  const Dilation extends number = 1,
>(p: Conv<[KL, 1], O>, options: Omit<ConvMove<Stride, P, Dilation, 1>, 'groups'> = {}) {
  atMost('depthwiseConv1d', arguments, 2);
  knownOptions('depthwiseConv1d', options, ['stride', 'padding', 'dilation']);
  return <B extends Dim, L extends Dim, C extends Dim>(
    x: Tensor<[B, L, C]>,
  ): Tensor<[B, ...ConvSpace<[L], [KL], Stride, P, Dilation>, O]> =>
    plusBias(convolve1d(x, p.w, { ...options, groups: x.shape[2] as number }), p.b);
});

/** `SeparableConv` along one axis. */
export interface SeparableConv1d<K extends Dim, C extends Dim, O extends Dim> {
  readonly depthwise: Conv<[K, 1], C, null>;
  readonly pointwise: Conv<[1, C], O, Tensor<[O]>>;
}
/**
 * The parameters of both parts.
 *
 * @example
 * initSeparableConv1d(random.key(0), { window: 3, inputs: 4, outputs: 8 }).pointwise.w.shape // => [1, 4, 8]
 */
export const initSeparableConv1d = /* @__PURE__ */ composed(function <
  const K extends Dim,
  const C extends Dim,
  const O extends Dim,
>(key: Key, options: { readonly window: K; readonly inputs: C; readonly outputs: O }): SeparableConv1d<K, C, O> {
  atMost('initSeparableConv1d', arguments, 2);
  const { window, inputs, outputs } = knownOptions('initSeparableConv1d', options, ['window', 'inputs', 'outputs']);
  const [k1, k2] = split(key);
  return {
    depthwise: { w: heNormal(k1, [window, 1, inputs]), b: null },
    pointwise: { w: heNormal(k2, [1, inputs, outputs]), b: biasOf<[O], true>(true, [outputs]) },
  };
});
/**
 * `separableConv2d` along one axis.
 *
 * @example
 * const p = initSeparableConv1d(random.key(0), { window: 3, inputs: 4, outputs: 8 });
 * separableConv1d(p, { padding: 'same' })(zeros([1, 5, 4])).shape // => [1, 5, 8]
 */
export const separableConv1d = /* @__PURE__ */ composed(function <
  K extends Dim,
  C extends Dim,
  O extends Dim,
  const Stride extends number = 1,
  const P extends PaddingPerAxis<1> = 'valid',
  const Dilation extends number = 1,
>(p: SeparableConv1d<K, C, O>, options: Omit<ConvMove<Stride, P, Dilation, 1>, 'groups'> = {}) {
  atMost('separableConv1d', arguments, 2);
  knownOptions('separableConv1d', options, ['stride', 'padding', 'dilation']);
  return <B extends Dim, L extends Dim>(
    x: Tensor<[B, L, C]>,
  ): Tensor<[B, ...ConvSpace<[L], [K], Stride, P, Dilation>, O]> => {
    const length = convolve1d(x, p.depthwise.w, {
      ...options,
      groups: x.shape[2] as number,
    });
    return plusBias(convolve1d(length, p.pointwise.w), p.pointwise.b);
  };
});
