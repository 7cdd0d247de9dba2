// Fewer, longer loops: neighbouring axes become one where every index runs through them as through one.
import { constant, type Expr } from '../core/lowering';
import { coefficients, type Interner, simplifyIndex } from './indexing';

export interface Loop {
  readonly name: string;
  readonly extent: number;
}

/** Calls `visit` with every index of a load, and every loop variable that is used in another way. */
const forEachIndex = (roots: readonly Expr[], isIndex: (root: number) => boolean, visit: (at: Expr) => void): void => {
  const seen = new Set<Expr>();
  const walk = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    if (e.op === 'load') {
      visit(e.at);
      for (const a of loadsIn(e.at)) walk(a);
    } else if (e.op === 'index') visit(e);
    else if ('args' in e) e.args.forEach(walk);
  };
  roots.forEach((r, i) => {
    if (isIndex(i)) visit(r);
    else walk(r);
  });
};
const loadsIn = (e: Expr): readonly Expr[] => (e.op === 'load' ? [e] : 'args' in e ? e.args.flatMap(loadsIn) : []);

const replaceBy = (interner: Interner, roots: readonly Expr[], name: string, by: Expr): readonly Expr[] => {
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const known = done.get(e);
    if (known) return known;
    const out: Expr =
      e.op === 'index' && e.name === name
        ? by
        : e.op === 'load'
          ? { ...e, at: visit(e.at) }
          : 'args' in e
            ? { ...e, args: e.args.map(visit) }
            : e;
    done.set(e, out);
    return out;
  };
  return roots.map((r) => interner.intern(visit(r)));
};

/**
 * Joins an axis with the one inside it where all indices are sums in which the outer step is the inner extent times the inner step.
 * The first expression is an index itself. Axes of extent 1 vanish.
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
    forEachIndex(
      current,
      (root) => root === 0,
      (at) => {
        if (at.op === 'index') {
          // Alone it is a plain number of its axis; as a whole index it is the step 1.
          if (at.name === outer.name || at.name === inner.name) joins = joins && at === current[0];
          return;
        }
        const steps = coefficients(interner, at);
        if (
          steps === null
            ? mentions(at, outer.name) || mentions(at, inner.name)
            : (steps.get(outer.name) ?? 0) !== inner.extent * (steps.get(inner.name) ?? 0)
        )
          joins = false;
      },
    );
    if (!joins) continue;
    current = replaceBy(interner, current, outer.name, constant(0, 'i32'));
    const joined = { name: inner.name, extent: outer.extent * inner.extent };
    remaining = [...remaining.slice(0, d), joined, ...remaining.slice(d + 2)];
    const wider = new Map([...remaining, ...others].map((l) => [l.name, l.extent]));
    current = current.map((e) => simplifyIndex(interner, e, wider));
  }
  return { loops: remaining, expressions: current };
};

const mentions = (e: Expr, name: string): boolean =>
  e.op === 'index'
    ? e.name === name
    : e.op === 'load'
      ? mentions(e.at, name)
      : 'args' in e && e.args.some((a) => mentions(a, name));
