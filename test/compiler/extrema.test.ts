// Extrema along rows: NaN where a number is, and the right one of the zeros, in vectors and in what is left of a row.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { configure, f32, f64, jit, max, min, tensor } from '../../src/index';

const { target } = configure();
afterEach(() => {
  configure({ target });
});
const numbers = fc.constantFrom(0, -0, 1, -1, 2.5, -3, Infinity, -Infinity);
const rows = fc.array(fc.oneof({ weight: 30, arbitrary: numbers }, fc.constant(Number.NaN)), {
  minLength: 1,
  maxLength: 45,
});

describe.each(['js', 'wasm'] as const)('with %s', (name) => {
  it.each([f32, f64])('of $name', (dtype) => {
    configure({ target: name });
    fc.assert(
      fc.property(rows, (row) => {
        const x = tensor([row, row.map((v) => -v)], dtype);
        const [greatest, least] = jit((v: typeof x) => [max(v, 1), min(v, 1)] as const)(x);
        expect(greatest.toArray()).toEqual([Math.max(...row), Math.max(...row.map((v) => -v))]);
        expect(least.toArray()).toEqual([Math.min(...row), Math.min(...row.map((v) => -v))]);
      }),
      { numRuns: 200 },
    );
  });
});
