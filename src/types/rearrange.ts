import type { Div, Mul } from './arithmetic';
import type { Dim, Same, Shape, UnknownRank } from './dims';
import type { ShapeError } from './messages';
import type { Keep, Ok, OkOf, Out, Wrong } from './outcome';
import type { ShapeOf } from './tensor';

type AnyWrong = Wrong<string, any, any>;
// 'b t (h d)' is ['b', 't', ['h', 'd']].
type Words<S extends string, Done extends unknown[] = []> = S extends ` ${infer R}`
  ? Words<R, Done>
  : S extends ''
    ? Done
    : S extends `(${infer G})${infer R}`
      ? Words<R, [...Done, Names<G>]>
      : S extends `${infer W} ${infer R}`
        ? Words<R, [...Done, W]>
        : [...Done, S];
type Names<S extends string, Done extends string[] = []> = S extends ` ${infer R}`
  ? Names<R, Done>
  : S extends ''
    ? Done
    : S extends `${infer W} ${infer R}`
      ? Names<R, [...Done, W]>
      : [...Done, S];

type SizeOf<G extends string[], E> =
  Known<G, E> extends [infer H extends Dim, ...infer T extends Dim[]] ? ProductOnto<T, H> : 1;
type ProductOnto<T extends Dim[], P extends Dim> = T extends [infer H extends Dim, ...infer R extends Dim[]]
  ? ProductOnto<R, Mul<P, H>>
  : P;
type Known<G extends string[], E, Done = []> = G extends [infer H, ...infer T extends string[]]
  ? H extends keyof E
    ? Known<T, E, Pushed<Done, E[H]>>
    : Known<T, E, Done>
  : Done;
type Unknown<G extends string[], E, Done extends string[] = []> = G extends [
  infer H extends string,
  ...infer T extends string[],
]
  ? H extends keyof E
    ? Unknown<T, E, Done>
    : Unknown<T, E, [...Done, H]>
  : Done;
type Pushed<O, X> = { o: O } extends { o: infer P extends unknown[] } ? [...P, X] : never;

type BindGroup<G extends string[], X extends Dim, E> =
  Unknown<G, E> extends infer U
    ? U extends []
      ? Same<SizeOf<G, E>, X> extends true
        ? E
        : Wrong<'group does not match its size', G, X>
      : U extends [infer u extends string]
        ? [Div<X, SizeOf<G, E>>] extends [never]
          ? Wrong<'size is not divisible', X, SizeOf<G, E>>
          : E & Record<u, Div<X, SizeOf<G, E>>>
        : Wrong<'more than one unknown in a group', U>
    : never;
type BindWord<w, X extends Dim, E> = w extends string
  ? w extends keyof E
    ? Same<E[w], X> extends true
      ? E
      : Wrong<`size of '${w}' differs`, E[w], X>
    : E & Record<w, X>
  : w extends string[]
    ? BindGroup<w, X, E>
    : never;
// A shape of open rank binds nothing: Keep.
type Bind<W, S, E> = W extends [infer w, ...infer R]
  ? { s: S } extends { s: [infer X extends Dim, ...infer Q] }
    ? BindWord<w, X, E> extends infer E2
      ? E2 extends AnyWrong
        ? E2
        : Bind<R, Q, E2>
      : never
    : UnknownRank<S> extends true
      ? Keep
      : Wrong<'too few dimensions', S>
  : { s: S } extends { s: [] }
    ? E
    : UnknownRank<S> extends true
      ? Keep
      : Wrong<'too many dimensions', S>;
type Build<W, E, O = []> = W extends [infer w, ...infer R]
  ? Build<
      R,
      E,
      Pushed<O, w extends string ? (w extends keyof E ? E[w] : never) : w extends string[] ? SizeOf<w, E> : never>
    >
  : O;

type Solve<X, Spec extends string, Sizes> = Spec extends `${infer L}->${infer R}`
  ? Bind<Words<L>, ShapeOf<X>, Sizes & Record<'1', 1>> extends infer E
    ? E extends AnyWrong
      ? E
      : E extends Keep
        ? Ok<Shape>
        : OkOf<Build<Words<R>, E>>
    : never
  : Wrong<"expected 'a b -> b a'">;

/** The pattern, when the shape and the sizes agree with it. */
export type RearrangeArg<X, Spec extends string, Sizes> = string extends Spec
  ? Spec
  : Solve<X, Spec, Sizes> extends Wrong<infer M, infer A, infer B>
    ? ShapeError<`rearrange: ${M}`, A, B>
    : Spec;
export type RearrangeS<X, Spec extends string, Sizes> = string extends Spec ? Shape : Out<Solve<X, Spec, Sizes>>;
