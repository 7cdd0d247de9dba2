// Scalar expressions as WebAssembly: operands on the stack, results left there. Truth values are 0 and 1.
import { type DTypeName, recordOf } from '../../../core/dtype';
import type { Expr, ScalarOp } from '../../../core/lowering';
import type { Code } from './code';
import type { ValueType } from './encode';
import { isFieldOp, scalarFields } from './fields';
import { type HalfName, narrowHalf, scalarUnit, widenHalf } from './half';
import { hostName } from './host';
import { machine } from './machine';
import type { Instruction } from './opcodes';

export const typeOf = (dtype: DTypeName): ValueType => machine[dtype].type;
/** Whether values are floats to the machine: those of 16 bits are bits. */
export const isFloat = (dtype: DTypeName): dtype is 'f32' | 'f64' => machine[dtype].type !== 'i32';
export const bytesOf = (dtype: DTypeName): number => recordOf(dtype).bytes;
export const shiftOf = (dtype: DTypeName): number => Math.log2(bytesOf(dtype));
export const isHalf = (dtype: DTypeName): dtype is HalfName => recordOf(dtype).encoding !== null;

/** A value of the dtype as the number that stands for it here: floats of 16 bits as their bits. */
export const storedNumber = (value: number, dtype: DTypeName): number =>
  recordOf(dtype).encoding?.encode(value) ?? value;
export const constantOf = (code: Code, value: number, dtype: DTypeName): void => {
  if (dtype === 'f32') code.f32(value);
  else if (dtype === 'f64') code.f64(value);
  else code.i32(storedNumber(value, dtype) | 0);
};

export const loadScalar = (code: Code, dtype: DTypeName, offset: number): Code =>
  code.memory(machine[dtype].load, offset);
export const storeScalar = (code: Code, dtype: DTypeName, offset: number): Code =>
  code.memory(machine[dtype].store, offset);

/** Instructions of floats, by their name after the dot. */
const floatOps: Partial<Record<ScalarOp, string>> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  div: 'div',
  max: 'max',
  min: 'min',
  abs: 'abs',
  neg: 'neg',
  sqrt: 'sqrt',
  floor: 'floor',
  ceil: 'ceil',
  round: 'nearest',
  eq: 'eq',
  ne: 'ne',
  lt: 'lt',
  le: 'le',
  gt: 'gt',
  ge: 'ge',
};
const integerOps: Partial<Record<ScalarOp, string>> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  and: 'and',
  or: 'or',
  xor: 'xor',
  eq: 'eq',
  ne: 'ne',
};
const orders = new Set<ScalarOp>(['lt', 'le', 'gt', 'ge']);

/** The bits of an integer that the dtype has, extended as its values are. */
const wrap = (code: Code, to: DTypeName): void => {
  const { bytes } = recordOf(to);
  if (machine[to].extension === 'u') code.i32(2 ** (8 * bytes) - 1).emit('i32.and');
  else if (machine[to].extension === 's') code.emit(bytes === 1 ? 'i32.extend8_s' : 'i32.extend16_s');
};
/** The nearest value of an integer dtype. */
const clamp = (code: Code, to: DTypeName): void => {
  const { lowest, highest } = recordOf(to);
  code.i32(lowest);
  extreme(code, 'max', true);
  code.i32(highest);
  extreme(code, 'min', true);
};

/** From one dtype to another: floats to integers truncate and saturate, NaN becomes 0; integers wrap. */
const convert = (code: Code, from: DTypeName, to: DTypeName): void => {
  if (from === to) return;
  if (isHalf(from)) {
    widenHalf(code, scalarUnit, from);
    convert(code, 'f32', to);
  } else if (isHalf(to)) {
    convert(code, from, 'f32');
    narrowHalf(code, scalarUnit, to);
  } else if (to === 'bool') {
    if (isFloat(from)) {
      constantOf(code, 0, from);
      code.emit(`${from}.ne`);
    } else code.i32(0).emit('i32.ne');
  } else if (isFloat(from)) {
    if (to === 'f64') code.emit('f64.promote_f32');
    else if (to === 'f32') code.emit('f32.demote_f64');
    else {
      code.emit(`i32.trunc_sat_${from}_${machine[to].isSigned ? 's' : 'u'}`);
      if (bytesOf(to) < 4) clamp(code, to);
    }
  } else if (isFloat(to)) code.emit(`${to}.convert_i32_${machine[from].isSigned ? 's' : 'u'}`);
  else wrap(code, to);
};

