// Running reductions along an axis.
import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { bool, i32 } from '../core/dtype';
import { AxisError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, CountD, DType, FloatOf, Shape, Tensor } from '../types';
import { checkAxis } from './axes';
import { floating } from './broadcasting';
import { cut } from './indexing';
import { publish, valueFrom } from './tensor';

const along = (name: string, x: unknown, axis: unknown): readonly [Value, number] => {
  const v = valueFrom(x, name);
  if (axis === undefined)
    throw new AxisError(
      `${name}: give the axis of shape ${showShape(v.shape)}: ${name}(x, 0). For all elements use ravel first.`,
    );
  return [v, checkAxis(name, v.shape, axis)];
};
const countable = (x: Value): Value => (x.dtype === bool ? P.convert(x, i32) : x);

/** result[i] = x[0] ∘ ... ∘ x[i], by doubling: log₂ n steps over the whole axis, so every transform passes through. */
const scanned = (combine: (a: Value, b: Value) => Value, x: Value, axis: number): Value => {
  const n = x.shape[axis] as number;
  let y = x;
  for (let reach = 1; reach < n; reach *= 2) {
    const later = combine(cut(y, axis, 0, n - reach), cut(y, axis, reach, n));
    y = P.concatenate([cut(y, axis, 0, reach), later], axis);
  }
  return y;
};

/**
 * Running sums along an axis. Bools are counted as i32.
 *
 * @example
 * cumsum(tensor([1, 2, 3]), 0).toArray() // => [1, 3, 6]
 */
export function cumsum<S extends Shape, D extends DType>(x: Tensor<S, D>, axis: AxisOf<S>): Tensor<S, CountD<D>> {
  atMost('cumsum', arguments, 2);
  const [v, a] = along('cumsum', x, axis);
  return publish(P.cumsum(countable(v), a));
}

/**
 * Running products along an axis.
 *
 * @example
 * cumprod(tensor([1, 2, 3]), 0).toArray() // => [1, 2, 6]
 */
export function cumprod<S extends Shape, D extends DType>(x: Tensor<S, D>, axis: AxisOf<S>): Tensor<S, CountD<D>> {
  atMost('cumprod', arguments, 2);
  const [v, a] = along('cumprod', x, axis);
  return publish(scanned(P.mul, countable(v), a));
}

/**
 * Running maxima along an axis; NaN from the first NaN on.
 *
 * @example
 * cummax(tensor([1, 3, 2]), 0).toArray() // => [1, 3, 3]
 */
export function cummax<S extends Shape, D extends DType>(x: Tensor<S, D>, axis: AxisOf<S>): Tensor<S, D> {
  atMost('cummax', arguments, 2);
  return publish(scanned(P.max, ...along('cummax', x, axis)));
}

/**
 * Running minima along an axis; NaN from the first NaN on.
 *
 * @example
 * cummin(tensor([2, 3, 1]), 0).toArray() // => [2, 2, 1]
 */
export function cummin<S extends Shape, D extends DType>(x: Tensor<S, D>, axis: AxisOf<S>): Tensor<S, D> {
  atMost('cummin', arguments, 2);
  return publish(scanned(P.min, ...along('cummin', x, axis)));
}

/**
 * log of the running sums of eˣ along an axis, without overflow. The derivatives of each are weights that sum to 1, at equal infinities too.
 *
 * @example
 * cumlogsumexp(tensor([1000, 1000]), 0).toArray() // => [1000, 1000.6931]
 */
export function cumlogsumexp<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis: AxisOf<S>,
): Tensor<S, FloatOf<D>> {
  atMost('cumlogsumexp', arguments, 2);
  const [v, a] = along('cumlogsumexp', x, axis);
  return publish(scanned(P.logaddexp, floating(v, 'cumlogsumexp'), a));
}
