// One operation on vectors: four lanes of 32 bits, or two where a kernel computes in double precision; values of 32 bits then
// lie in the two lower lanes. Truth values are masks of 32 bits a lane, all ones or all zeros.
import { type DTypeName, recordOf } from '../../../core/dtype';
import type { ScalarOp } from '../../../core/lowering';
import type { Code } from './code';
import { f32Bytes, f64Bytes } from './encode';
import { isFieldOp, laneFields } from './fields';
import { narrowHalf, widenHalf } from './half';
import { floatShapes, machine } from './machine';
import type { Instruction } from './opcodes';
import { bytesOf, isFloat, isHalf, loadScalar, operate, shiftOf, storedNumber, typeOf } from './scalar';

export type Width = 2 | 4;

const repeat = (bytes: readonly number[]): number[] =>
  Array.from({ length: 16 }, (_, i) => bytes[i % bytes.length] as number);
const i32Bytes = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255];
export const vectorConstant = (code: Code, value: number, dtype: DTypeName): void => {
  code.bits(
    repeat(
      dtype === 'f32'
        ? f32Bytes(value)
        : dtype === 'f64'
          ? f64Bytes(value)
          : i32Bytes(dtype === 'bool' ? -value : storedNumber(value, dtype)),
    ),
  );
};

/** The scalar on the stack in every lane. */
export const splat = (code: Code, dtype: DTypeName): void => {
  if (dtype === 'bool') code.i32(-1).emit('i32.mul');
  code.emit(`${machine[dtype].shape}.splat`);
};
const shapeOf = (dtype: DTypeName): 'f32x4' | 'f64x2' | 'i32x4' => machine[dtype].shape;
export const extract = (code: Code, dtype: DTypeName, lane: number): void => {
  code.emit(`${shapeOf(dtype)}.extract_lane`, lane);
  if (dtype === 'bool') code.i32(1).emit('i32.and');
};
/** A vector and a scalar on the stack become the vector with that lane. */
export const insert = (code: Code, dtype: DTypeName, lane: number): void => {
  if (dtype === 'bool') code.i32(-1).emit('i32.mul');
  code.emit(`${shapeOf(dtype)}.replace_lane`, lane);
};

