// A compiled program with its memory, ready to run.

import { type CompiledProgram, type Cost, costOf, lowerProgram, showKernels, showLoopIr } from '../compiler/compile';
import { inlinePrograms } from '../compiler/inline';
import { type Buffer, writesOf } from '../compiler/kernel';
import { type Piece, piecesOf } from '../compiler/pieces';
import { renderJs } from '../compiler/targets/js';
import { sizeOf } from '../core/aval';
import { allocate, type Data } from '../core/dtype';
import { withEffects } from '../core/effects';
import { evaluateWith, evaluator, runUnder } from '../core/interpreter';
import { type Atom, type Equation, evalJaxpr, hasEffect, type Jaxpr, Literal, Var } from '../core/jaxpr';
import { showJaxpr } from '../core/printer';
import { ConcreteArray, concreteArray, scalarArray } from '../core/value';
import { programFor } from './eager';
import { kernelOf } from './kernels';
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
const generated = (compiled: CompiledProgram, sources: readonly (string | null)[]): Executable['run'] => {
  const { program, scheduled, memory: plan } = compiled;
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
  const arrayOf = (memory: readonly Data[], b: Buffer): ConcreteArray => {
    const data = memory[b.id] as Data;
    const size = sizeOf(b.aval.shape);
    return new ConcreteArray(b.aval, data.length === size ? data : data.subarray(0, size));
  };
  const steps = program.kernels.flatMap((kernel, k): Step[] => {
    switch (kernel.kind) {
      case 'alias':
        return [
          (memory) => {
            memory[kernel.buffer.id] = memory[kernel.from.id] as Data;
          },
        ];
      case 'call':
        return [
          (memory) => {
            const results = kernel.primitive.impl(
              kernel.inputs.map((b) => arrayOf(memory, b)),
              kernel.params,
            );
            kernel.outputs.forEach((b, i) => {
              memory[b.id] = (results[i] as ConcreteArray).data;
            });
          },
        ];
      default: {
        const run = kernelOf(sources[k] as string);
        const { buffers } = scheduled[k] as { readonly buffers: readonly number[] };
        const written = writesOf(kernel);
        return [
          ...written.map(prepare),
          (memory) => {
            run(...buffers.map((id) => memory[id] as Data));
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

/** Programs between control flow run one after the other; the values between them stay where they are. */
const inPieces = ({ outputs, inputs }: Jaxpr, pieces: readonly Piece[], target: Target): Executable => {
  const straight = pieces.flatMap((piece) => (piece.kind === 'straight' ? [executableOf(piece.jaxpr, target)] : []));
  const texts = (stage: 'jaxpr' | 'kernels' | 'loops' | 'source'): string => {
    let next = 0;
    return pieces
      .map((piece) =>
        piece.kind === 'straight' ? (straight[next++] as Executable).text(stage) : showControl(piece.equation),
      )
      .join('\n');
  };
  return {
    target,
    run: (args) => {
      const values = new Map<Atom, ConcreteArray>(inputs.map((v, i) => [v, args[i] as ConcreteArray]));
      const read = (atom: Atom): ConcreteArray =>
        atom instanceof Literal ? scalarArray(atom.value, atom.aval.dtype) : (values.get(atom) as ConcreteArray);
      let next = 0;
      for (const piece of pieces) {
        const [operands, results] =
          piece.kind === 'straight'
            ? [piece.jaxpr.inputs, piece.jaxpr.outputs]
            : [piece.equation.inputs, piece.equation.outputs];
        const given = operands.map(read);
        const out =
          piece.kind === 'straight'
            ? (straight[next++] as Executable).run(given)
            : piece.equation.primitive.impl(given, piece.equation.params);
        results.forEach((v, i) => {
          values.set(v, out[i] as ConcreteArray);
        });
        for (const v of piece.last) values.delete(v);
      }
      return outputs.map(read);
    },
    prepare: async () => {
      await Promise.all(straight.map((e) => e.prepare()));
    },
    cost: straight.reduce((sum, { cost }) => ({ flops: sum.flops + cost.flops, bytes: sum.bytes + cost.bytes }), {
      flops: 0,
      bytes: 0,
    }),
    scratchBytes: Math.max(0, ...straight.map((e) => e.scratchBytes)),
    text: texts,
  };
};
const showControl = ({ primitive, inputs, outputs, params }: Equation): string =>
  showJaxpr({
    inputs: inputs.filter((a) => a instanceof Var),
    equations: [{ primitive, inputs, outputs, params }],
    outputs,
  });

const build = (source: Jaxpr, target: Target): Executable => {
  const jaxpr = inlinePrograms(source);
  const pieces = piecesOf(jaxpr);
  return pieces.some((piece) => piece.kind === 'control')
    ? inPieces(jaxpr, pieces, target)
    : buildStraight(source, target);
};

const buildStraight = (jaxpr: Jaxpr, target: Target): Executable => {
  const compiled = lowerProgram(jaxpr, target === 'wasm' ? 'vectors' : 'doubles');
  const sources = (): readonly (string | null)[] =>
    compiled.scheduled.map((s) => (s === null ? null : renderJs(s.loops)));
  const ready = async (): Promise<void> => {};
  const runs: Readonly<Record<Target, () => Pick<Executable, 'run' | 'prepare'>>> = {
    wasm: () => instantiate(compiled),
    js: () => ({ run: generated(compiled, sources()), prepare: ready }),
    eval: () => ({
      run: (args) => runUnder(evaluator, () => evalJaxpr(jaxpr, args)).map((x) => x.concrete('jit')),
      prepare: ready,
    }),
  };
  const { run, prepare } = runs[target]();
  return {
    target,
    run: jaxpr.equations.some(hasEffect) ? (args) => withEffects(() => run(args)) : run,
    prepare,
    cost: costOf(compiled),
    scratchBytes: compiled.memory.bytes,
    text: (stage) => {
      switch (stage) {
        case 'jaxpr':
          return showJaxpr(compiled.jaxpr);
        case 'kernels':
          return showKernels(compiled);
        case 'loops':
          return showLoopIr(compiled);
        case 'source':
          return sources()
            .filter((s) => s !== null)
            .join('\n\n');
      }
    },
  };
};

const executables: Readonly<Record<Target, WeakMap<Jaxpr, Executable>>> = {
  wasm: new WeakMap(),
  js: new WeakMap(),
  eval: new WeakMap(),
};

/** The program compiled for the target in force; once for every program. */
export const compiled = (jaxpr: Jaxpr): Executable => executableOf(jaxpr, settings().target);
const executableOf = (jaxpr: Jaxpr, target: Target): Executable => {
  const found = executables[target].get(jaxpr);
  if (found) return found;
  const executable = build(jaxpr, target);
  executables[target].set(jaxpr, executable);
  return executable;
};

evaluateWith((primitive, args, params) => {
  const jaxpr = programFor(primitive, args, params);
  return jaxpr === null || settings().target !== 'wasm' ? primitive.impl(args, params) : compiled(jaxpr).run(args);
});
