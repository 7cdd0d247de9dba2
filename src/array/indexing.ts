// Reading and writing parts of tensors.
import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { bool, f32, i32, isInteger, type DType as Type } from '../core/dtype';
import { ArgumentError, AxisError, DTypeError, ShapeError } from '../core/errors';
import { ConcreteArray, Value } from '../core/value';
import * as P from '../primitives';
import type {
  AnyTensor,
  AtArg,
  AtS,
  AxisOf,
  Dim,
  DType,
  DTypeOf,
  i32 as I32,
  Ix,
  Lazy,
  Replaced,
  Scalar,
  Shape,
  ShapeOf,
  SliceArg,
  TakeS,
  Tensor,
} from '../types';
import { checkAxis, checkCount } from './axes';
import { broadcastShapes, stretch } from './broadcasting';
import { checkDType } from './data';
import { describe, publish, valueFrom } from './tensor';
import { checkIndex, startsOf } from './windows';

/** Indices as i32. */
export const indicesOf = (name: string, x: unknown, argument = 'indices'): Value => {
  const v = valueFrom(x, name, argument);
  if (isInteger(v.dtype)) return P.convert(v, i32);
  throw new DTypeError(
    `${name}: ${argument} must be integers, got ${v.dtype.name}. ` +
      (v.dtype === bool
        ? 'Select with where(condition, x, y), or multiply by the mask.'
        : 'Make them with tensor([...], i32) or astype(indices, i32).'),
  );
};

interface Indices {
  /** Counted from the front. */
  readonly value: Value;
  /** Known to be in range, so that nothing needs filling. */
  readonly inside: boolean;
}

/** Negative indices counted from the end; those that are known and out of range are an error. */
const wrapped = (name: string, indices: Value, shape: readonly number[], axis: number): Indices => {
  const n = shape[axis] as number;
  if (n === 0 && indices.size > 0)
    throw new AxisError(`${name}: axis ${axis} of shape ${showShape(shape)} is empty, so there is nothing to index.`);
  const known = indices instanceof ConcreteArray ? indices.data : null;
  const bad = known?.find((i) => i < -n || i >= n);
  if (bad !== undefined)
    throw new AxisError(
      `${name}: index ${bad} is out of range for axis ${axis} of size ${n}, shape ${showShape(shape)} (indices ${-n}..${n - 1}).`,
    );
  if (known?.every((i) => i >= 0)) return { value: indices, inside: true };
  const isNegative = P.lt(indices, P.fullLike(indices, 0));
  return { value: P.selectN(isNegative, indices, P.add(indices, P.fullLike(indices, n))), inside: known !== null };
};

/** x[..., indices, ...] at one axis, as parameters of gather and scatter. */
const alongAxis = (shape: readonly number[], rankOfIndices: number, axis: number, inside: boolean): P.GatherParams => ({
  offsetDims: shape.flatMap((_, d) => (d === axis ? [] : [d < axis ? d : d + rankOfIndices - 1])),
  collapsedDims: [axis],
  indexMap: [axis],
  operandBatching: [],
  indicesBatching: [],
  windowSizes: shape.map((n, d) => (d === axis ? Math.min(1, n) : n)),
  outside: inside ? 'clip' : 'fill',
});

/**
 * Elements of one axis (the first) at integer indices: the axis is replaced by the axes of the indices.
 * Negative indices count from the end. Out of range: an error where the indices are known; NaN (the lowest integer,
 * false) where they are traced.
 *
 * @throws AxisError when a known index is out of range
 * @example
 * take(tensor([[1, 2], [3, 4], [5, 6]]), tensor([2, 0], i32)).toArray() // => [[5, 6], [1, 2]]
 * take(tensor([10, 20, 30]), tensor([-1], i32)).toArray() // => [30]
 */
export function take<S extends Shape, D extends DType, I extends Shape, const A extends number = 0>(
  x: Tensor<S, D>,
  indices: Tensor<I, I32>,
  axis?: A,
): Tensor<TakeS<S, I, A>, D> {
  atMost('take', arguments, 3);
  const v = valueFrom(x, 'take');
  const a = checkAxis('take', v.shape, axis ?? 0);
  const { value, inside } = wrapped('take', indicesOf('take', indices), v.shape, a);
  return publish(P.gather(v, P.reshape(value, [...value.shape, 1]), alongAxis(v.shape, value.ndim, a, inside)));
}

/**
 * x with updates added at indices of one axis (the first); the same index may occur several times.
 * Negative indices count from the end; traced indices out of range are dropped.
 *
 * @throws AxisError when a known index is out of range
 * @example
 * scatterAdd(zeros([3]), tensor([0, 2, 0], i32), tensor([1, 2, 3])).toArray() // => [4, 0, 2]
 */
