// Expressions of formulas, evaluated: what a target must compute.
import type { Expr, ScalarOp } from '../../src/core/lowering';
import { type External, ruler } from '../../src/numerics/arithmetic';
import { externals, float32, float64 } from '../../src/numerics/numbers';

const isExternal = (op: ScalarOp): op is External => op in externals;

/** The value of an expression whose locals have these values; truth values are 0 and 1. Shared parts are evaluated once. */
export const evaluate = (root: Expr, locals: Readonly<Record<string, number>>): number => {
  const done = new Map<Expr, number>();
  const value = (e: Expr): number => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const result = compute(e);
    done.set(e, result);
    return result;
  };
  const compute = (e: Expr): number => {
    if (e.op === 'const') return e.value;
    if (e.op === 'local') return locals[e.name] as number;
    if (!('args' in e)) throw new TypeError(`no value for ${e.op}`);
    const [x, y, z] = e.args.map(value) as [number, number, number];
    const a = e.dtype === 'f32' ? float32 : float64;
    if (isExternal(e.op)) return a.constant(externals[e.op](x));
    switch (e.op) {
      case 'add':
      case 'sub':
      case 'mul':
      case 'div':
      case 'max':
      case 'min':
      case 'copySign':
        return a[e.op](x, y);
      case 'pow2':
        return a.pow2(x - ruler[a.precision]);
      case 'neg':
      case 'abs':
      case 'sqrt':
      case 'floor':
      case 'exponent':
      case 'mantissa':
        return a[e.op](x);
      case 'eq':
      case 'lt':
      case 'le':
        return Number(a[e.op](x, y));
      case 'and':
        return x & y;
      case 'or':
        return x | y;
      case 'select':
      case 'rarely':
        return x !== 0 ? y : z;
      default:
        throw new TypeError(`${e.op} is no basic operation`);
    }
  };
  return value(root);
};
