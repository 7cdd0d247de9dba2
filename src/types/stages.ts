import type { Structs } from './trees';

/** Bytes of a call of a compiled function. */
export interface MemoryAnalysis {
  readonly arguments: number;
  /** Arrays that the function closes over. */
  readonly constants: number;
  readonly temporaries: number;
  readonly results: number;
}
/** A function that runs one program. */
export type CompiledFunction<F> = F & {
  readonly cost: { readonly flops: number; readonly bytes: number };
  readonly memory: MemoryAnalysis;
  readonly target: 'wasm' | 'js' | 'eval' | (string & {});
};
export type MakeJaxpr<in out Jaxpr> = <A extends unknown[]>(f: (...args: A) => unknown) => (...args: A) => Jaxpr;
export type Lower<in out Lowered> = <A extends unknown[]>(f: (...args: A) => unknown) => (...args: A) => Lowered;
export type CompileAhead = <A extends unknown[], R>(
  f: (...args: A) => R,
) => (...args: A) => CompiledFunction<(...args: A) => R>;
export type EvalShape = <A extends unknown[], R>(f: (...args: A) => R, ...args: A) => Structs<R>;
