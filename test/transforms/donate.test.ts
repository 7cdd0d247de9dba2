// Donated arguments, and results that stay where they were computed.
import {
  type AnyTensor,
  add,
  arange,
  configure,
  DonatedError,
  dynamicUpdateSlice,
  f32,
  grad,
  i32,
  jit,
  mul,
  reshape,
  slice,
  sum,
  type Tensor,
  tensor,
  zeros,
} from 'adjoint';
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

describe('an update of what is donated', () => {
  const size = 4096;
  const put = jit((x: AnyTensor, row: AnyTensor, at: AnyTensor): AnyTensor => dynamicUpdateSlice(x, row, [at, 0]), {
    donate: 0,
  });
  const row = (value: number): AnyTensor => add(zeros([1, size]), value) as AnyTensor;
  const firsts = (x: AnyTensor): unknown => slice(x, 1, 0, 1).ravel().toArray();

  it('lies in its place, and takes no more memory', () => {
    let x: AnyTensor = add(zeros([4, size]), 1);
    x = put(x, row(2), tensor(0, i32));
    const before = residence().bytes;
    for (let i = 0; i < 50; i++) {
      const [old, next] = [x, put(x, row(i), tensor(i % 4, i32))];
      expect(() => old.toArray()).toThrow(DonatedError);
      x = next;
    }
    expect(residence().bytes - before).toBeLessThan(100 * 4 * size);
    expect(firsts(x)).toEqual([48, 49, 46, 47]);
  });
  it('never reaches an array that others have', () => {
    const kept: AnyTensor = jit((x: AnyTensor): AnyTensor => add(x, 1))(zeros([4, size]));
    // The same elements under another shape, and what a program gave back as it came.
    const same: AnyTensor = jit((x: AnyTensor): AnyTensor => x)(kept);
    const reshaped: AnyTensor = jit((x: AnyTensor): AnyTensor => reshape(reshape(x, [2, 2, size]), [4, size]))(kept);
    for (const x of [same, reshaped]) {
      expect(firsts(put(x, row(7), tensor(2, i32)))).toEqual([1, 1, 7, 1]);
      expect(firsts(kept)).toEqual([1, 1, 1, 1]);
    }
    const twice = jit(
      (a: AnyTensor, b: AnyTensor): readonly AnyTensor[] => [dynamicUpdateSlice(a, row(5), [0, 0]), mul(b, 1), b],
      { donate: 0 },
    );
    const [updated, product, other] = twice(kept, kept) as readonly [AnyTensor, AnyTensor, AnyTensor];
    expect([updated, product, other].map(firsts)).toEqual([
      [5, 1, 1, 1],
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ]);
  });
  it('waits for those that read what was there', () => {
    const both = jit(
      (x: AnyTensor): readonly AnyTensor[] => {
        const next: AnyTensor = dynamicUpdateSlice(x, slice(x, 0, 2, 1), [0, 0]);
        return [next, sum(x), dynamicUpdateSlice(next, slice(next, 0, 1, 1), [3, 0]), sum(next)];
      },
      { donate: 0 },
    );
    const x: AnyTensor = add(zeros([4, size]), arange(4).astype(f32).reshape([4, 1]));
    const [next, before, last, after] = both(x) as readonly [AnyTensor, AnyTensor, AnyTensor, AnyTensor];
    expect([firsts(next), firsts(last)]).toEqual([
      [2, 1, 2, 3],
      [2, 1, 2, 1],
    ]);
    expect([before.item(), after.item()]).toEqual([6 * size, 8 * size]);
  });
  it('is the same on every target', () => {
    for (const target of ['wasm', 'js', 'eval'] as const) {
      configure({ target });
      const x: AnyTensor = add(zeros([4, size]), 1);
      expect(firsts(put(x, row(7), tensor(9, i32)))).toEqual([1, 1, 1, 7]);
      expect(() => x.toArray()).toThrow(DonatedError);
    }
    configure({ target: 'wasm' });
  });
});
