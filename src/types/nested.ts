import type { UnknownRank } from './dims';
import type { bool, DType, f32, f64, i8, i16, i32, u8, u16, u32 } from './dtype';
import type { ShapeError } from './messages';
import type { AnyTensor, DTypeOf, ShapeOf } from './tensor';

/** Nested arrays of a depth that is not known. */
export type NestedArray<E> = E | NestedArray<E>[];
/** The nested arrays of a tensor of shape S. */
export type NestedOf<S, E> =
  UnknownRank<S> extends true
    ? NestedArray<E>
    : { s: S } extends { s: [] }
      ? E
      : { s: S } extends { s: [unknown] }
        ? E[]
        : { s: S } extends { s: [unknown, unknown] }
          ? E[][]
          : { s: S } extends { s: [unknown, unknown, unknown] }
            ? E[][][]
            : { s: S } extends { s: [unknown, unknown, unknown, unknown] }
              ? E[][][][]
              : NestedArray<E>;

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;
/** What `tensor` takes: nested arrays of numbers or booleans, or a typed array. */
export type NestedData = number | boolean | TypedArray | readonly NestedData[];
/**
 * The shape of nested data: a literal dim for each tuple, `number` for each array; a union when it is ragged. Of
 * NestedData itself nothing is known, and its recursion would not end.
 */
export type ShapeOfNested<T> = [NestedData] extends [T] ? number[] : ShapeOfRows<T>;
type ShapeOfRows<T> = T extends TypedArray
  ? [number]
  : T extends readonly []
    ? [0]
    : T extends readonly (infer E)[]
      ? [E] extends [number | boolean]
        ? [T['length']]
        : Under<T['length'], ShapeOfNested<E>>
      : [];
type Under<N, S> = N extends number ? (S extends number[] ? [N, ...S] : never) : never;
/** The data, unless it is ragged. */
export type NestedArg<T> =
  Several<ShapeOfNested<T>> extends true ? ShapeError<'tensor: the data is ragged', ShapeOfNested<T>> : T;
type Several<S, All = S> = [S] extends [never] ? false : S extends unknown ? ([All] extends [S] ? false : true) : never;
export type DTypeOfNested<T> = [NestedData] extends [T] ? DType : DTypeOfLeaves<T>;
type DTypeOfLeaves<T> = T extends Float32Array
  ? f32
  : T extends Float64Array
    ? f64
    : T extends Int32Array
      ? i32
      : T extends Uint32Array
        ? u32
        : T extends BytesOrHalfWords
          ? DTypeOfNarrow<T>
          : T extends boolean
            ? bool
            : T extends number
              ? f32
              : T extends readonly []
                ? f32
                : T extends readonly (infer E)[]
                  ? DTypeOfNested<E>
                  : never;

type BytesOrHalfWords =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array;
/** Integers of 64 bits are checked, and stored in 32. */
type DTypeOfNarrow<T> = T extends Int8Array
  ? i8
  : T extends Uint8Array | Uint8ClampedArray
    ? u8
    : T extends Int16Array
      ? i16
      : T extends Uint16Array
        ? u16
        : T extends BigInt64Array
          ? i32
          : u32;

/** What `asarray` takes: a tensor, or data that is not ragged. */
export type ArrayLikeArg<T> =
  Several<ShapeOfLike<T>> extends true ? ShapeError<'asarray: the data is ragged', ShapeOfLike<T>> : T;
export type ShapeOfLike<T> = [T] extends [AnyTensor] ? ShapeOf<T> : ShapeOfNested<T>;
export type DTypeOfLike<T> = [T] extends [AnyTensor] ? DTypeOf<T> : DTypeOfNested<T>;
