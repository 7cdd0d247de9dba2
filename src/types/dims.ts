import type { Invariant } from './exact';

/** A dimension is a JS number at run time; its type is a literal, a symbol, a type parameter, `number` or `any`. */
export type Dim = number;
export type Shape = Dim[];
export type ReadonlyShape<S extends Shape> = { readonly [I in keyof S]: S[I] };
/** The sizes of a tensor. A mapped type over a constrained parameter is a list even for `any`, so it can be iterated. */
export type SizesOf<S> = { s: S } extends { s: infer X extends Shape } ? ReadonlyShape<X> : Invariant<S>;

declare const symbol: unique symbol;
export interface Named<Name extends string> {
  readonly [symbol]: Name;
}
/** A nominal number: two symbols of different names are different dimensions. */
export type Sym<Name extends string> = number & Named<Name>;

/**
 * Identity of two types, decided eagerly even when they contain type parameters of an enclosing function:
 * Same<B, B> is true, Same<B, 1> is false; only two different bare parameters stay undecided, and an undecided check
 * rejects the argument. Never compare an alias parameter with a constant: that would be decided where the alias is
 * declared. Constants come from `Lazy`.
 */
export type Same<A, B> = (<T>() => T extends [A] ? 1 : 2) extends <T>() => T extends [B] ? 1 : 2 ? true : false;

/** The compiler calls [...N, 2, 1] and [...N, 1, 2] identical, so the tail of such tuples is set apart first. */
type Encoded<S> = { s: S } extends { s: [any?, any?, any?, any?, any?, any?, any?, any?] }
  ? S
  : { s: S } extends { s: [...infer R, infer D, infer C, infer B, infer A] }
    ? { rest: R; tail: [D, C, B, A] }
    : { s: S } extends { s: [...infer R, infer C, infer B, infer A] }
      ? { rest: R; tail: [C, B, A] }
      : { s: S } extends { s: [...infer R, infer B, infer A] }
        ? { rest: R; tail: [B, A] }
        : { s: S } extends { s: [...infer R, infer A] }
          ? { rest: R; tail: [A] }
          : S;
/** `Same` for shapes. */
export type SameS<A, B> = Same<Encoded<A>, Encoded<B>>;

declare const probe: unique symbol;
declare const removed: unique symbol;
type RemovedDim = number & { readonly [removed]: true };
export interface Consts {
  nil: [];
  hole: [-1];
  one: 1;
  num: number;
  bit: 0 | 1;
  probe: typeof probe;
  removed: RemovedDim;
}
/** The constants, withheld until X is an actual type. */
export type Lazy<X> = X extends unknown ? Consts : never;

export type IsAny<A, K extends Consts> = Same<A extends K['probe'] ? 1 : 0, K['bit']>;
/** `number` or `any`: known only when traced. */
export type IsDyn<A, K extends Consts> = Same<A, K['num']> extends true ? true : IsAny<A, K>;
/** A literal: not dynamic, not symbolic, not a type parameter. */
export type IsLit<A, K extends Consts> =
  Same<A, Nameless<A, K>> extends true ? (Same<A, K['num']> extends true ? false : true) : false;
type Nameless<A, K extends Consts> = K['num'] extends number
  ? { a: A } extends { a: Named<string> }
    ? 'sym'
    : A
  : never;

/** Two dimensions that a contraction or a concatenation may pair. */
export type Matches<A, B, K extends Consts> =
  Same<A, B> extends true ? true : IsDyn<A, K> extends true ? true : IsDyn<B, K>;
/** Two shapes that agree in every dimension. */
export type ShapesMatch<A, B, K extends Consts> =
  SameS<A, B> extends true
    ? true
    : { a: A; b: B } extends { a: [...infer AR, infer AL]; b: [...infer BR, infer BL] }
      ? Matches<AL, BL, K> extends true
        ? ShapesMatch<AR, BR, K>
        : false
      : false;

/** A shape whose rank is not known (`number[]` or `any`). */
export type UnknownRank<S> = { s: number[] } extends { s: S } ? true : false;
export type Joined<A, B> = { a: A; b: B } extends { a: infer X extends Shape; b: infer Y extends Shape }
  ? [...X, ...Y]
  : Shape;
