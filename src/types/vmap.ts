import type { Dim } from './dims';
import type { AddAxis } from './trees';

/** An axis for all leaves, `null` for none, or a tree of those. */
export type Axis = number | null | { readonly [key: string]: Axis } | readonly Axis[];

/** Which axes are mapped, and the size N they share. */
export interface Mapped<in out In, in out Out, in out N> {
  readonly axes: [In, Out, N];
}
/**
 * over(0, null) is itself a generic function: TypeScript lifts its N, together with the type parameters of the mapped
 * function, onto the result of vmap. A generic signature returned by vmap would block that lifting.
 */
export type Over = <const In extends readonly Axis[]>(
  ...inAxes: In
) => <N extends Dim>(size?: N) => Mapped<In extends readonly [] ? 0 : In, 0, N>;
export type OverOut = <const Out extends Axis, const In extends readonly Axis[]>(
  outAxes: Out,
  ...inAxes: In
) => <N extends Dim>(size?: N) => Mapped<In extends readonly [] ? 0 : In, Out, N>;

export type MappedArgs<A extends unknown[], In, N extends Dim> = {
  [I in keyof A]: AddAxis<A[I], N, In extends readonly unknown[] ? (I extends keyof In ? In[I] : 0) : In>;
};
export interface Vmap {
  /** Every leaf along its first axis. Of a generic function, write vmap(f, over()): only that keeps f's type parameters. */
  <A extends unknown[], R>(
    f: (...args: A) => R,
    options?: { readonly axisName: string },
  ): <N extends Dim>(...args: MappedArgs<A, 0, N>) => AddAxis<R, N, 0>;
  <A extends unknown[], R, In, Out, N extends Dim>(
    f: (...args: A) => R,
    axes: (size?: N) => Mapped<In, Out, N>,
    options?: { readonly axisSize?: N; readonly axisName?: string },
  ): (...args: MappedArgs<A, In, N>) => AddAxis<R, N, Out>;
}
