// A compiled program with its memory, ready to run.
import { lowerProgram } from '../compiler/compile';
import { type Cost, costOf } from '../compiler/cost';
import { mainOf, type Program } from '../compiler/program/ir';
import { lowerToProgram } from '../compiler/program/lower';
import { showProgram } from '../compiler/program/show';
import { showKernels, showLoopIr, showSource } from '../compiler/show';
import { withEffects } from '../core/effects';
import { CompilationError } from '../core/errors';
import { hasEffect, type Jaxpr } from '../core/jaxpr';
import { walking } from '../core/nesting';
import type { RunProgram } from '../core/primitive';
import { showJaxpr } from '../core/printer';
import type { ConcreteArray } from '../core/value';
import { forgetKernels } from './kernels';
import type { TargetName } from './settings';
import type { Target } from './target';
import { targetInForce } from './targets';

export interface Executable {
  readonly target: TargetName;
  run(args: readonly ConcreteArray[]): readonly ConcreteArray[];
  /** Lets the engine compile what is left to compile, without blocking. */
  prepare(): Promise<void>;
  readonly cost: Cost;
  /** Bytes of temporaries. */
  readonly scratchBytes: number;
  /** A stage as text. */
  text(stage: 'jaxpr' | 'kernels' | 'loops' | 'program' | 'source'): string;
}

const build = (jaxpr: Jaxpr, target: Target, givenUp: readonly number[] = []): Executable => {
  const { name, traits } = target;
  const compiled = lowerProgram(jaxpr, traits, givenUp);
  const program = lowerToProgram(compiled, traits.sharing);
  if (!traits.float64 && usesDoubles(program))
    throw new CompilationError(
      `the target ${name} has no float64. Convert what is float64 to float32, or choose another target with configure({ target }).`,
    );
  const { run, prepare } = target.load(target.renderProgram(program), { jaxpr, compiled, program });
  return {
    target: name,
    run: jaxpr.equations.some(hasEffect) ? (args) => withEffects(() => run(args)) : run,
    prepare,
    cost: costOf(compiled),
    scratchBytes: mainOf(program).arena,
    text: (stage) => {
      switch (stage) {
        case 'jaxpr':
          return showJaxpr(compiled.jaxpr);
        case 'kernels':
          return showKernels(compiled);
        case 'loops':
          return showLoopIr(compiled);
        case 'program':
          return showProgram(program);
        case 'source':
          return showSource(compiled, target.renderKernel);
      }
    },
  };
};
const usesDoubles = ({ kernels, procedures }: Program): boolean =>
  kernels.some(({ loops }) => loops.arrays.includes('f64')) ||
  procedures.some(({ parameters }) => parameters.some(({ dtype }) => dtype.name === 'f64'));

/** The programs of a target: of each jaxpr the one that overwrites nothing, and those that overwrite inputs, by the numbers of these. */
interface Executables {
  readonly plain: WeakMap<Jaxpr, Executable>;
  readonly updating: WeakMap<Jaxpr, Map<string, Executable>>;
}
let executables = new Map<Target, Executables>();
const executablesOf = (target: Target): Executables => {
  const found = executables.get(target);
  if (found !== undefined) return found;
  const none = { plain: new WeakMap<Jaxpr, Executable>(), updating: new WeakMap<Jaxpr, Map<string, Executable>>() };
  executables.set(target, none);
  return none;
};
/** Forgets all compiled programs; those that run on end as they are. */
export const forgetExecutables = (): void => {
  executables = new Map();
  forgetKernels();
};

/** Whether a primitive in the program writes a window of an array, which can be done in its place. */
const updates = (jaxpr: Jaxpr): boolean =>
  jaxpr.equations.some(({ primitive: { lower }, params }) => {
    const inner = lower.kind === 'inline' ? lower.program(params) : null;
    return (lower.kind === 'map' && lower.windowPlace !== undefined) || (inner !== null && updates(inner));
  });

/**
 * The program compiled for the target in force; once for every program. The inputs whose numbers are `givenUp` are not used afterwards: what
 * updates them does so in their place.
 */
export const compiled = (jaxpr: Jaxpr, givenUp: readonly number[] = []): Executable => {
  const target = targetInForce();
  if (givenUp.length === 0 || !target.traits.overwritesArguments) return executableOf(jaxpr, target);
  const { updating } = executablesOf(target);
  const known = updating.get(jaxpr) ?? new Map<string, Executable>();
  updating.set(jaxpr, known);
  const key = givenUp.join();
  const found = known.get(key);
  if (found) return found;
  const executable = updates(jaxpr)
    ? walking('jit', jaxpr, () => build(jaxpr, target, givenUp))
    : executableOf(jaxpr, target);
  known.set(key, executable);
  return executable;
};
export const runCompiled: RunProgram = (program, args) => compiled(program).run(args);
const executableOf = (jaxpr: Jaxpr, target: Target): Executable => {
  const { plain } = executablesOf(target);
  const found = plain.get(jaxpr);
  if (found) return found;
  const executable = walking('jit', jaxpr, () => build(jaxpr, target));
  plain.set(jaxpr, executable);
  return executable;
};
