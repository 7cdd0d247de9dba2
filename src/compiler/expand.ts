// Transcendental operations as the formulas they stand for, so that a target needs basic operations only.
import { apply, constant, type Expr, type ScalarOp } from '../core/lowering';
import type { Arithmetic, Precision } from '../numerics/arithmetic';
import { type BinaryFormulaName, binaryFormulas, type FormulaName, formulas } from '../numerics/formulas';
import { rewriteExpr } from './rewrite';

const arithmetic = (precision: Precision): Arithmetic<Expr, Expr> => {
  const round = precision === 'f32' ? Math.fround : (x: number): number => x;
  const value =
    (op: ScalarOp) =>
    (...args: readonly Expr[]): Expr =>
      apply(op, precision, ...args);
  const truth =
    (op: ScalarOp) =>
    (...args: readonly Expr[]): Expr =>
      apply(op, 'bool', ...args);
  return {
    precision,
    constant: (x) => constant(round(x), precision),
    add: value('add'),
    sub: value('sub'),
    mul: value('mul'),
    div: value('div'),
    max: value('max'),
    min: value('min'),
    neg: value('neg'),
    abs: value('abs'),
    sqrt: value('sqrt'),
    floor: value('floor'),
    eq: truth('eq'),
    lt: truth('lt'),
    le: truth('le'),
    and: truth('and'),
    or: truth('or'),
    select: value('select'),
    rarely: (condition, name, x, otherwise) => value('rarely')(condition, value(name)(x), otherwise),
    copySign: value('copySign'),
    pow2: value('pow2'),
    exponent: value('exponent'),
    mantissa: value('mantissa'),
  };
};
export const expressions = { f32: arithmetic('f32'), f64: arithmetic('f64') } as const;

const isUnary = (op: string): op is FormulaName => op in formulas;
const isBinary = (op: string): op is BinaryFormulaName => op in binaryFormulas;

/**
 * The same values, without transcendental operations. Expressions that were one object still are, within an expression and between
 * those that one function made here is given: expand a kernel's expressions with one of them.
 */
export const expander = (): ((e: Expr) => Expr) => {
  const replaceOp = (e: Expr): Expr | undefined => {
    if (!('args' in e) || (e.dtype !== 'f32' && e.dtype !== 'f64')) return undefined;
    const a = expressions[e.dtype];
    const [x, y] = e.args as readonly [Expr, Expr];
    return isUnary(e.op)
      ? formulas[e.op](a, expandAll(x))
      : isBinary(e.op)
        ? binaryFormulas[e.op](a, expandAll(x), expandAll(y))
        : undefined;
  };
  const expandAll = rewriteExpr(replaceOp);
  return expandAll;
};

export const expand = (e: Expr): Expr => expander()(e);
