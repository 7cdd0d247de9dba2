// A primitive is one record: what it computes, its shape, and how each transform passes through it.
import type { Aval } from './aval';
import { ArgumentError } from './errors';
import type { Atom, Jaxpr } from './jaxpr';
import type { Lowering } from './lowering';
import type { ConcreteArray, Each, Value, Values } from './value';

/** Static parameters of a primitive: axes, sizes, inner programs; never tensors. */
export type Params = Readonly<Record<string, unknown>>;

/** A tangent or cotangent known to be zero without computing it. */
export class Zero {
  readonly zero = true;
  constructor(readonly aval: Aval) {}
}
export type Tangent = Value | Zero;
export const isNonzero = (t: Tangent): t is Value => !(t instanceof Zero);

/** Stands for an operand that a linear program is transposed with respect to. */
export class LinearOperand {
  readonly linear = true;
  constructor(readonly aval: Aval) {}
}
export type Operand = Value | LinearOperand;
export const isKnown = (x: Operand): x is Value => !(x instanceof LinearOperand);
/** The value of an operand in which the primitive is never linear. */
export const known = (x: Operand): Value => {
  if (x instanceof LinearOperand) throw new TypeError('internal: an operand that is not linear is transposed');
  return x;
};

export interface JvpResult<R extends Values = Values> {
  readonly primals: R;
  readonly tangents: Each<R, Tangent>;
}
export interface BatchResult<R extends Values = Values> {
  readonly values: R;
  /** Which results carry the mapped axis; it is always axis 0. */
  readonly mapped: Each<R, boolean>;
}
/** What is left of an equation when only some of its inputs are known. */
export interface PartialResult {
  readonly known: readonly (Value | null)[];
  readonly staged: {
    readonly primitive: Primitive;
    readonly residuals: readonly Value[];
    readonly params: Params;
    readonly avals: readonly Aval[];
  };
}

/** Runs a program that a primitive carries; `place` says which step or branch it is, in words. */
export type RunProgram = (program: Jaxpr, args: readonly ConcreteArray[], place: string) => readonly ConcreteArray[];
/** What is left of an equation when only some of its results are used: the operands and results that stay, and their parameters. */
export interface Pruned<P> {
  readonly operands: readonly boolean[];
  readonly results: readonly boolean[];
  readonly params: P;
}

/**
 * The rules of a primitive. Methods, not function properties, so that a primitive with precise
 * parameters is a Primitive.
 *
 * - `impl`: the naive reference, on arrays; rounds to the dtype, sums in the fixed order; control flow runs its programs by `run`,
 *   compiled where that is left out
 * - `shape`: avals of the results; throws a typed error when operands do not fit
 * - `jvp`: results and their tangents; at least one tangent is not Zero
 * - `transpose`: cotangents of the linear operands (null for the others), or null for a primitive that is not linear
 * - `batch`: the mapped operands have the mapped axis in front; at least one is mapped
 * - `lower`: how the compiler computes it
 */
export interface Rules<P, A extends Values = Values, R extends Values = Values> {
  impl(args: Each<A, ConcreteArray>, params: P, run?: RunProgram): Each<R, ConcreteArray>;
  shape(args: Each<A, Aval>, params: P): Each<R, Aval>;
  jvp(primals: A, tangents: Each<A, Tangent>, params: P): JvpResult<R>;
  readonly transpose: Transpose<P, A, R> | null;
  batch(size: number, args: A, mapped: Each<A, boolean>, params: P): BatchResult<R>;
  readonly lower: Lowering<P, A, R>;
}
interface TransposeMethod<P, A extends Values, R extends Values> {
  rule(cotangents: Each<R, Tangent>, args: Each<A, Operand>, params: P): Each<A, Tangent | null>;
}
/** A method's type, so that it is bivariant in P and A. */
export type Transpose<P, A extends Values = Values, R extends Values = Values> = TransposeMethod<P, A, R>['rule'];

