// fast-check arbitraries of shapes, tensors and trees of tensors.
import * as fc from 'fast-check';
import { publish } from '../src/array/tensor';
import { type Aval, sizeOf } from '../src/core/aval';
import { type DType, dtypes, f32, isFloat } from '../src/core/dtype';
import { arrayOf, type ConcreteArray } from '../src/core/value';
import type { Tensor } from '../src/types';
import { type Domain, standard } from './domains';

/** Bounds of an arbitrary shape. */
export interface ShapeOptions {
  readonly minRank?: number;
  readonly maxRank?: number;
  /** The smallest size of an axis: 0 unless given. */
  readonly min?: number;
  /** The largest size of an axis: 3 unless given. */
  readonly max?: number;
}

/** The size of an axis: 0 and 1 appear often where they are allowed. */
export const dim = (min = 0, max = 3): fc.Arbitrary<number> => {
  const special = [0, 1].filter((n) => n >= min && n <= max);
  const any = fc.integer({ min, max });
  return special.length === 0
    ? any
    : fc.oneof({ weight: 5, arbitrary: any }, { weight: 1, arbitrary: fc.constantFrom(...special) });
};

/**
 * A shape: rank 0 to 4 and sizes 0 to 3 unless told otherwise.
 *
 * @example
 * fc.sample(shape({ minRank: 1, maxRank: 2 }), 3) // such as [3], [0, 2], [1]
 */
export const shape = ({ minRank = 0, maxRank = 4, min = 0, max = 3 }: ShapeOptions = {}): fc.Arbitrary<number[]> =>
  fc.array(dim(min, max), { minLength: minRank, maxLength: maxRank });

/** A tensor of this shape and dtype with elements from the domain; shrinks element by element. */
export const tensorOf = ({ shape, dtype }: Aval, domain: Domain = standard): fc.Arbitrary<ConcreteArray> => {
  const size = sizeOf(shape);
  return domain(dtype, size).map((elements) => arrayOf(shape, dtype, elements));
};

export const dtype: fc.Arbitrary<DType> = fc.constantFrom(...dtypes);
export const floatType: fc.Arbitrary<DType> = fc.constantFrom(...dtypes.filter(isFloat));

/** A tensor of any shape and dtype. */
export const anyTensor = (options: ShapeOptions = {}, domain: Domain = standard): fc.Arbitrary<ConcreteArray> =>
  fc.tuple(shape(options), dtype).chain(([shape, dtype]) => tensorOf({ shape, dtype }, domain));

/** A tree of objects, arrays and empty nodes with items of `leaf` at its leaves. */
export const treeOf = <T>(leaf: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.constantFrom(null, undefined),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('w', 'b', 'scale', 'a key', '0', '__x'), tie('tree'), { maxKeys: 3 }),
    ),
  })).tree;

export interface TensorOptions<D extends DType> {
  /** f32 unless given. */
  readonly dtype?: D;
  /** Where the elements come from: 3 randn unless given. */
  readonly domain?: Domain;
}

/**
 * A tensor of this shape, as a user has it; put several into `fc.record` and `fc.tuple` for trees.
 *
 * @example
 * const params = fc.record({ w: tensor([3, 2]), b: tensor([2], { dtype: f64, domain: domains.positive }) });
 */
export const tensor = <const S extends readonly number[], D extends DType = f32>(
  shape: S,
  options: TensorOptions<D> = {},
): fc.Arbitrary<Tensor<[...S], D>> =>
  tensorOf({ shape: [...shape], dtype: options.dtype ?? f32 }, options.domain ?? standard).map(
    (x) => publish(x) as Tensor<[...S], D>,
  );
