// Calls of the primitives that move elements: views, joins, paddings, slices at computed places.
import * as fc from 'fast-check';
import { sizeOf } from '../../src/core/aval';
import { dtypes, i32 } from '../../src/core/dtype';
import { dim, shape } from '../arbitraries';
import { type Generator, operand } from '../call';
import { between } from '../domains';

const rank3 = shape({ maxRank: 3 });
const permutationOf = (n: number): fc.Arbitrary<number[]> => {
  const axes = Array.from({ length: n }, (_, i) => i);
  return fc.shuffledSubarray(axes, { minLength: n, maxLength: n });
};
const perAxis = <T>(s: readonly number[], each: (n: number, axis: number) => fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.tuple(...s.map(each));

const broadcastInDim: Generator = {
  dtypes,
  spec: (dtype) =>
    shape({ maxRank: 4 }).chain((to) =>
      fc
        .tuple(fc.subarray(to.map((_, d) => d)), fc.array(fc.boolean(), { minLength: to.length, maxLength: to.length }))
        .map(([dims, stretch]) => ({
          args: [
            operand(
              dims.map((d) => (stretch[d] ? 1 : (to[d] as number))),
              dtype,
            ),
          ],
          params: { shape: to, dims },
        })),
    ),
  linear: () => [[0]],
};

const transpose: Generator = {
  dtypes,
  spec: (dtype) =>
    shape({ maxRank: 4 }).chain((s) =>
      permutationOf(s.length).map((permutation) => ({ args: [operand(s, dtype)], params: { permutation } })),
    ),
  linear: () => [[0]],
};

/** Cuts and joins axes: sizes are multiplied in groups, and ones are put in. */
const reshape: Generator = {
  dtypes,
  spec: (dtype) =>
    fc
      .tuple(shape({ maxRank: 4 }), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean())
      .map(([s, cuts, back]) => {
        const merged: number[] = [];
        s.forEach((n, d) => {
          if (cuts[d] && merged.length > 0) merged.push((merged.pop() as number) * n);
          else merged.push(n);
          if (cuts[d + 4]) merged.push(1);
        });
        const to = sizeOf(merged) === sizeOf(s) ? merged : s;
        const [from, into] = back ? [to, s] : [s, to];
        return { args: [operand(from, dtype)], params: { shape: into } };
      }),
  linear: () => [[0]],
};

const rev: Generator = {
  dtypes,
  spec: (dtype) =>
    rank3.chain((s) =>
      fc.shuffledSubarray(s.map((_, d) => d)).map((dims) => ({ args: [operand(s, dtype)], params: { dims } })),
    ),
  linear: () => [[0]],
};

const slice: Generator = {
  dtypes,
  spec: (dtype) =>
    shape({ maxRank: 3, max: 5 }).chain((s) =>
      perAxis(s, (n) =>
        fc.tuple(fc.nat({ max: n }), fc.nat({ max: n }), fc.integer({ min: 1, max: 3 })).map(([a, b, stride]) => ({
          start: Math.min(a, b),
          limit: Math.max(a, b),
          stride,
        })),
      ).map((cuts) => ({
        args: [operand(s, dtype)],
        params: {
          start: cuts.map((c) => c.start),
          limit: cuts.map((c) => c.limit),
          strides: cuts.map((c) => c.stride),
        },
      })),
    ),
  linear: () => [[0]],
};

const padded = (n: number, [before, after, gap]: readonly [number, number, number]): number =>
  before + after + n + Math.max(0, n - 1) * gap;

const pad: Generator = {
  dtypes,
  spec: (dtype) =>
    rank3.chain((s) =>
      perAxis(s, (n) =>
        fc
          .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.nat({ max: 2 }))
          .map(([before, after, gap]): readonly [number, number, number] =>
            padded(n, [before, after, gap]) >= 0 ? [before, after, gap] : [Math.abs(before), after, gap],
          )
          .map(([before, after, gap]): readonly [number, number, number] =>
            padded(n, [before, after, gap]) >= 0 ? [before, after, gap] : [before, Math.abs(after), gap],
          ),
      ).map((widths) => ({ args: [operand(s, dtype), operand([], dtype)], params: { widths } })),
    ),
  linear: () => [[0], [1], [0, 1]],
};

const concatenate: Generator = {
  dtypes,
  spec: (dtype) =>
    fc
      .tuple(shape({ minRank: 1, maxRank: 3 }), fc.nat({ max: 2 }), fc.array(dim(0, 3), { minLength: 1, maxLength: 3 }))
      .map(([s, a, sizes]) => {
        const axis = a % s.length;
        return {
          args: sizes.map((n) =>
            operand(
              s.map((m, d) => (d === axis ? n : m)),
              dtype,
            ),
          ),
          params: { axis },
        };
      }),
  linear: ({ args }) => [...args.map((_, i) => [i]), args.map((_, i) => i)],
};

const iota: Generator = {
  dtypes: dtypes.filter((d) => d.kind !== 'bool'),
  spec: (dtype) =>
    fc
      .tuple(shape({ minRank: 1, maxRank: 3 }), fc.nat({ max: 2 }))
      .map(([s, a]) => ({ args: [], params: { shape: s, axis: a % s.length, dtype } })),
};

