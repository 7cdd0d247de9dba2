// The two floating-point formats of 16 bits, IEEE binary16 and bfloat16: from numbers to bits, rounded to nearest even, and back.

/** How values are stored as bits. */
export interface Encoding {
  encode(x: number): number;
  decode(bits: number): number;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
const bitsOf = (x: number): number => {
  single[0] = x;
  return singleBits[0] as number;
};
const floatOf = (bits: number): number => {
  singleBits[0] = bits;
  return single[0] as number;
};

/** The upper half of a single-precision number. */
export const bfloat16: Encoding = {
  encode: (x) => {
    const bits = bitsOf(x);
    if (Number.isNaN(x)) return 0x7fc0;
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  },
  decode: (bits) => floatOf(bits << 16),
};

/** IEEE binary16: a sign, five bits of exponent, ten of fraction. */
export const float16: Encoding = {
  encode: (x) => {
    if (Number.isNaN(x)) return 0x7e00;
    const bits = bitsOf(x);
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    // From 65520 on, halfway beyond the greatest number.
    if (magnitude >= 0x477ff000) return sign | 0x7c00;
    // Below 2^-14 numbers are multiples of 2^-24, which is what the sum is rounded to.
    if (magnitude < 0x38800000) return sign | (bitsOf(floatOf(magnitude) + 0.5) - 0x3f000000);
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  },
  decode: (bits) => {
    const magnitude = bits & 0x7fff;
    const sign = bits & 0x8000 ? -1 : 1;
    if (magnitude < 0x7c00) return sign * floatOf(magnitude << 13) * 2 ** 112;
    return magnitude === 0x7c00 ? sign * Infinity : NaN;
  },
};
