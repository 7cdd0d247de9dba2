// Reductions over axes.

import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { i32, isFloat } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, bool as Bool, DType, i32 as I32, MeanD, ReduceS, Shape, SumD, Tensor } from '../types';
import { checkAxes, checkAxis, reducedShape } from './axes';
import { broadcastShapes, floating, inSinglePrecision, spread, stretch, summable } from './broadcasting';
import { truth } from './comparison';
import type { OfShape, Reduce, ReduceMean, ReduceMeanWith, ReduceTo } from './signatures';
import { describe, publish, valueFrom } from './tensor';

export type Options = { readonly keepDims?: boolean } | undefined;

const keeps = (name: string, options: Options, others: readonly string[] = []): boolean =>
  knownOptions(name, options, ['keepDims', ...others], ' Several axes go in an array: [0, 1].')?.keepDims === true;

/** Reduces by f, then puts the reduced axes back if they are to be kept; `others` are the options that f knows. */
export const reduceBy = (
  name: string,
  f: (x: Value, axes: readonly number[]) => Value,
  x: Value,
  axis: unknown,
  options: Options,
  others: readonly string[] = [],
): Value => {
  const keepDims = options !== undefined && keeps(name, options, others);
  const axes = checkAxes(name, x.shape, axis);
  const result = f(x, axes);
  return keepDims ? P.reshape(result, reducedShape(x.shape, axes, true)) : result;
};

const countOf = (x: Value, axes: readonly number[]): number => axes.reduce((n, d) => n * (x.shape[d] as number), 1);

/**
 * Σ x over axes: one, several, or all. Bools are counted as i32, and narrow integers summed in 32 bits. The sum of nothing is 0.
 *
 * @throws AxisError when an axis is out of range or repeated
 * @example
 * sum(tensor([[1, 2], [3, 4]]), 0).toArray() // => [4, 6]
 * sum(tensor([[1, 2], [3, 4]])).item() // => 10
 * sum(tensor([[1, 2], [3, 4]]), -1, { keepDims: true }).shape // => [2, 1]
 */
export function sum<
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, SumD<D>> {
  atMost('sum', arguments, 3);
  return publish(reduceBy('sum', P.reduceSum, summable(valueFrom(x, 'sum')), axis, options));
}

/**
 * Π x over axes. The product of nothing is 1; the derivative is right where factors are 0.
 *
 * @example
 * prod(tensor([[1, 2], [3, 4]]), 1).toArray() // => [2, 12]
 */
export function prod<
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, SumD<D>> {
  atMost('prod', arguments, 3);
  return publish(reduceBy('prod', P.reduceProd, summable(valueFrom(x, 'prod')), axis, options));
}

const meanOver = inSinglePrecision((x: Value, axes: readonly number[]): Value => {
  const total = P.reduceSum(x, axes);
  return P.div(total, P.fullLike(total, countOf(x, axes)));
});

/**
 * Σ x / n over axes. Integers and bool become f32; the mean of nothing is NaN.
 *
 * @example
 * mean(tensor([[1, 2], [3, 4]]), 0).toArray() // => [2, 3]
 */
export const mean: ReduceMean = function (x: unknown, axis: unknown, options?: Options) {
  atMost('mean', arguments, 3);
  return publish(reduceBy('mean', meanOver, floating(valueFrom(x, 'mean'), 'mean'), axis, options));
};

/** Numbers of the sample that the divisor leaves out: n - correction. */
type Correction = { readonly correction?: number };

const varianceOver = (correction: number) =>
  inSinglePrecision((x: Value, axes: readonly number[]): Value => {
    const distance = P.sub(x, spread(meanOver(x, axes), x.shape, axes));
    const total = P.reduceSum(P.mul(distance, distance), axes);
    return P.div(total, P.fullLike(total, Math.max(0, countOf(x, axes) - correction)));
  });
const varianceOf = (name: string, x: unknown, axis: unknown, options: (Options & Correction) | undefined): Value => {
  const { correction = 0 } = options ?? {};
  if (typeof correction !== 'number' || Number.isNaN(correction))
    throw new ArgumentError(`${name}: correction must be a number, got ${describe(correction)}.`);
  return reduceBy(name, varianceOver(correction), floating(valueFrom(x, name), name), axis, options, ['correction']);
};

/**
 * Σ (x - mean)² / (n - correction) over axes, in two passes; correction is 0 unless given. Infinity where the squares overflow, as in JAX:
 * from distances of about 1e19 in f32, 1e154 in f64.
 *
 * @example
 * variance(tensor([1, 2, 3, 4])).item() // => 1.25
 * variance(tensor([1, 2, 3, 4]), 0, { correction: 1 }).item() // => 1.6666666
 */