/** Rules that only primitives carrying programs need. */
export interface ProgramRules<P, A extends Values = Values, R extends Values = Values> {
  /** Splits the equation when some inputs are known: those are computed now, the rest is staged. */
  partialEval?(args: readonly (Value | LinearOperand)[], params: P): PartialResult;
  /** Turns functions in the parameters into programs, before the equation is recorded. */
  stage?(args: readonly Value[], params: P): { readonly args: readonly Value[]; readonly params: P };
  /** The same without what the used results, at least one, do not need. */
  prune?(isUsed: readonly boolean[], params: P): Pruned<P>;
  /** What it is along the mapped axis that its parameter `axisName` names; mapped operands have that axis in front. */
  collective?(size: number, args: A, mapped: Each<A, boolean>, params: P): BatchResult<R>;
}

/** An equation as its `simplify` rule sees it. */
export interface Simplifiable<P, A extends Values = Values> {
  readonly params: P;
  readonly operands: Each<A, Atom>;
  readonly result: Aval;
  /** The operand and the parameters of the equation that gives the first operand, where that is of this primitive, too. */
  readonly inner: { readonly operand: Atom; readonly params: P } | null;
  /** The one number that all elements of an operand are, where that is known. */
  uniform(operand: Atom): number | null;
}
/** What gives the same bits: a value that is there already, or this primitive with other parameters, applied to another operand. */
export type Simpler<P> = Atom | { readonly operand: Atom; readonly params: P };
interface SimplifyMethod<P, A extends Values> {
  rule(equation: Simplifiable<P, A>): Simpler<P> | null;
}
/** A method's type, so that it is bivariant in P and A. */
export type Simplify<P, A extends Values = Values> = SimplifyMethod<P, A>['rule'];
/** What the compiler may do with an equation whatever its operands' elements are. */
export interface SimplifyRules<P, A extends Values = Values> {
  /** The same results with less work; null if there is nothing simpler. A value of another shape or dtype than the result is ignored. */
  readonly simplify?: Simplify<P, A> | undefined;
}

/** What a call may get wrong that its shapes do not tell: for those who look at the numbers. */
export interface CheckRules<P, A extends Values = Values> {
  /** The operand that the others are divided by. */
  readonly divisor?: number | undefined;
  /** Which axis of the first operand each component of the second one, an index vector, addresses, and how far a window reaches on every axis. */
  indexed?(args: Each<A, Aval>, params: P): { readonly axes: readonly number[]; readonly sizes: readonly number[] };
}

/** What is done beside computing. */
export interface EffectRules {
  /** Applying it does something that is seen outside: it is never left out, and never done once for two. */
  readonly hasEffect?: true;
}

/** All that a primitive is defined by. */
export interface Definition<P = Params, A extends Values = Values, R extends Values = Values>
  extends Rules<P, A, R>,
    ProgramRules<P, A, R>,
    SimplifyRules<P, A>,
    CheckRules<P, A>,
    EffectRules {}

/** Of operands A and results R: a tuple where their number is fixed. */
export interface Primitive<P = Params, A extends Values = Values, R extends Values = Values>
  extends Definition<P, A, R> {
  readonly name: string;
}

const registry = new Map<string, Primitive>();

/** Every primitive defined so far: the laws go through this list. */
export const allPrimitives = (): readonly Primitive[] => [...registry.values()];

/**
 * Defines a primitive from its rules.
 *
 * @throws ArgumentError when the name is taken
 */
export const definePrimitive = <P = Params, A extends Values = Values, R extends Values = Values>(
  name: string,
  rules: Definition<P, A, R>,
): Primitive<P, A, R> => {
  if (registry.has(name)) throw new ArgumentError(`definePrimitive: there is already a primitive named '${name}'.`);
  const primitive: Primitive<P, A, R> = { name, ...rules };
  registry.set(name, primitive as Primitive);
  return primitive;
};
