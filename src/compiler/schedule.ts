// From kernels to loops.
import { sizeOf } from '../core/aval';
import { type Expr, index } from '../core/lowering';
import { Arrays, loopsOf, type Scheduled, variable } from './arrays';
import { collapse } from './collapse';
import { scheduleContraction } from './contract';
import { expander, expandKernel } from './expand';
import { Interner } from './indexing';
import type { LoopedKernel, MapKernel } from './kernel';
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

/**
 * What loops are for: vectors of the target's own precision, with formulas in place of transcendental operations, or numbers in double
 * precision, with functions of them.
 */
export type Arithmetic = 'vectors' | 'doubles';

/** Loops for a kernel. */
export const schedule = (source: LoopedKernel, arithmetic: Arithmetic): Scheduled => {
  const isVectors = arithmetic === 'vectors';
  const kernel = isVectors ? expandKernel(source) : source;
  switch (kernel.kind) {
    case 'map':
      return scheduleMap(kernel);
    case 'reduce':
      return scheduleReduction(kernel);
    case 'rows':
      return scheduleRows(kernel);
    case 'loops':
      return scheduleLoops(kernel, isVectors ? expander() : (e) => e);
    case 'contract':
      return isVectors && kernel.buffer.aval.dtype.kind !== 'bool'
        ? scheduleProduct(kernel)
        : scheduleContraction(kernel);
  }
};
