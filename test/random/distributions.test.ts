// What is drawn has the distribution it is named after, and the right shape; bad arguments are named.
import { argsort, f64, i32, sort, type Tensor, tensor, unstack, zeros } from 'adjoint';
import * as random from 'adjoint/random';
import { describe, expect, test } from 'vitest';

const k = random.key(7);
const moments = (x: ArrayLike<number>): readonly [mean: number, variance: number] => {
  const xs = Array.from(x);
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  return [mean, xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length];
};
const n = 20000;

describe('moments of 20,000 draws', () => {
  const euler = 0.5772156649;
  test.each([
    ['uniform', random.uniform, 0.5, 1 / 12],
    ['normal', random.normal, 0, 1],
    ['exponential', random.exponential, 1, 1],
    ['gumbel', random.gumbel, euler, Math.PI ** 2 / 6],
    ['laplace', random.laplace, 0, 2],
    ['logistic', random.logistic, 0, Math.PI ** 2 / 3],
    ['truncatedNormal', (key, shape) => random.truncatedNormal(key, shape), 0, 0.7737],
  ] as readonly [string, (key: random.Key, shape: readonly [number]) => Tensor<[number]>, number, number][])(
    '%s',
    (_name, draw, mean, variance) => {
      const [m, v] = moments(draw(k, [n]).toTypedArray());
      expect(m).toBeCloseTo(mean, 1);
      expect(v / variance).toBeGreaterThan(0.93);
      expect(v / variance).toBeLessThan(1.07);
    },
  );
  test('in double precision', () => {
    const [m, v] = moments(random.normal(k, [n], { dtype: f64 }).toTypedArray());
    expect(m).toBeCloseTo(0, 1);
    expect(v).toBeCloseTo(1, 1);
    const u = random.uniform(k, [1000], { dtype: f64 }).toTypedArray();
    expect(u.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(u.some((x) => Math.fround(x) !== x)).toBe(true);
  });
  test('bounds', () => {
    const u = random.uniform(k, [n], { min: -2, max: 3 }).toTypedArray();
    expect(Math.min(...u)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...u)).toBeLessThan(3);
    const t = random.truncatedNormal(k, [n], 0.5, 0.75).toTypedArray();
    expect(Math.min(...t)).toBeGreaterThan(0.5);
    expect(Math.max(...t)).toBeLessThan(0.75);
  });
});

