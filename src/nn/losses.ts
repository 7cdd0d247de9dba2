// How wrong a choice among classes is: one number for each example, to be averaged by the caller.

import { type AnyTensor, bool, type Dim, type DType, type FloatOf, type i32, type Shape, type Tensor } from '../index';
import {
  add,
  atMost,
  clip,
  composed,
  equal,
  isinf,
  knownOptions,
  log,
  logSigmoid,
  logSoftmax,
  max,
  maximum,
  mul,
  mulNoNan,
  neg,
  oneHot,
  pow,
  sigmoid,
  square,
  sub,
  sum,
  where,
} from '../untyped';
import { checkLabels } from './labels';
import { elementwise, rowwise } from './rowwise';

export interface SmoothingOptions {
  /** This much of the target is shared among all classes (Szegedy et al., 2016): 0 by default. */
  readonly smoothing?: number;
}
export interface LabelOptions extends SmoothingOptions {
  /**
   * Rows with this label do not count: their loss is 0, and so is its derivative. None by default. The mean over the rows that count is
   * `reduceLoss(losses, { mask: notEqual(labels, ignoreIndex) })`; `mean(losses)` divides by the number of all rows.
   */
  readonly ignoreIndex?: number;
}

/** −x, and 0 where x is: a loss is not −0. */
const minus = (x: AnyTensor): AnyTensor => sub(0, x);
/** −Σ target · log p along the last axis, where 0 log 0 is 0. */
const across = (logs: AnyTensor, target: AnyTensor): AnyTensor => minus(sum(mulNoNan(logs, target), -1));
/** The element of every row that its label names. */
const ownOf = (x: AnyTensor, labels: AnyTensor): AnyTensor =>
  sum(where(oneHot(labels, x.shape[x.ndim - 1] as number, bool), x, 0), -1);

/** Losses by labels, of the logarithms of probabilities: what both functions of labels share. */
const byLabels = (
  name: string,
  logsOf: (x: AnyTensor) => AnyTensor,
  x: AnyTensor,
  given: AnyTensor,
  { smoothing = 0, ignoreIndex }: LabelOptions,
): AnyTensor => {
  const { labels, ignored, valid } = checkLabels(name, given, x.shape, ignoreIndex);
  const classes = x.shape[x.ndim - 1] as number;
  const losses = rowwise((scores, own) => {
    const logs = logsOf(scores);
    const right = ownOf(logs, own);
    if (smoothing === 0) return minus(right);
    const shared = mul(sum(logs, -1), smoothing / classes);
    return minus(add(mul(right, 1 - smoothing), shared));
  })([x], [labels]);
  const counted: AnyTensor = ignored === null ? losses : where(ignored, 0, losses);
  return valid === null ? counted : where(valid, counted, Number.NaN);
};

/**
 * −log softmax(logits)[label], from raw scores and integer labels: shape N. A class may be forbidden by a logit of −Infinity. Labels
 * that are no class: an error where they are known, NaN where they are traced.
 *
 * @throws AxisError when a known label is no class; ShapeError when there is not one label for each row
 * @example
 * crossEntropy(tensor([[1000, 0]]), tensor([1], i32)).toArray() // => [1000]
 * crossEntropy(tensor([[0, 9], [0, 9]]), tensor([1, -100], i32), { ignoreIndex: -100 }).at(1).item() // => 0
 */
export const crossEntropy = /* @__PURE__ */ composed(function <N extends Shape, C extends Dim, D extends DType>(
  logits: Tensor<[...N, C], D>,
  labels: Tensor<NoInfer<N>, i32>,
  options: LabelOptions = {},
): Tensor<N, FloatOf<D>> {
  atMost('crossEntropy', arguments, 3);
  knownOptions('crossEntropy', options, ['ignoreIndex', 'smoothing']);
  return byLabels('crossEntropy', (x) => logSoftmax(x, -1), logits, labels, options);
});

/**
 * −Σ target · log softmax(logits) along the last axis, for targets that are distributions; 0 log 0 is 0.
 *
 * @example
 * softCrossEntropy(tensor([1000, 0]), tensor([0.5, 0.5])).item() // => 500
 */
export const softCrossEntropy = /* @__PURE__ */ composed(function <N extends Shape, C extends Dim, D extends DType>(
  logits: Tensor<[...N, C], D>,
  target: Tensor<[...N, C], D>,
): Tensor<N, FloatOf<D>> {
  atMost('softCrossEntropy', arguments, 2);
  return rowwise((x, t) => across(logSoftmax(x, -1), t))([logits, target]);
});

/** Probabilities are kept so far from 0 and 1 that logarithms are finite: 1e-7, as in Keras. */
const bounded = (p: AnyTensor, epsilon: number): AnyTensor => clip(p, epsilon, 1 - epsilon);

