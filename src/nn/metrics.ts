// Metrics: what of each batch is kept is a monoid, so that batches are folded in any grouping. All are pure and may be jitted.

import type { Monoid } from 'fp-ts/lib/Monoid.js';
import {
  type AnyTensor,
  bool,
  type Dim,
  f32,
  type i32,
  i32 as int32,
  type Scalar,
  type Tensor,
  tensor,
  tree,
} from '../index';
import {
  add,
  argmax,
  astype,
  atMost,
  clip,
  composed,
  cumsum,
  div,
  equal,
  exp,
  eye,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  matmul,
  matrixTranspose,
  maximum,
  mean,
  mul,
  oneHot,
  ravel,
  sqrt,
  square,
  sub,
  sum,
  where,
  zeros,
} from '../untyped';
import { checkLabels } from './labels';
import { crossEntropy } from './losses';

/** A monoid (fp-ts') of what is kept, how a batch becomes it, and the number it stands for. */
export interface Metric<Batch extends readonly unknown[], State, Value> extends Monoid<State> {
  readonly of: (...batch: Batch) => State;
  readonly value: (state: State) => Value;
}

/**
 * The metric of many batches.
 *
 * @example
 * foldMetric(accuracy, [[tensor([[0, 1]]), tensor([1], i32)], [tensor([[0, 1]]), tensor([0], i32)]]).item() // => 0.5
 */
export const foldMetric = /* @__PURE__ */ composed(function <Batch extends readonly unknown[], State, Value>(
  metric: Metric<Batch, State, Value>,
  batches: Iterable<Batch>,
): Value {
  atMost('foldMetric', arguments, 2);
  let state = metric.empty;
  for (const batch of batches) state = metric.concat(state, metric.of(...batch));
  return metric.value(state);
});

const sums = <S>(x: S, y: S): S => tree.map((a: AnyTensor, b: AnyTensor): AnyTensor => add(a, b), x, y as NoInfer<S>);
/** a / b, 0 where b is 0. */
const ratio = (a: AnyTensor, b: AnyTensor): AnyTensor => {
  const none = equal(b, 0);
  return where(none, 0, div(a, where(none, 1, b)));
};

/** A sum and how many numbers are in it. */
export interface Total {
  readonly total: Scalar;
  readonly count: Scalar<i32>;
}
const noTotal: Total = { total: tensor(0), count: tensor(0, int32) };
const totalOf = (x: AnyTensor): Total => ({ total: sum(x), count: tensor(x.size, int32) });
const meanOfTotal = ({ total, count }: Total): Scalar => ratio(total, count);

/**
 * The mean of numbers.
 *
 * @example
 * foldMetric(meanMetric, [[tensor([1, 2])], [tensor([6])]]).item() // => 3
 */
export const meanMetric: Metric<readonly [x: AnyTensor], Total, Scalar> = /* @__PURE__ */ composed({
  empty: noTotal,
  concat: sums,
  of: totalOf,
  value: meanOfTotal,
});

/** How many were right, of how many. */
export interface Right {
  readonly right: Scalar<i32>;
  readonly count: Scalar<i32>;
}
const rights = (hits: AnyTensor): Right => ({ right: sum(astype(hits, int32)), count: tensor(hits.size, int32) });
const counting = <Batch extends readonly unknown[]>(
  hits: (...batch: Batch) => AnyTensor,
): Metric<Batch, Right, Scalar> =>
  composed({
    empty: { right: tensor(0, int32), count: tensor(0, int32) },
    concat: sums,
    of: (...batch) => rights(hits(...batch)),
    value: ({ right, count }) => ratio(right, count),
  });

/** Scores [...N, C] and labels [...N]. */
export type Scored = readonly [scores: AnyTensor, labels: AnyTensor];

