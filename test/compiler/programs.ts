// Random programs of views, pointwise operations, reductions and contractions, as plain data.
import fc from 'fast-check';
import { sizeOf } from '../../src/core/aval';
import { bool, type DType, f32, i32 } from '../../src/core/dtype';
import { type ConcreteArray, concreteArray, type Value } from '../../src/core/value';
import * as lax from '../../src/primitives';

/** One step: what it does to the values so far, with numbers that it takes modulo what is possible. */
export interface Step {
  readonly name: keyof typeof steps;
  readonly picks: readonly number[];
}

const choose = <T>(xs: readonly T[], n: number): T => xs[n % xs.length] as T;
const divisorsOf = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
const permutationOf = (rank: number, n: number): number[] => {
  const rest = Array.from({ length: rank }, (_, d) => d);
  return Array.from({ length: rank }, (_, i) => rest.splice((n >> i) % rest.length, 1)[0] as number);
};
const axisOf = (x: Value, n: number): number => n % Math.max(1, x.ndim);
const asFloat = (x: Value): Value => lax.convert(x, f32);

/** Everything at an index of one axis, as gather and scatter take it. */
const rowsOf = (x: Value, axis: number, outside: 'fill' | 'clip'): lax.GatherParams => ({
  offsetDims: x.shape.flatMap((_, d) => (d === axis ? [] : [d])),
  collapsedDims: [axis],
  indexMap: [axis],
  operandBatching: [],
  indicesBatching: [],
  windowSizes: x.shape.map((n, d) => (d === axis ? Math.min(1, n) : n)),
  outside,
});
/** Small windows over every axis; the last one often in whole lines, as channels are. */
const windowsOf = (x: Value, b: number, c: number): lax.WindowParams => {
  const isLine = (d: number): boolean => d === x.ndim - 1 && c % 3 > 0;
  return {
    window: x.shape.map((_, d) => (isLine(d) ? 1 : 1 + ((b >> d) % 3))),
    strides: x.shape.map((_, d) => (isLine(d) ? 1 : 1 + ((c >> d) % 3))),
    padding: x.shape.map((_, d) => (isLine(d) ? [0, 0] : ([(b >> (d + 1)) % 2, (c >> (d + 2)) % 2] as const))),
    dilation: x.shape.map((_, d) => (isLine(d) ? 1 : 1 + ((b >> (d + 3)) % 2))),
  };
};

