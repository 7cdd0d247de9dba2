import type { Removed, Replaced } from './axes';
import type { Consts, Dim, Joined, Lazy, Same, Shape, UnknownRank } from './dims';

/** The shape after reducing over A: one axis, several, or all of them (`undefined`). */
export type ReduceS<S, A, KeepDims> = A extends undefined
  ? KeepDims extends true
    ? { [I in keyof S]: 1 }
    : []
  : A extends number
    ? KeepDims extends true
      ? Replaced<S, A, 1>
      : Removed<S, A>
    : A extends readonly []
      ? S
      : A extends readonly [infer Axis extends number]
        ? ReduceS<S, Axis, KeepDims>
        : A extends readonly [number, ...number[]]
          ? KeepDims extends true
            ? ReplacedAll<S, A, 1>
            : UnknownRank<S> extends true
              ? Shape
              : WithoutMarked<ReplacedAll<S, A, Lazy<A>['removed']>, A, Lazy<A>, []>
          : Shape;
type ReplacedAll<S, A, N extends Dim> = A extends readonly [infer H extends number, ...infer T]
  ? ReplacedAll<Replaced<S, H, N>, T, N>
  : S;
// Walks from the right until every axis was met, so that it never has to look into a variadic head.
type WithoutMarked<S, Left, K extends Consts, Kept extends Shape> = Left extends readonly [unknown, ...infer Rest]
  ? { s: S } extends { s: [...infer P, infer X extends Dim] }
    ? Same<X, K['removed']> extends true
      ? WithoutMarked<P, Rest, K, Kept>
      : WithoutMarked<P, Left, K, [X, ...Kept]>
    : Kept
  : Kept extends []
    ? S
    : Joined<S, Kept>;
