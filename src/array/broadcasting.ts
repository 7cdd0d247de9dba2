// How operands of different shapes and dtypes meet: broadcasting, promotion, and weak number literals.
import { sameAval, sameShape, showShape } from '../core/aval';
import {
  computeDType,
  type DType,
  f32,
  f64,
  i32,
  isEncoded,
  isFloat,
  isInteger,
  recordOf,
  rounder,
  u32,
} from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { promote } from '../core/promotion';
import { Value } from '../core/value';
import { broadcastInDim, convert, full } from '../primitives';
import { valueFrom } from './tensor';

/** NumPy's rule: shapes are aligned at the end, and a size of 1 stretches. */
export const broadcastShapes = (name: string, a: readonly number[], b: readonly number[]): readonly number[] => {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const [m, n] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1];
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(
        `${name}: dimensions ${m} and ${n} do not broadcast (axis ${-i} of shapes ${showShape(a)} and ${showShape(b)}). ` +
          'They must be equal, or one of them 1: insert axes with expandDims, or reshape.',
      );
    shape[rank - i] = m === 1 ? n : m;
  }
  return shape;
};

/** Stretches to a shape that broadcasting has found to fit. */
export const stretch = (x: Value, shape: readonly number[]): Value => {
  if (sameShape(x.shape, shape)) return x;
  const added = shape.length - x.ndim;
  return broadcastInDim(
    x,
    shape,
    x.shape.map((_, d) => d + added),
  );
};

/** A reduced tensor repeated along the axes it was reduced over. */
export const spread = (x: Value, shape: readonly number[], axes: readonly number[]): Value =>
  broadcastInDim(
    x,
    shape,
    shape.map((_, d) => d).filter((d) => !axes.includes(d)),
  );

/** A number beside tensors takes their dtype, if it has such a value. */
const weak = (name: string, x: number, dtype: DType): number => {
  if (isFloat(dtype) || rounder(dtype)(x) === x) return x;
  const holder = [i32, u32].find((d) => rounder(d)(x) === x) ?? (Number.isInteger(x) ? f64 : f32);
  throw new DTypeError(
    `${name}: the number ${x} is not a value of ${dtype.name}. Convert the tensor first: astype(x, ${holder.name}).`,
  );
};

const nameOf = (i: number): string => (['x', 'y', 'z'] as const)[i] ?? `operand ${i}`;

/** The dtype that tensors and numbers are brought to: a number is weak, and f32 where there is no tensor. */
export const commonDType = (values: readonly (Value | number)[]): DType =>
  values.reduce<DType | null>(
    (d, v) => (typeof v === 'number' ? d : d === null ? v.dtype : promote(d, v.dtype)),
    null,
  ) ?? f32;

/** Operands of one shape and one dtype. `as` may replace the common dtype. */
export const align = (
  name: string,
  operands: readonly unknown[],
  as: (d: DType) => DType = (d) => d,
): readonly Value[] => {
  const values = operands.map((x, i) => (typeof x === 'number' ? x : valueFrom(x, name, nameOf(i))));
  const dtype = as(commonDType(values));
  const shape = values.reduce<readonly number[]>(
    (s, v) => (typeof v === 'number' ? s : broadcastShapes(name, s, v.shape)),
    [],
  );
  return values.map((v) =>
    typeof v === 'number' ? full(shape, dtype, weak(name, v, dtype)) : stretch(convert(v, dtype), shape),
  );
};

/** `align` for two operands. */
export const alignTwo = (name: string, x: unknown, y: unknown, as?: (d: DType) => DType): readonly [Value, Value] => {
  const isAligned = x instanceof Value && y instanceof Value && sameAval(x.aval, y.aval);
  if (isAligned && (as === undefined || as(x.dtype) === x.dtype)) return [x, y];
  const [a, b] = align(name, [x, y], as);
  return [a as Value, b as Value];
};

/** Floating-point dtypes stay, everything else becomes f32. */
export const floatOf = (dtype: DType): DType => (isFloat(dtype) ? dtype : f32);

/** An argument that is a tensor or a number, alone. */
export const operandOf = (x: unknown, name: string, argument = 'x'): Value =>
  typeof x === 'number' ? full([], f32, x) : valueFrom(x, name, argument);

/** Sums and products of narrow integers have 32 bits, and sums of bool count. */
export const summable = (x: Value): Value => {
  const { compute, kind } = recordOf(x.dtype);
  return kind === 'bool' || (isInteger(x.dtype) && compute !== x.dtype.name)
    ? convert(x, kind === 'uint' ? u32 : i32)
    : x;
};
/** A function of several operations, of which those of half precision are all computed in f32, and the result is rounded. */
export function inSinglePrecision<A extends readonly unknown[]>(f: (x: Value, ...others: A) => Value) {
  // A declaration, because it is called while modules load, some of which import each other.
  return (x: Value, ...others: A): Value =>
    isEncoded(x.dtype) ? convert(f(convert(x, computeDType(x.dtype)), ...others), x.dtype) : f(x, ...others);
}

/** The operand of an analytic function: integers and bool become f32. */
export const floating = (x: unknown, name: string): Value => {
  const v = operandOf(x, name);
  return convert(v, floatOf(v.dtype));
};
