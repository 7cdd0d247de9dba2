// Tensors from anything like one, and the same tensor in another dtype.
import { atMost } from '../core/arguments';
import { DTypeError } from '../core/errors';
import { Value } from '../core/value';
import * as P from '../primitives';
import type { AnyTensor, ArrayLikeArg, DType, DTypeOfLike, NestedData, Shape, ShapeOfLike, Tensor } from '../types';
import { checkDType, tensorOf } from './data';
import type { OfShape } from './signatures';
import { publish, valueFrom } from './tensor';

/**
 * A tensor as it is, or a tensor of nested arrays, of a typed array, or of one number; converted when a dtype is given.
 *
 * @throws ShapeError when the rows of an axis differ in length; DTypeError when a number is no value of the dtype
 * @example
 * asarray([[1, 2], [3, 4]]).shape // => [2, 2]
 * asarray(tensor([1.5, 2]), i32).toArray() // => [1, 2]
 */
export function asarray<const T extends NestedData | AnyTensor>(
  x: ArrayLikeArg<T>,
): Tensor<ShapeOfLike<T>, DTypeOfLike<T>>;
export function asarray<const T extends NestedData | AnyTensor, D extends DType>(
  x: ArrayLikeArg<T>,
  dtype: D,
): Tensor<ShapeOfLike<T>, D>;
export function asarray(x: unknown, dtype?: unknown): AnyTensor {
  atMost('asarray', arguments, 2);
  if (x instanceof Value) return publish(dtype === undefined ? x : P.convert(x, checkDType('asarray', dtype)));
  return tensorOf(x, dtype);
}

/**
 * The same numbers in another dtype. Floats to integers are truncated and limited to the range, NaN becomes 0; to bool
 * everything but 0 is true.
 *
 * @example
 * astype(tensor([1.7, -1.7, NaN]), i32).toArray() // => [1, -1, 0]
 * astype(tensor([0, 2]), bool).toArray() // => [false, true]
 */
export function astype<S extends Shape, D extends DType>(x: OfShape<S>, dtype: D): Tensor<S, D> {
  atMost('astype', arguments, 2);
  return publish(P.convert(valueFrom(x, 'astype'), checkDType('astype', dtype)));
}

/**
 * The same bits read as another dtype of as many bytes.
 *
 * @throws DTypeError when the sizes differ
 * @example
 * bitcast(tensor([1]), i32).toArray() // => [1065353216]
 */
export function bitcast<S extends Shape, D extends DType>(x: OfShape<S>, dtype: D): Tensor<S, D> {
  atMost('bitcast', arguments, 2);
  const [v, to] = [valueFrom(x, 'bitcast'), checkDType('bitcast', dtype)];
  if (v.dtype.bytes !== to.bytes)
    throw new DTypeError(
      `bitcast: ${v.dtype.name} has ${v.dtype.bytes} bytes, ${to.name} has ${to.bytes}. To convert the numbers use astype(x, ${to.name}).`,
    );
  return publish(P.bitcast(v, to));
}