/**
 * The share of examples whose highest score is that of their label. A label that is no class is an error where it is known, and
 * wrong where it is traced.
 *
 * @throws AxisError when a known label is no class; ShapeError when there is not one label for each row
 * @example
 * accuracy.value(accuracy.of(tensor([[0, 1], [1, 0]]), tensor([1, 1], i32))).item() // => 0.5
 */
export const accuracy: Metric<Scored, Right, Scalar> = counting((scores, labels) =>
  equal(argmax(scores, -1), checkLabels('accuracy', labels, scores.shape).labels),
);

/**
 * The share of scores on the right side of a threshold (½); labels are 0 and 1.
 *
 * @example
 * const metric = binaryAccuracy();
 * metric.value(metric.of(tensor([0.2, 0.9]), tensor([0, 0]))).item() // => 0.5
 */
export const binaryAccuracy = /* @__PURE__ */ composed(function (threshold = 0.5): Metric<Scored, Right, Scalar> {
  atMost('binaryAccuracy', arguments, 1);
  return counting((scores, labels) => equal(greater(scores, threshold), greater(labels, 0.5)));
});

/**
 * The share of examples whose label is among the k highest scores; equal scores count for it, and NaN is higher than any number.
 * A label that is no class is an error where it is known, and wrong where it is traced.
 *
 * @throws AxisError when a known label is no class; ShapeError when there is not one label for each row
 * @example
 * const metric = topKAccuracy(2);
 * metric.value(metric.of(tensor([[1, 2, 3], [3, 2, 1]]), tensor([1, 2], i32))).item() // => 0.5
 */
export const topKAccuracy = /* @__PURE__ */ composed(function (k: number): Metric<Scored, Right, Scalar> {
  atMost('topKAccuracy', arguments, 1);
  return counting((scores, given) => {
    const { labels, valid } = checkLabels('topKAccuracy', given, scores.shape);
    const row = oneHot(labels, scores.shape[scores.ndim - 1] as number, bool);
    const own = sum(where(row, scores, 0), -1, { keepDims: true });
    const higher = logicalNot(lessEqual(scores, own));
    const hits = less(sum(astype(higher, int32), -1), k);
    return valid === null ? hits : logicalAnd(hits, valid);
  });
});

/**
 * How often class i (row) was taken for class j (column), from scores or, of rank one less, predicted labels. Labels that are no
 * class are an error where they are known, and in no cell where they are traced; so are predicted ones.
 *
 * @throws AxisError when a known label is no class
 * @example
 * const metric = confusionMatrix(2);
 * metric.value(metric.of(tensor([0, 1, 1], i32), tensor([0, 0, 1], i32))).toArray() // => [[1, 1], [0, 1]]
 */
export const confusionMatrix = /* @__PURE__ */ composed(function <const C extends Dim>(
  classes: C,
): Metric<readonly [predictions: AnyTensor, labels: AnyTensor], Tensor<[C, C], i32>, Tensor<[C, C], i32>> {
  atMost('confusionMatrix', arguments, 1);
  return {
    empty: zeros([classes, classes], int32),
    concat: sums,
    of: (predictions, labels) => {
      const chosen: AnyTensor = predictions.ndim > labels.ndim ? argmax(predictions, -1) : predictions;
      const rows = (x: AnyTensor): AnyTensor => {
        const flat = ravel(x);
        return oneHot(checkLabels('confusionMatrix', flat, [flat.size, classes]).labels, classes);
      };
      return astype(matmul(matrixTranspose(rows(labels)), rows(chosen)), int32);
    },
    value: (matrix) => matrix,
  };
});

/** For each class, the unweighted mean over classes, or of class 1 against class 0. */
export type Averaging = 'none' | 'macro' | 'binary';
type ClassValue<C extends Dim, A extends Averaging> = A extends 'none' ? Tensor<[C]> : Scalar;
type OfConfusion<C extends Dim, A extends Averaging> = Metric<
  readonly [predictions: AnyTensor, labels: AnyTensor],
  Tensor<[C, C], i32>,
  ClassValue<C, A>
