// Scores of a sequence that comes in pieces are those of the whole: for any split of it, with caches of every kind, under masks, beside
// padding, in batches and mapped.
import {
  type AnyTensor,
  arange,
  argmax,
  concatenate,
  type DType,
  expandDims,
  f32,
  f64,
  greaterEqual,
  type i32,
  i32 as int32,
  jit,
  makeJaxpr,
  reshape,
  slice,
  stack,
  type Tensor,
  tensor,
  tree,
  vmap,
  where,
  zeros,
} from 'adjoint';
import { cachedGpt2, type Gpt2, generator, gpt2, initGpt2Cache } from 'adjoint/models';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './runs';

const features = 8;
/** Short steps mostly, and pieces that cross the parts of a cache that attention reads. */
const pieces = fc.array(fc.constantFrom(1, 1, 1, 2, 3, 60, 127, 130), { minLength: 1, maxLength: 9 });
const total = (sizes: readonly number[]): number => sizes.reduce((n, size) => n + size, 0);

const kinds = fc.record({
  heads: fc.constantFrom(2, 4),
  keys: fc.constantFrom(2, 4, 8),
  rotary: fc.boolean(),
  dtype: fc.constantFrom<DType>(f32, f64),
  jitted: fc.boolean(),
  /** Places that are left over. */
  spare: fc.constantFrom(0, 1, 40, 300),
  seed: fc.nat(1000),
});
type Kind = typeof kinds extends fc.Arbitrary<infer K> ? K : never;
const fits = ({ heads, keys }: Kind): boolean =>
  Number.isInteger((keys * heads) / features) && keys * heads >= features;
const optionsOf = ({ heads, rotary }: Kind): nn.CachedOptions => (rotary ? { heads, rotary: {} } : { heads });
const drawn = (seed: number, shape: readonly number[], dtype: DType): AnyTensor =>
  random.normal(random.key(seed), shape as number[]).astype(dtype) as AnyTensor;
const inDtype = <P>(p: P, dtype: DType): P => tree.map(((x: AnyTensor) => x.astype(dtype)) as never, p as never) as P;

const close = (actual: AnyTensor, wanted: AnyTensor, dtype: DType): void => {
  expect(actual.shape).toEqual(wanted.shape);
  const [a, b] = [actual.toTypedArray(), wanted.toTypedArray()] as unknown as readonly (readonly number[])[];
  const tolerance = dtype === f64 ? 1e-12 : 2e-5;
  const far = (b as readonly number[]).findIndex(
    (x, i) => !(Math.abs(x - (a?.[i] as number)) <= tolerance * (1 + Math.abs(x))),
  );
  expect(far < 0 ? 'close' : `at ${far}: ${a?.[far]} for ${b?.[far]}`).toBe('close');
};

type Cached<C> = (cache: C, x: AnyTensor) => readonly [AnyTensor, C];
/** The results of the pieces of x along an axis, beside each other. */
const inPieces = <C>(step: Cached<C>, empty: C, x: AnyTensor, axis: number, sizes: readonly number[]): AnyTensor => {
  const results: AnyTensor[] = [];
  let [cache, at] = [empty, 0];
  for (const size of sizes) {
    const [y, next] = step(cache, slice(x, axis, at, size) as AnyTensor);
    results.push(y);
    [cache, at] = [next, at + size];
  }
  return concatenate(results, axis) as AnyTensor;
};
/** What nobody has written yet is no number. */
const spoiled = (cache: nn.KvCache): nn.KvCache => ({
  ...cache,
  keys: cache.keys.add(Number.NaN) as AnyTensor,
  values: cache.values.add(Number.NaN) as AnyTensor,
});
const attentionOf = ({ keys, dtype, seed }: Kind): nn.Attention<8, 8, 8> =>
  inDtype(nn.initAttention(random.key(seed), { features, keys }), dtype) as never;
const emptyOf = (
  p: nn.Attention<8, 8, 8>,
  { heads, spare }: Kind,
  batch: readonly number[],
  length: number,
): nn.KvCache => spoiled(nn.initKvCache(p, { heads, batch, length: length + spare }));
const wholeOf = (p: nn.Attention<8, 8, 8>, kind: Kind, x: AnyTensor, mask?: AnyTensor): AnyTensor =>
  nn.multiHeadAttention(p, { ...optionsOf(kind), causal: true, ...(mask === undefined ? {} : { mask }) })(x as never);
const staged = <C>(kind: Kind, step: Cached<C>): Cached<C> => (kind.jitted ? (jit(step as never) as Cached<C>) : step);

const law = (name: string, n: number, holds: (kind: Kind, sizes: readonly number[]) => void): void =>
  it(name, () => {
    fc.assert(fc.property(kinds.filter(fits), pieces, holds), runs(n));
  });

