// Reductions over axes and windows, and the pair that selects and scatters.
import { sizeOf } from '../../../src/core/aval';
import { bool, f64, i32, isFloat } from '../../../src/core/dtype';
import type { Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { NotApplicable } from '../ledger';
import { integers, type Op, pairs, type Region } from '../mlir/module';
import { type Combinator, combinatorNamed, combinatorOf } from './combinator';
import type { Rule, Scope } from './context';
import { directionOf } from './pointwise';

/** A region of scalars, for every element of tensors of one shape. */
export type MapRegion = (region: Region, args: readonly Value[], scope: Scope) => readonly Value[];

/** Exchanges the largest and the smallest, exactly. */
const mirror = (x: Value): Value => (isFloat(x.dtype) ? lax.neg(x) : lax.not(x));

const spread = (x: Value, like: Value): Value => (like.ndim === 0 ? x : lax.broadcastInDim(x, like.shape, []));

type Pair = (a: Value, b: Value) => Value;
const pairwise: Readonly<Record<'add' | 'mul' | 'max' | 'min', Pair>> = lax;

/** The reduction that is a primitive, before the initial value is combined with it. */
const reduced = (x: Value, axes: readonly number[], combinator: Combinator): readonly [Value, Pair] | null => {
  if (x.dtype === bool) {
    if (combinator === 'or' || combinator === 'max' || combinator === 'add') return [lax.reduceMax(x, axes), lax.or];
    if (combinator === 'and' || combinator === 'min' || combinator === 'mul') return [lax.reduceMin(x, axes), lax.and];
    return null;
  }
  if (combinator === 'add') return [lax.reduceSum(x, axes), pairwise.add];
  if (combinator === 'mul') return [lax.reduceProd(x, axes), pairwise.mul];
  if (combinator === 'max') return [lax.reduceMax(x, axes), pairwise.max];
  if (combinator === 'min') return [lax.reduceMin(x, axes), pairwise.min];
  return null;
};

/** What argmax looks like: (a > b or a is NaN) or (a = b and its index is lower). */
const isArgmax = (op: Op, xs: readonly Value[]): boolean => {
  const first = op.regions[0]?.ops[0];
  const selects = op.regions[0]?.ops.filter((o) => o.name === 'stablehlo.select').length;
  return (
    xs.length === 2 &&
    xs[1]?.dtype === i32 &&
    selects === 2 &&
    first?.name === 'stablehlo.compare' &&
    directionOf(first) === 'GT'
  );
};

const keptAxes = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !axes.includes(d));

/** Any region, applied to one element of every line after the other. */
const fold = (
  xs: readonly Value[],
  inits: readonly Value[],
  axes: readonly number[],
  step: (accumulated: readonly Value[], next: readonly Value[]) => readonly Value[],
): readonly Value[] => {
  const [{ shape }] = xs as readonly [Value];
  const kept = keptAxes(shape.length, axes);
  const outer = kept.map((d) => shape[d] as number);
  const length = sizeOf(axes.map((d) => shape[d] as number));
  const lines = xs.map((x) => lax.reshape(lax.transpose(x, [...kept, ...axes]), [...outer, length]));
  let accumulated = inits.map((v) => (outer.length === 0 ? v : lax.broadcastInDim(v, outer, [])));
  for (let i = 0; i < length; i++) {
    const at = lines.map((x) => lax.reshape(lax.slice(x, [...outer.map(() => 0), i], [...outer, i + 1]), outer));
    accumulated = [...step(accumulated, at)];
  }
  return accumulated;
};

const reduce =
  (mapRegion: MapRegion): Rule =>
  (op, args, scope) => {
    const count = args.length / 2;
    // Pretty: (x0 init: v0), (x1 init: v1). Generic: x0, x1, v0, v1.
    const pretty = op.text.includes('init:');
    const xs = args.filter((_, i) => (pretty ? i % 2 === 0 : i < count));
    const inits = args.filter((_, i) => (pretty ? i % 2 === 1 : i >= count));
    const axes = integers(op, 'dimensions') ?? [];
    const region = op.regions[0];
    const applied = /applies\s+([\w.]+)/.exec(op.text)?.[1];
    const combinator = applied ? combinatorNamed(applied) : combinatorOf(region);
    const [x, init] = [xs[0] as Value, inits[0] as Value];
    const primitive = combinator && count === 1 ? reduced(x, axes, combinator) : null;
    if (primitive) return [primitive[1](spread(init, primitive[0]), primitive[0])];
    if (region === undefined) throw new NotApplicable(`reduction by ${applied} of ${x.dtype.name}`);
    if (isArgmax(op, xs) && axes.length === 1 && (x.shape[axes[0] as number] as number) > 0)
      return [lax.reduceMax(x, axes), lax.argmax(x, axes[0] as number, i32)];
    return fold(xs, inits, axes, (a, b) => mapRegion(region, [...a, ...b], scope));
  };

interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly baseDilation: readonly number[];
}

const windowsOf = (op: Op, rank: number): Windows => {
  const ones = new Array<number>(rank).fill(1);
  return {
    window: integers(op, 'window_dimensions') ?? ones,
    strides: integers(op, 'window_strides') ?? ones,
    padding: pairs(integers(op, 'padding') ?? ones.flatMap(() => [0, 0])),
    dilation: integers(op, 'window_dilations') ?? ones,
    baseDilation: integers(op, 'base_dilations') ?? ones,
  };
};

/** Every place of a window as a strided slice of the padded operands, combined one after the other. */
const foldWindows = (
  xs: readonly Value[],
  inits: readonly Value[],
  w: Windows,
  step: (accumulated: readonly Value[], next: readonly Value[]) => readonly Value[],
): readonly Value[] => {
  const padded = xs.map((x, i) =>
    lax.pad(
      x,
      inits[i] as Value,
      w.padding.map(([low, high], d) => [low, high, (w.baseDilation[d] as number) - 1] as const),
    ),
  );
  const { shape } = padded[0] as Value;
  const extent = (d: number): number => ((w.window[d] as number) - 1) * (w.dilation[d] as number) + 1;
  const result = shape.map((n, d) => (n < extent(d) ? 0 : Math.floor((n - extent(d)) / (w.strides[d] as number)) + 1));
  let accumulated = inits.map((v) => (result.length === 0 ? v : lax.broadcastInDim(v, result, [])));
  if (sizeOf(result) === 0) return accumulated;
  for (let place = 0; place < sizeOf(w.window); place++) {
    let rest = place;
    const start = new Array<number>(shape.length);
    for (let d = shape.length - 1; d >= 0; d--) {
      start[d] = (rest % (w.window[d] as number)) * (w.dilation[d] as number);
      rest = Math.floor(rest / (w.window[d] as number));
    }
    const limit = start.map((s, d) => s + ((result[d] as number) - 1) * (w.strides[d] as number) + 1);
    accumulated = [
      ...step(
        accumulated,
        padded.map((x) => lax.slice(x, start, limit, w.strides)),
      ),
    ];
  }
  return accumulated;
};

/** A running sum: one axis, as long as the window, padded on one side. */
const cumulativeAxis = (x: Value, w: Windows): { axis: number; reverse: boolean } | null => {
  const long = x.shape.flatMap((n, d) => (w.window[d] !== 1 && n === w.window[d] ? [d] : []));
  const [axis] = long;
  if (axis === undefined || long.length !== 1 || [...w.strides, ...w.dilation].some((n) => n !== 1)) return null;
  if (w.window.some((n, d) => d !== axis && (n !== 1 || w.padding[d]?.some((p) => p !== 0)))) return null;
  const [low, high] = w.padding[axis] as readonly [number, number];
  const n = w.window[axis] as number;
  if (low === n - 1 && high === 0) return { axis, reverse: false };
  return low === 0 && high === n - 1 ? { axis, reverse: true } : null;
};

/** select_and_gather_add: both operands of the window, chosen by a comparison of the first ones. */
const gatherDirection = (op: Op): 'GE' | 'LE' | null => {
  const ops = op.regions[0]?.ops ?? [];
  const direction = ops[0]?.name === 'stablehlo.compare' ? directionOf(ops[0]) : '';
  const fits = ops.length === 4 && ops.filter((o) => o.name === 'stablehlo.select').length === 2;
  return fits && (direction === 'GE' || direction === 'LE') ? direction : null;
};

