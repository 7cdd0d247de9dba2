import { stream } from 'adjoint/data';
import { key } from 'adjoint/random';
import fc from 'fast-check';
import { pipe } from 'fp-ts/lib/function.js';
import { describe, expect, it } from 'vitest';

const items = fc.array(fc.integer(), { maxLength: 50 });
const sizes = fc.integer({ min: 1, max: 8 });
/** The items one at a time, and how many were asked for. */
const counted = <A>(all: readonly A[]) => {
  const seen = { asked: 0, closed: false };
  const source = async function* () {
    try {
      for (const item of all) {
        seen.asked += 1;
        yield await Promise.resolve(item);
      }
    } finally {
      seen.closed = true;
    }
  };
  return { seen, source: source() };
};

describe('stream', () => {
  it('map, filter, flatMap, take and drop are those of arrays', async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.nat(60), async (xs, n) => {
        const all = <B>(f: (s: stream.Stream<number>) => AsyncIterable<B>) => stream.toArray(f(counted(xs).source));
        expect(await all(stream.map((x, i) => x * i))).toEqual(xs.map((x, i) => x * i));
        expect(await all(stream.filter((x) => x > 0))).toEqual(xs.filter((x) => x > 0));
        expect(await all(stream.flatMap((x) => [x, -x]))).toEqual(xs.flatMap((x) => [x, -x]));
        expect(await all(stream.take(n))).toEqual(xs.slice(0, n));
        expect(await all(stream.drop(n))).toEqual(xs.slice(n));
        expect(await all(stream.prefetch(1 + (n % 5)))).toEqual(xs);
      }),
    );
  });
  it('batches partition the items', async () => {
    await fc.assert(
      fc.asyncProperty(items, sizes, async (xs, size) => {
        const batches = await stream.toArray(stream.batch(size)(xs));
        expect(batches.flat()).toEqual(xs);
        expect(batches.slice(0, -1).every((b) => b.length === size)).toBe(true);
        const whole = await stream.toArray(stream.batch(size, { dropRemainder: true })(xs));
        expect(whole).toEqual(batches.filter((b) => b.length === size));
      }),
    );
  });
  it('a shuffle is a permutation that depends on the key alone', async () => {
    await fc.assert(
      fc.asyncProperty(items, sizes, fc.nat(), async (xs, size, seed) => {
        const pairs = xs.map((x, i) => [x, i] as const);
        const shuffled = await stream.toArray(stream.shuffle(key(seed), size)(pairs));
        expect([...shuffled].sort(([, i], [, j]) => i - j)).toEqual(pairs);
        expect(await stream.toArray(stream.shuffle(key(seed), size)(pairs))).toEqual(shuffled);
        // An item comes at most `size` places early: no more are held.
        shuffled.forEach(([, i], at) => {
          expect(i).toBeLessThanOrEqual(at + size);
        });
      }),
      { numRuns: 30 },
    );
  });
  it('a shuffle of many is a fair one', async () => {
    const xs = Array.from({ length: 3000 }, (_, i) => i);
    const shuffled = await stream.toArray(stream.shuffle(key(3), 3000)(xs));
    const fixed = shuffled.filter((x, i) => x === i).length;
    expect(fixed).toBeLessThan(10);
    const early = shuffled.slice(0, 1500).reduce((a, b) => a + b, 0) / 1500;
    expect(Math.abs(early - 1499.5)).toBeLessThan(5 * (866 / Math.sqrt(1500)));
  });
  it('asks for no more than is needed, and closes what it leaves', async () => {
    const { seen, source } = counted([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const out = await pipe(
      source,
      stream.map((x) => x * 2),
      stream.batch(2),
      stream.take(2),
      stream.toArray,
    );
    expect(out).toEqual([
      [2, 4],
      [6, 8],
    ]);
    expect(seen).toEqual({ asked: 4, closed: true });
  });
  it('prefetch is ahead by so many and no more, however slow the reader', async () => {
    const { seen, source } = counted(Array.from({ length: 100 }, (_, i) => i));
    let used = 0;
    for await (const _ of stream.prefetch(3)(source)) {
      used += 1;
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(seen.asked).toBeLessThanOrEqual(used + 3);
      if (used < 97) expect(seen.asked).toBeGreaterThan(used);
      if (used === 10) break;
    }
    expect(seen.closed).toBe(true);
  });
  it('gives failures to the reader', async () => {
    const failing = async function* () {
      yield 1;
      throw new Error('gone');
    };
    for (const f of [stream.prefetch(2), stream.shuffle(key(0), 2), stream.batch(2)] as const)
      await expect(stream.toArray<unknown>(f(failing()))).rejects.toThrow('gone');
  });
  it('refuses sizes that are none', () => {
    expect(() => stream.batch(0)).toThrow(/positive integer, got 0/);
    expect(() => stream.shuffle(key(0), 1.5)).toThrow(/positive integer, got 1.5/);
    expect(() => stream.prefetch(-1)).toThrow(/positive integer, got -1/);
  });
});
