// The softmax family, and other functions that normalise along axes.
import { atMost, knownOptions } from '../core/arguments';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, DType, FloatOf, Shape, Tensor } from '../types';
import { checkAxes, checkAxis } from './axes';
import { floating, spread } from './broadcasting';
import { publish, valueFrom } from './tensor';

type Along = readonly [x: Value, axis: number];
const along = (name: string, x: unknown, axis: unknown): Along => {
  const v = floating(valueFrom(x, name), name);
  return [v, checkAxis(name, v.shape, axis)];
};

interface Line {
  /** x less its maximum, so that no exponential overflows; the maximum cancels, and so does its derivative. */
  readonly low: Value;
  readonly powers: Value;
  /** Of the powers; not 0, which would divide the derivative 0. */
  readonly total: Value;
  /** One number for every line as a number for every element. */
  readonly over: (v: Value) => Value;
  /** NaN where the line is nothing but -Infinity, with derivative 0. */
  readonly defined: (y: Value) => Value;
}
const lineOf = ([x, axis]: Along): Line => {
  const over = (v: Value): Value => spread(v, x.shape, [axis]);
  const largest = P.stopGradient(P.reduceMax(x, [axis]));
  const isEmpty = P.eq(largest, P.fullLike(largest, -Infinity));
  const low = P.sub(x, over(P.selectN(isEmpty, largest, P.fullLike(largest, 0))));
  const powers = P.exp(low);
  const total = P.reduceSum(powers, [axis]);
  return {
    low,
    powers,
    total: P.selectN(isEmpty, total, P.fullLike(total, 1)),
    over,
    defined: (y) => P.selectN(over(isEmpty), y, P.fullLike(y, Number.NaN)),
  };
};

/**
 * eˣ / Σ eˣ along an axis (the last one), without overflow. Of nothing but -Infinity it is NaN, with derivative 0.
 *
 * @example
 * softmax(tensor([0, 0])).toArray() // => [0.5, 0.5]
 * softmax(tensor([1000, 0])).toArray() // => [1, 0]
 */
export function softmax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, FloatOf<D>> {
  atMost('softmax', arguments, 2);
  const { powers, total, over, defined } = lineOf(along('softmax', x, axis ?? -1));
  return publish(defined(P.div(powers, over(total))));
}

/**
 * x - log Σ eˣ along an axis (the last one): the logarithm of softmax, accurate where that is tiny. Of
 * nothing but -Infinity it is NaN, with derivative 0.
 *
 * @example
 * logSoftmax(tensor([1000, 0])).toArray() // => [0, -1000]
 */
export function logSoftmax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, FloatOf<D>> {
  atMost('logSoftmax', arguments, 2);
  const { low, total, over, defined } = lineOf(along('logSoftmax', x, axis ?? -1));
  return publish(defined(P.sub(low, over(P.log(total)))));
}

/**
 * (x - mean) / √(variance + epsilon) along axes (the last one); 0 where the variance is Infinity, as of distances above 1e19 in f32.
 *
 * @example
 * standardize(tensor([1, 3]), -1, { epsilon: 0 }).toArray() // => [-1, 1]
 */
export function standardize<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis?: AxisOf<S> | readonly AxisOf<S>[],
  options: { readonly epsilon?: number } = {},
): Tensor<S, FloatOf<D>> {
  atMost('standardize', arguments, 3);
  knownOptions('standardize', options, ['epsilon']);
  const v = floating(valueFrom(x, 'standardize'), 'standardize');
  const axes = checkAxes('standardize', v.shape, axis ?? -1);
  const n = axes.reduce((product, d) => product * (v.shape[d] as number), 1);
  const average = (y: Value): Value => {
    const total = P.reduceSum(y, axes);
    return P.div(total, P.fullLike(total, n));
  };
  const centred = P.sub(v, spread(average(v), v.shape, axes));
  const variance = average(P.mul(centred, centred));
  const scale = P.rsqrt(P.add(variance, P.fullLike(variance, options.epsilon ?? 1e-5)));
  return publish(P.mul(centred, spread(scale, v.shape, axes)));
}
