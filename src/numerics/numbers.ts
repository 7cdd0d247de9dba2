// Arithmetic of JavaScript numbers: what the other instances must agree with.
import type { Arithmetic, External } from './arithmetic';

const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);
const double = new Float64Array(1);
const doubleBits = new Int32Array(double.buffer);
/** Which half of a double has the sign and the exponent. */
const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

const wordOf32 = (x: number): number => {
  single[0] = x;
  return singleBits[0] as number;
};
const wordOf64 = (x: number): number => {
  double[0] = x;
  return doubleBits[high] as number;
};

const powers = (first: number, last: number, step: number): Float64Array =>
  Float64Array.from({ length: (last - first) / step + 1 }, (_, i) => 2 ** (first + i * step));
/** 2ᵏ as a product. Writing halves of a double and reading the whole would wait for the store. */
const [coarse, fine] = [powers(-1024, 1008, 16), powers(0, 15, 1)];
const pow2 = (k: number): number => (coarse[(k + 1024) >> 4] as number) * (fine[k & 15] as number);
const exponent64 = (x: number): number => (wordOf64(x) >>> 20) - 1023;

/** Bit fields of floats, as numbers. */
export const fields = {
  f32: {
    pow2,
    exponent: (x: number): number => (wordOf32(x) >>> 23) - 127,
    mantissa: (x: number): number => {
      singleBits[0] = (wordOf32(x) & 0x007fffff) | 0x3f800000;
      return single[0] as number;
    },
  },
  f64: {
    pow2,
    exponent: exponent64,
    mantissa: (x: number): number => x * pow2(-exponent64(x)),
  },
} as const;

export const copySign = (x: number, y: number): number =>
  y < 0 || (y === 0 && 1 / y < 0) ? -Math.abs(x) : Math.abs(x);

/** The host's functions, in double precision. */
export const externals: Readonly<Record<External, (x: number) => number>> = {
  sinOfHuge: Math.sin,
  cosOfHuge: Math.cos,
  tanOfHuge: Math.tan,
};

type Numbers = Arithmetic<number, boolean>;
const arithmetic = (precision: Numbers['precision'], round: (x: number) => number): Numbers => ({
  precision,
  constant: round,
  add: (x, y) => round(x + y),
  sub: (x, y) => round(x - y),
  mul: (x, y) => round(x * y),
  div: (x, y) => round(x / y),
  max: Math.max,
  min: Math.min,
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: (x) => round(Math.sqrt(x)),
  floor: Math.floor,
  eq: (x, y) => x === y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  and: (x, y) => x && y,
  or: (x, y) => x || y,
  select: (condition, yes, no) => (condition ? yes : no),
  rarely: (condition, name, x, otherwise) => (condition ? round(externals[name](x)) : otherwise),
  copySign,
  ...fields[precision],
});

export const float32: Numbers = arithmetic('f32', Math.fround);
export const float64: Numbers = arithmetic('f64', (x) => x);
