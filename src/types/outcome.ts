// The result of a shape computation. Boxed, so that a test on it is never deferred by a type parameter inside.
declare const bad: unique symbol;
export interface Ok<in out S> {
  readonly ok: S;
}
/** Accepted, with nothing to compute. */
export interface Keep {
  readonly keep: true;
}
export type Bad<A, B> = { readonly [bad]: [A, B] };
/** Rejected with a sentence of its own. */
export interface Wrong<out Message extends string, out A = unknown, out B = unknown> {
  readonly wrong: [Message, A, B];
}
/** The computed shape, or `any` after a reported error: one mistake, one message. */
export type Out<R> = R extends Ok<infer S> ? S : any;

/**
 * Boxes a computed shape. Never write Ok<Alias<...>>: the compiler keeps such a reference lazy and re-evaluates it
 * later with unconstrained type parameters.
 */
export type OkOf<S> = { s: S } extends { s: infer Z } ? Ok<Z> : never;
