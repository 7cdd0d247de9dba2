// Tensors of other sizes: images made larger or smaller.
import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { i32 } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import type { AnyTensor, DType, FloatOf, Shape, Tensor } from '../types';
import { add, mul, sub } from './arithmetic';
import { checkShape } from './axes';
import { floating } from './broadcasting';
import { tensorOf } from './data';
import { take } from './indexing';
import { reshape } from './shape';
import { describe, publish, valueFrom } from './tensor';

export type ResizeMethod = 'nearest' | 'linear';

/** One axis: the nearest element, or the two beside the centre in the proportion of their distances. */
const resizedAlong = (x: AnyTensor, axis: number, m: number, method: ResizeMethod): AnyTensor => {
  const n = x.shape[axis] as number;
  if (n === m) return x;
  // Elements are cells: the centres of the new ones, in units of the old.
  const places = Array.from({ length: m }, (_, i) => ((i + 0.5) * n) / m - 0.5);
  const at = (f: (place: number) => number): AnyTensor =>
    take(
      x,
      tensorOf(
        Int32Array.from(places, (p) => Math.min(Math.max(f(p), 0), n - 1)),
        i32,
      ),
      axis,
    );
  if (method === 'nearest') return at((p) => Math.floor(p + 0.5));
  const [low, high] = [at(Math.floor), at((p) => Math.floor(p) + 1)];
  const shares = tensorOf(
    Float64Array.from(places, (p) => p - Math.floor(p)),
    x.dtype,
  );
  const weight: AnyTensor = reshape(
    shares,
    x.shape.map((_: number, d: number) => (d === axis ? m : 1)),
  );
  return add(low, mul(sub(high, low), weight));
};

/**
 * x with other sizes, one for each axis; an axis of the same size stays as it is. The elements are cells, whose centres
 * are compared: 'nearest' takes the element there, 'linear' (the default) blends the two beside it, without a filter
 * where an axis gets shorter.
 *
 * @throws ShapeError when the number of sizes is not that of the axes, or an axis of size 0 is to grow
 * @example
 * resize(tensor([0, 4]), [4]).toArray() // => [0, 1, 3, 4]
 * resize(tensor([[1, 2]]), [2, 4], { method: 'nearest' }).toArray() // => [[1, 1, 2, 2], [1, 1, 2, 2]]
 */
export function resize<S extends Shape, D extends DType, const T extends Shape>(
  x: Tensor<S, D>,
  shape: readonly [...T],
  options: { readonly method?: ResizeMethod } = {},
): Tensor<T, FloatOf<D>> {
  atMost('resize', arguments, 3);
  const { method = 'linear' } = knownOptions('resize', options, ['method']);
  const v = floating(valueFrom(x, 'resize'), 'resize');
  const sizes = checkShape('resize', shape);
  if (method !== 'linear' && method !== 'nearest')
    throw new ArgumentError(`resize: the method must be 'nearest' or 'linear', got ${describe(method)}.`);
  if (sizes.length !== v.ndim || sizes.some((m, d) => m > 0 && v.shape[d] === 0))
    throw new ShapeError(`resize: shape ${showShape(v.shape)} cannot be resized to ${showShape(sizes)}.`);
  return sizes.reduce<AnyTensor>((y, m, axis) => resizedAlong(y, axis, m, method), publish(v));
}
