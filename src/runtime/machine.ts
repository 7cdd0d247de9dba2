// The functions of one number that generated kernels call.
import { converter, type DTypeName, dtypes, f64 } from '../core/dtype';
import { bfloat16, float16 } from '../core/halfPrecision';
import * as scalar from '../core/scalar';
import { functions } from '../numerics/functions';
import { copySign, externals, fields } from '../numerics/numbers';

const floats = new Float32Array(1);
const signed = new Int32Array(floats.buffer);
const unsigned = new Uint32Array(floats.buffer);
/** The bits of a number, written as one type and read as another. */
const reinterpret =
  (write: Float32Array | Int32Array | Uint32Array, read: Float32Array | Int32Array | Uint32Array) =>
  (x: number): number => {
    write[0] = x;
    return read[0] as number;
  };

const within = (n: number): boolean => n >= 0 && n < 32;

export const machine = {
  ...scalar,
  ...functions,
  fields,
  externals,
  copySign,
  /** A number as the value of a dtype, floats of 16 bits as themselves. */
  convert: Object.fromEntries(dtypes.map((d) => [d.name, converter(f64, d)])) as Record<
    DTypeName,
    (x: number) => number
  >,
  encode: { f16: float16.encode, bf16: bfloat16.encode },
  decode: { f16: float16.decode, bf16: bfloat16.decode },
  bitcast: {
    f32: { i32: reinterpret(floats, signed), u32: reinterpret(floats, unsigned) },
    i32: { f32: reinterpret(signed, floats), u32: (x: number): number => x >>> 0 },
    u32: { f32: reinterpret(unsigned, floats), i32: (x: number): number => x | 0 },
  },
  shiftLeft: (x: number, n: number): number => (within(n) ? x << n : 0),
  shiftRightLogical: (x: number, n: number): number => (within(n) ? x >>> n : 0),
  shiftRightArithmetic: (x: number, n: number): number => (x | 0) >> (within(n) ? n : 31),
} as const;
