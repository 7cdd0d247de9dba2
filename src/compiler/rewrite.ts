// Walks over expressions as the graphs they are: a part that is shared is visited once.
import type { Expr } from '../core/lowering';

export const childrenOf = (e: Expr): readonly Expr[] => (e.op === 'load' ? [e.at] : 'args' in e ? e.args : []);

/**
 * The expression with every part p for which `replace` gives another put in its place; the parts of p are not visited then. Parts that
 * stay as they are stay the same objects.
 */
export const rewriteExpr = (replace: (e: Expr) => Expr | undefined): ((e: Expr) => Expr) => {
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const known = done.get(e);
    if (known) return known;
    const out = replace(e) ?? rebuild(e);
    done.set(e, out);
    return out;
  };
  const rebuild = (e: Expr): Expr => {
    if (e.op === 'load') {
      const at = visit(e.at);
      return at === e.at ? e : { ...e, at };
    }
    if (!('args' in e)) return e;
    const args = e.args.map(visit);
    return args.every((a, i) => a === e.args[i]) ? e : { ...e, args };
  };
  return visit;
};

/** Every part of these expressions once. */
export const partsOf = (roots: readonly Expr[]): ReadonlySet<Expr> => {
  const parts = new Set<Expr>();
  const visit = (e: Expr): void => {
    if (parts.has(e)) return;
    parts.add(e);
    childrenOf(e).forEach(visit);
  };
  roots.forEach(visit);
  return parts;
};

/** Equal expressions, part by part. */
export const sameExpr = (a: Expr, b: Expr): boolean => {
  if (a === b) return true;
  if (a.op !== b.op || a.dtype !== b.dtype) return false;
  if (a.op === 'const') return b.op === 'const' && Object.is(a.value, b.value);
  if (a.op === 'index' || a.op === 'local') return 'name' in b && a.name === b.name;
  if (a.op === 'load') return b.op === 'load' && a.buffer === b.buffer && sameExpr(a.at, b.at);
  return 'args' in b && a.args.length === b.args.length && a.args.every((x, i) => sameExpr(x, b.args[i] as Expr));
};
