import type { Consts, Dim, IsAny, IsDyn, Joined, Lazy, Same, SameS, Shape } from './dims';
import type { FloatOf, f32, Promote } from './dtype';
import type { ShapeError, ShowDim } from './messages';
import type { Bad, Keep, Ok, OkOf, Out } from './outcome';
import type { DTypeOf, ShapeOf, Tensor } from './tensor';

type BroadcastDim<A, B, K extends Consts> =
  Same<A, B> extends true
    ? A
    : Same<B, K['one']> extends true
      ? A
      : Same<A, K['one']> extends true
        ? B
        : IsDyn<A, K> extends true
          ? IsDyn<B, K> extends true
            ? A
            : B
          : IsDyn<B, K> extends true
            ? A
            : Bad<A, B>;

/** NumPy broadcasting of two shapes: Ok<shape> or Bad<dim, dim>. */
export type Broadcast<A, B, K extends Consts> =
  SameS<A, B> extends true
    ? Ok<A>
    : Same<B, K['nil']> extends true
      ? Ok<A>
      : Same<A, K['nil']> extends true
        ? Ok<B>
        : FromRight<A, B, K, []>;
type FromRight<A, B, K extends Consts, Done extends Shape> = { a: A; b: B } extends {
  a: [...infer AR, infer AL];
  b: [...infer BR, infer BL];
}
  ? Step<BroadcastDim<AL, BL, K>, AR, BR, K, Done>
  : Ok<Shape>;
type Step<R, A, B, K extends Consts, Done extends Shape> = { d: R } extends { d: infer D extends Dim }
  ? SameS<A, B> extends true
    ? OkOf<Joined<A, [D, ...Done]>>
    : Same<B, K['nil']> extends true
      ? OkOf<Joined<A, [D, ...Done]>>
      : Same<A, K['nil']> extends true
        ? OkOf<Joined<B, [D, ...Done]>>
        : FromRight<A, B, K, [D, ...Done]>
  : R;

export type AnyShape<X, Y> = true extends IsAny<ShapeOf<X>, Lazy<X>> | IsAny<ShapeOf<Y>, Lazy<Y>> ? true : false;

export type Bin<X, Y> = Broadcast<ShapeOf<X>, ShapeOf<Y>, Lazy<X>>;
/** The shape of an elementwise operation. */
export type BinS<X, Y> = Out<Bin<X, Y>>;
/** Its dtype. A JS number is weak: it takes the dtype of the tensor beside it. */
export type BinD<X, Y> =
  X extends Tensor<any, infer D>
    ? Y extends Tensor<any, infer E>
      ? Promote<D, E>
      : D
    : Y extends Tensor<any, infer E>
      ? E
      : f32;
export type DivD<X, Y> = FloatOf<BinD<X, Y>>;
/** Y itself when it broadcasts with X (untyped shapes do). */
export type Broadcastable<Op extends string, X, Y> =
  Bin<X, Y> extends Bad<infer A, infer B>
    ? AnyShape<X, Y> extends true
      ? Y
      : ShapeError<`${Op}: dimensions ${ShowDim<A>} and ${ShowDim<B>} do not broadcast`, ShapeOf<X>, ShapeOf<Y>>
    : Y;

type Bin3<X, Y, Z> = Broadcast<BinS<X, Y>, ShapeOf<Z>, Lazy<X>>;
export type Bin3S<X, Y, Z> = Out<Bin3<X, Y, Z>>;
/** Z itself when it broadcasts with X and Y together. */
export type Broadcastable3<Op extends string, X, Y, Z> =
  Bin3<X, Y, Z> extends Bad<infer A, infer B>
    ? true extends AnyShape<X, Y> | IsAny<ShapeOf<Z>, Lazy<Z>>
      ? Z
      : ShapeError<`${Op}: dimensions ${ShowDim<A>} and ${ShowDim<B>} do not broadcast`, BinS<X, Y>, ShapeOf<Z>>
    : Z;

/** The shape that all of a list have in common. */
type CommonS<Xs> = Xs extends readonly [infer X, ...infer R]
  ? CommonOnto<ShapeOf<X>, R, Lazy<X>>
  : Xs extends readonly []
    ? []
    : Shape;
type CommonOnto<S, R, K extends Consts> = R extends readonly [infer Y, ...infer R2]
  ? { s: Out<Broadcast<S, ShapeOf<Y>, K>> } extends { s: infer Z }
    ? CommonOnto<Z, R2, K>
    : never
  : S;
/** The results of broadcastArrays. */
export type Stretched<Xs extends readonly unknown[]> = {
  -readonly [I in keyof Xs]: { s: CommonS<Xs> } extends { s: infer Z } ? Tensor<Z, DTypeOf<Xs[I]>> : never;
};

type StretchDim<A, T, K extends Consts> =
  Same<A, T> extends true
    ? true
    : Same<A, K['one']> extends true
      ? true
      : IsDyn<A, K> extends true
        ? true
        : IsDyn<T, K>;
type Stretch<A, T, K extends Consts> =
  SameS<A, T> extends true
    ? Keep
    : Same<A, K['nil']> extends true
      ? Keep
      : Same<T, K['nil']> extends true
        ? Bad<A, T>
        : { a: A; t: T } extends { a: [...infer AR, infer AL]; t: [...infer TR, infer TL] }
          ? StretchDim<AL, TL, K> extends true
            ? Stretch<AR, TR, K>
            : Bad<AL, TL>
          : Keep;
/** The target of broadcastTo, when X stretches to it. */
export type BroadcastToArg<X, T extends Shape> =
  Stretch<ShapeOf<X>, T, Lazy<X>> extends Bad<any, any>
    ? true extends IsAny<ShapeOf<X>, Lazy<X>>
      ? readonly [...T]
      : ShapeError<'broadcastTo: does not stretch to the target', ShapeOf<X>, T>
    : readonly [...T];
