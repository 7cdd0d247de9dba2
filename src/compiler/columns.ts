// Long sums down the columns of rows that lie one after the other: neighbouring columns together, so that memory is read in order. The
// binary counter of `primitives/summation` counts the same for all of them.
import { apply, constant, type Expr, index } from '../core/lowering';
import { blockLength } from '../primitives/summation';
import { variable } from './arrays';
import type { Loop } from './collapse';
import { simplifyIndex } from './indexing';
import { termName } from './kernel';
import type { Statement } from './loop';
import { place } from './place';
import type { Written } from './reduction';
import { rewriteExpr } from './rewrite';

/** Columns of a chunk: a few cache lines, so that there are chunks for every thread, or what the first cache holds of a counter. */
const narrowest = 32;
const widest = 512;
const chunks = 8;
/** Terms that are added to a sum while it is in a register. */
const together = 4;

const at = (n: number): Expr => constant(n, 'i32');
const i32 = (name: string): Expr => ({ op: 'local', dtype: 'i32', name });
const [chunkName, startName, groupName, columnName] = ['chunk', 'start', 'group', 'column'] as const;
const loop = (name: string, to: Expr, body: readonly Statement[], independent: boolean, step = 1): Statement => ({
  kind: 'for',
  name,
  from: at(0),
  to,
  step,
  body,
  independent,
});

export const accumulatedColumns = (written: Written): readonly Statement[] => {
  const { reduction, loops } = written;
  const inner = loops[loops.length - 1] as Loop;
  const even = Math.ceil(inner.extent / chunks / narrowest) * narrowest;
  const width = Math.min(widest, inner.extent, even);
  reduction.reserve(width);
  const body = new ColumnChunk(written, width).statements();
  const outer = loops.slice(0, -1);
  return outer.reduceRight<readonly Statement[]>(
    (inside, l) => [loop(l.name, at(l.extent), inside, true)],
    [loop(chunkName, at(Math.ceil(inner.extent / width)), body, true)],
  );
};

class ColumnChunk {
  private readonly inner: Loop;
  private readonly limit: Expr;
  /** How many partial results are pending, how many blocks are done, and what of that number the counter has not seen. */
  private readonly top: string;
  private readonly count: string;
  private readonly bits: string;

  constructor(
    private readonly written: Written,
    private readonly width: number,
  ) {
    const { loops, reduction } = written;
    this.inner = loops[loops.length - 1] as Loop;
    const left = index.sub(at(this.inner.extent), index.mul(variable(chunkName), at(width)));
    this.limit = this.inner.extent % width === 0 ? at(width) : apply('min', 'i32', left, at(width));
    [this.top, this.count, this.bits] = [reduction.names.next(), reduction.names.next(), reduction.names.next()];
  }

  statements(): readonly Statement[] {
    const { length } = this.written.reduction.kernel;
    const whole = length - (length % blockLength);
    const { top, count } = this;
    return [
      { kind: 'var', name: top, value: at(0) },
      { kind: 'var', name: count, value: at(0) },
      loop(startName, at(whole), this.block(variable(startName), blockLength), false, blockLength),
      // A block of statements of its own, so that its names do not meet those of the others.
      ...(length > whole ? [loop('rest', at(1), this.block(at(whole), length - whole), false)] : []),
      { kind: 'set', name: top, value: index.sub(i32(top), at(1)) },
      {
        kind: 'while',
        condition: apply('gt', 'bool', i32(top), at(0)),
        body: [{ kind: 'set', name: top, value: index.sub(i32(top), at(1)) }, this.combinePending()],
      },
      this.store(),
    ];
  }

