// Splits, sequences, scaling, augmentation, toy sets.
import { add, jit, mean, mul, std, type Tensor, tensor } from 'adjoint';
import {
  kFold,
  minMaxScaling,
  mixup,
  moons,
  padSequences,
  randomCrop,
  randomFlip,
  rescale,
  shuffledBatches,
  spirals,
  splitRows,
  standardScaling,
  unscale,
  windows,
  xor,
} from 'adjoint/data';
import { key, split, uniform } from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const sorted = (xs: Iterable<number>): number[] => [...xs].sort((a, b) => a - b);

describe('parts of a set', () => {
  it('splits are disjoint, complete and of the sizes asked for', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(), fc.integer({ min: 0, max: 10 }), (rows, seed, tenths) => {
        const parts = splitRows(key(seed), rows, [tenths / 10]);
        expect(sorted(parts.flatMap((p) => [...p]))).toEqual(range(rows));
        // Halves go either way: 0.7 times 45 is a little less than 31.5.
        expect(Math.abs((parts[0]?.length ?? 0) - (tenths * rows) / 10)).toBeLessThan(0.5 + 1e-9);
        expect(splitRows(key(seed), rows, [tenths / 10])).toEqual(parts);
      }),
      { numRuns: 50 },
    );
    expect(splitRows(key(0), 10, [0.6, 0.2, 0.2]).map((p) => p.length)).toEqual([6, 2, 2]);
    expect(() => splitRows(key(0), 10, [0.6, 0.6])).toThrow(/at most 1 together/);
  });
  it('every row is tested in one fold and trained on in the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 10 }), (rows, k) => {
        fc.pre(k <= rows);
        const folds = kFold(key(rows), rows, k);
        expect(sorted(folds.flatMap(({ test }) => [...test]))).toEqual(range(rows));
        for (const { train, test } of folds) expect(sorted([...train, ...test])).toEqual(range(rows));
      }),
      { numRuns: 30 },
    );
  });
  it('each pass of shuffled batches is a permutation, and any step can be the first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 8 }), fc.nat(12), (rows, size, from) => {
        fc.pre(size <= rows);
        const perPass = Math.floor(rows / size);
        const some = <T>(items: Iterator<T>, n: number): T[] => range(n).map(() => items.next().value as T);
        const all = some(shuffledBatches(key(1), rows, size), from + 2 * perPass);
        expect(some(shuffledBatches(key(1), rows, size, from), 2 * perPass)).toEqual(all.slice(from));
        const pass = all.slice(0, perPass).flatMap((b) => [...b]);
        expect(new Set(pass).size).toBe(perPass * size);
        expect(pass.every((i) => i >= 0 && i < rows)).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(() => shuffledBatches(key(0), 3, 4).next()).toThrow(/do not fill a batch of 4/);
  });
});

describe('sequences', () => {
  it('are padded and cut at either end, and the mask says where they are', () => {
    expect(padSequences([[1, 2, 3], [4], []], { length: 2 }).values.toArray()).toEqual([
      [1, 2],
      [4, 0],
      [0, 0],
    ]);
    const left = padSequences([[1, 2, 3], [4], []], { length: 2, side: 'left', value: -1 });
    expect(left.values.toArray()).toEqual([
      [2, 3],
      [-1, 4],
      [-1, -1],
    ]);
    expect(left.mask.toArray()).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ]);
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer())), fc.constantFrom('left', 'right'), (sequences, side) => {
        const { values, mask } = padSequences(sequences, { side });
        const [rows, own] = [values.toArray(), mask.toArray()];
        expect(rows.map((row, i) => row.filter((_, j) => own[i]?.[j]))).toEqual(sequences);
      }),
    );
  });
  it('windows are the slices of the series', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }), (n, size, stride) => {
        const { shape, data } = windows({ shape: [n, 2], data: Int32Array.from(range(2 * n)) }, size, { stride });
        const starts = range(n).filter((i) => i % stride === 0 && i + size <= n);
        expect(shape).toEqual([starts.length, size, 2]);
        expect([...data]).toEqual(starts.flatMap((i) => range(2 * size).map((j) => 2 * i + j)));
      }),
    );
  });
});

describe('scaling', () => {
  const x = add(mul(uniform(key(0), [100, 3]), tensor([1, 10, 0])), tensor([0, 5, 7]));
  it('gives mean 0 and deviation 1, and leaves constants finite', () => {
    const y = rescale(standardScaling(x), x);
    for (const m of mean(y, 0).toArray()) expect(m).toBeCloseTo(0, 5);
    expect(
      std(y, 0)
        .toArray()
        .map((s) => Math.round(1e4 * s) / 1e4),
    ).toEqual([1, 1, 0]);
  });
  it('gives 0 to 1', () => {
    const y = rescale(minMaxScaling(x), x);
    expect(y.min(0).toArray()).toEqual([0, 0, 0]);
    expect(y.max(0).toArray()).toEqual([1, 1, 0]);
  });
  it('is undone', () => {
    const scaling = standardScaling(x);
    const back = unscale(scaling, rescale(scaling, x)).toTypedArray();
    x.toTypedArray().forEach((v, i) => {
      expect(back[i]).toBeCloseTo(v, 4);
    });
  });
});

