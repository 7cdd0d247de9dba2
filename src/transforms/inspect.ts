// Looking at what a function is, without running it: its program, and the shapes of its results.
import type { Aval } from '../core/aval';
import type { ClosedJaxpr, Jaxpr } from '../core/jaxpr';
import { showJaxpr } from '../core/printer';
import { traceToJaxpr } from '../core/stage';
import { flatten, unflatten } from '../core/tree';
import { compiled, type Executable } from '../runtime/executable';
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

/** What jit makes of a function: every stage as text, and what a call of it costs. */
export class LoweredProgram {
  constructor(private readonly executable: Executable) {}
  /** What runs it. */
  get target(): Executable['target'] {
    return this.executable.target;
  }
  /** The program after simplification. */
  get jaxpr(): string {
    return this.executable.text('jaxpr');
  }
  /** What is computed together, and what is stored in between. */
  get kernels(): string {
    return this.executable.text('kernels');
  }
  /** The loops of every kernel, for any target. */
  get loops(): string {
    return this.executable.text('loops');
  }
  /** The kernels as JavaScript, as the `js` target runs them. */
  get source(): string {
    return this.executable.text('source');
  }
  /** Floating-point operations, and bytes read and written by kernels, of one call. */
  get cost(): Executable['cost'] {
    return this.executable.cost;
  }
  /** Bytes of temporaries of one call. */
  get scratchBytes(): number {
    return this.executable.scratchBytes;
  }
}

/**
 * What `jit(f)` compiles for these arguments, to be looked at: `jaxpr`, `kernels`, `loops` and `source` as text, `cost` and
 * `scratchBytes` as numbers.
 *
 * @example
 * lower((x: Tensor<[2, 3]>) => softmax(x))(zeros([2, 3])).kernels.split('\n')[0] // => '%4:f32[2,3] = rows of [2]'
 */
export const lower =
  <A extends unknown[]>(f: (...args: A) => unknown) =>
  (...args: A): LoweredProgram =>
    new LoweredProgram(compiled(trace('lower', f as AnyFunction, args).closed.jaxpr));