  private columns(value: (column: Expr) => Statement, lets: readonly Statement[] = []): Statement {
    return loop(columnName, this.limit, [...lets, value(variable(columnName))], true);
  }
  private pendingAt(level: Expr, column: Expr): Expr {
    return index.add(index.mul(level, at(this.width)), column);
  }
  private pending(level: Expr, column: Expr): Expr {
    const { dtype, pending } = this.written.reduction;
    return { op: 'load', dtype, buffer: pending, at: this.pendingAt(level, column) };
  }
  private keep(level: Expr, column: Expr, value: Expr): Statement {
    return { kind: 'store', array: this.written.reduction.pending, at: this.pendingAt(level, column), value };
  }
  /** The partial result on top and the one above it become one. */
  private combinePending(): Statement {
    const { reduction } = this.written;
    const [low, high] = [i32(this.top), index.add(i32(this.top), at(1))];
    return this.columns((c) => this.keep(low, c, reduction.combined(this.pending(low, c), this.pending(high, c))));
  }

  /** A block of terms becomes a partial result, and joins those of the same size. */
  private block(start: Expr, length: number): readonly Statement[] {
    const { kernel } = this.written.reduction;
    const { top, count, bits } = this;
    const grouped = length - (length % together);
    return [
      this.columns((c) => this.keep(i32(top), c, constant(kernel.identity, this.written.reduction.dtype))),
      ...(grouped > 0 ? this.accumulate(start, grouped / together, together) : []),
      ...(length > grouped ? this.accumulate(index.add(start, at(grouped)), length - grouped, 1) : []),
      { kind: 'set', name: count, value: index.add(i32(count), at(1)) },
      { kind: 'var', name: bits, value: i32(count) },
      {
        kind: 'while',
        condition: apply('eq', 'bool', apply('and', 'i32', i32(bits), at(1)), at(0)),
        body: [
          { kind: 'set', name: top, value: index.sub(i32(top), at(1)) },
          this.combinePending(),
          { kind: 'set', name: bits, value: apply('shiftRightLogical', 'i32', i32(bits), at(1)) },
        ],
      },
      { kind: 'set', name: top, value: index.add(i32(top), at(1)) },
    ];
  }

  /** Adds `groups` times `size` terms to the partial result on top. */
  private accumulate(start: Expr, groups: number, size: number): readonly Statement[] {
    const { reduction, value } = this.written;
    const first = index.add(start, index.mul(variable(groupName), at(size)));
    const terms = Array.from({ length: size }, (_, k) => this.place(value, index.add(first, at(k)), groups));
    const placed = place(this.written.interner, reduction.names, [...this.around, groupName, columnName], terms);
    const depth = this.around.length;
    const sum = (c: Expr): Expr =>
      placed.roots.reduce((total, term) => reduction.combined(total, term), this.pending(i32(this.top), c));
    const columns = this.columns((c) => this.keep(i32(this.top), c, sum(c)), placed.lets[depth + 2] ?? []);
    return [
      ...placed.lets.slice(0, depth + 1).flat(),
      loop(groupName, at(groups), [...(placed.lets[depth + 1] ?? []), columns], false),
    ];
  }

  private store(): Statement {
    const { interner, reduction, store, target } = this.written;
    const placed = place(interner, reduction.names, [...this.around, columnName], [this.place(store, at(0), 1)]);
    return this.columns(
      (c) => ({
        kind: 'store',
        array: target,
        at: placed.roots[0] as Expr,
        value: this.pending(i32(this.top), c),
      }),
      placed.lets.flat(),
    );
  }

  private get around(): readonly string[] {
    return [...this.written.loops.slice(0, -1).map((l) => l.name), chunkName, startName];
  }
  /** An expression of the loops and the term, of the chunk and a column of it. */
  private place(e: Expr, term: Expr, groups: number): Expr {
    const { interner, loops, reduction } = this.written;
    const column = index.add(index.mul(variable(chunkName), at(this.width)), variable(columnName));
    const moved = rewriteExpr((x) =>
      x.op !== 'index' ? undefined : x.name === this.inner.name ? column : x.name === termName ? term : x,
    )(e);
    const extents = new Map([
      ...loops.map((l) => [l.name, l.extent] as const),
      [chunkName, Math.ceil(this.inner.extent / this.width)],
      [startName, reduction.kernel.length],
      [groupName, groups],
      [columnName, this.width],
    ]);
    return simplifyIndex(interner, moved, extents);
  }
}
