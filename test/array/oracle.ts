// Tensors as lists of numbers, and arbitraries of shapes: what the property tests compare with.
import { type AnyTensor, type DType, f32, reshape, tensor } from 'adjoint';
import * as fc from 'fast-check';

export interface Plain {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

export const make = ({ shape, data }: Plain, dtype: DType = f32): AnyTensor =>
  reshape(tensor([...data], dtype), [...shape]) as AnyTensor;

export const plain = (x: AnyTensor): Plain => ({
  shape: [...x.shape],
  data: Array.from(x.toTypedArray(), Number),
});

/** Every multi-index of a shape, in row-major order. */
export const indices = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);

export const offsetOf = (shape: readonly number[], at: readonly number[]): number =>
  shape.reduce((offset, n, d) => offset * n + (at[d] as number), 0);

export const read = (x: Plain, at: readonly number[]): number => x.data[offsetOf(x.shape, at)] as number;

/** A tensor from its elements. */
export const build = (shape: readonly number[], element: (at: readonly number[]) => number): Plain => ({
  shape,
  data: indices(shape).map(element),
});

export const shapes = (options: { readonly min?: number; readonly max?: number } = {}): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 4 }), { minLength: options.min ?? 0, maxLength: options.max ?? 4 });

/** Small integers, so that sums and products are exact. */
export const filled = (shape: readonly number[]): fc.Arbitrary<Plain> =>
  fc
    .array(fc.integer({ min: -9, max: 9 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((data) => ({ shape, data }));

export const tensors = (options: { readonly min?: number; readonly max?: number } = {}): fc.Arbitrary<Plain> =>
  shapes(options).chain(filled);

/** A tensor and one of its axes, maybe negative. */
export const withAxis = (options: { readonly max?: number } = {}): fc.Arbitrary<readonly [Plain, number]> =>
  tensors({ min: 1, ...options }).chain((x) =>
    fc.integer({ min: -x.shape.length, max: x.shape.length - 1 }).map((axis) => [x, axis] as const),
  );
export const fromFront = (x: Plain, axis: number): number => (axis < 0 ? axis + x.shape.length : axis);

/** The lines along an axis: for every place of the other axes, a function that reads element i. */
export const lines = (x: Plain, axis: number): { readonly at: number[]; readonly line: number[] }[] => {
  const a = fromFront(x, axis);
  return indices(x.shape.filter((_, d) => d !== a)).map((at) => ({
    at,
    line: Array.from({ length: x.shape[a] as number }, (_, i) => read(x, [...at.slice(0, a), i, ...at.slice(a)])),
  }));
};
/** The tensor whose lines along an axis are given. */
export const fromLines = (shape: readonly number[], axis: number, all: readonly (readonly number[])[]): Plain => {
  const a = axis < 0 ? axis + shape.length : axis;
  const rest = shape.filter((_, d) => d !== a);
  return build(
    shape,
    (at) =>
      all[
        offsetOf(
          rest,
          at.filter((_, d) => d !== a),
        )
      ]?.[at[a] as number] as number,
  );
};
