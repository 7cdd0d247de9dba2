// Loops of a sum, product, maximum or minimum, in the order that `primitives/summation` lays down.
import { sizeOf } from '../core/aval';
import { apply, constant, type Expr, index } from '../core/lowering';
import { blockLength } from '../primitives/summation';
import { Arrays, loopsOf, type Scheduled, variable } from './arrays';
import { collapse, type Loop } from './collapse';
import { Interner } from './indexing';
import { type ReduceKernel, termName } from './kernel';
import type { Statement } from './loop';
import { Names, nest, place } from './place';
import { rewriteExpr } from './rewrite';

/** Pending partial results of the binary counter: one for each power of two. */
const levels = 32;
const at = (n: number): Expr => constant(n, 'i32');
const shifted = (e: Expr, by: Expr): Expr =>
  rewriteExpr((x) => (x.op === 'index' && x.name === termName ? by : undefined))(e);

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
  const target = arrays.number(kernel.buffer.id, kernel.buffer.aval.dtype.name);
  const collapsed = collapse(interner, loops, [here, term], [terms]);
  const [store, value] = collapsed.expressions as [Expr, Expr];
  const reduction = new Reduction(kernel, interner, target, arrays.dtypes.length);
  const isRow = kernel.lanes === 1 && kernel.length <= blockLength && collapsed.loops.length > 0;
  const body = isRow
    ? reduction.rows(collapsed.loops, store, value)
    : reduction.elements(collapsed.loops, store, value);
  const scratch = reduction.usesScratch ? [{ dtype: kernel.buffer.aval.dtype.name, size: levels }] : [];
  return {
    loops: { arrays: arrays.dtypes, scratch, body: sizeOf(kernel.shape) === 0 ? [] : body },
    buffers: arrays.buffers,
  };
};

class Reduction {
  usesScratch = false;
  private readonly names = new Names();
  private readonly dtype;
  constructor(
    private readonly kernel: ReduceKernel,
    private readonly interner: Interner,
    private readonly target: number,
    private readonly scratch: number,
  ) {
    this.dtype = kernel.buffer.aval.dtype.name;
  }

  private combined(a: Expr, b: Expr): Expr {
    return apply(this.kernel.combine, this.dtype, a, b);
  }
  private get identity(): Expr {
    return constant(this.kernel.identity, this.dtype);
  }
  private local(name: string, dtype = this.dtype): Expr {
    return { op: 'local', dtype, name };
  }

  /** The result itself accumulates, a whole row of it for every term: memory is read in order. */
  rows(loops: readonly Loop[], store: Expr, value: Expr): readonly Statement[] {
    const inner = loops[loops.length - 1] as Loop;
    const order = [...loops.slice(0, -1), { name: termName, extent: this.kernel.length }, inner];
    const fill = nest(
      loops,
      place(
        this.interner,
        this.names,
        loops.map((l) => l.name),
        [store],
      ),
      ([place0]) => [{ kind: 'store', array: this.target, at: place0 as Expr, value: this.identity }],
    );
    const placed = place(
      this.interner,
      this.names,
      order.map((l) => l.name),
      [store, value],
    );
    const add = nest(order, placed, ([where, term]) => [
      {
        kind: 'store',
        array: this.target,
        at: where as Expr,
        value: this.combined({ op: 'load', dtype: this.dtype, buffer: this.target, at: where as Expr }, term as Expr),
      },
    ]);
    return [...fill, ...add];
  }

  /** One result after the other. */
  elements(loops: readonly Loop[], store: Expr, value: Expr): readonly Statement[] {
    // Lets of the outer loops; what depends on the term is placed inside.
    const names = [...loops.map((l) => l.name)];
    const placed = place(this.interner, this.names, names, [store]);
    return nest(loops, placed, ([where]) => {
      const statements: Statement[] = [];
      const result = this.total(value, statements);
      return [...statements, { kind: 'store', array: this.target, at: where as Expr, value: result }];
    });
  }

