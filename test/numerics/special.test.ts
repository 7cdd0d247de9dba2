// Zeros, infinities, NaN and subnormal numbers.
import { describe, expect, it } from 'vitest';
import type { FormulaName } from '../../src/numerics/formulas';
import { functions } from '../../src/numerics/functions';

const { PI } = Math;
/** x and f(x), rounded to the precision. */
const values: Readonly<Record<FormulaName, readonly (readonly [number, number])[]>> = {
  exp: [
    [0, 1],
    [-0, 1],
    [1, Math.E],
    [Infinity, Infinity],
    [-Infinity, 0],
    [1000, Infinity],
    [-1000, 0],
  ],
  expm1: [
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -1],
    [-100, -1],
    [1e-45, 1e-45],
  ],
  log: [
    [1, 0],
    [0, -Infinity],
    [-0, -Infinity],
    [-1, NaN],
    [-Infinity, NaN],
    [Infinity, Infinity],
    [-1e-45, NaN],
  ],
  log1p: [
    [0, 0],
    [-0, -0],
    [-1, -Infinity],
    [-2, NaN],
    [-Infinity, NaN],
    [Infinity, Infinity],
    [1e-45, 1e-45],
  ],
  log10: [
    [1, 0],
    [1000, 3],
    [1e-5, -5],
    [0, -Infinity],
    [-0, -Infinity],
    [-1, NaN],
    [-Infinity, NaN],
    [Infinity, Infinity],
  ],
  rsqrt: [
    [4, 0.5],
    [0, Infinity],
    [-0, -Infinity],
    [-1, NaN],
    [Infinity, 0],
  ],
  cbrt: [
    [27, 3],
    [-8, -2],
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [2 ** -147, 2 ** -49],
  ],
  sin: [
    [0, 0],
    [-0, -0],
    [Infinity, NaN],
    [-Infinity, NaN],
    [2 ** 100, Math.sin(2 ** 100)],
    [1e-45, 1e-45],
  ],
  cos: [
    [0, 1],
    [-0, 1],
    [Infinity, NaN],
    [-Infinity, NaN],
  ],
  tan: [
    [0, 0],
    [-0, -0],
    [Infinity, NaN],
    [-Infinity, NaN],
    [-1e-45, -1e-45],
  ],
  asin: [
    [0, 0],
    [-0, -0],
    [1, PI / 2],
    [-1, -PI / 2],
    [1.5, NaN],
    [-Infinity, NaN],
  ],
  acos: [
    [1, 0],
    [-1, PI],
    [0, PI / 2],
    [-0, PI / 2],
    [1.5, NaN],
    [-Infinity, NaN],
  ],
  atan: [
    [0, 0],
    [-0, -0],
    [Infinity, PI / 2],
    [-Infinity, -PI / 2],
    [1, PI / 4],
    [1e-45, 1e-45],
  ],
  sinh: [
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [1e-45, 1e-45],
  ],
  cosh: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, Infinity],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [30, 1],
    [-30, -1],
    [1e-45, 1e-45],
  ],
  asinh: [
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [1e-45, 1e-45],
  ],
  acosh: [
    [1, 0],
    [0.5, NaN],
    [-5, NaN],
    [-Infinity, NaN],
    [Infinity, Infinity],
  ],
  atanh: [
    [0, 0],
    [-0, -0],
    [1, Infinity],
    [-1, -Infinity],
    [1.5, NaN],
    [-Infinity, NaN],
    [1e-45, 1e-45],
  ],
  logistic: [
    [0, 0.5],
    [-0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
    [100, 1],
  ],
  softplus: [
    [0, Math.LN2],
    [-0, Math.LN2],
    [Infinity, Infinity],
    [-Infinity, 0],
    [1000, 1000],
    [-1000, 0],
  ],
  erf: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [10, 1],
    [-10, -1],
  ],
  erfInv: [
    [0, 0],
    [-0, -0],
    [1, Infinity],
    [-1, -Infinity],
    [1.5, NaN],
    [-Infinity, NaN],
  ],
};

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  const f = functions[precision];
  const round = precision === 'f32' ? Math.fround : (x: number) => x;
  it.each(Object.entries(values) as [FormulaName, (typeof values)[FormulaName]][])('%s', (name, rows) => {
    for (const [x, y] of rows) expect([x, f[name](round(x))]).toEqual([x, round(y)]);
    expect(f[name](Number.NaN)).toBeNaN();
  });

  const [zero, one, inf, nan] = [0, 1, Infinity, Number.NaN];
  it('pow has the special cases of C', () => {
    for (const [x, y, z] of [
      [nan, zero, one],
      [nan, -0, one],
      [one, nan, one],
      [one, inf, one],
      [-1, inf, one],
      [-1, -inf, one],
      [nan, one, nan],
      [2, nan, nan],
      [zero, nan, nan],
      [-inf, nan, nan],
      [zero, -3, inf],
      [-0, -3, -inf],
      [zero, -2.5, inf],
      [-0, -2, inf],
      [zero, -inf, inf],
      [-0, 3, -0],
      [-0, 2.5, zero],
      [0.5, inf, zero],
      [0.5, -inf, inf],
      [2, inf, inf],
      [2, -inf, zero],
      [-2, inf, inf],
      [inf, 2, inf],
      [inf, -2, zero],
      [inf, 1e-30, inf],
      [-inf, 3, -inf],
      [-inf, 2, inf],
      [-inf, -3, -0],
      [-inf, 0.5, inf],
      [-8, 1 / 3, nan],
      [-8, 3, -512],
      [-2, -1, -0.5],
      [2, 5000, inf],
      [-2, 5001, -inf],
      [2, -5000, zero],
      [-2, -5001, -0],
    ] as const)
      expect([x, y, f.pow(x, round(y))]).toEqual([x, y, z]);
  });
  it('atan2 has the special cases of C', () => {
    const points = [0, -0, 1, -1, 2.5, -2.5, inf, -inf].map(round);
    for (const y of points)
      for (const x of points) {
        const exact = round(Math.atan2(y, x));
        const got = f.atan2(y, x);
        expect(Math.abs(got - exact)).toBeLessThanOrEqual(
          Math.abs(exact) * (precision === 'f32' ? 2 ** -22 : 2 ** -51),
        );
        expect(Object.is(Math.sign(got), Math.sign(exact))).toBe(true);
      }
    expect(f.atan2(nan, one)).toBeNaN();
    expect(f.atan2(one, nan)).toBeNaN();
  });
});
