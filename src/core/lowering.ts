// How a primitive is computed, for the compiler: scalar expressions over index expressions, of no target.
import type { Aval } from './aval';
import type { DTypeName } from './dtype';
import type { Jaxpr } from './jaxpr';
import type { Each, Values } from './value';

/**
 * What one step does to one element. Integer division and remainder of index arithmetic are 'idiv' and 'imod'. Of floats only, and
 * only in formulas that stand for transcendental functions:
 * - 'pow2': 2ᵏ of k + r, for an integral k in the range of normal exponents and the r = 1.5 · 2²³ + 127 or 1.5 · 2⁵² + 1023 that leaves
 *   the biased exponent in the lowest bits
 * - 'exponent', 'mantissa': k and m of x = 2ᵏ m, 1 <= m < 2, for a positive normal x; all three are anything elsewhere
 * - 'copySign': the magnitude of the first operand with the sign of the second, which may be -0
 * - 'rarely': (condition, then, else), a select whose condition hardly ever holds and whose second operand is slow; a target first asks
 *   whether it holds in any lane
 * - 'sinOfHuge', 'cosOfHuge', 'tanOfHuge': the host's Math.sin, Math.cos, Math.tan, rounded to the dtype
 */
export type ScalarOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'rem'
  | 'pow'
  | 'max'
  | 'min'
  | 'atan2'
  | 'and'
  | 'or'
  | 'xor'
  | 'not'
  | 'shiftLeft'
  | 'shiftRightLogical'
  | 'shiftRightArithmetic'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'isFinite'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'log10'
  | 'sqrt'
  | 'rsqrt'
  | 'cbrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'logistic'
  | 'softplus'
  | 'logaddexp'
  | 'hypot'
  | 'erf'
  | 'erfInv'
  | 'select'
  | 'guard'
  | 'convert'
  | 'bitcast'
  | 'pow2'
  | 'exponent'
  | 'mantissa'
  | 'copySign'
  | 'rarely'
  | 'sinOfHuge'
  | 'cosOfHuge'
  | 'tanOfHuge'
  | 'idiv'
  | 'imod';

/**
 * A scalar expression. `dtype` is the result's. 'select' and 'guard' take (condition, then, else); a guard's branches may only
 * be evaluated where they are chosen, because they read where the other one must not.
 */
export type Expr =
  | { readonly op: 'const'; readonly dtype: DTypeName; readonly value: number }
  | { readonly op: 'index'; readonly dtype: 'i32'; readonly name: string }
  | { readonly op: 'local'; readonly dtype: DTypeName; readonly name: string }
  | { readonly op: 'load'; readonly dtype: DTypeName; readonly buffer: number; readonly at: Expr }
  | { readonly op: ScalarOp; readonly dtype: DTypeName; readonly args: readonly Expr[] };

export const constant = (value: number, dtype: DTypeName): Expr => ({ op: 'const', dtype, value });
export const apply = (op: ScalarOp, dtype: DTypeName, ...args: readonly Expr[]): Expr => ({ op, dtype, args });
const int = (value: number): Expr => constant(value, 'i32');
const isInt = (e: Expr, value: number): boolean => e.op === 'const' && e.value === value;

/** Index arithmetic, simplified as it is built. Indices are never negative where idiv and imod are used; along an axis of length 0 there are none. */
export const index = {
  int,
  add: (a: Expr, b: Expr): Expr =>
    isInt(a, 0)
      ? b
      : isInt(b, 0)
        ? a
        : a.op === 'const' && b.op === 'const'
          ? int(a.value + b.value)
          : apply('add', 'i32', a, b),
  sub: (a: Expr, b: Expr): Expr =>
    isInt(b, 0) ? a : a.op === 'const' && b.op === 'const' ? int(a.value - b.value) : apply('sub', 'i32', a, b),
  mul: (a: Expr, b: Expr): Expr =>
    isInt(a, 1)
      ? b
      : isInt(b, 1)
        ? a
        : isInt(a, 0) || isInt(b, 0)
          ? int(0)
          : a.op === 'const' && b.op === 'const'
            ? int(a.value * b.value)
            : apply('mul', 'i32', a, b),
  div: (a: Expr, b: number): Expr =>
    b === 1 ? a : b === 0 ? int(0) : a.op === 'const' ? int(Math.floor(a.value / b)) : apply('idiv', 'i32', a, int(b)),
  mod: (a: Expr, b: number): Expr =>
    b === 1 || b === 0 ? int(0) : a.op === 'const' ? int(a.value % b) : apply('imod', 'i32', a, int(b)),
  and: (a: Expr, b: Expr): Expr => (isInt(a, 1) ? b : isInt(b, 1) ? a : apply('and', 'bool', a, b)),
  ge: (a: Expr, b: Expr): Expr => apply('ge', 'bool', a, b),
  lt: (a: Expr, b: Expr): Expr => apply('lt', 'bool', a, b),
  eq: (a: Expr, b: Expr): Expr => apply('eq', 'bool', a, b),
  select: (c: Expr, a: Expr, b: Expr): Expr => (isInt(c, 1) ? a : isInt(c, 0) ? b : apply('guard', a.dtype, c, a, b)),
  clamp: (a: Expr, low: number, high: number): Expr => apply('min', 'i32', apply('max', 'i32', a, int(low)), int(high)),
  or: (a: Expr, b: Expr): Expr => (isInt(a, 0) ? b : isInt(b, 0) ? a : apply('or', 'bool', a, b)),
  /** Where in a row-major array of this shape the element at these indices lies. */
  flatten: (at: readonly Expr[], shape: readonly number[]): Expr => {
    let flat = int(0);
    for (let d = 0; d < shape.length; d++) flat = index.add(index.mul(flat, int(shape[d] as number)), at[d] as Expr);
    return flat;
  },
  /** The inverse of flatten. */
  unflatten: (flat: Expr, shape: readonly number[]): Expr[] => {
    const at = new Array<Expr>(shape.length);
    let rest = flat;
    for (let d = shape.length - 1; d >= 0; d--) {
      at[d] = d === 0 ? rest : index.mod(rest, shape[d] as number);
      if (d > 0) rest = index.div(rest, shape[d] as number);
    }
    return at;
  },
};

