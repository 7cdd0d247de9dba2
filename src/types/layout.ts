import type { Sub } from './arithmetic';
import type { DimAt, Removed, Replaced, SplitTable } from './axes';
import type { Consts, Dim, IsLit, Lazy, Shape, UnknownRank } from './dims';
import type { ShapeError, ShowDim } from './messages';
import type { Keep } from './outcome';
import type { Tensor } from './tensor';

export type Swap<S, A extends number, B extends number> = Replaced<Replaced<S, A, DimAt<S, B>>, B, DimAt<S, A>>;
export type MoveS<S, From extends number, To extends number> = InsertS<Removed<S, From>, To, DimAt<S, From>>;

/** The last two dimensions exchanged. */
export type Transposed<S> = { s: S } extends { s: [...infer P extends Shape, infer X extends Dim, infer Y extends Dim] }
  ? [...P, Y, X]
  : UnknownRank<S> extends true
    ? Shape
    : never;
export type MatrixTransposable<S, D> = [Transposed<S>] extends [never]
  ? ShapeError<'matrixTranspose: needs two dimensions', S>
  : Tensor<S, D>;

type FixedRank<S> = { s: S } extends { s: [any?, any?, any?, any?, any?, any?, any?, any?] } ? true : false;
type Reversed<S, Done extends Shape = []> = { s: S } extends { s: [infer X extends Dim, ...infer Q] }
  ? Reversed<Q, [X, ...Done]>
  : Done;
/** The tensor itself, unless no axes are given and its rank is open. */
export type Transposable<S, D, P> = P extends undefined
  ? FixedRank<S> extends true
    ? Tensor<S, D>
    : UnknownRank<S> extends true
      ? Tensor<S, D>
      : ShapeError<'transpose: give the axes, or use matrixTranspose for the last two', S>
  : Tensor<S, D>;
/** The shape of transpose: permuted by the axes, or reversed without them. */
export type TransposeS<S, P> = P extends undefined
  ? UnknownRank<S> extends true
    ? Shape
    : FixedRank<S> extends true
      ? Reversed<S>
      : Shape
  : PermS<S, P>;
export type PermS<S, P> = P extends readonly [infer I extends number, ...infer R]
  ? [DimAt<S, I>, ...PermS<S, R>]
  : P extends readonly []
    ? []
    : Shape;
/** The axes, when each occurs once. */
export type PermArg<S, P> = Permutes<S, P> extends infer E extends ShapeError<any, any, any> ? E : P;
type Permutes<S, P> = P extends readonly number[]
  ? number extends P['length']
    ? Keep
    : { s: S } extends { s: { length: infer Rank extends number } }
      ? number extends Rank
        ? UnknownRank<S> extends true
          ? Keep
          : ShapeError<'transpose: the rank is open, use matrixTranspose or swapaxes', S, P>
        : P['length'] extends Rank
          ? Repeated<P, Rank> extends infer A
            ? [A] extends [never]
              ? Keep
              : ShapeError<`transpose: axis ${A & number} is repeated`, S, P>
            : never
          : ShapeError<`transpose: ${P['length']} axes for a ${Rank}-d tensor`, S, P>
      : Keep
  : Keep;
type Repeated<P, Rank extends number, Seen = never> = P extends readonly [infer A extends number, ...infer R]
  ? FromFront<A, Rank> extends infer F
    ? F extends Seen
      ? A
      : Repeated<R, Rank, Seen | F>
    : never
  : never;
type FromFront<A extends number, Rank extends number> = `${A}` extends `-${infer N extends number}` ? Sub<Rank, N> : A;

// Not by Joined: inference through vmap and scan would explore its fallback, a hundredfold the work.
export type InsertS<S, A extends number, N extends Dim> = A extends -1
  ? { s: S } extends { s: infer X extends Shape }
    ? [...X, N]
    : never
  : A extends 0
    ? { s: S } extends { s: infer X extends Shape }
      ? [N, ...X]
      : never
    : `${A}` extends `-${infer M}`
      ? InsertBefore<S, `-${Previous<M>}`, N>
      : InsertAfter<S, Previous<`${A}`>, N>;
interface PreviousTable {
  '1': '0';
  '2': '1';
  '3': '2';
  '4': '3';
  '5': '4';
  '6': '5';
  '7': '6';
}
type Previous<M extends string> = M extends keyof PreviousTable ? PreviousTable[M] : 'none';
type InsertAfter<S, A extends string, N extends Dim> = A extends keyof SplitTable<S>
  ? SplitTable<S>[A] extends [infer P extends Shape, infer X extends Dim, infer Q extends Shape, unknown]
    ? [...P, X, N, ...Q]
    : never
  : Shape;
type InsertBefore<S, A extends string, N extends Dim> = A extends keyof SplitTable<S>
  ? SplitTable<S>[A] extends [infer P extends Shape, infer X extends Dim, infer Q extends Shape, unknown]
    ? [...P, N, X, ...Q]
    : never
  : Shape;

/** The axis, when its size is 1 or may be. */
export type SqueezeArg<S, A> = A extends number
  ? DimAt<S, A> extends infer N
    ? { n: N } extends { n: 1 }
      ? A
      : { n: 1 } extends { n: N }
        ? A
        : ShapeError<`squeeze: axis ${A} has size ${ShowDim<N>}, not 1`, S>
    : never
  : A;
export type SqueezeS<S, A> = A extends number ? Removed<S, A> : WithoutOnes<S, Lazy<A>, []>;
type WithoutOnes<S, K extends Consts, Kept extends Shape> = { s: S } extends { s: [infer X extends Dim, ...infer Q] }
  ? IsLit<X, K> extends true
    ? WithoutOnes<Q, K, X extends 1 ? Kept : [...Kept, X]>
    : Shape
  : { s: S } extends { s: [] }
    ? Kept
    : Shape;

/** The shape of atleast1d, atleast2d and atleast3d; left to the trace when the rank is open. */
export type AtLeast1<S> = UnknownRank<S> extends true ? Shape : { s: S } extends { s: [] } ? [1] : S;
export type AtLeast2<S> =
  UnknownRank<S> extends true
    ? Shape
    : { s: S } extends { s: [] }
      ? [1, 1]
      : { s: S } extends { s: [infer N extends Dim] }
        ? [1, N]
        : S;
export type AtLeast3<S> =
  UnknownRank<S> extends true
    ? Shape
    : { s: S } extends { s: [] }
      ? [1, 1, 1]
      : { s: S } extends { s: [infer N extends Dim] }
        ? [1, N, 1]
        : { s: S } extends { s: [infer M extends Dim, infer N extends Dim] }
          ? [M, N, 1]
          : S;
