// Updates in place: the window is written into the array itself where nobody needs what it was, and into a copy otherwise.
import type { Expr } from '../core/lowering';
import { placeOf } from './elements';
import { type Buffer, type Kernel, type KernelProgram, readsOf, rootsOf, type UpdateKernel, writesOf } from './kernel';
import { partsOf } from './rewrite';

/** What was computed here belongs to the program. */
const isOwn = (kernel: Kernel): boolean => kernel.kind !== 'alias' && kernel.kind !== 'update';

/** The kernels with every update as late as can be: what reads the array as it was comes before it. */
const postponed = (kernels: readonly Kernel[]): readonly Kernel[] => {
  let waiting: readonly UpdateKernel[] = [];
  const due = (reads: ReadonlySet<number>): readonly Kernel[] => {
    const needed = new Set(reads);
    const now: UpdateKernel[] = [];
    for (const kernel of [...waiting].reverse())
      if (needed.has(kernel.buffer.id)) {
        now.unshift(kernel);
        for (const id of readsOf(kernel)) needed.add(id);
      }
    waiting = waiting.filter((kernel) => !now.includes(kernel));
    return now;
  };
  const before = kernels.flatMap((kernel): readonly Kernel[] => {
    if (kernel.kind !== 'update') return [...due(readsOf(kernel)), kernel];
    waiting = [...waiting, kernel];
    return [];
  });
  return [...before, ...waiting];
};

/** The program with copies before those updates that cannot be in place. Inputs that are given up may be overwritten. */
export const placeUpdates = (program: KernelProgram, givenUp: ReadonlySet<number>): KernelProgram => {
  if (!hasUpdates(program)) return program;
  const { inputs, literals, outputs } = program;
  const kernels = postponed(program.kernels);
  const written = [...inputs, ...literals.map((l) => l.buffer), ...kernels.flatMap(writesOf)];
  let count = 1 + Math.max(...written.map((b) => b.id));
  const owned = new Set([...givenUp, ...kernels.filter(isOwn).flatMap((k) => writesOf(k).map((b) => b.id))]);
  const lastRead = new Map<number, number>();
  kernels.forEach((kernel, time) => {
    for (const id of readsOf(kernel)) lastRead.set(id, time);
  });
  for (const b of outputs) lastRead.set(b.id, Number.POSITIVE_INFINITY);
  /** The names under which the elements of a buffer are known. */
  const names = new Map<number, Set<number>>();
  const namesOf = (id: number): Set<number> => {
    const known = names.get(id) ?? new Set([id]);
    names.set(id, known);
    return known;
  };
  // A name that is given later reads an earlier one when it is given.
  for (const kernel of kernels)
    if (kernel.kind === 'alias') {
      const all = namesOf(kernel.from.id).add(kernel.buffer.id);
      names.set(kernel.buffer.id, all);
    }
  const inPlace = (kernel: UpdateKernel, time: number): boolean => {
    const all = namesOf(kernel.from.id);
    const loads = [...partsOf([kernel.at, kernel.value])].some((e) => e.op === 'load' && all.has(e.buffer));
    return [...all].some((id) => owned.has(id)) && !loads && [...all].every((id) => (lastRead.get(id) ?? 0) <= time);
  };
  return {
    ...program,
    kernels: kernels.flatMap((kernel, time): Kernel[] => {
      if (kernel.kind !== 'update') return [kernel];
      owned.add(kernel.buffer.id);
      if (inPlace(kernel, time)) return [kernel];
      const copy: Buffer = { id: count++, aval: kernel.from.aval };
      const shape = copy.aval.shape;
      const here = placeOf(shape);
      const value: Expr = { op: 'load', dtype: copy.aval.dtype.name, buffer: kernel.from.id, at: here };
      return [
        { kind: 'map', shape, stores: [{ buffer: copy, value }] },
        { ...kernel, from: copy },
      ];
    }),
  };
};

/** Whether a program writes a window of an array where the array lies, or of a copy. */
export const hasUpdates = ({ kernels }: KernelProgram): boolean => kernels.some((k) => k.kind === 'update');

/** The results of a step of a loop that lie where the operands lie which they become in the next one: updates of these, or the same. */
export const carriedInPlace = (program: KernelProgram, feeds: readonly (number | null)[]): ReadonlySet<number> => {
  const root = rootsOf(program);
  return new Set(
    feeds.flatMap((feed, k) => {
      const [input, output] = [feed === null ? undefined : program.inputs[feed], program.outputs[k]];
      return input !== undefined && output !== undefined && root(output.id) === input.id ? [k] : [];
    }),
  );
};

/** The inputs of a step that it overwrites, but for those that are carried in place: their next value is somewhere else. */
export const lostInputs = (program: KernelProgram, feeds: readonly (number | null)[]): readonly number[] => {
  const root = rootsOf(program);
  const kept = new Set([...carriedInPlace(program, feeds)].map((k) => feeds[k]));
  return program.kernels.flatMap((kernel) => {
    if (kernel.kind !== 'update') return [];
    const input = program.inputs.findIndex((b) => b.id === root(kernel.buffer.id));
    return input < 0 || kept.has(input) ? [] : [input];
  });
};
