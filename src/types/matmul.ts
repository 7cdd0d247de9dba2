import type { AnyShape, Broadcast } from './broadcast';
import type { Consts, Dim, Joined, Lazy, Matches, Shape, UnknownRank } from './dims';
import type { ShapeError, ShowDim } from './messages';
import type { Bad, Ok, OkOf, Out, Wrong } from './outcome';
import type { ShapeOf } from './tensor';

type ScalarOperand = Wrong<'an operand is a scalar, use mul'>;
/** What is left when a pattern did not match: an unknown rank, or a scalar. */
type Unmatched<A, B> = true extends UnknownRank<A> | UnknownRank<B> ? Ok<Shape> : ScalarOperand;

type Contract<A, B, K extends Consts> = { b: B } extends { b: [infer K2, infer N extends Dim] }
  ? { a: A } extends { a: [...infer P, infer K1] }
    ? Matches<K1, K2, K> extends true
      ? OkOf<Joined<P, [N]>>
      : Bad<K1, K2>
    : Unmatched<A, B>
  : { b: B } extends { b: [infer K2] }
    ? { a: A } extends { a: [...infer P, infer K1] }
      ? Matches<K1, K2, K> extends true
        ? Ok<P>
        : Bad<K1, K2>
      : Unmatched<A, B>
    : { a: A; b: B } extends {
          a: [...infer P, infer M extends Dim, infer K1];
          b: [...infer Q, infer K2, infer N extends Dim];
        }
      ? Matches<K1, K2, K> extends true
        ? Batched<Broadcast<P, Q, K>, M, N>
        : Bad<K1, K2>
      : { a: A; b: B } extends { a: [infer K1]; b: [...infer Q, infer K2, infer N extends Dim] }
        ? Matches<K1, K2, K> extends true
          ? OkOf<Joined<Q, [N]>>
          : Bad<K1, K2>
        : Unmatched<A, B>;
type Batched<R, M extends Dim, N extends Dim> = R extends Ok<infer P> ? OkOf<Joined<P, [M, N]>> : R;

type MM<X, Y> = Contract<ShapeOf<X>, ShapeOf<Y>, Lazy<X>>;
export type MMS<X, Y> = Out<MM<X, Y>>;
export type Matmulable<X, Y> =
  MM<X, Y> extends Bad<infer A, infer B>
    ? AnyShape<X, Y> extends true
      ? Y
      : ShapeError<`matmul: dimensions ${ShowDim<A>} and ${ShowDim<B>} differ`, ShapeOf<X>, ShapeOf<Y>>
    : MM<X, Y> extends Wrong<infer Message>
      ? AnyShape<X, Y> extends true
        ? Y
        : ShapeError<`matmul: ${Message}`, ShapeOf<X>, ShapeOf<Y>>
      : Y;

/** dot pairs the last dimension with the one before the last, and keeps every other dimension of both operands. */
type Dot<A, B, K extends Consts> = { b: B } extends {
  b: [infer Q0 extends Dim, ...infer Q extends Shape, infer K2, infer N extends Dim];
}
  ? { a: A } extends { a: [...infer P, infer K1] }
    ? Matches<K1, K2, K> extends true
      ? OkOf<Joined<P, [Q0, ...Q, N]>>
      : Bad<K1, K2>
    : Unmatched<A, B>
  : Contract<A, B, K>;
type DotR<X, Y> = Dot<ShapeOf<X>, ShapeOf<Y>, Lazy<X>>;
export type DotS<X, Y> = Out<DotR<X, Y>>;
export type Dottable<X, Y> =
  DotR<X, Y> extends Bad<infer A, infer B>
    ? AnyShape<X, Y> extends true
      ? Y
      : ShapeError<`dot: dimensions ${ShowDim<A>} and ${ShowDim<B>} differ`, ShapeOf<X>, ShapeOf<Y>>
    : DotR<X, Y> extends Wrong<infer Message>
      ? AnyShape<X, Y> extends true
        ? Y
        : ShapeError<`dot: ${Message}`, ShapeOf<X>, ShapeOf<Y>>
      : Y;
