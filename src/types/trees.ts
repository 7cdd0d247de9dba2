import type { Dim, Shape, SizesOf } from './dims';
import type { DType } from './dtype';
import type { InsertS } from './layout';
import type { AnyTensor, Tensor } from './tensor';

// Computes the shape before naming Tensor<...>; see OkOf.
type TensorOf<S, D> = { s: S } extends { s: infer Z } ? Tensor<Z, D> : never;

/** The same tree with every tensor replaced by L. */
export type MapTree<T, L> = T extends AnyTensor ? L : T extends object ? { [K in keyof T]: MapTree<T[K], L> } : T;

/** Inserts a dimension N into every leaf, at the axis A: one for all leaves, `null` for none, or a tree of those. */
export type AddAxis<T, N extends Dim, A = 0> = A extends null
  ? T
  : T extends Tensor<infer S, infer D>
    ? TensorOf<InsertS<S, A extends number ? A : 0, N>, D>
    : T extends object
      ? { [K in keyof T]: AddAxis<T[K], N, A extends number ? A : A extends object ? A[K & keyof A] : 0> }
      : T;

/** Drops the leading dimension of every leaf. */
export type DropLead<T> =
  T extends Tensor<infer S, infer D>
    ? { s: S } extends { s: [unknown, ...infer R extends Shape] }
      ? Tensor<R, D>
      : never
    : T extends object
      ? { [K in keyof T]: DropLead<T[K]> }
      : T;
/** The leading dimension the leaves share; a union when they disagree. */
export type Lead<T> =
  T extends Tensor<infer S, any>
    ? { s: S } extends { s: [infer N, ...unknown[]] }
      ? N & Dim
      : never
    : T extends readonly unknown[]
      ? { [K in keyof T]: Lead<T[K]> }[number]
      : T extends object
        ? { [K in keyof T]: Lead<T[K]> }[keyof T]
        : never;

/** Every leaf of the output R paired with every leaf of the input P. */
export type Jac<R, P> =
  R extends Tensor<infer RS extends Shape, infer D>
    ? JacLeaf<RS, D, P>
    : R extends object
      ? { [K in keyof R]: Jac<R[K], P> }
      : never;
type JacLeaf<RS extends Shape, D, P> =
  P extends Tensor<infer S extends Shape, any>
    ? Tensor<[...RS, ...S], D>
    : P extends object
      ? { [K in keyof P]: JacLeaf<RS, D, P[K]> }
      : never;

/** The shape and dtype of a tensor, without its values. */
export interface ShapeStruct<in out S, in out D> {
  readonly shape: SizesOf<S>;
  readonly dtype: D;
}
export type Structs<T> =
  T extends Tensor<infer S, infer D> ? ShapeStruct<S, D> : T extends object ? { [K in keyof T]: Structs<T[K]> } : T;

/** f meets every leaf with its shape forgotten, so the result has the tree's own type. */
export interface TreeMap {
  <T>(f: <S extends Shape, D extends DType>(x: Tensor<S, D>) => Tensor<S, D>, tree: T): T;
  <T>(
    f: <S extends Shape, D extends DType>(x: Tensor<S, D>, y: Tensor<S, D>) => Tensor<S, D>,
    tree: T,
    other: NoInfer<T>,
  ): T;
  <T>(
    f: <S extends Shape, D extends DType>(x: Tensor<S, D>, y: Tensor<S, D>, z: Tensor<S, D>) => Tensor<S, D>,
    tree: T,
    second: NoInfer<T>,
    third: NoInfer<T>,
  ): T;
}
/** A map to leaves of another type. */
export type TreeMapTo = <T, L>(f: (x: AnyTensor, path: string) => L, tree: T) => MapTree<T, L>;
