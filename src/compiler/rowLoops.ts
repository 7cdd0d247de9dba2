// Loops of a rows kernel: once over the rows, and inside one part after the other.
import { sizeOf } from '../core/aval';
import type { DTypeName } from '../core/dtype';
import { type Expr, index } from '../core/lowering';
import { loopsOf, type Scheduled, variable } from './arrays';
import { collapse, type Loop } from './collapse';
import { Interner, simplifyIndex } from './indexing';
import { axisName, type MapKernel, type ReduceKernel, type RowsKernel, termName } from './kernel';
import type { Statement } from './loop';
import { Names, nest, place } from './place';
import { Reduction } from './reduction';
import { partsOf, rewriteExpr } from './rewrite';
import { rowStart } from './rows';

type Part = MapKernel | ReduceKernel;
interface Target {
  readonly array: number;
  readonly dtype: DTypeName;
  readonly at: Expr;
}

class RowLoops {
  private readonly interner = new Interner();
  private readonly names = new Names();
  readonly buffers: number[] = [];
  readonly dtypes: DTypeName[] = [];
  readonly scratch: { readonly dtype: DTypeName; readonly size: number }[] = [];
  private readonly arrayOf = new Map<number, number>();
  private readonly written = new Set<number>();

  constructor(private readonly kernel: RowsKernel) {
    const internal = new Set(kernel.internal.map((b) => b.id));
    const number = (id: number, dtype: DTypeName): void => {
      if (internal.has(id) || this.arrayOf.has(id)) return;
      this.arrayOf.set(id, this.buffers.length);
      this.buffers.push(id);
      this.dtypes.push(dtype);
    };
    for (const part of kernel.parts)
      for (const e of partsOf(part.kind === 'map' ? part.stores.map((s) => s.value) : [part.term]))
        if (e.op === 'load') number(e.buffer, e.dtype);
    for (const b of kernel.results) number(b.id, b.aval.dtype.name);
    for (const b of kernel.internal) {
      this.arrayOf.set(b.id, this.dtypes.length + this.scratch.length);
      this.scratch.push({ dtype: b.aval.dtype.name, size: this.lengthOf(b.aval.shape) });
    }
    for (const b of [...kernel.results, ...kernel.internal]) this.written.add(this.arrayOf.get(b.id) as number);
  }
  private lengthOf(shape: readonly number[]): number {
    return sizeOf(shape.slice(this.kernel.shape.length));
  }

  /** The value with arrays numbered, and rows of internal ones addressed from their beginning. */
  private renumbered(value: Expr, extents: ReadonlyMap<string, number>): Expr {
    const lengths = new Map(this.kernel.internal.map((b) => [b.id, this.lengthOf(b.aval.shape)]));
    const visit = rewriteExpr((e) => {
      if (e.op !== 'load') return undefined;
      const length = lengths.get(e.buffer);
      const at = visit(e.at);
      return {
        ...e,
        buffer: this.arrayOf.get(e.buffer) as number,
        at: length === undefined ? at : index.sub(at, rowStart(this.kernel.shape, length)),
      };
    });
    return simplifyIndex(this.interner, visit(value), extents);
  }

  private targetOf(
    id: number,
    dtype: DTypeName,
    shape: readonly number[],
    extents: ReadonlyMap<string, number>,
  ): Target {
    const rows = this.kernel.shape.length;
    const axes = shape.map((_, d) => variable(axisName(d)));
    const isInternal = this.kernel.internal.some((b) => b.id === id);
    const at = isInternal ? index.flatten(axes.slice(rows), shape.slice(rows)) : index.flatten(axes, shape);
    return { array: this.arrayOf.get(id) as number, dtype, at: simplifyIndex(this.interner, at, extents) };
  }