export const variance: ReduceMeanWith<Correction> = function (
  x: unknown,
  axis: unknown,
  options?: Options & Correction,
) {
  atMost('variance', arguments, 3);
  return publish(varianceOf('variance', x, axis, options));
};

/**
 * √variance, Infinity where that is. Where the variance is 0 the derivative is NaN, as in JAX.
 *
 * @example
 * std(tensor([1, 3])).item() // => 1
 */
export const std: ReduceMeanWith<Correction> = function (x: unknown, axis: unknown, options?: Options & Correction) {
  atMost('std', arguments, 3);
  return publish(P.sqrt(varianceOf('std', x, axis, options)));
};

const extreme =
  (name: string, what: string, f: (x: Value, axes: readonly number[]) => Value) =>
  (x: Value, axes: readonly number[]): Value => {
    const empty = axes.find((d) => x.shape[d] === 0);
    if (empty !== undefined && x.shape.every((n, d) => n > 0 || axes.includes(d)))
      throw new ShapeError(
        `${name}: axis ${empty} of shape ${showShape(x.shape)} is empty, and nothing has no ${what} element. Check the size first.`,
      );
    return f(x, axes);
  };

/**
 * The largest element over axes; NaN if there is one. Ties share the derivative equally.
 *
 * @throws ShapeError when there is nothing to choose from
 * @example
 * max(tensor([[1, 5], [7, 3]]), 1).toArray() // => [5, 7]
 */
export const max: Reduce = function (x: unknown, axis: unknown, options?: Options) {
  atMost('max', arguments, 3);
  return publish(reduceBy('max', extreme('max', 'largest', P.reduceMax), valueFrom(x, 'max'), axis, options));
};

/**
 * The smallest element over axes; NaN if there is one. Ties share the derivative equally.
 *
 * @throws ShapeError when there is nothing to choose from
 * @example
 * min(tensor([[1, 5], [7, 3]]), 0).toArray() // => [1, 3]
 */
export const min: Reduce = function (x: unknown, axis: unknown, options?: Options) {
  atMost('min', arguments, 3);
  return publish(reduceBy('min', extreme('min', 'smallest', P.reduceMin), valueFrom(x, 'min'), axis, options));
};

/**
 * The largest less the smallest element over axes.
 *
 * @example
 * ptp(tensor([[1, 5], [7, 3]]), 1).toArray() // => [4, 4]
 */
export const ptp: Reduce = function (x: unknown, axis: unknown, options?: Options) {
  atMost('ptp', arguments, 3);
  const range = (v: Value, axes: readonly number[]): Value => P.sub(P.reduceMax(v, axes), P.reduceMin(v, axes));
  return publish(reduceBy('ptp', extreme('ptp', 'largest', range), valueFrom(x, 'ptp'), axis, options));
};

/**
 * The index of the first largest element along an axis, or of the flattened tensor; NaN counts as largest.
 *
 * @throws ShapeError when there is nothing to choose from
 * @example
 * argmax(tensor([[1, 5], [7, 3]]), 1).toArray() // => [1, 0]
 * argmax(tensor([[1, 5], [7, 3]])).item() // => 2
 */
export function argmax<
  S extends Shape,
  const A extends AxisOf<S> | undefined = undefined,
  const KeepDims extends boolean = false,
