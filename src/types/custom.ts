import type { AnyTensor, Tensor } from './tensor';
import type { MapTree } from './trees';

/** How functions with rules of their own are differentiated. */
export interface CustomRuleOptions {
  /** Arguments that have no derivative: their tangents and cotangents are null. */
  readonly nondiffArgnums?: number | readonly number[];
  /** Tangents and cotangents that are known to be zero are null instead of zeros. */
  readonly symbolicZeros?: boolean;
}
/** A tree whose leaves may be null, for zero. */
export type MaybeZero<T> = T extends AnyTensor
  ? T | null
  : T extends object
    ? { readonly [K in keyof T]: MaybeZero<T[K]> }
    : T;
type Positions<O> = O extends { readonly nondiffArgnums: infer I }
  ? I extends number
    ? `${I}`
    : I extends readonly number[]
      ? `${I[number]}`
      : never
  : never;
type IfSymbolic<O, Yes, No> = O extends { readonly symbolicZeros: true } ? Yes : No;
/** The tangents of arguments A under options O. */
export type TangentsOf<A extends unknown[], O> = {
  readonly [K in keyof A]: K extends Positions<O> ? null : IfSymbolic<O, MaybeZero<A[K]>, A[K]>;
};
/** What backward gives: a cotangent for each argument, or null where it is zero. */
export type CotangentsFor<A extends unknown[]> = readonly [...{ [K in keyof A]: MaybeZero<A[K]> }];

/** f with a rule of its own for forward derivatives: (primals, tangents) => [out, tangent]. */
export interface CustomJvp {
  <A extends unknown[], R>(
    f: (...args: A) => R,
    rule: (primals: NoInfer<A>, tangents: NoInfer<A>) => readonly [out: NoInfer<R>, tangent: MaybeZero<NoInfer<R>>],
  ): (...args: A) => R;
  <A extends unknown[], R, const O extends CustomRuleOptions>(
    f: (...args: A) => R,
    rule: (
      primals: NoInfer<A>,
      tangents: TangentsOf<NoInfer<A>, NoInfer<O>>,
    ) => readonly [out: NoInfer<R>, tangent: MaybeZero<NoInfer<R>>],
    options: O,
  ): (...args: A) => R;
}
type Perturbed<A extends unknown[]> = { readonly [K in keyof A]: MapTree<A[K], boolean> };
type ForwardArgs<A extends unknown[], O> = O extends { readonly symbolicZeros: true }
  ? [...A, perturbed: Perturbed<A>]
  : A;
/** f with a rule of its own for reverse derivatives. */
export interface CustomVjp {
  <A extends unknown[], R, Residuals>(
    f: (...args: A) => R,
    forward: (...args: NoInfer<A>) => readonly [out: NoInfer<R>, residuals: Residuals],
    backward: (residuals: NoInfer<Residuals>, cotangent: NoInfer<R>) => CotangentsFor<NoInfer<A>>,
  ): (...args: A) => R;
  <A extends unknown[], R, Residuals, const O extends CustomRuleOptions>(
    f: (...args: A) => R,
    forward: (...args: ForwardArgs<A, O>) => readonly [out: NoInfer<R>, residuals: Residuals],
    backward: (
      residuals: NoInfer<Residuals>,
      cotangent: IfSymbolic<NoInfer<O>, MaybeZero<NoInfer<R>>, NoInfer<R>>,
    ) => CotangentsFor<NoInfer<A>>,
    options: O,
  ): (...args: A) => R;
}

/** f with a rule of its own for vmap: what the arguments look like with an axis in front is not in their types. */
export type CustomBatch = <A extends unknown[], R>(
  f: (...args: A) => R,
  rule: (
    axis: { readonly size: number; readonly mapped: { readonly [K in keyof A]: boolean } },
    ...args: { [K in keyof A]: Loosened<A[K]> }
  ) => readonly [out: unknown, outMapped: unknown],
) => (...args: A) => R;
/** The same tree with shapes forgotten. */
export type Loosened<T> =
  T extends Tensor<any, infer D> ? Tensor<any, D> : T extends object ? { [K in keyof T]: Loosened<T[K]> } : T;

export type LinearTranspose = <A extends unknown[], R>(f: (...args: A) => R, ...examples: A) => (cotangent: R) => A;
export type ClosureConvert = <A extends unknown[], R>(
  f: (...args: A) => R,
  ...examples: A
) => readonly [converted: (...args: [...A, ...consts: AnyTensor[]]) => R, consts: readonly AnyTensor[]];

type Matvec<X> = (x: X) => X;
export interface LinearSolveOptions<X> {
  /** Solves the system of the transposed matrix, for reverse mode. */
  readonly transposeSolve?: (vecmat: Matvec<X>, b: X) => X;
  /** The matrix is its own transpose. */
  readonly symmetric?: boolean;
}
export type CustomLinearSolve = <X>(
  matvec: (x: X) => NoInfer<X>,
  b: X,
  solve: (matvec: Matvec<NoInfer<X>>, b: NoInfer<X>) => NoInfer<X>,
  options?: LinearSolveOptions<NoInfer<X>>,
) => X;
export type CustomRoot = <X>(
  f: (x: X) => NoInfer<X>,
  start: X,
  solve: (f: Matvec<NoInfer<X>>, start: NoInfer<X>) => NoInfer<X>,
  tangentSolve: (g: Matvec<NoInfer<X>>, y: NoInfer<X>) => NoInfer<X>,
) => X;
