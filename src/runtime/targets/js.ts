// The `js` target: programs as generated JavaScript, values as typed arrays of the host.
import { mainOf, type Program } from '../../compiler/program/ir';
import { renderJs } from '../../compiler/targets/js';
import { hostCalls, renderJsProgram } from '../../compiler/targets/jsProgram';
import { jsTraits } from '../../compiler/targets/jsTraits';
import { allocate, type Data } from '../../core/dtype';
import { allForced, type ConcreteArray, concreteArray } from '../../core/value';
import { canGenerate } from '../availability';
import { type KernelFunction, kernelOf } from '../kernels';
import type { Device, Loaded, Source, Target } from '../target';

/** The memory of the host: typed arrays, which its garbage collector takes back. */
export const hostDevice: Device<Data> = {
  allocate,
  upload: (memory, data) => memory.set(data),
  read: (memory) => memory.slice(),
  release: () => {},
};

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
const load = (source: string, { compiled, program }: Source): Loaded => {
  const { parameters, operands, arena } = mainOf(program);
  const results = parameters.slice(operands);
  let make: Make | null = null;
  let idle: Run | null = null;
  const start = (): Run => {
    make ??= (new Function('kernels', 'host', source) as (kernels: readonly KernelFunction[], host: Host) => Make)(
      program.kernels.map(({ loops }) => kernelOf(renderJs(loops))),
      hostOf(program),
    );
    return make(new ArrayBuffer(arena), 0);
  };
  const outputs = compiled.program.outputs.map(({ aval }, k) => ({ aval, parameter: program.outputs[k] as number }));
  return {
    run: (given) => {
      const data = allForced(given).map((x) => x.data);
      for (const { dtype, size } of results) data.push(hostDevice.allocate(dtype, size));
      const own = idle ?? start();
      idle = null;
      own(...data);
      idle = own;
      return outputs.map(({ aval: { shape, dtype }, parameter }) =>
        concreteArray(shape, dtype, data[parameter] as Data),
      );
    },
    prepare: async () => {},
  };
};

export const jsTarget: Target<string, Data> = {
  name: 'js',
  traits: jsTraits,
  isAvailable: canGenerate,
  renderKernel: renderJs,
  renderProgram: renderJsProgram,
  load,
  device: hostDevice,
};
