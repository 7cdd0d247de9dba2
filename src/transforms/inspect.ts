// Looking at what a function is, without running it: its program, and the shapes of its results.
import { atMost } from '../core/arguments';
import { type Aval, sizeOf } from '../core/aval';
import { ArgumentError, ShapeError } from '../core/errors';
import type { ClosedJaxpr, Jaxpr } from '../core/jaxpr';
import { showJaxpr } from '../core/printer';
import { unflatten } from '../core/tree';
import { compiled, type Executable } from '../runtime/executable';
import type { CompileAhead, CompiledFunction, EvalShape, Lower, MakeJaxpr, MemoryAnalysis } from '../types/stages';
import type { AnyFunction } from './function';
import { type Entry, type Origin, originOf, runEntry, traceEntry } from './jit';
import { differencesOf, sameSignature, signatureOf } from './signature';

const trace = (transform: string, origin: Origin, args: readonly unknown[]): TracedProgram => {
  if (typeof origin.f !== 'function')
    throw new ArgumentError(`${transform}: expected a function, got ${typeof origin.f}.`);
  const { signature } = signatureOf(args, origin.options.staticArgnums);
  return new TracedProgram(origin, traceEntry(transform, origin.f, signature));
};

/** A traced program, printed by toString: the first stage of a compiled function. */
export class TracedProgram implements ClosedJaxpr {
  constructor(
    private readonly origin: Origin,
    private readonly entry: Entry,
  ) {}
  get jaxpr(): Jaxpr {
    return this.entry.closed.jaxpr;
  }
  get consts(): ClosedJaxpr['consts'] {
    return this.entry.closed.consts;
  }
  /** The next stage: the program as kernels. */
  lower(): LoweredProgram {
    return new LoweredProgram(this.origin, this.entry);
  }
  toString(): string {
    return showJaxpr(this.jaxpr);
  }
}

/**
 * The program that jit would compile for these arguments; `String(...)` of it prints one equation a line.
 *
 * @example
 * makeJaxpr((x: Tensor<[3]>) => sin(x))(tensor([1, 2, 3])).jaxpr.equations.length // => 1
 */
export const makeJaxpr = function (f: AnyFunction) {
  atMost('makeJaxpr', arguments, 1);
  return (...args: readonly unknown[]): TracedProgram => trace('makeJaxpr', { f, options: {} }, args);
} as MakeJaxpr<TracedProgram>;

/**
 * The shapes and dtypes of f's results, as a tree of { shape, dtype }, without computing anything.
 *
 * @example
 * evalShape((x: Tensor<[2, 3]>) => sum(x, 0), zeros([2, 3])).shape // => [3]
 */
export const evalShape = ((f: AnyFunction, ...args: readonly unknown[]): unknown => {
  const { signature } = signatureOf(args);
  const { closed, resultDef } = traceEntry('evalShape', f, signature);
  return unflatten(
    resultDef,
    closed.jaxpr.outputs.map(({ aval }): Aval => ({ shape: [...aval.shape], dtype: aval.dtype })),
  );
}) as EvalShape;

/** What jit makes of a function: every stage as text, and what a call of it costs. */
export class LoweredProgram {
  private readonly executable: Executable;
  constructor(
    private readonly origin: Origin,
    private readonly entry: Entry,
  ) {
    this.executable = compiled(entry.closed.jaxpr);
  }
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
  /** Bytes that one call reads, keeps and gives back. */
  get memory(): MemoryAnalysis {
    const { jaxpr, consts } = this.entry.closed;
    const bytes = (avals: readonly Aval[]): number =>
      avals.reduce((n, { shape, dtype }) => n + sizeOf(shape) * dtype.bytes, 0);
    return {
      arguments: bytes(jaxpr.inputs.slice(consts.length).map((v) => v.aval)),
      constants: bytes(consts.map((x) => x.aval)),
      temporaries: this.scratchBytes,
      results: bytes(jaxpr.outputs.map((v) => v.aval)),
    };
  }
  /** The last stage: a function that runs this program, and no other. */
  compile(): CompiledFunction<(...args: readonly unknown[]) => unknown> {
    const { entry } = this;
    const { f, options } = this.origin;
    const name = f.name || 'the function';
    const run = (...args: readonly unknown[]): unknown => {
      const { signature, leaves } = signatureOf(args, options.staticArgnums);
      if (!sameSignature(signature, entry.signature))
        throw new ShapeError(
          `${name} is compiled for other arguments: ${differencesOf(signature, entry.signature).join('; ')}. ` +
            'Compile it for these too, or call jit(f), which does.',
        );
      return runEntry(f, options, entry, leaves);
    };
    Object.defineProperty(run, 'name', { value: f.name });
    return Object.assign(run, { cost: this.cost, memory: this.memory, target: this.target });
  }
}

/**
 * What `jit(f)` compiles for these arguments, to be looked at: `jaxpr`, `kernels`, `loops` and `source` as text, `cost`, `memory` and
 * `scratchBytes` as numbers; `compile()` makes a function of it. f may be what jit has made: its static arguments are static here.
 *
 * @example
 * lower((x: Tensor<[2, 3]>) => softmax(x))(zeros([2, 3])).kernels.split('\n')[0] // => '%6:f32[2,3] = rows of [2]'
 */
export const lower = function (f: AnyFunction) {
  atMost('lower', arguments, 1);
  return (...args: readonly unknown[]): LoweredProgram => trace('lower', originOf(f), args).lower();
} as Lower<LoweredProgram>;

/**
 * f compiled ahead for these arguments: a function that runs one program, has its `cost` and `memory`, and refuses arguments of another
 * structure, shape, dtype or static value, where jit would trace again.
 *
 * @throws ShapeError from the compiled function, saying which argument differs
 * @example
 * const f = compile((x: Tensor<[3]>) => mul(x, 2))(zeros([3]));
 * f(tensor([1, 2, 3])).toArray() // => [2, 4, 6]
 * f.memory.results // => 12
 */
export const compile = function (f: AnyFunction) {
  atMost('compile', arguments, 1);
  return (...args: readonly unknown[]) => trace('compile', originOf(f), args).lower().compile();
} as CompileAhead;