describe('augmentation', () => {
  const images = uniform(key(1), [64, 4, 3, 2]);
  it('flips about half of the images, and each as a whole', () => {
    const out = randomFlip(key(2), images).toArray();
    const before = images.toArray();
    const flipped = out.map((image, b) => {
      const mirrored = (before[b] as number[][][]).map((row) => [...row].reverse());
      const same = JSON.stringify(image) === JSON.stringify(before[b]);
      expect(same || JSON.stringify(image) === JSON.stringify(mirrored)).toBe(true);
      return !same;
    });
    const count = flipped.filter(Boolean).length;
    expect(count).toBeGreaterThan(16);
    expect(count).toBeLessThan(48);
  });
  it('moves every image by its own distance, zeros coming in', () => {
    const out = randomCrop(key(3), images, 2);
    expect(out.shape).toEqual([64, 4, 3, 2]);
    const [before, after] = [images.toArray(), out.toArray()];
    const distances = after.map((image, b) => {
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) {
          const fits = image.every((row, y) =>
            row.every((pixel, x) => pixel.every((v, c) => v === (before[b]?.[y + dy]?.[x + dx]?.[c] ?? 0))),
          );
          if (fits) return `${dy},${dx}`;
        }
      throw new Error(`image ${b} is not a moved one`);
    });
    expect(new Set(distances).size).toBeGreaterThan(12);
    expect(randomCrop(key(3), images, 0).toArray()).toEqual(before);
    expect(() => randomCrop(key(0), images, -1)).toThrow(/at least 0/);
  });
  it('mixes examples and labels alike, by shares from Beta(α, α)', () => {
    const x = tensor([
      [1, 0],
      [0, 1],
    ]);
    const shares = range(400).map((seed) => {
      const [mixed, labels] = mixup(key(seed), x, x, { alpha: 0.4 });
      expect(mixed.toArray()).toEqual(labels.toArray());
      const [[a, b], [c, d]] = mixed.toArray() as [[number, number], [number, number]];
      expect(a + b).toBeCloseTo(1, 5);
      expect([c, d]).toEqual([b, a]);
      return a;
    });
    const average = shares.reduce((s, a) => s + a, 0) / 400;
    const variance = shares.reduce((s, a) => s + (a - average) ** 2, 0) / 400;
    // Of Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)).
    expect(Math.abs(average - 0.5)).toBeLessThan(0.08);
    expect(Math.abs(variance - 1 / 7.2)).toBeLessThan(0.03);
    expect(() => mixup(key(0), x, x, { alpha: 0 })).toThrow(/greater than 0 and finite/);
  });
  it.each([1, 1.5, 4, 30])('mixes by shares of Beta(%f, %f)', (alpha) => {
    const x = tensor([[1], [0]]);
    const shares = range(400).map((seed) => mixup(key(seed), x, x, { alpha })[0].at(0).at(0).item());
    const average = shares.reduce((s, a) => s + a, 0) / 400;
    const wanted = 1 / (4 * (2 * alpha + 1));
    const variance = shares.reduce((s, a) => s + (a - average) ** 2, 0) / 400;
    // Four standard errors: √(v / n) of a mean, and at most v √(2 / n) of a variance of numbers with light tails.
    expect(Math.abs(average - 0.5)).toBeLessThan(4 * Math.sqrt(wanted / 400));
    expect(Math.abs(variance / wanted - 1)).toBeLessThan(4 * Math.sqrt(2 / 400));
  });
  it('is the same under jit', () => {
    const augment = (k: Tensor<[2], ReturnType<typeof key>['dtype']>, x: typeof images) => {
      const [a, b] = split(k);
      return randomCrop(b, randomFlip(a, x), 1);
    };
    expect(jit(augment)(key(4), images).toTypedArray()).toEqual(augment(key(4), images).toTypedArray());
  });
});

describe('toy sets', () => {
  it('have points and classes, the same for the same key', () => {
    for (const make of [moons, spirals, xor]) {
      const { x, y } = make(key(5), 40);
      expect([x.shape, y.shape, y.dtype.name]).toEqual([[40, 2], [40], 'i32']);
      expect(make(key(5), 40).x.toTypedArray()).toEqual(x.toTypedArray());
      expect(make(key(6), 40).x.toTypedArray()).not.toEqual(x.toTypedArray());
      expect(y.toArray().reduce((a, b) => a + b, 0)).toBe(20);
      expect(() => make(key(0), 0)).toThrow(/positive integer/);
    }
  });
  it('without noise lie on their curves', () => {
    const half = moons(key(0), 20, { noise: 0 }).x.toArray() as [number, number][];
    half.forEach(([x, y], i) => {
      const [cx, cy] = i % 2 === 0 ? [0, 0] : [1, 0.5];
      expect(Math.hypot(x - cx, y - cy)).toBeCloseTo(1, 5);
    });
    const arms = spirals(key(0), 20, { noise: 0 }).x.toArray() as [number, number][];
    for (const [x, y] of arms) expect(Math.hypot(x, y)).toBeLessThanOrEqual(2.00001);
  });
});