/** Masks of doubles become masks of the lower lanes, and back. */
const narrowMask = (code: Code): void => {
  const mask = code.local('v128');
  code.tee(mask).get(mask).emit('i8x16.shuffle', 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
};
export const widenMask = (code: Code): void => {
  code.emit('i64x2.extend_low_i32x4_s');
};

/** Whether a mask holds in all lanes that count. */
export const allTrue = (code: Code, width: Width): void => {
  if (width === 4) code.emit('i32x4.all_true');
  else code.emit('i64x2.extend_low_i32x4_s').emit('i64x2.all_true');
};

const zero: readonly number[] = repeat([0]);

/** Loads neighbouring elements from the address on the stack. */
export const loadVector = (code: Code, dtype: DTypeName, width: Width, offset: number): void => {
  const { extension } = machine[dtype];
  if (extension !== null) {
    const bytes = bytesOf(dtype) * width;
    if (bytes === 8) code.memory('v128.load64_zero', offset);
    else if (bytes === 4) code.memory('v128.load32_zero', offset);
    else {
      const at = code.local('i32');
      code.set(at).get(at).bits(zero).memory('v128.load16_lane', offset, 0);
    }
    if (bytesOf(dtype) === 1) code.emit(`i16x8.extend_low_i8x16_${extension}`);
    code.emit(`i32x4.extend_low_i16x8_${extension}`);
    if (dtype === 'bool') code.emit('i32x4.neg');
  } else if (width === 2 && dtype !== 'f64') code.memory('v128.load64_zero', offset);
  else code.memory('v128.load', offset);
};

/** Stores the vector on the stack to neighbouring elements from the address below it. */
export const storeVector = (code: Code, dtype: DTypeName, width: Width, offset: number): void => {
  const { extension } = machine[dtype];
  if (extension !== null) {
    if (dtype === 'bool') code.bits(repeat(i32Bytes(1))).emit('v128.and');
    // Values are in range, so that nothing saturates; bytes are signed numbers of 16 bits on the way.
    const held = code.local('v128');
    const bytes = bytesOf(dtype) * width;
    const isByte = bytesOf(dtype) === 1;
    code
      .tee(held)
      .get(held)
      .emit(`i16x8.narrow_i32x4_${isByte ? 's' : extension}`);
    if (isByte) code.tee(held).get(held).emit(`i8x16.narrow_i16x8_${extension}`);
    code.memory(bytes === 8 ? 'v128.store64_lane' : bytes === 4 ? 'v128.store32_lane' : 'v128.store16_lane', offset, 0);
  } else if (width === 2 && dtype !== 'f64') code.memory('v128.store64_lane', offset, 0);
  else code.memory('v128.store', offset);
};

/** Loads elements from a local address and others `stride` bytes apart. */
export const loadStrided = (
  code: Code,
  dtype: DTypeName,
  width: Width,
  at: number,
  offset: number,
  stride: number,
): void => {
  if (machine[dtype].extension !== null) {
    code.bits(zero);
    for (let l = 0; l < width; l++) {
      code.get(at);
      loadScalar(code, dtype, offset + l * stride);
      insert(code, dtype, l);
    }
    return;
  }
  const [first, other] =
    dtype === 'f64'
      ? (['v128.load64_zero', 'v128.load64_lane'] as const)
      : (['v128.load32_zero', 'v128.load32_lane'] as const);
  code.get(at).memory(first, offset);
  const sum = code.local('v128');
  for (let l = 1; l < width; l++)
    code
      .set(sum)
      .get(at)
      .get(sum)
      .memory(other, offset + l * stride, l);
};

/** Loads elements whose numbers are the lanes of an index vector, from an array at a local address. */
export const gatherLanes = (code: Code, dtype: DTypeName, width: Width, pointer: number, indices: number): void => {
  code.bits(zero);
  const shift = shiftOf(dtype);
  for (let l = 0; l < width; l++) {
    code.get(pointer).get(indices).emit('i32x4.extract_lane', l);
    if (shift > 0) code.i32(shift).emit('i32.shl');
    code.emit('i32.add');
    loadScalar(code, dtype, 0);
    insert(code, dtype, l);
  }
};

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
};
const comparisons = new Set<ScalarOp>(['eq', 'ne', 'lt', 'le', 'gt', 'ge']);
const integerOps: Partial<Record<ScalarOp, string>> = { add: 'add', sub: 'sub', mul: 'mul', neg: 'neg' };
const bitwise: Partial<Record<ScalarOp, Instruction>> = {
  and: 'v128.and',
  or: 'v128.or',
  xor: 'v128.xor',
  not: 'v128.not',
};

/** The bits of integers that the dtype has, extended as its values are. */
const wrapLanes = (code: Code, to: DTypeName): void => {
  const bits = 8 * bytesOf(to);
  if (machine[to].extension === 'u') code.bits(repeat(i32Bytes(2 ** bits - 1))).emit('v128.and');
  else if (machine[to].extension === 's')
    code
      .i32(32 - bits)
      .emit('i32x4.shl')
      .i32(32 - bits)
      .emit('i32x4.shr_s');
};

/** The conversion of vectors. */
const convertLanes = (code: Code, from: DTypeName, to: DTypeName): void => {
  if (from === to) return;
  if (isHalf(from)) {
    widenHalf(code, vectorUnit, from);
    convertLanes(code, 'f32', to);
  } else if (isHalf(to)) {
    convertLanes(code, from, 'f32');
    narrowHalf(code, vectorUnit, to);
  } else if (to === 'bool') {
    vectorConstant(code, 0, from);
    code.emit(`${shapeOf(from)}.ne`);
    if (from === 'f64') narrowMask(code);
  } else if (from === 'bool') {
    if (to === 'f64') widenMask(code);
    vectorConstant(code, 1, to);
    code.emit('v128.and');
  } else if (from === 'f32') {
    if (to === 'f64') code.emit('f64x2.promote_low_f32x4');
    else truncateLanes(code, from, to);
  } else if (from === 'f64') {
    if (to === 'f32') code.emit('f32x4.demote_f64x2_zero');
    else truncateLanes(code, from, to);
  } else if (to === 'f32') code.emit(`f32x4.convert_i32x4_${signOf(from)}`);
  else if (to === 'f64') code.emit(`f64x2.convert_low_i32x4_${signOf(from)}`);
  else wrapLanes(code, to);
};
const signOf = (dtype: DTypeName): 's' | 'u' => (machine[dtype].isSigned ? 's' : 'u');
/** Floats become the nearest integers of a dtype towards 0. */
const truncateLanes = (code: Code, from: 'f32' | 'f64', to: DTypeName): void => {
  code.emit(from === 'f32' ? `i32x4.trunc_sat_f32x4_${signOf(to)}` : `i32x4.trunc_sat_f64x2_${signOf(to)}_zero`);
  if (bytesOf(to) === 4) return;
  const { lowest, highest } = recordOf(to);
  vectorConstant(code, lowest, 'i32');
  code.emit('i32x4.max_s');
  vectorConstant(code, highest, 'i32');
  code.emit('i32x4.min_s');
};
const vectorUnit = {
  type: 'v128',
  integers: 'i32x4',
  floats: 'f32x4',
  bits: 'v128',
  select: 'v128.bitselect',
  asFloat: [],
  asBits: [],
  integer: (code: Code, n: number) => vectorConstant(code, n, 'i32'),
  float: (code: Code, x: number) => vectorConstant(code, x, 'f32'),
} as const;

