// Where in a sequence something stands.

import { atMost, knownOptions } from '../core/arguments';
import { composed } from '../core/composed';
import {
  type AnyTensor,
  add,
  arange,
  astype,
  concatenate,
  cos,
  type Dim,
  type DType,
  f32,
  f64,
  type i32,
  mul,
  neg,
  reshape,
  type Scalar,
  type Shape,
  ShapeError,
  sin,
  slice,
  type Tensor,
  tensor,
} from '../index';
import type { Key } from '../random';
import { type Initialiser, normal } from './initialisers';

/** position · base^(-2i / features) for i = 0 ... features / 2 - 1: [length, features / 2]. */
const angles = (name: string, positions: AnyTensor, features: number, base: number, dtype: DType): AnyTensor => {
  if (features % 2 !== 0) throw new ShapeError(`${name}: the number of features must be even, got ${features}.`);
  const rates = Array.from({ length: features / 2 }, (_, i) => base ** ((-2 * i) / features));
  return mul(reshape(astype(positions, dtype) as AnyTensor, [-1, 1]) as AnyTensor, tensor(rates, dtype) as AnyTensor);
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
  const phases = angles('sinusoidalPositions', arange(length) as AnyTensor, features, 10000, f32);
  const waves: AnyTensor = concatenate([sin(phases), cos(phases)] as AnyTensor[], -1);
  return waves;
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
    const y: AnyTensor = add(x as AnyTensor, slice(table as AnyTensor, 0, offset, length) as AnyTensor);
    return y;
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
    const [length, features] = v.shape.slice(-2) as unknown as readonly [number, number];
    const phases = angles('rotary', positionsFrom(offset, length), features, base, v.dtype === f64 ? f64 : f32);
    const [c, s]: readonly AnyTensor[] = [cos(phases), sin(phases)];
    const half = features / 2;
    const [a, b]: readonly AnyTensor[] = [slice(v, -1, 0, half), slice(v, -1, half, half)];
    const turn = (p: AnyTensor, q: AnyTensor): AnyTensor => add(mul(p, c as AnyTensor), mul(q, s as AnyTensor));
    const y: AnyTensor = concatenate(
      [turn(a as AnyTensor, neg(b as AnyTensor)), turn(b as AnyTensor, a as AnyTensor)],
      -1,
    );
    return y;
  };
});
