// Windows whose place is a value.
import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { i32 } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AnyTensor, DType, i32 as I32, Scalar, Shape, Tensor } from '../types';
import { checkShape } from './axes';
import { indicesOf } from './indexing';
import type { OfDType } from './signatures';
import { publish, valueFrom } from './tensor';

/** The starts of a window as one i32 vector. */
export const startsOf = (name: string, starts: readonly unknown[]): Value =>
  P.concatenate(
    starts.map((s) => {
      const v = typeof s === 'number' ? P.full([], i32, checkIndex(name, s)) : indicesOf(name, s, 'a start');
      if (v.ndim !== 0) throw new ShapeError(`${name}: a start must be a scalar, got shape ${showShape(v.shape)}.`);
      return P.reshape(v, [1]);
    }),
    0,
  );
export const checkIndex = (name: string, x: number): number => {
  if (!Number.isInteger(x) || Math.abs(x) > 2147483647)
    throw new ArgumentError(`${name}: indices must be integers, got ${x}.`);
  return x;
};

/**
 * A window of x at starts, one for each axis; traced starts are moved inside so that it fits.
 *
 * @example
 * dynamicSlice(tensor([[1, 2], [3, 4]]), [1, tensor(0, i32)], [1, 2]).toArray() // => [[3, 4]]
 */
export function dynamicSlice<D extends DType, const N extends Shape>(
  x: OfDType<D>,
  starts: readonly (number | Scalar<I32>)[],
  sizes: readonly [...N],
): Tensor<N, D> {
  atMost('dynamicSlice', arguments, 3);
  const v = valueFrom(x, 'dynamicSlice');
  const window = checkShape('dynamicSlice', sizes);
  checkWindow('dynamicSlice', v, starts, window);
  return publish(v.ndim === 0 ? v : P.dynamicSlice(v, startsOf('dynamicSlice', starts), window));
}
const checkWindow = (name: string, x: Value, starts: unknown, window: readonly number[]): void => {
  if (!Array.isArray(starts) || starts.length !== x.ndim)
    throw new ShapeError(`${name}: one start for each axis of ${showShape(x.shape)} is needed, in an array.`);
  if (window.length !== x.ndim || window.some((n, d) => n > (x.shape[d] as number)))
    throw new ShapeError(`${name}: a window ${showShape(window)} does not fit ${showShape(x.shape)}.`);
};

/**
 * x with the window at starts replaced; traced starts are moved inside so that it fits.
 *
 * @example
 * dynamicUpdateSlice(zeros([4]), tensor([1, 2]), [1]).toArray() // => [0, 1, 2, 0]
 */
export function dynamicUpdateSlice<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  update: AnyTensor,
  starts: readonly (number | Scalar<I32>)[],
): Tensor<S, D> {
  atMost('dynamicUpdateSlice', arguments, 3);
  const v = valueFrom(x, 'dynamicUpdateSlice');
  const u = P.convert(valueFrom(update, 'dynamicUpdateSlice', 'update'), v.dtype);
  checkWindow('dynamicUpdateSlice', v, starts, u.shape);
  return publish(v.ndim === 0 ? u : P.dynamicUpdateSlice(v, u, startsOf('dynamicUpdateSlice', starts)));
}
