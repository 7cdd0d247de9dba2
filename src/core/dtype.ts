// The element types of tensors: one record for each, from which everything else is derived.
import type * as T from '../types/dtype';
import { bfloat16, type Encoding, float16 } from './halfPrecision';

export type f16 = T.f16;
export type bf16 = T.bf16;
export type f32 = T.f32;
export type f64 = T.f64;
export type i8 = T.i8;
export type u8 = T.u8;
export type i16 = T.i16;
export type u16 = T.u16;
export type i32 = T.i32;
export type u32 = T.u32;
export type bool = T.bool;
export type DType = T.DType;
export type DTypeName = DType['name'];
/** The dtypes that operations compute in. The others are stored only: their elements are widened, and results rounded or wrapped once. */
export type ComputeName = 'f32' | 'f64' | 'i32' | 'u32' | 'bool';

/** What holds the elements of a concrete tensor, row-major. */
export type Data =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
interface Storage {
  readonly name: string;
  new (size: number): Data;
  new (buffer: ArrayBufferLike, offset?: number, size?: number): Data;
}

interface DTypeRecord<N extends DTypeName = DTypeName> {
  readonly name: N;
  readonly kind: Extract<DType, { readonly name: N }>['kind'];
  readonly bytes: Extract<DType, { readonly name: N }>['bytes'];
  /** What its operations are computed in. */
  readonly compute: ComputeName;
  /** The typed array of its elements. */
  readonly storage: Storage;
  /** The nearest value; integers wrap. */
  readonly round: (x: number) => number;
  /** How values become what is stored, where that is not the value itself: bits. */
  readonly encoding: Encoding | null;
  /** Significant binary digits: integers of so many bits are values of it. */
  readonly digits: number;
  /** The smallest normal positive number of a float; 1 of others. */
  readonly tiny: number;
  /** The least and the greatest finite value. */
  readonly lowest: number;
  readonly highest: number;
  /** The dtypes directly above it in the lattice of promotion; 'i64' stands where i32 and u32 meet, and is i32. */
  readonly above: readonly (DTypeName | 'i64')[];
  /** Its name in NPY files (null if NumPy has none) and in safetensors files. */
  readonly npy: string | null;
  readonly safetensors: string;
}

const integer = <N extends 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32'>(
  name: N,
  facts: Pick<DTypeRecord<N>, 'kind' | 'bytes' | 'compute' | 'storage' | 'round' | 'above'>,
): DTypeRecord<N> => {
  const isSigned = facts.kind === 'int';
  const digits = 8 * facts.bytes - (isSigned ? 1 : 0);
  const code = `${isSigned ? 'i' : 'u'}${facts.bytes}`;
  return Object.freeze({
    name,
    ...facts,
    encoding: null,
    digits,
    tiny: 1,
    lowest: isSigned ? -(2 ** digits) : 0,
    highest: 2 ** digits - 1,
    npy: facts.bytes === 1 ? `|${code}` : `<${code}`,
    safetensors: name.toUpperCase(),
  });
};

const record = <N extends DTypeName>(facts: DTypeRecord<N>): DTypeRecord<N> => Object.freeze(facts);
type Records = { readonly [N in DTypeName]: DTypeRecord<N> };
const records: Records = {
  f16: record({
    name: 'f16',
    kind: 'float',
    bytes: 2,
    compute: 'f32',
    storage: Uint16Array,
    round: (x) => float16.decode(float16.encode(x)),
    encoding: float16,
    digits: 11,
    tiny: 2 ** -14,
    lowest: -65504,
    highest: 65504,
    above: ['f32'],
    npy: '<f2',
    safetensors: 'F16',
  }),
  bf16: record({
    name: 'bf16',
    kind: 'float',
    bytes: 2,
    compute: 'f32',
    storage: Uint16Array,
    round: (x) => bfloat16.decode(bfloat16.encode(x)),
    encoding: bfloat16,
    digits: 8,
    tiny: 2 ** -126,
    lowest: -(2 ** 128 - 2 ** 120),
    highest: 2 ** 128 - 2 ** 120,
    above: ['f32'],
    npy: null,
    safetensors: 'BF16',
  }),
  f32: record({
    name: 'f32',
    kind: 'float',
    bytes: 4,
    compute: 'f32',
    storage: Float32Array,
    round: Math.fround,
    encoding: null,
    digits: 24,
    tiny: 2 ** -126,
    lowest: -(2 ** 128 - 2 ** 104),
    highest: 2 ** 128 - 2 ** 104,
    above: ['f64'],
    npy: '<f4',
    safetensors: 'F32',
  }),
  f64: record({
    name: 'f64',
    kind: 'float',
    bytes: 8,
    compute: 'f64',
    storage: Float64Array,
    round: (x) => x,
    encoding: null,
    digits: 53,
    tiny: 2 ** -1022,
    lowest: -Number.MAX_VALUE,
    highest: Number.MAX_VALUE,
    above: [],
    npy: '<f8',
    safetensors: 'F64',
  }),
  i8: integer('i8', {
    kind: 'int',
    bytes: 1,
    compute: 'i32',
    storage: Int8Array,
    round: (x) => (x << 24) >> 24,
    above: ['i16'],
  }),
  u8: integer('u8', {
    kind: 'uint',
    bytes: 1,
    compute: 'i32',
    storage: Uint8Array,
    round: (x) => x & 0xff,
    above: ['i16', 'u16'],
  }),
  i16: integer('i16', {
    kind: 'int',
    bytes: 2,
    compute: 'i32',
    storage: Int16Array,
    round: (x) => (x << 16) >> 16,
    above: ['i32'],
  }),
  u16: integer('u16', {
    kind: 'uint',
    bytes: 2,
    compute: 'i32',
    storage: Uint16Array,
    round: (x) => x & 0xffff,
    above: ['i32', 'u32'],
  }),
  i32: integer('i32', {
    kind: 'int',
    bytes: 4,
    compute: 'i32',
    storage: Int32Array,
    round: (x) => x | 0,
    above: ['i64'],
  }),
  u32: integer('u32', {
    kind: 'uint',
    bytes: 4,
    compute: 'u32',
    storage: Uint32Array,
    round: (x) => x >>> 0,
    above: ['i64'],
  }),
  bool: record({
    name: 'bool',
    kind: 'bool',
    bytes: 1,
    compute: 'bool',
    storage: Uint8Array,
    round: (x) => (x ? 1 : 0),
    encoding: null,
    digits: 1,
    tiny: 1,
    lowest: 0,
    highest: 1,
    above: ['i8', 'u8'],
    npy: '|b1',
    safetensors: 'BOOL',
  }),
};
/** Everything that is known of a dtype. */
export const recordOf = (dtype: DType | DTypeName): Records[DTypeName] =>
  records[typeof dtype === 'string' ? dtype : dtype.name];

