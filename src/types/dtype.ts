import type { Same } from './dims';

// Interfaces, so that types print `Tensor<[2, 3], f32>` and two dtypes never infer to a union of literals.
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
export type Float = f32 | f64;
export type Int = i32 | u32;
export type DType = Float | Int | bool;

export interface PromoteTable {
  f32: { f32: f32; f64: f64; i32: f32; u32: f32; bool: f32 };
  f64: { f32: f64; f64: f64; i32: f64; u32: f64; bool: f64 };
  i32: { f32: f32; f64: f64; i32: i32; u32: i32; bool: i32 };
  u32: { f32: f32; f64: f64; i32: i32; u32: u32; bool: u32 };
  bool: { f32: f32; f64: f64; i32: i32; u32: u32; bool: bool };
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
/** Sums of bool count. */
export type SumD<D> = D extends { readonly kind: 'bool' } ? i32 : D;

interface TypedArrayTable {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u32: Uint32Array;
  bool: Uint8Array;
}
export type TypedArrayOf<D> = D extends { readonly name: infer N extends keyof TypedArrayTable }
  ? TypedArrayTable[N]
  : TypedArrayTable[keyof TypedArrayTable];
/** What one element is in JavaScript. */
export type ElementOf<D> = D extends { readonly kind: 'bool' } ? boolean : number;
