// Vectors along the last axis: their lengths and directions.
import type { AnyTensor } from '../index';
import { div, equal, evened, norm, where } from '../untyped';

/** x / |x| along the last axis, for x of any size; 0, with derivative 0, where x is 0. */
export const unit = (x: AnyTensor): AnyTensor => {
  const even = evened('unit', x, [x.ndim - 1]);
  const length = norm(even, -1, { keepDims: true });
  const none = equal(length, 0);
  return where(none, 0, div(even, where(none, 1, length)));
};
