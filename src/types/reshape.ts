import type { Div, Mul } from './arithmetic';
import type { Consts, Dim, IsDyn, IsLit, Lazy, Shape, Sym } from './dims';
import type { ShapeError } from './messages';
import type { Bad, Keep, Ok, OkOf } from './outcome';
import type { ShapeOf } from './tensor';

type Product<S> = S extends [infer H extends Dim, ...infer T] ? ProductOnto<T, H> : 1;
type ProductOnto<S, P extends Dim> = S extends [infer H extends Dim, ...infer T] ? ProductOnto<T, Mul<P, H>> : P;

/** A shape sorted into its literal and its symbolic dims, and whether it holds a -1 or a dynamic dim. */
interface Sorted {
  literal: Shape;
  symbolic: Shape;
  hole: boolean;
  dynamic: boolean;
}
type Sort<
  S,
  K extends Consts,
  L extends Shape = [],
  Y extends Shape = [],
  Hole extends boolean = false,
  Dynamic extends boolean = false,
> = S extends [infer H extends Dim, ...infer T]
  ? IsLit<H, K> extends true
    ? H extends -1
      ? Sort<T, K, L, Y, true, Dynamic>
      : Sort<T, K, [...L, H], Y, Hole, Dynamic>
    : IsDyn<H, K> extends true
      ? Sort<T, K, L, Y, Hole, true>
      : Sort<T, K, L, [...Y, H], Hole, Dynamic>
  : S extends []
    ? { literal: L; symbolic: Y; hole: Hole; dynamic: Dynamic }
    : { literal: L; symbolic: Y; hole: Hole; dynamic: true };

type Compare<A extends Sorted, T extends Sorted> = true extends A['dynamic'] | T['dynamic']
  ? T['hole'] extends true
    ? Ok<number>
    : Keep
  : T['hole'] extends true
    ? { y: A['symbolic'] } extends { y: [...Orders<T['symbolic']>, ...infer Rest] }
      ? FillLiteral<Cancel<A['literal'], T['literal']>, Rest>
      : Ok<number>
    : { y: A['symbolic'] } extends { y: Orders<T['symbolic']> }
      ? SameCount<Cancel<A['literal'], T['literal']>>
      : Keep;
/** The orders of a few symbolic dims: a product has none, and whether two type parameters are the same stays undecided. */
type Orders<Y> = Y extends [infer A, infer B]
  ? [A, B] | [B, A]
  : Y extends [infer A, infer B, infer C]
    ? [A, B, C] | [A, C, B] | [B, A, C] | [B, C, A] | [C, A, B] | [C, B, A]
    : Y;
// Equal dims cancel before anything is multiplied: most reshapes then need one multiplication or none.
type Cancel<A, T, Left extends Shape = []> = T extends [infer H extends Dim, ...infer R]
  ? Without<A, H> extends infer A2
    ? A2 extends false
      ? Cancel<A, R, [...Left, H]>
      : Cancel<A2, R, Left>
    : never
  : [A, Left];
type Without<A, H, Kept extends Shape = []> = A extends [infer X extends Dim, ...infer R extends Shape]
  ? X extends H
    ? [...Kept, ...R]
    : Without<R, H, [...Kept, X]>
  : false;
type SameCount<P> = P extends [infer A, infer T] ? (Product<A> extends Product<T> ? Keep : Bad<A, T>) : never;
type FillLiteral<P, Symbols> = P extends [infer A, infer T]
  ? FillBy<T extends [] ? Product<A> : Div<Product<A>, Product<T>>, Symbols>
  : never;
type FillBy<Q extends Dim, Symbols> = [Q] extends [never]
  ? Bad<Q, Symbols>
  : Symbols extends []
    ? Ok<Q>
    : Q extends 1
      ? OkOf<Product<Symbols>>
      : OkOf<Mul<Product<Symbols>, Q>>;

/** Keep, Ok<the dim that -1 stands for>, or Bad. */
export type ReshapeS<X, T> = Compare<Sort<ShapeOf<X>, Lazy<X>>, Sort<T, Lazy<X>>>;
/** The target, when its count of elements is that of X. */
export type ReshapeArg<X, T extends Shape> =
  ReshapeS<X, T> extends Bad<any, any> ? ShapeError<'reshape: element counts differ', ShapeOf<X>, T> : readonly [...T];
/** The target with its -1 filled in. */
export type ReshapeOut<X, T> = { n: Hole<ReshapeS<X, T>> } extends { n: infer N } ? Fill<T, N, Lazy<X>> : never;
type Hole<R> = R extends Ok<infer N> ? N : any;
type Fill<T, N, K extends Consts, Done extends unknown[] = []> = T extends [infer H extends Dim, ...infer R]
  ? IsLit<H, K> extends true
    ? Fill<R, N, K, [...Done, H extends -1 ? N : H]>
    : Fill<R, N, K, [...Done, H]>
  : Done;
export type RavelS<X> = ReshapeOut<X, Lazy<X>['hole']>;

/** The target of `as`, which may refine a shape but not contradict it. */
export type AsArg<S, T extends Shape> =
  true extends Contradicts<S, T> ? ShapeError<'as: contradicts the shape', S, T> : readonly [...T];
type Contradicts<A, B> = A extends [infer a, ...infer AT]
  ? B extends [infer b, ...infer BT]
    ? MayBe<a, b> extends true
      ? Contradicts<AT, BT>
      : true
    : number[] extends B
      ? false
      : true
  : number[] extends A
    ? false
    : A extends []
      ? B extends []
        ? false
        : number[] extends B
          ? false
          : true
      : false;
type MayBe<a, b> = { x: a } extends { x: b }
  ? true
  : { x: b } extends { x: a }
    ? true
    : a extends Sym<string>
      ? true
      : b extends Sym<string>
        ? true
        : false;
