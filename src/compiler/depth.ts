// How deep expressions may become: passes over them recurse, and the engine's stack is finite.
import type { Expr } from '../core/lowering';
import { binaryFormulas, formulas } from '../numerics/formulas';
import { childrenOf } from './rewrite';

/** Operations one inside the other, above which an expression is cut: an eighth or less of what the engine has room for. */
export const deepest = 2000;
/** What a transcendental operation counts for: about as many has its formula. */
export const formulaDepth = 32;

const depths = new WeakMap<Expr, number>();
export const depthOf = (e: Expr): number => {
  const known = depths.get(e);
  if (known !== undefined) return known;
  const own = e.op in formulas || e.op in binaryFormulas ? formulaDepth : 1;
  const depth = own + Math.max(0, ...childrenOf(e).map(depthOf));
  depths.set(e, depth);
  return depth;
};