/** One element of a result, pulled from elements of the operands. */
export interface MapContext<P, A extends Values = Values, R extends Values = Values> {
  readonly params: P;
  readonly args: Each<A, Aval>;
  readonly results: Each<R, Aval>;
  /** Which result is asked for, and where. */
  readonly result: number;
  readonly at: readonly Expr[];
  /** The element of an operand at these indices. An index that is only valid under a condition must be guarded by index.select. */
  read(operand: number, at: readonly Expr[]): Expr;
}
interface MapMethod<P, A extends Values = Values, R extends Values = Values> {
  element(context: MapContext<P, A, R>): Expr;
  windowPlace?(context: MapContext<P, A, R>): readonly Expr[];
  permutation?(params: P): readonly number[];
  part?(params: P): Part;
}
/** What lies from `start` to `limit`, in these strides. */
export interface Part {
  readonly start: readonly number[];
  readonly limit: readonly number[];
  readonly strides: readonly number[];
}

/** What a contraction is asked for: the index expressions of its group, of a row or column, and of a term. */
export interface ContractContext<P, A extends Values = Values, R extends Values = Values> {
  readonly params: P;
  readonly args: Each<A, Aval>;
  readonly results: Each<R, Aval>;
  readonly group: Expr;
  readonly line: Expr;
  readonly term: Expr;
  read(operand: number, at: readonly Expr[]): Expr;
}
/** result[group, row, column] = Σ lhs[group, row, term] · rhs[group, column, term], for `term` in order; columns lie next to each other. */
export interface Contraction {
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** How far apart the results of neighbouring groups and rows lie. */
  readonly groupStep: number;
  readonly rowStep: number;
  /** Elements of the operands; `line` is the row for lhs and the column for rhs. */
  readonly lhs: Expr;
  readonly rhs: Expr;
}
interface ContractMethods<P, A extends Values = Values, R extends Values = Values> {
  contraction(context: ContractContext<P, A, R>): Contraction;
  exchanged?(params: P, args: Each<A, Aval>): { readonly params: P; readonly permutation: readonly number[] };
  origins?(params: P, args: Each<A, Aval>): readonly (readonly [lhs: number | null, rhs: number | null])[];
}

/** What a combination of the elements of a window is asked for: one term of one element of the result. */
export interface WindowContext<P, A extends Values = Values, R extends Values = Values> extends MapContext<P, A, R> {
  readonly term: Expr;
}
interface WindowMethods<P, A extends Values = Values, R extends Values = Values> {
  /** How many terms there are, and whether some of them are guarded. */
  terms(params: P, args: Each<A, Aval>): { readonly count: number; readonly guarded: boolean };
  element(context: WindowContext<P, A, R>): Expr;
}

/** Elements that loops read and write, each at its row-major place. */
export interface LoopArray {
  load(at: Expr): Expr;
  store(at: Expr, value: Expr): void;
}
/** What loops may run in any order, or at once, and what they must not. */
export type LoopOrder = 'any' | 'ascending';
/** What a primitive writes its own loops with. Statements are written where the methods are called. */
export interface LoopsContext<P, A extends Values = Values, R extends Values = Values> {
  readonly params: P;
  readonly args: Each<A, Aval>;
  readonly results: Each<R, Aval>;
  /** The element of an operand at this row-major place. */
  load(operand: number, at: Expr): Expr;
  result(i: number): LoopArray;
  /** Memory of these loops alone: what it holds before they have written it is not known. */
  scratch(dtype: DTypeName, size: number): LoopArray;
  /** A loop over 0 <= i < extent. */
  for(extent: number | Expr, order: LoopOrder, body: (i: Expr) => void): void;
  while(condition: Expr, body: () => void): void;
  /** The value, computed here and once. */
  let(value: Expr): Expr;
  /** A value that changes. */
  variable(value: Expr): { readonly value: Expr; set(value: Expr): void };
}
interface LoopsMethod<P, A extends Values = Values, R extends Values = Values> {
  write(context: LoopsContext<P, A, R>): void;
}

