// Where each part of an expression is computed: as far out as its loop variables allow, and once if it is used more than once.
import { constant, type Expr } from '../core/lowering';
import type { Interner } from './indexing';
import type { Statement } from './loop';
import { childrenOf, partsOf } from './rewrite';

export interface Placed {
  /** Lets before the loops, in the first loop, in the second ... */
  readonly lets: readonly (readonly Statement[])[];
  /** The roots in terms of the lets. */
  readonly roots: readonly Expr[];
}

/** Names that no other let of the kernel has. */
export class Names {
  private count = 0;
  next(): string {
    return `t${this.count++}`;
  }
}

const isTrivial = (e: Expr): boolean => e.op === 'const' || e.op === 'index' || e.op === 'local';
/** The parts of a guard's branch that may be evaluated even where it is not chosen: those that load nothing. */
const harmless = (e: Expr): readonly Expr[] =>
  [...partsOf([e])].some((part) => part.op === 'load') ? childrenOf(e).flatMap(harmless) : [e];
/** What is evaluated, or may be, whenever the parent is. */
const certainChildren = (e: Expr): readonly Expr[] => {
  if (e.op === 'rarely') return [e.args[0] as Expr, e.args[2] as Expr];
  if (e.op !== 'guard') return childrenOf(e);
  const [condition, ...branches] = e.args as readonly [Expr, ...Expr[]];
  return [condition, ...branches.flatMap(harmless)];
};

export const place = (
  interner: Interner,
  names: Names,
  variables: readonly string[],
  expressions: readonly Expr[],
  /** The loops that a part must stay inside of whatever its variables are, because what it reads is written there. */
  innermost: (e: Expr) => number = () => 0,
): Placed => {
  const roots = expressions.map((e) => interner.intern(e));
  const depth = variables.length;
  const levels = new Map<Expr, number>();
  const levelOf = (e: Expr): number => {
    const known = levels.get(e);
    if (known !== undefined) return known;
    const level =
      e.op === 'const'
        ? 0
        : e.op === 'index'
          ? variables.indexOf(e.name) + 1
          : e.op === 'local'
            ? depth
            : Math.max(innermost(e), ...childrenOf(e).map(levelOf));
    levels.set(e, level);
    return level;
  };
  const uses = new Map<Expr, number>();
  const outermostUse = new Map<Expr, number>();
  const use = (e: Expr, level: number): void => {
    const before = uses.get(e) ?? 0;
    uses.set(e, before + 1);
    outermostUse.set(e, Math.max(outermostUse.get(e) ?? 0, level));
    if (before === 0) for (const c of certainChildren(e)) use(c, levelOf(e));
  };
  for (const r of roots) use(r, depth);

  const lets: Statement[][] = Array.from({ length: depth + 1 }, () => []);
  const done = new Map<Expr, Expr>();
  const rewrite = (e: Expr): Expr => {
    const known = done.get(e);
    if (known) return known;
    const parts: Expr =
      e.op === 'load' ? { ...e, at: rewrite(e.at) } : 'args' in e ? { ...e, args: e.args.map(rewrite) } : e;
    const level = levelOf(e);
    const isShared = (uses.get(e) ?? 0) > 1 || level < (outermostUse.get(e) ?? 0);
    let out = parts;
    if (!isTrivial(e) && isShared) {
      const name = names.next();
      (lets[level] as Statement[]).push({ kind: 'let', name, value: parts });
      out = { op: 'local', dtype: e.dtype, name };
    }
    done.set(e, out);
    return out;
  };
  return { lets, roots: roots.map(rewrite) };
};

/** Nested loops over the variables with the lets in their places, around what `inner` makes of the roots; in any order but for `sequential`. */
export const nest = (
  loops: readonly { readonly name: string; readonly extent: number }[],
  placed: Placed,
  inner: (roots: readonly Expr[]) => readonly Statement[],
  sequential: readonly string[] = [],
): readonly Statement[] => {
  const build = (level: number): readonly Statement[] => {
    const own = placed.lets[level] ?? [];
    const loop = loops[level];
    if (loop === undefined) return [...own, ...inner(placed.roots)];
    return [
      ...own,
      {
        kind: 'for',
        name: loop.name,
        from: constant(0, 'i32'),
        to: constant(loop.extent, 'i32'),
        step: 1,
        body: build(level + 1),
        independent: !sequential.includes(loop.name),
      },
    ];
  };
  return build(0);
};
