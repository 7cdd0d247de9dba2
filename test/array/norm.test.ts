// Norms against their definition, and what makes them norms.
import {
  type AnyTensor,
  abs,
  add,
  checkGrads,
  f64,
  grad,
  i32,
  jit,
  mul,
  norm,
  over,
  type Tensor,
  tensor,
  vmap,
} from 'adjoint';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const entry = fc.double({ min: -10, max: 10, noNaN: true }).filter((x) => x === 0 || Math.abs(x) > 1e-3);
const vector = fc.array(entry, { minLength: 3, maxLength: 3 });
const orders = [0.5, 1, 1.5, 2, 3, Infinity];
const order = fc.constantFrom(...orders);
const of = (x: AnyTensor, ord: number): number => norm(x, undefined, { ord }).item() as number;

describe('norm', () => {
  it('is (Σ |x|ᵖ)^(1/p), and at its ends the largest, the smallest and how many are not 0', () => {
    fc.assert(
      fc.property(vector, order, (x, p) => {
        const sizes = x.map(Math.abs);
        const wanted = p === Infinity ? Math.max(...sizes) : sizes.reduce((s, v) => s + v ** p, 0) ** (1 / p);
        expect(of(tensor(x, f64), p)).toBeCloseTo(wanted, 9);
        expect(of(tensor(x, f64), -Infinity)).toBe(Math.min(...sizes));
        expect(of(tensor(x, f64), 0)).toBe(x.filter((v) => v !== 0).length);
      }),
    );
  });
  it('scales with its argument, and from 1 on no way round is shorter', () => {
    fc.assert(
      fc.property(vector, vector, entry, order, (a, b, by, p) => {
        const [x, y] = [tensor(a, f64), tensor(b, f64)];
        expect(of(mul(x, by), p)).toBeCloseTo(Math.abs(by) * of(x, p), 6);
        if (p >= 1) expect(of(add(x, y), p)).toBeLessThanOrEqual(of(x, p) + of(y, p) + 1e-9);
      }),
    );
  });
  it.each(orders)('of order %f has the derivative of differences, under jit and vmap as well', (ord) => {
    const x = tensor(
      [
        [0.3, -1.2, 2],
        [1, 0.5, -0.7],
      ],
      f64,
    );
    checkGrads((v: typeof x) => norm(v, -1, { ord }), [x], { order: 1 });
    const rows = norm(x, 1, { ord });
    expect(jit((v: typeof x) => norm(v, 1, { ord }))(x).toArray()).toEqual(rows.toArray());
    expect(vmap((v: Tensor<[3], f64>) => norm(v, 0, { ord }), over(0))(x).toArray()).toEqual(rows.toArray());
  });
  it('of nothing but zeros is 0, and has derivative 0', () => {
    for (const ord of [1.5, 2, 3]) {
      expect(norm(tensor([0, 0], f64), 0, { ord }).item()).toBe(0);
      expect(abs(grad((v: Tensor<[2], f64>) => norm(v, 0, { ord }))(tensor([0, 0], f64))).toArray()).toEqual([0, 0]);
    }
  });
  it('takes integers, keeps axes, refuses orders that are none', () => {
    expect(norm(tensor([[3, 4]], i32), 1, { keepDims: true }).toArray()).toEqual([[5]]);
    expect(() => norm(tensor([1]), 0, { ord: -1 })).toThrow('norm: ord must be a number of at least 0');
  });
});
