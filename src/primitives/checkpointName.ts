// The identity that names a value, for the policies of checkpoint.
import type { Aval } from '../core/aval';
import { bind1 } from '../core/interpreter';
import { definePrimitive, type Primitive, type Tangent } from '../core/primitive';
import type { ConcreteArray, Value } from '../core/value';
import { batchUnary } from './kinds';

type NameParams = { readonly name: string };
export const checkpointNameP: Primitive<NameParams> = definePrimitive<NameParams>('checkpoint_name', {
  impl: ([x]) => [x as ConcreteArray],
  shape: ([x]) => [x as Aval],
  // The name is the value's; its tangent has none.
  jvp: (primals, [t], params) => ({
    primals: [bind1(checkpointNameP, primals, params)],
    tangents: [t as Tangent],
  }),
  transpose: ([ct]) => [ct as Tangent],
  batch: batchUnary(
    () => checkpointNameP,
    (params) => params,
  ),
  simplify: ({ operands: [x] }) => x ?? null,
  lower: { kind: 'map', cost: 'view', sameOrder: true, element: ({ at, read }) => read(0, at) },
});
export const checkpointName = (x: Value, name: string): Value => bind1(checkpointNameP, [x], { name });
