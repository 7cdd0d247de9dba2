// What the members of a family share: shape and batch rules, element loops, how they are lowered.
import { type Aval, aval, sameShape, showShape } from '../core/aval';
import { allocate, bool, type Data, type DType, dtypes, f64, i32, isFloat, isInteger } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply, type Lowering, type ScalarOp } from '../core/lowering';
import {
  type CheckRules,
  definePrimitive,
  LinearOperand,
  type Operand,
  type Params,
  type Primitive,
  type SimplifyRules,
  type Tangent,
  type Transpose,
  Zero,
} from '../core/primitive';
import {
  type AtLeastOne,
  type ConcreteArray,
  concreteArray,
  type Each,
  mapEach,
  type One,
  type Two,
  type Value,
  type Values,
} from '../core/value';
import type { BinaryFormulaName, FormulaName } from '../numerics/formulas';
import { binaryLoop, unaryLoop } from '../numerics/functions';
import { addTangents } from './fill';
import { broadcastInDim } from './views';

export type Accepts = 'float' | 'number' | 'integer' | 'shifted' | 'bits' | 'any';
const namesOf = (accepts: (d: DType) => boolean): string =>
  dtypes
    .filter(accepts)
    .map((d) => d.name)
    .join(', ');
const isShifted = (d: DType): boolean => d === i32 || d.kind === 'uint';
const acceptance: Readonly<Record<Accepts, readonly [(d: DType) => boolean, string]>> = {
  float: [isFloat, `a float dtype (${namesOf(isFloat)})`],
  number: [(d) => d !== bool, `a number dtype (${namesOf((d) => d !== bool)})`],
  integer: [isInteger, `an integer dtype (${namesOf(isInteger)})`],
  // Narrow integers are computed with their signs extended.
  shifted: [isShifted, `i32 or an unsigned dtype (${namesOf(isShifted)})`],
  bits: [(d) => !isFloat(d), `an integer dtype or bool (${namesOf((d) => !isFloat(d))})`],
  any: [() => true, 'any dtype'],
};

// Function declarations, not constants: primitives refer to each other in circles, and these are called while modules load.
export function checkDType(name: string, accepts: Accepts, dtype: DType): void {
  const [ok, wanted] = acceptance[accepts];
  if (!ok(dtype))
    throw new DTypeError(`${name}: expected ${wanted}, got ${dtype.name}. Convert with astype(x, dtype).`);
}

export function checkEqual(name: string, avals: readonly [Aval, ...Aval[]], sameType = true): void {
  const [first] = avals;
  for (const a of avals) {
    if (!sameShape(a.shape, first.shape))
      throw new ShapeError(`${name}: shapes ${showShape(first.shape)} and ${showShape(a.shape)} differ.`);
    if (sameType && a.dtype !== first.dtype)
      throw new DTypeError(`${name}: dtypes ${first.dtype.name} and ${a.dtype.name} differ.`);
  }
}

/** Gives an operand without the mapped axis one, so that all operands agree. */
export function materialise(size: number, x: Value, isMapped: boolean): Value {
  return isMapped
    ? x
    : broadcastInDim(
        x,
        [size, ...x.shape],
        x.shape.map((_, d) => d + 1),
      );
}

export function allMapped<A extends Values>(size: number, args: A, mapped: Each<A, boolean>): A {
  return args.map((x, i) => materialise(size, x, mapped[i] === true)) as Values as A;
}

type Cost = 'arithmetic' | 'transcendental';
type Pointwise<A extends Values> = Primitive<Params, A, One>;

/** Batch rule of primitives that work element by element. */
export function batchPointwise<P extends Params, A extends Values>(
  primitive: () => Primitive<P, A, One>,
): Primitive<P, A, One>['batch'] {
  return (size, args, mapped, params) => ({
    values: [bind1(primitive(), allMapped(size, args, mapped), params)],
    mapped: [true],
  });
}

function pointwise<A extends Values>(op: ScalarOp, cost: Cost): Lowering<Params, A, One> {
  return {
    kind: 'map',
    cost,
    element: ({ args, results: [{ dtype }], at, read }) => apply(op, dtype.name, ...args.map((_, i) => read(i, at))),
  };
}

/** The derivative with respect to one operand, applied to its tangent; null where the derivative is zero. */
export type Derivative<A extends Values> = ((t: Value, answer: Value, ...primals: A) => Value) | null;