export function scatterAdd<S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  indices: AnyTensor,
  updates: AnyTensor,
  axis?: AxisOf<S>,
): Tensor<S, D> {
  atMost('scatterAdd', arguments, 4);
  const v = valueFrom(x, 'scatterAdd');
  const a = checkAxis('scatterAdd', v.shape, axis ?? 0);
  const { value, inside } = wrapped('scatterAdd', indicesOf('scatterAdd', indices), v.shape, a);
  const u = P.convert(valueFrom(updates, 'scatterAdd', 'updates'), v.dtype);
  const wanted = [...v.shape.slice(0, a), ...value.shape, ...v.shape.slice(a + 1)];
  if (broadcastShapes('scatterAdd', wanted, u.shape).length !== wanted.length)
    throw new ShapeError(`scatterAdd: updates must have shape ${showShape(wanted)}, got ${showShape(u.shape)}.`);
  return publish(
    P.scatterAdd(
      v,
      P.reshape(value, [...value.shape, 1]),
      stretch(u, wanted),
      alongAxis(v.shape, value.ndim, a, inside),
    ),
  );
}

/**
 * x[..., indices[..., i, ...], ...]: indices for every line along an axis. The other axes must be those of the indices,
 * or 1.
 *
 * @throws AxisError when a known index is out of range; ShapeError when the other axes differ
 * @example
 * takeAlongAxis(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], i32), 1).toArray() // => [[2], [3]]
 */
export function takeAlongAxis<S extends Shape, D extends DType, I extends Shape>(
  x: Tensor<S, D>,
  indices: Tensor<I, I32>,
  axis: AxisOf<S>,
): Tensor<I, D> {
  atMost('takeAlongAxis', arguments, 3);
  const v = valueFrom(x, 'takeAlongAxis');
  const a = checkAxis('takeAlongAxis', v.shape, axis);
  const { value, inside } = wrapped('takeAlongAxis', indicesOf('takeAlongAxis', indices), v.shape, a);
  if (value.ndim !== v.ndim || v.shape.some((n, d) => d !== a && n !== 1 && n !== value.shape[d]))
    throw new ShapeError(
      `takeAlongAxis: indices of shape ${showShape(value.shape)} must have the axes of x ${showShape(v.shape)} but for axis ${a}. Use expandDims or broadcastTo.`,
    );
  const spread = stretch(
    v,
    v.shape.map((n, d) => (d === a ? n : (value.shape[d] as number))),
  );
  return publish(P.takeAlongAxis(spread, value, a, inside ? 'clip' : 'fill'));
}

/**
 * `size` elements of one axis from `start` on. A number may count from the end and must fit; a traced start is moved
 * inside, as in lax.dynamic_slice.
 *
 * @throws ShapeError when the slice does not fit
 * @example
 * slice(tensor([1, 2, 3, 4]), 0, 1, 2).toArray() // => [2, 3]
 * slice(tensor([1, 2, 3, 4]), 0, -2, 2).toArray() // => [3, 4]
 */
export function slice<X extends AnyTensor, const A extends AxisOf<ShapeOf<X>>, const N extends Dim>(
  x: X,
  axis: A,
  start: number | Scalar<I32>,
  size: SliceArg<ShapeOf<X>, A, N, Lazy<X>>,
): Tensor<Replaced<ShapeOf<X>, A, N>, DTypeOf<X>> {
  atMost('slice', arguments, 4);
  const v = valueFrom(x, 'slice');
  const a = checkAxis('slice', v.shape, axis);
  const [n, count] = [v.shape[a] as number, checkCount('slice', 'size', size)];
  // The commonest mistake is a stop in the place of the size.
  const instead = (from: number): string =>
    from >= 0 && from < count
      ? ` The arguments are slice(x, axis, start, size); from start to stop it is at(x, ${"':', ".repeat(a)}[${from}, ${count}]).`
      : '';
  const place = typeof start === 'number' ? start : 0;
  if (count > n)
    throw new ShapeError(
      `slice: size ${count} exceeds ${n} (axis ${a}) of shape ${showShape(v.shape)}.${instead(place)}`,
    );
  const given: unknown = start instanceof ConcreteArray && start.ndim === 0 ? start.numbers[0] : start;
  if (typeof given !== 'number') {
    const starts = startsOf(
      'slice',
      v.shape.map((_, d) => (d === a ? given : 0)),
    );
    return publish(
      P.dynamicSlice(
        v,
        starts,
        v.shape.map((m, d) => (d === a ? count : m)),
      ),
    );
  }
  const first = checkIndex('slice', given) < 0 ? given + n : given;
  if (first < 0 || first + count > n)
    throw new ShapeError(
      `slice: ${count} elements from ${given} on do not fit axis ${a} of size ${n}, shape ${showShape(v.shape)}.${instead(given)}`,
    );
  return publish(cut(v, a, first, first + count));
}

/** x[..., start:stop, ...] at one axis. */
export const cut = (x: Value, axis: number, start: number, stop: number): Value =>
  P.slice(
    x,
    x.shape.map((_, d) => (d === axis ? start : 0)),
    x.shape.map((n, d) => (d === axis ? stop : n)),
  );

