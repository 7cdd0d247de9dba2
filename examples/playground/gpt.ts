// A GPT of two blocks that learns the beginning of Moby Dick by heart, character by character.
import { type i32, mean, type Scalar, type Tensor, tensor } from 'adjoint';
import { charTokenizer } from 'adjoint/data';
import { generator } from 'adjoint/models';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import { element } from './elements';
import { type Learner, running } from './learner';
import book from './loomings.txt?raw';

const [features, context, batch] = [48, 32, 8] as const;
const options = { heads: 4, rotary: {} } as const;
const characters = charTokenizer(book);
const ids = characters.encode(book);

const init = (key: random.Key) => {
  const [k1, k2, k3] = random.split(key, 3);
  return {
    characters: nn.initEmbedding(k1, { symbols: characters.size, features, weight: nn.initialisers.normal(0.2) }),
    blocks: [k2, k3].map((k) => nn.initEncoderBlock(k, { features, hidden: 96 })),
    norm: nn.initNorm({ features }),
    out: nn.initLinear(random.foldIn(key, 1), { inputs: features, outputs: characters.size }),
  };
};
type Params = ReturnType<typeof init>;

type Ids = Tensor<[8, 32], i32>;
const model = (p: Params, x: Ids): Tensor<[8, 32, number]> => {
  const block = { ...options, causal: true };
  const h = p.blocks.reduce((y, b) => nn.encoderBlock(b, block)(y), nn.embedding(p.characters)(x));
  return pipe(h, nn.layerNorm(p.norm), nn.linear(p.out));
};
const loss = (p: Params, [from, next]: readonly [Ids, Ids]): Scalar => mean(nn.crossEntropy(model(p, from), next));

const cached = (p: Params, caches: readonly nn.KvCache[], next: Tensor<[1, number], i32>) => {
  const start = [nn.embedding(p.characters)(next), []] as readonly [Tensor<[1, number, 48]>, readonly nn.KvCache[]];
  const [h, filled] = p.blocks.reduce(([x, done], b, i) => {
    const [y, cache] = nn.cachedBlock(b, options)(caches[i] as nn.KvCache, x);
    return [y, [...done, cache]] as const;
  }, start);
  const scores: Tensor<[1, number, number]> = pipe(h, nn.layerNorm(p.norm), nn.linear(p.out));
  return [scores, filled] as const;
};
const draw = generator(cached, { temperature: 0.7, topK: 20 });
const prompt = 'I ';
/** As much as the model has seen at once. */
const write = (p: Params, key: random.Key): string => {
  const caches = p.blocks.map((b) =>
    nn.initKvCache(b.attention, { heads: options.heads, batch: [1], length: context }),
  );
  const drawn = draw(p, caches, characters.encode(prompt), key);
  return prompt + characters.decode(Array.from({ length: context - prompt.length }, () => drawn.next().value));
};

const piece = (step: number): readonly [Ids, Ids] => {
  const starts = random.randint(random.foldIn(random.key(7), step), [batch], 0, ids.length - context).toArray();
  const cut = (shift: number): Ids =>
    tensor(Int32Array.from(starts.flatMap((s) => [...ids.subarray(s + shift, s + shift + context)]))).reshape([8, 32]);
  return [cut(0), cut(1)];
};

export const gpt: Learner = {
  name: 'GPT on the first pages of Moby Dick',
  start: (key) => {
    const show = (p: Params, into: HTMLElement): void => {
      const lines = [1, 2, 3].map((i) => write(p, random.foldIn(key, i)).replaceAll('\n', ' '));
      into.replaceChildren(element('pre', { className: 'wraps', textContent: lines.join('\n\n') }));
    };
    return running(init(key), loss, piece, show, 3e-3);
  },
};
