// Bits of integers and logic of truth values.
import { bool, type DType } from '../core/dtype';
import { binary, unary } from './kinds';

const jvp = [null, null] as const;

export const not = unary('not', {
  accepts: 'bits',
  op: 'not',
  f: (x, dtype) => (dtype === bool ? 1 - x : ~x),
  jvp: [null],
});
export const and = binary('and', { accepts: 'bits', op: 'and', f: (x, y) => x & y, jvp });
export const or = binary('or', { accepts: 'bits', op: 'or', f: (x, y) => x | y, jvp });
export const xor = binary('xor', { accepts: 'bits', op: 'xor', f: (x, y) => x ^ y, jvp });

/** Shifting by the width or more, or by a negative number, leaves no bit. */
const within = (n: number): boolean => n >= 0 && n < 32;
export const shiftLeft = binary('shift_left', {
  accepts: 'integer',
  op: 'shiftLeft',
  f: (x, n) => (within(n) ? x << n : 0),
  jvp,
});
export const shiftRightLogical = binary('shift_right_logical', {
  accepts: 'shifted',
  op: 'shiftRightLogical',
  f: (x, n) => (within(n) ? x >>> n : 0),
  jvp,
});
/** Keeps the sign: shifting by the width or more gives 0 or -1. */
export const shiftRightArithmetic = binary('shift_right_arithmetic', {
  accepts: 'integer',
  op: 'shiftRightArithmetic',
  f: (x, n, _dtype: DType) => (x | 0) >> (within(n) ? n : 31),
  jvp,
});
