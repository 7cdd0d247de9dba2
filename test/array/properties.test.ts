// Functions of whole tensors against loops over their elements.
import * as A from 'adjoint';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  build,
  filled,
  fromFront,
  fromLines,
  indices,
  lines,
  make,
  type Plain,
  plain,
  read,
  shapes,
  sizeOf,
  tensors,
  withAxis,
} from './oracle';

const property = <Ts extends [unknown, ...unknown[]]>(
  name: string,
  ...args: [...{ [I in keyof Ts]: fc.Arbitrary<Ts[I]> }, (...xs: Ts) => void]
): void => {
  test(name, () => {
    fc.assert((fc.property as unknown as (...a: unknown[]) => fc.IProperty<Ts>)(...args), { numRuns: 200 });
  });
};
const same = (got: A.AnyTensor, wanted: Plain): void => {
  const { shape, data } = plain(got);
  expect(shape).toEqual(wanted.shape);
  // Of zeros the sign does not matter.
  expect(data.map((x) => x + 0)).toEqual(wanted.data.map((x) => x + 0));
};

/** Two shapes that broadcast: parts of one shape, some sizes made 1. */
const broadcastable = shapes().chain((shape) => {
  const part = fc
    .tuple(fc.nat(shape.length), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }))
    .map(([drop, ones]) => shape.map((n, d) => (ones[d] ? 1 : n)).slice(drop));
  return fc.tuple(part, part).chain(([a, b]) => fc.tuple(filled(a), filled(b)));
});

describe('broadcasting', () => {
  property('add, sub, mul, maximum and comparisons', broadcastable, ([x, y]) => {
    const rank = Math.max(x.shape.length, y.shape.length);
    const shape = Array.from({ length: rank }, (_, d) => {
      const [a, b] = [x, y].map(({ shape: s }) => s[d - rank + s.length] ?? 1) as [number, number];
      return a === 1 ? b : a;
    });
    const at = (p: Plain, i: readonly number[]): number =>
      read(
        p,
        p.shape.map((n, d) => (n === 1 ? 0 : (i[rank - p.shape.length + d] as number))),
      );
    const each = (f: (a: number, b: number) => number): Plain => build(shape, (i) => f(at(x, i), at(y, i)));
    const [a, b] = [make(x), make(y)];
    same(
      A.add(a, b),
      each((p, q) => p + q),
    );
    same(
      A.sub(a, b),
      each((p, q) => p - q),
    );
    same(
      A.mul(a, b),
      each((p, q) => p * q),
    );
    same(A.maximum(a, b), each(Math.max));
    same(
      A.less(a, b),
      each((p, q) => Number(p < q)),
    );
    same(
      A.where(A.greater(a, b), a, b),
      each((p, q) => Math.max(p, q)),
    );
    same(
      A.floorDivide(make(x, A.i32), A.add(A.mul(make(y, A.i32), 2), 1)),
      each((p, q) => Math.floor(p / (2 * q + 1))),
    );
    same(
      A.remainder(a, A.add(A.mul(b, 2), 1)),
      each((p, q) => p - (2 * q + 1) * Math.floor(p / (2 * q + 1))),
    );
  });
  property('shapes that do not are refused', shapes({ min: 1 }), fc.integer({ min: 2, max: 5 }), (shape, n) => {
    const last = shape.at(-1) as number;
    fc.pre(last !== n && last !== 1);
    expect(() => A.add(A.zeros([...shape]), A.zeros([n]))).toThrow(`add: dimensions ${last} and ${n} do not broadcast`);
  });
});

const axesOf = tensors().chain((x) =>
  fc.tuple(fc.constant(x), fc.uniqueArray(fc.nat(Math.max(0, x.shape.length - 1)), { maxLength: x.shape.length })),
);

