// L-BFGS on functions with known minima.
import {
  type AnyTensor,
  abs,
  add,
  f64,
  foriLoop,
  greater,
  jit,
  logicalAnd,
  logicalNot,
  makeJaxpr,
  max,
  mean,
  mul,
  over,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  vmap,
  whileLoop,
  zeros,
} from 'adjoint';
import { crossEntropy, initLinear, linear } from 'adjoint/nn';
import { type LbfgsState, lbfgs, lbfgsSolver } from 'adjoint/optim';
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

describe('lbfgsSolver', () => {
  type Valley = { readonly x: Tensor<[6], f64> };
  const { init, update } = lbfgsSolver(rosenbrock, { memory: 5 });
  const goesOn = (s: LbfgsState<Valley>) => logicalAnd(greater(s.error, 1e-8), logicalNot(s.stuck));
  const minimise = (from: Valley) => whileLoop(goesOn, (s: LbfgsState<Valley>) => update(s), init(from));
  const start: Valley = { x: tensor([-1.2, 1, -1.2, 1, -1.2, 1], f64) };
  it('finds the minimum in one jitted loop', () => {
    const found = jit(minimise)(start);
    for (const v of found.params.x.toArray()) expect(v).toBeCloseTo(1, 6);
    expect(found.error.item()).toBeLessThan(1e-8);
    expect(found.stuck.item()).toBe(false);
  });
  it('takes the same steps outside of jit, one at a time, and never goes up', () => {
    const jitted = jit((s: LbfgsState<Valley>) => update(s));
    let [one, two] = [init(start), init(start)];
    for (let i = 0; i < 12; i++) {
      const before = one.value.item();
      [one, two] = [update(one), jitted(two)];
      expect(one.value.item()).toBeLessThan(before);
      expect(max(abs(sub(one.params.x, two.params.x))).item()).toBeLessThan(1e-6);
    }
  });
  it('is a program of one size, whatever the memory', () => {
    const sizeOf = (memory: number): number => {
      const solver = lbfgsSolver(rosenbrock, { memory });
      return makeJaxpr((p: Valley) => solver.update(solver.init(p)).value)(start).toString().length;
    };
    expect(sizeOf(100) - sizeOf(3)).toBeLessThan(200);
  });
  it('under vmap goes down from several starts at once', () => {
    const starts = tensor(
      [
        [-1.2, 1, -1.2, 1, -1.2, 1],
        [0, 0, 0, 0, 0, 0],
        [2, 2, 2, 2, 2, 2],
      ],
      f64,
    );
    const value = (x: Tensor<[6], f64>) =>
      foriLoop(0, 60, (_, s: LbfgsState<Valley>) => update(s), init({ x })).params.x;
    const found: AnyTensor = vmap(value, over(0))(starts);
    expect(max(abs(sub(found, 1) as AnyTensor) as AnyTensor).item()).toBeLessThan(1e-4);
  });
  it('reaches the minimum of stretched bowls from anywhere, over any tree', () => {
    const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 });
    const scales = fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), { minLength: 4, maxLength: 4 });
    type Bowl = { readonly a: Tensor<[2], f64>; readonly b: readonly [Tensor<[1, 2], f64>] };
    fc.assert(
      fc.property(numbers, numbers, scales, (from, goal, scale) => {
        const part = (v: AnyTensor, at: number): AnyTensor =>
          sum(mul(square(sub(v.ravel(), tensor(goal.slice(at, at + 2), f64))), tensor(scale.slice(at, at + 2), f64)));
        const bowl = ({ a, b: [b] }: Bowl): Tensor<[], f64> => add(part(a, 0), part(b, 2)) as AnyTensor;
        const solver = lbfgsSolver(bowl);
        let state = solver.init({
          a: tensor(from.slice(0, 2), f64).as([2]),
          b: [tensor([from.slice(2)], f64).as([1, 2])],
        });
        for (let i = 0; i < 60 && state.error.item() > 1e-7 && !state.stuck.item(); i++) state = solver.update(state);
        const reached = tree.leaves(state.params).flatMap((x) => [...x.toTypedArray()]);
        for (const [i, v] of reached.entries()) expect(v).toBeCloseTo(goal[i] as number, 5);
      }),
      { numRuns: 10 },
    );
  });
  it('says that there is no way down, and refuses leaves of several dtypes', () => {
    const flat = lbfgsSolver((p: { readonly x: Tensor<[1]> }) => sum(mul(p.x, 0)));
    const still = flat.update(flat.init({ x: zeros([1]) }));
    expect([still.stuck.item(), still.params.x.toArray()]).toEqual([true, [0]]);
    const nowhere = lbfgsSolver((p: { readonly x: Tensor<[1]> }) => sum(mul(p.x, Number.NaN)));
    expect(nowhere.init({ x: zeros([1]) }).stuck.item()).toBe(true);
    const two = lbfgsSolver((p: { readonly x: Tensor<[1]>; readonly y: Tensor<[1], f64> }) => sum(p.x));
    expect(() => two.init({ x: zeros([1]), y: zeros([1], f64) })).toThrow(
      'all leaves must have one dtype, got f32, f64',
    );
  });
});