/** IEEE half precision, stored in two bytes; every operation is computed in f32 and rounded once. */
export const f16: f16 = records.f16;
/** The upper half of an f32: its range with three digits. Every operation is computed in f32 and rounded once. */
export const bf16: bf16 = records.bf16;
/** IEEE single precision, the default. Every operation is rounded to it. */
export const f32: f32 = records.f32;
/** IEEE double precision. */
export const f64: f64 = records.f64;
/** Signed 8-bit integers, -128 to 127; arithmetic wraps. */
export const i8: i8 = records.i8;
/** Unsigned 8-bit integers, 0 to 255; arithmetic wraps. */
export const u8: u8 = records.u8;
/** Signed 16-bit integers; arithmetic wraps. */
export const i16: i16 = records.i16;
/** Unsigned 16-bit integers; arithmetic wraps. */
export const u16: u16 = records.u16;
/** Signed 32-bit integers; arithmetic wraps. */
export const i32: i32 = records.i32;
/** Unsigned 32-bit integers; arithmetic wraps. */
export const u32: u32 = records.u32;
/** Truth values, stored a byte each as 0 or 1. */
export const bool: bool = records.bool;

export const dtypes: readonly DType[] = Object.values(records);

export const allocate = (dtype: DType, size: number): Data => new (recordOf(dtype).storage)(size);
/** The elements at an offset of a buffer, in bytes. */
export const viewAt = (dtype: DType, buffer: ArrayBufferLike, offset: number, size: number): Data =>
  new (recordOf(dtype).storage)(buffer, offset, size);

/** The number that is stored for a value. */
export const encode = (dtype: DType, x: number): number => recordOf(dtype).encoding?.encode(x) ?? x;
/** Whether what is stored are not numbers but bits that stand for them. */
export const isEncoded = (dtype: DType): boolean => recordOf(dtype).encoding !== null;
/** Stored elements as numbers: the same array where they are numbers. */
export const decoded = (dtype: DType, data: Data): Data => {
  const { encoding, compute } = recordOf(dtype);
  if (encoding === null) return data;
  const out = allocate(records[compute], data.length);
  for (let i = 0; i < out.length; i++) out[i] = encoding.decode(data[i] as number);
  return out;
};
/** Numbers as stored elements, rounded; integers wrap. */
export const encoded = (dtype: DType, numbers: ArrayLike<number>): Data => {
  const { encoding } = recordOf(dtype);
  const out = allocate(dtype, numbers.length);
  if (encoding === null) out.set(numbers);
  else for (let i = 0; i < out.length; i++) out[i] = encoding.encode(numbers[i] as number);
  return out;
};

/** The nearest value of the dtype (integers wrap, as the machine's do). */
export const rounder = (dtype: DType): ((x: number) => number) => recordOf(dtype).round;

export const isFloat = (dtype: DType): boolean => dtype.kind === 'float';
export const isInteger = (dtype: DType): boolean => dtype.kind === 'int' || dtype.kind === 'uint';
/** Whether the dtype is stored only, so that operations compute in another. */
export const isNarrow = (dtype: DType): boolean => recordOf(dtype).compute !== dtype.name;
/** The dtype that operations compute in. */
export const computeDType = (dtype: DType): DType => records[recordOf(dtype).compute];

/** Whether every value of the one dtype is a value of the other, so that it comes back unchanged. */
export const holds = (narrow: DType, wide: DType): boolean => {
  if (narrow === wide || narrow === bool) return true;
  const [a, b] = [recordOf(narrow), recordOf(wide)];
  if (isFloat(wide)) return a.digits <= b.digits && a.highest <= b.highest;
  // Integers of as many bits wrap to each other and back.
  return isInteger(narrow) && isInteger(wide) && a.bytes <= b.bytes;
};

export const isDType = (x: unknown): x is DType => dtypes.includes(x as DType);

/** Converts one value of dtype `from` to one of `to`: floats to integers truncate and saturate, NaN becomes 0. */
export const converter = (from: DType, to: DType): ((x: number) => number) => {
  if (to === bool) return (x) => (x !== 0 ? 1 : 0);
  const { round, lowest, highest, compute } = recordOf(to);
  if (isFloat(from) && isInteger(to))
    return (x) => (x >= highest ? highest : x <= lowest ? lowest : Number.isNaN(x) ? 0 : Math.trunc(x) + 0);
  return isFloat(to) && compute === 'f32' ? (x) => round(Math.fround(x)) : round;
};