const steps = {
  add: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    const other = xs.filter((y) => y.shape.join() === x.shape.join());
    return lax.add(x, asFloat(choose(other.length > 0 ? other : [x], b)));
  },
  mul: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    const other = xs.filter((y) => y.shape.join() === x.shape.join());
    return lax.mul(x, asFloat(choose(other.length > 0 ? other : [x], b)));
  },
  tanh: (xs: readonly Value[], [a = 0]: readonly number[]) => lax.tanh(asFloat(choose(xs, a))),
  exp: (xs: readonly Value[], [a = 0]: readonly number[]) => lax.exp(lax.neg(lax.abs(asFloat(choose(xs, a))))),
  integers: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = lax.convert(lax.mul(asFloat(choose(xs, a)), lax.fullLike(asFloat(choose(xs, a)), 1000)), i32);
    return choose(
      [
        lax.mul(x, x),
        lax.div(lax.fullLike(x, 77), x),
        lax.rem(x, lax.fullLike(x, 7)),
        lax.shiftLeft(x, lax.fullLike(x, b % 40)),
      ],
      b,
    );
  },
  where: (xs: readonly Value[], [a = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    return lax.selectN(lax.gt(x, lax.fullLike(x, 0)), lax.neg(x), lax.sqrt(x));
  },
  scale: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    return choose(
      [
        lax.mul(x, lax.fullLike(x, 1)),
        lax.add(x, lax.fullLike(x, 0)),
        lax.sub(x, lax.fullLike(x, 0)),
        lax.add(x, lax.fullLike(x, -0)),
        lax.div(x, lax.fullLike(x, 1)),
      ],
      b,
    );
  },
  transpose: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    return lax.transpose(x, permutationOf(x.ndim, b));
  },
  reshape: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    const rows = choose(divisorsOf(Math.max(1, x.size)), b);
    return x.size === 0 ? lax.reshape(x, [0, b % 3]) : lax.reshape(x, [rows, x.size / rows]);
  },
  rev: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    return x.ndim === 0 ? x : lax.rev(x, [axisOf(x, b)]);
  },
  slice: (xs: readonly Value[], [a = 0, b = 0, c = 0]: readonly number[]) => {
    const x = choose(xs, a);
    const start = x.shape.map((n) => b % (n + 1));
    return lax.slice(
      x,
      start,
      x.shape.map((n, d) => (start[d] as number) + (c % (n - (start[d] as number) + 1))),
      x.shape.map((_, d) => 1 + ((c >> d) % 3)),
    );
  },
  pad: (xs: readonly Value[], [a = 0, b = 0, c = 0]: readonly number[]) => {
    const x = choose(xs, a);
    const value = x.dtype === bool ? b % 2 : (b % 5) - 2;
    return lax.pad(
      x,
      value,
      x.shape.map((n, d) => [(b % 4) - Math.min(1, n), (c >> d) % 3, n > 0 ? c % 2 : 0] as const),
    );
  },
  broadcast: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    return lax.broadcastInDim(
      x,
      [...x.shape, 1 + (b % 3)],
      x.shape.map((_, d) => d),
    );
  },
  concatenate: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    return x.ndim === 0 ? x : lax.concatenate([x, lax.rev(x, [axisOf(x, b)]), x], axisOf(x, b));
  },
  gather: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    if (x.ndim === 0) return x;
    const indices = lax.sub(lax.iota([4, 1], 0, i32), lax.full([4, 1], i32, b % 3));
    return lax.gather(x, indices, rowsOf(x, 0, b % 2 === 0 || x.size === 0 ? 'fill' : 'clip'));
  },
  scatter: (xs: readonly Value[], [a = 0, b = 0, c = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    if (x.ndim === 0 || x.size === 0) return x;
    const axis = axisOf(x, c);
    const indices = lax.sub(lax.rem(lax.iota([7, 1], 0, i32), lax.full([7, 1], i32, 3)), lax.full([7, 1], i32, b % 3));
    const updates = lax.add(
      lax.gather(x, indices, rowsOf(x, axis, 'clip')),
      lax.full([...x.shape.slice(0, axis), 7, ...x.shape.slice(axis + 1)], f32, 0.1),
    );
    return lax.scatterAdd(
      b % 2 === 0 ? lax.fullLike(x, 0) : x,
      indices,
      updates,
      rowsOf(x, axis, b % 4 < 2 ? 'fill' : 'clip'),
    );
  },
  window: (xs: readonly Value[], [a = 0, b = 0, c = 0]: readonly number[]) => {
    const x = choose(xs, a);
    const windows = windowsOf(x, b, c);
    return b % 2 === 0 ? lax.reduceWindowSum(asFloat(x), windows) : lax.reduceWindowMax(x, windows);
  },
  largest: (xs: readonly Value[], [a = 0, b = 0, c = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    const windows = windowsOf(x, b, c);
    const pooled = lax.reduceWindowMax(x, windows);
    return b % 3 === 0
      ? lax.selectAndGatherAdd(lax.neg(x), x, windows)
      : lax.selectAndScatterAdd(lax.add(pooled, pooled), x, windows);
  },
  sort: (xs: readonly Value[], [a = 0, b = 0, c = 0]: readonly number[]) => {
    const x = choose(xs, a);
    if (x.ndim === 0) return x;
    const axis = axisOf(x, b);
    const sorted = lax.sort([x, lax.iota(x.shape, axis, i32)], axis, 1 + (c % 2));
    return choose(sorted, c);
  },
  argmax: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    return x.ndim === 0 || x.size === 0 ? x : lax.argmax(x, axisOf(x, b), i32);
  },
  sum: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    return lax.reduceSum(
      x,
      x.shape.map((_, d) => d).filter((d) => (b >> d) % 2 === 0),
    );
  },
  max: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = choose(xs, a);
    return lax.reduceMax(
      x,
      x.shape.map((_, d) => d).filter((d) => (b >> d) % 2 === 0),
    );
  },
  dot: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    const y = asFloat(lax.transpose(x, permutationOf(x.ndim, b)));
    const pairs = x.shape.flatMap((n, i) => y.shape.flatMap((m, j) => (n === m ? [[i, j] as const] : [])));
    const chosen = pairs.length === 0 ? undefined : choose(pairs, b);
    return lax.dotGeneral(x, y, {
      lhsContract: chosen ? [chosen[0]] : [],
      rhsContract: chosen ? [chosen[1]] : [],
      lhsBatch: [],
      rhsBatch: [],
    });
  },
  cumsum: (xs: readonly Value[], [a = 0, b = 0]: readonly number[]) => {
    const x = asFloat(choose(xs, a));
    return x.ndim === 0 ? x : lax.cumsum(x, axisOf(x, b), b % 2 === 0);
  },
} satisfies Record<string, (xs: readonly Value[], picks: readonly number[]) => Value>;

const numbers = fc.array(fc.nat({ max: 1000 }), { minLength: 3, maxLength: 3 });
const names = Object.keys(steps) as (keyof typeof steps)[];
export const programs = fc.array(fc.record({ name: fc.constantFrom(...names), picks: numbers }), {
  minLength: 1,
  maxLength: 12,
});
export const shapes = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
  fc.constantFrom([130, 3], [2, 1030], [2100]),
);

/** The last few values of the program; steps whose result would be large are left out. */
export const interpret =
  (program: readonly Step[]) =>
  (...inputs: readonly Value[]): readonly Value[] => {
    const values: Value[] = [...inputs];
    for (const { name, picks } of program) {
      const wanted = steps[name](values, picks);
      if (wanted.size <= 5000 && wanted.ndim <= 5) values.push(wanted);
    }
    return values.slice(-3);
  };

/** Numbers of a shape from a seed; zeros of both signs among them. */
export const arrayOf = (shape: readonly number[], dtype: DType, seed: number): ConcreteArray => {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const u = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    const fraction = u - Math.floor(u);
    return fraction < 0.05 ? 0 : fraction < 0.1 ? -0 : fraction * 4 - 2;
  });
  return concreteArray(shape, dtype, data);
};

/** Equal bit for bit: NaN is NaN, and -0 is not 0. */
export const identical = (a: ConcreteArray, b: ConcreteArray): boolean =>
  a.dtype === b.dtype &&
  a.shape.join() === b.shape.join() &&
  a.data.length === b.data.length &&
  Array.from(a.data).every((x, i) => Object.is(x, b.data[i]));
