// Tensors with at least so many axes.
import { atMost } from '../core/arguments';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AtLeast1, AtLeast2, AtLeast3, DType, Shape, Tensor } from '../types';
import { publish, valueFrom } from './tensor';

/** `missing` says, for each rank below the wanted one, where the axes of size 1 go: before and after the axes there are. */
const atLeast = (name: string, x: unknown, missing: readonly (readonly [number, number])[]): Value => {
  const v = valueFrom(x, name);
  const [before, after] = missing[v.ndim] ?? [0, 0];
  if (before + after === 0) return v;
  const ones = (n: number): number[] => new Array<number>(n).fill(1);
  return P.reshape(v, [...ones(before), ...v.shape, ...ones(after)]);
};

/**
 * A scalar as a vector of one element; other tensors as they are.
 *
 * @example
 * atleast1d(tensor(3)).toArray() // => [3]
 * atleast1d(zeros([2, 3])).shape // => [2, 3]
 */
export function atleast1d<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<AtLeast1<S>, D> {
  atMost('atleast1d', arguments, 1);
  return publish(atLeast('atleast1d', x, [[1, 0]]));
}

/**
 * A scalar or a vector as a matrix of one row; other tensors as they are.
 *
 * @example
 * atleast2d(tensor([1, 2])).toArray() // => [[1, 2]]
 * atleast2d(tensor(3)).toArray() // => [[3]]
 */
export function atleast2d<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<AtLeast2<S>, D> {
  atMost('atleast2d', arguments, 1);
  return publish(
    atLeast('atleast2d', x, [
      [2, 0],
      [1, 0],
    ]),
  );
}

/**
 * A vector [n] as [1, n, 1], a matrix [m, n] as [m, n, 1], a scalar as [1, 1, 1]; other tensors as they are.
 *
 * @example
 * atleast3d(zeros([4])).shape // => [1, 4, 1]
 * atleast3d(zeros([2, 3])).shape // => [2, 3, 1]
 */
export function atleast3d<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<AtLeast3<S>, D> {
  atMost('atleast3d', arguments, 1);
  return publish(
    atLeast('atleast3d', x, [
      [3, 0],
      [1, 1],
      [0, 1],
    ]),
  );
}
