import { type AnyTensor, add, type i32, type Scalar, type Tensor, take, tensor, zeros } from 'adjoint';
import { generator, sampleToken } from 'adjoint/models';
import { key } from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const numbers = fc.array(
  fc.integer({ min: -400, max: 400 }).map((n) => n / 100),
  { minLength: 1, maxLength: 12 },
);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const draw = (scores: readonly number[], seed: number, options: Parameters<typeof sampleToken>[2]): number =>
  sampleToken(key(seed), tensor([...scores]), options).item();

describe('sampleToken', () => {
  it('takes the best at temperature 0 and among one', () => {
    fc.assert(
      fc.property(numbers, seeds, (scores, seed) => {
        const best = Math.max(...scores);
        expect(draw(scores, seed, { temperature: 0 })).toBe(scores.indexOf(best));
        expect(scores[draw(scores, seed, { topK: 1 })]).toBe(best);
        expect(scores[draw(scores, seed, { topP: 1e-6 })]).toBe(best);
      }),
      { numRuns: 50 },
    );
  });
  it('draws among the k best, and among the fewest of probability p', () => {
    fc.assert(
      fc.property(
        numbers,
        seeds,
        fc.integer({ min: 1, max: 14 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (scores, seed, k, p) => {
          const order = [...scores].sort((a, b) => b - a);
          expect(scores[draw(scores, seed, { topK: k })]).toBeGreaterThanOrEqual(
            order[Math.min(k, order.length) - 1] as number,
          );
          const total = order.reduce((s, x) => s + Math.exp(x), 0);
          let before = 0;
          const kept = order.filter((x) => {
            const take = before / total < p + 1e-5;
            before += Math.exp(x);
            return take;
          });
          expect(kept).toContain(scores[draw(scores, seed, { topP: p })]);
        },
      ),
      { numRuns: 50 },
    );
  });
  it('draws as often as the temperature says', () => {
    const many: AnyTensor = add(zeros([4000, 1]), tensor([0, Math.log(3)]));
    const share = (options: Parameters<typeof sampleToken>[2]): number =>
      sampleToken(key(1), many, options).astype(zeros([]).dtype).mean().item();
    expect(share({})).toBeCloseTo(0.75, 1);
    expect(share({ temperature: 0.5 })).toBeCloseTo(0.9, 1);
    expect(share({ topK: 5, topP: 0.9 })).toBeCloseTo(0.75, 1);
    expect(share({ topP: 0.7 })).toBe(1);
  });
  it('refuses what makes no sense', () => {
    const draws = (options: Parameters<typeof sampleToken>[2]) => () => draw([1, 2], 0, options);
    expect(draws({ temperature: -1 })).toThrow('temperature must be at least 0, got -1');
    expect(draws({ topK: 0 })).toThrow('topK must be a positive integer, got 0');
    expect(draws({ topP: 1.5 })).toThrow('topP must be in (0, 1], got 1.5');
  });
});

describe('generator', () => {
  /** Every token is followed by the next; the cache counts. */
  const table = tensor([
    [0, 9, 0],
    [0, 0, 9],
    [9, 0, 0],
  ]);
  const follow = (t: typeof table, seen: Scalar, ids: Tensor<[1, number], i32>) =>
    [take(t, ids, 0), add(seen, 1)] as unknown as readonly [Tensor<[1, number, number]>, Scalar];
  it('goes on from the last token of the prompt', () => {
    const tokens = generator(follow, { temperature: 0 })(table, tensor(0), [0, 0, 2], key(0));
    expect(Array.from({ length: 4 }, () => tokens.next().value)).toEqual([0, 1, 2, 0]);
  });
  it('reads the whole prompt in one call of the model, and every token after it in one more', () => {
    const lengths: number[] = [];
    const counted: typeof follow = (t, seen, ids) => {
      lengths.push(ids.shape[1]);
      return follow(t, seen, ids);
    };
    const tokens = generator(counted, { temperature: 0 })(table, tensor(0), [0, 0, 2, 1, 1], key(0));
    expect(Array.from({ length: 4 }, () => tokens.next().value)).toEqual([2, 0, 1, 2]);
    expect(lengths).toEqual([5, 1]);
  });
  it('gives the same tokens for the same key', () => {
    const flat = zeros([3, 3]);
    const some = (seed: number) => {
      const tokens = generator(follow)(flat, tensor(0), [0], key(seed));
      return Array.from({ length: 20 }, () => tokens.next().value);
    };
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
  });
  it('needs a prompt', () => {
    expect(() => generator(follow)(table, tensor(0), [], key(0)).next()).toThrow('the prompt is empty');
  });
});