describe('reductions', () => {
  property(
    'sum, prod, any over several axes, with and without keepDims',
    axesOf,
    fc.boolean(),
    ([x, axes], keepDims) => {
      const kept = x.shape.map((n, d) => (axes.includes(d) ? 1 : n));
      const shape = keepDims ? kept : x.shape.filter((_, d) => !axes.includes(d));
      const reduce = (f: (a: number, b: number) => number, start: number): Plain => {
        const data = new Array<number>(sizeOf(kept)).fill(start);
        const result = { shape: kept, data };
        for (const at of indices(x.shape)) {
          const place = kept.reduce((o, n, d) => o * n + (n === 1 ? 0 : (at[d] as number)), 0);
          data[place] = f(data[place] as number, read(x, at));
        }
        return { ...result, shape };
      };
      const list = axes.map((a, i) => (i % 2 === 0 ? a : a - x.shape.length));
      const v = make(x) as A.Tensor<number[]>;
      same(
        A.sum(v, list, { keepDims }),
        reduce((a, b) => a + b, 0),
      );
      same(
        A.prod(make(x, A.f64), list, { keepDims }),
        reduce((a, b) => a * b, 1),
      );
      same(
        A.any(v, list, { keepDims }),
        reduce((a, b) => Number(a !== 0 || b !== 0), 0),
      );
      same(
        A.all(v, list, { keepDims }),
        reduce((a, b) => Number(a !== 0 && b !== 0), 1),
      );
      same(
        A.countNonzero(v, list, { keepDims }),
        reduce((a, b) => a + Number(b !== 0), 0),
      );
      if (x.data.length > 0) same(A.max(v, list, { keepDims }), reduce(Math.max, -Infinity));
    },
  );
  property('argmax, argmin, cumulative reductions along an axis', withAxis(), ([x, axis]) => {
    const v = make(x) as A.Tensor<number[]>;
    const all = lines(x, axis).map(({ line }) => line);
    const rest = x.shape.filter((_, d) => d !== fromFront(x, axis));
    if ((x.shape[fromFront(x, axis)] as number) > 0) {
      same(A.argmax(v, axis), { shape: rest, data: all.map((l) => l.indexOf(Math.max(...l))) });
      same(A.argmin(v, axis), { shape: rest, data: all.map((l) => l.indexOf(Math.min(...l))) });
      same(A.argmin(make(x, A.i32) as A.Tensor<number[], A.i32>, axis), {
        shape: rest,
        data: all.map((l) => l.indexOf(Math.min(...l))),
      });
    }
    const running = (f: (a: number, b: number) => number): Plain =>
      fromLines(
        x.shape,
        axis,
        all.map((l) => l.map((_, i) => l.slice(1, i + 1).reduce((p, q) => f(p, q), l[0] as number))),
      );
    same(
      A.cumsum(v, axis),
      running((a, b) => a + b),
    );
    same(
      A.cumprod(v, axis),
      running((a, b) => a * b),
    );
    same(A.cummax(v, axis), running(Math.max));
    same(A.cummin(v, axis), running(Math.min));
  });
});

describe('order', () => {
  property('sort, argsort, topK', withAxis(), fc.boolean(), ([x, axis], descending) => {
    const v = make(x) as A.Tensor<number[]>;
    const all = lines(x, axis).map(({ line }) => line);
    const order = (l: readonly number[]): number[] =>
      l.map((_, i) => i).sort((i, j) => ((l[i] as number) - (l[j] as number)) * (descending ? -1 : 1) || i - j);
    same(
      A.sort(v, axis, { descending }),
      fromLines(
        x.shape,
        axis,
        all.map((l) => order(l).map((i) => l[i] as number)),
      ),
    );
    same(A.argsort(v, axis, { descending }), fromLines(x.shape, axis, all.map(order)));
    if (!descending) return;
    const a = fromFront(x, axis);
    const k = Math.min(2, x.shape[a] as number);
    const [values, places] = A.topK(v, k, axis);
    const shape = x.shape.map((n, d) => (d === a ? k : n));
    same(
      values,
      fromLines(
        shape,
        axis,
        all.map((l) =>
          order(l)
            .slice(0, k)
            .map((i) => l[i] as number),
        ),
      ),
    );
    same(
      places,
      fromLines(
        shape,
        axis,
        all.map((l) => order(l).slice(0, k)),
      ),
    );
  });
});

