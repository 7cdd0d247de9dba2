import { type AnyTensor, checkGrads, concatenate, f64, mean, resize, sum, tensor } from 'adjoint';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const numbers = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 6 });
const values = (x: AnyTensor): number[] => [...x.toTypedArray()] as number[];

describe('resize', () => {
  it('keeps a constant, the range, and what has the size already', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 9 }), fc.constantFrom('nearest', 'linear'), (xs, m, method) => {
        const options = { method } as { method: 'nearest' | 'linear' };
        const y = values(resize(tensor(xs, f64), [m], options));
        expect(y.length).toBe(m);
        expect(Math.max(...y)).toBeLessThanOrEqual(Math.max(...xs) + 1e-12);
        expect(Math.min(...y)).toBeGreaterThanOrEqual(Math.min(...xs) - 1e-12);
        expect(values(resize(tensor(xs, f64), [xs.length], options))).toEqual(xs);
      }),
    );
  });
  it('to a multiple by the nearest is repetition; a line stays a line inside', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 4 }), (xs, k) => {
        const y = values(resize(tensor(xs, f64), [xs.length * k], { method: 'nearest' }));
        expect(y).toEqual(xs.flatMap((v) => Array.from({ length: k }, () => v)));
      }),
    );
    expect(values(resize(tensor([0, 1, 2, 3], f64), [8]))).toEqual([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
  });
  it('axes are independent, and the gradient is right', () => {
    const x = tensor(
      [
        [1, 2],
        [5, 7],
      ],
      f64,
    );
    const rows = resize(x, [4, 2]);
    expect(values(resize(x, [4, 6]))).toEqual(values(resize(rows, [4, 6])));
    expect(sum(resize(x, [4, 6])).item()).toBeCloseTo(6 * sum(x).item(), 9);
    checkGrads((v: typeof x) => mean(resize(v, [3, 5])), [x], { order: 1 });
    expect(concatenate([rows, rows], 0).shape).toEqual([8, 2]);
  });
  it('says what it cannot do', () => {
    expect(() => resize(tensor([1, 2]), [2, 2])).toThrow('resize: shape [2] cannot be resized to [2, 2].');
    expect(() => resize(tensor([1, 2]), [2], { method: 'cubic' as 'linear' })).toThrow("'nearest' or 'linear'");
  });
});
