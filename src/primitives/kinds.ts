// What the members of a family share: shape and batch rules, element loops, how they are lowered.
import { type Aval, aval, sameShape, showShape } from '../core/aval';
import { allocate, bool, type Data, type DType, f64, isFloat, isInteger } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply, type Lowering, type ScalarOp } from '../core/lowering';
import {
  definePrimitive,
  LinearOperand,
  type Operand,
  type Params,
  type Primitive,
  type Simplify,
  type Tangent,
  type Transpose,
  Zero,
} from '../core/primitive';
import { type ConcreteArray, concreteArray, type Value } from '../core/value';
import type { BinaryFormulaName, FormulaName } from '../numerics/formulas';
import { binaryLoop, unaryLoop } from '../numerics/functions';
import { addTangents } from './fill';
import { broadcastInDim } from './views';

export type Accepts = 'float' | 'number' | 'integer' | 'bits' | 'any';
const acceptance: Readonly<Record<Accepts, readonly [(d: DType) => boolean, string]>> = {
  float: [isFloat, 'f32 or f64'],
  number: [(d) => d !== bool, 'a number type (f32, f64, i32, u32)'],
  integer: [isInteger, 'i32 or u32'],
  bits: [(d) => !isFloat(d), 'i32, u32 or bool'],
  any: [() => true, 'any dtype'],
};

// Function declarations, not constants: primitives refer to each other in circles, and these are called while modules load.
export function checkDType(name: string, accepts: Accepts, dtype: DType): void {
  const [ok, wanted] = acceptance[accepts];
  if (!ok(dtype))
    throw new DTypeError(`${name}: expected ${wanted}, got ${dtype.name}. Convert with astype(x, dtype).`);
}

