// The identity that derivatives do not pass.
import type { Aval } from '../core/aval';
import { bind1 } from '../core/interpreter';
import { definePrimitive, type Params, type Primitive } from '../core/primitive';
import type { ConcreteArray, Value } from '../core/value';
import { batchUnary, jvpZero } from './kinds';

const stopGradientP: Primitive = definePrimitive<Params>('stop_gradient', {
  impl: ([x]) => [x as ConcreteArray],
  shape: ([x]) => [x as Aval],
  jvp: jvpZero(() => stopGradientP),
  transpose: null,
  batch: batchUnary(
    () => stopGradientP,
    (params) => params,
  ),
  simplify: ({ operands: [x] }) => x ?? null,
  lower: { kind: 'map', cost: 'view', sameOrder: true, element: ({ at, read }) => read(0, at) },
});
export const stopGradient = (x: Value): Value => bind1(stopGradientP, [x], {});
