import { fold, take } from 'adjoint/train';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('fold', () => {
  it('is a left fold, observed at every step', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (batches) => {
        const seen: number[] = [];
        const step = (s: number, b: number) => [s * 31 + b, b] as const;
        const end = fold(step, 1, batches, ({ metrics }) => seen.push(metrics));
        expect(end).toBe(batches.reduce((s, b) => s * 31 + b, 1));
        expect(seen).toEqual(batches);
      }),
    );
  });
  it('asks for no more batches than it takes', () => {
    let made = 0;
    const endless = function* () {
      for (;;) yield made++;
    };
    expect(fold((s, b: number) => [s + b, null], 0, take(endless(), 4))).toBe(6);
    expect(made).toBe(4);
    expect([...take([1, 2], 0)]).toEqual([]);
  });
});
