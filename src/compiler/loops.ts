// The loops that primitives write themselves.
import type { DTypeName } from '../core/dtype';
import { constant, type Expr, index, type LoopArray, type LoopOrder, type LoopsContext } from '../core/lowering';
import type { Params } from '../core/primitive';
import type { Scheduled } from './arrays';
import { Interner, simplifyIndex } from './indexing';
import type { LoopsKernel } from './kernel';
import type { Statement } from './loop';
import { Names, place } from './place';

/** Writes statements of Loop IR into the innermost block that is open. */
class LoopWriter implements LoopsContext<Params> {
  readonly arrays: DTypeName[] = [];
  readonly scratches: { readonly dtype: DTypeName; readonly size: number }[] = [];
  readonly results: LoopsContext<Params>['results'];
  private readonly operands: readonly (number | { readonly array: number })[];
  private readonly firstResult: number;
  private readonly interner = new Interner();
  private readonly extents = new Map<string, number>();
  private readonly variables = new Set<string>();
  private readonly names = new Names();
  private block: Statement[] = [];

  constructor(
    private readonly kernel: LoopsKernel,
    private readonly expand: (e: Expr) => Expr,
  ) {
    this.results = kernel.outputs.map((b) => b.aval);
    this.operands = kernel.operands.map((x) =>
      typeof x === 'number' ? x : { array: this.arrays.push(x.aval.dtype.name) - 1 },
    );
    this.firstResult = this.arrays.length;
    for (const b of kernel.outputs) this.arrays.push(b.aval.dtype.name);
  }
  get params(): Params {
    return this.kernel.params;
  }
  get args(): LoopsKernel['args'] {
    return this.kernel.args;
  }
  get body(): readonly Statement[] {
    return this.block;
  }

  private simplify(e: Expr): Expr {
    return simplifyIndex(this.interner, e, this.extents);
  }
  /** The value where the next statement stands, formulas with names for their parts before it. */
  private value(e: Expr): Expr {
    const known = this.simplify(e);
    const expanded = this.expand(known);
    if (expanded === known) return known;
    const { lets, roots } = place(new Interner(), this.names, [], [expanded]);
    this.block.push(...(lets[0] ?? []));
    return roots[0] as Expr;
  }
  private arrayOf(array: number, dtype: DTypeName): LoopArray {
    return {
      load: (at) => ({ op: 'load', dtype, buffer: array, at }),
      store: (at, value) => {
        const stored = this.value(value);
        this.block.push({ kind: 'store', array, at: this.simplify(at), value: stored });
      },
    };
  }

  load(operand: number, at: Expr): Expr {
    const x = this.operands[operand] as number | { readonly array: number };
    const dtype = (this.args[operand] as LoopsKernel['args'][number]).dtype.name;
    return typeof x === 'number' ? constant(x, dtype) : this.arrayOf(x.array, dtype).load(at);
  }
  result(i: number): LoopArray {
    const array = this.firstResult + i;
    return this.arrayOf(array, this.arrays[array] as DTypeName);
  }
  scratch(dtype: DTypeName, size: number): LoopArray {
    const array = this.arrays.length + this.scratches.push({ dtype, size }) - 1;
    return this.arrayOf(array, dtype);
  }

  for(extent: number | Expr, order: LoopOrder, body: (i: Expr) => void): void {
    const name = this.names.next();
    const to = typeof extent === 'number' ? index.int(extent) : this.simplify(extent);
    if (to.op === 'const') {
      if (to.value <= 0) return;
      this.extents.set(name, to.value);
    }
    const inner = this.inside(() => body({ op: 'index', dtype: 'i32', name }));
    // Names are all different, so that what is done once needs no block of its own.
    if (to.op === 'const' && to.value === 1) this.block.push(...inner);
    else
      this.block.push({
        kind: 'for',
        name,
        from: index.int(0),
        to,
        step: 1,
        body: inner,
        independent: order === 'any',
      });
  }
  while(condition: Expr, body: () => void): void {
    const test = this.expand(this.simplify(condition));
    this.block.push({ kind: 'while', condition: test, body: this.inside(body) });
  }
  private inside(body: () => void): readonly Statement[] {
    const outer = this.block;
    const inner: Statement[] = [];
    this.block = inner;
    body();
    this.block = outer;
    return inner;
  }

  let(value: Expr): Expr {
    const known = this.value(value);
    const isKept = known.op === 'local' && !this.variables.has(known.name);
    if (isKept || known.op === 'const' || known.op === 'index') return known;
    const name = this.names.next();
    this.block.push({ kind: 'let', name, value: known });
    return { op: 'local', dtype: value.dtype, name };
  }
  variable(value: Expr): { readonly value: Expr; set(next: Expr): void } {
    const name = this.names.next();
    this.variables.add(name);
    const first = this.value(value);
    this.block.push({ kind: 'var', name, value: first });
    return {
      value: { op: 'local', dtype: value.dtype, name },
      set: (next) => {
        const last = this.value(next);
        this.block.push({ kind: 'set', name, value: last });
      },
    };
  }
}

/** `expand` puts formulas in place of transcendental operations, or nothing. */
export const scheduleLoops = (kernel: LoopsKernel, expand: (e: Expr) => Expr): Scheduled => {
  const { lower, name } = kernel.primitive;
  if (lower.kind !== 'loops') throw new TypeError(`internal: ${name} writes no loops`);
  const writer = new LoopWriter(kernel, expand);
  lower.write(writer);
  const stored = kernel.operands.flatMap((x) => (typeof x === 'number' ? [] : [x.id]));
  return {
    loops: { arrays: writer.arrays, scratch: writer.scratches, body: writer.body },
    calls: [{ buffers: [...stored, ...kernel.outputs.map((b) => b.id)] }],
  };
};
