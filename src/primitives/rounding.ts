// Rounding to integers, and the test for finite numbers. None of them has a derivative.
import { bool } from '../core/dtype';
import { roundHalfEven } from '../core/scalar';
import { unary } from './kinds';

export const floor = unary('floor', { accepts: 'float', op: 'floor', f: Math.floor, jvp: [null] });
export const ceil = unary('ceil', { accepts: 'float', op: 'ceil', f: Math.ceil, jvp: [null] });
export const round = unary('round', { accepts: 'float', op: 'round', f: roundHalfEven, jvp: [null] });
/** Neither infinite nor NaN. */
export const finite = unary('is_finite', {
  accepts: 'float',
  op: 'isFinite',
  f: (x) => (Number.isFinite(x) ? 1 : 0),
  result: bool,
  jvp: [null],
});
