// A GPT learns to write like Moby Dick, character by character: decoder blocks with rotary positions, trained on pieces of the book. What it
// writes is drawn one character at a time, each by the same compiled step over a cache of keys and values, which one call fills with the
// whole prompt. `npm run example -- gpt`.
// A. Radford et al., Language Models are Unsupervised Multitask Learners (2019); J. Su et al., RoFormer (2021).
import { join } from 'node:path';
import { type Dim, i32, jit, mean, type Scalar, type Tensor, tensor, valueAndGrad } from 'adjoint';
import { type CharTokenizer, charTokenizer, readText } from 'adjoint/data';
import { generator, type SamplingOptions } from 'adjoint/models';
import * as nn from 'adjoint/nn';
import { applyUpdates, muon, warmupCosine } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { observer } from 'adjoint/train';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { type Context, type Example, parameterCount } from './catalogue/example';
import { sources } from './catalogue/sources';
import { train } from './catalogue/training';

const [layers, features, hidden, context, batch] = [4, 128, 512, 64, 16] as const;
const options = { heads: 4, rotary: {} } as const;
export const sampling: SamplingOptions = { temperature: 0.8, topK: 40, topP: 0.95 };

// The model: a pure function over a tree of parameters.

export const init = (key: random.Key, symbols: number) => {
  const [first, ...rest] = random.split(key, layers + 1) as readonly random.Key[];
  return {
    characters: nn.initEmbedding(first as random.Key, { symbols, features }),
    blocks: rest.map((k) => nn.initEncoderBlock(k, { features, hidden })),
    norm: nn.initNorm({ features }),
  };
};
export type Gpt = ReturnType<typeof init>;
type Ids<B extends Dim, T extends Dim> = Tensor<[B, T], i32>;

/** Scores of what follows every character. */
export const gpt = <B extends Dim, T extends Dim>(p: Gpt, ids: Ids<B, T>): Tensor<[B, T, number]> => {
  const block = { ...options, causal: true };
  const h = p.blocks.reduce((x, b) => nn.encoderBlock(b, block)(x), nn.embedding(p.characters)(ids));
  return pipe(h, nn.layerNorm(p.norm), nn.unembedding(p.characters));
};

/** The same of the characters that come next; what came before is in the caches. */
export const cachedGpt = <T extends Dim>(p: Gpt, caches: readonly nn.KvCache[], ids: Ids<1, T>) => {
  const start = [nn.embedding(p.characters)(ids), []] as readonly [Tensor<[1, T, 128]>, readonly nn.KvCache[]];
  const [h, next] = p.blocks.reduce(([x, done], b, i) => {
    const [y, cache] = nn.cachedBlock(b, options)(caches[i] as nn.KvCache, x);
    return [y, [...done, cache]] as const;
  }, start);
  return [pipe(h, nn.layerNorm(p.norm), nn.unembedding(p.characters)), next] as const;
};
export const initCaches = (p: Gpt, length: number): readonly nn.KvCache[] =>
  p.blocks.map((b) => nn.initKvCache(b.attention, { heads: options.heads, batch: [1], length }));

interface Pieces<B extends Dim> {
  readonly from: Ids<B, typeof context>;
  readonly next: Ids<B, typeof context>;
}
const loss = <B extends Dim>(p: Gpt, { from, next }: Pieces<B>): Scalar => mean(nn.crossEntropy(gpt(p, from), next));

// Data: pieces of the text, and the same one character further.

const pieces = (text: Int32Array, starts: readonly number[]): Pieces<number> => {
  const cut = (shift: number): Ids<number, typeof context> => {
    const rows = starts.map((s) => text.subarray(s + shift, s + shift + context));
    return tensor(Int32Array.from(rows.flatMap((row) => [...row])), i32).reshape([rows.length, context]);
  };
  return { from: cut(0), next: cut(1) };
};

function* batches(key: random.Key, text: Int32Array, from: number): Generator<Pieces<number>> {
  for (let i = from; ; i++) {
    const starts = random.randint(random.foldIn(key, i), [batch], 0, text.length - context);
    yield pieces(text, starts.toArray());
  }
}

/** Nats a character of pieces that lie side by side, as many as there are or as are asked for. */
const lossOf = (text: Int32Array, most = Infinity) => {
  const size = 32;
  const count = Math.min(most, Math.floor((text.length - 1) / context / size));
  const all = Array.from({ length: count }, (_, i) =>
    pieces(
      text,
      Array.from({ length: size }, (_, row) => (i * size + row) * context),
    ),
  );
  const one = jit(loss);
  return (p: Gpt): number => all.reduce((total, b) => total + one(p, b).item(), 0) / count;
};

/** Text that follows a prompt. When the cache is full, the last half of it is read again. */
export const writer = ({ encode, decode }: CharTokenizer, length: number = context) => {
  const draw = generator(cachedGpt, sampling);
  return (p: Gpt, prompt: string, characters: number, key: random.Key): string => {
    const ids = [...encode(prompt)];
    for (let piece = 0; ids.length < prompt.length + characters; piece++) {
      const seen = ids.slice(-length / 2);
      const next = draw(p, initCaches(p, length), seen, random.foldIn(key, piece));
      for (let room = length - seen.length; room > 0; room--) ids.push(next.next().value);
    }
    return decode(ids.slice(0, prompt.length + characters));
  };
};

// The run.

const learn = (run: Context, text: string) => {
  const steps = run.quick ? 80 : 2000;
  const characters = charTokenizer(text);
  const ids = characters.encode(text);
  const [known, unknown] = [ids.subarray(0, Math.floor(0.9 * ids.length)), ids.subarray(Math.floor(0.9 * ids.length))];
  const [initKey, orderKey, drawKey] = random.split(random.key(run.seed), 3);

  const optimiser = muon<Gpt>({ learningRate: warmupCosine({ peak: 0.03, to: 0.001, warmup: 20, steps }) });
  const params = init(initKey, characters.size);
  const initial = { params, optimiser: optimiser.init(params) };
  const parameters = parameterCount(params);
  const step = jit(
    ({ params: p, optimiser: s }: typeof initial, piece: Pieces<number>) => {
      const [l, gradients] = valueAndGrad(loss)(p, piece);
      const [updates, next] = optimiser.update(gradients, s, p);
      return [{ params: applyUpdates(p, updates), optimiser: next }, { loss: l }] as const;
    },
    { donate: 0 },
  );

  const write = writer(characters);
  const every = run.quick ? 40 : 250;
  const validation = lossOf(unknown, 16);
  const report = observer<typeof initial, unknown, null>({
    name: 'report',
    memory: t.null,
    initial: null,
    see: (_, { step: done, state: { params: p } }) => {
      if (done % every !== 0) return [null, {}];
      const effect = () => TE.fromIO(() => run.log(`\n${write(p, 'The whale ', 200, drawKey)}\n`));
      return [null, { numbers: { validation: validation(p) }, effect }];
    },
  });
  const order = (from: number) => batches(orderKey, known, from);
  return pipe(
    train(run, step, initial, order, { name: 'training', steps, observers: [report] }),
    TE.map(({ params: p }) => ({ parameters, results: { 'nats a character': lossOf(unknown)(p) } })),
  );
};

export const example: Example = {
  name: 'gpt',
  summary: 'a GPT with rotary positions and a cache writes like Moby Dick, character by character',
  sources: [sources.mobyDick],
  goals: { 'nats a character': { atMost: { full: 1.65, quick: 2.5 } } },
  run: (run) =>
    pipe(
      readText(join(run.folder(sources.mobyDick), 'data.txt')),
      TE.chainW((text) => learn(run, text)),
    ),
};
