// Tensors from data, and tensors of repeated or regular numbers.
import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { f32, i32 } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import { arrayOf, Value } from '../core/value';
import { add, convert, eq, full as fill, ge, iota, reshape } from '../primitives';
import type { DType as AnyDType, AnyTensor, Dim, Grids, Shape, Tensor } from '../types';
import { checkCount, checkShape } from './axes';
import { stretch } from './broadcasting';
import { checkDType, storer } from './data';
import { create, describe, publish, valueFrom } from './tensor';

interface Fill {
  <const S extends Shape>(shape: readonly [...S]): Tensor<S>;
  <const S extends Shape, D extends AnyDType>(shape: readonly [...S], dtype: D): Tensor<S, D>;
}

const filled = (name: string, shape: unknown, x: unknown, dtype: unknown): AnyTensor => {
  const checked = checkShape(name, shape);
  const d = dtype === undefined ? f32 : checkDType(name, dtype);
  if (x instanceof Value) {
    if (x.ndim !== 0)
      throw new ShapeError(`${name}: the value must be a number or a scalar, got shape ${showShape(x.shape)}.`);
    return publish(stretch(convert(x, d), checked));
  }
  if (typeof x !== 'number') throw new ArgumentError(`${name}: the value must be a number, got ${describe(x)}.`);
  const element = storer(name, d)(x);
  return create(() => fill(checked, d, element));
};

/**
 * Zeros; f32 unless a dtype is given.
 *
 * @example
 * zeros([2, 3]).toArray() // => [[0, 0, 0], [0, 0, 0]]
 * zeros([2], bool).toArray() // => [false, false]
 */
export const zeros: Fill = function (shape: unknown, dtype?: unknown) {
  atMost('zeros', arguments, 2);
  return filled('zeros', shape, 0, dtype);
};

/**
 * Ones; f32 unless a dtype is given.
 *
 * @example
 * ones([3], i32).toArray() // => [1, 1, 1]
 */
export const ones: Fill = function (shape: unknown, dtype?: unknown) {
  atMost('ones', arguments, 2);
  return filled('ones', shape, 1, dtype);
};

/**
 * One number, repeated; f32 unless a dtype is given.
 *
 * @throws DTypeError when the number is no value of the dtype
 * @example
 * full([2, 2], 7).toArray() // => [[7, 7], [7, 7]]
 */
export function full<const S extends Shape>(shape: readonly [...S], value: number): Tensor<S>;
export function full<const S extends Shape, D extends AnyDType>(
  shape: readonly [...S],
  value: number,
  dtype: D,
): Tensor<S, D>;
export function full(shape: unknown, value: unknown, dtype?: unknown): AnyTensor {
  atMost('full', arguments, 3);
  return filled('full', shape, value, dtype);
}

type Like = <S extends Shape, D extends AnyDType>(x: Tensor<S, D>) => Tensor<S, D>;

/**
 * Zeros of the shape and dtype of x.
 *
 * @example
 * zerosLike(tensor([1, 2])).toArray() // => [0, 0]
 */
export const zerosLike: Like = function (x) {
  atMost('zerosLike', arguments, 1);
  return fullLike(x, 0);
};

/**
 * Ones of the shape and dtype of x.
 *
 * @example
 * onesLike(tensor([[5]], i32)).toArray() // => [[1]]
 */
export const onesLike: Like = function (x) {
  atMost('onesLike', arguments, 1);
  return fullLike(x, 1);
};

/**
 * One number repeated, of the shape and dtype of x.
 *
 * @example
 * fullLike(tensor([1, 2]), 0.5).toArray() // => [0.5, 0.5]
 */
export function fullLike<S extends Shape, D extends AnyDType>(x: Tensor<S, D>, value: number): Tensor<S, D> {
  atMost('fullLike', arguments, 2);
  const like = valueFrom(x, 'fullLike');
  return filled('fullLike', like.shape, value, like.dtype);
}

/**
 * The matrix with ones on a diagonal: the main one, or the one `offset` above it.
 *
 * @example
 * eye(2).toArray() // => [[1, 0], [0, 1]]
 * eye(2, 3, { offset: 1 }).toArray() // => [[0, 1, 0], [0, 0, 1]]
 */
