// The sums of a contraction do not depend on how it is cut: a row alone has the bits that it has among others.
import {
  type AnyTensor,
  configure,
  expandDims,
  f32,
  f64,
  flip,
  i32,
  jit,
  matmul,
  matrixTranspose,
  mul,
  slice,
  sum,
  swapaxes,
} from 'adjoint';
import { key, randint, uniform } from 'adjoint/random';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

const before = configure();
afterEach(() => {
  configure(before);
});
const size = (most: number) => fc.integer({ min: 1, max: most });
const cases = fc.record({
  rows: fc.oneof(size(9), fc.constantFrom(33, 80)),
  columns: fc.oneof(size(40), fc.constantFrom(64, 257, 530, 1100)),
  depth: fc.oneof(size(20), fc.constantFrom(255, 256, 263, 600)),
  dtype: fc.constantFrom(f32, f64, i32),
  seed: size(1e6),
});
const numbers = (seed: number, shape: readonly number[], dtype: typeof f32 | typeof f64 | typeof i32): AnyTensor =>
  dtype.name === 'i32'
    ? (randint(key(seed), [...shape], -1000, 1000) as AnyTensor)
    : (uniform(key(seed), [...shape], { min: -1, max: 1, dtype: dtype as typeof f32 }) as AnyTensor);
const bits = (x: AnyTensor): string => Buffer.from(x.toTypedArray().buffer).toString('base64');

/** Functions of their own each time: what was compiled keeps the settings that it was compiled under. */
const products = () => ({
  product: jit((x: AnyTensor, y: AnyTensor): AnyTensor => matmul(x, y)),
  byTransposed: jit((x: AnyTensor, y: AnyTensor): AnyTensor => matmul(x, matrixTranspose(y) as AnyTensor)),
  swapped: jit((x: AnyTensor, y: AnyTensor): AnyTensor => {
    const turned: AnyTensor = swapaxes(matmul(matrixTranspose(y) as AnyTensor, matrixTranspose(x) as AnyTensor), 0, 1);
    return turned;
  }),
});

describe('products of few rows', () => {
  it.each([
    ['with', true],
    ['without', false],
  ])('have the bits of those rows among others, however the right side lies, %s vectors', (_, simd) => {
    configure({ simd });
    const { product, byTransposed, swapped } = products();
    fc.assert(
      fc.property(cases, ({ rows, columns, depth, dtype, seed }) => {
        const x = numbers(seed, [rows, depth], dtype);
        const y = numbers(seed + 1, [depth, columns], dtype);
        const turned = jit((v: AnyTensor): AnyTensor => matrixTranspose(v))(y);
        const whole = product(x, y);
        expect(bits(byTransposed(x, turned))).toBe(bits(whole));
        expect(bits(swapped(x, y))).toBe(bits(whole));
        const i = seed % rows;
        const row: AnyTensor = slice(x, 0, i, 1);
        const expected = bits(slice(whole, 0, i, 1) as AnyTensor);
        expect(bits(product(row, y))).toBe(expected);
        expect(bits(byTransposed(row, turned))).toBe(expected);
      }),
      { numRuns: 25 },
    );
  });
  it('have the right sums where a side runs backwards', () => {
    const [x, y] = [numbers(1, [2, 9], i32), numbers(2, [5, 9], i32)];
    for (const left of [[], [0], [1], [0, 1]])
      for (const right of [[], [0], [1], [0, 1]]) {
        const turn = (v: AnyTensor, axes: readonly number[]): AnyTensor =>
          axes.reduce((z: AnyTensor, k): AnyTensor => flip(z, k), v);
        const backwards = jit(
          (u: AnyTensor, v: AnyTensor): AnyTensor =>
            matmul(turn(u, left), matrixTranspose(turn(v, right)) as AnyTensor),
        );
        const sums: AnyTensor = sum(
          mul(expandDims(turn(x, left), 1) as AnyTensor, expandDims(turn(y, right), 0) as AnyTensor) as AnyTensor,
          -1,
        );
        expect(backwards(x, y).toArray()).toEqual(sums.toArray());
      }
  });
});