>(x: OfShape<S>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, I32> {
  atMost('argmax', arguments, 3);
  return publish(indexOfExtreme('argmax', 'largest', valueFrom(x, 'argmax'), axis, options));
}

/**
 * The index of the first smallest element along an axis, or of the flattened tensor; NaN counts as smallest.
 *
 * @throws ShapeError when there is nothing to choose from
 * @example
 * argmin(tensor([[1, 5], [7, 3]]), 1).toArray() // => [0, 1]
 */
export function argmin<
  S extends Shape,
  const A extends AxisOf<S> | undefined = undefined,
  const KeepDims extends boolean = false,
>(x: OfShape<S>, axis?: A, options?: { readonly keepDims?: KeepDims }): Tensor<ReduceS<S, A, KeepDims>, I32> {
  atMost('argmin', arguments, 3);
  const v = valueFrom(x, 'argmin');
  // Inverting the bits reverses the order of integers, and no number is lost as in negation.
  return publish(indexOfExtreme('argmin', 'smallest', isFloat(v.dtype) ? P.neg(v) : P.not(v), axis, options));
}

const indexOfExtreme = (name: string, what: string, x: Value, axis: unknown, options: Options): Value => {
  const keepDims = keeps(name, options);
  const flat = axis === undefined || axis === null;
  const line = flat ? P.reshape(x, [x.size]) : x;
  const along = flat ? 0 : checkAxis(name, x.shape, axis);
  if (line.shape[along] === 0)
    throw new ShapeError(
      `${name}: ${flat ? 'the tensor' : `axis ${along}`} of shape ${showShape(x.shape)} is empty, and nothing has no ${what} element.`,
    );
  const result = P.argmax(line, along, i32);
  return keepDims ? P.reshape(result, flat ? x.shape.map(() => 1) : reducedShape(x.shape, [along], true)) : result;
};

/**
 * Whether all elements are true (not 0) over axes; of nothing, true.
 *
 * @example
 * all(tensor([[true, false], [true, true]]), 1).toArray() // => [false, true]
 */
export const all: ReduceTo<Bool> = function (x: unknown, axis: unknown, options?: Options) {
  atMost('all', arguments, 3);
  return publish(reduceBy('all', P.reduceMin, truth(valueFrom(x, 'all')), axis, options));
};

/**
 * Whether any element is true (not 0) over axes; of nothing, false.
 *
 * @example
 * any(tensor([[true, false], [false, false]]), 1).toArray() // => [true, false]
 */
export const any: ReduceTo<Bool> = function (x: unknown, axis: unknown, options?: Options) {
  atMost('any', arguments, 3);
  return publish(reduceBy('any', P.reduceMax, truth(valueFrom(x, 'any')), axis, options));
};

/**
 * How many elements are not 0, over axes.
 *
 * @example
 * countNonzero(tensor([[0, 1], [2, 3]]), 1).toArray() // => [1, 2]
 */
export const countNonzero: ReduceTo<I32> = function (x: unknown, axis: unknown, options?: Options) {
  atMost('countNonzero', arguments, 3);
  return publish(
    reduceBy('countNonzero', P.reduceSum, P.convert(truth(valueFrom(x, 'countNonzero')), i32), axis, options),
  );
};

/**
 * Σ w x / Σ w over axes; the weights broadcast with x.
 *
 * @example
 * average(tensor([1, 2, 3]), tensor([1, 0, 1])).item() // => 2
 */
export function average<
  S extends Shape,
  D extends DType,
  const A extends AxisOf<S> | readonly AxisOf<S>[] | undefined = undefined,
  const KeepDims extends boolean = false,
>(
  x: Tensor<S, D>,
  weights: Tensor<NoInfer<S>, D>,
  axis?: A,
  options?: { readonly keepDims?: KeepDims },
): Tensor<ReduceS<S, A, KeepDims>, MeanD<D>> {
  atMost('average', arguments, 4);
  const v = floating(valueFrom(x, 'average'), 'average');
  const w = P.convert(valueFrom(weights, 'average', 'weights'), v.dtype);
  const fitted = stretch(w, broadcastShapes('average', v.shape, w.shape));
  const weighted = (y: Value, axes: readonly number[]): Value =>
    P.div(P.reduceSum(P.mul(y, fitted), axes), P.reduceSum(fitted, axes));
  return publish(reduceBy('average', weighted, v, axis, options));
}

const logsumexpOver = (x: Value, axes: readonly number[]): Value => {
  const largest = P.stopGradient(P.reduceMax(x, axes));
  // An infinite shift would give ∞ - ∞; without it exp and log give the right infinity by themselves.
  const shift = P.selectN(P.finite(largest), P.fullLike(largest, 0), largest);
  const shifted = P.sub(x, spread(shift, x.shape, axes));
  const total = P.reduceSum(P.exp(shifted), axes);
  const isEmpty = P.eq(largest, P.fullLike(largest, -Infinity));
  return P.add(P.log(P.selectN(isEmpty, total, P.fullLike(total, 1))), largest);
};

/**
 * log Σ eˣ over axes, without overflow; of nothing, -Infinity. Its derivative is softmax(x); where all of x is -Infinity, 0.
 *
 * @example
 * logsumexp(tensor([1000, 1000])).item() // => 1000.6931
 */
export const logsumexp: ReduceMean = function (x: unknown, axis: unknown, options?: Options) {
  atMost('logsumexp', arguments, 3);
  return publish(reduceBy('logsumexp', logsumexpOver, floating(valueFrom(x, 'logsumexp'), 'logsumexp'), axis, options));
};
