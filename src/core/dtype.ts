// The element types of tensors and what they are stored in.
import type * as T from '../types/dtype';

export type f32 = T.f32;
export type f64 = T.f64;
export type i32 = T.i32;
export type u32 = T.u32;
export type bool = T.bool;
export type DType = f32 | f64 | i32 | u32 | bool;
export type DTypeName = DType['name'];

/** IEEE single precision, the default. Every operation is rounded to it. */
export const f32: f32 = Object.freeze({ name: 'f32', kind: 'float', bytes: 4 });
/** IEEE double precision. */
export const f64: f64 = Object.freeze({ name: 'f64', kind: 'float', bytes: 8 });
/** Signed 32-bit integers; arithmetic wraps. */
export const i32: i32 = Object.freeze({ name: 'i32', kind: 'int', bytes: 4 });
/** Unsigned 32-bit integers; arithmetic wraps. */
export const u32: u32 = Object.freeze({ name: 'u32', kind: 'uint', bytes: 4 });
/** Truth values, stored a byte each as 0 or 1. */
export const bool: bool = Object.freeze({ name: 'bool', kind: 'bool', bytes: 1 });

export const dtypes: readonly DType[] = [f32, f64, i32, u32, bool];

/** What holds the elements of a concrete tensor, row-major. */
export type Data = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

export const allocate = (dtype: DType, size: number): Data => {
  switch (dtype.name) {
    case 'f32':
      return new Float32Array(size);
    case 'f64':
      return new Float64Array(size);
    case 'i32':
      return new Int32Array(size);
    case 'u32':
      return new Uint32Array(size);
    case 'bool':
      return new Uint8Array(size);
  }
};

const rounders: Readonly<Record<DTypeName, (x: number) => number>> = {
  f32: Math.fround,
  f64: (x) => x,
  i32: (x) => x | 0,
  u32: (x) => x >>> 0,
  bool: (x) => (x ? 1 : 0),
};

/** The nearest value of the dtype (integers wrap, as the machine's do). */
export const rounder = (dtype: DType): ((x: number) => number) => rounders[dtype.name];

export const isFloat = (dtype: DType): boolean => dtype.kind === 'float';
export const isInteger = (dtype: DType): boolean => dtype.kind === 'int' || dtype.kind === 'uint';

/** The dtype both operands are brought to: bool < i32, u32 < f32 < f64; i32 with u32 is i32. */
export const promote = (a: DType, b: DType): DType => {
  if (a === b) return a;
  if (a === f64 || b === f64) return f64;
  if (a === f32 || b === f32) return f32;
  return a === bool ? b : b === bool ? a : i32;
};

export const isDType = (x: unknown): x is DType => dtypes.includes(x as DType);

/** Converts one number of dtype `from` to dtype `to`: floats to integers truncate and saturate, NaN becomes 0. */
export const converter = (from: DType, to: DType): ((x: number) => number) => {
  if (to === bool) return (x) => (x !== 0 ? 1 : 0);
  if (from.kind === 'float' && to === i32)
    return (x) => (x >= 2147483647 ? 2147483647 : x <= -2147483648 ? -2147483648 : x | 0);
  if (from.kind === 'float' && to === u32) return (x) => (x >= 4294967295 ? 4294967295 : x > 0 ? Math.floor(x) : 0);
  return rounders[to.name];
};
