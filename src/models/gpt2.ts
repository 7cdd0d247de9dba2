// GPT-2, as Hugging Face's GPT2LMHeadModel (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019).

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { unstarted } from '../core/task';
import type { AnyTensor, i32, Shape, Tensor, Unstarted } from '../index';
import {
  addPositions,
  type BlockVariant,
  cachedBlock,
  type Embedding,
  type EncoderBlock,
  embedding,
  encoderBlock,
  initKvCache,
  type KvCache,
  layerNorm,
  type Norm,
  type Positions,
  unembedding,
} from '../nn';
import { atMost, slice } from '../untyped';
import type { ModelError } from './error';
import { ActivationName, activations, Count, Positive, type Pretrained, readPretrained } from './pretrained';
import { all, type Checked, type Dense, each, type Weights } from './weights';

const Config = t.intersection(
  [
    t.type({
      model_type: t.literal('gpt2', '"gpt2"'),
      vocab_size: Count,
      n_positions: Count,
      n_embd: Count,
      n_layer: Count,
      n_head: Count,
    }),
    t.partial({
      n_inner: t.union([Count, t.null], 'a positive integer or null'),
      activation_function: ActivationName,
      layer_norm_epsilon: Positive,
      tie_word_embeddings: t.boolean,
      scale_attn_weights: t.literal(true, 'true'),
      scale_attn_by_inverse_layer_idx: t.literal(false, 'false'),
      add_cross_attention: t.literal(false, 'false'),
    }),
  ],
  'Gpt2Config',
);
/** What of a config.json the model depends on. */
export type Gpt2Config = t.TypeOf<typeof Config>;

/** V symbols, T positions, F features; `head` is the table of scores where it is not that of the symbols. */
export interface Gpt2 {
  readonly tokens: Embedding<number, number>;
  readonly positions: Positions<number, number>;
  readonly blocks: readonly EncoderBlock<number, number>[];
  readonly norm: Norm<number>;
  readonly head: Embedding<number, number> | null;
}

const variant = (config: Gpt2Config): BlockVariant & { readonly heads: number; readonly epsilon: number } => ({
  heads: config.n_head,
  activation: activations[config.activation_function ?? 'gelu_new'],
  epsilon: config.layer_norm_epsilon ?? 1e-5,
});
const scores = (p: Gpt2, config: Gpt2Config, x: AnyTensor): AnyTensor => {
  const y: AnyTensor = layerNorm(p.norm, { epsilon: variant(config).epsilon })(x);
  return unembedding(p.head ?? p.tokens)(y);
};

/**
 * Scores of the token after every one of ids [...N, T]: [...N, T, V].
 *
 * @throws ShapeError when there are more ids than positions
 * @example
 * const model = await loadGpt2('test/models/gpt2')();
 * E.isRight(model) && gpt2(model.right.params, model.right.config)(tensor([3, 1, 2], i32)).shape // => [3, 128]
 */
export const gpt2 = function (p: Gpt2, config: Gpt2Config) {
  atMost('gpt2', arguments, 2);
  return <N extends Shape>(ids: Tensor<N, i32>): Tensor<[...N, number]> => {
    const embedded: AnyTensor = embedding(p.tokens)(ids);
    const x = addPositions(p.positions)(embedded);
    const block = { ...variant(config), causal: true };
    const y = p.blocks.reduce((h: AnyTensor, b): AnyTensor => encoderBlock(b, block)(h), x);
    return scores(p, config, y);
  };
};

/**
 * Room for the keys and values of as many tokens as there are positions.
 *
 * @example
 * const model = await loadGpt2('test/models/gpt2')();
 * E.isRight(model) && initGpt2Cache(model.right.params, model.right.config, { batch: [1] }).length // => 2
 */
export const initGpt2Cache = function (
  p: Gpt2,
  config: Gpt2Config,
  { batch, length = config.n_positions }: { readonly batch: readonly number[]; readonly length?: number },
): readonly KvCache[] {
  atMost('initGpt2Cache', arguments, 3);
  return p.blocks.map((b) => initKvCache(b.attention, { heads: config.n_head, batch, length }));
};

