// A compiled program with its memory, ready to run.

import type { Scheduled } from '../compiler/arrays';
import { type CompiledProgram, lowerProgram } from '../compiler/compile';
import { type Cost, costOf, scratchOf } from '../compiler/cost';
import { type AliasKernel, type Buffer, type UpdateKernel, writesOf } from '../compiler/kernel';
import { showKernels, showLoopIr, showSource } from '../compiler/show';
import { renderJs } from '../compiler/targets/js';
import { sizeOf } from '../core/aval';
import { allocate, type Data } from '../core/dtype';
import { withEffects } from '../core/effects';
import { evaluator, runUnder } from '../core/interpreter';
import { evalJaxpr, hasEffect, type Jaxpr } from '../core/jaxpr';
import { walking } from '../core/nesting';
import type { RunProgram } from '../core/primitive';
import { showJaxpr } from '../core/printer';
import { ConcreteArray, concreteArray } from '../core/value';
import { forgetKernels, kernelOf } from './kernels';
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

type Step = (memory: Data[]) => void;

/** Runs one kernel after the other over numbered arrays; temporaries are made at the first run and kept. */
const generated = ({ program, scheduled, memory: plan }: CompiledProgram): Executable['run'] => {
  let slots: readonly Data[] | null = null;
  const constants = program.literals.map(
    ({ buffer, value }) => [buffer.id, allocate(buffer.aval.dtype, 1).fill(value)] as const,
  );
  const isTemporary = (b: Buffer): boolean => plan.slotOf.has(b.id);
  const prepare = (b: Buffer): Step =>
    isTemporary(b)
      ? (memory) => {
          memory[b.id] = (slots as readonly Data[])[plan.slotOf.get(b.id) as number] as Data;
        }
      : (memory) => {
          memory[b.id] = allocate(b.aval.dtype, sizeOf(b.aval.shape));
        };
  const share =
    ({ from, buffer }: UpdateKernel | AliasKernel): Step =>
    (memory) => {
      memory[buffer.id] = memory[from.id] as Data;
    };
  const arrayOf = (memory: readonly Data[], b: Buffer): ConcreteArray => {
    const data = memory[b.id] as Data;
    const size = sizeOf(b.aval.shape);
    return new ConcreteArray(b.aval, data.length === size ? data : data.subarray(0, size));
  };
  const steps = program.kernels.flatMap((kernel, k): Step[] => {
    switch (kernel.kind) {
      case 'alias':
        return [share(kernel)];
      case 'call':
      case 'control':
        return [
          (memory) => {
            const args = kernel.inputs.map((b) => arrayOf(memory, b));
            const results = kernel.primitive.impl(args, kernel.params);
            kernel.outputs.forEach((b, i) => {
              const { data } = results[i] as ConcreteArray;
              // An operand that is a result lies where others will be written.
              memory[b.id] = args.some((x) => x.data.buffer === data.buffer) ? data.slice() : data;
            });
          },
        ];
      default: {
        const { loops, calls } = scheduled[k] as Scheduled;
        const run = kernelOf(renderJs(loops));
        const written = writesOf(kernel);
        return [
          ...(kernel.kind === 'update' ? [share(kernel)] : written.map(prepare)),
          (memory) => {
            for (const { buffers, extent } of calls) run(...buffers.map((id) => memory[id] as Data), extent ?? 0);
          },
        ];
      }
    }
  });
  return (args) => {
    slots ??= plan.slots.map(({ dtype, size }) => allocate(dtype, size));
    const memory: Data[] = [];
    program.inputs.forEach((b, i) => {
      memory[b.id] = (args[i] as ConcreteArray).data;
    });
    for (const [id, data] of constants) memory[id] = data;
    for (const step of steps) step(memory);
    return program.outputs.map((b) => concreteArray(b.aval.shape, b.aval.dtype, memory[b.id] as Data));
  };
};

const build = (jaxpr: Jaxpr, target: Target, givenUp: readonly number[] = []): Executable => {
  const compiled = lowerProgram(jaxpr, target === 'wasm' ? 'vectors' : 'doubles', givenUp);
  const ready = async (): Promise<void> => {};
  const runs: Readonly<Record<Target, () => Pick<Executable, 'run' | 'prepare'>>> = {
    wasm: () => instantiate(compiled),
    js: () => ({ run: generated(compiled), prepare: ready }),
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
    scratchBytes: scratchOf(compiled),
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
  jaxpr.equations.some(
    ({ primitive: { lower }, params }) =>
      (lower.kind === 'map' && lower.windowPlace !== undefined) ||
      (lower.kind === 'inline' && updates(params.jaxpr as Jaxpr)),
  );

/**
 * The program compiled for the target in force; once for every program. The inputs whose numbers are `givenUp` are not used afterwards: what
 * updates them does so in their place.
 */
export const compiled = (jaxpr: Jaxpr, givenUp: readonly number[] = []): Executable => {
  const { target } = settings();
  const known = givenUp.length === 0 || target !== 'wasm' ? undefined : (updating.get(jaxpr) ?? new Map());
  if (known === undefined) return executableOf(jaxpr, target);
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
