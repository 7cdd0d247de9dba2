// Windows that slide over every axis: sums and maxima, and the pair that moves values to and from where the maximum is.
import { type Aval, aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, type Data, rounder } from '../core/dtype';
import { ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { definePrimitive, type Primitive } from '../core/primitive';
import { concreteArray, type One, type Two, type Value } from '../core/value';
import {
  allMapped,
  batchUnary,
  checkDType,
  checkEqual,
  jvpLinear,
  jvpOf,
  transposeBinary,
  transposeUnary,
} from './kinds';
import { pad } from './pad';
import { identityOf } from './reduction';
import { forEachIndex } from './strided';
import { combineInOrder } from './summation';
import { broadcastInDim, reshape } from './views';
import {
  dilated,
  isTiling,
  type WindowParams,
  windowedShape,
  windowTerm,
  windowTerms,
  writeSelectAndGather,
  writeSelectAndScatter,
} from './windowLoops';

export type { WindowParams } from './windowLoops';

const at = <T>(xs: readonly T[], i: number): T => xs[i] as T;
const outer = ({ window, strides, padding, dilation }: WindowParams): WindowParams => ({
  window: [1, ...window],
  strides: [1, ...strides],
  padding: [[0, 0], ...padding],
  dilation: [1, ...dilation],
});

const check = (name: string, { shape }: Aval, p: WindowParams): void => {
  const fits =
    [p.window, p.strides, p.padding, p.dilation].every((list) => list.length === shape.length) &&
    [...p.window, ...p.strides, ...p.dilation].every((n) => Number.isInteger(n) && n >= 1);
  if (!fits)
    throw new ShapeError(
      `${name}: window (${p.window}), strides (${p.strides}) and dilation (${p.dilation}) must be positive, one for each axis of ${showShape(shape)}.`,
    );
};

/** For every window in order: its position, and the positions in the operand of its elements, -1 in the padding. */
const forEachWindow = (
  shape: readonly number[],
  p: WindowParams,
  visit: (position: number, elements: readonly number[]) => void,
): void => {
  const strides = stridesOf(shape);
  forEachIndex(windowedShape(shape, p), (o, position) => {
    const elements: number[] = [];
    forEachIndex(p.window, (w) => {
      let offset = 0;
      for (let d = 0; d < shape.length; d++) {
        const i = at(o, d) * at(p.strides, d) + at(w, d) * at(p.dilation, d) - at(p.padding, d)[0];
        if (i < 0 || i >= at(shape, d)) {
          elements.push(-1);
          return;
        }
        offset += i * at(strides, d);
      }
      elements.push(offset);
    });
    visit(position, elements);
  });
};

/** The first of the largest elements, NaN before all; -1 in a window of padding alone. */
const largest = (data: Data, elements: readonly number[]): number => {
  let best = -1;
  for (const e of elements) {
    if (e < 0) continue;
    if (best < 0) best = e;
    const [candidate, champion] = [data[e] as number, data[best] as number];
    if (candidate > champion || (Number.isNaN(candidate) && !Number.isNaN(champion))) best = e;
  }
  return best;
};

/** Every element in all places of its window, where windows lie side by side. */
const spread = (x: Value, window: readonly number[]): Value =>
  reshape(
    broadcastInDim(
      x,
      x.shape.flatMap((n, d) => [n, at(window, d)]),
      x.shape.map((_, d) => 2 * d),
    ),
    x.shape.map((n, d) => n * at(window, d)),
  );

const reduceWindowSumP: Primitive<WindowParams, One, One> = definePrimitive<WindowParams, One, One>(
  'reduce_window_sum',
  {
    impl: ([x], p) => {
      const { shape, dtype, data } = x;
      const result = windowedShape(shape, p);
      const out = allocate(dtype, sizeOf(result));
      const round = rounder(dtype);
      forEachWindow(shape, p, (position, elements) => {
        const term = (i: number): number => (at(elements, i) < 0 ? 0 : (data[at(elements, i)] as number));
        out[position] = combineInOrder(elements.length, 1, 0, term, (sum, x) => round(sum + x));
      });
      return [concreteArray(result, dtype, out)];
    },
    shape: ([x], p) => {
      checkDType('reduce_window_sum', 'number', x.dtype);
      check('reduce_window_sum', x, p);
      return [aval(windowedShape(x.shape, p), x.dtype)];
    },
    jvp: jvpLinear(() => reduceWindowSumP),
    transpose: transposeUnary((ct, { shape }, p) => {
      if (isTiling(shape, p)) return spread(ct, p.window);
      const widths = shape.map((n, d) => {
        const [w, o] = [dilated(at(p.window, d), at(p.dilation, d)), dilated(at(ct.shape, d), at(p.strides, d))];
        const first = w - at(p.padding, d)[0] - 1;
        return [first, n + w - 1 - o - first, at(p.strides, d) - 1] as const;
      });
      const ones = shape.map(() => 1);
      return reduceWindowSum(pad(ct, 0, widths), {
        window: p.window,
        strides: ones,
        padding: shape.map(() => [0, 0] as const),
        dilation: p.dilation,
      });
    }),
    batch: batchUnary(() => reduceWindowSumP, outer),
    lower: { kind: 'window', combine: 'add', terms: windowTerms, element: windowTerm(() => 0) },
  },
);
export const reduceWindowSum = (x: Value, params: WindowParams): Value => bind1(reduceWindowSumP, [x], params);

const reduceWindowMaxP: Primitive<WindowParams, One, One> = definePrimitive<WindowParams, One, One>(
  'reduce_window_max',
  {
    impl: ([x], p) => {
      const { shape, dtype, data } = x;
      const result = windowedShape(shape, p);
      const out = allocate(dtype, sizeOf(result));
      const lowest = identityOf('max', dtype);
      forEachWindow(shape, p, (position, elements) => {
        out[position] = elements.reduce((best, e) => (e < 0 ? best : Math.max(best, data[e] as number)), lowest);
      });
      return [concreteArray(result, dtype, out)];
    },
    shape: ([x], p) => {
      check('reduce_window_max', x, p);
      return [aval(windowedShape(x.shape, p), x.dtype)];
    },
    // Unlike a full maximum, a window gives the whole derivative to the first of tied elements, as JAX does.
    jvp: jvpOf(
      () => reduceWindowMaxP,
      (t, _answer, [x], p) => selectAndGatherAdd(t, x, p),
    ),
    transpose: null,
    batch: batchUnary(() => reduceWindowMaxP, outer),
    lower: {
      kind: 'window',
      combine: 'max',
      terms: windowTerms,
      element: windowTerm((dtype) => identityOf('max', dtype)),
    },
  },
);
export const reduceWindowMax = (x: Value, params: WindowParams): Value => bind1(reduceWindowMaxP, [x], params);

const batchPair =
  (primitive: () => Primitive<WindowParams, Two, One>): Primitive<WindowParams, Two, One>['batch'] =>
  (size, args, mapped, p) => ({
    values: [bind1(primitive(), allMapped(size, args, mapped), outer(p))],
    mapped: [true],
  });

/** result[window] = values[where x is largest in the window]: linear in `values`. */
const selectAndGatherAddP: Primitive<WindowParams, Two, One> = definePrimitive<WindowParams, Two, One>(
  'select_and_gather_add',
  {
    impl: ([values, x], p) => {
      const { shape, dtype, data } = values;
      const result = windowedShape(shape, p);
      const out = allocate(dtype, sizeOf(result));
      forEachWindow(shape, p, (position, elements) => {
        const best = largest(x.data, elements);
        out[position] = best < 0 ? 0 : (data[best] as number);
      });
      return [concreteArray(result, dtype, out)];
    },
    shape: ([values, x], p) => {
      checkEqual('select_and_gather_add', [values, x]);
      check('select_and_gather_add', x, p);
      return [aval(windowedShape(x.shape, p), values.dtype)];
    },
    jvp: jvpLinear(() => selectAndGatherAddP),
    transpose: transposeBinary([(ct, [, x], p) => selectAndScatterAdd(ct, x, p), null]),
    batch: batchPair(() => selectAndGatherAddP),
    lower: { kind: 'loops', write: writeSelectAndGather },
  },
);
export const selectAndGatherAdd = (values: Value, x: Value, params: WindowParams): Value =>
  bind1(selectAndGatherAddP, [values, x], params);

/** Adds source[window] where x is largest in the window: the transpose of select_and_gather_add. */
const selectAndScatterAddP: Primitive<WindowParams, Two, One> = definePrimitive<WindowParams, Two, One>(
  'select_and_scatter_add',
  {
    impl: ([source, x], p) => {
      const { shape, data } = x;
      const { data: from, dtype } = source;
      const out = allocate(dtype, data.length);
      forEachWindow(shape, p, (position, elements) => {
        const best = largest(data, elements);
        if (best >= 0) out[best] = (out[best] as number) + (from[position] as number);
      });
      return [concreteArray(shape, dtype, out)];
    },
    shape: ([source, x], p) => {
      check('select_and_scatter_add', x, p);
      checkEqual('select_and_scatter_add', [source, aval(windowedShape(x.shape, p), x.dtype)]);
      return [x];
    },
    jvp: jvpLinear(() => selectAndScatterAddP),
    transpose: transposeBinary([(ct, [, x], p) => selectAndGatherAdd(ct, x, p), null]),
    batch: batchPair(() => selectAndScatterAddP),
    lower: { kind: 'loops', write: writeSelectAndScatter },
  },
);
export const selectAndScatterAdd = (source: Value, x: Value, params: WindowParams): Value =>
  bind1(selectAndScatterAddP, [source, x], params);
