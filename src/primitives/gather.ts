// gather and scatter_add with XLA's dimension numbers; the index vector is the last axis of the indices.
import { type Aval, aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, type DType, encode, i32, isFloat, recordOf } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { constant, index } from '../core/lowering';
import { definePrimitive, type Primitive, type Tangent, Zero } from '../core/primitive';
import { type ConcreteArray, concreteArray, type One, type Three, type Two, type Value } from '../core/value';
import { fullLike, instantiate } from './fill';
import { jvpOf, materialise, transposeBinary, transposeFrom } from './kinds';
import { type GatherParams, windowAt, windowAxes, writeScatterAdd } from './scatterLoops';
import { eq, selectN } from './select';
import { forEachIndex } from './strided';

export type { GatherParams } from './scatterLoops';

/** What a gather from outside gives: NaN for floats, the lowest integer, false. */
export const fillValue = (dtype: DType): number =>
  isFloat(dtype)
    ? NaN
    : dtype.kind === 'int'
      ? recordOf(dtype).lowest
      : dtype.kind === 'uint'
        ? recordOf(dtype).highest
        : 0;

const resultShape = (x: Aval, indices: Aval, p: GatherParams): number[] => {
  const outer = indices.shape.slice(0, -1);
  const inner = windowAxes(x.shape.length, p).map((d) => p.windowSizes[d] as number);
  let [nextOuter, nextInner] = [0, 0];
  return Array.from({ length: outer.length + inner.length }, (_, d) =>
    p.offsetDims.includes(d) ? (inner[nextInner++] as number) : (outer[nextOuter++] as number),
  );
};

const check = (name: string, x: Aval, indices: Aval, p: GatherParams): void => {
  if (indices.dtype !== i32)
    throw new DTypeError(`${name}: indices must be i32, got ${indices.dtype.name}. Convert with astype(indices, i32).`);
  const rank = x.shape.length;
  const fits =
    p.windowSizes.length === rank &&
    p.windowSizes.every((n, d) => n >= 0 && n <= (x.shape[d] as number)) &&
    [...p.collapsedDims, ...p.operandBatching].every((d) => (p.windowSizes[d] as number) <= 1) &&
    indices.shape.at(-1) === p.indexMap.length &&
    p.operandBatching.length === p.indicesBatching.length &&
    p.operandBatching.every((d, i) => x.shape[d] === indices.shape[p.indicesBatching[i] as number]) &&
    p.offsetDims.length === windowAxes(rank, p).length;
  if (p.outside === 'clip' && sizeOf(x.shape) === 0 && sizeOf(resultShape(x, indices, p)) > 0)
    throw new ShapeError(`${name}: there is nothing to take from an empty tensor of shape ${showShape(x.shape)}.`);
  if (!fits)
    throw new ShapeError(
      `${name}: windows of sizes (${p.windowSizes}) and indices of shape ${showShape(indices.shape)} do not fit ${showShape(x.shape)}.`,
    );
};

/** Visits every element of the result: its position, and the position in the operand, or -1 outside. */
const forEachPair = (
  x: Aval,
  indices: ConcreteArray,
  p: GatherParams,
  visit: (result: number, operand: number) => void,
): void => {
  const strides = stridesOf(x.shape);
  const indexStrides = stridesOf(indices.shape);
  const axes = windowAxes(x.shape.length, p);
  const shape = resultShape(x, indices.aval, p);
  const outerDims = shape.map((_, d) => d).filter((d) => !p.offsetDims.includes(d));
  const start = new Array<number>(x.shape.length);
  const isEmpty = sizeOf(x.shape) === 0;
  forEachIndex(shape, (at, position) => {
    let vector = 0;
    outerDims.forEach((d, i) => {
      vector += (at[d] as number) * (indexStrides[i] as number);
    });
    start.fill(0);
    let inside = true;
    p.indexMap.forEach((d, k) => {
      const wanted = indices.data[vector + k] as number;
      const room = (x.shape[d] as number) - (p.windowSizes[d] as number);
      if (wanted < 0 || wanted > room) inside = inside && p.outside === 'clip';
      start[d] = Math.min(Math.max(wanted, 0), room);
    });
    p.operandBatching.forEach((d, i) => {
      start[d] = at[outerDims[p.indicesBatching[i] as number] as number] as number;
    });
    p.offsetDims.forEach((d, i) => {
      const axis = axes[i] as number;
      start[axis] = (start[axis] as number) + (at[d] as number);
    });
    visit(position, inside && !isEmpty ? start.reduce((sum, s, d) => sum + s * (strides[d] as number), 0) : -1);
  });
};

const shift = (p: GatherParams, change: Partial<GatherParams>): GatherParams => ({
  ...p,
  collapsedDims: p.collapsedDims.map((d) => d + 1),
  indexMap: p.indexMap.map((d) => d + 1),
  operandBatching: p.operandBatching.map((d) => d + 1),
  offsetDims: p.offsetDims.map((d) => d + 1),
  ...change,
});

