// pad: borders and gaps of one value; negative widths cut.
import { type Aval, aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, bool } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { constant, type Expr, index } from '../core/lowering';
import { definePrimitive, type Primitive } from '../core/primitive';
import { concreteArray, type One, scalarArray, type Two, type Value } from '../core/value';
import { full, fullLike, instantiate } from './fill';
import { materialise, transposeBinary } from './kinds';
import { reduceSum } from './reduction';
import { selectN } from './select';
import { readStrided, writeStrided } from './strided';
import { broadcastInDim, slice } from './views';

/** Per axis: elements added before and after (negative: removed), and between neighbours. */
export type PadWidths = readonly (readonly [before: number, after: number, between: number])[];
type PadParams = { readonly widths: PadWidths };

const padded = (n: number, [before, after, between]: PadWidths[number]): number =>
  before + after + n + Math.max(0, n - 1) * between;

const padP: Primitive<PadParams, Two, One> = definePrimitive<PadParams, Two, One>('pad', {
  impl: ([x, value], { widths }) => {
    const { shape, dtype } = x;
    const result = shape.map((n, d) => padded(n, widths[d] as PadWidths[number]));
    const out = allocate(dtype, sizeOf(result)).fill(value.data[0] as number);
    // The part of the operand that falls inside the result, axis by axis.
    const first = widths.map(([before, , between]) => (before >= 0 ? 0 : Math.ceil(-before / (between + 1))));
    const count = widths.map(([before, , between], d) => {
      const last = Math.min((shape[d] as number) - 1, Math.floor(((result[d] as number) - 1 - before) / (between + 1)));
      return Math.max(0, last - (first[d] as number) + 1);
    });
    if (sizeOf(count) > 0) {
      const strides = stridesOf(result);
      const offset = strides.reduce((sum, s, d) => {
        const [before, , between] = widths[d] as PadWidths[number];
        return sum + s * (before + (first[d] as number) * (between + 1));
      }, 0);
      const own = stridesOf(shape);
      const inside = readStrided(
        x,
        count,
        own,
        own.reduce((sum, s, d) => sum + s * (first[d] as number), 0),
      );
      writeStrided(
        out,
        inside,
        count,
        strides.map((s, d) => s * ((widths[d] as PadWidths[number])[2] + 1)),
        offset,
      );
    }
    return [concreteArray(result, dtype, out)];
  },
  shape: ([x, value], { widths }) => {
    const { shape, dtype } = x;
    if (value.shape.length !== 0 || value.dtype !== dtype)
      throw new DTypeError(`pad: the value must be a scalar of dtype ${dtype.name}.`);
    const result = widths.map((w, d) => padded(shape[d] ?? 0, w));
    if (widths.length !== shape.length || result.some((n) => n < 0) || widths.some(([, , between]) => between < 0))
      throw new ShapeError(`pad: widths (${widths.map((w) => `[${w}]`)}) do not fit ${showShape(shape)}.`);
    return [aval(result, dtype)];
  },
  jvp: ([x, value], [tx, tv], params) => {
    const answer = pad(x, value, params.widths);
    return {
      primals: [answer],
      tangents: [pad(instantiate(tx), instantiate(tv), params.widths)],
    };
  },
  transpose: transposeBinary([
    (ct, [x], { widths }) => unpad(ct, x.aval.shape, widths),
    (ct, [x], { widths }) =>
      reduceSum(
        selectN(padMask(x.aval, widths), ct, fullLike(ct, 0)),
        ct.shape.map((_, d) => d),
      ),
  ]),
  batch: (size, [x, value], [xMapped, vMapped], { widths }) => {
    const outer: PadWidths = [[0, 0, 0], ...widths];
    const operand = materialise(size, x, xMapped);
    if (!vMapped) return { values: [pad(operand, value, outer)], mapped: [true] };
    const result = pad(operand, 0, outer);
    const inside = padMask(operand.aval, outer);
    return { values: [selectN(inside, broadcastInDim(value, result.shape, [0]), result)], mapped: [true] };
  },
  lower: {
    kind: 'map',
    cost: 'view',
    isGuarded: true,
    element: ({ args: [x], at, params: { widths }, read }) => {
      let inside: Expr = constant(1, 'bool');
      const places = at.map((e, d) => {
        const [before, , between] = widths[d] as PadWidths[number];
        const n = x.shape[d] as number;
        const shifted = index.sub(e, index.int(before));
        const place = index.div(shifted, between + 1);
        if (before > 0) inside = index.and(inside, index.ge(shifted, index.int(0)));
        if (before !== 0 || (widths[d] as PadWidths[number])[1] !== 0)
          inside = index.and(inside, index.lt(place, index.int(n)));
        if (between > 0) inside = index.and(inside, index.eq(index.mod(shifted, between + 1), index.int(0)));
        return place;
      });
      return index.select(inside, read(0, places), read(1, []));
    },
  },
});

/** True where the padded result holds an element of the operand. */
const padMask = (operand: Aval, widths: PadWidths): Value => pad(full(operand.shape, bool, 1), 0, widths);

/** What pad put inside: its transpose in the operand, and its left inverse. */
const unpad = (ct: Value, shape: readonly number[], widths: PadWidths): Value => {
  const uncut = pad(
    ct,
    0,
    widths.map(([before, after]) => [Math.max(0, -before), Math.max(0, -after), 0] as const),
  );
  const start = widths.map(([before]) => Math.max(0, before));
  return slice(
    uncut,
    start,
    shape.map((n, d) => (start[d] as number) + (n === 0 ? 0 : (n - 1) * ((widths[d] as PadWidths[number])[2] + 1) + 1)),
    widths.map(([, , between]) => between + 1),
  );
};

export const pad = (x: Value, value: Value | number, widths: PadWidths): Value =>
  bind1(padP, [x, typeof value === 'number' ? scalarArray(value, x.dtype) : value], { widths });
