// How far numbers are from what they should be: one loss for each element.

import type { AnyTensor, DType, FloatOf, Shape, Tensor } from '../index';
import {
  abs,
  add,
  atMost,
  composed,
  div,
  equal,
  exp,
  knownOptions,
  lessEqual,
  log,
  logaddexp,
  maximum,
  mul,
  mulNoNan,
  neg,
  square,
  sub,
  sum,
  where,
} from '../untyped';
import { elementwise, rowwise } from './rowwise';
import { unit } from './vectors';

/** Of a prediction and a target of one shape, element by element. */
type Elementwise = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
) => Tensor<S, FloatOf<D>>;

/**
 * (prediction − target)², element by element.
 *
 * @example
 * squaredError(tensor([1, 2]), tensor([3, 2])).toArray() // => [4, 0]
 */
export const squaredError: Elementwise = /* @__PURE__ */ composed(function (prediction, target) {
  atMost('squaredError', arguments, 2);
  return elementwise((p, t) => square(sub(p, t)))(prediction, target);
});

/**
 * |prediction − target|, element by element.
 *
 * @example
 * absoluteError(tensor([1, 2]), tensor([3, 2])).toArray() // => [2, 0]
 */
export const absoluteError: Elementwise = /* @__PURE__ */ composed(function (prediction, target) {
  atMost('absoluteError', arguments, 2);
  return elementwise((p, t) => abs(sub(p, t)))(prediction, target);
});

/**
 * e² / 2 where |e| is at most δ, δ (|e| − δ / 2) beyond (Huber, 1964); δ is 1 unless given.
 *
 * @example
 * huber(tensor([0.5, 3]), tensor([0, 0])).toArray() // => [0.125, 2.5]
 */
export const huber = /* @__PURE__ */ composed(function <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  options: { readonly delta?: number } = {},
): Tensor<S, FloatOf<D>> {
  atMost('huber', arguments, 3);
  const { delta = 1 } = knownOptions('huber', options, ['delta']);
  return elementwise((p, t) => {
    const e = abs(sub(p, t));
    const isSmall = lessEqual(e, delta);
    // The square of what is not small may be infinite.
    const small = where(isSmall, e, 0);
    return where(isSmall, mul(square(small), 0.5), mul(sub(e, delta / 2), delta));
  })(prediction, target);
});

/**
 * log cosh(prediction − target) = log(exp(e) + exp(−e)) − log 2, without overflow.
 *
 * @example
 * logCosh(tensor([0, 1000]), tensor([0, 0])).toArray().map(Math.round) // => [0, 999]
 */
export const logCosh: Elementwise = /* @__PURE__ */ composed(function (prediction, target) {
  atMost('logCosh', arguments, 2);
  return elementwise((p, t) => {
    const e = sub(p, t);
    return sub(logaddexp(e, neg(e)), Math.LN2);
  })(prediction, target);
});

/**
 * The pinball loss max(q e, (q − 1) e) of e = target − prediction: its minimum is the q-quantile.
 *
 * @example
 * quantileLoss(tensor([0, 0]), tensor([4, -4]), 0.75).toArray() // => [3, 1]
 */
export const quantileLoss = /* @__PURE__ */ composed(function <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  q: number,
): Tensor<S, FloatOf<D>> {
  atMost('quantileLoss', arguments, 3);
  return elementwise((p, t) => {
    const e = sub(t, p);
    return maximum(mul(e, q), mul(e, q - 1));
  })(prediction, target);
});

/**
 * Minus the log likelihood of a Poisson variable of rate `prediction`, without what does not depend on it:
 * prediction − target · log(prediction + ε), where 0 log 0 is 0. With `log` the prediction is the logarithm of the rate.
 *
 * @example
 * poissonLoss(tensor([0]), tensor([3]), { log: true }).toArray() // => [1]
 */
export const poissonLoss = /* @__PURE__ */ composed(function <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  options: { readonly log?: boolean; readonly epsilon?: number } = {},
): Tensor<S, FloatOf<D>> {
  atMost('poissonLoss', arguments, 3);
  const { log: isLog = false, epsilon = 1e-8 } = knownOptions('poissonLoss', options, ['log', 'epsilon']);
  return elementwise((p, t) => {
    if (!isLog) return sub(p, mulNoNan(log(add(p, epsilon)), t));
    // An infinite rate costs an infinity, whatever the target: the exponential is more than any multiple of its logarithm.
    return sub(exp(p), mulNoNan(where(equal(p, Number.POSITIVE_INFINITY), 0, p), t));
  })(prediction, target);
});

/**
 * Minus the log likelihood of the target under a normal distribution, without its constant:
 * (log max(v, ε) + (prediction − target)² / max(v, ε)) / 2.
 *
 * @example
 * gaussianLoss(tensor([1]), tensor([3]), tensor([1])).toArray() // => [2]
 */
export const gaussianLoss = /* @__PURE__ */ composed(function <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  variance: Tensor<NoInfer<S>, NoInfer<D>>,
  options: { readonly epsilon?: number } = {},
): Tensor<S, FloatOf<D>> {
  atMost('gaussianLoss', arguments, 4);
  const { epsilon = 1e-6 } = knownOptions('gaussianLoss', options, ['epsilon']);
  return elementwise((p, t, given) => {
    const v = maximum(given, epsilon);
    const error = square(sub(p, t));
    return mul(add(log(v), div(error, v)), 0.5);
  })(prediction, target, variance);
});

/** The last axis dropped. */
type Along = <N extends Shape, F extends number, D extends DType>(
  x: Tensor<[...N, F], D>,
  y: Tensor<[...N, F], D>,
) => Tensor<N, FloatOf<D>>;
/**
 * x · y / (|x| |y|) along the last axis: from −1 to 1; 0 where a vector is 0.
 *
 * @example
 * cosineSimilarity(tensor([3, 4]), tensor([4, 3])).item().toFixed(2) // => '0.96'
 */
export const cosineSimilarity: Along = /* @__PURE__ */ composed(function (x: AnyTensor, y: AnyTensor): AnyTensor {
  atMost('cosineSimilarity', arguments, 2);
  return rowwise((a, b) => sum(mul(unit(a), unit(b)), -1))([x, y]);
});
/**
 * 1 − the cosine similarity along the last axis.
 *
 * @example
 * cosineDistance(tensor([1, 0]), tensor([0, 1])).item() // => 1
 */
export const cosineDistance: Along = /* @__PURE__ */ composed(function (x: AnyTensor, y: AnyTensor): AnyTensor {
  atMost('cosineDistance', arguments, 2);
  return sub(1, cosineSimilarity(x, y));
});
