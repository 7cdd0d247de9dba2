import type { AnyShape } from './broadcast';
import type { Consts, Dim, Joined, Lazy, Shape, ShapesMatch } from './dims';
import type { PermS } from './layout';
import type { ShapeError } from './messages';
import type { Bad, OkOf, Out } from './outcome';
import type { ReduceS } from './reduce';
import type { ShapeOf } from './tensor';

/** How many dims are contracted, last of x with first of y, or which. */
export type TensordotAxes = number | readonly [x: readonly number[], y: readonly number[]];

type Last<S, N extends number, Taken extends Shape = []> = Taken['length'] extends N
  ? [S, Taken]
  : { s: S } extends { s: [...infer P, infer X extends Dim] }
    ? Last<P, N, [X, ...Taken]>
    : [Shape, Shape];
type First<S, N extends number, Taken extends Shape = []> = Taken['length'] extends N
  ? [S, Taken]
  : { s: S } extends { s: [infer X extends Dim, ...infer Q] }
    ? First<Q, N, [...Taken, X]>
    : [Shape, Shape];
type Pair<P, Q, K extends Consts> = P extends [infer A, infer TakenA]
  ? Q extends [infer B, infer TakenB]
    ? ShapesMatch<TakenA, TakenB, K> extends true
      ? OkOf<Joined<A, B>>
      : Bad<TakenA, TakenB>
    : never
  : never;
type Tensordot<X, Y, A> = A extends readonly [infer I, infer J]
  ? Pair<[ReduceS<X, I, false>, PermS<X, I>], [ReduceS<Y, J, false>, PermS<Y, J>], Lazy<A>>
  : A extends number
    ? number extends A
      ? OkOf<Shape>
      : Pair<Last<X, A>, First<Y, A>, Lazy<A>>
    : never;

export type TensordotS<X, Y, A> = Out<Tensordot<ShapeOf<X>, ShapeOf<Y>, A>>;
export type TensordotArg<X, Y, A> =
  Tensordot<ShapeOf<X>, ShapeOf<Y>, A> extends Bad<infer P, infer Q>
    ? AnyShape<X, Y> extends true
      ? Y
      : ShapeError<'tensordot: the contracted dimensions differ', P, Q>
    : Y;

type LastAxes = [[-1], [-1]];
export type InnerS<X, Y> = TensordotS<X, Y, LastAxes>;
export type InnerArg<X, Y> =
  Tensordot<ShapeOf<X>, ShapeOf<Y>, LastAxes> extends Bad<infer P, infer Q>
    ? AnyShape<X, Y> extends true
      ? Y
      : ShapeError<'inner: the last dimensions differ', P, Q>
    : Y;
