// GPT-2 and BERT against Hugging Face's implementations, on checkpoints made by checkpoints.py.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyTensor, astype, f64, greater, i32, jit, slice, type Tensor, tensor, zeros } from 'adjoint';
import { decodeSafetensors, encodeSafetensors } from 'adjoint/io';
import {
  type BertConfig,
  bert,
  cachedGpt2,
  type Gpt2,
  generator,
  gpt2,
  initBert,
  initGpt2Cache,
  loadBert,
  loadGpt2,
  type ModelError,
  maskedScores,
  pooled,
} from 'adjoint/models';
import { linear } from 'adjoint/nn';
import { key } from 'adjoint/random';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
const folder = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const expectedOf = <T>(name: string): T => JSON.parse(readFileSync(join(folder(name), 'expected.json'), 'utf8')) as T;
const right = <A>(result: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};
const near = (x: AnyTensor, { shape, data }: Numbers): void => {
  expect(x.shape).toEqual(shape);
  const found = x.toTypedArray();
  expect(Math.max(...data.map((v, i) => Math.abs(v - (found[i] as number))))).toBeLessThan(1e-4);
};

describe('GPT-2', async () => {
  const { params, config, tokenizer } = right(await loadGpt2(folder('gpt2'))());
  const golden = expectedOf<{
    readonly text: string;
    readonly ids: readonly number[];
    readonly logits: Numbers;
    readonly greedy: readonly number[];
  }>('gpt2');
  const ids = tensor([[...golden.ids]], i32);

  it('splits a text as the reference does, and scores it the same', () => {
    expect([...tokenizer.encode(golden.text)]).toEqual(golden.ids);
    expect(tokenizer.decode(golden.ids)).toBe(golden.text);
    near(gpt2(params, config)(ids), golden.logits);
    near(jit((p: Gpt2, x: typeof ids) => gpt2(p, config)(x))(params, ids), golden.logits);
  });
  it('gives the same scores in pieces of any size', () => {
    const room = initGpt2Cache(params, config, { batch: [1] });
    const [first, cache] = cachedGpt2(params, config)(room, slice(ids, 1, 0, 3) as AnyTensor);
    const [rest] = cachedGpt2(params, config)(cache, slice(ids, 1, 3, 4) as AnyTensor);
    const features = golden.logits.shape[2] as number;
    near(first, { shape: [1, 3, features], data: golden.logits.data.slice(0, 3 * features) });
    near(rest, { shape: [1, 4, features], data: golden.logits.data.slice(3 * features) });
  });
  it('continues a text with the cache as the reference does', () => {
    type Cache = ReturnType<typeof initGpt2Cache>;
    const decode = (p: Gpt2, cache: Cache, ids: Tensor<[1, number], i32>) => cachedGpt2(p, config)(cache, ids);
    const tokens = generator(decode, { temperature: 0 })(
      params,
      initGpt2Cache(params, config, { batch: [1] }),
      golden.ids,
      key(0),
    );
    const drawn = Array.from({ length: 12 }, () => tokens.next().value);
    expect([...golden.ids, ...drawn]).toEqual(golden.greedy);
  });
  it('refuses more tokens than it has positions', () => {
    expect(() => gpt2(params, config)(zeros([1, 33], i32))).toThrow(/33, but 32 positions/);
  });
});

