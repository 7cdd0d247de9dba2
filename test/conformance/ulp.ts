// Distances between floats, counted in representable numbers.
import { type DType, f32 } from '../../src/core/dtype';

const bits = new DataView(new ArrayBuffer(8));

/** The float's place in the order of all floats of its type: neighbours differ by one, both zeros are 0. */
const place = (x: number, dtype: DType): bigint => {
  if (dtype === f32) {
    bits.setFloat32(0, x);
    const n = bits.getInt32(0);
    return BigInt(n < 0 ? -(n & 0x7fffffff) : n);
  }
  bits.setFloat64(0, x);
  const n = bits.getBigInt64(0);
  return n < 0n ? -(n & 0x7fffffffffffffffn) : n;
};

/** How many representable numbers apart; 0 for two NaNs, Infinity for one, for unequal infinities their distance. */
export const ulpDistance = (x: number, y: number, dtype: DType): number => {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  if (Number.isNaN(x) || Number.isNaN(y)) return Infinity;
  const d = place(x, dtype) - place(y, dtype);
  return Number(d < 0n ? -d : d);
};