/**
 * −log p[label], from probabilities and integer labels. Labels that are no class: an error where they are known, NaN where they are
 * traced.
 *
 * @throws AxisError when a known label is no class; ShapeError when there is not one label for each row
 * @example
 * nll(tensor([[0.25, 0.75]]), tensor([1], i32)).toArray().map((x) => x.toFixed(4)) // => ['0.2877']
 */
export const nll = /* @__PURE__ */ composed(function <N extends Shape, C extends Dim, D extends DType>(
  probabilities: Tensor<[...N, C], D>,
  labels: Tensor<NoInfer<N>, i32>,
  given: LabelOptions & { readonly epsilon?: number } = {},
): Tensor<N, FloatOf<D>> {
  atMost('nll', arguments, 3);
  const { epsilon = 1e-7, ...options } = knownOptions('nll', given, ['ignoreIndex', 'smoothing', 'epsilon']);
  return byLabels('nll', (p) => log(bounded(p, epsilon)), probabilities, labels, options);
});

/**
 * −Σ target · log p along the last axis, both distributions.
 *
 * @example
 * categoricalCrossEntropy(tensor([0.5, 0.5]), tensor([1, 0])).item().toFixed(4) // => '0.6931'
 */
export const categoricalCrossEntropy = /* @__PURE__ */ composed(function <
  N extends Shape,
  C extends Dim,
  D extends DType,
>(
  probabilities: Tensor<[...N, C], D>,
  target: Tensor<[...N, C], D>,
  options: { readonly epsilon?: number } = {},
): Tensor<N, FloatOf<D>> {
  atMost('categoricalCrossEntropy', arguments, 3);
  const { epsilon = 1e-7 } = knownOptions('categoricalCrossEntropy', options, ['epsilon']);
  return rowwise((p, t) => across(log(bounded(p, epsilon)), t))([probabilities, target]);
});

/** Of a score and a target between 0 and 1, element by element. */
type Binary<Options> = <S extends Shape, D extends DType>(
  prediction: Tensor<S, D>,
  target: Tensor<NoInfer<S>, NoInfer<D>>,
  options?: Options,
) => Tensor<S, FloatOf<D>>;

/** −t log p − (1 − t) log q of a target t and the logarithms of its probability and of the other's; 0 log 0 is 0. */
const ofBoth = (logP: AnyTensor, logQ: AnyTensor, t: AnyTensor): AnyTensor =>
  minus(add(mulNoNan(logP, t), mulNoNan(logQ, sub(1, t))));
const binaryOf = (x: AnyTensor, t: AnyTensor): AnyTensor => ofBoth(logSigmoid(x), logSigmoid(neg(x)), t);

/**
 * −t log σ(x) − (1 − t) log σ(−x), from raw scores; with smoothing t is drawn towards ½. 0 log 0 is 0: an infinite score that is right
 * costs nothing.
 *
 * @example
 * binaryCrossEntropy(tensor([1000, -1000, 1000]), tensor([1, 0, 0])).toArray() // => [0, 0, 1000]
 */
export const binaryCrossEntropy: Binary<SmoothingOptions> = /* @__PURE__ */ composed(function (
  logits: AnyTensor,
  target: AnyTensor,
  options: SmoothingOptions = {},
): AnyTensor {
  atMost('binaryCrossEntropy', arguments, 3);
  const { smoothing = 0 } = knownOptions('binaryCrossEntropy', options, ['smoothing']);
  const smoothed = (t: AnyTensor): AnyTensor => add(mul(t, 1 - smoothing), smoothing / 2);
  return elementwise((x, t) => binaryOf(x, smoothing === 0 ? t : smoothed(t)))(logits, target);
});

/**
 * The same from probabilities, which are kept ε away from 0 and 1.
 *
 * @example
 * binaryCrossEntropyOf(tensor([0.5]), tensor([1])).item().toFixed(4) // => '0.6931'
 */
export const binaryCrossEntropyOf: Binary<{ readonly epsilon?: number }> = /* @__PURE__ */ composed(function (
  probabilities: AnyTensor,
  target: AnyTensor,
  options: { readonly epsilon?: number } = {},
): AnyTensor {
  atMost('binaryCrossEntropyOf', arguments, 3);
  const { epsilon = 1e-7 } = knownOptions('binaryCrossEntropyOf', options, ['epsilon']);
  return elementwise((given, t) => {
    const p = bounded(given, epsilon);
    return ofBoth(log(p), log(sub(1, p)), t);
  })(probabilities, target);
});

/** Not 0, so that its power has a derivative. */
const open = 1e-30;
/**
 * −α_t (1 − p_t)^γ log p_t of p = σ(logits): what is already right counts less (Lin et al., 2017). γ is 2; α, the share
 * of the positive class, none.
 *
 * @example
 * focal(tensor([0]), tensor([1])).item().toFixed(4) // => '0.1733'
 */
