// L-BFGS on functions with known minima.
import { add, f64, mean, mul, slice, square, sub, sum, type Tensor, tensor, zeros } from 'adjoint';
import { crossEntropy, initLinear, linear } from 'adjoint/nn';
import { lbfgs } from 'adjoint/optim';
import * as random from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const rosenbrock = ({ x }: { readonly x: Tensor<[6], f64> }) => {
  const [a, b] = [slice(x, 0, 0, 5), slice(x, 0, 1, 5)];
  return sum(add(mul(square(sub(b, square(a))), 100), square(sub(a, 1))));
};

describe('lbfgs', () => {
  it('finds the minimum of the Rosenbrock function in the curved valley', () => {
    const from = { x: tensor([-1.2, 1, -1.2, 1, -1.2, 1], f64) };
    const found = lbfgs(rosenbrock, from, { tolerance: 1e-8, steps: 200 });
    expect(found.stopped).toBe('converged');
    for (const v of found.params.x.toArray()) expect(v).toBeCloseTo(1, 6);
    expect(found.evaluations).toBeLessThan(120);
  });
  it('needs few steps more than there are dimensions for quadratic functions, however they are stretched', () => {
    const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 });
    const scales = fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(numbers, numbers, scales, (start, goal, scale) => {
        const bowl = (p: { readonly x: Tensor<[number], f64> }) =>
          mul(sum(mul(square(sub(p.x, tensor(goal, f64))), tensor(scale, f64))), 0.5);
        const found = lbfgs(bowl, { x: tensor(start, f64) }, { tolerance: 1e-7 });
        found.params.x.toArray().forEach((v, i) => {
          expect(v as number).toBeCloseTo(goal[i] as number, 5);
        });
        expect(found.steps).toBeLessThan(60);
      }),
      { numRuns: 25 },
    );
  });
  it('fits a logistic regression in single precision', () => {
    const key = random.key(0);
    const x = random.normal(key, [60, 3]);
    const labels = random.randint(random.key(1), [60], 0, 2);
    const params = initLinear(key, { inputs: 3, outputs: 2 });
    const loss = (p: typeof params) => add(mean(crossEntropy(linear(p)(x), labels)), mul(sum(square(p.w)), 0.01));
    const before = loss(params).item();
    const found = lbfgs(loss, params, { tolerance: 1e-4 });
    expect(found.value).toBeLessThan(before);
    expect(found.gradient).toBeLessThan(1e-3);
  });
  it('says why it stopped', () => {
    const slope = (p: { readonly x: Tensor<[1]> }) => sum(p.x);
    expect(lbfgs(slope, { x: zeros([1]) }, { steps: 2 }).stopped).not.toBe('converged');
    expect(lbfgs((p: { readonly x: Tensor<[1]> }) => sum(square(p.x)), { x: zeros([1]) }).steps).toBe(0);
    expect(() => lbfgs((p: { readonly x: Tensor<[1]> }) => sum(mul(p.x, Number.NaN)), { x: zeros([1]) })).toThrow(
      'lbfgs: the loss is NaN at the start.',
    );
  });
});
