// The identity that the compiler does not look through.
import { bind } from '../core/interpreter';
import { definePrimitive, type Params, type Primitive, type Tangent } from '../core/primitive';
import type { Value } from '../core/value';
import { isLinear } from './kinds';

/**
 * results = operands, to be computed after all of them. What is computed from a result is not the same as what is computed from the
 * operand, so that it is computed again, and not before the barrier.
 */
const barrierP: Primitive = definePrimitive<Params>('optimization_barrier', {
  impl: (xs) => xs,
  shape: (xs) => xs,
  jvp: (primals, tangents) => ({ primals: bind(barrierP, primals, {}), tangents }),
  transpose: (cotangents, args) => args.map((x, i) => (isLinear(x) ? (cotangents[i] as Tangent) : null)),
  batch: (_size, args, mapped) => ({ values: bind(barrierP, args, {}), mapped }),
  lower: { kind: 'map', cost: 'view', sameOrder: true, element: ({ at, read, result }) => read(result, at) },
});
export const optimizationBarrier = (xs: readonly Value[]): readonly Value[] =>
  xs.length === 0 ? xs : bind(barrierP, xs, {});
