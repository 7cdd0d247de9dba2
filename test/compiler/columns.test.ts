// Long sums down columns add in the one order that sums have, whatever the sizes.
import { afterEach, describe, expect, it } from 'vitest';
import { f32, f64, i32 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/evalJaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import type { ConcreteArray, Value } from '../../src/core/value';
import * as lax from '../../src/primitives';
import { compiled } from '../../src/runtime/executable';
import { configure } from '../../src/runtime/settings';
import { arrayOf, identical } from './programs';

const { target } = configure();
afterEach(() => {
  configure({ target });
});

const agrees = (f: (x: Value) => Value, x: ConcreteArray): boolean => {
  const { jaxpr } = traceToJaxpr('test', (v) => [f(v as Value)], [x.aval]);
  const [expected] = evalJaxpr(jaxpr, [x]);
  const [got] = compiled(jaxpr).run([x]);
  return identical(got as ConcreteArray, (expected as Value).concrete('test'));
};

describe.each(['js', 'wasm'] as const)('with %s', (name) => {
  it.each([129, 255, 256, 300, 1025])('%i rows', (rows) => {
    configure({ target: name });
    for (const columns of [2, 31, 65, 300, 1025])
      for (const dtype of [f32, f64, i32]) {
        const floats = arrayOf([rows, columns], dtype === i32 ? f32 : dtype, rows + columns);
        const x = dtype === i32 ? lax.convert(lax.mul(floats, lax.fullLike(floats, 9)), i32).concrete('test') : floats;
        expect(agrees((v) => lax.reduceSum(v, [0]), x)).toBe(true);
        expect(agrees((v) => lax.reduceMax(lax.mul(v, v), [0]), x)).toBe(true);
      }
  });
  it('between other axes, and of what is computed', () => {
    configure({ target: name });
    const x = arrayOf([3, 200, 2, 33], f32, 7);
    expect(agrees((v) => lax.reduceSum(v, [1]), x)).toBe(true);
    expect(agrees((v) => lax.reduceSum(lax.tanh(v), [0, 1]), x)).toBe(true);
    expect(agrees((v) => lax.reduceSum(lax.transpose(v, [1, 0, 3, 2]), [0]), x)).toBe(true);
  });
});
