import type { Dim, Shape } from './dims';
import type { ShapeError } from './messages';

/**
 * What makes Tensor covariant in its sizes, but not in unions of them. Nobody can write to a tensor, so one of 10 rows is
 * one of `number` rows; but it is not one of `10 | 12` rows, which is what TypeScript infers for a type parameter that is
 * given two sizes: a target with such a size asks for a sentence.
 */
export type OneSizeEach<S> = { s: S } extends { s: infer X extends Shape }
  ? { readonly [I in keyof X]: OneSize<X[I]> }
  : unknown;
type OneSize<N> =
  IsUnion<N> extends true
    ? ShapeError<`two sizes for one dimension: ${Exclude<N, LastOf<N>> & Dim} and ${LastOf<N>}`>
    : unknown;
type IsUnion<N, All = N> = [N] extends [never] ? false : N extends unknown ? ([All] extends [N] ? false : true) : never;
/** One of a union: of the functions that the intersection of these has, inference takes the last. */
type LastOf<N> = (N extends unknown ? (f: () => N) => void : never) extends (f: infer F) => void
  ? F extends () => infer L
    ? L & Dim
    : never
  : never;

declare const opaque: unique symbol;
interface Opaque<in out N> {
  readonly [opaque]: N;
}
/**
 * What an S that is not yet a shape makes of the first member of Tensor; no shape takes this branch. The compiler first asks
 * for the variance of S, which it computes with opaque parameters. Here it finds that S is invariant, and, as a mapped
 * type says so, that this is not reliable: where two S differ it then compares the members of their tensors.
 */
export type Invariant<S> = readonly Dim[] & { readonly [I in keyof S]: Opaque<S[I]> };
