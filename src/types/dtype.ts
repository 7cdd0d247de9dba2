import type { Same } from './dims';

// Interfaces, so that types print `Tensor<[2, 3], f32>` and two dtypes never infer to a union of literals.
export interface f16 {
  readonly name: 'f16';
  readonly kind: 'float';
  readonly bytes: 2;
}
export interface bf16 {
  readonly name: 'bf16';
  readonly kind: 'float';
  readonly bytes: 2;
}
export interface f32 {
  readonly name: 'f32';
  readonly kind: 'float';
  readonly bytes: 4;
}
export interface f64 {
  readonly name: 'f64';
  readonly kind: 'float';
  readonly bytes: 8;
}
export interface i8 {
  readonly name: 'i8';
  readonly kind: 'int';
  readonly bytes: 1;
}
export interface u8 {
  readonly name: 'u8';
  readonly kind: 'uint';
  readonly bytes: 1;
}
export interface i16 {
  readonly name: 'i16';
  readonly kind: 'int';
  readonly bytes: 2;
}
export interface u16 {
  readonly name: 'u16';
  readonly kind: 'uint';
  readonly bytes: 2;
}
export interface i32 {
  readonly name: 'i32';
  readonly kind: 'int';
  readonly bytes: 4;
}
export interface u32 {
  readonly name: 'u32';
  readonly kind: 'uint';
  readonly bytes: 4;
}
export interface bool {
  readonly name: 'bool';
  readonly kind: 'bool';
  readonly bytes: 1;
}
export type Float = f16 | bf16 | f32 | f64;
export type Int = i8 | u8 | i16 | u16 | i32 | u32;
export type DType = Float | Int | bool;

/** The dtype both operands are brought to: JAX's lattice, i32 with u32 being i32. */
export interface PromoteTable {
  f16: { f16: f16; bf16: f32; f32: f32; f64: f64; i8: f16; u8: f16; i16: f16; u16: f16; i32: f16; u32: f16; bool: f16 };
  bf16: {
    f16: f32;
    bf16: bf16;
    f32: f32;
    f64: f64;
    i8: bf16;
    u8: bf16;
    i16: bf16;
    u16: bf16;
    i32: bf16;
    u32: bf16;
    bool: bf16;
  };
  f32: { f16: f32; bf16: f32; f32: f32; f64: f64; i8: f32; u8: f32; i16: f32; u16: f32; i32: f32; u32: f32; bool: f32 };
  f64: { f16: f64; bf16: f64; f32: f64; f64: f64; i8: f64; u8: f64; i16: f64; u16: f64; i32: f64; u32: f64; bool: f64 };
  i8: { f16: f16; bf16: bf16; f32: f32; f64: f64; i8: i8; u8: i16; i16: i16; u16: i32; i32: i32; u32: i32; bool: i8 };
  u8: { f16: f16; bf16: bf16; f32: f32; f64: f64; i8: i16; u8: u8; i16: i16; u16: u16; i32: i32; u32: u32; bool: u8 };
  i16: {
    f16: f16;
    bf16: bf16;
    f32: f32;
    f64: f64;
    i8: i16;
    u8: i16;
    i16: i16;
    u16: i32;
    i32: i32;
    u32: i32;
    bool: i16;
  };
  u16: {
    f16: f16;
    bf16: bf16;
    f32: f32;
    f64: f64;
    i8: i32;
    u8: u16;
    i16: i32;
    u16: u16;
    i32: i32;
    u32: u32;
    bool: u16;
  };
  i32: {
    f16: f16;
    bf16: bf16;
    f32: f32;
    f64: f64;
    i8: i32;
    u8: i32;
    i16: i32;
    u16: i32;
    i32: i32;
    u32: i32;
    bool: i32;
  };
  u32: {
    f16: f16;
    bf16: bf16;
    f32: f32;
    f64: f64;
    i8: i32;
    u8: u32;
    i16: i32;
    u16: u32;
    i32: i32;
    u32: u32;
    bool: u32;
  };
  bool: {
    f16: f16;
    bf16: bf16;
    f32: f32;
    f64: f64;
    i8: i8;
    u8: u8;
    i16: i16;
    u16: u16;
    i32: i32;
    u32: u32;
    bool: bool;
  };
}
export type Promote<A, B> =
  Same<A, B> extends true
    ? A
    : A extends { readonly name: infer a extends keyof PromoteTable }
      ? B extends { readonly name: infer b extends keyof PromoteTable }
        ? PromoteTable[a][b]
        : A
      : B;
export type PromoteAll<Ds, D> = Ds extends readonly [infer Head, ...infer Tail]
  ? PromoteAll<Tail, Promote<D, Head>>
  : D;

/** The dtype of a true division, a mean, an exponential: integers and bool become f32. */
export type FloatOf<D> = D extends { readonly kind: 'float' } ? D : f32;
export type MeanD<D> = FloatOf<D>;
/** Running sums of bool count. */
export type CountD<D> = D extends { readonly kind: 'bool' } ? i32 : D;
/** Sums and products of narrow integers have 32 bits, and sums of bool count. */
export type SumD<D> = D extends { readonly name: infer N extends keyof SumTable } ? SumTable[N] : D;
interface SumTable {
  bool: i32;
  i8: i32;
  i16: i32;
  u8: u32;
  u16: u32;
}

/** Numbers of half precision leave as f32. */
interface TypedArrayTable {
  f16: Float32Array;
  bf16: Float32Array;
  f32: Float32Array;
  f64: Float64Array;
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  bool: Uint8Array;
}
export type TypedArrayOf<D> = D extends { readonly name: infer N extends keyof TypedArrayTable }
  ? TypedArrayTable[N]
  : TypedArrayTable[keyof TypedArrayTable];
/** What one element is in JavaScript. */
export type ElementOf<D> = D extends { readonly kind: 'bool' } ? boolean : number;