describe('views', () => {
  const permuted = tensors({ max: 5 }).chain((x) =>
    fc.tuple(
      fc.constant(x),
      fc.shuffledSubarray(
        x.shape.map((_, d) => d),
        { minLength: x.shape.length, maxLength: x.shape.length },
      ),
    ),
  );
  property('transpose, and its inverse', permuted, ([x, axes]) => {
    const shape = axes.map((d) => x.shape[d] as number);
    const v = make(x) as A.Tensor<number[]>;
    const turned = A.transpose(v, axes);
    same(
      turned,
      build(shape, (at) =>
        read(
          x,
          x.shape.map((_, d) => at[axes.indexOf(d)] as number),
        ),
      ),
    );
    same(
      A.transpose(
        turned,
        axes.map((_, d) => axes.indexOf(d)),
      ),
      x,
    );
    same(A.transpose(A.transpose(v)), x);
  });
  property('reshape keeps the order, -1 follows from the rest', tensors(), (x) => {
    const v = make(x) as A.Tensor<number[]>;
    same(A.reshape(A.reshape(v, [-1]), [...x.shape]), x);
    same(A.ravel(v), { shape: [x.data.length], data: x.data });
    if (x.data.length > 0 && x.shape.length > 0) same(A.reshape(v, [-1, ...x.shape.slice(1)]), x);
  });
  property('moveaxis and swapaxes', withAxis(), fc.nat(), ([x, axis], other) => {
    const v = make(x) as A.Tensor<number[]>;
    const [a, b] = [fromFront(x, axis), other % x.shape.length];
    const order = x.shape.map((_, d) => d).filter((d) => d !== a);
    order.splice(b, 0, a);
    same(A.moveaxis(v, axis, b), plain(A.transpose(v, order)));
    same(
      A.swapaxes(v, axis, b),
      plain(
        A.transpose(
          v,
          x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
        ),
      ),
    );
    same(A.squeeze(A.expandDims(v, axis), axis), x);
  });
  property(
    'flip, roll, concatenate, split, stack, repeat, tile',
    withAxis(),
    fc.integer({ min: -7, max: 7 }),
    ([x, axis], shift) => {
      const v = make(x) as A.Tensor<number[]>;
      const a = fromFront(x, axis);
      const n = x.shape[a] as number;
      const all = lines(x, axis).map(({ line }) => line);
      const mapped = (f: (l: number[]) => number[], m = n): Plain =>
        fromLines(
          x.shape.map((s, d) => (d === a ? m : s)),
          axis,
          all.map(f),
        );
      same(
        A.flip(v, axis),
        mapped((l) => [...l].reverse()),
      );
      same(
        A.roll(v, shift, axis),
        mapped((l) => l.map((_, i) => l[(((i - shift) % n) + n) % n] as number)),
      );
      same(
        A.concatenate([v, v], axis),
        mapped((l) => [...l, ...l], 2 * n),
      );
      same(A.concatenate(A.split(v, [Math.min(1, n)], axis) as A.Tensor<number[]>[], axis), x);
      same(
        A.repeat(v, 2, axis),
        mapped((l) => l.flatMap((e) => [e, e]), 2 * n),
      );
      same(
        A.tile(
          v,
          x.shape.map((_, d) => (d === a ? 3 : 1)),
        ),
        mapped((l) => [...l, ...l, ...l], 3 * n),
      );
      if (n > 0) {
        same(A.stack(A.unstack(v, axis), axis), x);
        same(A.concatenate(A.split(v, n, axis) as A.Tensor<number[]>[], axis), x);
      }
    },
  );
  property('pad', withAxis(), fc.nat(4), fc.nat(4), ([x, axis], before, after) => {
    const v = make(x) as A.Tensor<number[]>;
    const a = fromFront(x, axis);
    const n = x.shape[a] as number;
    const widths = x.shape.map((_, d) => (d === a ? ([before, after] as const) : ([0, 0] as const)));
    const all = lines(x, axis).map(({ line }) => line);
    const shape = x.shape.map((s, d) => (d === a ? before + s + after : s));
    const mapped = (f: (l: readonly number[], i: number) => number): Plain =>
      fromLines(
        shape,
        axis,
        all.map((l) => Array.from({ length: before + n + after }, (_, i) => f(l, i - before))),
      );
    const mod = (i: number, m: number): number => ((i % m) + m) % m;
    same(
      A.pad(v, widths, 7),
      mapped((l, i) => l[i] ?? 7),
    );
    if (n === 0) return;
    same(
      A.pad(v, widths, 'edge'),
      mapped((l, i) => l[Math.min(Math.max(i, 0), n - 1)] as number),
    );
    same(
      A.pad(v, widths, 'wrap'),
      mapped((l, i) => l[mod(i, n)] as number),
    );
    same(
      A.pad(v, widths, 'symmetric'),
      mapped((l, i) => [...l, ...[...l].reverse()][mod(i, 2 * n)] as number),
    );
    const mirror = (l: readonly number[]): number[] => [...l, ...[...l].reverse().slice(1, -1)];
    same(
      A.pad(v, widths, 'reflect'),
      mapped((l, i) => mirror(l)[mod(i, mirror(l).length)] as number),
    );
  });
});

