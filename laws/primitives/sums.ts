// Calls of the primitives that combine elements: contractions, convolutions, reductions, windows, sorting.
import * as fc from 'fast-check';
import { type DType, dtypes, f64, i32, isFloat } from '../../src/core/dtype';
import { dim, shape } from '../arbitraries';
import { type Generator, isSmall, operand } from '../call';
import { apart, between, type Domain, someEqual, standard, uniform } from '../domains';

const floats = dtypes.filter(isFloat);
const numbers = dtypes.filter((d) => d.kind !== 'bool');

/** Axes are drawn as one of four roles and shuffled into either operand. */
const dotGeneral: Generator = {
  dtypes: numbers,
  spec: (dtype) =>
    fc
      .oneof(
        {
          weight: 8,
          arbitrary: fc.record({
            batch: fc.array(dim(0, 3), { maxLength: 2 }),
            contract: fc.array(dim(0, 3), { maxLength: 2 }),
            left: fc.array(dim(0, 3), { maxLength: 2 }),
            right: fc.array(dim(0, 3), { maxLength: 2 }),
          }),
        },
        // Larger than the tiles of a compiled product, and not a multiple of them.
        { weight: 1, arbitrary: fc.constant({ batch: [], contract: [19], left: [21], right: [17] }) },
        { weight: 1, arbitrary: fc.constant({ batch: [2], contract: [37], left: [5], right: [] }) },
      )
      .chain((sizes) => {
        const { batch, contract, left, right } = sizes;
        const order = (free: readonly number[]) => {
          const n = batch.length + contract.length + free.length;
          const axes = Array.from({ length: n }, (_, i) => i);
          return fc.shuffledSubarray(axes, { minLength: n, maxLength: n });
        };
        return fc.tuple(fc.constant(sizes), order(left), order(right));
      })
      .map(([{ batch, contract, left, right }, leftOrder, rightOrder]) => {
        // Axis i of (batch, contract, free) is put at order[i].
        const place = (free: readonly number[], order: readonly number[]) => {
          const sizes = [...batch, ...contract, ...free];
          const placed = new Array<number>(sizes.length);
          order.forEach((at, i) => {
            placed[at] = sizes[i] as number;
          });
          return placed;
        };
        return {
          args: [operand(place(left, leftOrder), dtype), operand(place(right, rightOrder), dtype)],
          params: {
            lhsContract: leftOrder.slice(batch.length, batch.length + contract.length),
            rhsContract: rightOrder.slice(batch.length, batch.length + contract.length),
            lhsBatch: leftOrder.slice(0, batch.length),
            rhsBatch: rightOrder.slice(0, batch.length),
          },
        };
      }),
  linear: () => [[0], [1]],
};

const convolution: Generator = {
  dtypes: floats,
  spec: (dtype) =>
    fc
      .record({
        space: fc.array(
          fc.record({
            input: dim(0, 4),
            kernel: dim(1, 3),
            stride: fc.integer({ min: 1, max: 3 }),
            padding: fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 })),
            lhsDilation: fc.integer({ min: 1, max: 2 }),
            rhsDilation: fc.integer({ min: 1, max: 2 }),
          }),
          { maxLength: 2 },
        ),
        batch: dim(0, 2),
        channels: dim(0, 2),
        features: dim(0, 2),
        groups: fc.constantFrom(1, 1, 2, 3),
        byBatch: fc.boolean(),
      })
      .map(({ space, batch, channels, features, groups, byBatch }) => ({
        args: [
          operand(
            [byBatch ? batch * groups : batch, ...space.map((d) => d.input), byBatch ? channels : channels * groups],
            dtype,
          ),
          operand([...space.map((d) => d.kernel), channels, features * groups], dtype),
        ],
        params: {
          strides: space.map((d) => d.stride),
          padding: space.map((d) => d.padding),
          lhsDilation: space.map((d) => d.lhsDilation),
          rhsDilation: space.map((d) => d.rhsDilation),
          featureGroups: byBatch ? 1 : groups,
          batchGroups: byBatch ? groups : 1,
        },
      }))
      .filter((spec) => isSmall(spec)),
  linear: () => [[0], [1]],
};

const reduction = (accepted: readonly DType[], domain: Domain, combine: 'sum' | 'product' | 'extreme'): Generator => ({
  dtypes: accepted,
  spec: (dtype) =>
    fc
      .oneof(
        { weight: 6, arbitrary: shape({ maxRank: 4 }) },
        // Long enough for several lanes and blocks; products of so many numbers are too steep for differences.
        {
          weight: combine === 'product' && dtype === f64 ? 0 : 1,
          arbitrary: fc.constantFrom([37], [3, 19], [19, 3], [1100]),
        },
      )
      .chain((s) =>
        fc
          .shuffledSubarray(s.map((_, d) => d))
          .map((axes) => ({ args: [operand(s, dtype, domain)], params: { axes } })),
      ),
  ...(combine === 'sum' && { linear: () => [[0]] }),
});

