// A small BERT first reads e-mails with words hidden and guesses them, then learns which e-mails are spam; beside it a bag of words.
// `npm run example -- bert`. With `loadBert(directory)` in place of `initBert`, and its tokenizer, the second half fine-tunes a published BERT.
// J. Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding (2019).
import { join } from 'node:path';
import * as np from 'adjoint';
import { jit, type Scalar, type Tensor } from 'adjoint';
import { epochBatches, shuffledBatches, splitRows } from 'adjoint/data';
import { type BertConfig, bert, initBert, maskedScores, pooled } from 'adjoint/models';
import { crossEntropy, initLinear, linear, reduceLoss } from 'adjoint/nn';
import { adam, muon, warmupCosine } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Context, type Example, type Outcome, parameterCount } from './catalogue/example';
import type { Fault } from './catalogue/source';
import { sources } from './catalogue/sources';
import { learn } from './catalogue/training';
import { type Coded, coded, firstWord, type Mail, readMails, special, vocabularyOf } from './mails';

const [symbols, length, hidden, batch] = [4000, 64, 8, 32] as const;
const config: BertConfig = {
  model_type: 'bert',
  vocab_size: symbols,
  hidden_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 384,
  max_position_embeddings: length,
  type_vocab_size: 2,
};

interface Batch extends Coded<typeof length> {
  /** For what is random in the loss. */
  readonly key: random.Key;
}
type Ids = Batch['ids'];
type Params = ReturnType<typeof initBert>;

// The model is that of adjoint/models; here are the losses that it learns from.

const encode = (p: Params, ids: Ids, segments: Ids) =>
  bert(p, config)(ids, { segments, mask: np.greater(ids, special.padding) });

/** Some words of every e-mail are to be guessed: of ten, eight are hidden, one is replaced by another and one is left. */
const guessing = (p: Params, { ids, segments, key }: Batch): Scalar => {
  const [k1, k2, k3] = random.split(key, 3);
  const chance = np.where(np.greater(ids, special.mask), random.uniform(k1, [ids.shape[0], length]), -1);
  const [best, places] = np.topK(chance, hidden);
  const chosen = np.logicalAnd(np.greaterEqual(chance, np.min(best, -1, { keepDims: true })), np.greater(chance, 0));
  const fate = random.uniform(k2, [ids.shape[0], length]);
  const other = random.randint(k3, [ids.shape[0], length], firstWord, symbols);
  const changed = np.where(np.less(fate, 0.8), special.mask, np.where(np.less(fate, 0.9), other, ids));
  const features = encode(p, np.where(chosen, changed, ids), segments);
  const at = np.expandDims(places, -1);
  const there = np.takeAlongAxis(features, np.broadcastTo(at, [ids.shape[0], hidden, config.hidden_size]), 1);
  const scores = maskedScores(p.masked, p.tokens, config)(there);
  return reduceLoss(crossEntropy(scores, np.takeAlongAxis(ids, places, 1)), { mask: np.greater(best, 0) });
};

const spamScores = (p: Params, { ids, segments }: Batch): Tensor<[number, number]> =>
  pipe(encode(p, ids, segments), pooled(p.pooler), linear(p.classes));

/** A bag of words: how often each occurs, and a weight for it. */
const initBag = (key: random.Key) => initLinear(key, { inputs: symbols, outputs: 2 as number });
type Bag = ReturnType<typeof initBag>;
const bagScores = (p: Bag, { ids }: Batch): Tensor<[number, number]> =>
  linear(p)(np.log1p(np.sum(np.oneHot(ids, symbols), 1)));

type Scores<P> = (p: P, b: Batch) => Tensor<[number, number]>;
const lossOf =
  <P>(scores: Scores<P>) =>
  (p: P, b: Batch): Scalar =>
    np.mean(crossEntropy(scores(p, b), b.spam));

// The run.

const accuracyOf = <P>(scores: Scores<P>, tests: readonly Batch[]) => {
  const right = jit((p: P, b: Batch) => np.sum(np.equal(np.argmax(scores(p, b), -1), b.spam)));
  const count = tests.reduce((n, b) => n + b.spam.shape[0], 0);
  return (p: P): number => tests.reduce((n, b) => n + right(p, b).item(), 0) / count;
};

const compare = (run: Context, all: readonly Mail[]): TE.TaskEither<Fault, Outcome> => {
  const [splitKey, initKey, bagKey, orderKey] = random.split(random.key(run.seed), 4);
  const parts = splitRows(splitKey, all.length, [0.8]).map((rows) => Array.from(rows, (i) => all[i] as Mail));
  const [learned = [], tested = []] = parts;
  const vocabulary = vocabularyOf(learned, symbols);
  const at = (mails: readonly Mail[], rows: Int32Array, key: random.Key): Batch => {
    const chosen = Array.from(rows, (i) => mails[i] as Mail);
    return { ...coded(chosen, vocabulary, length), key };
  };
  function* batches(name: string, from: number): Generator<Batch> {
    const key = random.foldIn(orderKey, name.length);
    let i = from;
    for (const rows of shuffledBatches(key, learned.length, batch, from))
      yield at(learned, rows, random.foldIn(key, i++));
  }
  const tests = epochBatches(tested.length, 128).map((rows) => at(tested, rows, splitKey));
  const task = <P>(
    name: string,
    params: P,
    loss: (p: P, b: Batch) => Scalar,
    [full, quick]: readonly [number, number],
  ) => {
    const steps = run.quick ? quick : full;
    const rate = (peak: number) => warmupCosine({ peak, warmup: steps / 10, steps });
    return { name, params, loss, steps, rate, batches: (from: number) => batches(name, from) };
  };
  const byMuon = <P>(peak: number, { rate, ...others }: ReturnType<typeof task<P>>) =>
    learn(run, { ...others, optimiser: muon({ learningRate: rate(peak) }) });
  const params = initBert(initKey, config);
  const parameters = parameterCount(params);
  const { rate, ...counting } = task('bag of words', initBag(bagKey), lossOf(bagScores), [900, 90]);
  return pipe(
    TE.Do,
    TE.bind('bag', () => learn(run, { ...counting, optimiser: adam({ learningRate: rate(0.02) }) })),
    TE.bind('guesser', () => byMuon(0.02, task('guessing', params, guessing, [4000, 150]))),
    TE.bind('judge', ({ guesser }) => byMuon(0.005, task('judging', guesser, lossOf(spamScores), [1000, 60]))),
    TE.map(({ bag, judge }) => ({
      parameters,
      results: {
        accuracy: accuracyOf(spamScores, tests)(judge),
        'accuracy of the bag of words': accuracyOf(bagScores, tests)(bag),
      },
    })),
  );
};

export const example: Example = {
  name: 'bert',
  summary: 'a BERT guesses hidden words of e-mails, then finds spam; beside it a bag of words',
  sources: [sources.spamAssassin],
  goals: { accuracy: { atLeast: { full: 0.97, quick: 0.8 } } },
  run: (run) =>
    pipe(
      readMails(join(run.folder(sources.spamAssassin), 'data')),
      TE.chain((mails) => compare(run, mails)),
    ),
};
