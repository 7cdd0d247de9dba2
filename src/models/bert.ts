// BERT, as Hugging Face's BertModel with the heads it was saved with (Devlin et al., "BERT", 2019).

import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { unstarted } from '../core/task';
import type { AnyTensor, Dim, i32, Shape, Tensor, Unstarted } from '../index';
import {
  addPositions,
  type BlockVariant,
  dropout,
  type Embedding,
  type EncoderBlock,
  embedding,
  encoderBlock,
  initAttention,
  initEmbedding,
  initialisers,
  initLinear,
  initNorm,
  initPositions,
  layerNorm,
  linear,
  type Mask,
  type Norm,
  type Positions,
  unembedding,
} from '../nn';
import { type Key, split } from '../random';
import { add, atMost, expandDims, slice, squeeze, tanh, zeros } from '../untyped';
import type { ModelError } from './error';
import { ActivationName, activations, Count, Positive, type Pretrained, readPretrained } from './pretrained';
import { all, type Checked, type Dense, each, type Weights } from './weights';

const Config = t.intersection(
  [
    t.type({
      model_type: t.literal('bert', '"bert"'),
      vocab_size: Count,
      hidden_size: Count,
      num_hidden_layers: Count,
      num_attention_heads: Count,
      intermediate_size: Count,
      max_position_embeddings: Count,
      type_vocab_size: Count,
    }),
    t.partial({
      hidden_act: ActivationName,
      layer_norm_eps: Positive,
      position_embedding_type: t.literal('absolute', '"absolute"'),
      is_decoder: t.literal(false, 'false'),
      id2label: t.record(t.string, t.string),
      add_cross_attention: t.literal(false, 'false'),
    }),
  ],
  'BertConfig',
);
/** What of a config.json the model depends on. */
export type BertConfig = t.TypeOf<typeof Config>;

/** Guesses what was masked: a layer, a norm, the table of scores where it is not that of the tokens, a bias for each symbol. */
export interface MaskedHead {
  readonly dense: Dense;
  readonly norm: Norm<number>;
  readonly table: Embedding<number, number> | null;
  readonly bias: Tensor<[number]>;
}
/** The encoder, and the heads that the checkpoint has. */
export interface Bert {
  readonly tokens: Embedding<number, number>;
  readonly positions: Positions<number, number>;
  readonly segments: Embedding<number, number>;
  readonly norm: Norm<number>;
  readonly blocks: readonly EncoderBlock<number, number>[];
  /** Of the first token's features. */
  readonly pooler: Dense | null;
  readonly masked: MaskedHead | null;
  /** From pooled features to classes: those of a sequence, or whether the second sentence follows the first. */
  readonly classes: Dense | null;
}

const variant = (config: BertConfig): BlockVariant & { readonly heads: number; readonly epsilon: number } => ({
  heads: config.num_attention_heads,
  activation: activations[config.hidden_act ?? 'gelu'],
  epsilon: config.layer_norm_eps ?? 1e-12,
  normFirst: false,
});

/**
 * A new model with all heads, for as many classes as `id2label` has (2 by default): weights from a normal distribution of
 * standard deviation 0.02, biases 0.
 *
 * @example
 * const sizes = { vocab_size: 50, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16, max_position_embeddings: 12, type_vocab_size: 2 };
 * const config = { model_type: 'bert', ...sizes };
 * bert(initBert(random.key(0), config), config)(zeros([3, 12], i32)).shape // => [3, 12, 8]
 */
