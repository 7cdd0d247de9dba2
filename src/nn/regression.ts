// How far numbers are from what they should be: one loss for each element.
import {
  type AnyTensor,
  abs,
  add,
  type DType,
  div,
  exp,
  type FloatOf,
  lessEqual,
  log,
  maximum,
  mul,
  type Shape,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '../index';

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
export const squaredError: Elementwise = (prediction: AnyTensor, target: AnyTensor): AnyTensor =>
  square(sub(prediction, target));

/**
 * |prediction − target|, element by element.
 *
 * @example
 * absoluteError(tensor([1, 2]), tensor([3, 2])).toArray() // => [2, 0]
 */
export const absoluteError: Elementwise = (prediction: AnyTensor, target: AnyTensor): AnyTensor =>
  abs(sub(prediction, target));

/**
 * e² / 2 where |e| is at most δ, δ (|e| − δ / 2) beyond (Huber, 1964); δ is 1 unless given.
 *
 * @example
 * huber(tensor([0.5, 3]), tensor([0, 0])).toArray() // => [0.125, 2.5]
 */
export const huber = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  { delta = 1 }: { readonly delta?: number } = {},
): Tensor<S, FloatOf<D>> => {
  const e: AnyTensor = absoluteError(prediction, target);
  return where(lessEqual(e, delta), mul(square(e), 0.5), mul(sub(e, delta / 2), delta)) as AnyTensor;
};

/**
 * log cosh(prediction − target) = |e| + softplus(−2 |e|) − log 2, without overflow.
 *
 * @example
 * logCosh(tensor([0, 1000]), tensor([0, 0])).toArray().map(Math.round) // => [0, 999]
 */
export const logCosh: Elementwise = (prediction: AnyTensor, target: AnyTensor): AnyTensor => {
  const e: AnyTensor = sub(prediction, target);
  return sub(add(e, softplus(mul(e, -2) as AnyTensor)), Math.LN2);
};

/**
 * The pinball loss max(q e, (q − 1) e) of e = target − prediction: its minimum is the q-quantile.
 *
 * @example
 * quantileLoss(tensor([0, 0]), tensor([4, -4]), 0.75).toArray() // => [3, 1]
 */
export const quantileLoss = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  q: number,
): Tensor<S, FloatOf<D>> => {
  const e: AnyTensor = sub(target as AnyTensor, prediction as AnyTensor);
  const y: AnyTensor = maximum(mul(e, q), mul(e, q - 1));
  return y;
};

/**
 * Minus the log likelihood of a Poisson variable of rate `prediction`, without what does not depend on it:
 * prediction − target · log(prediction + ε). With `log` the prediction is the logarithm of the rate.
 *
 * @example
 * poissonLoss(tensor([0]), tensor([3]), { log: true }).toArray() // => [1]
 */
export const poissonLoss = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  { log: isLog = false, epsilon = 1e-8 }: { readonly log?: boolean; readonly epsilon?: number } = {},
): Tensor<S, FloatOf<D>> => {
  const p: AnyTensor = prediction;
  const y: AnyTensor = isLog
    ? sub(exp(p), mul(target as AnyTensor, p))
    : sub(p, mul(target as AnyTensor, log(add(p, epsilon) as AnyTensor)));
  return y;
};

/**
 * Minus the log likelihood of the target under a normal distribution, without its constant:
 * (log max(v, ε) + (prediction − target)² / max(v, ε)) / 2.
 *
 * @example
 * gaussianLoss(tensor([1]), tensor([3]), tensor([1])).toArray() // => [2]
 */
export const gaussianLoss = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  variance: Tensor<NoInfer<S>, NoInfer<D>>,
  { epsilon = 1e-6 }: { readonly epsilon?: number } = {},
): Tensor<S, FloatOf<D>> => {
  const v: AnyTensor = maximum(variance as AnyTensor, epsilon);
  const y: AnyTensor = mul(add(log(v), div(squaredError(prediction, target) as AnyTensor, v)), 0.5);
  return y;
};

/** The last axis dropped. */
type Along = <N extends Shape, F extends number, D extends DType>(
  x: Tensor<[...N, F], D>,
  y: Tensor<[...N, F], D>,
) => Tensor<N, FloatOf<D>>;
/** Keeps the root differentiable, and the quotient finite, where a vector is 0. */
const tiny = 1e-12;
const lengthOf = (x: AnyTensor): AnyTensor => sqrt(maximum(sum(square(x), -1) as AnyTensor, tiny) as AnyTensor);
/**
 * x · y / (|x| |y|) along the last axis: from −1 to 1; 0 where a vector is 0.
 *
 * @example
 * cosineSimilarity(tensor([3, 4]), tensor([4, 3])).item().toFixed(2) // => '0.96'
 */
export const cosineSimilarity: Along = (x: AnyTensor, y: AnyTensor): AnyTensor =>
  div(sum(mul(x, y) as AnyTensor, -1), mul(lengthOf(x), lengthOf(y)));
/**
 * 1 − the cosine similarity along the last axis.
 *
 * @example
 * cosineDistance(tensor([1, 0]), tensor([0, 1])).item() // => 1
 */
export const cosineDistance: Along = (x: AnyTensor, y: AnyTensor): AnyTensor =>
  sub(1, cosineSimilarity(x, y) as AnyTensor);
