// Calls whose arguments and results are all so small that they are copied: what a call needs is kept from one to the next.
import { type Aval, aval } from '../core/aval';
import type { Data, DType } from '../core/dtype';
import { ConcreteArray, Storage } from '../core/value';
import { heap, isResident, viewOf } from './resident';

/** Elements that are copied at this distance from the beginning of the arena, and their entry in the table of addresses. */
interface Stage {
  readonly dtype: DType;
  readonly size: number;
  readonly at: number;
  readonly entry: number;
}
export interface StagedProgram {
  readonly inputs: readonly Stage[];
  readonly results: readonly Stage[];
  /** For every output the number of a result, or of an input below zero: ~i. */
  readonly outputs: readonly { readonly aval: Aval; readonly source: number }[];
  readonly table: number;
  readonly entries: number;
}

/** Views of the memory as it is, for an arena where it is. */
interface Views {
  readonly memory: ArrayBufferLike;
  readonly base: number;
  readonly inputs: readonly Data[];
  readonly results: readonly Data[];
  readonly table: Uint32Array;
  readonly words: Uint32Array;
}

/** Runs the program with what `run` does in between; null where an argument lies in the heap already, to be used there. */
export type StagedRun = (
  args: readonly ConcreteArray[],
  base: number,
  run: () => void,
) => readonly ConcreteArray[] | null;

export const stagedRun = ({ inputs, results, outputs, table, entries }: StagedProgram): StagedRun => {
  const viewsAt = (memory: ArrayBufferLike, base: number): Views => {
    const words = new Uint32Array(entries);
    for (const { entry, at } of [...inputs, ...results]) words[entry] = base + at;
    const view = ({ dtype, size, at }: Stage): Data => viewOf(dtype, base + at, size);
    return {
      memory,
      base,
      inputs: inputs.map(view),
      results: results.map(view),
      table: new Uint32Array(memory, base + table, entries),
      words,
    };
  };
  const avals = outputs.map(({ aval: a }) => aval(a.shape, a.dtype));
  let views: Views | null = null;
  return (args, base, run) => {
    for (let i = 0; i < args.length; i++) if (isResident(args[i] as ConcreteArray)) return null;
    const memory = heap().memory.buffer;
    if (views === null || views.memory !== memory || views.base !== base) views = viewsAt(memory, base);
    for (let i = 0; i < args.length; i++) (views.inputs[i] as Data).set((args[i] as ConcreteArray).data);
    views.table.set(views.words);
    run();
    const storages = views.results.map((view) => new Storage(view.slice()));
    for (const { source } of outputs) if (source < 0) (args[~source] as ConcreteArray).storage.isShared = true;
    return outputs.map(
      ({ source }, i) =>
        new ConcreteArray(
          avals[i] as Aval,
          source < 0 ? (args[~source] as ConcreteArray).storage : (storages[source] as Storage),
        ),
    );
  };
};