describe('discrete', () => {
  test('randint covers its interval evenly', () => {
    const counts = new Array<number>(5).fill(0);
    for (const x of random.randint(k, [n], -2, 3).toTypedArray()) counts[x + 2] = (counts[x + 2] as number) + 1;
    for (const c of counts) expect(c / (n / 5)).toBeCloseTo(1, 1);
    expect(
      random
        .randint(k, [4], 2147483646, 2147483648)
        .toArray()
        .every((x) => x >= 2147483646),
    ).toBe(true);
    expect(
      random
        .randint(k, [100], -2147483648, 2147483647)
        .toArray()
        .some((x) => x < 0),
    ).toBe(true);
  });
  test('bernoulli and rademacher', () => {
    const [m] = moments(random.bernoulli(k, 0.3, [n]).toTypedArray());
    expect(m).toBeCloseTo(0.3, 1);
    expect(random.bernoulli(k, tensor([0, 1, 0])).toArray()).toEqual([false, true, false]);
    const [r, v] = moments(random.rademacher(k, [n]).toTypedArray());
    expect(r).toBeCloseTo(0, 1);
    expect(v).toBeCloseTo(1, 2);
  });
  test('categorical follows its logits', () => {
    const logits = tensor([Math.log(0.2), Math.log(0.5), Math.log(0.3)]);
    const counts: [number, number, number] = [0, 0, 0];
    for (const x of random.categorical(k, logits, -1, [n]).toTypedArray()) counts[x as 0] += 1;
    expect(counts[0] / n).toBeCloseTo(0.2, 1);
    expect(counts[1] / n).toBeCloseTo(0.5, 1);
    expect(random.categorical(k, zeros([3, 4, 5]), 1).shape).toEqual([3, 5]);
    expect(random.categorical(k, zeros([4, 5]), -1, [7, 4]).shape).toEqual([7, 4]);
  });
  test('permutations', () => {
    const order = random.permutation(k, 1000);
    expect(sort(order).toArray()).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(order.toArray()).not.toEqual(sort(order).toArray());
    expect(random.permutation(k, 0).toArray()).toEqual([]);
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const rows = random.permutation(k, x).toArray();
    expect(rows.map((r) => r.join()).sort()).toEqual(['1,2', '3,4', '5,6']);
    expect(random.shuffle(k, x, 1).shape).toEqual([3, 2]);
  });
  test('choice', () => {
    const x = tensor([10, 20, 30]);
    expect(random.choice(k, x, [2, 3]).shape).toEqual([2, 3]);
    expect(sort(random.choice(k, 6, [6], { replace: false })).toArray()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(random.choice(k, 3, [5], { p: tensor([0, 1, 0]) }).toArray()).toEqual([1, 1, 1, 1, 1]);
    const counts: [number, number, number] = [0, 0, 0];
    for (const i of random.choice(k, 3, [5000], { p: tensor([0.2, 0.3, 0.5]) }).toArray())
      counts[i] = (counts[i] as number) + 1;
    expect(counts[2] / 5000).toBeCloseTo(0.5, 1);
    const chosen = random.choice(k, 3, [2], { p: tensor([0.5, 0, 0.5]), replace: false });
    expect(sort(chosen).toArray()).toEqual([0, 2]);
  });
});

test('empty shapes', () => {
  for (const draw of [random.uniform, random.normal, random.gumbel]) expect(draw(k, [0, 3]).shape).toEqual([0, 3]);
  expect(random.randint(k, [0], 0, 5).toArray()).toEqual([]);
  expect(random.normal(k, []).toArray()).toEqual(expect.any(Number));
  expect(random.split(k, 0)).toEqual([]);
});

test('keys are independent of each other and of the order of use', () => {
  const [a, b] = random.split(k);
  expect(random.bits(a, [3]).toArray()).not.toEqual(random.bits(b, [3]).toArray());
  expect(random.bits(a, [3]).toArray()).toEqual(random.bits(a, [3]).toArray());
  const rows = unstack(random.keys(k, 2));
  expect(rows.map((r) => r.toArray())).toEqual([a, b].map((x) => x.toArray()));
  expect(argsort(random.uniform(k, [4])).dtype).toBe(i32);
});

test('bad arguments', () => {
  const say = (f: () => unknown): string => {
    try {
      f();
    } catch (e) {
      return String(e);
    }
    return 'nothing was thrown';
  };
  expect(
    [
      () => random.normal(3 as never, [2]),
      () => random.normal([2] as never, [2]),
      () => random.normal(random.keys(k, 2) as never, [2]),
      () => random.normal(k, 2 as never),
      () => random.normal(k, [-1]),
      () => random.uniform(k, [2], { min: 1, max: 0 }),
      () => random.uniform(k, [2], { dtype: i32 as never }),
      () => random.randint(k, [2], 3, 3),
      () => random.randint(k, [2], 0.5, 3),
      () => random.key(1.5),
      () => random.choice(k, 2, [3], { replace: false }),
      () => random.categorical(k, zeros([2, 0])),
      () => random.bernoulli(k, [2] as never),
      () => random.split(k, -1),
    ].map(say),
  ).toMatchInlineSnapshot(`
    [
      "ArgumentError: normal: the key comes first: a u32 tensor of shape [2], made by key(seed) or split(key); got the number 3.",
      "ArgumentError: normal: the key comes first: a u32 tensor of shape [2], made by key(seed) or split(key); got an array. Of the keys in an array take one; to map over n keys with vmap, make one tensor of them: keys(key, n).",
      "ArgumentError: normal: the key comes first: a u32 tensor of shape [2], made by key(seed) or split(key); got a tensor u32[2,2]. Map over several keys with vmap.",
      "ArgumentError: normal: the shape must be an array of sizes, got 2. Write [2].",
      "ShapeError: normal: sizes must be integers >= 0, got -1 at axis 0 of [-1].",
      "ArgumentError: uniform: max 0 is less than min 1.",
      "DTypeError: uniform: expected a float dtype, got i32.",
      "ArgumentError: randint: there is no integer in [3, 3): high must be greater than low.",
      "ArgumentError: randint: low must be an integer, got 0.5.",
      "ArgumentError: key: the seed must be an integer of at most 53 bits, got 1.5.",
      "ShapeError: choice: cannot draw 3 different elements from 2. Allow repetitions with replace: true.",
      "ShapeError: categorical: axis 1 of logits [2, 0] is empty, so there is no class to draw.",
      "ArgumentError: bernoulli: the probability comes before the shape: bernoulli(key, 0.5, [n]).",
      "ArgumentError: split: n must be an integer >= 0, got -1.",
    ]
  `);
});
