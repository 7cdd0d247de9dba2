// dot_general: sums of products over contracted axes, for every element of the batch axes.
import { type Aval, aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, isFloat } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { type Expr, index } from '../core/lowering';
import { definePrimitive, type Primitive } from '../core/primitive';
import { type ConcreteArray, concreteArray, type One, type Two, type Value } from '../core/value';
import { checkDType, jvpBilinear, transposeBinary } from './kinds';
import { readStrided } from './strided';
import { moveAxis, transpose } from './views';

/** Axes that are summed over and axes that go together, in pairs. */
export type DotParams = {
  readonly lhsContract: readonly number[];
  readonly rhsContract: readonly number[];
  readonly lhsBatch: readonly number[];
  readonly rhsBatch: readonly number[];
};

const pick = (xs: readonly number[], at: readonly number[]): number[] => at.map((i) => xs[i] as number);
/** Axes that are neither contracted nor batch axes, in order. */
export const freeAxes = (rank: number, contract: readonly number[], batch: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !contract.includes(d) && !batch.includes(d));

const dotShape = (x: readonly number[], y: readonly number[], p: DotParams): number[] => [
  ...pick(x, p.lhsBatch),
  ...pick(x, freeAxes(x.length, p.lhsContract, p.lhsBatch)),
  ...pick(y, freeAxes(y.length, p.rhsContract, p.rhsBatch)),
];

/** The operand as batch x free x contracted, row-major. */
const canonical = (
  x: ConcreteArray,
  batch: readonly number[],
  free: readonly number[],
  contract: readonly number[],
) => {
  const order = [...batch, ...free, ...contract];
  return readStrided(x, pick(x.shape, order), pick(stridesOf(x.shape), order), 0);
};

/** Products are exact in double precision, are added there in the order of the contracted axes, and are rounded once. */
export const dotGeneralP: Primitive<DotParams, Two, One> = definePrimitive<DotParams, Two, One>('dot_general', {
  impl: ([lhs, rhs], p) => {
    const lhsFree = freeAxes(lhs.ndim, p.lhsContract, p.lhsBatch);
    const rhsFree = freeAxes(rhs.ndim, p.rhsContract, p.rhsBatch);
    const a = canonical(lhs, p.lhsBatch, lhsFree, p.lhsContract);
    const b = canonical(rhs, p.rhsBatch, rhsFree, p.rhsContract);
    const [batch, m, n, k] = [
      pick(lhs.shape, p.lhsBatch),
      pick(lhs.shape, lhsFree),
      pick(rhs.shape, rhsFree),
      pick(lhs.shape, p.lhsContract),
    ].map(sizeOf) as [number, number, number, number];
    const out = allocate(lhs.dtype, batch * m * n);
    const float = isFloat(lhs.dtype);
    for (let g = 0, o = 0; g < batch; g++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++, o++) {
          const [rowA, rowB] = [(g * m + i) * k, (g * n + j) * k];
          let sum = 0;
          if (float) for (let l = 0; l < k; l++) sum += (a[rowA + l] as number) * (b[rowB + l] as number);
          else for (let l = 0; l < k; l++) sum = (sum + Math.imul(a[rowA + l] as number, b[rowB + l] as number)) | 0;
          out[o] = sum;
        }
    return [concreteArray(dotShape(lhs.shape, rhs.shape, p), lhs.dtype, out)];
  },
  shape: ([lhs, rhs], p) => {
    checkDType('dot_general', 'number', lhs.dtype);
    if (lhs.dtype !== rhs.dtype)
      throw new DTypeError(`dot_general: dtypes ${lhs.dtype.name} and ${rhs.dtype.name} differ.`);
    const agree = (a: readonly number[], b: readonly number[]): boolean =>
      a.length === b.length &&
      a.every((d, i) => lhs.shape[d] !== undefined && lhs.shape[d] === rhs.shape[b[i] as number]);
    if (!agree(p.lhsContract, p.rhsContract) || !agree(p.lhsBatch, p.rhsBatch))
      throw new ShapeError(
        `dot_general: ${showShape(lhs.shape)} and ${showShape(rhs.shape)} do not fit: contracted axes (${p.lhsContract}) with (${p.rhsContract}), batch axes (${p.lhsBatch}) with (${p.rhsBatch}).`,
      );
    return [aval(dotShape(lhs.shape, rhs.shape, p), lhs.dtype)];
  },
  jvp: jvpBilinear(() => dotGeneralP),
  transpose: transposeBinary([
    (ct, [x, y], p) => transposeLeft(ct, x.aval, y, p),
    (ct, [x, y], p) => transposeLeft(transpose(ct, swap(x.aval, y.aval, p)), y.aval, x, swapped(p)),
  ]),
  batch: (_size, [lhs, rhs], [xMapped, yMapped], p) => {
    const up = (axes: readonly number[]): number[] => axes.map((d) => d + 1);
    if (xMapped && yMapped) {
      const params = {
        lhsContract: up(p.lhsContract),
        rhsContract: up(p.rhsContract),
        lhsBatch: [0, ...up(p.lhsBatch)],
        rhsBatch: [0, ...up(p.rhsBatch)],
      };
      return { values: [dotGeneral(lhs, rhs, params)], mapped: [true] };
    }
    // The mapped axis is one more free axis of its operand: the first of them.
    const params = xMapped
      ? { ...p, lhsContract: up(p.lhsContract), lhsBatch: up(p.lhsBatch) }
      : { ...p, rhsContract: up(p.rhsContract), rhsBatch: up(p.rhsBatch) };
    const result = dotGeneral(lhs, rhs, params);
    const place = xMapped ? p.lhsBatch.length : lhs.ndim - p.lhsContract.length;
    return { values: [moveAxis(result, place, 0)], mapped: [true] };
  },
  lower: {
    kind: 'contract',
    // Products commute, and the order of the sum is that of the contracted axes.
    exchanged: (p, [x, y]) => ({ params: swapped(p), permutation: swap(x, y, p) }),
    origins: (p, [x, y]) => [
      ...p.lhsBatch.map((d, i) => [d, p.rhsBatch[i] as number] as const),
      ...freeAxes(x.shape.length, p.lhsContract, p.lhsBatch).map((d) => [d, null] as const),
      ...freeAxes(y.shape.length, p.rhsContract, p.rhsBatch).map((d) => [null, d] as const),
    ],
    contraction: ({ params: p, args: [x, y], group, line, term, read }) => {
      const side = (operand: number, { shape }: Aval, batch: readonly number[], contract: readonly number[]) => {
        const free = freeAxes(shape.length, contract, batch);
        const at = new Array<Expr>(shape.length);
        const spread = (e: Expr, axes: readonly number[]): void => {
          index.unflatten(e, pick(shape, axes)).forEach((part, i) => {
            at[axes[i] as number] = part;
          });
        };
        spread(group, batch);
        spread(line, free);
        spread(term, contract);
        return { element: read(operand, at), count: sizeOf(pick(shape, free)) };
      };
      const lhs = side(0, x, p.lhsBatch, p.lhsContract);
      const rhs = side(1, y, p.rhsBatch, p.rhsContract);
      return {
        groups: sizeOf(pick(x.shape, p.lhsBatch)),
        rows: lhs.count,
        columns: rhs.count,
        depth: sizeOf(pick(x.shape, p.lhsContract)),
        groupStep: lhs.count * rhs.count,
        rowStep: rhs.count,
        lhs: lhs.element,
        rhs: rhs.element,
      };
    },
  },
});