export function eye<const N extends Dim>(n: N): Tensor<[N, N]>;
export function eye<const N extends Dim, const M extends Dim = N, D extends AnyDType = f32>(
  n: N,
  m: M,
  options?: { readonly offset?: number; readonly dtype?: D },
): Tensor<[N, M], D>;
export function eye(
  n: unknown,
  m: unknown = n,
  options: { readonly offset?: number; readonly dtype?: AnyDType } = {},
): AnyTensor {
  atMost('eye', arguments, 3);
  knownOptions('eye', options, ['offset', 'dtype']);
  const shape = checkShape('eye', [n, m]);
  const dtype = checkDType('eye', options.dtype ?? f32);
  return create(() => {
    const offset = fill(shape, i32, options.offset ?? 0);
    return convert(eq(add(iota(shape, 0, i32), offset), iota(shape, 1, i32)), dtype);
  });
}

/**
 * The matrix with ones at and below a diagonal.
 *
 * @example
 * tri(2, 3).toArray() // => [[1, 0, 0], [1, 1, 0]]
 */
export function tri<const N extends Dim, const M extends Dim = N>(n: N, m?: M, offset = 0): Tensor<[N, M]> {
  atMost('tri', arguments, 3);
  const shape = checkShape('tri', [n, m ?? n]);
  return create(() => convert(ge(add(iota(shape, 0, i32), fill(shape, i32, offset)), iota(shape, 1, i32)), f32));
}

/**
 * 0, 1, ... n - 1 as i32; with a stop and a step, start + i · step for as many i as stay before stop.
 *
 * @example
 * arange(3).toArray() // => [0, 1, 2]
 * arange(1, 2, { step: 0.25, dtype: f32 }).toArray() // => [1, 1.25, 1.5, 1.75]
 */
export function arange<const N extends Dim>(n: N): Tensor<[N], i32>;
export function arange<D extends AnyDType = i32>(
  start: number,
  stop: number,
  options?: { readonly step?: number; readonly dtype?: D },
): Tensor<[number], D>;
export function arange(
  first: number,
  last?: number,
  options: { readonly step?: number; readonly dtype?: AnyDType } = {},
): AnyTensor {
  atMost('arange', arguments, 3);
  const { step = 1, dtype } = knownOptions('arange', options, ['step', 'dtype']);
  if (last === undefined) {
    const n = checkCount('arange', 'n', first);
    return create(() => iota([n], 0, i32));
  }
  if (![first, last, step].every(Number.isFinite) || step === 0)
    throw new ArgumentError(
      `arange: start, stop and step must be finite and step not 0, got ${first}, ${last}, ${step}.`,
    );
  const d = checkDType('arange', dtype ?? i32);
  const [n] = checkShape('arange', [Math.max(0, Math.ceil((last - first) / step))]) as readonly [number];
  const store = storer('arange', d);
  const numbers = new Float64Array(n);
  for (let i = 0; i < n; i++) numbers[i] = store(first + i * step);
  return publish(arrayOf([n], d, numbers));
}

/**
 * n numbers at equal distances from start to stop, both included.
 *
 * @example
 * linspace(0, 1, 5).toArray() // => [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace<const N extends Dim>(start: number, stop: number, n: N): Tensor<[N]> {
  atMost('linspace', arguments, 3);
  const size = checkCount('linspace', 'n', n);
  if (!Number.isFinite(start) || !Number.isFinite(stop))
    throw new ArgumentError(`linspace: start and stop must be finite, got ${start} and ${stop}.`);
  const number = (i: number): number =>
    i === size - 1 && size > 1 ? stop : start + (i * (stop - start)) / Math.max(1, size - 1);
  return publish(
    arrayOf(
      [size],
      f32,
      Float64Array.from({ length: size }, (_, i) => number(i)),
    ),
  );
}

/**
 * The coordinate tensors of a grid: one for each vector, all of shape [n0, n1, ...] ('ij' order).
 *
 * @example
 * meshgrid(arange(2), arange(3))[1].toArray() // => [[0, 1, 2], [0, 1, 2]]
 */
export function meshgrid<const Xs extends readonly AnyTensor[]>(...xs: Xs): Grids<Xs>;
export function meshgrid(...xs: readonly AnyTensor[]): AnyTensor[] {
  const values = xs.map((x, i) => valueFrom(x, 'meshgrid', `operand ${i}`));
  for (const v of values)
    if (v.ndim !== 1)
      throw new ShapeError(`meshgrid: expected vectors, got shape ${showShape(v.shape)}. Use ravel(x).`);
  const shape = values.map((v) => v.size);
  return values.map((v, d) => publish(stretch(reshape(v, [v.size, ...shape.slice(d + 1).map(() => 1)]), shape)));
}
