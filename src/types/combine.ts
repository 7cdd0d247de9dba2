import type { Add, Div, DivMod, Mul, Sub } from './arithmetic';
import type { AxisOf, DimAt, Replaced, Split } from './axes';
import type { Consts, Dim, IsLit, Lazy, Shape, ShapesMatch, UnknownRank } from './dims';
import type { PromoteAll } from './dtype';
import type { InsertS } from './layout';
import type { ShapeError } from './messages';
import type { Bad, Keep, Ok, OkOf, Out } from './outcome';
import type { DTypeOf, ShapeOf, Tensor } from './tensor';

type Concat<Xs, A extends number, K extends Consts> = Xs extends readonly [infer X, ...infer R]
  ? ConcatOnto<ShapeOf<X>, R, A, K>
  : never;
type ConcatOnto<S, R, A extends number, K extends Consts> = R extends readonly [infer Y, ...infer R2]
  ? ConcatTwo<Split<S, A>, Split<ShapeOf<Y>, A>, K> extends infer Z
    ? Z extends Ok<infer S2>
      ? ConcatOnto<S2, R2, A, K>
      : Z
    : never
  : Ok<S>;
type ConcatTwo<P, Q, K extends Consts> = P extends [
  infer P1 extends Shape,
  infer a extends Dim,
  infer P2 extends Shape,
  unknown,
]
  ? Q extends [infer Q1 extends Shape, infer b extends Dim, infer Q2 extends Shape, unknown]
    ? ShapesMatch<P1, Q1, K> extends true
      ? ShapesMatch<P2, Q2, K> extends true
        ? OkOf<[...P1, Add<a, b>, ...P2]>
        : Bad<[...P1, a, ...P2], [...Q1, b, ...Q2]>
      : Bad<[...P1, a, ...P2], [...Q1, b, ...Q2]>
    : Bad<P, Q>
  : Bad<P, Q>;
/** Whether the rank of one of them is not known. */
type OpenAmong<Xs> = Xs extends readonly [infer X, ...infer R]
  ? UnknownRank<ShapeOf<X>> extends true
    ? true
    : OpenAmong<R>
  : false;

/** Intersected with the list: inference of the list needs the plain parameter beside the check. */
export type ConcatCheck<Xs, A extends number> = Xs extends readonly [infer X, ...unknown[]]
  ? Concat<Xs, A, Lazy<X>> extends Bad<infer P, infer Q>
    ? true extends OpenAmong<Xs>
      ? unknown
      : ShapeError<`concatenate: shapes differ outside axis ${A}`, P, Q>
    : unknown
  : unknown;
export type ConcatOut<Xs, A extends number> = Xs extends readonly [infer X, ...unknown[]]
  ? Out<Concat<Xs, A, Lazy<X>>>
  : Xs extends readonly (infer X)[]
    ? Replaced<ShapeOf<X>, A, number>
    : any;
export type FirstAxis<Xs extends readonly unknown[]> = AxisOf<ShapeOf<Xs[0]>> & 0;
/** The dtype of tensors joined together. */
export type JoinD<Xs> = Xs extends readonly [infer X, ...infer R]
  ? PromoteAll<DTypes<R>, DTypeOf<X>>
  : Xs extends readonly (infer X)[]
    ? DTypeOf<X>
    : never;
type DTypes<Xs> = { [I in keyof Xs]: DTypeOf<Xs[I]> };

export type StackCheck<Xs> = Xs extends readonly [infer X, ...infer R]
  ? StackOnto<ShapeOf<X>, R, Lazy<X>> extends infer E extends ShapeError<any, any, any>
    ? true extends OpenAmong<Xs>
      ? unknown
      : E
    : unknown
  : unknown;
type StackOnto<S, R, K extends Consts> = R extends readonly [infer Y, ...infer R2]
  ? ShapesMatch<S, ShapeOf<Y>, K> extends true
    ? StackOnto<S, R2, K>
    : ShapeError<'stack: shapes differ', S, ShapeOf<Y>>
  : unknown;
export type StackS<Xs extends readonly unknown[], A extends number> = InsertS<ShapeOf<Xs[0]>, A, Xs['length']>;