const axisOf = (s: readonly number[]): fc.Arbitrary<number> => fc.nat({ max: s.length - 1 });

const argmax: Generator = {
  dtypes,
  spec: (dtype) =>
    shape({ minRank: 1, maxRank: 3 })
      .chain((s) => fc.tuple(fc.constant(s), axisOf(s)))
      .map(([s, axis]) => ({
        args: [
          operand(
            s.map((n, d) => (d === axis ? Math.max(1, n) : n)),
            dtype,
            dtype === f64 ? apart : someEqual,
          ),
        ],
        params: { axis, dtype: i32 },
      })),
};

const cumsum: Generator = {
  dtypes: numbers,
  spec: (dtype) =>
    shape({ minRank: 1, maxRank: 3 })
      .chain((s) => fc.tuple(fc.constant(s), axisOf(s), fc.boolean()))
      .map(([s, axis, reverse]) => ({ args: [operand(s, dtype)], params: { axis, reverse } })),
  linear: () => [[0]],
};

const windowed = fc
  .array(
    fc.record({
      input: dim(0, 5),
      window: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      padding: fc.tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 })),
      dilation: fc.integer({ min: 1, max: 2 }),
    }),
    { maxLength: 3 },
  )
  .map((axes) => {
    const params = {
      window: axes.map((d) => d.window),
      strides: axes.map((d) => d.stride),
      padding: axes.map((d) => d.padding),
      dilation: axes.map((d) => d.dilation),
    };
    const result = axes.map(({ input, window, stride, padding: [before, after], dilation }) => {
      const room = input + before + after - ((window - 1) * dilation + 1);
      return room < 0 ? 0 : Math.floor(room / stride) + 1;
    });
    return { shape: axes.map((d) => d.input), result, params };
  });

const window = (accepted: readonly DType[], domain: Domain, linear = false): Generator => ({
  dtypes: accepted,
  spec: (dtype) => windowed.map(({ shape: s, params }) => ({ args: [operand(s, dtype, domain)], params })),
  ...(linear && { linear: () => [[0]] }),
});

const selectAndGatherAdd: Generator = {
  dtypes: numbers,
  spec: (dtype) =>
    windowed.map(({ shape: s, params }) => ({ args: [operand(s, dtype), operand(s, dtype, apart)], params })),
  linear: () => [[0]],
};

const selectAndScatterAdd: Generator = {
  dtypes: numbers,
  spec: (dtype) =>
    windowed.map(({ shape: s, result, params }) => ({
      args: [operand(result, dtype), operand(s, dtype, apart)],
      params,
    })),
  linear: () => [[0]],
};

/** A first key of few numbers, so that the next key decides; where derivatives are asked for, the last key decides all. */
const sort: Generator = {
  dtypes,
  spec: (dtype) =>
    fc
      .record({
        shape: shape({ minRank: 1, maxRank: 3, max: 4 }),
        axis: fc.nat({ max: 2 }),
        hasFirst: fc.boolean(),
        first: fc.constantFrom<DType[]>(...(dtype === f64 ? [i32] : dtypes)),
        others: fc.array(fc.constantFrom<DType[]>(...(dtype === f64 ? [f64, i32] : dtypes)), { maxLength: 2 }),
        more: fc.nat({ max: 1 }),
      })
      .map(({ shape: s, axis, hasFirst, first, others, more }) => ({
        args: [
          ...(hasFirst ? [operand(s, first, first.kind === 'bool' ? standard : between(0, 1))] : []),
          operand(s, dtype, dtype === f64 ? apart : someEqual),
          ...others.map((d) => operand(s, d)),
        ],
        params: { axis: axis % s.length, keys: (hasFirst ? 2 : 1) + Math.min(more, others.length) },
      })),
};

export const sums: Readonly<Record<string, Generator>> = {
  dot_general: dotGeneral,
  conv_general_dilated: convolution,
  reduce_sum: reduction(numbers, standard, 'sum'),
  reduce_prod: reduction(numbers, uniform(-2, 2), 'product'),
  reduce_max: reduction(dtypes, apart, 'extreme'),
  reduce_min: reduction(dtypes, apart, 'extreme'),
  argmax,
  cumsum,
  reduce_window_sum: window(numbers, standard, true),
  reduce_window_max: window(dtypes, apart),
  select_and_gather_add: selectAndGatherAdd,
  select_and_scatter_add: selectAndScatterAdd,
  sort,
};
