// Looking at what a function is, without running it: its program, and the shapes of its results.
import type { Aval } from '../core/aval';
import type { ClosedJaxpr, Jaxpr } from '../core/jaxpr';
import { showJaxpr } from '../core/printer';
import { traceToJaxpr } from '../core/stage';
import { flatten, unflatten } from '../core/tree';
import type { EvalShape, MakeJaxpr } from '../types/transforms';
import { type AnyFunction, flattenFunction } from './function';

/** A traced program, printed by toString. */
export class TracedProgram implements ClosedJaxpr {
  constructor(
    readonly jaxpr: Jaxpr,
    readonly consts: ClosedJaxpr['consts'],
  ) {}
  toString(): string {
    return showJaxpr(this.jaxpr);
  }
}

const trace = (transform: string, f: AnyFunction, args: readonly unknown[]) => {
  const { leaves, def } = flatten(args);
  const flat = flattenFunction(transform, f, def);
  const closed = traceToJaxpr(
    transform,
    flat.call,
    leaves.map((x) => x.aval),
  );
  return { closed, resultDef: flat.resultDef() };
};

/**
 * The program that jit would compile for these arguments; `String(...)` of it prints one equation a line.
 *
 * @example
 * makeJaxpr((x: Tensor<[3]>) => sin(x))(tensor([1, 2, 3])).jaxpr.equations.length // => 1
 */
export const makeJaxpr = ((f: AnyFunction) =>
  (...args: readonly unknown[]): TracedProgram => {
    const { closed } = trace('makeJaxpr', f, args);
    return new TracedProgram(closed.jaxpr, closed.consts);
  }) as MakeJaxpr<TracedProgram>;

/**
 * The shapes and dtypes of f's results, as a tree of { shape, dtype }, without computing anything.
 *
 * @example
 * evalShape((x: Tensor<[2, 3]>) => sum(x, 0), zeros([2, 3])).shape // => [3]
 */
export const evalShape = ((f: AnyFunction, ...args: readonly unknown[]): unknown => {
  const { closed, resultDef } = trace('evalShape', f, args);
  return unflatten(
    resultDef,
    closed.jaxpr.outputs.map(({ aval }): Aval => ({ shape: [...aval.shape], dtype: aval.dtype })),
  );
}) as EvalShape;
