// Where temporaries live: a static plan from their lifetimes.
import { sizeOf } from '../core/aval';
import type { DType, DTypeName } from '../core/dtype';
import { type Expr, index } from '../core/lowering';
import { Interner, simplifyIndex } from './indexing';
import { axisName, type Buffer, type KernelProgram, readsOf, writesOf } from './kernel';
import { partsOf, sameExpr } from './rewrite';

export interface Slot {
  readonly dtype: DType;
  readonly size: number;
}
export interface MemoryPlan {
  readonly slots: readonly Slot[];
  /** The slot of each temporary; results and the outcomes of calls have none. */
  readonly slotOf: ReadonlyMap<number, number>;
  /** The buffer whose storage another one shares. */
  readonly rootOf: ReadonlyMap<number, number>;
  readonly bytes: number;
}

/** Whether all loads of a buffer are at the place a map writes to. */
export const onlyReadsHere = (value: Expr, buffer: number, here: Expr): boolean =>
  [...partsOf([value])].every((e) => e.op !== 'load' || e.buffer !== buffer || sameExpr(e.at, here));

/** The place in an array of a shape that a map over it writes to, in the normal form that its loads have. */
export const placeOf = (shape: readonly number[]): Expr => {
  const here = index.flatten(
    shape.map((_, d): Expr => ({ op: 'index', dtype: 'i32', name: axisName(d) })),
    shape,
  );
  return simplifyIndex(new Interner(), here, new Map(shape.map((n, d) => [axisName(d), n])));
};

/**
 * Storage for every temporary: the smallest free slot that fits, or a new one. A map of one result takes the place of an operand that is
 * not needed afterwards and is read only where the result is written.
 */
export const planMemory = ({ inputs, literals, kernels, outputs }: KernelProgram): MemoryPlan => {
  const rootOf = new Map<number, number>();
  const root = (id: number): number => rootOf.get(id) ?? id;
  for (const kernel of kernels)
    if (kernel.kind === 'alias' || kernel.kind === 'update') rootOf.set(kernel.buffer.id, root(kernel.from.id));
  const fixed = new Set<number>([...inputs, ...literals.map((l) => l.buffer), ...outputs].map((b) => root(b.id)));
  const lastUse = new Map<number, number>();
  kernels.forEach((kernel, time) => {
    for (const id of readsOf(kernel)) lastUse.set(root(id), time);
    for (const b of writesOf(kernel)) lastUse.set(root(b.id), Math.max(time, lastUse.get(root(b.id)) ?? 0));
  });
  const slots: Slot[] = [];
  const slotOf = new Map<number, number>();
  const free = new Map<DTypeName, number[]>();
  const freed = (dtype: DTypeName): number[] => {
    const list = free.get(dtype) ?? [];
    free.set(dtype, list);
    return list;
  };
  const take = ({ aval }: Buffer): number => {
    const size = sizeOf(aval.shape);
    const list = freed(aval.dtype.name);
    const fitting = list
      .filter((s) => (slots[s] as Slot).size >= size)
      .sort((a, b) => (slots[a] as Slot).size - (slots[b] as Slot).size);
    const [best] = fitting;
    if (best !== undefined) {
      list.splice(list.indexOf(best), 1);
      return best;
    }
    slots.push({ dtype: aval.dtype, size });
    return slots.length - 1;
  };
  kernels.forEach((kernel, time) => {
    const dying = [...new Set([...readsOf(kernel)].map(root))].filter(
      (id) => lastUse.get(id) === time && slotOf.has(id),
    );
    if (kernel.kind !== 'alias' && kernel.kind !== 'update' && kernel.kind !== 'call')
      for (const b of writesOf(kernel)) {
        if (fixed.has(b.id)) continue;
        const heir =
          kernel.kind === 'map' && kernel.stores.length === 1
            ? dying.find((id) => {
                const here = placeOf(kernel.shape);
                const slot = slots[slotOf.get(id) as number] as Slot;
                const aliases = [id, ...[...rootOf].filter(([, r]) => r === id).map(([a]) => a)];
                return (
                  slot.dtype === b.aval.dtype &&
                  slot.size >= sizeOf(b.aval.shape) &&
                  aliases.every((a) => onlyReadsHere((kernel.stores[0] as { readonly value: Expr }).value, a, here))
                );
              })
            : undefined;
        if (heir !== undefined) {
          slotOf.set(b.id, slotOf.get(heir) as number);
          dying.splice(dying.indexOf(heir), 1);
        } else slotOf.set(b.id, take(b));
      }
    for (const id of dying) {
      const slot = slotOf.get(id) as number;
      freed((slots[slot] as Slot).dtype.name).push(slot);
    }
    // A result that nothing reads is free at once.
    for (const b of writesOf(kernel)) {
      const slot = slotOf.get(b.id);
      if (slot !== undefined && lastUse.get(root(b.id)) === time) freed((slots[slot] as Slot).dtype.name).push(slot);
    }
  });
  const bytes = slots.reduce((n, s) => n + s.size * s.dtype.bytes, 0);
  return { slots, slotOf, rootOf, bytes };
};
