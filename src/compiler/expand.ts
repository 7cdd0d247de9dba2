// Transcendental operations as the formulas they stand for, so that a target needs basic operations only.
import { apply, constant, type Expr, type ScalarOp } from '../core/lowering';
import { type Arithmetic, type Precision, ruler } from '../numerics/arithmetic';
import { type BinaryFormulaName, binaryFormulas, type FormulaName, formulas } from '../numerics/formulas';
import type { LoopedKernel, MapKernel, ReduceKernel } from './kernel';
import { partsOf, rewriteExpr } from './rewrite';

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
  const ruled = constant(ruler[precision], precision);
  /** A number that was rounded along the ruler, as it was before the ruler was taken off again. */
  const asRuled = (k: Expr): Expr => {
    const [sum, by] = k.op === 'sub' ? k.args : [];
    return sum !== undefined && by?.op === 'const' && by.value === ruler[precision]
      ? sum
      : apply('add', precision, k, ruled);
  };
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
    pow2: (k) => apply('pow2', precision, asRuled(k)),
    exponent: value('exponent'),
    mantissa: value('mantissa'),
  };
};
export const expressions = { f32: arithmetic('f32'), f64: arithmetic('f64') } as const;

const isUnary = (op: string): op is FormulaName => op in formulas;
const isBinary = (op: string): op is BinaryFormulaName => op in binaryFormulas;

const isTranscendental = (e: Expr): boolean =>
  isUnary(e.op) || (isBinary(e.op) && (e.dtype === 'f32' || e.dtype === 'f64'));
/** The expression with its loads made only where the condition holds. */
const guardLoads = (condition: Expr, e: Expr): Expr =>
  rewriteExpr((x) => (x.op === 'load' ? apply('guard', x.dtype, condition, x, constant(0, x.dtype)) : undefined))(e);

/**
 * The same values, without transcendental operations. Expressions that were one object still are, within an expression and between
 * those that one function made here is given: expand a kernel's expressions with one of them.
 */
export const expander = (): ((e: Expr) => Expr) => {
  const expand = rewriteExpr((e) => {
    if (e.op === 'guard') {
      const [condition, yes, no] = e.args as readonly [Expr, Expr, Expr];
      if (![...partsOf([yes, no])].some(isTranscendental)) return undefined;
      // Loads alone stay guarded: parts of a formula can then have names, because they may be computed anywhere.
      const not = apply('not', 'bool', condition);
      const branches = [guardLoads(condition, yes), guardLoads(not, no)];
      return apply('select', e.dtype, ...[condition, ...branches].map((x) => expand(x)));
    }
    if (!('args' in e) || (e.dtype !== 'f32' && e.dtype !== 'f64')) return undefined;
    const a = expressions[e.dtype];
    const [x, y] = e.args as readonly [Expr, Expr];
    return isUnary(e.op)
      ? formulas[e.op](a, expand(x))
      : isBinary(e.op)
        ? binaryFormulas[e.op](a, expand(x), expand(y))
        : undefined;
  });
  return expand;
};

/** A kernel without transcendental operations; what writes its own loops does so when they are written. */
export const expandKernel = (kernel: LoopedKernel): LoopedKernel => {
  const expand = expander();
  const expandStores = (stores: MapKernel['stores']): MapKernel['stores'] =>
    stores.map(({ buffer, value }) => ({ buffer, value: expand(value) }));
  const expandPart = (part: MapKernel | ReduceKernel): MapKernel | ReduceKernel =>
    part.kind === 'map' ? { ...part, stores: expandStores(part.stores) } : { ...part, term: expand(part.term) };
  switch (kernel.kind) {
    case 'map':
    case 'reduce':
      return expandPart(kernel);
    case 'update':
      return { ...kernel, value: expand(kernel.value) };
    case 'maps':
      return { ...kernel, maps: kernel.maps.map((m) => ({ ...m, stores: expandStores(m.stores) })) };
    case 'rows':
      return { ...kernel, parts: kernel.parts.map(expandPart) };
    case 'contract':
      return {
        ...kernel,
        lhs: expand(kernel.lhs),
        rhs: expand(kernel.rhs),
        epilogue: expandStores(kernel.epilogue),
      };
    case 'loops':
      return kernel;
  }
};
