import { charTokenizer, loadTokenizer } from 'adjoint/data';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';

const library: string = '@huggingface/tokenizers';
const isThere = await import(/* @vite-ignore */ library).then(
  () => true,
  () => false,
);
if (!isThere) console.warn(`SKIPPED: the tests of WordPiece and BPE need ${library}; run npm ci`);

describe('charTokenizer', () => {
  it('gives back every text of its alphabet', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const { encode, decode, alphabet, size } = charTokenizer(text);
        expect(decode(encode(text))).toBe(text);
        expect(encode(text)).toHaveLength([...text].length);
        expect(size).toBe(new Set(text).size);
        // What was saved of it makes it again.
        const again = charTokenizer(JSON.parse(JSON.stringify(alphabet)) as string[]);
        expect(again.encode(text)).toEqual(encode(text));
      }),
    );
  });
  it('refuses other characters, or takes them as unknown', () => {
    expect(() => charTokenizer('ab').encode('abc')).toThrow(/"c" is not in the alphabet of 2 characters/);
    expect(() => charTokenizer('ab').decode([2])).toThrow(/there is no id 2/);
    const { encode, decode, size } = charTokenizer('ab', { unknown: '?' });
    expect([decode(encode('axb')), size]).toEqual(['a?b', 3]);
  });
});

const special = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
const wordPiece = {
  version: '1.0',
  added_tokens: [{ id: 0, content: '[UNK]', ...special }],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, play: 1, '##ing': 2, '##ed': 3, the: 4 },
  },
};
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const bpe = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: null,
  decoder: byteLevel,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    vocab: { l: 0, o: 1, w: 2, e: 3, r: 4, Ġ: 5, lo: 6, low: 7, er: 8 },
    merges: [
      ['l', 'o'],
      ['lo', 'w'],
      ['e', 'r'],
    ],
  },
};

describe('loadTokenizer', () => {
  it.skipIf(!isThere)('reads WordPiece', async () => {
    const out = await loadTokenizer(wordPiece)();
    if (E.isLeft(out)) throw new Error(out.left.message);
    const { encode, decode, size } = out.right;
    expect([...encode('Playing the played xyz')]).toEqual([1, 2, 4, 1, 3, 0]);
    expect(decode([1, 2, 4, 1, 3])).toBe('playing the played');
    expect(size).toBe(5);
  });
  it.skipIf(!isThere)('reads BPE', async () => {
    const out = await loadTokenizer(bpe)();
    if (E.isLeft(out)) throw new Error(out.left.message);
    expect([...out.right.encode('low lower')]).toEqual([7, 5, 7, 8]);
    expect(out.right.decode(out.right.encode('low lower'))).toBe('low lower');
  });
  it.skipIf(!isThere)('says why a file cannot be used', async () => {
    const out = await loadTokenizer({ ...bpe, model: { ...bpe.model, merges: 'none' } })();
    expect(E.isLeft(out) && out.left.message).toMatch(/^the tokenizer.json cannot be used: /);
  });
  it('says what is missing', async () => {
    const none = await loadTokenizer({ vocab: {} })();
    expect(E.isLeft(none) && none.left.message).toMatch(/no model with a vocabulary/);
    const absent = await loadTokenizer(bpe, { from: () => Promise.reject(new Error('not found')) })();
    expect(E.isLeft(absent) && absent.left.message).toBe(
      'the package @huggingface/tokenizers could not be loaded (not found); install it: npm install @huggingface/tokenizers.',
    );
  });
});
