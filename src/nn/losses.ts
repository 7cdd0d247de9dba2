// How wrong a choice among classes is: one number for each example, to be averaged by the caller.
import {
  type AnyTensor,
  add,
  clip,
  type Dim,
  type DType,
  type FloatOf,
  greater,
  type i32,
  log,
  logSigmoid,
  logSoftmax,
  max,
  maximum,
  mul,
  neg,
  oneHot,
  pow,
  type Shape,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from '../index';

export interface SmoothingOptions {
  /** This much of the target is shared among all classes (Szegedy et al., 2016): 0 by default. */
  readonly smoothing?: number;
}

/** The label as a row of 0 and 1 of the dtype, smoothed. */
const targetOf = (labels: AnyTensor, like: AnyTensor, smoothing: number): AnyTensor => {
  const classes = like.shape[like.ndim - 1] as number;
  const row: AnyTensor = oneHot(labels, classes, like.dtype as DType);
  return smoothing === 0 ? row : add(mul(row, 1 - smoothing), smoothing / classes);
};
const across = (target: AnyTensor, logs: AnyTensor): AnyTensor =>
  neg(sum(mul(logs, target) as AnyTensor, -1) as AnyTensor);

/**
 * −log softmax(logits)[label], from raw scores and integer labels: shape N.
 *
 * @example
 * crossEntropy(tensor([[1000, 0]]), tensor([1], i32)).toArray() // => [1000]
 */
export const crossEntropy = <N extends Shape, C extends Dim, D extends DType>(
  logits: Tensor<[...N, C], D>,
  labels: Tensor<NoInfer<N>, i32>,
  { smoothing = 0 }: SmoothingOptions = {},
): Tensor<N, FloatOf<D>> => {
  const logs: AnyTensor = logSoftmax(logits as AnyTensor, -1);
  return across(targetOf(labels, logs, smoothing), logs);
};

/**
 * −Σ target · log softmax(logits) along the last axis, for targets that are distributions.
 *
 * @example
 * softCrossEntropy(tensor([1000, 0]), tensor([0.5, 0.5])).item() // => 500
 */
export const softCrossEntropy = <N extends Shape, C extends Dim, D extends DType>(
  logits: Tensor<[...N, C], D>,
  target: Tensor<[...N, C], D>,
): Tensor<N, FloatOf<D>> => across(target, logSoftmax(logits as AnyTensor, -1));

/** Probabilities are kept so far from 0 and 1 that logarithms are finite: 1e-7, as in Keras. */
const bounded = (p: AnyTensor, epsilon: number): AnyTensor => clip(p, epsilon, 1 - epsilon);

/**
 * −log p[label], from probabilities and integer labels.
 *
 * @example
 * nll(tensor([[0.25, 0.75]]), tensor([1], i32)).toArray().map((x) => x.toFixed(4)) // => ['0.2877']
 */
export const nll = <N extends Shape, C extends Dim, D extends DType>(
  probabilities: Tensor<[...N, C], D>,
  labels: Tensor<NoInfer<N>, i32>,
  { smoothing = 0, epsilon = 1e-7 }: SmoothingOptions & { readonly epsilon?: number } = {},
): Tensor<N, FloatOf<D>> => {
  const logs: AnyTensor = log(bounded(probabilities, epsilon));
  return across(targetOf(labels, logs, smoothing), logs);
};

/**
 * −Σ target · log p along the last axis, both distributions.
 *
 * @example
 * categoricalCrossEntropy(tensor([0.5, 0.5]), tensor([1, 0])).item().toFixed(4) // => '0.6931'
 */
export const categoricalCrossEntropy = <N extends Shape, C extends Dim, D extends DType>(
  probabilities: Tensor<[...N, C], D>,
  target: Tensor<[...N, C], D>,
  { epsilon = 1e-7 }: { readonly epsilon?: number } = {},
): Tensor<N, FloatOf<D>> => across(target, log(bounded(probabilities, epsilon)) as AnyTensor);

/** Of a score and a target between 0 and 1, element by element. */
type Binary<Options> = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  options?: Options,
) => Tensor<S, FloatOf<D>>;

/**
 * −t log σ(x) − (1 − t) log σ(−x), from raw scores; with smoothing t is drawn towards ½.
 *
 * @example
 * binaryCrossEntropy(tensor([1000, -1000, 1000]), tensor([1, 0, 0])).toArray() // => [0, 0, 1000]
 */
export const binaryCrossEntropy: Binary<SmoothingOptions> = (
  logits: AnyTensor,
  target: AnyTensor,
  { smoothing = 0 }: SmoothingOptions = {},
): AnyTensor => {
  const t: AnyTensor = smoothing === 0 ? target : add(mul(target, 1 - smoothing), smoothing / 2);
  return neg(add(mul(t, logSigmoid(logits)), mul(sub(1, t), logSigmoid(neg(logits)))) as AnyTensor);
};