/** The parameters for operands that have the mapped axis in front. */
const batched = (size: number, xMapped: boolean, indicesMapped: boolean, p: GatherParams): GatherParams => {
  const later = p.indicesBatching.map((d) => d + 1);
  if (xMapped && indicesMapped)
    return shift(p, {
      operandBatching: [0, ...p.operandBatching.map((d) => d + 1)],
      indicesBatching: [0, ...later],
      windowSizes: [Math.min(1, size), ...p.windowSizes],
    });
  return shift(p, { offsetDims: [0, ...p.offsetDims.map((d) => d + 1)], windowSizes: [size, ...p.windowSizes] });
};

const gatherP: Primitive<GatherParams, Two, One> = definePrimitive<GatherParams, Two, One>('gather', {
  indexed: (_args, { indexMap, windowSizes }) => ({ axes: indexMap, sizes: windowSizes }),
  impl: ([x, indices], p) => {
    const { aval: operand, data, dtype } = x;
    const shape = resultShape(operand, indices.aval, p);
    const out = allocate(dtype, sizeOf(shape));
    const fill = encode(dtype, fillValue(dtype));
    forEachPair(operand, indices, p, (r, o) => {
      out[r] = o < 0 ? fill : (data[o] as number);
    });
    return [concreteArray(shape, dtype, out)];
  },
  shape: ([x, indices], p) => {
    check('gather', x, indices, p);
    return [aval(resultShape(x, indices, p), x.dtype)];
  },
  // The value that fills is a constant: its tangent is zero.
  jvp: jvpOf(
    () => gatherP,
    (t, _answer, [, indices], p) => dropOutside(gather(t, indices, p), t, indices, p),
  ),
  transpose: transposeBinary([(ct, [x, indices], p) => scatterAdd(fullLike(x, 0), indices, ct, p), null]),
  batch: (size, [x, indices], [xMapped, iMapped], p) => {
    if (!xMapped) {
      const params = {
        ...p,
        offsetDims: p.offsetDims.map((d) => d + 1),
        indicesBatching: p.indicesBatching.map((d) => d + 1),
      };
      return { values: [gather(x, indices, params)], mapped: [true] };
    }
    return {
      values: [gather(x, indices, batched(size, true, iMapped, p))],
      mapped: [true],
    };
  },
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    isGuarded: true,
    takesStored: true,
    element: ({ args: [operand], at, params: p, read }) => {
      const fill = constant(fillValue(operand.dtype), operand.dtype.name);
      if (sizeOf(operand.shape) === 0) return fill;
      const { inside, place } = windowAt(p, operand.shape, at, (vector) => read(1, vector));
      return index.select(inside, read(0, place), fill);
    },
  },
});
export const gather = (x: Value, indices: Value, params: GatherParams): Value => bind1(gatherP, [x, indices], params);

/** x with every window of updates added where the indices say; windows that meet are all added, in the order of the updates. */
const scatterAddP: Primitive<GatherParams, Three, One> = definePrimitive<GatherParams, Three, One>('scatter_add', {
  impl: ([operand, indices, { data }], p) => {
    const out = operand.data.slice();
    forEachPair(operand.aval, indices, p, (r, o) => {
      if (o >= 0) out[o] = (out[o] as number) + (data[r] as number);
    });
    return [concreteArray(operand.shape, operand.dtype, out)];
  },
  shape: ([operand, indices, patch], p) => {
    check('scatter_add', operand, indices, p);
    const wanted = resultShape(operand, indices, p);
    if (showShape(wanted) !== showShape(patch.shape))
      throw new ShapeError(
        `scatter_add: expected updates of shape ${showShape(wanted)}, got ${showShape(patch.shape)}.`,
      );
    if (patch.dtype !== operand.dtype)
      throw new DTypeError(`scatter_add: dtypes ${operand.dtype.name} and ${patch.dtype.name} differ.`);
    return [operand];
  },
  jvp: ([x, indices, updates], [tx, , tu], p) => {
    const answer = scatterAdd(x, indices, updates, p);
    const tangent: Tangent = tu instanceof Zero ? tx : scatterAdd(instantiate(tx), indices, tu, p);
    return { primals: [answer], tangents: [tangent] };
  },
  transpose: transposeFrom<GatherParams, Three>([
    (ct) => ct,
    null,
    (ct, [, indices], p) => dropOutside(gather(ct, indices, p), ct, indices, p),
  ]),
  batch: (size, [x, indices, updates], [xMapped, iMapped, uMapped], p) => {
    const operand = materialise(size, x, xMapped);
    const patch = materialise(size, updates, uMapped);
    return {
      values: [scatterAdd(operand, indices, patch, batched(size, true, iMapped, p))],
      mapped: [true],
    };
  },
  lower: { kind: 'loops', write: writeScatterAdd },
});
export const scatterAdd = (x: Value, indices: Value, updates: Value, params: GatherParams): Value =>
  bind1(scatterAddP, [x, indices, updates], params);

/** Zero where the window is outside, where gather alone would give its fill value. */
const dropOutside = (gathered: Value, ct: Value, indices: Value, p: GatherParams): Value => {
  if (p.outside === 'clip') return gathered;
  const inside = eq(gather(fullLike(ct, 1), indices, p), fullLike(gathered, 1));
  return selectN(inside, fullLike(gathered, 0), gathered);
};
