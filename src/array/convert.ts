// Changing the dtype.
import { DTypeError } from '../core/errors';
import * as P from '../primitives';
import type { DType, Shape, Tensor } from '../types';
import { checkDType } from './data';
import type { OfShape } from './signatures';
import { publish, valueFrom } from './tensor';

/**
 * The same numbers in another dtype. Floats to integers are truncated and limited to the range, NaN becomes 0; to bool
 * everything but 0 is true.
 *
 * @example
 * astype(tensor([1.7, -1.7, NaN]), i32).toArray() // => [1, -1, 0]
 * astype(tensor([0, 2]), bool).toArray() // => [false, true]
 */
export function astype<S extends Shape, D extends DType>(x: OfShape<S>, dtype: D): Tensor<S, D> {
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
  const [v, to] = [valueFrom(x, 'bitcast'), checkDType('bitcast', dtype)];
  if (v.dtype.bytes !== to.bytes)
    throw new DTypeError(
      `bitcast: ${v.dtype.name} has ${v.dtype.bytes} bytes, ${to.name} has ${to.bytes}. To convert the numbers use astype(x, ${to.name}).`,
    );
  return publish(P.bitcast(v, to));
}