>;
const perClass = <C extends Dim, A extends Averaging>(
  classes: C,
  averaging: A,
  value: (hits: AnyTensor, predicted: AnyTensor, actual: AnyTensor) => AnyTensor,
): OfConfusion<C, A> => ({
  ...confusionMatrix(classes),
  value: (state) => {
    const matrix = astype(state, f32);
    const hits = sum(mul(matrix, eye(classes)), 0);
    const values = value(hits, sum(matrix, 0), sum(matrix, 1));
    const chosen: AnyTensor = averaging === 'none' ? values : averaging === 'macro' ? mean(values) : values.at(1);
    // The condition of the type is the one above.
    return chosen as unknown as ClassValue<C, A>;
  },
});

/**
 * Of those predicted to be of a class, the share that is; 0 where none was.
 *
 * @example
 * const metric = precision(2, 'binary');
 * metric.value(metric.of(tensor([1, 1, 0], i32), tensor([1, 0, 1], i32))).item() // => 0.5
 */
export const precision = /* @__PURE__ */ composed(function <const C extends Dim, const A extends Averaging = 'macro'>(
  classes: C,
  averaging: A = 'macro' as A,
): OfConfusion<C, A> {
  atMost('precision', arguments, 2);
  return perClass(classes, averaging, (hits, predicted) => ratio(hits, predicted));
});
/**
 * Of those of a class, the share that was predicted; 0 where there was none.
 *
 * @example
 * const metric = recall(2, 'none');
 * metric.value(metric.of(tensor([1, 1, 0, 0], i32), tensor([1, 0, 1, 1], i32))).toArray()[0] // => 0
 */
export const recall = /* @__PURE__ */ composed(function <const C extends Dim, const A extends Averaging = 'macro'>(
  classes: C,
  averaging: A = 'macro' as A,
): OfConfusion<C, A> {
  atMost('recall', arguments, 2);
  return perClass(classes, averaging, (hits, _predicted, actual) => ratio(hits, actual));
});
/**
 * (1 + β²) P R / (β² P + R), the weighted harmonic mean of precision and recall; β is 1 unless given.
 *
 * @example
 * const metric = fScore(2, 'binary');
 * metric.value(metric.of(tensor([1, 1, 0], i32), tensor([1, 0, 1], i32))).item() // => 0.5
 */
export const fScore = /* @__PURE__ */ composed(function <const C extends Dim, const A extends Averaging = 'macro'>(
  classes: C,
  averaging: A = 'macro' as A,
  beta = 1,
): OfConfusion<C, A> {
  atMost('fScore', arguments, 3);
  return perClass(classes, averaging, (hits, predicted, actual) =>
    ratio(mul(hits, 1 + beta ** 2), add(predicted, mul(actual, beta ** 2))),
  );
});

/** Counts of scores by bin, of both classes. */
export interface Histograms<N extends Dim> {
  readonly positive: Tensor<[N], i32>;
  readonly negative: Tensor<[N], i32>;
}
/**
 * The area under the receiver operating characteristic: how often a positive example has a higher score than a negative
 * one, where equal bins count half. Scores are probabilities; labels 0 and 1. As exact as its bins (200) are narrow.
 *
 * @example
 * const metric = areaUnderRoc();
 * metric.value(metric.of(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1]))).item() // => 0.75
 */
export const areaUnderRoc = /* @__PURE__ */ composed(function <const N extends Dim = 200>(
  bins: N = 200 as number as N,
): Metric<Scored, Histograms<N>, Scalar> {
  atMost('areaUnderRoc', arguments, 1);
  return {
    empty: { positive: zeros([bins], int32), negative: zeros([bins], int32) },
    concat: sums,
    of: (scores, labels) => {
      const place = astype(floor(clip(mul(ravel(scores), bins as number), 0, bins - 1)), int32);
      const rows = oneHot(place, bins);
      const isPositive = astype(greaterEqual(ravel(labels), 0.5), f32);
      const count = (which: AnyTensor): AnyTensor => astype(matmul(which, rows), int32);
      return { positive: count(isPositive), negative: count(sub(1, isPositive)) };
    },
    value: (state) => {
      const [positive, negative] = [astype(state.positive, f32), astype(state.negative, f32)];
      const below = sub(cumsum(negative, 0), mul(negative, 0.5));
      return ratio(sum(mul(positive, below)), mul(sum(positive), sum(negative)));
    },
  };
});

