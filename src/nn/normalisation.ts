// Layers that bring activations to mean 0 and variance 1.

import { type AnyTensor, type Dim, type Shape, ShapeError, stopGradient, type Tensor } from '../index';
import {
  add,
  atMost,
  composed,
  knownOptions,
  mean,
  mul,
  ones,
  reshape,
  rsqrt,
  square,
  sub,
  variance as varianceOf,
  zeros,
} from '../untyped';

/** A factor and a summand for each feature. */
export interface Norm<C extends Dim> {
  readonly scale: Tensor<[C]>;
  readonly shift: Tensor<[C]>;
}
/**
 * Factors 1, summands 0: for layer, batch, group and instance norm.
 *
 * @example
 * initNorm({ features: 2 }).scale.toArray() // => [1, 1]
 */
export const initNorm = /* @__PURE__ */ composed(function <const C extends Dim>(options: {
  readonly features: C;
}): Norm<C> {
  atMost('initNorm', arguments, 1);
  const { features } = knownOptions('initNorm', options, ['features']);
  return {
    scale: ones([features]),
    shift: zeros([features]),
  };
});
/**
 * What every norm of this file shares: squares above 3.4e38 overflow, so that where values differ from their mean (in rmsNorm: from 0)
 * by more than about 1e19 the variance is Infinity and the results are 0; PyTorch gives 0 or NaN there, JAX NaN. In f64 it is 1e154.
 */
export interface NormOptions {
  /** Added to the variance, 1e-5 by default. */
  readonly epsilon?: number;
}

const centred = (x: AnyTensor, axes: readonly number[], epsilon: number): AnyTensor => {
  const difference = sub(x, mean(x, axes as number[], { keepDims: true }));
  const spread = mean(square(difference), axes as number[], { keepDims: true });
  return mul(difference, rsqrt(add(spread, epsilon)));
};
const affine = (x: AnyTensor, { scale, shift }: { readonly scale: AnyTensor; readonly shift: AnyTensor }): AnyTensor =>
  add(mul(x, scale), shift);

/**
 * (x - mean) / √(variance + ε) over the last axis, times scale plus shift (Ba et al., 2016).
 *
 * @example
 * layerNorm(initNorm({ features: 2 }), { epsilon: 0 })(tensor([1, 3])).toArray() // => [-1, 1]
 */
export const layerNorm = /* @__PURE__ */ composed(function <C extends Dim>(p: Norm<C>, options: NormOptions = {}) {
  atMost('layerNorm', arguments, 2);
  const { epsilon = 1e-5 } = knownOptions('layerNorm', options, ['epsilon']);
  return <N extends Shape>(x: Tensor<[...N, C]>): Tensor<[...N, C]> => affine(centred(x, [-1], epsilon), p);
});

/** A factor for each feature. */
export interface RmsNorm<C extends Dim> {
  readonly scale: Tensor<[C]>;
}
/**
 * Factors 1.
 *
 * @example
 * initRmsNorm({ features: 2 }).scale.toArray() // => [1, 1]
 */
export const initRmsNorm = /* @__PURE__ */ composed(function <const C extends Dim>(options: {
  readonly features: C;
}): RmsNorm<C> {
  atMost('initRmsNorm', arguments, 1);
  const { features } = knownOptions('initRmsNorm', options, ['features']);
  return {
    scale: ones([features]),
  };
});
/**
 * x / √(mean x² + ε) over the last axis, times scale (Zhang and Sennrich, 2019).
 *
 * @example
 * rmsNorm(initRmsNorm({ features: 2 }), { epsilon: 0 })(tensor([2, -2])).toArray() // => [1, -1]
 */
export const rmsNorm = /* @__PURE__ */ composed(function <C extends Dim>(
  { scale }: RmsNorm<C>,
  options: NormOptions = {},
) {
  atMost('rmsNorm', arguments, 2);
  const { epsilon = 1e-5 } = knownOptions('rmsNorm', options, ['epsilon']);
  return <N extends Shape>(x: Tensor<[...N, C]>): Tensor<[...N, C]> => {
    const v: AnyTensor = x;
    return mul(mul(v, rsqrt(add(mean(square(v), -1, { keepDims: true }), epsilon))), scale);
  };
});

/**
 * Each example's channels in groups, each normalised over space and its channels (Wu and He, 2018).
 * x is [batch, ...space, channels].
 *
 * @throws ShapeError when the groups do not divide the channels
 * @example
 * groupNorm(initNorm({ features: 4 }), { groups: 2 })(ones([1, 3, 3, 4])).ravel().at(0).item() // => 0
 */
