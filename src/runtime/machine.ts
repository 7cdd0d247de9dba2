// The functions of one number that generated kernels call.
import { bool, converter, f64, i32, u32 } from '../core/dtype';
import * as scalar from '../core/scalar';

const bits = new DataView(new ArrayBuffer(4));
const within = (n: number): boolean => n >= 0 && n < 32;

export const machine = {
  ...scalar,
  convert: { i32: converter(f64, i32), u32: converter(f64, u32), bool: converter(f64, bool) },
  bitcast: {
    f32: {
      i32: (x: number): number => (bits.setFloat32(0, x), bits.getInt32(0)),
      u32: (x: number): number => (bits.setFloat32(0, x), bits.getUint32(0)),
    },
    i32: {
      f32: (x: number): number => (bits.setInt32(0, x), bits.getFloat32(0)),
      u32: (x: number): number => x >>> 0,
    },
    u32: {
      f32: (x: number): number => (bits.setUint32(0, x), bits.getFloat32(0)),
      i32: (x: number): number => x | 0,
    },
  },
  shiftLeft: (x: number, n: number): number => (within(n) ? x << n : 0),
  shiftRightLogical: (x: number, n: number): number => (within(n) ? x >>> n : 0),
  shiftRightArithmetic: (x: number, n: number): number => (x | 0) >> (within(n) ? n : 31),
} as const;