  body(): readonly Statement[] {
    const { shape, parts } = this.kernel;
    const prepared = parts.map((part) => {
      const inner: readonly Loop[] =
        part.kind === 'map' ? loopsOf(part.shape).slice(shape.length) : [{ name: termName, extent: part.length }];
      const extents = new Map([...loopsOf(part.shape), ...inner].map((l) => [l.name, l.extent]));
      const buffers = part.kind === 'map' ? part.stores.map((s) => s.buffer) : [part.buffer];
      const values = part.kind === 'map' ? part.stores.map((s) => s.value) : [part.term];
      return {
        part,
        inner,
        targets: buffers.map((b) => this.targetOf(b.id, b.aval.dtype.name, b.aval.shape, extents)),
        values: values.map((v) => this.renumbered(v, extents)),
      };
    });
    // Places to store to are seen as loads: rows are joined only where all indices run through them as through one.
    const asLoad = ({ array, dtype, at }: Target): Expr => ({ op: 'load', dtype, buffer: array, at });
    const rows = loopsOf(shape);
    const flat = index.flatten(
      rows.map((l) => variable(l.name)),
      shape,
    );
    const others = prepared.flatMap((p) => p.inner);
    const widest = [...new Set(others.map((l) => l.name))].map((name) => ({
      name,
      extent: Math.max(...others.filter((l) => l.name === name).map((l) => l.extent)),
    }));
    const all = prepared.flatMap((p) => [...p.targets.map(asLoad), ...p.values]);
    const collapsed = collapse(this.interner, rows, [flat, ...all], widest);
    const expressions = collapsed.expressions.slice(1);
    const outer = collapsed.loops;
    const lets: Statement[][] = Array.from({ length: outer.length + 1 }, () => []);
    const statements: Statement[] = [];
    for (const { part, inner, targets, values } of prepared) {
      const own = expressions.splice(0, targets.length + values.length);
      const stores = own.slice(0, targets.length).map((e) => (e.op === 'load' ? e.at : e));
      statements.push(...this.part(part, outer, inner, targets, stores, own.slice(targets.length), lets));
    }
    return nest(outer, { lets, roots: [] }, () => statements);
  }

  /** The statements of a part within a row; what belongs to outer loops is put into `lets`. */
  private part(
    part: Part,
    outer: readonly Loop[],
    inner: readonly Loop[],
    targets: readonly Target[],
    stores: readonly Expr[],
    values: readonly Expr[],
    lets: Statement[][],
  ): readonly Statement[] {
    const zero = index.int(0);
    const joined =
      part.kind === 'map'
        ? collapse(
            this.interner,
            inner,
            [zero, ...stores.map((at, i) => asRead(targets[i] as Target, at)), ...values],
            outer,
          )
        : { loops: inner, expressions: [zero, ...stores.map((at, i) => asRead(targets[i] as Target, at)), ...values] };
    const places = joined.expressions.slice(1, 1 + stores.length).map((e) => (e.op === 'load' ? e.at : e));
    const names = [...outer, ...joined.loops].map((l) => l.name);
    const placed = place(
      this.interner,
      this.names,
      names,
      [...places, ...joined.expressions.slice(1 + stores.length)],
      (e) => (e.op === 'load' && this.written.has(e.buffer) ? outer.length : 0),
    );
    for (let level = 0; level < outer.length; level++) (lets[level] as Statement[]).push(...(placed.lets[level] ?? []));
    const rowLets = placed.lets[outer.length] ?? [];
    const at = placed.roots.slice(0, places.length);
    const results = placed.roots.slice(places.length);
    if (part.kind === 'map')
      return nest(joined.loops, { lets: [rowLets, ...placed.lets.slice(outer.length + 1)], roots: results }, (roots) =>
        roots.map((value, i) => ({ kind: 'store', array: (targets[i] as Target).array, at: at[i] as Expr, value })),
      );
    const reduction = new Reduction(part, this.names, this.dtypes.length + this.scratch.length);
    const out: Statement[] = [...rowLets];
    const total = reduction.total(placed.lets[outer.length + 1] ?? [], results[0] as Expr, out);
    this.scratch.push(...reduction.scratch);
    const [target] = targets as readonly [Target];
    return [...out, { kind: 'store', array: target.array, at: at[0] as Expr, value: total }];
  }
}

const asRead = ({ array, dtype }: Target, at: Expr): Expr => ({ op: 'load', dtype, buffer: array, at });

export const scheduleRows = (kernel: RowsKernel): Scheduled => {
  const writer = new RowLoops(kernel);
  const body = writer.body();
  return { loops: { arrays: writer.dtypes, scratch: writer.scratch, body }, calls: [{ buffers: writer.buffers }] };
};
