// A GRU reads a first name letter by letter and says whether it is a woman's or a man's, beside logistic regression on pairs of letters.
// K. Cho et al., Learning phrase representations using RNN encoder-decoder (2014). Run it: `npm run example -- names`.
import { join } from 'node:path';
import { type bool, concatenate, type Dim, type i32, jit, mean, reshape, type Tensor, tensor } from 'adjoint';
import { charTokenizer, padSequences, readText, shuffledBatches, splitRows } from 'adjoint/data';
import * as nn from 'adjoint/nn';
import { adamw, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { baseline, type Pairs, pairsOf, shareRight } from './bigrams';
import { type Example, parameterCount } from './catalogue/example';
import { sources } from './catalogue/sources';
import { learn } from './catalogue/training';

const length = 16;
interface Names<B extends Dim = number> {
  readonly letters: Tensor<[B, 16], i32>;
  readonly mask: Tensor<[B, 16], bool>;
  /** 1 for a woman's. */
  readonly labels: Tensor<[B]>;
}

// The model.

export const init = (key: random.Key, symbols: number) => {
  const [k1, k2, k3, k4] = random.split(key, 4);
  return {
    letters: nn.initEmbedding(k1, { symbols, features: 32 }),
    forwards: nn.initGru(k2, { inputs: 32, hidden: 64 }),
    backwards: nn.initGru(k3, { inputs: 32, hidden: 64 }),
    out: nn.initLinear(k4, { inputs: 128, outputs: 1 }),
  };
};
type Params = ReturnType<typeof init>;

/** The log odds that a name is a woman's; with a key, of one whose features are dropped at random. */
export const logits = <B extends Dim>(
  p: Params,
  { letters, mask }: Names<B>,
  key: random.Key | null = null,
): Tensor<[B]> => {
  const [k1, k2] = key === null ? [null, null] : random.split(key);
  const x = pipe(letters, nn.embedding(p.letters), nn.dropout(k1, 0.3));
  const first = nn.gru(p.forwards, { mask })(x).last;
  const last = nn.gru(p.backwards, { mask, reverse: true })(x).last;
  const score = pipe(concatenate([first, last], 1), nn.dropout(k2, 0.5), nn.linear(p.out));
  return reshape(score, [letters.shape[0]]);
};
const loss = <B extends Dim>(p: Params, names: Names<B>, key: random.Key) =>
  mean(nn.binaryCrossEntropy(logits(p, names, key), names.labels));

// The data: names that only one of the two lists has.

interface Named {
  readonly name: string;
  readonly label: 0 | 1;
}
const readNames = (folder: string) =>
  pipe(
    readText(join(folder, 'names.txt')),
    TE.map(
      (text) =>
        new Set(
          text
            .toLowerCase()
            .split(/\s+/)
            .filter((name) => name !== ''),
        ),
    ),
  );
const onlyIn = (own: ReadonlySet<string>, other: ReadonlySet<string>, label: 0 | 1): readonly Named[] =>
  [...own].filter((name) => !other.has(name)).map((name) => ({ name, label }));

/** Names as a model and as the baseline take them. */
export const encoder = (names: readonly Named[]) => {
  const { encode, size } = charTokenizer(names.map(({ name }) => name).join(''));
  const pairs = [...new Set(names.flatMap(({ name }) => pairsOf(name)))];
  const places = new Map(pairs.map((pair, i) => [pair, i]));
  const labelsOf = (chosen: readonly Named[]): Tensor<[number]> =>
    tensor(chosen.map(({ label }) => label)).as([chosen.length]);
  return {
    size,
    letters: (chosen: readonly Named[]): Names => {
      const { values, mask } = padSequences(
        chosen.map(({ name }) => encode(name)),
        { length },
      );
      return { letters: values, mask, labels: labelsOf(chosen) };
    },
    pairs: (chosen: readonly Named[]): Pairs => {
      const counts = new Float32Array(chosen.length * pairs.length);
      for (const [row, { name }] of chosen.entries())
        for (const pair of pairsOf(name)) counts[row * pairs.length + (places.get(pair) as number)] = 1;
      return { counts: tensor(counts).reshape([chosen.length, pairs.length]), labels: labelsOf(chosen) };
    },
  };
};

export const example: Example = {
  name: 'names',
  summary: 'GRUs in both directions tell the names of women and men, against logistic regression on pairs of letters',
  sources: [sources.femaleNames, sources.maleNames],
  goals: {
    'accuracy above the baseline': { atLeast: { full: 0.005, quick: -0.05 } },
    accuracy: { atLeast: { full: 0.8, quick: 0.72 } },
  },
  run: (context) => {
    const [initKey, splitKey, orderKey, dropKey] = random.split(random.key(context.seed), 4);
    const steps = context.quick ? 150 : 1800;
    const optimiser = adamw({ learningRate: cosineDecay({ from: 4e-3, steps }), weightDecay: 0.1 });
    return pipe(
      TE.Do,
      TE.bind('women', () => readNames(context.folder(sources.femaleNames))),
      TE.bind('men', () => readNames(context.folder(sources.maleNames))),
      TE.chainW(({ women, men }) => {
        const names = [...onlyIn(women, men, 1), ...onlyIn(men, women, 0)];
        const { size, letters, pairs } = encoder(names);
        const [learned, tested] = splitRows(splitKey, names.length, [0.8]).map((rows) =>
          [...rows].map((i) => names[i] as Named),
        ) as [Named[], Named[]];
        const params = init(initKey, size);
        function* batches(from: number): Generator<Names> {
          for (const rows of shuffledBatches(orderKey, learned.length, 128, from))
            yield letters([...rows].map((i) => learned[i] as Named));
        }
        const all = letters(tested);
        const other = baseline(pairs(learned), pairs(tested));
        return pipe(
          learn(context, { name: 'gru', steps, params, loss, optimiser, batches, key: dropKey }),
          TE.map((end) => {
            const accuracy = shareRight(jit((p: Params) => logits(p, all))(end), all.labels);
            return {
              parameters: parameterCount(params),
              results: { accuracy, 'logistic regression': other, 'accuracy above the baseline': accuracy - other },
            };
          }),
        );
      }),
    );
  },
};