export const initBert = function (
  key: Key,
  config: BertConfig,
): Bert & { readonly pooler: Dense; readonly masked: MaskedHead; readonly classes: Dense } {
  atMost('initBert', arguments, 2);
  const { vocab_size: symbols, hidden_size: features, intermediate_size: hidden } = config;
  const weight = initialisers.normal(0.02);
  const [k1, k2, k3, k4, k5, k6, ...rest] = split(key, 6 + config.num_hidden_layers) as readonly Key[] as BertKeys;
  const layer = (k: Key, outputs: number, inputs = features): Dense => initLinear(k, { inputs, outputs, weight });
  const norm = (): Norm<number> => initNorm({ features });
  const newBlock = (k: Key): EncoderBlock<number, number> => {
    const [up, down, inside] = split(k, 3);
    return {
      norm1: norm(),
      attention: initAttention(inside, { features, weight }),
      norm2: norm(),
      feedForward: { up: layer(up, hidden), down: layer(down, features, hidden) },
    };
  };
  return {
    tokens: initEmbedding(k1, { symbols, features }),
    positions: initPositions(k2, { length: config.max_position_embeddings, features }),
    segments: initEmbedding(k3, { symbols: config.type_vocab_size, features }),
    norm: norm(),
    blocks: rest.map(newBlock),
    pooler: layer(k4, features),
    masked: { dense: layer(k5, features), norm: norm(), table: null, bias: zeros([symbols]) },
    classes: layer(k6, labelsOf(config)),
  };
};
type BertKeys = readonly [Key, Key, Key, Key, Key, Key, ...(readonly Key[])];
const labelsOf = ({ id2label = { 0: '', 1: '' } }: BertConfig): number => Object.keys(id2label).length;

export interface BertInputs<N extends Shape> {
  /** Which sentence a token is of: the first by default. */
  readonly segments?: Tensor<N, i32>;
  /** True where a token counts: all by default. */
  readonly mask?: Mask;
  /** What is dropped of the embeddings and of what the parts of every block add, in training: nothing by default. */
  readonly dropout?: { readonly key: Key; readonly rate: number };
}
/**
 * Features of every one of ids [...N, T]: [...N, T, F].
 *
 * @throws ShapeError when there are more ids than positions
 * @example
 * const model = await loadBert('test/models/bert')();
 * E.isRight(model) && bert(model.right.params, model.right.config)(tensor([[2, 7, 3]], i32)).shape // => [1, 3, 32]
 */
export const bert = function (p: Bert, config: BertConfig) {
  atMost('bert', arguments, 2);
  return <N extends Shape>(
    ids: Tensor<N, i32>,
    { segments, mask, dropout: drop }: BertInputs<N> = {},
  ): Tensor<[...N, number]> => {
    const words: AnyTensor = embedding(p.tokens)(ids);
    const kinds: AnyTensor =
      segments === undefined ? slice(p.segments.table, 0, 0, 1) : embedding(p.segments)(segments);
    const x: AnyTensor = layerNorm(p.norm, { epsilon: variant(config).epsilon })(
      addPositions(p.positions)(add(words, kinds)),
    );
    // No token looks at one that does not count.
    const seen = mask === undefined ? {} : { mask: expandDims(mask, -2) };
    const options = { ...variant(config), ...seen };
    const keys = drop === undefined ? [] : split(drop.key, p.blocks.length + 1);
    const first: AnyTensor = drop === undefined ? x : dropout(keys[0] as Key, drop.rate)(x);
    return p.blocks.reduce((h: AnyTensor, b, i): AnyTensor => {
      const own = drop === undefined ? {} : { dropout: { key: keys[i + 1] as Key, rate: drop.rate } };
      return encoderBlock(b, { ...options, ...own })(h);
    }, first);
  };
};

/**
 * tanh(x₀ · w + b): the features of the first token of x [...N, T, F], made those of the sequence.
 *
 * @example
 * pooled({ w: eye(2), b: zeros([2]) })(zeros([3, 5, 2])).shape // => [3, 2]
 */
export const pooled = function (p: Dense) {
  atMost('pooled', arguments, 1);
  return <N extends Shape, T extends Dim, F extends Dim>(x: Tensor<[...N, T, F]>): Tensor<[...N, number]> => {
    const first = squeeze(slice(x, -2, 0, 1), -2);
    return tanh(linear(p)(first));
  };
};

/**
 * Scores of the symbols at every place of x [...N, T, F], which `bert` gives: [...N, T, V].
 *
 * @example
 * const model = await loadBert('test/models/bert')();
 * const guess = ({ params, config }) => maskedScores(params.masked, params.tokens, config)(bert(params, config)(tensor([[2, 4, 3]], i32)));
 * E.isRight(model) && guess(model.right).shape // => [1, 3, 128]
 */