  /** Emits the combination of all terms; gives the expression of the result. */
  private total(value: Expr, out: Statement[]): Expr {
    const { length, lanes } = this.kernel;
    const block = lanes * blockLength;
    if (length <= block) return this.block(value, at(0), length, out);
    this.usesScratch = true;
    const [top, count, part, start] = ['top', 'count', 'part', 'start'] as const;
    const full = Math.floor(length / block);
    const i32 = (name: string): Expr => this.local(name, 'i32');
    const pending = (e: Expr): Expr => ({ op: 'load', dtype: this.dtype, buffer: this.scratch, at: e });
    const push = (statements: Statement[], sum: Expr): void => {
      statements.push(
        { kind: 'var', name: part, value: sum },
        { kind: 'set', name: count, value: apply('add', 'i32', i32(count), at(1)) },
        { kind: 'var', name: 'bits', value: i32(count) },
      );
      statements.push({
        kind: 'while',
        condition: apply('eq', 'bool', apply('and', 'i32', i32('bits'), at(1)), at(0)),
        body: [
          { kind: 'set', name: top, value: apply('sub', 'i32', i32(top), at(1)) },
          { kind: 'set', name: part, value: this.combined(pending(i32(top)), this.local(part)) },
          { kind: 'set', name: 'bits', value: apply('shiftRightLogical', 'i32', i32('bits'), at(1)) },
        ],
      });
      statements.push(
        { kind: 'store', array: this.scratch, at: i32(top), value: this.local(part) },
        { kind: 'set', name: top, value: apply('add', 'i32', i32(top), at(1)) },
      );
    };
    out.push({ kind: 'var', name: top, value: at(0) }, { kind: 'var', name: count, value: at(0) });
    const body: Statement[] = [];
    push(body, this.block(value, { op: 'index', dtype: 'i32', name: start }, block, body));
    out.push({ kind: 'for', name: start, from: at(0), to: at(full * block), step: block, body });
    if (length > full * block) {
      const tail: Statement[] = [];
      push(tail, this.block(value, at(full * block), length - full * block, tail));
      // A block of statements of its own, so that its names do not meet those of the others.
      out.push({ kind: 'for', name: 'once', from: at(0), to: at(1), step: 1, body: tail });
    }
    out.push(
      { kind: 'set', name: top, value: apply('sub', 'i32', i32(top), at(1)) },
      { kind: 'var', name: 'sum', value: pending(i32(top)) },
      {
        kind: 'while',
        condition: apply('gt', 'bool', i32(top), at(0)),
        body: [
          { kind: 'set', name: top, value: apply('sub', 'i32', i32(top), at(1)) },
          { kind: 'set', name: 'sum', value: this.combined(pending(i32(top)), this.local('sum')) },
        ],
      },
    );
    return this.local('sum');
  }

  /** The terms from `start` on, `length` of them, lane by lane. */
  private block(value: Expr, start: Expr, length: number, out: Statement[]): Expr {
    const { lanes } = this.kernel;
    const lane = (l: number): string => `a${l}`;
    for (let l = 0; l < lanes; l++) out.push({ kind: 'var', name: lane(l), value: this.identity });
    const whole = length - (length % lanes);
    const step = (term: Expr, l: number): Statement => ({
      kind: 'set',
      name: lane(l),
      value: this.combined(this.local(lane(l)), term),
    });
    if (whole > 0) {
      const position = index.add(start, variable('k'));
      const terms = Array.from({ length: lanes }, (_, l) => shifted(value, index.add(position, at(l))));
      const body = this.straight(terms, (roots) => roots.map(step));
      out.push({ kind: 'for', name: 'k', from: at(0), to: at(whole), step: lanes, body });
    }
    const rest = Array.from({ length: length % lanes }, (_, l) => shifted(value, index.add(start, at(whole + l))));
    out.push(...this.straight(rest, (roots) => roots.map(step)));
    for (let width = lanes / 2; width >= 1; width /= 2)
      for (let l = 0; l < width; l++)
        out.push({
          kind: 'set',
          name: lane(l),
          value: this.combined(this.local(lane(l)), this.local(lane(l + width))),
        });
    return this.local(lane(0));
  }

  /** Statements without loops of their own. */
  private straight(
    expressions: readonly Expr[],
    inner: (roots: readonly Expr[]) => readonly Statement[],
  ): readonly Statement[] {
    const { lets, roots } = place(this.interner, this.names, [], expressions);
    return [...(lets[0] ?? []), ...inner(roots)];
  }
}
