// Texts as lists of numbers: by characters, or by pieces of words through @huggingface/tokenizers (an optional peer).

import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { atMost, knownOptions } from '../core/arguments';
import { unstarted } from '../core/task';
import { ArgumentError, type Unstarted } from '../index';
import type { DataError } from './error';

/** Texts to ids and back. */
export interface Tokenizer {
  /** How many ids there are. */
  readonly size: number;
  readonly encode: (text: string) => Int32Array;
  readonly decode: (ids: ArrayLike<number>) => string;
}

/** A tokenizer by characters, with what is needed to make it again. */
export interface CharTokenizer extends Tokenizer {
  /** The characters (code points) in the order of their ids. */
  readonly alphabet: readonly string[];
}

/**
 * Every character that occurs in a text is a token; ids in the order of code points. Others are refused, or take the id of
 * `unknown`, which is then in the alphabet.
 *
 * @throws ArgumentError from encode for a character, from decode for an id that is not in the alphabet
 * @example
 * const { encode, decode, alphabet } = charTokenizer('hello');
 * alphabet // => ['e', 'h', 'l', 'o']
 * decode(encode('hole')) // => 'hole'
 */
export const charTokenizer = function (
  text: string | readonly string[],
  options: { readonly unknown?: string } = {},
): CharTokenizer {
  atMost('charTokenizer', arguments, 2);
  const { unknown } = knownOptions('charTokenizer', options, ['unknown']);
  const found = new Set(text);
  const code = (c: string): number => c.codePointAt(0) as number;
  const alphabet = typeof text === 'string' ? [...found].sort((a, b) => code(a) - code(b)) : [...found];
  if (unknown !== undefined && !found.has(unknown)) alphabet.push(unknown);
  const ids = new Map(alphabet.map((c, id) => [c, id]));
  const other = unknown === undefined ? undefined : ids.get(unknown);
  return {
    size: alphabet.length,
    alphabet,
    encode: (text) =>
      Int32Array.from(text, (c) => {
        const id = ids.get(c) ?? other;
        if (id !== undefined) return id;
        throw new ArgumentError(
          `charTokenizer: ${JSON.stringify(c)} is not in the alphabet of ${alphabet.length} characters. Give an unknown: charTokenizer(text, { unknown: '?' }).`,
        );
      }),
    decode: (ids) =>
      Array.from(ids, (id) => {
        const c = alphabet[id];
        if (c !== undefined) return c;
        throw new ArgumentError(`charTokenizer: there is no id ${id}; the alphabet has ${alphabet.length} characters.`);
      }).join(''),
  };
};

/** What is used of @huggingface/tokenizers. */
interface HuggingFace {
  readonly Tokenizer: new (
    tokenizer: object,
    config: object,
  ) => {
    encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly number[] };
    decode(ids: readonly number[], options: { readonly skip_special_tokens: boolean }): string;
    get_vocab(): ReadonlyMap<string, number>;
  };
}
// Not a literal: a bundler would look for what need not be there.
const library: string = '@huggingface/tokenizers';

/** As much of a tokenizer.json as says that it is one. */
const TokenizerJson = t.type({
  model: t.intersection([t.type({ vocab: t.UnknownRecord }), t.partial({ type: t.string })]),
});
const UnigramJson = t.type({ model: t.type({ vocab: t.UnknownArray }) });

export interface LoadTokenizerOptions {
  /** Whether ids such as those of [CLS] are put around a text, and left out of a decoded one: yes unless false. */
  readonly specialTokens?: boolean;
  /** The library, where it cannot be found by its name: () => import('@huggingface/tokenizers') in a bundle for browsers. */
  readonly from?: () => Promise<unknown>;
}

const bad = (message: string): DataError => ({ _tag: 'BadTokenizer', message });
const reasonOf = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason));

/**
 * The tokenizer (WordPiece, BPE, Unigram) in the parsed text of a tokenizer.json of Hugging Face. Needs the package
 * @huggingface/tokenizers.
 *
 * @example
 * E.isLeft(await loadTokenizer({ not: 'one' })()) // => true
 */
export const loadTokenizer = function (
  json: unknown,
  options: LoadTokenizerOptions = {},
): Unstarted<TE.TaskEither<DataError, Tokenizer>> {
  atMost('loadTokenizer', arguments, 2);
  const { specialTokens = true, from = () => import(/* @vite-ignore */ /* webpackIgnore: true */ library) } =
    knownOptions('loadTokenizer', options, ['specialTokens', 'from']);
  return unstarted('loadTokenizer', async () => {
    if (!TokenizerJson.is(json) && !UnigramJson.is(json))
      return E.left(bad('the JSON has no model with a vocabulary; it must be that of a tokenizer.json.'));
    const loaded = await TE.tryCatch(from, (reason) =>
      bad(`the package ${library} could not be loaded (${reasonOf(reason)}); install it: npm install ${library}.`),
    )();
    if (E.isLeft(loaded)) return loaded;
    return E.tryCatch(
      () => {
        const { Tokenizer } = loaded.right as HuggingFace;
        const model = new Tokenizer(json, {});
        return {
          size: model.get_vocab().size,
          encode: (text: string) => Int32Array.from(model.encode(text, { add_special_tokens: specialTokens }).ids),
          decode: (ids: ArrayLike<number>) => model.decode(Array.from(ids), { skip_special_tokens: specialTokens }),
        };
      },
      (reason) => bad(`the tokenizer.json cannot be used: ${reasonOf(reason)}.`),
    );
  });
};
