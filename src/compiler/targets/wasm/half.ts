// Conversion between f32 and the formats of 16 bits, for one value or for vectors of them: the instructions differ by their names alone.
import type { Code } from './code';
import type { ValueType } from './encode';
import type { Instruction } from './opcodes';

/** The instructions of single values, or of vectors. */
interface Unit {
  readonly type: ValueType;
  readonly integers: 'i32' | 'i32x4';
  readonly floats: 'f32' | 'f32x4';
  readonly bits: 'i32' | 'v128';
  readonly select: 'select' | 'v128.bitselect';
  /** Reads bits as a float, and a float as bits. */
  readonly asFloat: readonly Instruction[];
  readonly asBits: readonly Instruction[];
  integer(code: Code, n: number): void;
  float(code: Code, x: number): void;
}
export const scalarUnit: Unit = {
  type: 'i32',
  integers: 'i32',
  floats: 'f32',
  bits: 'i32',
  select: 'select',
  asFloat: ['f32.reinterpret_i32'],
  asBits: ['i32.reinterpret_f32'],
  integer: (code, n) => code.i32(n),
  float: (code, x) => code.f32(x),
};

/** Values that are computed where they are called. */
type Part = () => void;

const partsOf = (code: Code, unit: Unit) => {
  const emit = (name: string): void => {
    code.emit(name as Instruction);
  };
  const two =
    (name: string) =>
    (a: Part, b: Part): Part =>
    () => {
      a();
      b();
      emit(name);
    };
  const shifted =
    (name: string) =>
    (a: Part, by: number): Part =>
    () => {
      a();
      code.i32(by);
      emit(`${unit.integers}.${name}`);
    };
  return {
    int:
      (n: number): Part =>
      () =>
        unit.integer(code, n),
    float:
      (x: number): Part =>
      () =>
        unit.float(code, x),
    add: two(`${unit.integers}.add`),
    sub: two(`${unit.integers}.sub`),
    less: two(`${unit.integers}.lt_u`),
    and: two(`${unit.bits}.and`),
    or: two(`${unit.bits}.or`),
    sum: two(`${unit.floats}.add`),
    product: two(`${unit.floats}.mul`),
    shl: shifted('shl'),
    shr: shifted('shr_u'),
    asFloat:
      (a: Part): Part =>
      () => {
        a();
        for (const name of unit.asFloat) emit(name);
      },
    asBits:
      (a: Part): Part =>
      () => {
        a();
        for (const name of unit.asBits) emit(name);
      },
    choose:
      (condition: Part, yes: Part, no: Part): Part =>
      () => {
        yes();
        no();
        condition();
        emit(unit.select);
      },
    /** Computes a value now, to be used several times. */
    held: (a: Part): Part => {
      const local = code.local(unit.type);
      a();
      code.set(local);
      return () => code.get(local);
    },
  };
};

export type HalfName = 'f16' | 'bf16';
const stack: Part = () => {};

/** Bits on the stack become the f32 that they stand for. */
export const widenHalf = (code: Code, unit: Unit, format: HalfName): void => {
  const { int, float, and, or, shl, asFloat, asBits, product, less, choose, held } = partsOf(code, unit);
  if (format === 'bf16') return asFloat(shl(stack, 16))();
  const bits = held(stack);
  const magnitude = held(and(bits, int(0x7fff)));
  const scaled = held(asBits(product(asFloat(shl(magnitude, 13)), float(2 ** 112))));
  // The last exponent stands for infinity and NaN in both formats.
  const finite = less(magnitude, int(0x7c00));
  asFloat(or(choose(finite, scaled, or(scaled, int(0x7f800000))), shl(and(bits, int(0x8000)), 16)))();
};

/** The f32 on the stack becomes the bits of the nearest number, of two the even one. */
export const narrowHalf = (code: Code, unit: Unit, format: HalfName): void => {
  const { int, float, add, sub, and, or, shr, asFloat, asBits, sum, less, choose, held } = partsOf(code, unit);
  const bits = held(asBits(stack));
  const magnitude = held(and(bits, int(0x7fffffff)));
  const isNumber = less(magnitude, int(0x7f800001));
  if (format === 'bf16') {
    const even = and(shr(bits, 16), int(1));
    return choose(isNumber, shr(add(add(bits, int(0x7fff)), even), 16), int(0x7fc0))();
  }
  const even = and(shr(magnitude, 13), int(1));
  const normal = shr(add(add(sub(magnitude, int(0x38000000)), int(0xfff)), even), 13);
  // Numbers below 2^-14 are multiples of 2^-24: the sum with 0.5 is rounded to one.
  const subnormal = sub(asBits(sum(asFloat(magnitude), float(0.5))), int(0x3f000000));
  const finite = choose(less(magnitude, int(0x38800000)), subnormal, normal);
  const rounded = choose(less(magnitude, int(0x477ff000)), finite, int(0x7c00));
  const signed = or(rounded, and(shr(bits, 16), int(0x8000)));
  choose(isNumber, signed, int(0x7e00))();
};