const swapped = (p: DotParams): DotParams => ({
  lhsContract: p.rhsContract,
  rhsContract: p.lhsContract,
  lhsBatch: p.rhsBatch,
  rhsBatch: p.lhsBatch,
});

/** The axes of the result with the free axes of the right operand before those of the left. */
const swap = (x: Aval, y: Aval, p: DotParams): readonly number[] => {
  const [batch, left] = [p.lhsBatch.length, x.shape.length - p.lhsBatch.length - p.lhsContract.length];
  const right = y.shape.length - p.rhsBatch.length - p.rhsContract.length;
  const range = (start: number, n: number): number[] => Array.from({ length: n }, (_, i) => start + i);
  return [...range(0, batch), ...range(batch + left, right), ...range(batch, left)];
};

/** The cotangent of the left operand: ct contracted with y over y's free axes, its axes put in place. */
const transposeLeft = (ct: Value, x: Aval, y: Value, p: DotParams): Value => {
  const batch = p.lhsBatch.length;
  const xFree = freeAxes(x.shape.length, p.lhsContract, p.lhsBatch);
  const yFree = freeAxes(y.ndim, p.rhsContract, p.rhsBatch);
  const product = dotGeneral(ct, y, {
    lhsContract: yFree.map((_, i) => batch + xFree.length + i),
    rhsContract: yFree,
    lhsBatch: p.lhsBatch.map((_, i) => i),
    rhsBatch: p.rhsBatch,
  });
  // The contracted axes of y come out in y's order; x wants them where its own partners are.
  const contracted = [...p.rhsContract]
    .sort((a, b) => a - b)
    .map((d) => p.lhsContract[p.rhsContract.indexOf(d)] as number);
  const places = [...p.lhsBatch, ...xFree, ...contracted];
  const permutation = x.shape.map((_, d) => places.indexOf(d));
  return transpose(product, permutation);
};

export const dotGeneral = (x: Value, y: Value, params: DotParams): Value => bind1(dotGeneralP, [x, y], params);