export const maskedScores = function (
  p: MaskedHead,
  tokens: Embedding<number, number>,
  { hidden_act = 'gelu', layer_norm_eps: epsilon = 1e-12 }: Pick<BertConfig, 'hidden_act' | 'layer_norm_eps'> = {},
) {
  atMost('maskedScores', arguments, 3);
  return <N extends Shape, F extends Dim>(x: Tensor<[...N, F]>): Tensor<[...N, number]> => {
    const h: AnyTensor = layerNorm(p.norm, { epsilon })(activations[hidden_act](linear(p.dense)(x)));
    return add(unembedding(p.table ?? tokens)(h), p.bias);
  };
};

const block = (w: Weights, name: string, features: number, hidden: number): Checked<EncoderBlock<number, number>> => {
  const layer = (part: string): Checked<Dense> => w.linear(`${name}.attention.${part}`, features, features);
  return all({
    norm1: w.norm(`${name}.attention.output.LayerNorm`, features),
    attention: all({
      query: layer('self.query'),
      key: layer('self.key'),
      value: layer('self.value'),
      out: layer('output.dense'),
    }),
    norm2: w.norm(`${name}.output.LayerNorm`, features),
    feedForward: all({
      up: w.linear(`${name}.intermediate.dense`, features, hidden),
      down: w.linear(`${name}.output.dense`, hidden, features),
    }),
  });
};
const none: Checked<null> = E.right(null);
const params = (config: BertConfig, w: Weights): Checked<Bert> => {
  const { hidden_size: features, num_attention_heads, vocab_size } = config;
  if (features % num_attention_heads !== 0)
    return E.left([`hidden_size ${features} is not divisible by num_attention_heads ${num_attention_heads}`]);
  const guess = 'cls.predictions';
  const masked = (): Checked<MaskedHead> =>
    all({
      dense: w.linear(`${guess}.transform.dense`, features, features),
      norm: w.norm(`${guess}.transform.LayerNorm`, features),
      table: w.has(`${guess}.decoder.weight`) ? w.embedding(`${guess}.decoder`, vocab_size, features) : none,
      bias: w.at(`${guess}.bias`, [vocab_size]),
    });
  const heads = [
    ['classifier', labelsOf(config)],
    ['cls.seq_relationship', 2],
  ] as const;
  const head = heads.find(([name]) => w.has(`${name}.weight`));
  return all({
    tokens: w.embedding('embeddings.word_embeddings', vocab_size, features),
    positions: w.embedding('embeddings.position_embeddings', config.max_position_embeddings, features),
    segments: w.embedding('embeddings.token_type_embeddings', config.type_vocab_size, features),
    norm: w.norm('embeddings.LayerNorm', features),
    blocks: each(
      Array.from({ length: config.num_hidden_layers }, (_, i) =>
        block(w, `encoder.layer.${i}`, features, config.intermediate_size),
      ),
    ),
    pooler: w.has('pooler.dense.weight') ? w.linear('pooler.dense', features, features) : none,
    masked: w.has(`${guess}.transform.dense.weight`) ? masked() : none,
    classes: head === undefined ? none : w.linear(head[0], features, head[1]),
  });
};

/**
 * The BERT in a directory with config.json, model.safetensors and tokenizer.json, as `save_pretrained` of Hugging Face's
 * transformers writes it, with the heads that it has. What is missing, of another architecture or of another shape is a Left
 * that names it.
 *
 * @example
 * E.isLeft(await loadBert('no such directory')()) // => true
 */
export const loadBert = function (
  directory: string,
): Unstarted<TE.TaskEither<ModelError, Pretrained<BertConfig, Bert>>> {
  atMost('loadBert', arguments, 1);
  return unstarted(
    'loadBert',
    readPretrained(directory, {
      config: Config,
      prefix: 'bert.',
      // The second is the bias of the head under another name.
      constants: /(^|\.)embeddings\.position_ids$|^cls\.predictions\.decoder\.bias$/,
      params,
    }),
  );
};
