// A compiled program with its memory, ready to run.

import { lowerProgram } from '../compiler/compile';
import { type Cost, costOf } from '../compiler/cost';
import { mainOf } from '../compiler/program/ir';
import { lowerToProgram } from '../compiler/program/lower';
import { showKernels, showLoopIr, showSource } from '../compiler/show';
import { renderJs } from '../compiler/targets/js';
import { withEffects } from '../core/effects';
import { evalJaxpr } from '../core/evalJaxpr';
import { evaluator, runUnder } from '../core/interpreter';
import { hasEffect, type Jaxpr } from '../core/jaxpr';
import { walking } from '../core/nesting';
import type { RunProgram } from '../core/primitive';
import { showJaxpr } from '../core/printer';
import type { ConcreteArray } from '../core/value';
import { generatedProgram } from './generated';
import { forgetKernels } from './kernels';
import { settings, type Target } from './settings';
import { instantiate } from './wasm';

export interface Executable {
  readonly target: Target;
  run(args: readonly ConcreteArray[]): readonly ConcreteArray[];
  /** Lets the engine compile what is left to compile, without blocking. */
  prepare(): Promise<void>;
  readonly cost: Cost;
  /** Bytes of temporaries. */
  readonly scratchBytes: number;
  /** A stage as text. */
  text(stage: 'jaxpr' | 'kernels' | 'loops' | 'source'): string;
}

const build = (jaxpr: Jaxpr, target: Target, givenUp: readonly number[] = []): Executable => {
  const compiled = lowerProgram(jaxpr, target === 'wasm' ? 'vectors' : 'doubles', givenUp);
  const ready = async (): Promise<void> => {};
  const runs: Readonly<Record<Target, () => Pick<Executable, 'run' | 'prepare'>>> = {
    wasm: () => instantiate(compiled),
    js: () => ({ run: generatedProgram(compiled), prepare: ready }),
    eval: () => ({
      run: (args) => {
        const results = runUnder(evaluator, () => evalJaxpr(jaxpr, args)).map((x) => x.concrete('jit'));
        for (const { storage } of results) if (args.some((x) => x.storage === storage)) storage.isShared = true;
        return results;
      },
      prepare: ready,
    }),
  };
  const { run, prepare } = runs[target]();
  return {
    target,
    run: jaxpr.equations.some(hasEffect) ? (args) => withEffects(() => run(args)) : run,
    prepare,
    cost: costOf(compiled),
    scratchBytes: mainOf(lowerToProgram(compiled, null)).arena,
    text: (stage) => {
      switch (stage) {
        case 'jaxpr':
          return showJaxpr(compiled.jaxpr);
        case 'kernels':
          return showKernels(compiled);
        case 'loops':
          return showLoopIr(compiled);
        case 'source':
          return showSource(compiled, renderJs);
      }
    },
  };
};

const none = (): Readonly<Record<Target, WeakMap<Jaxpr, Executable>>> => ({
  wasm: new WeakMap(),
  js: new WeakMap(),
  eval: new WeakMap(),
});
let executables = none();
/** Those that overwrite inputs, by the numbers of these. */
let updating = new WeakMap<Jaxpr, Map<string, Executable>>();
/** Forgets all compiled programs; those that run on end as they are. */
export const forgetExecutables = (): void => {
  executables = none();
  updating = new WeakMap();
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
  const { target } = settings();
  if (givenUp.length === 0 || target !== 'wasm') return executableOf(jaxpr, target);
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
  const found = executables[target].get(jaxpr);
  if (found) return found;
  const executable = walking('jit', jaxpr, () => build(jaxpr, target));
  executables[target].set(jaxpr, executable);
  return executable;
};