/** An operand, the sizes of a window in it, and how many leading axes are batch axes. */
const window = fc.tuple(shape({ maxRank: 3, max: 4 }), fc.nat({ max: 2 })).chain(([s, b]) => {
  const batch = Math.min(b, s.length);
  return fc.record({
    shape: fc.constant(s),
    batch: fc.constant(batch),
    sizes: perAxis(s.slice(batch), (n) => fc.nat({ max: n })),
  });
});
const starts = (s: readonly number[], batch: number) =>
  operand([...s.slice(0, batch), s.length - batch], i32, between(-2, 5));

const dynamicSlice: Generator = {
  dtypes,
  spec: (dtype) =>
    window.map(({ shape: s, batch, sizes }) => ({
      args: [operand(s, dtype), starts(s, batch)],
      params: { sizes, batch },
    })),
  linear: () => [[0]],
};

const dynamicUpdateSlice: Generator = {
  dtypes,
  spec: (dtype) =>
    window.map(({ shape: s, batch, sizes }) => ({
      args: [operand(s, dtype), operand([...s.slice(0, batch), ...sizes], dtype), starts(s, batch)],
      params: { batch },
    })),
  linear: () => [[0], [1], [0, 1]],
};

/** Any subset of the operand's axes may be collapsed, addressed, or go together with axes of the indices. */
const gatherSpec = shape({ minRank: 0, maxRank: 4, max: 3 }).chain((s) => {
  const rank = s.length;
  const axes = s.map((_, d) => d);
  return fc
    .record({
      role: fc.array(fc.constantFrom('window', 'collapsed', 'batch'), { minLength: rank, maxLength: rank }),
      addressed: fc.shuffledSubarray(axes),
      extra: fc.array(dim(0, 3), { maxLength: 2 }),
      sizes: perAxis(s, (n) => fc.nat({ max: n })),
      order: fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 12 }),
      outside: fc.constantFrom('clip' as const, 'fill' as const),
    })
    .map(({ role, addressed, extra, sizes, order, outside }) => {
      // A collapsed axis has a window of size 1, so it cannot be empty.
      const roles = role.map((r, d) => (r === 'collapsed' && s[d] === 0 ? 'window' : r));
      const operandBatching = axes.filter((d) => roles[d] === 'batch');
      const collapsedDims = axes.filter((d) => roles[d] === 'collapsed');
      const windowDims = axes.filter((d) => roles[d] === 'window');
      const indexMap = addressed.filter((d) => roles[d] !== 'batch');
      // The batch axes stand anywhere among the axes of the indices.
      const outer: { size: number; pair: number }[] = extra.map((size) => ({ size, pair: -1 }));
      operandBatching.forEach((d, i) => {
        outer.splice((order[i] as number) % (outer.length + 1), 0, { size: s[d] as number, pair: d });
      });
      const indicesBatching = operandBatching.map((d) => outer.findIndex((o) => o.pair === d));
      const resultRank = outer.length + windowDims.length;
      const places = Array.from({ length: resultRank }, (_, d) => d);
      const offsetDims = places
        .map((d, i) => ({ d, key: order[(i + 4) % 12] as number }))
        .sort((a, b) => a.key - b.key)
        .slice(0, windowDims.length)
        .map(({ d }) => d)
        .sort((a, b) => a - b);
      const windowSizes = axes.map((d) => (roles[d] === 'window' ? (sizes[d] as number) : Math.min(1, s[d] as number)));
      let [nextOuter, nextInner] = [0, 0];
      const result = places.map((d) =>
        offsetDims.includes(d)
          ? (windowSizes[windowDims[nextInner++] as number] as number)
          : (outer[nextOuter++]?.size as number),
      );
      return {
        shape: s,
        indices: [...outer.map((o) => o.size), indexMap.length],
        result,
        params: { offsetDims, collapsedDims, indexMap, operandBatching, indicesBatching, windowSizes, outside },
      };
    });
});
const gather: Generator = {
  dtypes,
  spec: (dtype) =>
    gatherSpec.map(({ shape: s, indices, params }) => ({
      args: [operand(s, dtype), operand(indices, i32, between(-1, 3))],
      params,
    })),
  linear: () => [[0]],
};

const scatterAdd: Generator = {
  dtypes: dtypes.filter((d) => d.kind !== 'bool'),
  spec: (dtype) =>
    gatherSpec.map(({ shape: s, indices, result, params }) => ({
      args: [operand(s, dtype), operand(indices, i32, between(-1, 3)), operand(result, dtype)],
      params,
    })),
  linear: () => [[0], [2], [0, 2]],
};

const checkpointName: Generator = {
  dtypes,
  spec: (dtype) => rank3.map((s) => ({ args: [operand(s, dtype)], params: { name: 'x' } })),
  linear: () => [[0]],
};

/** Several operands of different shapes. */
const optimizationBarrier: Generator = {
  dtypes,
  spec: (dtype) =>
    fc
      .array(rank3, { minLength: 1, maxLength: 3 })
      .map((shapes) => ({ args: shapes.map((s) => operand(s, dtype)), params: {} })),
  linear: ({ args }) => [[0], args.map((_, i) => i)],
};

export const views: Readonly<Record<string, Generator>> = {
  broadcast_in_dim: broadcastInDim,
  checkpoint_name: checkpointName,
  optimization_barrier: optimizationBarrier,
  transpose,
  reshape,
  rev,
  slice,
  pad,
  concatenate,
  iota,
  dynamic_slice: dynamicSlice,
  dynamic_update_slice: dynamicUpdateSlice,
  gather,
  scatter_add: scatterAdd,
};