describe('BERT', async () => {
  const { params, config, tokenizer } = right(await loadBert(folder('bert'))());
  const golden = expectedOf<{
    readonly texts: readonly string[];
    readonly first: readonly number[];
    readonly ids: readonly (readonly number[])[];
    readonly segments: readonly (readonly number[])[];
    readonly seen: readonly (readonly number[])[];
    readonly hidden: Numbers;
    readonly pooled: Numbers;
    readonly masked: Numbers;
    readonly next: Numbers;
  }>('bert');
  const matrix = (rows: readonly (readonly number[])[]): Tensor<[number, number], i32> =>
    tensor(rows.flat(), i32).reshape([rows.length, -1]);
  const mask = greater(matrix(golden.seen), 0);
  const hidden = bert(params, config)(matrix(golden.ids), { segments: matrix(golden.segments), mask });

  it('splits a text as the reference does', () => {
    expect([...tokenizer.encode(golden.texts[0] as string)]).toEqual(golden.first);
  });
  it('encodes two padded texts, one of two sentences, as the reference does', () => {
    near(hidden, golden.hidden);
  });
  it('has the heads of the checkpoint', () => {
    const { pooler, masked, classes, tokens } = params;
    if (pooler === null || masked === null || classes === null) throw new Error('a head was not loaded');
    near(maskedScores(masked, tokens, config)(hidden), golden.masked);
    const features: AnyTensor = pooled(pooler)(hidden);
    near(features, golden.pooled);
    near(linear(classes)(features), golden.next);
  });
  it('drops what it is told to, by the key', () => {
    const dropped = (seed: number, rate: number) =>
      bert(params, config)(matrix(golden.ids), {
        segments: matrix(golden.segments),
        mask,
        dropout: { key: key(seed), rate },
      }).toArray();
    expect(dropped(0, 0)).toEqual(hidden.toArray());
    expect(dropped(0, 0.5)).toEqual(dropped(0, 0.5));
    expect(dropped(0, 0.5)).not.toEqual(dropped(1, 0.5));
  });
  it('takes a single text without a mask and in the first segment', () => {
    const text = matrix([golden.ids[1]?.slice(0, 6) as number[]]);
    const [alone, padded] = [bert(params, config)(text), slice(slice(hidden, 0, 1, 1) as AnyTensor, 1, 0, 6)];
    near(alone, { shape: [1, 6, 32], data: Array.from((padded as AnyTensor).toTypedArray() as Float32Array) });
  });
});

describe('a new BERT', () => {
  it('has the heads and the sizes of its config', () => {
    const config: BertConfig = {
      model_type: 'bert',
      vocab_size: 50,
      hidden_size: 8,
      num_hidden_layers: 3,
      num_attention_heads: 2,
      intermediate_size: 16,
      max_position_embeddings: 12,
      type_vocab_size: 2,
      id2label: { 0: 'a', 1: 'b', 2: 'c' },
    };
    const p = initBert(key(0), config);
    const x = bert(p, config)(zeros([4, 12], i32));
    expect(p.blocks.length).toBe(3);
    expect(maskedScores(p.masked, p.tokens, config)(x).shape).toEqual([4, 12, 50]);
    expect(linear(p.classes)(pooled(p.pooler)(x)).shape).toEqual([4, 3]);
  });
});