/**
 * The same scores for the ids [...N, T] that come next; what came before is in the cache.
 *
 * @example
 * const model = await loadGpt2('test/models/gpt2')();
 * const next = ({ params, config }) => cachedGpt2(params, config)(initGpt2Cache(params, config, { batch: [1] }), tensor([[3]], i32));
 * E.isRight(model) && next(model.right)[0].shape // => [1, 1, 128]
 */
export const cachedGpt2 = function (p: Gpt2, config: Gpt2Config) {
  atMost('cachedGpt2', arguments, 2);
  return <N extends Shape>(
    cache: readonly KvCache[],
    ids: Tensor<N, i32>,
  ): readonly [scores: Tensor<[...N, number]>, cache: readonly KvCache[]] => {
    const offset = (cache[0] as KvCache).length;
    const embedded: AnyTensor = embedding(p.tokens)(ids);
    const x = addPositions(p.positions, { offset })(embedded);
    const [y, next] = p.blocks.reduce<readonly [AnyTensor, readonly KvCache[]]>(
      ([h, done], b, i) => {
        const [z, filled] = cachedBlock(b, variant(config))(cache[i] as KvCache, h);
        return [z, [...done, filled]];
      },
      [x, []],
    );
    return [scores(p, config, y), next];
  };
};

/** Hugging Face's Conv1D, whose weights are [inputs, outputs]. */
const conv1d = (w: Weights, name: string, inputs: number, outputs: number): Checked<Dense> =>
  all({ w: w.at(`${name}.weight`, [inputs, outputs]), b: w.at(`${name}.bias`, [outputs]) });
/** Columns of a layer: queries, keys and values are saved side by side. */
const columns = ({ w, b }: Dense, part: number, size: number): Dense => ({
  w: slice(w, 1, part * size, size),
  b: slice(b, 0, part * size, size),
});
const block = (w: Weights, name: string, features: number, hidden: number): Checked<EncoderBlock<number, number>> =>
  pipe(
    all({
      norm1: w.norm(`${name}.ln_1`, features),
      joined: conv1d(w, `${name}.attn.c_attn`, features, 3 * features),
      out: conv1d(w, `${name}.attn.c_proj`, features, features),
      norm2: w.norm(`${name}.ln_2`, features),
      up: conv1d(w, `${name}.mlp.c_fc`, features, hidden),
      down: conv1d(w, `${name}.mlp.c_proj`, hidden, features),
    }),
    E.map(({ norm1, joined, out, norm2, up, down }) => {
      const [query, key, value] = [0, 1, 2].map((part) => columns(joined, part, features)) as [Dense, Dense, Dense];
      return { norm1, attention: { query, key, value, out }, norm2, feedForward: { up, down } };
    }),
  );
const params = (config: Gpt2Config, w: Weights): Checked<Gpt2> => {
  const { n_embd: features, vocab_size, n_positions, n_head, n_layer } = config;
  if (features % n_head !== 0) return E.left([`n_embd ${features} is not divisible by n_head ${n_head}`]);
  return all({
    tokens: w.embedding('wte', vocab_size, features),
    positions: w.embedding('wpe', n_positions, features),
    blocks: each(
      Array.from({ length: n_layer }, (_, i) => block(w, `h.${i}`, features, config.n_inner ?? 4 * features)),
    ),
    norm: w.norm('ln_f', features),
    head: config.tie_word_embeddings === false ? w.embedding('lm_head', vocab_size, features) : E.right(null),
  });
};

/**
 * The GPT-2 in a directory with config.json, model.safetensors and tokenizer.json, as `save_pretrained` of Hugging Face's
 * transformers writes it. What is missing, of another architecture or of another shape is a Left that names it.
 *
 * @example
 * E.isLeft(await loadGpt2('no such directory')()) // => true
 */
export const loadGpt2 = function (
  directory: string,
): Unstarted<TE.TaskEither<ModelError, Pretrained<Gpt2Config, Gpt2>>> {
  atMost('loadGpt2', arguments, 1);
  return unstarted(
    'loadGpt2',
    readPretrained(directory, {
      config: Config,
      prefix: 'transformer.',
      constants: /(^|\.)h\.\d+\.attn\.(bias|masked_bias)$/,
      params,
    }),
  );
};
