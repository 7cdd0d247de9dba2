import { readFileSync } from 'node:fs';
import {
  type AnyTensor,
  checkGrads,
  concatenate,
  f64,
  jit,
  mean,
  type ResizeOptions,
  reshape,
  resize,
  square,
  sum,
  tensor,
} from 'adjoint';
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
    expect(() => resize(tensor([1, 2]), [2], { method: 'lanczos' as 'linear' })).toThrow(
      "resize: the method must be 'nearest', 'linear' or 'cubic', got the string \"lanczos\".",
    );
    expect(() => resize(tensor([1, 2]), [1], { method: 'nearest', antialias: true })).toThrow(
      "antialias is for the methods 'linear' and 'cubic'",
    );
  });
});

interface Golden {
  readonly shape: readonly [number, number, number, number];
  readonly cases: readonly {
    readonly size: readonly [number, number];
    readonly options: ResizeOptions;
    readonly y: readonly number[];
  }[];
}
const golden = JSON.parse(readFileSync(new URL('resize.json', import.meta.url), 'utf8')) as Golden;
const [batch, height, width, channels] = golden.shape;
const image = reshape(
  tensor(
    Array.from({ length: batch * height * width * channels }, (_, i) => Math.sin(1 + i * i)),
    f64,
  ),
  [batch, height, width, channels],
);
describe.each(golden.cases.map((c) => [JSON.stringify({ ...c.options, size: c.size }), c] as const))(
  'resize with %s',
  (_, { size: [h, w], options, y }) => {
    const f = (x: AnyTensor): AnyTensor => resize(x, [batch, h, w, channels], options);
    it('has the values of PyTorch and JAX, eager and compiled', () => {
      for (const got of [f(image), jit(f)(image)])
        expect(values(got).filter((v, i) => !(Math.abs(v - (y[i] as number)) <= 1e-12))).toEqual([]);
    });
    it('has the derivative of its values', () => {
      checkGrads((x: AnyTensor) => sum(square(f(x)) as AnyTensor) as never, [image as AnyTensor] as never, {
        order: 1,
      });
    });
  },
);

describe('resize at other places', () => {
  it('asymmetric, rounded up, down and at ties', () => {
    const x = tensor([0, 1, 2, 3], f64);
    const at = (options: ResizeOptions) =>
      values(resize(x, [8], { method: 'nearest', coordinates: 'asymmetric', ...options }));
    expect(at({ rounding: 'floor' })).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(at({ rounding: 'ceil' })).toEqual([0, 1, 1, 2, 2, 3, 3, 3]);
    expect(at({ rounding: 'round' })).toEqual([0, 1, 1, 2, 2, 3, 3, 3]);
    expect(at({ rounding: 'roundDown' })).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(values(resize(x, [8], { coordinates: 'asymmetric' }))).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3]);
    expect(values(resize(x, [1], { coordinates: 'pytorchHalfPixel' }))).toEqual([0]);
    expect(values(resize(x, [1]))).toEqual([1.5]);
  });
  it('cubic keeps parabolas inside where its coefficient is -1/2', () => {
    const parabola = (p: number): number => p * p - 3 * p + 1;
    const x = tensor(
      Array.from({ length: 10 }, (_, i) => parabola(i)),
      f64,
    );
    values(resize(x, [20], { method: 'cubic', cubicCoefficient: -0.5 })).forEach((v, i) => {
      if (i >= 4 && i < 16) expect(v).toBeCloseTo(parabola((i + 0.5) / 2 - 0.5), 10);
    });
  });
});
