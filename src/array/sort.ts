// Order along an axis.
import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { i32 } from '../core/dtype';
import { ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, Dim, DType, i32 as I32, Replaced, Shape, Tensor } from '../types';
import { checkAxis, checkCount } from './axes';
import { cut } from './indexing';
import type { OfShape } from './signatures';
import { publish, valueFrom } from './tensor';

interface Options {
  /** Largest first; equal elements still keep their order. */
  readonly descending?: boolean;
}

/** The sorted elements and where each was. Reversed before and after, an increasing stable sort is a decreasing one. */
const sorted = (x: Value, axis: number, descending: boolean): readonly [Value, Value] => {
  const turn = (v: Value): Value => (descending ? P.rev(v, [axis]) : v);
  const [values, places] = P.sort([turn(x), turn(P.iota(x.shape, axis, i32))], axis) as [Value, Value];
  return [turn(values), turn(places)];
};

/**
 * The elements of every line along an axis (the last) in increasing order, NaN last; equal ones keep their order.
 *
 * @example
 * sort(tensor([3, 1, 2])).toArray() // => [1, 2, 3]
 * sort(tensor([3, 1, 2]), -1, { descending: true }).toArray() // => [3, 2, 1]
 */
export function sort<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  axis?: AxisOf<S>,
  options: Options = {},
): Tensor<S, D> {
  atMost('sort', arguments, 3);
  knownOptions('sort', options, ['descending']);
  const v = valueFrom(x, 'sort');
  const a = checkAxis('sort', v.shape, axis ?? -1);
  const [values] = P.sort([v], a) as [Value];
  return publish(options.descending === true ? P.rev(values, [a]) : values);
}

/**
 * The indices that sort every line along an axis (the last); equal elements keep their order.
 *
 * @example
 * argsort(tensor([30, 10, 20])).toArray() // => [1, 2, 0]
 */
export function argsort<S extends Shape>(x: OfShape<S>, axis?: AxisOf<S>, options: Options = {}): Tensor<S, I32> {
  atMost('argsort', arguments, 3);
  knownOptions('argsort', options, ['descending']);
  const v = valueFrom(x, 'argsort');
  const [, places] = sorted(v, checkAxis('argsort', v.shape, axis ?? -1), options.descending === true);
  return publish(places);
}

/**
 * The k largest elements along an axis (the last), largest first, and their indices. NaN counts as largest; of equal
 * elements the first comes first.
 *
 * @throws ShapeError when the axis has less than k elements
 * @example
 * topK(tensor([10, 40, 30, 20]), 2).map((x) => x.toArray()) // => [[40, 30], [1, 2]]
 */
export function topK<S extends Shape, D extends DType, const K extends Dim, const A extends AxisOf<S> = AxisOf<S> & -1>(
  x: Tensor<S, D>,
  k: K,
  axis?: A,
): [values: Tensor<Replaced<S, A, K>, D>, indices: Tensor<Replaced<S, A, K>, I32>];
export function topK(x: unknown, k: unknown, axis: unknown = -1) {
  atMost('topK', arguments, 3);
  const v = valueFrom(x, 'topK');
  const a = checkAxis('topK', v.shape, axis);
  const count = checkCount('topK', 'k', k);
  if (count > (v.shape[a] as number))
    throw new ShapeError(
      `topK: k = ${count} exceeds the ${v.shape[a]} elements of axis ${a}, shape ${showShape(v.shape)}.`,
    );
  const [values, indices] = sorted(v, a, true);
  return [publish(cut(values, a, 0, count)), publish(cut(indices, a, 0, count))];
}
