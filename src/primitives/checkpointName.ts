// The identity that names a value, for the policies of checkpoint.
import { bind1 } from '../core/interpreter';
import { definePrimitive, type Primitive } from '../core/primitive';
import type { One, Value } from '../core/value';
import { batchUnary, transposeUnary } from './kinds';

type NameParams = { readonly name: string };
export const checkpointNameP: Primitive<NameParams, One, One> = definePrimitive<NameParams, One, One>(
  'checkpoint_name',
  {
    impl: ([x]) => [x],
    shape: ([x]) => [x],
    // The name is the value's; its tangent has none.
    jvp: (primals, tangents, params) => ({ primals: [bind1(checkpointNameP, primals, params)], tangents }),
    transpose: transposeUnary((ct) => ct),
    batch: batchUnary(
      () => checkpointNameP,
      (params) => params,
    ),
    simplify: ({ operands: [x] }) => x,
    lower: { kind: 'map', cost: 'view', sameOrder: true, element: ({ at, read }) => read(0, at) },
  },
);
export const checkpointName = (x: Value, name: string): Value => bind1(checkpointNameP, [x], { name });