/**
 * The same from probabilities, which are kept ε away from 0 and 1.
 *
 * @example
 * binaryCrossEntropyOf(tensor([0.5]), tensor([1])).item().toFixed(4) // => '0.6931'
 */
export const binaryCrossEntropyOf: Binary<{ readonly epsilon?: number }> = (
  probabilities: AnyTensor,
  target: AnyTensor,
  { epsilon = 1e-7 }: { readonly epsilon?: number } = {},
): AnyTensor => {
  const p = bounded(probabilities, epsilon);
  return neg(add(mul(target, log(p)), mul(sub(1, target), log(sub(1, p) as AnyTensor))) as AnyTensor);
};

/** Not 0, so that its power has a derivative, and not more than 1. */
const open = 1e-12;
/**
 * −α_t (1 − p_t)^γ log p_t of p = σ(logits): what is already right counts less (Lin et al., 2017). γ is 2; α, the share
 * of the positive class, none.
 *
 * @example
 * focal(tensor([0]), tensor([1])).item().toFixed(4) // => '0.1733'
 */
export const focal: Binary<{ readonly gamma?: number; readonly alpha?: number }> = (
  logits: AnyTensor,
  target: AnyTensor,
  { gamma = 2, alpha }: { readonly gamma?: number; readonly alpha?: number } = {},
): AnyTensor => {
  const p: AnyTensor = sigmoid(logits);
  const wrong: AnyTensor = add(mul(target, sub(1, p)), mul(sub(1, target), p));
  const loss: AnyTensor = mul(pow(clip(wrong, open, 1), gamma), binaryCrossEntropy(logits, target) as AnyTensor);
  if (alpha === undefined) return loss;
  return mul(loss, add(mul(target, alpha), mul(sub(1, target), 1 - alpha)));
};

/**
 * KL(p ‖ q) = Σ p (log p − log q) along the last axis, from the distribution p and the logarithm of q; 0 log 0 is 0.
 *
 * @example
 * klDivergence(tensor([1, 0]), tensor([Math.log(0.5), Math.log(0.5)])).item().toFixed(4) // => '0.6931'
 */
export const klDivergence = <N extends Shape, C extends Dim, D extends DType>(
  p: Tensor<[...N, C], D>,
  logQ: Tensor<[...N, C], D>,
): Tensor<N, FloatOf<D>> => {
  const some = greater(p as AnyTensor, 0);
  const logP: AnyTensor = log(where(some, p as AnyTensor, 1) as AnyTensor);
  const y: AnyTensor = sum(where(some, mul(p as AnyTensor, sub(logP, logQ as AnyTensor)), 0) as AnyTensor, -1);
  return y;
};

/** Targets are −1 or 1. */
type Margin = Binary<{ readonly margin?: number }>;
/**
 * max(0, margin − target · score), targets −1 or 1; the margin is 1.
 *
 * @example
 * hinge(tensor([0.5, 2]), tensor([1, 1])).toArray() // => [0.5, 0]
 */
export const hinge: Margin = (score: AnyTensor, target: AnyTensor, { margin = 1 } = {}): AnyTensor =>
  maximum(sub(margin, mul(score, target) as AnyTensor) as AnyTensor, 0);
/**
 * The square of the hinge loss.
 *
 * @example
 * squaredHinge(tensor([0.5, 2]), tensor([1, 1])).toArray() // => [0.25, 0]
 */
export const squaredHinge: Margin = (score: AnyTensor, target: AnyTensor, options = {}): AnyTensor =>
  square(hinge(score, target, options) as AnyTensor);
/**
 * max(0, margin + the best score of a wrong class − the score of the label).
 *
 * @example
 * categoricalHinge(tensor([[1, 3, 2]]), tensor([1], i32)).toArray() // => [0]
 * categoricalHinge(tensor([[1, 3, 2]]), tensor([2], i32)).toArray() // => [2]
 */
export const categoricalHinge = <N extends Shape, C extends Dim, D extends DType>(
  scores: Tensor<[...N, C], D>,
  labels: Tensor<NoInfer<N>, i32>,
  { margin = 1 }: { readonly margin?: number } = {},
): Tensor<N, FloatOf<D>> => {
  const x: AnyTensor = scores;
  const row = targetOf(labels, x, 0);
  const own: AnyTensor = sum(mul(x, row) as AnyTensor, -1);
  const other: AnyTensor = max(where(greater(row, 0), Number.NEGATIVE_INFINITY, x) as AnyTensor, -1);
  const y: AnyTensor = maximum(add(sub(other, own), margin) as AnyTensor, 0);
  return y;
};