/** A jvp rule from the derivative of each operand. */
export function jvpFrom<P extends Params, A extends Values>(
  primitive: () => Primitive<P, A, One>,
  derivatives: Each<A, Derivative<A>>,
): Primitive<P, A, One>['jvp'] {
  return (primals, tangents, params) => {
    const answer = bind1(primitive(), primals, params);
    let sum: Tangent = new Zero(answer.aval);
    tangents.forEach((t, i) => {
      const derivative = derivatives[i];
      if (derivative && !(t instanceof Zero)) sum = addTangents(sum, derivative(t, answer, ...primals));
    });
    return { primals: [answer], tangents: [sum] };
  };
}

/** The cotangent of operand K, in which the primitive is linear; of that one the rule knows the aval, of the others the values. */
type Cotangent<P, A extends Values, K> =
  | ((ct: Value, args: { readonly [J in keyof A]: J extends K ? LinearOperand : Value }, params: P) => Value)
  | null;
/** For each operand what its cotangent is; null where the primitive is not linear in it. */
export type Cotangents<P, A extends Values> = { readonly [K in keyof A]: Cotangent<P, A, K> };

/**
 * The transpose rule of a primitive of one result that is linear in each of some operands alone, or in several together whose rules then do
 * not look at each other. A cotangent that is zero stays so.
 */
export function transposeFrom<P extends Params, A extends Values>(rules: Cotangents<P, A>): Transpose<P, A, One> {
  const all = rules as readonly (((ct: Value, args: Each<A, Operand>, params: P) => Value) | null)[];
  return ([ct], args, params) =>
    mapEach(args, (x: Operand, i) => {
      if (!isLinear(x)) return null;
      if (ct instanceof Zero) return new Zero(x.aval);
      return all[i]?.(ct, args, params) ?? null;
    });
}

interface PointwiseRules<A extends Values> extends SimplifyRules<Params, A>, CheckRules<Params, A> {
  readonly accepts: Accepts;
  readonly op: ScalarOp;
  readonly cost?: Cost;
  readonly result?: DType;
  readonly jvp: Each<A, Derivative<A>>;
  readonly transpose?: Cotangents<Params, A>;
}
interface Unary extends PointwiseRules<One> {
  /** The reference: exact or double precision; the store rounds. */
  readonly f: (x: number, dtype: DType) => number;
}
interface Binary extends PointwiseRules<Two> {
  readonly f: (x: number, y: number, dtype: DType) => number;
}
interface BinaryTranscendental extends SimplifyRules<Params, Two> {
  readonly op: BinaryFormulaName;
  readonly jvp: readonly [Derivative<Two>, Derivative<Two>];
  readonly integer?: (x: number, y: number) => number;
}

function definePointwise<A extends AtLeastOne>(
  name: string,
  { accepts, op, cost = 'arithmetic', result, jvp, transpose, simplify, divisor }: PointwiseRules<A>,
  loop: (args: Each<A, ConcreteArray>, out: Data) => void,
): Pointwise<A> {
  const primitive: Pointwise<A> = definePrimitive<Params, A, One>(name, {
    impl: (args) => {
      const [x] = args;
      const dtype = result ?? x.dtype;
      const out = allocate(dtype, x.data.length);
      loop(args, out);
      return [concreteArray(x.shape, dtype, out)];
    },
    shape: (avals) => {
      const [x] = avals;
      checkDType(name, accepts, x.dtype);
      checkEqual(name, avals);
      return [aval(x.shape, result ?? x.dtype)];
    },
    jvp: jvpFrom(() => primitive, jvp),
    transpose: transpose === undefined ? null : transposeFrom(transpose),
    batch: batchPointwise(() => primitive),
    simplify,
    divisor,
    lower: pointwise(op, cost),
  });
  return primitive;
}

/** A primitive of one operand, element by element. */
export function unary(name: string, rules: Unary): (x: Value) => Value {
  const { f } = rules;
  const primitive = definePointwise(name, rules, ([{ data, dtype }], out) => {
    for (let i = 0; i < data.length; i++) out[i] = f(data[i] as number, dtype);
  });
  return (x) => bind1(primitive, [x], {});
}

/** A primitive of one operand that is a formula of numerics. */
export function transcendental(
  name: string,
  op: FormulaName,
  jvp: Derivative<One>,
  cost: Cost = 'transcendental',
): (x: Value) => Value {
  const loops = unaryLoop(op);
  const primitive = definePointwise<One>(name, { accepts: 'float', cost, op, jvp: [jvp] }, ([{ data, dtype }], out) =>
    loops[dtype === f64 ? 'f64' : 'f32']()(data, out),
  );
  return (x) => bind1(primitive, [x], {});
}

