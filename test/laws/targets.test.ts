// That the laws of targets are kept by all primitives is checked with the others; here, that they catch what breaks them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operand } from '../../laws/call';
import { primitiveProperties } from '../../laws/primitiveProperties';
import { targets } from '../../laws/targets';
import { f32, f64 } from '../../src/core/dtype';
import { bind } from '../../src/core/interpreter';
import { apply, constant } from '../../src/core/lowering';
import { definePrimitive, type Primitive } from '../../src/core/primitive';
import { concreteArray } from '../../src/core/value';
import { threadsReady } from '../../src/runtime/pool';
import '../../src/primitives';

/** x + 1, and a lowering that says x + `wrong`. */
const addOne = (name: string, wrong: number): Primitive =>
  definePrimitive(name, {
    impl: ([x]) =>
      x === undefined
        ? []
        : [
            concreteArray(
              x.shape,
              x.dtype,
              x.data.map((a) => a + 1),
            ),
          ],
    shape: (avals) => avals,
    jvp: (primals, [t]) => ({ primals: bind(addOneP, primals, {}), tangents: t === undefined ? [] : [t] }),
    transpose: null,
    batch: (_size, args) => ({ values: bind(addOneP, args, {}), mapped: [true] }),
    lower: {
      kind: 'map',
      cost: 'arithmetic',
      element: ({ read, at, args: [x] }) => {
        const { name: dtype } = x?.dtype ?? f32;
        return apply('add', dtype, read(0, at), constant(wrong, dtype));
      },
    },
  });
const addOneP = addOne('add_one', 1);
const addTwoP = addOne('add_two', 2);
const generator = {
  dtypes: [f32, f64],
  spec: (dtype: typeof f32 | typeof f64) => fc.constant({ args: [operand([3], dtype)], params: {} }),
};

describe('laws of targets', () => {
  it('hold for a lowering that is right, and for none of the compiled targets where it is wrong', () => {
    const holds = (p: Primitive) =>
      Object.fromEntries(
        Object.keys(targets).map((name) => {
          const property = primitiveProperties(p, generator as never)[name as keyof typeof targets];
          return [name, property !== undefined && !fc.check(property, { numRuns: 20 }).failed];
        }),
      );
    expect(holds(addOneP)).toEqual({
      js: true,
      eval: true,
      wasm: true,
      'wasm without simd': true,
      'wasm in pieces': true,
      'wasm threads': true,
    });
    expect(holds(addTwoP)).toEqual({
      js: false,
      eval: true,
      wasm: false,
      'wasm without simd': false,
      'wasm in pieces': false,
      'wasm threads': false,
    });
    expect(threadsReady()).toBe(2);
  });
});