/** What an operand of a loop is: the same in every step, carried from step to step, or an array whose elements the steps see. */
export type Role = 'const' | 'carry' | 'x';
/**
 * Programs that run more than once, or not at all, on the operands of a primitive.
 * - scan: `step` for every element of the leading axis of operands that are an 'x', from the last to the first if `reverse`. `feeds` says
 *   which operand a result of the step becomes in the next one; null for results that are stacked.
 * - while: `body` as long as `condition` holds; result k of the body becomes operand carry[k].
 * - cond: the branch that the first operand numbers, the nearest one if there is none of that number, on the other operands.
 */
export type Flow =
  | {
      readonly kind: 'scan';
      readonly step: Jaxpr;
      readonly roles: readonly Role[];
      readonly feeds: readonly (number | null)[];
      readonly length: number;
      readonly reverse: boolean;
    }
  | { readonly kind: 'while'; readonly condition: Jaxpr; readonly body: Jaxpr; readonly carry: readonly number[] }
  | { readonly kind: 'cond'; readonly branches: readonly Jaxpr[] };
interface FlowMethod<P> {
  flow(params: P): Flow;
}
interface ReduceMethod<P> {
  axes(params: P): readonly number[];
}
interface InlineMethod<P> {
  program(params: P): Jaxpr | null;
}

/**
 * - map: every element of the result is a scalar expression of elements of the operands (pointwise and view operations alike).
 *   `cost`: 'view' moves or copies elements, 'arithmetic' is a few cycles, 'transcendental' is worth computing once.
 *   `sameOrder`: the result is the operand's elements in the same row-major order (reshape).
 *   `repeats`: every element of the result is one of the only operand's, so that a number that is repeated stays one.
 *   `isGuarded`: an operand's element is read under a condition (index.select).
 *   `permutation`: the result is the operand with its axes permuted; result axis i is operand axis permutation[i].
 *   `part`: the result is a part of the operand; the parameters of the part are those of the primitive.
 * - reduce: one operand, combined over `axes`
 * - window: every element of the result is a few terms combined, one after the other
 * - contract: sums of products of two operands' elements. `isGuarded` as for a map; `exchanged`: the parameters for the operands in the other
 *   order, and the permutation of the axes of the result that this amounts to; `origins`: the axes of the operands that each axis of the
 *   result is.
 * - loops: the primitive writes them itself
 * - call: `impl` is the kernel
 * - inline: the primitive stands for a program, which the compiler puts in its place; null where there is none to compute
 * - control: loops and branches around the primitive's programs
 */
export type Lowering<P, A extends Values = Values, R extends Values = Values> =
  | {
      readonly kind: 'map';
      readonly cost: 'view' | 'arithmetic' | 'transcendental';
      readonly sameOrder?: boolean;
      readonly repeats?: boolean;
      readonly isGuarded?: boolean;
      readonly permutation?: NonNullable<MapMethod<P, A, R>['permutation']>;
      /** Whether elements are only chosen or converted, so that those of narrow dtypes need not be widened; views move them. */
      readonly takesStored?: true;
      readonly part?: NonNullable<MapMethod<P, A, R>['part']>;
      readonly element: MapMethod<P, A, R>['element'];
      /** Set where the result is the first operand but for a window: of the second one's shape, whose element `at` lies there in the result. */
      readonly windowPlace?: NonNullable<MapMethod<P, A, R>['windowPlace']>;
    }
  | {
      readonly kind: 'reduce';
      readonly combine: 'add' | 'mul' | 'max' | 'min';
      readonly axes: ReduceMethod<P>['axes'];
    }
  | {
      readonly kind: 'window';
      readonly combine: 'add' | 'max';
      readonly terms: WindowMethods<P, A, R>['terms'];
      readonly element: WindowMethods<P, A, R>['element'];
    }
  | { readonly kind: 'loops'; readonly write: LoopsMethod<P, A, R>['write'] }
  | {
      readonly kind: 'contract';
      readonly isGuarded?: boolean;
      readonly contraction: ContractMethods<P, A, R>['contraction'];
      readonly exchanged?: NonNullable<ContractMethods<P, A, R>['exchanged']>;
      readonly origins?: NonNullable<ContractMethods<P, A, R>['origins']>;
    }
  | { readonly kind: 'call' }
  | { readonly kind: 'inline'; readonly program: InlineMethod<P>['program'] }
  | { readonly kind: 'control'; readonly flow: FlowMethod<P>['flow'] };