describe('in pieces as whole', () => {
  law('attention, in a batch', 8, (kind, sizes) => {
    const p = attentionOf(kind);
    const x = drawn(kind.seed, [2, total(sizes), features], kind.dtype);
    const step = staged<nn.KvCache>(kind, (cache, piece) =>
      nn.cachedAttention(p, optionsOf(kind))(cache, piece as never),
    );
    close(inPieces(step, emptyOf(p, kind, [2], total(sizes)), x, 1, sizes), wholeOf(p, kind, x), kind.dtype);
  });

  law('attention under a mask of its own for every query, of what each may look at', 6, (kind, sizes) => {
    const p = attentionOf(kind);
    const length = total(sizes);
    const x = drawn(kind.seed, [2, length, features], kind.dtype);
    const room = length + kind.spare;
    const mask: AnyTensor = random.bernoulli(random.key(kind.seed), 0.6, [length, room] as number[]) as AnyTensor;
    const masked = staged<readonly [nn.KvCache, AnyTensor]>(kind, ([cache, rows], piece) => {
      const size = piece.shape[1] as number;
      const own = slice(rows, 0, cache.length as never, size) as AnyTensor;
      const [y, next] = nn.cachedAttention(p, { ...optionsOf(kind), mask: own })(cache, piece as never);
      return [y, [next, rows]];
    });
    const wanted = wholeOf(p, kind, x, slice(mask, 1, 0, length) as AnyTensor);
    close(inPieces(masked, [emptyOf(p, kind, [2], length), mask], x, 1, sizes), wanted, kind.dtype);
  });

  law('attention beside padding before the shorter sequences of a batch, whatever lies there', 6, (kind, sizes) => {
    const p = attentionOf(kind);
    const length = total(sizes);
    const padding = tensor([0, Math.min(length - 1, kind.seed % 150)], int32);
    const shown = greaterEqual(
      arange(length + kind.spare) as AnyTensor,
      expandDims(padding, 1) as AnyTensor,
    ) as AnyTensor;
    const isToken = expandDims(slice(shown, 1, 0, length) as AnyTensor, 2) as AnyTensor;
    const x = drawn(kind.seed, [2, length, features], kind.dtype);
    const mask = expandDims(shown, 1) as AnyTensor;
    const step = staged<nn.KvCache>(kind, (cache, piece) =>
      nn.cachedAttention(p, { ...optionsOf(kind), mask })(cache, piece as never),
    );
    const padded = where(isToken, x, Number.NaN) as AnyTensor;
    const actual = inPieces(step, emptyOf(p, kind, [2], length), padded, 1, sizes);
    const wanted = [0, 1].map((b) => {
      const [hidden, own] = [padding.toArray()[b] as number, slice(x, 0, b, 1) as AnyTensor];
      return wholeOf(p, kind, slice(own, 1, hidden, length - hidden) as AnyTensor);
    });
    wanted.forEach((y, b) => {
      const [hidden, own] = [padding.toArray()[b] as number, slice(actual, 0, b, 1) as AnyTensor];
      close(slice(own, 1, hidden, length - hidden) as AnyTensor, y, kind.dtype);
    });
  });

  law('attention mapped over sequences of their own lengths, and over those', 5, (kind, sizes) => {
    const p = attentionOf(kind);
    const [ahead, length] = [kind.seed % 140, total(sizes)];
    const sequences = drawn(kind.seed, [2, 2, 1, ahead + length, features], kind.dtype);
    const begin = (row: number): number => (row === 0 ? ahead : 0);
    const step: Cached<nn.KvCache> = (cache, piece) => nn.cachedAttention(p, optionsOf(kind))(cache, piece as never);
    const empty = emptyOf(p, kind, [1], ahead + length);
    const row = (i: number, j: number): AnyTensor => sequences.at(i, j) as AnyTensor;
    const filled = [0, 1].map((i) =>
      [0, 1].map((j) => (begin(i) === 0 ? empty : step(empty, slice(row(i, j), 1, 0, ahead) as AnyTensor)[1])),
    );
    const stacked = (xs: readonly unknown[]): never =>
      tree.map(((...leaves: AnyTensor[]) => stack(leaves as never)) as never, ...(xs as [never, never])) as never;
    const caches: nn.KvCache = stacked(filled.map(stacked));
    const rest = stack(
      [0, 1].map((i) => stack([0, 1].map((j) => slice(row(i, j), 1, begin(i), length))) as never) as never,
    ) as AnyTensor;
    const both = staged<nn.KvCache>(kind, vmap(vmap(step as never) as never) as unknown as Cached<nn.KvCache>);
    const actual = inPieces(both, caches, rest, 3, sizes);
    for (const i of [0, 1])
      for (const j of [0, 1]) {
        const wanted = slice(wholeOf(p, kind, row(i, j)), 1, begin(i), length) as AnyTensor;
        close(
          slice(actual.at(i, j) as AnyTensor, 1, 0, length) as AnyTensor,
          slice(wanted, 1, 0, length) as AnyTensor,
          kind.dtype,
        );
      }
  });

  law('blocks that normalise before they act or after', 6, (kind, sizes) => {
    const block = inDtype(
      nn.initEncoderBlock(random.key(kind.seed), { features, hidden: 16, keys: kind.keys }),
      kind.dtype,
    ) as never;
    const x = drawn(kind.seed, [2, total(sizes), features], kind.dtype);
    const options = { ...optionsOf(kind), normFirst: kind.seed % 2 === 0 };
    const step = staged<nn.KvCache>(kind, (cache, piece) => nn.cachedBlock(block, options)(cache, piece as never));
    const empty = emptyOf((block as { attention: never }).attention, kind, [2], total(sizes));
    const whole = nn.encoderBlock(block, { ...options, causal: true })(x as never) as AnyTensor;
    close(inPieces(step, empty, x, 1, sizes), whole, kind.dtype);
  });
});