const reduceWindow =
  (mapRegion: MapRegion): Rule =>
  (op, args, scope) => {
    const count = args.length / 2;
    const [xs, inits] = [args.slice(0, count), args.slice(count)];
    const [x, init] = [xs[0] as Value, inits[0] as Value];
    const windows = windowsOf(op, x.ndim);
    const region = op.regions[0] as Region;
    const combinator = count === 1 ? combinatorOf(region) : null;
    const plain = windows.baseDilation.every((n) => n === 1);
    const direction = count === 2 && plain ? gatherDirection(op) : null;
    if (direction) {
      const [values, by] = [xs[1] as Value, direction === 'GE' ? x : lax.neg(x)];
      const best = lax.reduceWindowMax(by, windows);
      return [direction === 'GE' ? best : lax.neg(best), lax.selectAndGatherAdd(values, by, windows)];
    }
    const withInit = (f: Pair, y: Value): readonly Value[] => [f(spread(init, y), y)];
    if (plain && combinator === 'add' && x.dtype !== bool) {
      const sums = lax.reduceWindowSum(x, windows);
      const running = cumulativeAxis(x, windows);
      // cumsum rounds less often than the window sums that the file asks for, so it is held to them, not to the file.
      if (running)
        scope.run.checks.push({
          kind: 'almost',
          actual: lax.cumsum(x, running.axis, running.reverse),
          expected: sums,
          tolerance: x.dtype === f64 ? 1e-14 : 1e-5,
        });
      return withInit(lax.add, sums);
    }
    if (plain && combinator === 'max') return withInit(lax.max, lax.reduceWindowMax(x, windows));
    if (plain && combinator === 'min') return withInit(lax.min, mirror(lax.reduceWindowMax(mirror(x), windows)));
    return foldWindows(xs, inits, windows, (a, b) => mapRegion(region, [...a, ...b], scope));
  };

const selectAndScatter: Rule = (op, [x, source, init]) => {
  const direction = directionOf((op.regions[0] as Region).ops[0] as Op);
  if (combinatorOf(op.regions[1]) !== 'add')
    throw new NotApplicable('select_and_scatter by another combinator than add');
  const operand = x as Value;
  const by = direction === 'GE' || direction === 'GT' ? operand : mirror(operand);
  const placed = lax.selectAndScatterAdd(source as Value, by, windowsOf(op, operand.ndim));
  return [lax.add(spread(init as Value, placed), placed)];
};

/** The comparator of a sort, as far as the primitive goes: increasing in the operands it looks at, the first ones. */
const sort: Rule = (op, xs) => {
  const region = op.regions[0] as Region;
  const last = region.ops.filter((o) => o.name === 'stablehlo.compare').at(-1);
  const seen = new Set(region.ops.flatMap((o) => o.operands));
  const used = xs.map((_, i) => seen.has(region.args[2 * i] as string));
  const keys = used.filter(Boolean).length;
  if (!last || used.slice(0, keys).includes(false)) throw new NotApplicable('sort by a comparator of its own');
  const axis = Number(/dimension\s*=\s*(\d+)/.exec(op.text)?.[1] ?? (xs[0] as Value).ndim - 1);
  const direction = directionOf(last);
  const [first, ...others] = xs;
  if (first === undefined) throw new NotApplicable('sort of nothing');
  if (direction === 'LT' || direction === 'LE') return lax.sort([first, ...others], axis, keys);
  if (keys !== 1) throw new NotApplicable('sort by a comparator of its own');
  const sorted = lax.sort([mirror(first), ...others], axis, 1);
  return [mirror(sorted[0] as Value), ...sorted.slice(1)];
};

/** The k largest, NaN before all, lower indices first among equals. */
const topK: Rule = (op, [x]) => {
  const operand = x as Value;
  const k = Number(/k\s*=\s*(\d+)/.exec(op.text)?.[1]);
  const axis = operand.ndim - 1;
  const order = lax.iota(operand.shape, axis, i32);
  const isNumber = lax.eq(operand, operand);
  const [, , values, indices] = lax.sort([isNumber, mirror(operand), operand, order], axis, 2) as Value[];
  const limit = [...operand.shape.slice(0, -1), k];
  const start = limit.map(() => 0);
  return [lax.slice(values as Value, start, limit), lax.slice(indices as Value, start, limit)];
};

export const reductions = (mapRegion: MapRegion): Readonly<Record<string, Rule>> => ({
  'stablehlo.reduce': reduce(mapRegion),
  'stablehlo.reduce_window': reduceWindow(mapRegion),
  'stablehlo.select_and_scatter': selectAndScatter,
  'stablehlo.sort': sort,
  'stablehlo.map': (op, args, scope) => mapRegion(op.regions[0] as Region, args, scope),
  'chlo.top_k': topK,
});