/** One index of `at`, applied to axis `axis`; the axis is kept with size 1 where it will be dropped. */
const indexAxis = (x: Value, i: Ix, axis: number): Value => {
  const n = x.shape[axis] as number;
  const outside = (what: string): never => {
    throw new AxisError(
      `at: out of bounds of a dimension of size ${n}: ${what} at axis ${axis} of the tensor (${-n}..${n - 1}, slices 0..${n}).`,
    );
  };
  if (i === ':') return x;
  if (typeof i === 'number') {
    const place = checkIndex('at', i) < 0 ? i + n : i;
    return place < 0 || place >= n ? outside(`index ${i}`) : cut(x, axis, place, place + 1);
  }
  if (Array.isArray(i)) {
    if (i.length !== 2 || !i.every((e) => typeof e === 'number'))
      throw new ArgumentError(
        `at: a slice is [start, stop], two numbers; got [${i.join(', ')}]. For several indices use take.`,
      );
    const [start, stop] = i.map((e: number) => (checkIndex('at', e) < 0 ? e + n : e)) as [number, number];
    return start < 0 || stop > n || start > stop ? outside(`slice [${i.join(', ')}]`) : cut(x, axis, start, stop);
  }
  if (!((i as unknown) instanceof Value))
    throw new ArgumentError(
      `at: an index is a number, [start, stop], ':', '...', null or an integer scalar, got ${describe(i)}.`,
    );
  const index = indicesOf('at', i, 'an index');
  if (index.ndim !== 0)
    throw new ShapeError(
      `at: an index tensor must be a scalar, got shape ${showShape(index.shape)}. Use take(x, indices, ${axis}).`,
    );
  const { value, inside } = wrapped('at', index, x.shape, axis);
  return P.gather(x, P.reshape(value, [1, 1]), alongAxis(x.shape, 1, axis, inside));
};

/**
 * Indexing: a number (negative from the end) or integer scalar takes one element and drops the axis, [start, stop] cuts
 * a slice, ':' keeps an axis, '...' all axes up to the last indices, null inserts a new one.
 *
 * @throws AxisError when an index is out of bounds, or there are more indices than axes
 * @example
 * at(tensor([[1, 2, 3], [4, 5, 6]]), 1, [0, 2]).toArray() // => [4, 5]
 * at(tensor([[1, 2, 3], [4, 5, 6]]), '...', -1).toArray() // => [3, 6]
 */
export function at<S extends Shape, D extends DType, const I extends readonly Ix[]>(
  x: Tensor<S, D>,
  ...index: AtArg<S, I>
): Tensor<AtS<S, I>, D> {
  return publish(indexed(valueFrom(x, 'at'), index as readonly Ix[]));
}
const indexed = (x: Value, given: readonly Ix[]): Value => {
  const count = given.filter((i) => i !== null && i !== '...').length;
  if (count > x.ndim)
    throw new AxisError(`at: more indices than dimensions: ${count} for shape ${showShape(x.shape)}.`);
  const dots = given.indexOf('...');
  if (dots !== given.lastIndexOf('...')) throw new ArgumentError("at: '...' can occur only once.");
  const rest = new Array<Ix>(x.ndim - count).fill(':');
  const full = dots < 0 ? [...given, ...rest] : [...given.slice(0, dots), ...rest, ...given.slice(dots + 1)];
  // The axes of the result: one of x, or a new one of size 1.
  const kept: ('new' | number)[] = [];
  let value = x;
  let axis = 0;
  for (const i of full) {
    if (i === null) kept.push('new');
    else {
      value = indexAxis(value, i, axis);
      if (i === ':' || Array.isArray(i)) kept.push(axis);
      axis++;
    }
  }
  return P.reshape(
    value,
    kept.map((d) => (d === 'new' ? 1 : (value.shape[d] as number))),
  );
};

/**
 * A new last axis with 1 at the index and 0 elsewhere; all 0 for an index outside 0..classes - 1.
 *
 * @example
 * oneHot(tensor([0, 2], i32), 3).toArray() // => [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot<S extends Shape, const N extends Dim>(x: Tensor<S, I32>, classes: N): Tensor<[...S, N]>;
export function oneHot<S extends Shape, const N extends Dim, D extends DType>(
  x: Tensor<S, I32>,
  classes: N,
  dtype: D,
): Tensor<[...S, N], D>;
export function oneHot(x: unknown, classes: unknown, dtype?: unknown): AnyTensor {
  atMost('oneHot', arguments, 3);
  const v = indicesOf('oneHot', x, 'x');
  const result: Type = dtype === undefined ? f32 : checkDType('oneHot', dtype);
  const shape = [...v.shape, checkCount('oneHot', 'classes', classes)];
  const spread = P.broadcastInDim(
    v,
    shape,
    v.shape.map((_, d) => d),
  );
  return publish(P.convert(P.eq(spread, P.iota(shape, v.ndim, i32)), result));
}
