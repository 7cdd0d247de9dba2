// Sign, exponent and mantissa of floats, of a scalar or of the lanes of a vector on the stack.
import type { Code } from './code';
import { f32Bytes, f64Bytes } from './encode';

/** The operations on bit fields that formulas are written in. */
export type FieldOp = 'pow2' | 'exponent' | 'mantissa' | 'copySign';
export const isFieldOp = (op: string): op is FieldOp =>
  op === 'pow2' || op === 'exponent' || op === 'mantissa' || op === 'copySign';

type Writers = Readonly<Record<FieldOp, (code: Code) => unknown>>;
const bias = { f32: 127, f64: 1023 } as const;
const fraction = { f32: 23, f64: 52 } as const;
/** How far the sign and the exponent of a double must move to drop out. */
const above = 12;

const bytes = (n: number, count: number): number[] => new Array<number>(count).fill(n);
const lanes = (lane: readonly number[]): number[] =>
  Array.from({ length: 16 }, (_, i) => lane[i % lane.length] as number);
const fractionBits = {
  f32: lanes([0xff, 0xff, 0x7f, 0]),
  f64: lanes([...bytes(0xff, 6), 0x0f, 0]),
} as const;
const magnitudeBits = { f32: lanes([0xff, 0xff, 0xff, 0x7f]), f64: lanes([...bytes(0xff, 7), 0x7f]) } as const;
const one = { f32: lanes(f32Bytes(1)), f64: lanes(f64Bytes(1)) } as const;
const i32Lanes = (n: number): number[] => lanes([n & 255, (n >> 8) & 255, 0, 0]);

export const scalarFields: Readonly<Record<'f32' | 'f64', Writers>> = {
  f32: {
    pow2: (code) => code.emit('i32.reinterpret_f32').i32(fraction.f32).emit('i32.shl').emit('f32.reinterpret_i32'),
    exponent: (code) =>
      code
        .emit('i32.reinterpret_f32')
        .i32(fraction.f32)
        .emit('i32.shr_u')
        .i32(bias.f32)
        .emit('i32.sub')
        .emit('f32.convert_i32_s'),
    mantissa: (code) =>
      code
        .emit('i32.reinterpret_f32')
        .i32(2 ** fraction.f32 - 1)
        .emit('i32.and')
        .i32(bias.f32 << fraction.f32)
        .emit('i32.or')
        .emit('f32.reinterpret_i32'),
    copySign: (code) => code.emit('f32.copysign'),
  },
  f64: {
    pow2: (code) => code.emit('i64.reinterpret_f64').i64(fraction.f64).emit('i64.shl').emit('f64.reinterpret_i64'),
    exponent: (code) =>
      code
        .emit('i64.reinterpret_f64')
        .i64(fraction.f64)
        .emit('i64.shr_u')
        .emit('i32.wrap_i64')
        .i32(bias.f64)
        .emit('i32.sub')
        .emit('f64.convert_i32_s'),
    mantissa: (code) =>
      code
        .emit('i64.reinterpret_f64')
        .i64(above)
        .emit('i64.shl')
        .i64(above)
        .emit('i64.shr_u')
        .i64(bias.f64)
        .i64(fraction.f64)
        .emit('i64.shl')
        .emit('i64.or')
        .emit('f64.reinterpret_i64'),
    copySign: (code) => code.emit('f64.copysign'),
  },
};

const mantissaLanes =
  (dtype: 'f32' | 'f64') =>
  (code: Code): unknown =>
    code.bits(fractionBits[dtype]).emit('v128.and').bits(one[dtype]).emit('v128.or');
const copySignLanes =
  (dtype: 'f32' | 'f64') =>
  (code: Code): unknown =>
    code.bits(magnitudeBits[dtype]).emit('v128.bitselect');

export const laneFields: Readonly<Record<'f32' | 'f64', Writers>> = {
  f32: {
    pow2: (code) => code.i32(fraction.f32).emit('i32x4.shl'),
    exponent: (code) =>
      code
        .i32(fraction.f32)
        .emit('i32x4.shr_u')
        .bits(i32Lanes(bias.f32))
        .emit('i32x4.sub')
        .emit('f32x4.convert_i32x4_s'),
    mantissa: mantissaLanes('f32'),
    copySign: copySignLanes('f32'),
  },
  f64: {
    pow2: (code) => code.i32(fraction.f64).emit('i64x2.shl'),
    exponent: (code) => {
      const fields = code.local('v128');
      code.i32(fraction.f64).emit('i64x2.shr_u');
      code.tee(fields).get(fields).emit('i8x16.shuffle', 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11);
      code.bits(i32Lanes(bias.f64)).emit('i32x4.sub').emit('f64x2.convert_low_i32x4_s');
    },
    mantissa: mantissaLanes('f64'),
    copySign: copySignLanes('f64'),
  },
};