/** A primitive of two operands that is a formula of numerics for floats; `integer` is for the others. */
export function transcendentalBinary(name: string, rules: BinaryTranscendental): (x: Value, y: Value) => Value {
  const { op, integer, jvp, simplify } = rules;
  const loops = binaryLoop(op);
  const accepts = integer === undefined ? 'float' : 'number';
  const primitive = definePointwise<Two>(
    name,
    { accepts, cost: 'transcendental', op, jvp, simplify },
    ([{ data: a, dtype }, { data: b }], out) => {
      if (integer === undefined || isFloat(dtype)) loops[dtype === f64 ? 'f64' : 'f32']()(a, b, out);
      else for (let i = 0; i < a.length; i++) out[i] = integer(a[i] as number, b[i] as number);
    },
  );
  return (x, y) => bind1(primitive, [x, y], {});
}

/** A primitive of two operands of equal shape and dtype, element by element. */
export function binary(name: string, rules: Binary): (x: Value, y: Value) => Value {
  const { f } = rules;
  const primitive = definePointwise(name, rules, ([{ data: a, dtype }, { data: b }], out) => {
    for (let i = 0; i < a.length; i++) out[i] = f(a[i] as number, b[i] as number, dtype);
  });
  return (x, y) => bind1(primitive, [x, y], {});
}

export function isLinear(x: Operand): x is LinearOperand {
  return x instanceof LinearOperand;
}

/** Transpose rule of a primitive linear in its only operand, of which the rule knows the aval. */
export function transposeUnary<P extends Params>(f: (ct: Value, x: Aval, params: P) => Value): Transpose<P, One, One> {
  return transposeFrom<P, One>([(ct, [x], params) => f(ct, x.aval, params)]);
}

/** Transpose rule of a primitive linear in each of its two operands, or in one of them. */
export function transposeBinary<P extends Params>(rules: Cotangents<P, Two>): Transpose<P, Two, One> {
  return transposeFrom<P, Two>(rules);
}

/** jvp rule of a primitive linear in its first operand and without derivative in the others. */
export function jvpLinear<P extends Params, Rest extends Values>(
  primitive: () => Primitive<P, readonly [Value, ...Rest], One>,
): Primitive<P, readonly [Value, ...Rest], One>['jvp'] {
  return ([x, ...rest], [t], params) => {
    const at = (v: Value): Value => bind1(primitive(), [v, ...rest], params);
    const answer = at(x);
    return { primals: [answer], tangents: [t instanceof Zero ? new Zero(answer.aval) : at(t)] };
  };
}

/** jvp rule of a primitive linear in each of its two operands. */
export function jvpBilinear<P extends Params>(primitive: () => Primitive<P, Two, One>): Primitive<P, Two, One>['jvp'] {
  return ([x, y], [tx, ty], params) => {
    const at = (a: Value, b: Value): Value => bind1(primitive(), [a, b], params);
    const answer = at(x, y);
    const zero = new Zero(answer.aval);
    const left = tx instanceof Zero ? zero : at(tx, y);
    const right = ty instanceof Zero ? zero : at(x, ty);
    return { primals: [answer], tangents: [addTangents(left, right)] };
  };
}

/** jvp rule of a primitive without derivative. */
export function jvpZero<P extends Params, A extends Values>(
  primitive: () => Primitive<P, A, One>,
): Primitive<P, A, One>['jvp'] {
  return (primals, _tangents, params) => {
    const answer = bind1(primitive(), primals, params);
    return { primals: [answer], tangents: [new Zero(answer.aval)] };
  };
}

/** jvp rule of a primitive whose only result has a derivative by its first operand alone. */
export function jvpOf<P extends Params, A extends AtLeastOne>(
  primitive: () => Primitive<P, A, One>,
  derivative: (t: Value, answer: Value, primals: A, params: P) => Tangent,
): Primitive<P, A, One>['jvp'] {
  return (primals, [t], params) => {
    const answer = bind1(primitive(), primals, params);
    const tangent = t instanceof Zero ? new Zero(answer.aval) : derivative(t, answer, primals, params);
    return { primals: [answer], tangents: [tangent] };
  };
}

/** Batch rule of a one-operand primitive whose parameters move by one axis. */
export function batchUnary<P extends Params>(
  primitive: () => Primitive<P, One, One>,
  shift: (params: P, size: number) => P,
): Primitive<P, One, One>['batch'] {
  return (size, args, _mapped, params) => ({
    values: [bind1(primitive(), args, shift(params, size))],
    mapped: [true],
  });
}