describe('the room of a cache', () => {
  const p = nn.initAttention(random.key(0), { features, keys: 4 });
  const step = (cache: nn.KvCache, x: AnyTensor) => nn.cachedAttention(p, { heads: 2 })(cache, x as never);
  it('is one of several that are read, of which the program runs one, mapped or not', () => {
    const cache = nn.initKvCache(p, { heads: 2, batch: [1], length: 1000 });
    const alone = makeJaxpr(step as never)(cache as never, zeros([1, 1, features]) as never).jaxpr;
    const both = tree.map(((x: AnyTensor) => stack([x, x] as never)) as never, cache as never);
    const mapped = makeJaxpr(vmap(step as never) as never)(both as never, zeros([2, 1, 1, features]) as never).jaxpr;
    const branches = (jaxpr: typeof alone): readonly number[] =>
      jaxpr.equations.flatMap(({ params }) =>
        Array.isArray(params.branches)
          ? [params.branches.length]
          : params.jaxpr === undefined
            ? []
            : branches(params.jaxpr as typeof alone),
      );
    expect(branches(alone)).toEqual([4]);
    expect(branches(mapped)).toEqual([4]);
  });
});

describe('a language model', () => {
  const config = {
    model_type: 'gpt2',
    vocab_size: 40,
    n_positions: 400,
    n_embd: features,
    n_layer: 2,
    n_head: 2,
  } as const;
  const keys = random.split(random.key(7), 5);
  const params: Gpt2 = {
    tokens: nn.initEmbedding(keys[0] as random.Key, { symbols: 40, features }) as never,
    positions: nn.initPositions(keys[1] as random.Key, { length: 400, features }) as never,
    blocks: [2, 3].map((i) => nn.initEncoderBlock(keys[i] as random.Key, { features, hidden: 16 })) as never,
    norm: nn.initNorm({ features }) as never,
    head: null,
  };
  type Cache = ReturnType<typeof initGpt2Cache>;
  const idsOf = (seed: number, length: number): AnyTensor =>
    random.randint(random.key(seed), [1, length], 0, 40) as AnyTensor;

  it('has the same scores', () => {
    const step = jit((cache: Cache, ids: Tensor<[1, number], i32>) => cachedGpt2(params, config)(cache, ids));
    fc.assert(
      fc.property(
        pieces.filter((sizes) => total(sizes) <= 400),
        fc.nat(1000),
        fc.constantFrom(0, 30),
        (sizes, seed, spare) => {
          const ids = idsOf(seed, total(sizes));
          const room = Math.min(400, total(sizes) + spare);
          const empty = initGpt2Cache(params, config, { batch: [1], length: room }).map(spoiled);
          const whole = gpt2(params, config)(ids as never) as AnyTensor;
          close(inPieces(step as unknown as Cached<Cache>, empty, ids, 1, sizes), whole, f32);
        },
      ),
      runs(10),
    );
  });

  it('draws the tokens that it would without a cache', () => {
    const decode = (p: Gpt2, cache: Cache, ids: Tensor<[1, number], i32>) => cachedGpt2(p, config)(cache, ids);
    const draw = generator(decode, { temperature: 0 });
    fc.assert(
      fc.property(fc.constantFrom(1, 5, 124, 250), fc.nat(1000), fc.constantFrom(0, 60), (length, seed, spare) => {
        const count = 8;
        const room = initGpt2Cache(params, config, { batch: [1], length: length + count + spare });
        const prompt = [...idsOf(seed, length).toTypedArray()] as number[];
        const tokens = draw(params, room, prompt, random.key(0));
        const drawnTokens = Array.from({ length: count }, () => tokens.next().value as number);
        const text = reshape(tensor([...prompt, ...drawnTokens], int32), [1, length + count]);
        const best = argmax(gpt2(params, config)(text as never) as AnyTensor, -1) as AnyTensor;
        expect(drawnTokens).toEqual((best.toArray() as number[][])[0]?.slice(length - 1, -1));
      }),
      runs(10),
    );
  });
});
