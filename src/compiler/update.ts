// Updates in place: the window is written into the array itself where nobody needs what it was, and into a copy otherwise.
import type { Expr } from '../core/lowering';
import { type Buffer, type Kernel, type KernelProgram, readsOf, type UpdateKernel, writesOf } from './kernel';
import { placeOf } from './memory';
import { partsOf } from './rewrite';

/** What was computed here belongs to the program; what a primitive's own implementation or control flow gave may be others'. */
const isOwn = (kernel: Kernel): boolean =>
  kernel.kind !== 'alias' && kernel.kind !== 'update' && kernel.kind !== 'call' && kernel.kind !== 'control';

/** The program with copies before those updates that cannot be in place. Inputs that are given up may be overwritten. */
export const placeUpdates = (program: KernelProgram, givenUp: ReadonlySet<number>): KernelProgram => {
  const { kernels, inputs, literals, outputs } = program;
  if (!kernels.some((k) => k.kind === 'update')) return program;
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