export function checkEqual(name: string, avals: readonly Aval[], sameType = true): void {
  const [first] = avals as readonly [Aval];
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

export function allMapped(size: number, args: readonly Value[], mapped: readonly boolean[]): Value[] {
  return args.map((x, i) => materialise(size, x, mapped[i] as boolean));
}

/** Batch rule of primitives that work element by element. */
export function batchPointwise(primitive: () => Primitive): Primitive['batch'] {
  return (size, args, mapped, params) => ({
    values: [bind1(primitive(), allMapped(size, args, mapped), params)],
    mapped: [true],
  });
}

type Cost = 'arithmetic' | 'transcendental';
function pointwise(op: ScalarOp, cost: Cost): Lowering<Params> {
  return {
    kind: 'map',
    cost,
    element: ({ args, results, at, read }) =>
      apply(op, (results[0] as Aval).dtype.name, ...args.map((_, i) => read(i, at))),
  };
}

/** The derivative with respect to one operand, applied to its tangent; null where the derivative is zero. */
export type Derivative = ((t: Value, answer: Value, ...primals: Value[]) => Value) | null;

/** A jvp rule from the derivative of each operand. */
export function jvpFrom(primitive: () => Primitive, derivatives: readonly Derivative[]): Primitive['jvp'] {
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

interface Pointwise {
  readonly accepts: Accepts;
  readonly op: ScalarOp;
  readonly cost?: Cost;
  readonly result?: DType;
  readonly transpose?: Transpose<Params>;
  readonly simplify?: Simplify<Params> | undefined;
  readonly divisor?: number;
}
interface Unary extends Pointwise {
  /** The reference: exact or double precision; the store rounds. */
  readonly f: (x: number, dtype: DType) => number;
  readonly jvp: Derivative;
}
interface Binary extends Pointwise {
  readonly f: (x: number, y: number, dtype: DType) => number;
  readonly jvp: readonly [Derivative, Derivative];
}

interface BinaryTranscendental {
  readonly op: BinaryFormulaName;
  readonly jvp: readonly [Derivative, Derivative];
  readonly integer?: (x: number, y: number) => number;
  readonly simplify?: Simplify<Params>;
}

function definePointwise(
  name: string,
  { accepts, op, cost = 'arithmetic', result, transpose, simplify, divisor }: Pointwise,
  derivatives: readonly Derivative[],
  loop: (args: readonly ConcreteArray[], out: Data) => void,
): Primitive {
  const primitive: Primitive = definePrimitive<Params>(name, {
    impl: (args) => {
      const [x] = args as readonly [ConcreteArray];
      const dtype = result ?? x.dtype;
      const out = allocate(dtype, x.data.length);
      loop(args, out);
      return [concreteArray(x.shape, dtype, out)];
    },
    shape: (avals) => {
      const [x] = avals as readonly [Aval];
      checkDType(name, accepts, x.dtype);
      checkEqual(name, avals);
      return [aval(x.shape, result ?? x.dtype)];
    },
    jvp: jvpFrom(() => primitive, derivatives),
    transpose: transpose ?? null,
    batch: batchPointwise(() => primitive),
    lower: pointwise(op, cost),
    simplify,
    divisor,
  });
  return primitive;
}

/** A primitive of one operand, element by element. */
export function unary(name: string, rules: Unary): (x: Value) => Value {
  const { f } = rules;
  const primitive = definePointwise(name, rules, [rules.jvp], ([x], out) => {
    const { data, dtype } = x as ConcreteArray;
    for (let i = 0; i < data.length; i++) out[i] = f(data[i] as number, dtype);
  });
  return (x) => bind1(primitive, [x], {});
}

/** A primitive of one operand that is a formula of numerics. */
export function transcendental(
  name: string,
  op: FormulaName,
  jvp: Derivative,
  cost: Cost = 'transcendental',
): (x: Value) => Value {
  const loops = unaryLoop(op);
  const rules = { accepts: 'float', cost, op } as const;
  const primitive = definePointwise(name, rules, [jvp], ([x], out) => {
    const { data, dtype } = x as ConcreteArray;
    loops[dtype === f64 ? 'f64' : 'f32']()(data, out);
  });
  return (x) => bind1(primitive, [x], {});
}

/** A primitive of two operands that is a formula of numerics for floats; `integer` is for the others. */
export function transcendentalBinary(name: string, rules: BinaryTranscendental): (x: Value, y: Value) => Value {
  const { op, integer, simplify } = rules;
  const loops = binaryLoop(op);
  const accepts = integer === undefined ? 'float' : 'number';
  const primitive = definePointwise(
    name,
    { accepts, cost: 'transcendental', op, simplify },
    rules.jvp,
    ([x, y], out) => {
      const { data: a, dtype } = x as ConcreteArray;
      const { data: b } = y as ConcreteArray;
      if (integer === undefined || isFloat(dtype)) loops[dtype === f64 ? 'f64' : 'f32']()(a, b, out);
      else for (let i = 0; i < a.length; i++) out[i] = integer(a[i] as number, b[i] as number);
    },
  );
  return (x, y) => bind1(primitive, [x, y], {});
}

/** A primitive of two operands of equal shape and dtype, element by element. */
export function binary(name: string, rules: Binary): (x: Value, y: Value) => Value {
  const { f } = rules;
  const primitive = definePointwise(name, rules, rules.jvp, ([x, y], out) => {
    const { data: a, dtype } = x as ConcreteArray;
    const { data: b } = y as ConcreteArray;
    for (let i = 0; i < a.length; i++) out[i] = f(a[i] as number, b[i] as number, dtype);
  });
  return (x, y) => bind1(primitive, [x, y], {});
}

export function isLinear(x: Operand | undefined): x is LinearOperand {
  return x instanceof LinearOperand;
}

/** Transpose rule of a primitive linear in its only operand. */
export function transposeUnary<P extends Params>(f: (ct: Value, operand: Aval, params: P) => Value): Transpose<P> {
  return ([ct], [x], params) => {
    const operand = (x as Operand).aval;
    return [ct instanceof Zero || ct === undefined ? new Zero(operand) : f(ct, operand, params)];
  };
}

/** jvp rule of a primitive linear in its first operand and without derivative in the others. */
export function jvpLinear<P extends Params>(primitive: () => Primitive<P>): Primitive<P>['jvp'] {
  return (primals, [t], params) => {
    const at = (x: Value): Value => bind1(primitive(), [x, ...primals.slice(1)], params);
    const answer = at(primals[0] as Value);
    return { primals: [answer], tangents: [t === undefined || t instanceof Zero ? new Zero(answer.aval) : at(t)] };
  };
}

/** jvp rule of a primitive linear in each of its two operands. */
export function jvpBilinear<P extends Params>(primitive: () => Primitive<P>): Primitive<P>['jvp'] {
  return ([x, y], [tx, ty], params) => {
    const at = (a: Value, b: Value): Value => bind1(primitive(), [a, b], params);
    const answer = at(x as Value, y as Value);
    const zero = new Zero(answer.aval);
    const left = tx === undefined || tx instanceof Zero ? zero : at(tx, y as Value);
    const right = ty === undefined || ty instanceof Zero ? zero : at(x as Value, ty);
    return { primals: [answer], tangents: [addTangents(left, right)] };
  };
}

/** jvp rule of a primitive without derivative. */
export function jvpZero<P extends Params>(primitive: () => Primitive<P>): Primitive<P>['jvp'] {
  return (primals, _tangents, params) => {
    const answer = bind1(primitive(), primals, params);
    return { primals: [answer], tangents: [new Zero(answer.aval)] };
  };
}

/** Batch rule of a one-operand primitive whose parameters move by one axis. */
export function batchUnary<P extends Params>(
  primitive: () => Primitive<P>,
  shift: (params: P, size: number) => P,
): Primitive<P>['batch'] {
  return (size, args, _mapped, params) => ({
    values: [bind1(primitive(), args, shift(params, size))],
    mapped: [true],
  });
}
