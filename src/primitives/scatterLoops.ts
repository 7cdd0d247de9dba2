// Where the windows of gather and scatter_add are, for the compiler; and the loops that add to them.
import { sizeOf } from '../core/aval';
import { apply, type Expr, index, type LoopsContext } from '../core/lowering';
import type { One, Three } from '../core/value';
import { choose } from './lines';

/**
 * How indices address windows of the operand.
 * - `offsetDims`: axes of the result (of the updates, for scatter) that run inside a window
 * - `collapsedDims`: operand axes of window size 1 that are left out of it
 * - `indexMap`: the operand axis that component k of an index vector addresses
 * - `operandBatching`, `indicesBatching`: axes that go together
 * - `windowSizes`: the window's extent on every operand axis
 * - `outside`: windows that do not fit are moved inside (clip), or give the fill value and drop updates (fill)
 */
export type GatherParams = {
  readonly offsetDims: readonly number[];
  readonly collapsedDims: readonly number[];
  readonly indexMap: readonly number[];
  readonly operandBatching: readonly number[];
  readonly indicesBatching: readonly number[];
  readonly windowSizes: readonly number[];
  readonly outside: 'clip' | 'fill';
};

export const windowAxes = (rank: number, p: GatherParams): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter(
    (d) => !p.collapsedDims.includes(d) && !p.operandBatching.includes(d),
  );

/** The element of the operand that belongs to an element of the result (of the updates, for scatter), and whether it is in a window that fits. */
export const windowAt = (
  p: GatherParams,
  shape: readonly number[],
  at: readonly Expr[],
  indexAt: (vector: readonly Expr[]) => Expr,
): { readonly inside: Expr; readonly place: readonly Expr[] } => {
  const axes = windowAxes(shape.length, p);
  const outer = at.filter((_, d) => !p.offsetDims.includes(d));
  const place: Expr[] = shape.map(() => index.int(0));
  let inside: Expr = index.int(1);
  p.indexMap.forEach((d, k) => {
    const wanted = indexAt([...outer, index.int(k)]);
    const room = (shape[d] as number) - (p.windowSizes[d] as number);
    if (p.outside === 'fill')
      inside = index.and(
        inside,
        apply('and', 'bool', index.ge(wanted, index.int(0)), index.lt(wanted, index.int(room + 1))),
      );
    place[d] = index.clamp(wanted, 0, Math.max(0, room));
  });
  p.operandBatching.forEach((d, i) => {
    place[d] = outer[p.indicesBatching[i] as number] as Expr;
  });
  p.offsetDims.forEach((d, i) => {
    const axis = axes[i] as number;
    place[axis] = index.add(place[axis] as Expr, at[d] as Expr);
  });
  return { inside, place };
};

/** Copies the operand, and adds the updates in order; what runs along a window last is added side by side. */
export const writeScatterAdd = (c: LoopsContext<GatherParams, Three, One>): void => {
  const { params: p } = c;
  const [x, indices, updates] = c.args;
  const out = c.result(0);
  c.for(sizeOf(x.shape), 'any', (i) => out.store(i, c.load(0, i)));
  if (sizeOf(x.shape) === 0) return;
  const last = updates.shape.length - 1;
  const isRow = p.offsetDims.includes(last);
  const windowOf = (at: readonly Expr[]) => {
    const { inside, place } = windowAt(p, x.shape, at, (vector) =>
      c.let(c.load(1, index.flatten(vector, indices.shape))),
    );
    return { inside: c.let(inside), into: c.let(index.flatten(place, x.shape)) };
  };
  const sum = (place: Expr, update: Expr): Expr => apply('add', x.dtype.name, out.load(place), c.load(2, update));
  const addRow = (at: readonly Expr[]): void => {
    const first = [...at, index.int(0)];
    const { inside, into } = windowOf(first);
    const from = c.let(index.flatten(first, updates.shape));
    // The axis of the operand that the last axis of the updates runs along.
    const axis = windowAxes(x.shape.length, p)[p.offsetDims.indexOf(last)] as number;
    const step = index.int(sizeOf(x.shape.slice(axis + 1)));
    const length = updates.shape[last] as number;
    c.for(p.outside === 'clip' ? length : choose(inside, index.int(length), index.int(0)), 'any', (i) => {
      const place = index.add(into, index.mul(i, step));
      out.store(place, sum(place, index.add(from, i)));
    });
  };
  const addOne = (at: readonly Expr[]): void => {
    const { inside, into } = windowOf(at);
    const total = sum(into, index.flatten(at, updates.shape));
    out.store(into, p.outside === 'clip' ? total : choose(inside, total, out.load(into)));
  };
  const visit = (at: readonly Expr[]): void => {
    const d = at.length;
    if (d <= last - (isRow ? 1 : 0)) c.for(updates.shape[d] as number, 'ascending', (i) => visit([...at, i]));
    else if (isRow) addRow(at);
    else addOne(at);
  };
  visit([]);
};