/** A count of equal parts, or the places to cut at; refused only when provably wrong. */
export type SplitArg<S, N, A extends number, K extends Consts> =
  Divides<S, N, A, K> extends infer E extends ShapeError<any, any, any> ? E : N;
type Divides<S, N, A extends number, K extends Consts> = N extends Dim
  ? { n: DimAt<S, A> } extends { n: infer L extends Dim }
    ? IsLit<L, K> extends true
      ? IsLit<N, K> extends true
        ? [Div<L, N>] extends [never]
          ? ShapeError<`split: ${L} (axis ${A}) is not divisible by ${N}`, S>
          : Keep
        : Keep
      : Keep
    : Keep
  : Keep;
export type SplitOut<X, N, A extends number> = N extends Dim
  ? Parts<Replaced<ShapeOf<X>, A, Div<DimAt<ShapeOf<X>, A>, N>>, DTypeOf<X>, N>
  : Cuts<ShapeOf<X>, DTypeOf<X>, N, A, 0, []>;
// The shape is computed before Tensor<...> is named; see OkOf.
type Parts<S, D, N extends Dim> = { s: S } extends { s: infer Z } ? Times<Tensor<Z, D>, N> : never;
/** Parts that differ by at most one; the larger ones come first. */
export type ArraySplitOut<X, N, A extends number> = N extends Dim
  ? Uneven<ShapeOf<X>, DTypeOf<X>, N, A, Lazy<X>>
  : SplitOut<X, N, A>;
type Uneven<S, D, N extends Dim, A extends number, K extends Consts> =
  IsLit<DimAt<S, A>, K> extends true
    ? DivMod<DimAt<S, A>, N> extends [infer Q extends Dim, infer R extends Dim]
      ? { larger: Replaced<S, A, Add<Q, 1>>; other: Replaced<S, A, Q> } extends { larger: infer Y; other: infer Z }
        ? Times<Tensor<Z, D>, N, Times<Tensor<Y, D>, R>>
        : never
      : never
    : Parts<Replaced<S, A, number>, D, N>;
type Times<T, N extends Dim, Done extends unknown[] = []> = number extends N
  ? T[]
  : Done['length'] extends N
    ? Done
    : Times<T, N, [...Done, T]>;
type Cuts<S, D, N, A extends number, From extends Dim, Done extends unknown[]> = N extends readonly [
  infer To extends Dim,
  ...infer R,
]
  ? { s: Replaced<S, A, Sub<To, From>> } extends { s: infer Z }
    ? Cuts<S, D, R, A, To, [...Done, Tensor<Z, D>]>
    : never
  : N extends readonly []
    ? { s: Replaced<S, A, Sub<DimAt<S, A>, From>> } extends { s: infer Z }
      ? [...Done, Tensor<Z, D>]
      : never
    : { s: Replaced<S, A, number> } extends { s: infer Z }
      ? Tensor<Z, D>[]
      : never;

/** The shape of tile: counts pair with the last axes, what is missing in front is 1. */
export type TileS<S, C> = UnknownRank<S> extends true ? Shape : C extends number ? Tiled<S, readonly [C]> : Tiled<S, C>;
type Tiled<S, C> = { c: C } extends { c: readonly [] }
  ? S
  : { s: S } extends { s: [] }
    ? { -readonly [I in keyof C]: C[I] }
    : { s: S; c: C } extends { s: [...infer P, infer N extends Dim]; c: readonly [...infer Q, infer M extends Dim] }
      ? { s: Tiled<P, Q>; n: Mul<N, M> } extends { s: infer Z extends Shape; n: infer L extends Dim }
        ? [...Z, L]
        : Shape
      : Shape;
/** The sizes of vectors side by side. */
type GridS<Xs, Done extends Shape = []> = Xs extends readonly [infer X, ...infer R]
  ? { s: ShapeOf<X> } extends { s: [infer N extends Dim] }
    ? GridS<R, [...Done, N]>
    : Shape
  : Xs extends readonly []
    ? Done
    : Shape;
/** The results of meshgrid. */
export type Grids<Xs extends readonly unknown[]> = {
  -readonly [I in keyof Xs]: { s: GridS<Xs> } extends { s: infer Z } ? Tensor<Z, DTypeOf<Xs[I]>> : never;
};