export const focal: Binary<{ readonly gamma?: number; readonly alpha?: number }> = /* @__PURE__ */ composed(function (
  logits: AnyTensor,
  target: AnyTensor,
  options: { readonly gamma?: number; readonly alpha?: number } = {},
): AnyTensor {
  atMost('focal', arguments, 3);
  const { gamma = 2, alpha } = knownOptions('focal', options, ['gamma', 'alpha']);
  return elementwise((x, t) => {
    const other = sub(1, t);
    // 1 − σ(x) = σ(−x), without cancellation.
    const wrong = add(mul(t, sigmoid(neg(x))), mul(other, sigmoid(x)));
    const plain = binaryOf(x, t);
    // Infinite where the score is, and wrong: there the factor is 1, with derivative 0.
    const infinite = isinf(plain);
    const factor = pow(maximum(wrong, open), gamma);
    const loss = where(infinite, plain, mul(factor, where(infinite, 0, plain)));
    return alpha === undefined ? loss : mulNoNan(loss, add(mul(t, alpha), mul(other, 1 - alpha)));
  })(logits, target);
});

/**
 * KL(p ‖ q) = Σ p (log p − log q) along the last axis, from the distribution p and the logarithm of q; 0 log 0 is 0, and so is the
 * derivative by a p of 0.
 *
 * @example
 * klDivergence(tensor([1, 0]), tensor([Math.log(0.5), Math.log(0.5)])).item().toFixed(4) // => '0.6931'
 */
export const klDivergence = /* @__PURE__ */ composed(function <N extends Shape, C extends Dim, D extends DType>(
  p: Tensor<[...N, C], D>,
  logQ: Tensor<[...N, C], D>,
): Tensor<N, FloatOf<D>> {
  atMost('klDivergence', arguments, 2);
  return rowwise((x, logs) => {
    const none = equal(x, 0);
    const logP = log(where(none, 1, x));
    return sum(where(none, 0, mulNoNan(sub(logP, logs), x)), -1);
  })([p, logQ]);
});

/** Targets are −1 or 1. */
type Margin = Binary<{ readonly margin?: number }>;
const hingeOf = (x: AnyTensor, t: AnyTensor, margin: number): AnyTensor => maximum(sub(margin, mul(x, t)), 0);
/**
 * max(0, margin − target · score), targets −1 or 1; the margin is 1.
 *
 * @example
 * hinge(tensor([0.5, 2]), tensor([1, 1])).toArray() // => [0.5, 0]
 */
export const hinge: Margin = /* @__PURE__ */ composed(function (
  score: AnyTensor,
  target: AnyTensor,
  options = {},
): AnyTensor {
  atMost('hinge', arguments, 3);
  const { margin = 1 } = knownOptions('hinge', options, ['margin']);
  return elementwise((x, t) => hingeOf(x, t, margin))(score, target);
});
/**
 * The square of the hinge loss.
 *
 * @example
 * squaredHinge(tensor([0.5, 2]), tensor([1, 1])).toArray() // => [0.25, 0]
 */
export const squaredHinge: Margin = /* @__PURE__ */ composed(function (
  score: AnyTensor,
  target: AnyTensor,
  options = {},
): AnyTensor {
  atMost('squaredHinge', arguments, 3);
  const { margin = 1 } = knownOptions('squaredHinge', options, ['margin']);
  return elementwise((x, t) => square(hingeOf(x, t, margin)))(score, target);
});
/**
 * max(0, margin + the best score of a wrong class − the score of the label). Labels that are no class: an error where they are known,
 * NaN where they are traced.
 *
 * @throws AxisError when a known label is no class; ShapeError when there is not one label for each row
 * @example
 * categoricalHinge(tensor([[1, 3, 2]]), tensor([1], i32)).toArray() // => [0]
 * categoricalHinge(tensor([[1, 3, 2]]), tensor([2], i32)).toArray() // => [2]
 */
export const categoricalHinge = /* @__PURE__ */ composed(function <N extends Shape, C extends Dim, D extends DType>(
  scores: Tensor<[...N, C], D>,
  labels: Tensor<NoInfer<N>, i32>,
  options: { readonly margin?: number } = {},
): Tensor<N, FloatOf<D>> {
  atMost('categoricalHinge', arguments, 3);
  const { margin = 1 } = knownOptions('categoricalHinge', options, ['margin']);
  const { labels: known, valid } = checkLabels('categoricalHinge', labels, scores.shape);
  const losses = rowwise((x, own) => {
    const isOwn = oneHot(own, x.shape[x.ndim - 1] as number, bool);
    const other = max(where(isOwn, Number.NEGATIVE_INFINITY, x), -1);
    return maximum(add(sub(other, ownOf(x, own)), margin), 0);
  })([scores], [known]);
  return valid === null ? losses : where(valid, losses, Number.NaN);
});