describe('indexing', () => {
  const indexed = withAxis().chain(([x, axis]) => {
    const n = x.shape[fromFront(x, axis)] as number;
    const list = shapes({ max: 2 }).chain((shape) =>
      n === 0
        ? fc.constant<Plain>({ shape: [0], data: [] })
        : fc
            .array(fc.integer({ min: -n, max: n - 1 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
            .map((data): Plain => ({ shape, data })),
    );
    return fc.tuple(fc.constant(x), fc.constant(axis), list);
  });
  property('take and scatterAdd', indexed, ([x, axis, places]) => {
    const v = make(x) as A.Tensor<number[]>;
    const a = fromFront(x, axis);
    const n = x.shape[a] as number;
    const i32s = make(places, A.i32) as A.Tensor<number[], A.i32>;
    const shape = [...x.shape.slice(0, a), ...places.shape, ...x.shape.slice(a + 1)];
    const r = places.shape.length;
    const source = (at: readonly number[]): number[] => {
      const i = read(places, at.slice(a, a + r));
      return [...at.slice(0, a), i < 0 ? i + n : i, ...at.slice(a + r)];
    };
    const taken = build(shape, (at) => read(x, source(at)));
    same(A.take(v, i32s, axis), taken);
    const sums = [...x.data];
    for (const at of indices(shape)) {
      const offset = source(at).reduce((o, i, d) => o * (x.shape[d] as number) + i, 0);
      sums[offset] = (sums[offset] as number) + read(taken, at);
    }
    same(A.scatterAdd(v, i32s, make(taken), axis), { shape: x.shape, data: sums });
  });
  property('takeAlongAxis undoes argsort', withAxis(), ([x, axis]) => {
    const v = make(x) as A.Tensor<number[]>;
    same(A.takeAlongAxis(v, A.argsort(v, axis), axis), plain(A.sort(v, axis)));
  });
  property('at with numbers, slices and new axes', withAxis(), fc.nat(), ([x, axis], i) => {
    const v = make(x) as A.Tensor<number[]>;
    const a = fromFront(x, axis);
    const n = x.shape[a] as number;
    fc.pre(n > 0);
    const index = (middle: number | readonly [number, number] | A.AnyTensor) =>
      A.at(v, ...new Array<':'>(a).fill(':'), middle, '...') as A.AnyTensor;
    const wanted = {
      shape: x.shape.filter((_, d) => d !== a),
      data: lines(x, axis).map(({ line }) => line[i % n] as number),
    };
    same(index(i % n), wanted);
    same(index((i % n) - n), wanted);
    same(index(A.tensor(i % n, A.i32)), wanted);
    same(index([i % n, n]), plain(A.slice(v, axis, i % n, n - (i % n)) as A.AnyTensor));
    same(A.slice(v, axis, A.tensor(i % n, A.i32), 1) as A.AnyTensor, plain(index([i % n, (i % n) + 1])));
  });
});
