// Attention, recurrent layers and sequences under masks: NaN and infinities in hidden places change neither results nor derivatives.
import {
  type AnyTensor,
  arange,
  bool,
  concatenate,
  f64,
  grad,
  i32,
  jit,
  lessEqual,
  logicalAnd,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
  zeros,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const key = random.key(3);
const drawn = (seed: number, ...shape: readonly number[]): AnyTensor =>
  random.normal(random.foldIn(key, seed), shape as number[]).astype(f64);
const flat = (t: AnyTensor): number[] => [...t.toTypedArray()] as number[];
const close = (actual: AnyTensor, wanted: AnyTensor): void => {
  const [a, b] = [flat(actual), flat(wanted)];
  expect(a.length).toBe(b.length);
  for (const [i, v] of b.entries()) expect(a[i]).toBeCloseTo(v, 9);
};
const poison = fc.constantFrom(Number.NaN, Infinity, -Infinity);
const [batch, queries, keys, features] = [2, 3, 4, 2];
const [q, k, v] = [
  drawn(1, batch, queries, features),
  drawn(2, batch, keys, features),
  drawn(3, batch, keys, features),
];
const weights = drawn(4, batch, queries, features);
const bits = (n: number): fc.Arbitrary<boolean[]> => fc.array(fc.boolean(), { minLength: n, maxLength: n });
const maskOf = (xs: readonly boolean[], ...shape: readonly number[]): AnyTensor =>
  tensor([...xs], bool).reshape(shape as number[]);

/** Results and derivatives with clean and with spoiled operands agree, and what is hidden has derivative 0. */
const agree = (
  f: (...xs: AnyTensor[]) => AnyTensor,
  clean: readonly AnyTensor[],
  shown: readonly (AnyTensor | null)[],
  bad: number,
): void => {
  const spoiled = clean.map((x, i): AnyTensor => {
    const mask = shown[i];
    return mask === null || mask === undefined ? x : where(mask, x, bad);
  });
  close(f(...spoiled), f(...clean));
  const argnums = clean.map((_, i) => i);
  const slopes = jit(grad(f as never, { argnums } as never)) as unknown as (...xs: AnyTensor[]) => AnyTensor[];
  const wanted = slopes(...clean);
  for (const [i, slope] of slopes(...spoiled).entries()) {
    close(slope, wanted[i] as AnyTensor);
    const mask = shown[i];
    if (mask !== null && mask !== undefined)
      expect(flat(where(mask, 0, slope) as AnyTensor).every((x) => x === 0)).toBe(true);
  }
};

describe('attention under a mask', () => {
  it('keys and values that no query sees, and queries that see nothing, do not matter', () => {
    fc.assert(
      fc.property(bits(batch * keys), bits(batch * queries), fc.boolean(), poison, (seen, looking, causal, bad) => {
        const [byKey, byQuery] = [maskOf(seen, batch, keys), maskOf(looking, batch, queries)];
        const mask: AnyTensor = logicalAnd(byKey.expandDims(1) as AnyTensor, byQuery.expandDims(2) as AnyTensor);
        const past: AnyTensor = causal
          ? lessEqual(
              arange(keys).expandDims(0) as AnyTensor,
              arange(queries)
                .add(keys - queries)
                .expandDims(1) as AnyTensor,
            )
          : tensor([[true]], bool);
        const all: AnyTensor = logicalAnd(mask, past);
        const looks: AnyTensor = all.astype(i32).max(-1).greater(0);
        const isSeen: AnyTensor = all.astype(i32).max(-2).greater(0);
        const f = (a: AnyTensor, b: AnyTensor, c: AnyTensor): AnyTensor =>
          sum(nn.dotProductAttention(a, b, c, { mask, causal }).mul(weights) as AnyTensor);
        agree(f, [q, k, v], [looks.expandDims(2), isSeen.expandDims(2), isSeen.expandDims(2)] as AnyTensor[], bad);
      }),
      { numRuns: 15 },
    );
  });
  it('a query that may look at nothing gets 0', () => {
    const mask = maskOf([false, true, true, false, false, false], 3, 2);
    const y = nn.dotProductAttention(zeros([3, 1]), zeros([2, 1]), tensor([[2], [4]]), { mask });
    expect(y.toArray()).toEqual([[4], [2], [0]]);
    expect(nn.dotProductAttention(zeros([2, 1]), zeros([1, 1]), tensor([[7]]), { causal: true }).toArray()).toEqual([
      [0],
      [7],
    ]);
    const row = nn.dotProductAttention(zeros([1, 1]), zeros([2, 1]), tensor([[2], [NaN]]), {
      mask: tensor([true, false], bool),
    });
    expect(row.toArray()).toEqual([[2]]);
  });
  it('a value that some queries see reaches those alone', () => {
    fc.assert(
      fc.property(poison, fc.integer({ min: 1, max: 3 }), fc.boolean(), (bad, at, staged) => {
        const [a, b, c] = [drawn(5, 4, 2), drawn(6, 4, 2), drawn(7, 4, 2)];
        const later: AnyTensor = lessEqual(at, arange(4)).expandDims(1);
        const f = (x: AnyTensor, y: AnyTensor): AnyTensor => nn.dotProductAttention(a, x, y, { causal: true });
        const run = staged ? jit(f) : f;
        const [clean, spoiled] = [flat(run(b, c)), flat(run(b, where(later, bad, c)))];
        expect(spoiled.slice(0, 2 * at)).toEqual(clean.slice(0, 2 * at));
        expect(spoiled.slice(2 * at).some(Number.isFinite)).toBe(false);
        expect(flat(run(where(later, bad, b), c)).slice(0, 2 * at)).toEqual(clean.slice(0, 2 * at));
      }),
    );
  });
  it('in several heads, in batches, and with a cache', () => {
    const p = nn.initAttention(key, { features: 4, keys: 2 });
    const x = random.normal(key, [2, 3, 4]);
    const padded = maskOf([true, true, false, true, true, true], 2, 3);
    const mask: AnyTensor = logicalAnd(padded.expandDims(1) as AnyTensor, padded.expandDims(2) as AnyTensor);
    const spoiled: AnyTensor = where(padded.expandDims(2), x, NaN);
    const of = (v: AnyTensor): AnyTensor =>
      where(padded.expandDims(2), nn.multiHeadAttention(p, { heads: 2, mask })(v as never), 0);
    close(of(spoiled), of(x));
    const one = vmap((u: AnyTensor, m: AnyTensor): AnyTensor => nn.dotProductAttention(u, u, u, { mask: m }));
    close(one(where(padded.expandDims(2), x, Infinity) as AnyTensor, mask), one(x as AnyTensor, mask));
    const cache = nn.initKvCache(p, { heads: 2, batch: [2], length: 5 });
    const step = nn.cachedAttention(p, { heads: 2 });
    const [wanted] = step(cache, x);
    const dirty: AnyTensor = concatenate([zeros([2, 1, 3, 2]), zeros([2, 1, 2, 2]).add(NaN)], 2);
    close(step({ ...cache, keys: dirty, values: dirty }, x)[0], wanted);
  });
});

describe('sequences under a mask', () => {
  it('steps of recurrent layers that do not count do not matter', () => {
    const inputs = random.normal(key, [2, 4, 3]);
    const [rnn, gru, lstm] = [
      nn.initSimpleRnn(key, { inputs: 3, hidden: 2 }),
      nn.initGru(key, { inputs: 3, hidden: 2 }),
      nn.initLstm(key, { inputs: 3, hidden: 2 }),
    ];
    const mask = maskOf([true, true, false, false, true, false, true, true], 2, 4);
    const shown: AnyTensor = mask.expandDims(2);
    for (const layer of [
      (x: AnyTensor): AnyTensor => nn.simpleRnn(rnn, { mask })(x).outputs,
      (x: AnyTensor): AnyTensor => nn.gru(gru, { mask })(x).outputs,
      (x: AnyTensor): AnyTensor => nn.lstm(lstm, { mask, reverse: true })(x).outputs,
    ])
      agree((x) => sum(layer(x)), [inputs as AnyTensor], [shown], Number.NaN);
    const byParams = grad((p: typeof gru) =>
      sum(nn.gru(p, { mask })(where(shown, inputs, NaN) as typeof inputs).outputs),
    );
    const wanted = grad((p: typeof gru) => sum(nn.gru(p, { mask })(inputs).outputs));
    expect(flat(byParams(gru).wx as AnyTensor)).toEqual(flat(wanted(gru).wx as AnyTensor));
  });
  it('what stands behind the lengths of ctcLoss does not matter; labels in front are checked', () => {
    const logits = random.normal(key, [2, 5, 4]) as Tensor<[2, 5, 4]>;
    const [steps, lengths] = [tensor([5, 3], i32), tensor([2, 1], i32)];
    const clean = tensor(
      [
        [1, 2],
        [3, 0],
      ],
      i32,
    );
    const shown: AnyTensor = maskOf([true, true, true, true, true, true, true, true, false, false], 2, 5).expandDims(2);
    const of = (x: AnyTensor): AnyTensor =>
      sum(nn.ctcLoss(x, steps as AnyTensor, clean as AnyTensor, lengths as AnyTensor));
    agree(of, [logits as AnyTensor], [shown], Number.NaN);
    agree(of, [logits as AnyTensor], [shown], Number.POSITIVE_INFINITY);
    for (const padding of [-100, -1, 99]) {
      const padded = nn.ctcLoss(
        logits,
        steps,
        tensor(
          [
            [1, 2],
            [3, padding],
          ],
          i32,
        ),
        lengths,
      );
      expect(padded.toArray()).toEqual(nn.ctcLoss(logits, steps, clean, lengths).toArray());
      const wrong = tensor(
        [
          [1, padding],
          [3, 0],
        ],
        i32,
      );
      expect(() => nn.ctcLoss(logits, steps, wrong, lengths)).toThrow(
        `ctcLoss: label ${padding} is out of range for 4 classes`,
      );
      const [bad, fine] = jit((l: typeof clean) => nn.ctcLoss(logits, steps, l, lengths))(wrong).toArray();
      expect([bad, Number.isFinite(fine)]).toEqual([NaN, true]);
    }
  });
});
