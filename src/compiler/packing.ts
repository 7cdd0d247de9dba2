// How a side of a contraction gets from where it lies in memory to where a panel of it lies together.
import type { DTypeName } from '../core/dtype';
import { apply, type Expr, index } from '../core/lowering';
import { variable } from './arrays';
import type { Loop } from './collapse';
import { coefficients, type Interner, simplifyIndex, stepOf } from './indexing';
import { axisName, type ContractKernel, termName } from './kernel';
import type { Statement } from './loop';
import { Names, nest, place } from './place';
import { partsOf, rewriteExpr } from './rewrite';

/** One side of the contraction: the element of a line and term. */
export interface Side {
  readonly element: Expr;
  readonly lines: number;
  /** How far apart neighbouring lines and terms lie in memory, for a side that is read as it lies there. */
  readonly steps: { readonly line: number; readonly term: number } | null;
}
export const sideOf = (interner: Interner, element: Expr, lines: number): Side => {
  const found = element.op === 'load' ? coefficients(interner, element.at) : null;
  const steps = found && { line: found.get(axisName(1)) ?? 0, term: found.get(termName) ?? 0 };
  // What runs backwards is packed: rows and terms of a tile are addressed by what they lie above the first.
  return { element, lines, steps: steps !== null && steps.line >= 0 && steps.term >= 0 ? steps : null };
};

export const substituted = (e: Expr, line: Expr, term: Expr): Expr =>
  rewriteExpr((x) => (x.op !== 'index' ? undefined : x.name === axisName(1) ? line : x.name === termName ? term : x))(
    e,
  );

/** A value for an element of an array. */
export interface Filled {
  readonly array: number;
  readonly dtype: DTypeName;
  readonly at: Expr;
  readonly value: Expr;
}

/** Writes the loops that fill panels, and those over finished results. */
export class Packing {
  private readonly names = new Names();
  constructor(
    private readonly interner: Interner,
    /** The loops that there may be around. */
    private readonly outer: readonly Loop[],
  ) {}

  /** Stores values for every index; the innermost loop is split so that divisions by what it runs through leave it. */
  fill(loops: readonly Loop[], stores: readonly Filled[]): readonly Statement[] {
    const outer = this.outer.map((l) => l.name);
    const values = stores.map(({ dtype, value }) => (value.dtype === dtype ? value : apply('convert', dtype, value)));
    const split = this.split(loops, values);
    const extents = new Map([
      ...this.outer.map((l) => [l.name, l.extent] as const),
      ...split.loops.map((l) => [l.name, l.extent] as const),
    ]);
    const simple = (e: Expr): Expr => simplifyIndex(this.interner, split.apply(e), extents);
    const names = [...outer, ...split.loops.map((l) => l.name)];
    const placed = place(this.interner, this.names, names, [...stores.map((s) => simple(s.at)), ...values.map(simple)]);
    const lets = [placed.lets.slice(0, outer.length + 1).flat(), ...placed.lets.slice(outer.length + 1)];
    return nest(split.loops, { lets, roots: placed.roots }, (roots) =>
      stores.map(({ array }, i) => ({
        kind: 'store',
        array,
        at: roots[i] as Expr,
        value: roots[stores.length + i] as Expr,
      })),
    );
  }

  private split(
    loops: readonly Loop[],
    values: readonly Expr[],
  ): { readonly loops: readonly Loop[]; readonly apply: (e: Expr) => Expr } {
    const inner = loops[loops.length - 1] as Loop;
    const by = shortestPeriod(this.interner, values, inner.name);
    if (by === null || by === 1 || inner.extent % by !== 0 || inner.extent === by) return { loops, apply: (e) => e };
    const [high, low] = [`${inner.name}h`, `${inner.name}l`];
    const joined = index.add(index.mul(variable(high), index.int(by)), variable(low));
    return {
      loops: [...loops.slice(0, -1), { name: high, extent: inner.extent / by }, { name: low, extent: by }],
      apply: rewriteExpr((e) => (e.op === 'index' && e.name === inner.name ? joined : undefined)),
    };
  }
}

/** How many neighbouring values of a variable lie between two at which a division of it gives another quotient, at least. */
const shortestPeriod = (interner: Interner, values: readonly Expr[], name: string): number | null => {
  const periods = [...partsOf(values)].flatMap((e) => {
    if (e.op !== 'idiv' && e.op !== 'imod') return [];
    const [dividend, divisor] = e.args as readonly [Expr, Expr];
    const step = stepOf(interner, dividend, name);
    if (divisor.op !== 'const' || step === null || step === 0) return [];
    return divisor.value % step === 0 ? [divisor.value / step] : [1];
  });
  return periods.length === 0 ? null : Math.min(...periods);
};

/** Whether neighbouring lines, rather than neighbouring terms, lie beside each other in memory. */
export const runsAlongLines = (
  interner: Interner,
  { element, lines }: Side,
  { groups, depth }: ContractKernel,
): boolean => {
  const whole = { [axisName(0)]: groups, [axisName(1)]: lines, [termName]: depth };
  const stepAlong = (name: string): number | null => {
    const extent = whole[name] as number;
    const by = Math.min(extent, shortestPeriod(interner, [element], name) ?? extent);
    const joined = index.add(index.mul(variable('h'), index.int(by)), variable('l'));
    const split = rewriteExpr((e) => (e.op === 'index' && e.name === name ? joined : undefined))(element);
    const extents = new Map([...Object.entries(whole), ['h', Math.ceil(extent / by)] as const, ['l', by] as const]);
    const load = [...partsOf([simplifyIndex(interner, split, extents)])].find((e) => e.op === 'load');
    return load?.op === 'load' ? stepOf(interner, load.at, 'l') : null;
  };
  return stepAlong(axisName(1)) === 1 && stepAlong(termName) !== 1;
};
