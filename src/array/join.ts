// Joining tensors, cutting them apart, and repeating them.
import { atMost } from '../core/arguments';
import { sameShape, showShape } from '../core/aval';
import { ArgumentError, AxisError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type {
  AnyTensor,
  ArraySplitOut,
  AxisOf,
  ConcatCheck,
  ConcatOut,
  Dim,
  DimAt,
  DType,
  FirstAxis,
  InsertAxisOf,
  JoinD,
  Lazy,
  Mul,
  Removed,
  Replaced,
  Shape,
  ShapeOf,
  SplitArg,
  SplitOut,
  StackCheck,
  StackS,
  Tensor,
  TileS,
} from '../types';
import { checkAxis, checkCount, checkNewAxis } from './axes';
import { commonDType } from './broadcasting';
import { cut } from './indexing';
import { describe, publish, valueFrom } from './tensor';

/** The tensors of a list, brought to one dtype. */
const listOf = (name: string, xs: unknown): readonly Value[] => {
  if (!Array.isArray(xs))
    throw new ArgumentError(`${name}: expected an array of tensors, got ${describe(xs)}. Write ${name}([x, y]).`);
  if (xs.length === 0) throw new ShapeError(`${name}: there is nothing to join; give at least one tensor.`);
  const values = xs.map((x: unknown, i) => valueFrom(x, name, `element ${i}`));
  const dtype = commonDType(values);
  return values.map((v) => P.convert(v, dtype));
};

/**
 * Tensors one after the other along an axis (the first); dtypes are promoted.
 *
 * @throws ShapeError when shapes differ outside the axis
 * @example
 * concatenate([tensor([[1], [2]]), tensor([[3], [4]])], 1).toArray() // => [[1, 3], [2, 4]]
 */
export function concatenate<
  const Xs extends readonly AnyTensor[],
  const A extends AxisOf<ShapeOf<Xs[0]>> = FirstAxis<Xs>,
>(xs: readonly [...Xs] & ConcatCheck<Xs, A>, axis?: A): Tensor<ConcatOut<Xs, A>, JoinD<Xs>> {
  atMost('concatenate', arguments, 2);
  const values = listOf('concatenate', xs);
  const { shape } = values[0] as Value;
  const a = checkAxis('concatenate', shape, axis ?? 0);
  for (const [i, v] of values.entries())
    if (v.ndim !== shape.length || v.shape.some((n, d) => d !== a && n !== shape[d]))
      throw new ShapeError(
        `concatenate: shapes differ outside axis ${axis ?? 0}: ${showShape(shape)} and ${showShape(v.shape)} (element ${i}).` +
          (v.ndim < shape.length ? ` Give element ${i} the missing axis with expandDims.` : ''),
      );
  return publish(P.concatenate(values, a));
}

/**
 * Tensors of one shape along a new axis (the first); dtypes are promoted.
 *
 * @throws ShapeError when shapes differ
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]).toArray() // => [[1, 2], [3, 4]]
 * stack([tensor([1, 2]), tensor([3, 4])], -1).toArray() // => [[1, 3], [2, 4]]
 */
export function stack<
  const Xs extends readonly AnyTensor[],
  const A extends InsertAxisOf<ShapeOf<Xs[0]>> = InsertAxisOf<ShapeOf<Xs[0]>> & 0,
>(xs: readonly [...Xs] & StackCheck<Xs>, axis?: A): Tensor<StackS<Xs, A>, JoinD<Xs>> {
  atMost('stack', arguments, 2);
  const values = listOf('stack', xs);
  const { shape } = values[0] as Value;
  for (const [i, v] of values.entries())
    if (!sameShape(v.shape, shape))
      throw new ShapeError(
        `stack: shapes differ: ${showShape(shape)} and ${showShape(v.shape)} (element ${i}). To join along an axis they have use concatenate.`,
      );
  const a = checkNewAxis('stack', shape, axis ?? 0);
  const layer = [...shape.slice(0, a), 1, ...shape.slice(a)];
  return publish(
    P.concatenate(
      values.map((v) => P.reshape(v, layer)),
      a,
    ),
  );
}

/**
 * The layers along an axis (the first), without it: the inverse of stack.
 *
 * @example
 * unstack(tensor([[1, 2], [3, 4]])).map((row) => row.toArray()) // => [[1, 2], [3, 4]]
 */
export function unstack<S extends Shape, D extends DType, const A extends AxisOf<S> = AxisOf<S> & 0>(
  x: Tensor<S, D>,
  axis?: A,
): Tensor<Removed<S, A>, D>[] {
  atMost('unstack', arguments, 2);
  const v = valueFrom(x, 'unstack');
  const a = checkAxis('unstack', v.shape, axis ?? 0);
  const layer = v.shape.filter((_, d) => d !== a);
  return Array.from({ length: v.shape[a] as number }, (_, i) => publish(P.reshape(cut(v, a, i, i + 1), layer)));
}

/**
 * An axis (the first) in equal parts, or cut at places.
 *
 * @throws ShapeError when the axis is not divisible; AxisError when the places are not increasing or out of range
 * @example
 * split(tensor([1, 2, 3, 4]), 2).map((x) => x.toArray()) // => [[1, 2], [3, 4]]
 * split(tensor([1, 2, 3, 4]), [1, 3]).map((x) => x.toArray()) // => [[1], [2, 3], [4]]
 */
export function split<
  X extends AnyTensor,
  const N extends Dim | readonly Dim[],
  const A extends AxisOf<ShapeOf<X>> = AxisOf<ShapeOf<X>> & 0,
>(x: X, parts: SplitArg<ShapeOf<X>, N, A, Lazy<X>>, axis?: A): SplitOut<X, N, A>;
export function split(x: unknown, parts: unknown, axis: unknown = 0): AnyTensor[] {
  atMost('split', arguments, 3);
  const v = valueFrom(x, 'split');
  const a = checkAxis('split', v.shape, axis);
  return cutAt(v, a, Array.isArray(parts) ? placesToCut('split', v, a, parts) : equalParts(v, a, parts));
}

/**
 * An axis (the first) in parts that differ by at most one element, the larger ones first; or cut at places, as by split.
 *
 * @example
 * arraySplit(tensor([1, 2, 3, 4, 5]), 3).map((x) => x.toArray()) // => [[1, 2], [3, 4], [5]]
 */
export function arraySplit<
  X extends AnyTensor,
  const N extends Dim | readonly Dim[],
  const A extends AxisOf<ShapeOf<X>> = AxisOf<ShapeOf<X>> & 0,
>(x: X, parts: N, axis?: A): ArraySplitOut<X, N, A>;
export function arraySplit(x: unknown, parts: unknown, axis: unknown = 0): AnyTensor[] {
  atMost('arraySplit', arguments, 3);
  const v = valueFrom(x, 'arraySplit');
  const a = checkAxis('arraySplit', v.shape, axis);
  return cutAt(v, a, Array.isArray(parts) ? placesToCut('arraySplit', v, a, parts) : unequalParts(v, a, parts));
}

const cutAt = (x: Value, axis: number, places: readonly number[]): AnyTensor[] =>
  places.map((start, i) => publish(cut(x, axis, start, places[i + 1] ?? (x.shape[axis] as number))));
const equalParts = (x: Value, axis: number, parts: unknown): number[] => {
  const n = x.shape[axis] as number;
  const count = checkCount('split', 'the number of parts', parts);
  if (count === 0 || n % count !== 0)
    throw new ShapeError(
      `split: ${n} (axis ${axis}) is not divisible by ${count}, shape ${showShape(x.shape)}. Give the places to cut at, split(x, [a, b]), or use arraySplit.`,
    );
  return Array.from({ length: count }, (_, i) => (i * n) / count);
};
const unequalParts = (x: Value, axis: number, parts: unknown): number[] => {
  const n = x.shape[axis] as number;
  const count = checkCount('arraySplit', 'the number of parts', parts);
  if (count === 0) throw new ArgumentError('arraySplit: the number of parts must be at least 1, got 0.');
  const [size, larger] = [Math.floor(n / count), n % count];
  return Array.from({ length: count }, (_, i) => i * size + Math.min(i, larger));
};
const placesToCut = (name: string, x: Value, axis: number, places: readonly unknown[]): number[] => {
  const n = x.shape[axis] as number;
  const checked = [0, ...places.map((p) => checkCount(name, 'a place', p))];
  if (checked.some((p, i) => p > n || p < (checked[i - 1] ?? 0)))
    throw new AxisError(
      `${name}: places [${places.join(', ')}] must increase and lie within axis ${axis} of size ${n}.`,
    );
  return checked;
};

/**
 * The whole tensor repeated, a count for each axis; missing counts in front are 1, and so are missing axes.
 *
 * @example
 * tile(tensor([1, 2]), [2, 2]).toArray() // => [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile<S extends Shape, D extends DType, const C extends Dim | readonly Dim[]>(
  x: Tensor<S, D>,
  counts: C,
): Tensor<TileS<S, C>, D> {
  atMost('tile', arguments, 2);
  const v = valueFrom(x, 'tile');
  const given = (Array.isArray(counts) ? counts : [counts]).map((n: unknown) => checkCount('tile', 'a count', n));
  const rank = Math.max(v.ndim, given.length);
  const pad = (list: readonly number[]): number[] => [...new Array<number>(rank - list.length).fill(1), ...list];
  const [shape, times] = [pad(v.shape), pad(given)];
  const spread = P.broadcastInDim(
    v,
    shape.flatMap((n, d) => [times[d] as number, n]),
    v.shape.map((_, d) => 2 * (rank - v.ndim + d) + 1),
  );
  return publish(
    P.reshape(
      spread,
      shape.map((n, d) => n * (times[d] as number)),
    ),
  );
}

/**
 * Every element repeated in place along an axis.
 *
 * @example
 * repeat(tensor([1, 2]), 2, 0).toArray() // => [1, 1, 2, 2]
 */
export function repeat<S extends Shape, D extends DType, const N extends Dim, const A extends AxisOf<S>>(
  x: Tensor<S, D>,
  count: N,
  axis: A,
): Tensor<Replaced<S, A, Mul<DimAt<S, A>, N>>, D> {
  atMost('repeat', arguments, 3);
  const v = valueFrom(x, 'repeat');
  const a = checkAxis('repeat', v.shape, axis);
  const times = checkCount('repeat', 'count', count);
  const spread = P.broadcastInDim(
    v,
    [...v.shape.slice(0, a + 1), times, ...v.shape.slice(a + 1)],
    v.shape.map((_, d) => (d <= a ? d : d + 1)),
  );
  return publish(
    P.reshape(
      spread,
      v.shape.map((n, d) => (d === a ? n * times : n)),
    ),
  );
}
