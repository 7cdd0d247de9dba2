// Fewer, longer loops: neighbouring axes become one where every index runs through them as through one.
import { constant, type Expr } from '../core/lowering';
import { coefficients, type Interner, simplifyIndex } from './indexing';
import { partsOf, rewriteExpr } from './rewrite';

export interface Loop {
  readonly name: string;
  readonly extent: number;
}

/** Calls `visit` with every index of a load, and with every loop variable that is used in another way. */
const forEachIndex = (roots: readonly Expr[], visit: (at: Expr) => void): void => {
  const seen = new Set<Expr>();
  const walk = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.op === 'load') {
      visit(e.at);
      for (const part of partsOf([e.at])) if (part.op === 'load') walk(part);
    } else if (e.op === 'index') visit(e);
    else if ('args' in e) e.args.forEach(walk);
  };
  roots.forEach(walk);
};

const mentions = (e: Expr, name: string): boolean =>
  [...partsOf([e])].some((part) => part.op === 'index' && part.name === name);

/**
 * Joins an axis with the one inside it where all indices are sums in which the outer step is the inner extent times the inner step.
 * The first expression is the row-major index over the loops. Axes of extent 1 vanish.
 */
export const collapse = (
  interner: Interner,
  loops: readonly Loop[],
  expressions: readonly Expr[],
  others: readonly Loop[] = [],
) => {
  const extents = new Map([...loops, ...others].map((l) => [l.name, l.extent]));
  let current: readonly Expr[] = expressions.map((e) => simplifyIndex(interner, e, extents));
  let remaining = loops.filter((l) => l.extent !== 1);
  for (let d = remaining.length - 2; d >= 0; d--) {
    const [outer, inner] = [remaining[d] as Loop, remaining[d + 1] as Loop];
    let joins = true;
    forEachIndex(current.slice(1), (at) => {
      const steps = coefficients(interner, at);
      const fits =
        steps === null
          ? !mentions(at, outer.name) && !mentions(at, inner.name)
          : (steps.get(outer.name) ?? 0) === inner.extent * (steps.get(inner.name) ?? 0);
      joins = joins && fits;
    });
    if (!joins) continue;
    const withoutOuter = rewriteExpr((e) =>
      e.op === 'index' && e.name === outer.name ? constant(0, 'i32') : undefined,
    );
    const joined = { name: inner.name, extent: outer.extent * inner.extent };
    remaining = [...remaining.slice(0, d), joined, ...remaining.slice(d + 2)];
    const wider = new Map([...remaining, ...others].map((l) => [l.name, l.extent]));
    current = current.map((e) => simplifyIndex(interner, withoutOuter(e), wider));
  }
  return { loops: remaining, expressions: current };
};
