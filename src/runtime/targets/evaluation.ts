// The `eval` target: the primitives' own implementations, one after the other, on the program as it was traced. It needs no code generation.
import { renderJs } from '../../compiler/targets/js';
import { jsTraits } from '../../compiler/targets/jsTraits';
import type { Data } from '../../core/dtype';
import { evalJaxpr } from '../../core/evalJaxpr';
import { evaluator, runUnder } from '../../core/interpreter';
import type { Loaded, Source, Target } from '../target';
import { hostDevice } from './js';

const load = (_: string, { jaxpr }: Source): Loaded => ({
  run: (args) => {
    const results = runUnder(evaluator, () => evalJaxpr(jaxpr, args)).map((x) => x.concrete('jit'));
    for (const { storage } of results) if (args.some((x) => x.storage === storage)) storage.isShared = true;
    return results;
  },
  prepare: async () => {},
});

/** It runs the program as it was traced: nothing is rendered to run. */
export const evalTarget: Target<string, Data> = {
  name: 'eval',
  traits: jsTraits,
  isAvailable: () => true,
  renderKernel: renderJs,
  renderProgram: () => '',
  load,
  device: hostDevice,
};