/** Calls a function of the host, which works on doubles. */
const callHost = (code: Code, op: ScalarOp, args: readonly DTypeName[], result: DTypeName): void => {
  const held = args.map((dtype) => code.local(typeOf(dtype)));
  for (const local of [...held].reverse()) code.set(local);
  args.forEach((dtype, i) => {
    code.get(held[i] as number);
    convert(code, dtype, 'f64');
  });
  code.callImport(hostName(op));
  convert(code, 'f64', result);
};

/** Integer division by any number: by zero it gives all bits set, and nothing traps. */
const divideIntegers = (code: Code, op: 'div' | 'rem', dtype: DTypeName): void => {
  const [x, y] = [code.local('i32'), code.local('i32')];
  code.set(y).set(x).get(y).emit('i32.eqz');
  code.choose(
    'i32',
    () => (op === 'div' ? code.i32(-1) : code.get(x)),
    () => {
      if (!machine[dtype].isSigned) {
        code.get(x).get(y).emit(`i32.${op}_u`);
        return;
      }
      code.get(y).i32(-1).emit('i32.eq');
      code.choose(
        'i32',
        () => (op === 'div' ? code.i32(0).get(x).emit('i32.sub') : code.i32(0)),
        () => code.get(x).get(y).emit(`i32.${op}_s`),
      );
    },
  );
};

/** By squaring, wrapping to 32 bits; negative exponents give 0 but for 1 and -1. */
const integerPower = (code: Code, isSigned: boolean): void => {
  const [base, n, result] = [code.local('i32'), code.local('i32'), code.local('i32')];
  code.set(n).set(base);
  if (isSigned) {
    // For a negative exponent the powers of 1 and -1 only depend on whether it is odd, and all others are 0.
    code.get(n).i32(0).emit('i32.lt_s');
    code.choose('none', () => {
      code.get(base).i32(1).emit('i32.add').i32(2).emit('i32.gt_u').get(base).emit('i32.eqz').emit('i32.or');
      code.choose('none', () => code.i32(0).set(base));
      code.get(n).i32(1).emit('i32.and').i32(2).emit('i32.or').set(n);
    });
  }
  code.i32(1).set(result);
  code.while(
    () => code.get(n),
    () => {
      code.get(result).get(base).emit('i32.mul').get(result).get(n).i32(1).emit('i32.and').emit('select').set(result);
      code.get(base).get(base).emit('i32.mul').set(base);
      code.get(n).i32(1).emit('i32.shr_u').set(n);
    },
  );
  code.get(result);
};

/** Shifts by 32 bits and more give zero, or the sign. */
const shift = (code: Code, op: 'shl' | 'shr_u' | 'shr_s'): void => {
  const [x, n] = [code.local('i32'), code.local('i32')];
  code.set(n).set(x);
  if (op === 'shr_s') {
    code.get(x).get(n).i32(31).get(n).i32(32).emit('i32.lt_u').emit('select').emit('i32.shr_s');
    return;
  }
  code.get(x).get(n).emit(`i32.${op}`).i32(0).get(n).i32(32).emit('i32.lt_u').emit('select');
};

const extreme = (code: Code, op: 'max' | 'min', isSigned: boolean): void => {
  const [x, y] = [code.local('i32'), code.local('i32')];
  code.set(y).set(x).get(x).get(y).get(x).get(y);
  code.emit(`i32.${op === 'max' ? 'gt' : 'lt'}_${isSigned ? 's' : 'u'}`).emit('select');
};

const shifts = { shiftLeft: 'shl', shiftRightLogical: 'shr_u', shiftRightArithmetic: 'shr_s' } as const;

