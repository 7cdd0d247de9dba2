// Features brought to one scale by numbers that are learned from the training set and kept for every other.
import { atMost } from '../core/arguments';
import {
  type AnyTensor,
  add,
  type Dim,
  div,
  equal,
  max,
  mean,
  min,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
  where,
} from '../index';

/** A change of scale: (x − shift) / scale, feature by feature. */
export interface Scaling<F extends Dim> {
  readonly shift: Tensor<[F]>;
  readonly scale: Tensor<[F]>;
}

const safe = (scale: AnyTensor): AnyTensor => where(equal(scale, 0), 1, scale);

/**
 * The scaling to mean 0 and variance 1 of every feature of the rows; a constant feature keeps its scale.
 *
 * @example
 * rescale(standardScaling(tensor([[1, 5], [3, 5]])), tensor([[1, 5], [3, 6]])).toArray() // => [[-1, 0], [1, 1]]
 */
export const standardScaling = function <N extends Dim, F extends Dim>(x: Tensor<[N, F]>): Scaling<F> {
  atMost('standardScaling', arguments, 1);
  const rows: AnyTensor = x;
  const shift: AnyTensor = mean(rows, 0);
  return { shift, scale: safe(sqrt(mean(square(sub(rows, shift)), 0))) };
};

/**
 * The scaling of every feature of the rows to the interval from 0 to 1.
 *
 * @example
 * rescale(minMaxScaling(tensor([[1], [5]])), tensor([[3]])).toArray() // => [[0.5]]
 */
export const minMaxScaling = function <N extends Dim, F extends Dim>(x: Tensor<[N, F]>): Scaling<F> {
  atMost('minMaxScaling', arguments, 1);
  const rows: AnyTensor = x;
  const low: AnyTensor = min(rows, 0);
  return { shift: low, scale: safe(sub(max(rows, 0), low)) };
};

/**
 * (x − shift) / scale.
 *
 * @example
 * rescale({ shift: tensor([1]), scale: tensor([2]) }, tensor([[5]])).toArray() // => [[2]]
 */
export const rescale = function <N extends Dim, F extends Dim>(
  { shift, scale }: Scaling<F>,
  x: Tensor<[N, NoInfer<F>]>,
): Tensor<[N, F]> {
  atMost('rescale', arguments, 2);
  const rows: AnyTensor = x;
  const scaled: AnyTensor = div(sub(rows, shift), scale);
  return scaled;
};

/**
 * x · scale + shift: the inverse of rescale.
 *
 * @example
 * unscale({ shift: tensor([1]), scale: tensor([2]) }, tensor([[2]])).toArray() // => [[5]]
 */
export const unscale = function <N extends Dim, F extends Dim>(
  { shift, scale }: Scaling<F>,
  x: Tensor<[N, NoInfer<F>]>,
): Tensor<[N, F]> {
  atMost('unscale', arguments, 2);
  const rows: AnyTensor = x;
  const original: AnyTensor = add(mul(rows, scale), shift);
  return original;
};
