// Vectors along the last axis: their lengths and directions.
import { evening } from '../array/norm';
import { publish, valueFrom } from '../array/tensor';
import { type AnyTensor, div, equal, mul, norm, where } from '../index';

/** x / |x| along the last axis, for x of any size; 0, with derivative 0, where x is 0. */
export const unit = (x: AnyTensor): AnyTensor => {
  const even: AnyTensor = mul(x, publish(evening(valueFrom(x, 'unit'), [x.ndim - 1])));
  const length: AnyTensor = norm(even, -1, { keepDims: true });
  const none: AnyTensor = equal(length, 0);
  return where(none, 0, div(even, where(none, 1, length)));
};
