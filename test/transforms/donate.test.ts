// Donated arguments, and results that stay where they were computed.
import { add, configure, DonatedError, grad, jit, mul, sum, type Tensor, zeros } from 'adjoint';
import { normal, key as seed } from 'adjoint/random';
import { afterEach, describe, expect, it } from 'vitest';
import { residence } from '../../src/runtime/resident';

const { residentLimit } = configure();
afterEach(() => {
  configure({ residentLimit });
});

describe('donation', () => {
  const step = jit((x: Tensor<[4096]>) => add(mul(x, 0.5), 1), { donate: 0 });
  it('gives the result of the same call without it', () => {
    const x = normal(seed(0), [4096]);
    const expected = add(mul(x, 0.5), 1).toArray();
    expect(step(x).toArray()).toEqual(expected);
  });
  it('makes reading the argument an error that says what to do', () => {
    const x = normal(seed(1), [4096]);
    step(x);
    expect(() => x.toArray()).toThrow(DonatedError);
    expect(() => add(x, 1)).toThrow(/was donated to a jitted function.*Use what the function returned/s);
    expect(() => step(x)).toThrow(DonatedError);
  });
  it('leaves alone what is returned as it came', () => {
    const same = jit((x: Tensor<[4096]>) => x, { donate: 0 });
    const x = normal(seed(2), [4096]);
    expect(same(x).toArray()).toEqual(x.toArray());
  });
  it('is the business of calls, not of transforms', () => {
    const x = normal(seed(3), [4096]);
    const g = grad((y: Tensor<[4096]>) => sum(step(y)))(x);
    expect(g.at(0).item()).toBe(0.5);
    expect(x.toArray()).toHaveLength(4096);
  });
  it('keeps the memory of a loop at what one step needs', () => {
    let x: Tensor<[100_000]> = zeros([100_000]);
    const next = jit((y: Tensor<[100_000]>) => add(y, 1), { donate: 0 });
    x = next(next(x));
    const before = residence().bytes;
    for (let i = 0; i < 500; i++) x = next(x);
    expect(residence().bytes).toBe(before);
    expect(x.at(7).item()).toBe(502);
  });
});

describe('results that stay in place', () => {
  it('keep their values in a long synchronous loop, whatever must make room', () => {
    configure({ residentLimit: 2 ** 20 });
    const next = jit((x: Tensor<[10_000]>, i: Tensor<[]>) => add(mul(x, 0), i));
    let x: Tensor<[10_000]> = zeros([10_000]);
    const kept: Tensor<[10_000]>[] = [];
    for (let i = 0; i < 600; i++) {
      x = next(x, zeros([]).add(i));
      if (i % 7 === 0) kept.push(x);
      expect(residence().bytes).toBeLessThanOrEqual(2 ** 20 + 4 * 10_000 * kept.length + 200_000);
    }
    expect(kept.map((y) => y.at(9999).item())).toEqual(kept.map((_, k) => 7 * k));
  });
});
