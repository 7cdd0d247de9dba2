import type { Broadcast } from './broadcast';
import type { JoinD } from './combine';
import type { Consts, IsDyn, Lazy, Same, Shape, UnknownRank } from './dims';
import type { ShapeError } from './messages';
import type { Keep, Ok, OkOf, Out, Wrong } from './outcome';
import type { ShapeOf } from './tensor';

type AnyWrong = Wrong<string, any, any>;
/**
 * What a label asks of two dims. Two type parameters stay undecided, and the compiler prints this type: so it is collected
 * under '=' as it is, by its name, and nothing that follows waits for it.
 */
type SameSize<Message extends string, A, B> = Same<A, B> extends true ? unknown : ShapeError<Message, A, B>;
type Terms<S extends string, Done extends string[] = []> = S extends `${infer A},${infer R}`
  ? Terms<R, [...Done, A]>
  : [...Done, S];
type Spaceless<S extends string> = S extends `${infer A} ${infer R}` ? Spaceless<`${A}${R}`> : S;
type Reversed<S extends string, R extends string = ''> = S extends `${infer H}${infer T}` ? Reversed<T, `${H}${R}`> : R;

// The labels of an operand are bound from the right, then from the left, so that '...' takes what is between.
// A shape of open rank binds nothing: Keep.
type Bind<L extends string, S, E, K extends Consts> = L extends `...${infer Front}`
  ? BindFront<Reversed<Front>, S, E, K>
  : L extends `${infer c}${infer R}`
    ? { s: S } extends { s: [...infer P, infer X] }
      ? BindLabel<c, X, E, K> extends infer E2
        ? E2 extends AnyWrong
          ? E2
          : Bind<R, P, E2, K>
        : never
      : UnknownRank<S> extends true
        ? Keep
        : Wrong<`too few dimensions for '${Reversed<L>}'`, S>
    : { s: S } extends { s: [] }
      ? E
      : UnknownRank<S> extends true
        ? Keep
        : Wrong<'too many dimensions', S>;
type BindFront<L extends string, S, E, K extends Consts> = L extends `${infer c}${infer R}`
  ? { s: S } extends { s: [infer X, ...infer Q] }
    ? BindLabel<c, X, E, K> extends infer E2
      ? E2 extends AnyWrong
        ? E2
        : BindFront<R, Q, E2, K>
      : never
    : UnknownRank<S> extends true
      ? Keep
      : Wrong<`too few dimensions for '${L}'`, S>
  : '...' extends keyof E
    ? BindBatch<Broadcast<E['...'], S, K>, S, E>
    : E & { '...': S };
type BindBatch<R, S, E> =
  R extends Ok<infer B>
    ? Omit<E, '...'> & { '...': B }
    : Wrong<'batch dimensions do not broadcast', E['...' & keyof E], S>;
type BindLabel<c extends string, X, E, K extends Consts> = c extends keyof E
  ? IsDyn<X, K> extends true
    ? E
    : IsDyn<E[c], K> extends true
      ? Omit<E, c> & Record<c, X>
      : Omit<E, '='> & { '=': E['=' & keyof E] & SameSize<`einsum: dimension '${c}' differs`, E[c], X> }
  : E & Record<c, X>;
type BindAll<Ts, Xs, E, K extends Consts> = Ts extends [infer T extends string, ...infer TR]
  ? Xs extends readonly [infer X, ...infer XR]
    ? Bind<Reversed<T>, ShapeOf<X>, E, K> extends infer E2
      ? E2 extends AnyWrong | Keep
        ? E2
        : BindAll<TR, XR, E2, K>
      : never
    : Wrong<'too few operands'>
  : Xs extends readonly []
    ? E
    : Wrong<'too many operands'>;

type Collect<L extends string, E, O = []> = L extends `...${infer R}`
  ? '...' extends keyof E
    ? Collect<R, E, Appended<O, E['...']>>
    : Wrong<"output '...' is not in the inputs">
  : L extends `${infer c}${infer R}`
    ? c extends keyof E
      ? Collect<R, E, Appended<O, [E[c]]>>
      : Wrong<`output label '${c}' is not in the inputs`>
    : O;
type Appended<O, X> = { o: O; x: X } extends { o: infer P extends unknown[]; x: infer Q extends unknown[] }
  ? [...P, ...Q]
  : never;

type Solve<Spec extends string, Xs> =
  Spaceless<Spec> extends `${infer I}->${infer O}`
    ? Xs extends readonly [infer X0, ...unknown[]]
      ? BindAll<Terms<I>, Xs, { '=': unknown }, Lazy<X0>> extends infer E
        ? E extends AnyWrong
          ? E
          : E extends Keep
            ? Ok<Shape>
            : OkOf<Collect<O, E>> & E
        : never
      : Ok<Shape>
    : Wrong<"write the output too, as in 'ij,jk->ik'">;

/** The specification, when the operands agree with it. */
export type EinsumArg<Spec extends string, Xs> = string extends Spec
  ? Spec
  : Solve<Spec, Xs> extends infer R
    ? R extends Wrong<infer M, infer A, infer B>
      ? ShapeError<`einsum: ${M}`, A, B>
      : R extends Ok<Wrong<infer M, any, any>>
        ? ShapeError<`einsum: ${M}`>
        : R extends { '=': infer Sizes }
          ? Spec & Sizes
          : Spec
    : never;
export type EinsumS<Spec extends string, Xs> = string extends Spec ? Shape : Out<Solve<Spec, Xs>>;
/** The promoted dtype of the operands. */
export type EinsumD<Xs> = JoinD<Xs>;
