// Loops of a sum, product, maximum or minimum, in the order that `primitives/summation` lays down.
import { sizeOf } from '../core/aval';
import { constant, type Expr, index } from '../core/lowering';
import { blockLength } from '../primitives/summation';
import { Arrays, loopsOf, type Scheduled, variable } from './arrays';
import { collapse, type Loop } from './collapse';
import { accumulatedColumns } from './columns';
import { Interner } from './indexing';
import { type ReduceKernel, termName } from './kernel';
import type { Statement } from './loop';
import { Names, nest, place } from './place';
import { Reduction, type Written } from './reduction';

export const scheduleReduction = (kernel: ReduceKernel): Scheduled => {
  const interner = new Interner();
  const arrays = new Arrays(interner);
  const loops = loopsOf(kernel.shape);
  const terms: Loop = { name: termName, extent: kernel.length };
  const here = index.flatten(
    loops.map((l) => variable(l.name)),
    kernel.shape,
  );
  const term = arrays.renumber(kernel.term);
  const { dtype } = kernel.buffer.aval;
  const target = arrays.number(kernel.buffer.id, dtype.name);
  const collapsed = collapse(interner, loops, [here, term], [terms]);
  const [store, value] = collapsed.expressions as [Expr, Expr];
  const reduction = new Reduction(kernel, new Names(), arrays.dtypes.length);
  const isAcross = kernel.lanes === 1 && collapsed.loops.length > 0;
  const writer = !isAcross ? oneByOne : kernel.length <= blockLength ? accumulatedRows : accumulatedColumns;
  const body = writer({ interner, reduction, target, loops: collapsed.loops, store, value });
  return {
    loops: { arrays: arrays.dtypes, scratch: reduction.scratch, body: sizeOf(kernel.shape) === 0 ? [] : body },
    calls: [{ buffers: arrays.buffers }],
  };
};

/** The result itself accumulates, a whole row of it for every term: memory is read in order. */
const accumulatedRows = ({ interner, reduction, target, loops, store, value }: Written): readonly Statement[] => {
  const { kernel, names, dtype } = reduction;
  const inner = loops[loops.length - 1] as Loop;
  const order = [...loops.slice(0, -1), { name: termName, extent: kernel.length }, inner];
  const namesOf = (all: readonly Loop[]): readonly string[] => all.map((l) => l.name);
  const fill = nest(loops, place(interner, names, namesOf(loops), [store]), ([where]) => [
    { kind: 'store', array: target, at: where as Expr, value: constant(kernel.identity, dtype) },
  ]);
  const sum = (where: Expr, term: Expr): Expr =>
    reduction.combined({ op: 'load', dtype, buffer: target, at: where }, term);
  const add = nest(
    order,
    place(interner, names, namesOf(order), [store, value]),
    ([where, term]) => [{ kind: 'store', array: target, at: where as Expr, value: sum(where as Expr, term as Expr) }],
    [termName],
  );
  return [...fill, ...add];
};

/** One result after the other. */
const oneByOne = ({ interner, reduction, target, loops, store, value }: Written): readonly Statement[] => {
  const placed = place(interner, reduction.names, [...loops.map((l) => l.name), termName], [store, value]);
  const lets = placed.lets[loops.length + 1] ?? [];
  return nest(loops, { ...placed, lets: placed.lets.slice(0, -1) }, ([where, term]) => {
    const statements: Statement[] = [];
    const result = reduction.total(lets, term as Expr, statements);
    return [...statements, { kind: 'store', array: target, at: where as Expr, value: result }];
  });
};
