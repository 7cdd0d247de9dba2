// From kernels to loops.
import { sizeOf } from '../core/aval';
import { type Expr, index } from '../core/lowering';
import { Arrays, loopsOf, type Scheduled, variable } from './arrays';
import { collapse } from './collapse';
import { scheduleContraction } from './contract';
import { Interner } from './indexing';
import type { ContractKernel, LoopsKernel, MapKernel, ReduceKernel, RowsKernel } from './kernel';
import { scheduleLoops } from './loops';
import { Names, nest, place } from './place';
import { scheduleProduct } from './product';
import { scheduleReduction } from './reduce';
import { scheduleRows } from './rowLoops';

const scheduleMap = (kernel: MapKernel): Scheduled => {
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const loops = loopsOf(kernel.shape);
  const here = index.flatten(
    loops.map((l) => variable(l.name)),
    kernel.shape,
  );
  const values = kernel.stores.map((s) => arrays.renumber(s.value));
  const targets = kernel.stores.map((s) => arrays.number(s.buffer.id, s.buffer.aval.dtype.name));
  const collapsed = collapse(interner, loops, [here, ...values]);
  const placed = place(
    interner,
    new Names(),
    collapsed.loops.map((l) => l.name),
    collapsed.expressions,
  );
  const body = nest(collapsed.loops, placed, ([at, ...rest]) =>
    rest.map((value, i) => ({ kind: 'store', array: targets[i] as number, at: at as Expr, value })),
  );
  return {
    loops: { arrays: arrays.dtypes, scratch: [], body: sizeOf(kernel.shape) === 0 ? [] : body },
    buffers: arrays.buffers,
  };
};

/** What contractions are scheduled for: vectors of the target's own precision, or numbers in double precision. */
export type Arithmetic = 'vectors' | 'doubles';

/** Loops for a kernel that has any. */
export const schedule = (
  kernel: MapKernel | ReduceKernel | RowsKernel | ContractKernel | LoopsKernel,
  arithmetic: Arithmetic,
): Scheduled =>
  kernel.kind === 'map'
    ? scheduleMap(kernel)
    : kernel.kind === 'reduce'
      ? scheduleReduction(kernel)
      : kernel.kind === 'rows'
        ? scheduleRows(kernel)
        : kernel.kind === 'loops'
          ? scheduleLoops(kernel)
          : arithmetic === 'vectors' && kernel.buffer.aval.dtype.kind !== 'bool'
            ? scheduleProduct(kernel)
            : scheduleContraction(kernel);
