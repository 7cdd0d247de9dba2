// The identity that derivatives do not pass.
import { bind1 } from '../core/interpreter';
import { definePrimitive, type Params, type Primitive } from '../core/primitive';
import type { One, Value } from '../core/value';
import { batchUnary, jvpZero } from './kinds';

const stopGradientP: Primitive<Params, One, One> = definePrimitive<Params, One, One>('stop_gradient', {
  impl: ([x]) => [x],
  shape: ([x]) => [x],
  jvp: jvpZero(() => stopGradientP),
  transpose: null,
  batch: batchUnary(
    () => stopGradientP,
    (params) => params,
  ),
  simplify: ({ operands: [x] }) => x,
  lower: { kind: 'map', cost: 'view', sameOrder: true, element: ({ at, read }) => read(0, at) },
});
export const stopGradient = (x: Value): Value => bind1(stopGradientP, [x], {});
