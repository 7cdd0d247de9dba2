// A compiled program as generated JavaScript over typed arrays.
import type { CompiledProgram } from '../compiler/compile';
import { mainOf, type Program } from '../compiler/program/ir';
import { lowerToProgram } from '../compiler/program/lower';
import { renderJs } from '../compiler/targets/js';
import { hostCalls, renderJsProgram } from '../compiler/targets/jsProgram';
import { allocate, type Data } from '../core/dtype';
import { allForced, type ConcreteArray, concreteArray } from '../core/value';
import { type KernelFunction, kernelOf } from './kernels';

type Host = (call: number, inputs: readonly Data[], outputs: readonly Data[]) => void;
type Run = (...parameters: readonly Data[]) => void;
type Make = (arena: ArrayBuffer, base: number) => Run;

/** Runs the calls of the host: implementations may keep their operands, so that these are copies. */
const hostOf = (program: Program): Host => {
  const calls = hostCalls(program);
  return (call, from, to) => {
    const { primitive, params, inputs } = calls[call] as (typeof calls)[number];
    const args = inputs.map(({ region, shape }, i) => concreteArray(shape, region.dtype, (from[i] as Data).slice()));
    const results = allForced(primitive.impl(args, params));
    to.forEach((data, i) => {
      data.set((results[i] as ConcreteArray).data);
    });
  };
};

/** The arena is made at the first run and kept. A call of the host may run the same program: that has an arena of its own. */
export const generatedProgram = (
  compiled: CompiledProgram,
): ((args: readonly ConcreteArray[]) => readonly ConcreteArray[]) => {
  const program = lowerToProgram(compiled, null);
  const { parameters, operands, arena } = mainOf(program);
  const results = parameters.slice(operands);
  let make: Make | null = null;
  let idle: Run | null = null;
  const start = (): Run => {
    make ??= (
      new Function('kernels', 'host', renderJsProgram(program)) as (k: readonly KernelFunction[], host: Host) => Make
    )(
      program.kernels.map(({ loops }) => kernelOf(renderJs(loops))),
      hostOf(program),
    );
    return make(new ArrayBuffer(arena), 0);
  };
  const avals = compiled.program.outputs.map((b) => b.aval);
  return (given) => {
    const args = allForced(given).map((x) => x.data);
    const own = idle ?? start();
    idle = null;
    const data = [...args, ...results.map(({ dtype, size }) => allocate(dtype, size))];
    own(...data);
    idle = own;
    return avals.map(({ shape, dtype }, k) => concreteArray(shape, dtype, data[program.outputs[k] as number] as Data));
  };
};
