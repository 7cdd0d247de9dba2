// Constants as programs see them, and symbolic zeros made real.
import { type Aval, sizeOf } from '../core/aval';
import { allocate, type DType, encode } from '../core/dtype';
import { currentInterpreter, evaluator, many } from '../core/interpreter';
import { type Tangent, Zero } from '../core/primitive';
import { concreteArray, scalarArray, type Value } from '../core/value';
import { add } from './arithmetic';
import { broadcastInDim } from './views';

/** A tensor of one repeated number. Of many elements it is not written out before it is known what for: what uses it need not read it. */
export const full = (shape: readonly number[], dtype: DType, x: number): Value => {
  if (shape.length === 0) return scalarArray(x, dtype);
  if (currentInterpreter() === evaluator && sizeOf(shape) < many)
    return concreteArray(shape, dtype, allocate(dtype, sizeOf(shape)).fill(encode(dtype, x)));
  return broadcastInDim(scalarArray(x, dtype), shape, []);
};

export const fullLike = (x: { readonly aval: Aval }, value: number): Value => full(x.aval.shape, x.aval.dtype, value);

export const instantiate = (t: Tangent): Value => (t instanceof Zero ? fullLike(t, 0) : t);

/** The sum of two tangents or cotangents; zeros cost nothing. */
export const addTangents = (a: Tangent, b: Tangent): Tangent =>
  a instanceof Zero ? b : b instanceof Zero ? a : add(a, b);

/** Applies a linear function to a tangent; a zero stays one, of the shape it would have. */
export const mapTangent = (t: Tangent, f: (t: Value) => Value, aval: Aval): Tangent =>
  t instanceof Zero ? new Zero(aval) : f(t);