/** Predictions and targets of one shape. */
export type Predicted = readonly [prediction: AnyTensor, target: AnyTensor];
const meanOf = (f: (prediction: AnyTensor, target: AnyTensor) => AnyTensor): Metric<Predicted, Total, Scalar> =>
  composed({
    ...meanMetric,
    of: (prediction, target) => totalOf(f(prediction, target)),
  });
/**
 * The mean of squared errors.
 *
 * @example
 * meanSquaredError.value(meanSquaredError.of(tensor([1, 2]), tensor([3, 2]))).item() // => 2
 */
export const meanSquaredError: Metric<Predicted, Total, Scalar> = meanOf((p, t) => square(sub(p, t)));
/**
 * Its root.
 *
 * @example
 * rootMeanSquaredError.value(rootMeanSquaredError.of(tensor([1]), tensor([4]))).item() // => 3
 */
export const rootMeanSquaredError: Metric<Predicted, Total, Scalar> = /* @__PURE__ */ composed({
  ...meanSquaredError,
  value: (state) => sqrt(meanSquaredError.value(state)),
});
/**
 * The mean of absolute errors.
 *
 * @example
 * meanAbsoluteError.value(meanAbsoluteError.of(tensor([1, 2]), tensor([3, 2]))).item() // => 1
 */
export const meanAbsoluteError: Metric<Predicted, Total, Scalar> = meanOf((p, t) => maximum(sub(p, t), sub(t, p)));

/** Count, mean and squared deviations of targets, and squared errors. */
export interface Variation {
  readonly count: Scalar;
  readonly mean: Scalar;
  readonly deviation: Scalar;
  readonly error: Scalar;
}
/**
 * 1 − Σ(prediction − target)² / Σ(target − mean)²: the share of the variance that is explained. Deviations of batches
 * are joined by the formula of Chan et al. (1979), which does not cancel.
 *
 * @example
 * r2.value(r2.of(tensor([1, 2, 3]), tensor([1, 2, 3]))).item() // => 1
 */
export const r2: Metric<Predicted, Variation, Scalar> = /* @__PURE__ */ composed({
  empty: { count: tensor(0), mean: tensor(0), deviation: tensor(0), error: tensor(0) },
  concat: (x, y) => {
    const count = add(x.count, y.count);
    const step: Scalar = sub(y.mean, x.mean);
    const share: Scalar = ratio(y.count, count);
    const between: Scalar = mul(square(step), mul(x.count, share));
    return {
      count,
      mean: add(x.mean, mul(step, share)),
      deviation: add(add(x.deviation, y.deviation), between),
      error: add(x.error, y.error),
    };
  },
  of: (prediction, target) => {
    const centre = mean(target);
    return {
      count: tensor(target.size),
      mean: centre,
      deviation: sum(square(sub(target, centre))),
      error: sum(square(sub(prediction, target))),
    };
  },
  value: ({ deviation, error }) => sub(1, ratio(error, deviation)),
});

/**
 * The exponential of the mean cross entropy of labels.
 *
 * @example
 * perplexity.value(perplexity.of(zeros([3, 4]), tensor([0, 1, 2], i32))).item().toFixed(3) // => '4.000'
 */
export const perplexity: Metric<Scored, Total, Scalar> = /* @__PURE__ */ composed({
  ...meanMetric,
  of: (scores, labels) => totalOf(crossEntropy(scores, labels)),
  value: (state) => exp(meanOfTotal(state)),
});
