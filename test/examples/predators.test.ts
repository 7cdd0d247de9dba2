// An adaptive solver and its adjoint, against what is known and against steps that are differentiated one by one.
import { add, type f64 as F64, f64, grad, jit, mul, type Scalar, stack, sub, sum, type Tensor, tensor } from 'adjoint';
import { describe, expect, it } from 'vitest';
import * as predators from '../../examples/predators';

type Field = predators.Field;
const y0 = tensor([1, 0.5], f64);
const near = (got: Tensor<[number], F64>, wanted: readonly number[], digits: number): void => {
  expect(got.toArray().length).toBe(wanted.length);
  got.toArray().forEach((x, i) => {
    expect(x).toBeCloseTo(wanted[i] as number, digits);
  });
};
const both = { argnums: [0, 1] } as const;

describe('an adaptive solver', () => {
  // y' = (a x - b y, c x + d y) with a = d = -1/2, b = c = 2: a spiral.
  const linear: Field = (y, r) =>
    stack([sub(mul(r.at(0), y.at(0)), mul(r.at(1), y.at(1))), add(mul(r.at(2), y.at(0)), mul(r.at(3), y.at(1)))]);
  const rates = tensor([-0.5, 2, 2, -0.5], f64);
  const time = 1.5;
  const [shrunk, cos, sin] = [Math.exp(-0.5 * time), Math.cos(2 * time), Math.sin(2 * time)];
  const x1 = [shrunk * (cos - 0.5 * sin), shrunk * (sin + 0.5 * cos)] as const;

  it('follows a spiral to where it leads', () => {
    near(predators.solve(linear, time)(y0, rates) as never, x1, 6);
    near(jit(predators.solve(linear, time))(y0, rates) as never, x1, 6);
  });
  it('has the gradient of the solution that is known', () => {
    const height = (y: predators.State, r: predators.Rates) => predators.solve(linear, time)(y, r).at(0) as Scalar<F64>;
    const [byStart, byRates] = grad(height, both)(y0, rates);
    near(byStart as never, [shrunk * cos, -shrunk * sin], 6);
    // Along a = d the solution is multiplied by exp(δ t), and along b = c it is turned on by δ t.
    const [a, b, c, d] = byRates.toArray() as [number, number, number, number];
    expect(a + d).toBeCloseTo(time * x1[0], 6);
    expect(b + c).toBeCloseTo(-time * x1[1], 6);
  });
  it('has the gradient of many small steps, of an equation that is not linear', () => {
    const population = tensor([1.5, 1, 1, 3], f64);
    const loss = (f: ReturnType<typeof predators.solveByScan>) => (y: predators.State, r: predators.Rates) => {
      const end = f(y, r);
      return sum(mul(end, mul(end, end))) as Scalar<F64>;
    };
    const [byStart, byRates] = jit(grad(loss(predators.solve(predators.predation, 2)), both))(y0, population);
    const [start, known] = jit(grad(loss(predators.solveByScan(predators.predation, 2, 1600)), both))(y0, population);
    near(byStart as never, start.toArray(), 5);
    near(byRates as never, known.toArray(), 5);
  });
  it('finds the rates that made the counts', () => {
    const { losses, worst } = predators.fit(80);
    expect(losses.at(-1)).toBeLessThan(0.01 * (losses[0] as number));
    expect(worst).toBeLessThan(0.02);
  });
});
