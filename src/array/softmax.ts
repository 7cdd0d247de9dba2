// The softmax family, and other functions that normalise along axes.
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, DType, FloatOf, Shape, Tensor } from '../types';
import { checkAxes, checkAxis, reducedShape } from './axes';
import { floating, stretch } from './broadcasting';
import { publish, valueFrom } from './tensor';

type Along = readonly [x: Value, axis: number];
const along = (name: string, x: unknown, axis: unknown): Along => {
  const v = floating(valueFrom(x, name), name);
  return [v, checkAxis(name, v.shape, axis)];
};

/** A reduction over axes, stretched to the shape it came from. */
const over = (f: (x: Value, axes: readonly number[]) => Value, x: Value, axes: readonly number[]): Value =>
  stretch(P.reshape(f(x, axes), reducedShape(x.shape, axes, true)), x.shape);

/** x less its maximum, so that no exponential overflows; the maximum cancels, and so does its derivative. */
const shifted = (x: Value, axis: number): Value => P.sub(x, P.stopGradient(over(P.reduceMax, x, [axis])));

/**
 * eˣ / Σ eˣ along an axis (the last one), without overflow.
 *
 * @example
 * softmax(tensor([0, 0])).toArray() // => [0.5, 0.5]
 * softmax(tensor([1000, 0])).toArray() // => [1, 0]
 */
export function softmax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, FloatOf<D>> {
  const [v, a] = along('softmax', x, axis ?? -1);
  const powers = P.exp(shifted(v, a));
  return publish(P.div(powers, over(P.reduceSum, powers, [a])));
}

/**
 * x - log Σ eˣ along an axis (the last one): the logarithm of softmax, accurate where that is tiny.
 *
 * @example
 * logSoftmax(tensor([1000, 0])).toArray() // => [0, -1000]
 */
export function logSoftmax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, FloatOf<D>> {
  const [v, a] = along('logSoftmax', x, axis ?? -1);
  const low = shifted(v, a);
  return publish(P.sub(low, P.log(over(P.reduceSum, P.exp(low), [a]))));
}

/**
 * (x - mean) / √(variance + epsilon) along axes (the last one).
 *
 * @example
 * standardize(tensor([1, 3]), -1, { epsilon: 0 }).toArray() // => [-1, 1]
 */
export function standardize<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis?: AxisOf<S> | readonly AxisOf<S>[],
  options: { readonly epsilon?: number } = {},
): Tensor<S, FloatOf<D>> {
  const v = floating(valueFrom(x, 'standardize'), 'standardize');
  const axes = checkAxes('standardize', v.shape, axis ?? -1);
  const count = P.fullLike(
    v,
    axes.reduce((n, d) => n * (v.shape[d] as number), 1),
  );
  const centred = P.sub(v, P.div(over(P.reduceSum, v, axes), count));
  const spread = P.div(over(P.reduceSum, P.mul(centred, centred), axes), count);
  return publish(P.mul(centred, P.rsqrt(P.add(spread, P.fullLike(v, options.epsilon ?? 1e-5)))));
}
