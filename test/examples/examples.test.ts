// The examples run, and do what they are for.
import { add, grad, mul, tensor, tree } from 'adjoint';
import * as random from 'adjoint/random';
import { describe, expect, it } from 'vitest';
import * as equilibrium from '../../examples/equilibrium';
import * as hmc from '../../examples/hmc';
import * as maml from '../../examples/maml';

describe('equilibrium', () => {
  it('differentiates a square root that a loop finds', () => {
    expect(equilibrium.squareRoot(tensor(9)).item()).toBeCloseTo(3, 5);
    expect(grad(equilibrium.squareRoot)(tensor(9)).item()).toBeCloseTo(1 / 6, 5);
    expect(grad(grad(equilibrium.squareRoot))(tensor(9)).item()).toBeCloseTo(-1 / 108, 5);
  });
  it('gives the gradient of the network by finite differences', () => {
    const [kp, kx, kd] = random.split(random.key(3), 3);
    const params = equilibrium.init(kp);
    const x = random.normal(kx, [16, 2]);
    const y = mul(x.at(':', 0), x.at(':', 1));
    const at = (eps: number) =>
      equilibrium
        .loss(
          tree.map((p, d) => add(p, mul(d, eps)), params, direction),
          x,
          y,
        )
        .item();
    const direction = equilibrium.init(kd);
    const slope = (at(1e-2) - at(-1e-2)) / 2e-2;
    const gradients = grad(equilibrium.loss)(params, x, y);
    const inner = Object.keys(params).reduce((n, k) => {
      const [g, d] = [gradients[k as keyof typeof params], direction[k as keyof typeof params]];
      const [a, b] = [g.toTypedArray(), d.toTypedArray()];
      return n + a.reduce((m, v, i) => m + v * (b[i] as number), 0);
    }, 0);
    expect(inner).toBeCloseTo(slope, 2);
  });
  it('learns', () => {
    const losses = equilibrium.train(60);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] as number));
  });
});

describe('Hamiltonian Monte Carlo', () => {
  it('draws from the density', () => {
    const { mean, variance, covariance } = hmc.sample(60);
    const near = (got: number | undefined, wanted: number): void => {
      expect(Math.abs((got as number) - wanted)).toBeLessThan(0.06);
    };
    near(mean[0], 1);
    near(mean[1], -2);
    near(variance[0], 1);
    near(variance[1], 0.25);
    near(covariance, 0.3);
  });
});

describe('learning to learn', () => {
  it('makes one gradient step go further', () => {
    const losses = maml.train(150);
    const average = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
    expect(average(losses.slice(-20))).toBeLessThan(0.6 * average(losses.slice(0, 10)));
  });
});