/** One operation on what lies on the stack. */
export const operate = (code: Code, op: ScalarOp, dtype: DTypeName, args: readonly DTypeName[]): void => {
  const from = args[0] as DTypeName;
  if (op === 'convert') return convert(code, from, dtype);
  if (op === 'bitcast') {
    if (from === 'f32' && dtype !== 'f32') code.emit('i32.reinterpret_f32');
    else if (from !== 'f32' && dtype === 'f32') code.emit('f32.reinterpret_i32');
    else wrap(code, dtype);
    return;
  }
  if (isFloat(from)) {
    if (isFieldOp(op)) {
      scalarFields[from][op](code);
      return;
    }
    const name = floatOps[op];
    if (name !== undefined) {
      code.emit(`${from}.${name}` as Instruction);
      return;
    }
    if (op === 'isFinite') {
      code.emit(`${from}.abs`);
      constantOf(code, Infinity, from);
      code.emit(`${from}.lt`);
      return;
    }
    if (op === 'sign') {
      // A zero keeps its sign, and NaN is its own.
      const x = code.local(from);
      code.set(x);
      constantOf(code, 1, from);
      code.get(x).emit(`${from}.copysign`).get(x).get(x).emit(`${from}.abs`);
      constantOf(code, 0, from);
      code.emit(`${from}.gt`).emit('select');
      return;
    }
    return callHost(code, op, args, dtype);
  }
  const name = integerOps[op];
  const { isSigned } = machine[from];
  if (name !== undefined) code.emit(`i32.${name}` as Instruction);
  else if (orders.has(op)) code.emit(`i32.${op}_${isSigned ? 's' : 'u'}` as Instruction);
  else if (op === 'not') dtype === 'bool' ? code.emit('i32.eqz') : code.i32(-1).emit('i32.xor');
  else if (op === 'neg') code.i32(-1).emit('i32.mul');
  else if (op === 'max' || op === 'min') extreme(code, op, isSigned);
  else if (op === 'div' || op === 'rem') divideIntegers(code, op, from);
  else if (op === 'pow') integerPower(code, isSigned);
  else if (op === 'idiv') code.emit('i32.div_u');
  else if (op === 'imod') code.emit('i32.rem_u');
  else if (op === 'shiftLeft' || op === 'shiftRightLogical' || op === 'shiftRightArithmetic') shift(code, shifts[op]);
  else if (op === 'abs') {
    if (!isSigned) return;
    const x = code.local('i32');
    code.set(x).i32(0).get(x).emit('i32.sub').get(x).get(x).i32(0).emit('i32.lt_s').emit('select');
  } else if (op === 'sign') {
    const x = code.local('i32');
    code
      .set(x)
      .get(x)
      .i32(0)
      .emit(isSigned ? 'i32.gt_s' : 'i32.ne');
    if (isSigned) code.get(x).i32(0).emit('i32.lt_s').emit('i32.sub');
  } else callHost(code, op, args, dtype);
};

/** What a scalar expression needs to know of its surroundings. */
export interface Surroundings {
  /** The local of a loop variable or a let. */
  localOf(name: string): number;
  /** The local with the address of an array's first element. */
  pointerOf(array: number): number;
}

/** Puts the address of an element on the stack; gives the offset to add to it. */
export const address = (code: Code, around: Surroundings, array: number, at: Expr, dtype: DTypeName): number => {
  // The constant may only leave the sum where what is left cannot be negative: offsets do not wrap, sums of 32 bits do.
  const [rest, elements] = at.op === 'const' && at.value >= 0 ? [null, at.value] : [at, 0];
  code.get(around.pointerOf(array));
  if (rest !== null) {
    scalar(code, around, rest);
    if (shiftOf(dtype) > 0) code.i32(shiftOf(dtype)).emit('i32.shl');
    code.emit('i32.add');
  }
  return elements * bytesOf(dtype);
};

/** Puts the value of an expression on the stack. */
export const scalar = (code: Code, around: Surroundings, e: Expr): void => {
  switch (e.op) {
    case 'const':
      return constantOf(code, e.value, e.dtype);
    case 'index':
    case 'local':
      code.get(around.localOf(e.name));
      return;
    case 'load': {
      const offset = address(code, around, e.buffer, e.at, e.dtype);
      loadScalar(code, e.dtype, offset);
      return;
    }
    case 'select':
    case 'guard':
    case 'rarely': {
      const [c, a, b] = e.args as readonly [Expr, Expr, Expr];
      if (e.op === 'select') {
        scalar(code, around, a);
        scalar(code, around, b);
        condition(code, around, c);
        code.emit('select');
        return;
      }
      condition(code, around, c);
      code.choose(
        typeOf(e.dtype),
        () => scalar(code, around, a),
        () => scalar(code, around, b),
      );
      return;
    }
  }
  for (const a of e.args) scalar(code, around, a);
  const [, count] = e.args;
  if (e.op in shifts && count?.op === 'const' && count.value >= 0 && count.value < 32)
    code.emit(`i32.${shifts[e.op as keyof typeof shifts]}`);
  else
    operate(
      code,
      e.op,
      e.dtype,
      e.args.map((a) => a.dtype),
    );
};

/** An expression as a number that is not zero where it is true. */
export const condition = (code: Code, around: Surroundings, e: Expr): void => {
  scalar(code, around, e);
  if (isFloat(e.dtype)) convert(code, e.dtype, 'bool');
};
