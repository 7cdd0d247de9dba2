// What a vector of a fold's lanes is kept in.
import type { DTypeName } from '../../../core/dtype';
import type { ScalarOp } from '../../../core/lowering';
import type { Code } from './code';
import { operateLanes, vectorConstant, type Width } from './lanes';
import { floatShapes } from './machine';
import { isFloat } from './scalar';

export interface Accumulator {
  /** Before the loop. */
  start(): void;
  /** Takes in the vector that `value` puts on the stack. */
  take(value: () => void): void;
  /** Puts the lanes on the stack. */
  finish(): void;
}

const plain = (code: Code, op: ScalarOp, dtype: DTypeName, identity: number, width: Width): Accumulator => {
  const held = code.local('v128');
  return {
    start: () => {
      vectorConstant(code, identity, dtype);
      code.set(held);
    },
    take: (value) => {
      code.get(held);
      value();
      operateLanes(code, op, dtype, [dtype, dtype], width);
      code.set(held);
    },
    finish: () => code.get(held),
  };
};

/**
 * The extremum of floats. The instruction that is NaN where an operand is, and tells zeros apart, is many of the machine; here the one
 * that picks the greater operand finds the magnitude, and what it misses is kept beside it: whether there was a NaN, and the signs. The
 * greatest number is positive, or +0, if any sign is; the least is negative, or -0, if any sign is.
 */
const extremum = (code: Code, op: 'max' | 'min', dtype: 'f32' | 'f64', identity: number): Accumulator => {
  const shape = floatShapes[dtype];
  const [held, signs, nans, x] = [0, 1, 2, 3].map(() => code.local('v128')) as [number, number, number, number];
  return {
    start: () => {
      vectorConstant(code, identity, dtype);
      code.set(held);
      vectorConstant(code, identity, dtype);
      code.set(signs);
      vectorConstant(code, 0, dtype);
      code.set(nans);
    },
    take: (value) => {
      value();
      code.set(x);
      code
        .get(held)
        .get(x)
        .emit(op === 'max' ? `${shape}.pmax` : `${shape}.pmin`)
        .set(held);
      code
        .get(signs)
        .get(x)
        .emit(op === 'max' ? 'v128.and' : 'v128.or')
        .set(signs);
      code.get(nans).get(x).get(x).emit(`${shape}.ne`).emit('v128.or').set(nans);
    },
    finish: () => {
      code.get(signs).get(held).emit(`${shape}.abs`);
      vectorConstant(code, -0, dtype);
      code.emit('v128.bitselect').get(nans).emit('v128.or');
    },
  };
};

/** The lanes of a fold by this operation, which start as its identity. */
export const accumulatorOf = (
  code: Code,
  op: ScalarOp,
  dtype: DTypeName,
  identity: number,
  width: Width,
): Accumulator =>
  (op === 'max' || op === 'min') && isFloat(dtype)
    ? extremum(code, op, dtype, identity)
    : plain(code, op, dtype, identity, width);