export const groupNorm = /* @__PURE__ */ composed(function <C extends Dim>(
  p: Norm<C>,
  options: NormOptions & { readonly groups: number },
) {
  atMost('groupNorm', arguments, 2);
  const { groups, epsilon = 1e-5 } = knownOptions('groupNorm', options, ['epsilon', 'groups']);
  return <B extends Dim, S extends Shape>(x: Tensor<[B, ...S, C]>): Tensor<[B, ...S, C]> => {
    const v: AnyTensor = x;
    const channels = v.shape[v.ndim - 1] as number;
    if (channels % groups !== 0)
      throw new ShapeError(
        `groupNorm: ${channels} channels of x [${v.shape.join(', ')}] are not divisible by ${groups} groups.`,
      );
    const apart = reshape(v, [...v.shape.slice(0, -1), groups, channels / groups] as number[]);
    const axes = apart.shape.map((_: number, d: number) => d).filter((d: number) => d !== 0 && d !== apart.ndim - 2);
    return affine(reshape(centred(apart, axes, epsilon), v.shape as number[]), p);
  };
});

/**
 * Each channel of each example normalised over space (Ulyanov et al., 2016). x is [batch, ...space, channels].
 *
 * @example
 * instanceNorm(initNorm({ features: 1 }), { epsilon: 0 })(tensor([[[1], [3]]])).ravel().toArray() // => [-1, 1]
 */
export const instanceNorm = /* @__PURE__ */ composed(function <C extends Dim>(p: Norm<C>, options: NormOptions = {}) {
  atMost('instanceNorm', arguments, 2);
  knownOptions('instanceNorm', options, ['epsilon']);
  return <B extends Dim, S extends Shape>(x: Tensor<[B, ...S, C]>): Tensor<[B, ...S, C]> =>
    groupNorm(p, { ...options, groups: p.scale.shape[0] as number })(x);
});

/** Moving averages of the means and variances of batches. */
export interface RunningMoments<C extends Dim> {
  readonly mean: Tensor<[C]>;
  readonly variance: Tensor<[C]>;
}
/**
 * Means 0, variances 1.
 *
 * @example
 * initRunningMoments({ features: 2 }).variance.toArray() // => [1, 1]
 */
export const initRunningMoments = /* @__PURE__ */ composed(function <const C extends Dim>(options: {
  readonly features: C;
}): RunningMoments<C> {
  atMost('initRunningMoments', arguments, 1);
  const { features } = knownOptions('initRunningMoments', options, ['features']);
  return {
    mean: zeros([features]),
    variance: ones([features]),
  };
});
export interface BatchNormOptions extends NormOptions {
  /** By the moments of this batch, which join the averages; else by the averages, which stay. */
  readonly training: boolean;
  /** How much of the averages stays at each step, 0.9 by default. */
  readonly momentum?: number;
}
/**
 * (x - mean) / √(variance + ε) for each feature over all other axes, times scale plus shift; and the averages that are
 * to be used next. The variance that joins the averages is that of the batch, as in JAX (Ioffe and Szegedy, 2015).
 *
 * @example
 * const p = initNorm({ features: 1 });
 * const [y, next] = batchNorm(p, initRunningMoments({ features: 1 }), { training: true, epsilon: 0 })(tensor([[2], [4]]));
 * y.ravel().toArray() // => [-1, 1]
 * Math.abs(next.mean.item() - 0.3) < 1e-6 // => true
 */
export const batchNorm = /* @__PURE__ */ composed(function <C extends Dim>(
  p: Norm<C>,
  moments: RunningMoments<C>,
  options: BatchNormOptions,
) {
  atMost('batchNorm', arguments, 3);
  knownOptions('batchNorm', options, ['training', 'momentum', 'epsilon']);
  return <N extends Shape>(x: Tensor<[...N, C]>): readonly [y: Tensor<[...N, C]>, moments: RunningMoments<C>] => {
    const { training, momentum = 0.9, epsilon = 1e-5 } = options;
    const v: AnyTensor = x;
    const by = (m: AnyTensor, s: AnyTensor): AnyTensor => affine(mul(sub(v, m), rsqrt(add(s, epsilon))), p);
    if (!training) return [by(moments.mean, moments.variance), moments];
    const axes = v.shape.slice(0, -1).map((_: number, d: number) => d);
    const [m, s] = [mean(v, axes), varianceOf(v, axes)];
    const follow = (old: AnyTensor, now: AnyTensor): AnyTensor =>
      add(mul(old, momentum), mul(stopGradient(now), 1 - momentum));
    const next = { mean: follow(moments.mean, m), variance: follow(moments.variance, s) };
    return [by(m, s), next];
  };
});
