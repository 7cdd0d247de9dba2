// Views that repeat or permute: broadcast_in_dim, transpose, reshape, rev, slice.
import { aval, sameShape, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate } from '../core/dtype';
import { AxisError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { type Expr, index } from '../core/lowering';
import { definePrimitive, type Primitive } from '../core/primitive';
import { type ConcreteArray, concreteArray, type One, type Value } from '../core/value';
import { batchUnary, jvpLinear, transposeUnary } from './kinds';
import { pad } from './pad';
import { reduceSum } from './reduction';
import { readStrided } from './strided';

const view = (
  x: ConcreteArray,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): readonly [ConcreteArray] => [concreteArray(shape, x.dtype, readStrided(x, shape, strides, offset))];
const after1 = (axes: readonly number[]): number[] => [0, ...axes.map((d) => d + 1)];

type BroadcastParams = { readonly shape: readonly number[]; readonly dims: readonly number[] };
/** result[i] = x[i[dims]]; a dimension of size 1 stretches. */
const broadcastInDimP: Primitive<BroadcastParams, One, One> = definePrimitive<BroadcastParams, One, One>(
  'broadcast_in_dim',
  {
    impl: ([x], { shape, dims }) => {
      const { shape: from, dtype, data } = x;
      if (data.length === 1)
        return [concreteArray(shape, dtype, allocate(dtype, sizeOf(shape)).fill(data[0] as number))];
      const own = stridesOf(from);
      const strides = shape.map(() => 0);
      dims.forEach((d, i) => {
        strides[d] = from[i] === 1 ? 0 : (own[i] as number);
      });
      return view(x, shape, strides);
    },
    shape: ([x], { shape, dims }) => {
      const { shape: from, dtype } = x;
      const fits =
        dims.length === from.length &&
        dims.every((d, i) => (i === 0 || d > (dims[i - 1] as number)) && (from[i] === 1 || from[i] === shape[d]));
      if (!fits)
        throw new ShapeError(
          `broadcast_in_dim: ${showShape(from)} does not fit ${showShape(shape)} at axes (${dims}).`,
        );
      return [aval(shape, dtype)];
    },
    jvp: jvpLinear(() => broadcastInDimP),
    transpose: transposeUnary((ct, x, { shape, dims }) => {
      const stretched = dims.filter((d, i) => x.shape[i] === 1 && shape[d] !== 1);
      const added = shape.map((_, d) => d).filter((d) => !dims.includes(d));
      return reshape(
        reduceSum(
          ct,
          [...added, ...stretched].sort((a, b) => a - b),
        ),
        x.shape,
      );
    }),
    batch: batchUnary(
      () => broadcastInDimP,
      ({ shape, dims }, size) => ({ shape: [size, ...shape], dims: after1(dims) }),
    ),
    simplify: ({ operands: [x], inner, params: { shape, dims } }) => {
      if (sameShape(x.aval.shape, shape)) return x;
      if (inner === null) return null;
      return { operand: inner.operand, params: { shape, dims: inner.params.dims.map((d) => dims[d] as number) } };
    },
    lower: {
      kind: 'map',
      cost: 'view',
      repeats: true,
      element: ({ args: [x], at, params: { dims }, read }) =>
        read(
          0,
          dims.map((d, i) => (x.shape[i] === 1 ? index.int(0) : (at[d] as Expr))),
        ),
    },
  },
);
export const broadcastInDim = (x: Value, shape: readonly number[], dims: readonly number[]): Value =>
  bind1(broadcastInDimP, [x], { shape, dims });

type TransposeParams = { readonly permutation: readonly number[] };
const inverse = (permutation: readonly number[]): number[] => {
  const out = new Array<number>(permutation.length);
  permutation.forEach((d, i) => {
    out[d] = i;
  });
  return out;
};
/** result axis i is operand axis permutation[i]. */
const transposeP: Primitive<TransposeParams, One, One> = definePrimitive<TransposeParams, One, One>('transpose', {
  impl: ([x], { permutation }) => {
    const { shape } = x;
    const strides = stridesOf(shape);
    return view(
      x,
      permutation.map((d) => shape[d] as number),
      permutation.map((d) => strides[d] as number),
    );
  },
  shape: ([x], { permutation }) => {
    const { shape, dtype } = x;
    const sorted = [...permutation].sort((a, b) => a - b);
    if (
      !sameShape(
        sorted,
        shape.map((_, d) => d),
      )
    )
      throw new AxisError(
        `transpose: (${permutation}) is not a permutation of the ${shape.length} axes of ${showShape(shape)}.`,
      );
    return [
      aval(
        permutation.map((d) => shape[d] as number),
        dtype,
      ),
    ];
  },
  jvp: jvpLinear(() => transposeP),
  transpose: transposeUnary((ct, _x, { permutation }) => transpose(ct, inverse(permutation))),
  batch: batchUnary(
    () => transposeP,
    ({ permutation }) => ({ permutation: after1(permutation) }),
  ),
  simplify: ({ operands: [x], inner, params: { permutation } }) => {
    if (permutation.every((d, i) => d === i)) return x;
    if (inner === null) return null;
    return {
      operand: inner.operand,
      params: { permutation: permutation.map((d) => inner.params.permutation[d] as number) },
    };
  },
  lower: {
    kind: 'map',
    cost: 'view',
    permutation: ({ permutation }) => permutation,
    element: ({ at, params: { permutation }, read }) =>
      read(
        0,
        inverse(permutation).map((i) => at[i] as Expr),
      ),
  },
});
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  permutation.every((d, i) => d === i) && permutation.length === x.ndim ? x : bind1(transposeP, [x], { permutation });
/** Moves one axis to another place, the others keep their order. */
export const moveAxis = (x: Value, from: number, to: number): Value => {
  const rest = x.shape.map((_, d) => d).filter((d) => d !== from);
  rest.splice(to, 0, from);
  return transpose(x, rest);
};

type ReshapeParams = { readonly shape: readonly number[] };
/** The same elements in row-major order. */
const reshapeP: Primitive<ReshapeParams, One, One> = definePrimitive<ReshapeParams, One, One>('reshape', {
  impl: ([x], { shape }) => [concreteArray(shape, x.dtype, x.data)],
  shape: ([x], { shape }) => {
    const { shape: from, dtype } = x;
    if (sizeOf(from) !== sizeOf(shape))
      throw new ShapeError(
        `reshape: element counts differ: ${showShape(from)} has ${sizeOf(from)}, ${showShape(shape)} has ${sizeOf(shape)}.`,
      );
    return [aval(shape, dtype)];
  },
  jvp: jvpLinear(() => reshapeP),
  transpose: transposeUnary((ct, x) => reshape(ct, x.shape)),
  batch: batchUnary(
    () => reshapeP,
    ({ shape }, size) => ({ shape: [size, ...shape] }),
  ),
  simplify: ({ operands: [x], inner, params }) =>
    sameShape(x.aval.shape, params.shape) ? x : inner === null ? null : { operand: inner.operand, params },
  lower: {
    kind: 'map',
    cost: 'view',
    repeats: true,
    sameOrder: true,
    element: ({ args: [x], at, params: { shape }, read }) =>
      read(0, index.unflatten(index.flatten(at, shape), x.shape)),
  },
});
export const reshape = (x: Value, shape: readonly number[]): Value =>
  sameShape(x.shape, shape) ? x : bind1(reshapeP, [x], { shape });

type RevParams = { readonly dims: readonly number[] };
/** Reverses the order along these axes. */
const revP: Primitive<RevParams, One, One> = definePrimitive<RevParams, One, One>('rev', {
  impl: ([x], { dims }) => {
    const { shape } = x;
    const own = stridesOf(shape);
    const offset = dims.reduce((sum, d) => sum + (own[d] as number) * Math.max(0, (shape[d] as number) - 1), 0);
    return view(
      x,
      shape,
      own.map((s, d) => (dims.includes(d) ? -s : s)),
      offset,
    );
  },
  shape: ([x], { dims }) => {
    const { shape, dtype } = x;
    if (dims.some((d, i) => d < 0 || d >= shape.length || dims.indexOf(d) !== i))
      throw new AxisError(`rev: axes (${dims}) are not distinct axes of ${showShape(shape)}.`);
    return [aval(shape, dtype)];
  },
  jvp: jvpLinear(() => revP),
  transpose: transposeUnary((ct, _x, { dims }) => rev(ct, dims)),
  batch: batchUnary(
    () => revP,
    ({ dims }) => ({ dims: dims.map((d) => d + 1) }),
  ),
  simplify: ({ inner, params: { dims } }) =>
    inner !== null && sameShape(dims, inner.params.dims) ? inner.operand : null,
  lower: {
    kind: 'map',
    cost: 'view',
    element: ({ args: [x], at, params: { dims }, read }) =>
      read(
        0,
        at.map((e, d) => (dims.includes(d) ? index.sub(index.int((x.shape[d] as number) - 1), e) : e)),
      ),
  },
});
export const rev = (x: Value, dims: readonly number[]): Value => (dims.length === 0 ? x : bind1(revP, [x], { dims }));

type SliceParams = {
  readonly start: readonly number[];
  readonly limit: readonly number[];
  readonly strides: readonly number[];
};
/** x[start:limit:stride] on every axis. */
const sliceP: Primitive<SliceParams, One, One> = definePrimitive<SliceParams, One, One>('slice', {
  impl: ([x], { start, limit, strides }) => {
    const own = stridesOf(x.shape);
    const offset = start.reduce((sum, s, d) => sum + s * (own[d] as number), 0);
    return view(
      x,
      sliceShape({ start, limit, strides }),
      own.map((s, d) => s * (strides[d] as number)),
      offset,
    );
  },
  shape: ([x], params) => {
    const { shape, dtype } = x;
    const { start, limit, strides } = params;
    const ok =
      start.length === shape.length &&
      limit.length === shape.length &&
      strides.length === shape.length &&
      shape.every((n, d) => {
        const [s, l, k] = [start[d] as number, limit[d] as number, strides[d] as number];
        return (
          Number.isInteger(s) && Number.isInteger(l) && Number.isInteger(k) && s >= 0 && s <= l && l <= n && k >= 1
        );
      });
    if (!ok)
      throw new ShapeError(
        `slice: start (${start}), limit (${limit}), strides (${strides}) do not fit ${showShape(shape)}: need 0 <= start <= limit <= size, stride >= 1.`,
      );
    return [aval(sliceShape(params), dtype)];
  },
  jvp: jvpLinear(() => sliceP),
  transpose: transposeUnary((ct, x, { start, strides }) =>
    pad(
      ct,
      0,
      x.shape.map((n, d) => {
        const [s, k, m] = [start[d] as number, strides[d] as number, ct.shape[d] as number];
        return [s, n - s - (m === 0 ? 0 : (m - 1) * k + 1), k - 1] as const;
      }),
    ),
  ),
  batch: batchUnary(
    () => sliceP,
    ({ start, limit, strides }, size) => ({ start: [0, ...start], limit: [size, ...limit], strides: [1, ...strides] }),
  ),
  lower: {
    kind: 'map',
    cost: 'view',
    part: (params) => params,
    element: ({ at, params: { start, strides }, read }) =>
      read(
        0,
        at.map((e, d) => index.add(index.mul(e, index.int(strides[d] as number)), index.int(start[d] as number))),
      ),
  },
});
const sliceShape = ({ start, limit, strides }: SliceParams): number[] =>
  start.map((s, d) => Math.ceil(((limit[d] as number) - s) / (strides[d] as number)));
export const slice = (
  x: Value,
  start: readonly number[],
  limit: readonly number[],
  strides: readonly number[] = start.map(() => 1),
): Value => bind1(sliceP, [x], { start, limit, strides });