describe('what is wrong with a checkpoint is told', () => {
  const home = mkdtempSync(join(tmpdir(), 'adjoint-models-'));
  afterAll(() => rmSync(home, { recursive: true }));
  let copies = 0;
  /** A copy of the GPT-2 with something changed. */
  const copy = (
    name: string,
    config: (c: Record<string, unknown>) => Record<string, unknown>,
    weights: (t: Record<string, AnyTensor>) => Record<string, AnyTensor> = (t) => t,
  ): string => {
    const at = join(home, String(copies++));
    cpSync(folder(name), at, { recursive: true });
    const [c, w] = [join(at, 'config.json'), join(at, 'model.safetensors')];
    writeFileSync(c, JSON.stringify(config(JSON.parse(readFileSync(c, 'utf8')))));
    writeFileSync(w, encodeSafetensors(weights({ ...right(decodeSafetensors(readFileSync(w))).tensors })));
    return at;
  };
  const same = (c: Record<string, unknown>) => c;
  const fault = (result: E.Either<ModelError, unknown>): string =>
    E.isLeft(result) ? `${result.left._tag}: ${result.left.message.replace(/^\S*\//, '')}` : 'no fault';
  const without = (name: string) => (t: Record<string, AnyTensor>) =>
    Object.fromEntries(Object.entries(t).filter(([n]) => n !== name));
  const replaced = (name: string, by: (x: AnyTensor) => AnyTensor) => (t: Record<string, AnyTensor>) => ({
    ...t,
    [name]: by(t[name] as AnyTensor),
  });

  it('files that are not there, or are something else', async () => {
    expect(fault(await loadGpt2(join(home, 'none'))())).toMatch(/^ReadFailed: could not read .*config\.json.*ENOENT/);
    const torn = copy('gpt2', same);
    writeFileSync(join(torn, 'model.safetensors'), readFileSync(join(torn, 'model.safetensors')).subarray(0, 5000));
    expect(fault(await loadGpt2(torn)())).toMatch(/^LengthMismatch: model\.safetensors/);
    const mute = copy('gpt2', same);
    writeFileSync(join(mute, 'tokenizer.json'), '{}');
    expect(fault(await loadGpt2(mute)())).toMatch(/^BadTokenizer: tokenizer\.json/);
    writeFileSync(join(mute, 'config.json'), '[1]');
    expect(fault(await loadGpt2(mute)())).toBe('BadConfig: config.json: it is not a JSON object.');
  });
  it('another architecture', async () => {
    expect(fault(await loadGpt2(folder('bert'))())).toMatch(
      /^BadConfig: config\.json: model_type must be "gpt2", not "bert"; n_positions must be a positive integer, but is missing/,
    );
    expect(fault(await loadBert(folder('gpt2'))())).toMatch(/model_type must be "bert", not "gpt2"/);
  });
  it('settings that are not supported, and those that do not fit', async () => {
    const odd = copy('gpt2', (c) => ({ ...c, activation_function: 'mish', scale_attn_by_inverse_layer_idx: true }));
    expect(fault(await loadGpt2(odd)())).toBe(
      'BadConfig: config.json: activation_function must be one of gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish, tanh, not "mish"; scale_attn_by_inverse_layer_idx must be false, not true.',
    );
    expect(fault(await loadGpt2(copy('gpt2', (c) => ({ ...c, n_head: 5 })))())).toMatch(/n_embd 32 is not divisible/);
    const relative = copy('bert', (c) => ({ ...c, position_embedding_type: 'relative_key' }));
    expect(fault(await loadBert(relative)())).toMatch(/position_embedding_type must be "absolute"/);
  });
  it('tensors that are missing, misshapen, of another dtype or left over, all at once', async () => {
    const change = (t: Record<string, AnyTensor>): Record<string, AnyTensor> => ({
      ...without('transformer.h.1.ln_1.weight')(t),
      'transformer.wpe.weight': zeros([16, 32]),
      'transformer.ln_f.bias': astype(zeros([32]), f64),
      'transformer.h.0.attn.bias': zeros([1, 1, 32, 32]),
      'score.weight': zeros([2, 32]),
    });
    expect(fault(await loadGpt2(copy('gpt2', same, change))())).toBe(
      'BadWeights: model.safetensors: it does not fit its config.json: transformer.wpe.weight is [16, 32], not [32, 32]; h.1.ln_1.weight [32] is missing; transformer.ln_f.bias is of f64, not f32, f16 or bf16; score.weight has no place in the model.',
    );
    const deeper = fault(await loadBert(copy('bert', (c) => ({ ...c, num_hidden_layers: 3 })))());
    expect(deeper).toMatch(/encoder\.layer\.2\.attention\.output\.LayerNorm\.weight \[32\] is missing.*and 8 more/);
    const shallow = fault(await loadBert(copy('bert', (c) => ({ ...c, num_hidden_layers: 1 })))());
    expect(shallow).toMatch(/bert\.encoder\.layer\.1\.\S* has no place in the model/);
  });
  it('names without the prefix, an untied head and early norms are fine', async () => {
    const bare = (t: Record<string, AnyTensor>): Record<string, AnyTensor> =>
      Object.fromEntries(Object.entries(t).map(([n, x]) => [n.replace('transformer.', ''), x]));
    const untied = (t: Record<string, AnyTensor>) => ({
      ...bare(t),
      'lm_head.weight': t['transformer.wte.weight'] as AnyTensor,
    });
    const other = right(await loadGpt2(copy('gpt2', (c) => ({ ...c, tie_word_embeddings: false }), untied))());
    const { ids, logits } = expectedOf<{ readonly ids: readonly number[]; readonly logits: Numbers }>('gpt2');
    near(gpt2(other.params, other.config)(tensor([[...ids]], i32)), logits);
    const early = (t: Record<string, AnyTensor>): Record<string, AnyTensor> =>
      Object.fromEntries(
        Object.entries(t).map(([n, x]) => [
          n.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
          x,
        ]),
      );
    expect(fault(await loadBert(copy('bert', same, early))())).toBe('no fault');
    expect(
      fault(
        await loadBert(
          copy(
            'bert',
            same,
            replaced('bert.pooler.dense.bias', () => zeros([31])),
          ),
        )(),
      ),
    ).toMatch(/pooler\.dense\.bias is \[31\], not \[32\]/);
  });
});