/** An operation without a vector instruction, lane by lane. */
const laneByLane = (code: Code, op: ScalarOp, dtype: DTypeName, args: readonly DTypeName[], width: Width): void => {
  const held = args.map(() => code.local('v128'));
  for (const local of [...held].reverse()) code.set(local);
  code.bits(zero);
  for (let l = 0; l < width; l++) {
    args.forEach((from, i) => {
      code.get(held[i] as number);
      extract(code, from, l);
    });
    operate(code, op, dtype, args);
    insert(code, dtype, l);
  }
};

/** One operation on the vectors on the stack. */
export const operateLanes = (
  code: Code,
  op: ScalarOp,
  dtype: DTypeName,
  args: readonly DTypeName[],
  width: Width,
): void => {
  const from = args[0] as DTypeName;
  if (op === 'convert') return convertLanes(code, from, dtype);
  if (op === 'bitcast') return bytesOf(dtype) < 4 ? wrapLanes(code, dtype) : undefined;
  const bits = bitwise[op];
  if (bits !== undefined) {
    code.emit(bits);
    return;
  }
  if (isFloat(from)) {
    const shape = floatShapes[from];
    const name = floatOps[op];
    if (name !== undefined) code.emit(`${shape}.${name}` as Instruction);
    else if (isFieldOp(op)) laneFields[from][op](code);
    else if (comparisons.has(op)) {
      code.emit(`${shape}.${op}` as Instruction);
      if (from === 'f64') narrowMask(code);
    } else if (op === 'isFinite') {
      code.emit(`${shape}.abs`);
      vectorConstant(code, Infinity, from);
      code.emit(`${shape}.lt`);
      if (from === 'f64') narrowMask(code);
    } else if (op === 'sign') {
      const [x, one] = [code.local('v128'), code.local('v128')];
      code.set(x);
      vectorConstant(code, 1, from);
      code.set(one);
      // ±1 with the sign bit of x where |x| > 0; zeros and NaN are themselves.
      vectorConstant(code, -0, from);
      code.get(x).emit('v128.and').get(one).emit('v128.or').get(x).get(x).emit(`${shape}.abs`);
      vectorConstant(code, 0, from);
      code.emit(`${shape}.gt`).emit('v128.bitselect');
    } else laneByLane(code, op, dtype, args, width);
    return;
  }
  const { isSigned } = machine[from];
  const name = integerOps[op];
  if (from === 'bool') {
    if (op === 'eq') code.emit('v128.xor').emit('v128.not');
    else if (op === 'ne') code.emit('v128.xor');
    else if (op === 'max') code.emit('v128.or');
    else if (op === 'min') code.emit('v128.and');
    else laneByLane(code, op, dtype, args, width);
  } else if (name !== undefined) code.emit(`i32x4.${name}` as Instruction);
  else if (op === 'eq' || op === 'ne') code.emit(`i32x4.${op}`);
  else if (comparisons.has(op)) code.emit(`i32x4.${op}_${isSigned ? 's' : 'u'}` as Instruction);
  else if (op === 'max' || op === 'min') code.emit(`i32x4.${op}_${isSigned ? 's' : 'u'}`);
  else if (op === 'abs') isSigned && code.emit('i32x4.abs');
  else laneByLane(code, op, dtype, args, width);
};

/** The lanes of a vector on the stack, kept in scalars. */
export const lanesOf = (code: Code, dtype: DTypeName, width: Width): readonly number[] => {
  const vector = code.local('v128');
  code.set(vector);
  return Array.from({ length: width }, (_, l) => {
    const scalar = code.local(typeOf(dtype));
    code.get(vector);
    extract(code, dtype, l);
    code.set(scalar);
    return scalar;
  });
};
