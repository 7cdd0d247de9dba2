// Memory planning: offsets of temporaries in one arena from their lifetimes, largest first, each at the lowest offset that is free as long
// as it lives.
import { sizeOf } from '../../core/aval';
import type { Expr } from '../../core/lowering';
import { onlyReadsHere, placeOf } from '../elements';
import { type Buffer, type Kernel, type KernelProgram, readsOf, rootsOf, writesOf } from '../kernel';
import { aligned } from './ir';

/** Bytes that are needed from the kernel of one number to that of another one. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** An offset for each, and the bytes of the arena. */
export const placeLifetimes = (
  lifetimes: readonly Lifetime[],
): { readonly offsets: readonly number[]; readonly bytes: number } => {
  const order = lifetimes.map((_, i) => i);
  const at = (i: number): Lifetime => lifetimes[i] as Lifetime;
  order.sort((a, b) => at(b).bytes - at(a).bytes || at(a).from - at(b).from || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  /** What has its place, by offset. */
  const placed: { readonly offset: number; readonly end: number; readonly from: number; readonly to: number }[] = [];
  let bytes = 0;
  for (const i of order) {
    const { bytes: needed, from, to } = at(i);
    const size = aligned(needed);
    let offset = 0;
    for (const other of placed) {
      if (other.to < from || other.from > to) continue;
      if (other.offset >= offset + size) break;
      offset = Math.max(offset, other.end);
    }
    offsets[i] = offset;
    if (size === 0) continue;
    bytes = Math.max(bytes, offset + size);
    let [low, high] = [0, placed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((placed[middle] as { readonly offset: number }).offset <= offset) low = middle + 1;
      else high = middle;
    }
    placed.splice(low, 0, { offset, end: offset + size, from, to });
  }
  return { offsets, bytes };
};

/** Bytes that one kernel needs for itself. */
export interface Need {
  readonly kernel: number;
  readonly bytes: number;
}
export interface MemoryPlan {
  /** Where in the arena each temporary begins, by its root. */
  readonly offsetOf: ReadonlyMap<number, number>;
  /** Where what each kernel needs for itself begins. */
  readonly needs: readonly number[];
  readonly bytes: number;
}

/** Whether a map of one result can write it where an operand lies: it reads that only where the result is written. */
const canTakeOver = (kernel: Kernel, names: readonly number[]): boolean => {
  if (kernel.kind !== 'map' || kernel.stores.length !== 1) return false;
  const here = placeOf(kernel.shape);
  const { value } = kernel.stores[0] as { readonly value: Expr };
  return names.every((id) => onlyReadsHere(value, id, here));
};

/**
 * Places for the temporaries of a program: all that is computed and is no input or result. Constants keep theirs throughout, since every
 * thread stores them when it begins. A map of one result takes the place of an operand that is not needed afterwards and is read only where
 * the result is written.
 */
export const planMemory = (program: KernelProgram, own: readonly Need[]): MemoryPlan => {
  const { inputs, literals, kernels, outputs } = program;
  const root = rootsOf(program);
  const end = kernels.length;
  const fixed = new Set([...inputs, ...outputs].map((b) => root(b.id)));
  const names = new Map<number, number[]>();
  for (const kernel of kernels)
    if (kernel.kind === 'alias' || kernel.kind === 'update') {
      const id = root(kernel.buffer.id);
      names.set(id, [...(names.get(id) ?? []), kernel.buffer.id]);
    }
  const lastUse = new Map<number, number>();
  kernels.forEach((kernel, time) => {
    for (const id of [...readsOf(kernel), ...writesOf(kernel).map((b) => b.id)]) lastUse.set(root(id), time);
  });
  /** What shares one place: values of which each takes that of the one before. */
  const places: { bytes: number; readonly from: number; to: number; readonly ids: number[] }[] = [];
  const placeFor = new Map<number, (typeof places)[number]>();
  const add = (id: number, bytes: number, from: number, to: number): void => {
    const place = { bytes, from, to, ids: [id] };
    places.push(place);
    placeFor.set(id, place);
  };
  const sizeIn = ({ aval }: Buffer): number => sizeOf(aval.shape) * aval.dtype.bytes;
  for (const { buffer } of literals) if (!fixed.has(buffer.id)) add(buffer.id, sizeIn(buffer), 0, end);
  const widths = new Map<number, number>();
  kernels.forEach((kernel, time) => {
    if (kernel.kind === 'alias' || kernel.kind === 'update') return;
    for (const b of writesOf(kernel)) {
      const id = b.id;
      widths.set(id, b.aval.dtype.bytes);
      if (fixed.has(id) || placeFor.has(id)) continue;
      const bytes = sizeIn(b);
      const last = lastUse.get(id) ?? time;
      const giver = [...new Set([...readsOf(kernel)].map(root))].find((other) => {
        const place = placeFor.get(other);
        return (
          place !== undefined &&
          place.to === time &&
          place.ids[place.ids.length - 1] === other &&
          place.bytes >= bytes &&
          widths.get(other) === b.aval.dtype.bytes &&
          canTakeOver(kernel, [other, ...(names.get(other) ?? [])])
        );
      });
      const place = giver === undefined ? undefined : placeFor.get(giver);
      if (place === undefined) add(id, bytes, time, last);
      else {
        place.to = last;
        place.ids.push(id);
        placeFor.set(id, place);
      }
    }
  });
  const { offsets, bytes } = placeLifetimes([
    ...places,
    ...own.map((need) => ({ bytes: need.bytes, from: need.kernel, to: need.kernel })),
  ]);
  return {
    offsetOf: new Map(places.flatMap((place, i) => place.ids.map((id) => [id, offsets[i] as number] as const))),
    needs: own.map((_, i) => offsets[places.length + i] as number),
    bytes,
  };
};
