// Where in a sequence something stands.

import {
  type AnyTensor,
  type Dim,
  type DType,
  f32,
  f64,
  type i32,
  type Scalar,
  type Shape,
  ShapeError,
  type Tensor,
  tensor,
} from '../index';
import type { Key } from '../random';
import {
  add,
  arange,
  astype,
  atMost,
  composed,
  concatenate,
  cos,
  knownOptions,
  mul,
  neg,
  reshape,
  sin,
  slice,
} from '../untyped';
import { type Initialiser, normal } from './initialisers';

/** position · base^(-2i / features) for i = 0 ... features / 2 - 1: [length, features / 2]. */
const angles = (name: string, positions: AnyTensor, features: number, base: number, dtype: DType): AnyTensor => {
  if (features % 2 !== 0) throw new ShapeError(`${name}: the number of features must be even, got ${features}.`);
  const rates = Array.from({ length: features / 2 }, (_, i) => base ** ((-2 * i) / features));
  return mul(reshape(astype(positions, dtype), [-1, 1]), tensor(rates, dtype));
};
const positionsFrom = (offset: number | Scalar<i32>, length: number): AnyTensor => add(arange(length), offset);

/**
 * sin and cos of position · 10000^(-2i / features), the sines first: [length, features] (Vaswani et al., 2017).
 *
 * @throws ShapeError when the number of features is odd
 * @example
 * sinusoidalPositions(2, 4).at(0).toArray() // => [0, 0, 1, 1]
 */
export const sinusoidalPositions = /* @__PURE__ */ composed(function <const T extends Dim, const F extends Dim>(
  length: T,
  features: F,
): Tensor<[T, F]> {
  atMost('sinusoidalPositions', arguments, 2);
  const phases = angles('sinusoidalPositions', arange(length), features, 10000, f32);
  return concatenate([sin(phases), cos(phases)], -1);
});

/** A row for each position. */
export interface Positions<T extends Dim, F extends Dim> {
  readonly table: Tensor<[T, F]>;
}
/**
 * Rows from a normal distribution of standard deviation 0.02 unless another is given.
 *
 * @example
 * initPositions(random.key(0), { length: 16, features: 8 }).table.shape // => [16, 8]
 */
export const initPositions = /* @__PURE__ */ composed(function <const T extends Dim, const F extends Dim>(
  key: Key,
  options: { readonly length: T; readonly features: F; readonly weight?: Initialiser },
): Positions<T, F> {
  atMost('initPositions', arguments, 2);
  const {
    length,
    features,
    weight = normal(0.02),
  } = knownOptions('initPositions', options, ['length', 'features', 'weight']);
  return { table: weight(key, [length, features]) };
});
/**
 * x + the rows of its positions, from `offset` on: learned positions of at most as many as there are rows.
 *
 * @throws ShapeError for a longer sequence
 * @example
 * addPositions({ table: tensor([[1], [2], [3]]) })(zeros([2, 1])).toArray() // => [[1], [2]]
 */
export const addPositions = /* @__PURE__ */ composed(function <M extends Dim, F extends Dim>(
  { table }: Positions<M, F>,
  options: { readonly offset?: number | Scalar<i32> } = {},
) {
  atMost('addPositions', arguments, 2);
  const { offset = 0 } = knownOptions('addPositions', options, ['offset']);
  return <N extends Shape, T extends Dim>(x: Tensor<[...N, T, F]>): Tensor<[...N, T, F]> => {
    const length = x.shape[x.ndim - 2] as number;
    const rows = table.shape[0] as number;
    if (length > rows) throw new ShapeError(`addPositions: a sequence of ${length}, but ${rows} positions.`);
    return add(x, slice(table, 0, offset, length));
  };
});

export interface RotaryOptions {
  /** 10000 by default. */
  readonly base?: number;
  /** The position of the first element, 0 by default. */
  readonly offset?: number | Scalar<i32>;
}
/**
 * Rotary positions: features i and i + F/2 of x [...N, T, F] are turned by the angle position · base^(-2i / F), so that
 * products of two vectors depend on the distance of their positions only (Su et al., "RoFormer", 2021).
 *
 * @throws ShapeError when the number of features is odd
 * @example
 * rotary()(tensor([[1, 0], [1, 0]])).at(0).toArray() // => [1, 0]
 */
export const rotary = /* @__PURE__ */ composed(function (options: RotaryOptions = {}) {
  atMost('rotary', arguments, 1);
  const { base = 10000, offset = 0 } = knownOptions('rotary', options, ['base', 'offset']);
  return <N extends Shape, T extends Dim, F extends Dim>(x: Tensor<[...N, T, F]>): Tensor<[...N, T, F]> => {
    const v: AnyTensor = x;
    const [length, features] = [v.shape[v.ndim - 2] as number, v.shape[v.ndim - 1] as number];
    const phases = angles('rotary', positionsFrom(offset, length), features, base, v.dtype === f64 ? f64 : f32);
    const [c, s] = [cos(phases), sin(phases)];
    const half = features / 2;
    const [a, b] = [slice(v, -1, 0, half), slice(v, -1, half, half)];
    const turn = (p: AnyTensor, q: AnyTensor): AnyTensor => add(mul(p, c), mul(q, s));
    return concatenate([turn(a, neg(b)), turn(b, a)], -1);
  };
});
