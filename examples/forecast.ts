// An LSTM forecasts how many children are born on each of the next seven days in the USA. It reads eight weeks, then goes on by itself
// under scan: each forecast is the input of the next step. What it learns is how days differ from the same day a week before.
// S. Hochreiter, J. Schmidhuber, Long short-term memory (1997). Run it: `npm run example -- forecast`.
import { join } from 'node:path';
import {
  abs,
  add,
  concatenate,
  type Dim,
  jit,
  mean,
  reshape,
  scan,
  slice,
  square,
  sub,
  swapaxes,
  type Tensor,
  tensor,
} from 'adjoint';
import { epochBatches, gatherRows, numbersIn, type Rows, readCsv, shuffledBatches, windows } from 'adjoint/data';
import * as nn from 'adjoint/nn';
import { adam, chain, clipByGlobalNorm, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { sources } from './catalogue/sources';
import { learn } from './catalogue/training';

const [past, future, hidden] = [56, 7, 48] as const;

/** Eight weeks and the one to forecast. */
interface Weeks<B extends Dim = number> {
  readonly births: Tensor<[B, 63]>;
  /** Seven days before: the forecast of who knows only the week. */
  readonly weekBefore: Tensor<[B, 63]>;
  /** What is known of a day before it comes: births 52 weeks ago, the day of the week (one-hot), the time of the year (two waves). */
  readonly known: Tensor<[B, 63, 12]>;
}

// The model.

export const init = (key: random.Key) => {
  const [k1, k2] = random.split(key);
  return {
    lstm: nn.initLstm(k1, { inputs: 13, hidden }),
    out: nn.initLinear(k2, { inputs: hidden, outputs: 1, weight: nn.initialisers.zeros }),
  };
};
type Params = ReturnType<typeof init>;

/** The births of the seven days, which it does not look at. */
export const forecast = <B extends Dim>(p: Params, { births, weekBefore, known }: Weeks<B>): Tensor<[B, 7]> => {
  const [batch] = births.shape;
  // An input is the births of a day and what is known of the next.
  const seen: Tensor<[B, 55, 1]> = reshape(slice(births, 1, 0, past - 1), [batch, 55, 1]);
  const { last } = nn.lstm(p.lstm)(concatenate([seen, slice(known, 1, 1, past - 1)], 2));
  type Carry = readonly [typeof last, Tensor<[B, 1]>];
  const next = ([state, day]: Carry, x: { readonly known: Tensor<[B, 12]>; readonly weekBefore: Tensor<[B, 1]> }) => {
    const after = nn.lstmCell(p.lstm)(state, concatenate([day, x.known], 1));
    const births = add(x.weekBefore, nn.linear(p.out)(after.h));
    return [[after, births] as Carry, births] as const;
  };
  const ahead = {
    known: swapaxes(slice(known, 1, past, future), 0, 1),
    weekBefore: reshape(swapaxes(slice(weekBefore, 1, past, future), 0, 1), [7, batch, 1]),
  };
  const [, days] = scan(next, [last, slice(births, 1, past - 1, 1)] as Carry, ahead);
  return swapaxes(reshape(days, [7, batch]), 0, 1);
};

const truth = <B extends Dim>({ births }: Weeks<B>): Tensor<[B, 7]> => slice(births, 1, past, future);
const loss = <B extends Dim>(p: Params, weeks: Weeks<B>) => mean(square(sub(forecast(p, weeks), truth(weeks))));

// The data.

const year = 364; // 52 weeks, so that days of the week meet
const trained = 16 * 365 + 4; // days of 1969 to 1984; 1985 and 1986 are left for those who tune
const firstTested = 18 * 365 + 4;

/** All pieces of 63 days between two days, of births in standard deviations from the mean of the days that are learned from. */
const weeksOf = (days: Tensor<[number, number]>) => {
  const rows = days.toArray();
  const raw = rows.map(([n]) => n as number);
  const learned = raw.slice(0, trained);
  const centre = learned.reduce((a, b) => a + b / learned.length, 0);
  const spread = Math.sqrt(learned.reduce((a, b) => a + (b - centre) ** 2 / learned.length, 0));
  const births = Float32Array.from(raw, (n) => (n - centre) / spread);
  const known = rows.flatMap(([, weekday], t) => {
    const waves = [1, 2].flatMap((k) => [Math.sin, Math.cos].map((f) => f((2 * Math.PI * k * t) / 365.25)));
    return [births[t - year] ?? 0, ...Array.from({ length: 7 }, (_, d) => Number(d + 1 === weekday)), ...waves];
  });
  const between = (from: number, to: number) => {
    const piece = (data: Float32Array, width: number[]) =>
      windows(
        { shape: [to - from, ...width], data: data.slice(from * (width[0] ?? 1), to * (width[0] ?? 1)) },
        past + future,
      );
    return {
      births: piece(births, []),
      weekBefore: piece(
        births.map((_, t) => births[t - 7] ?? 0),
        [],
      ),
      known: piece(Float32Array.from(known), [12]),
    };
  };
  return { train: between(year, trained), test: between(firstTested - past, raw.length), spread };
};
type Pieces = Readonly<Record<keyof Weeks, Rows<Float32Array>>>;
const weeksAt = (pieces: Pieces, rows: Int32Array): Weeks => ({
  births: tensor(gatherRows(pieces.births, rows).data).reshape([rows.length, 63]),
  weekBefore: tensor(gatherRows(pieces.weekBefore, rows).data).reshape([rows.length, 63]),
  known: tensor(gatherRows(pieces.known, rows).data).reshape([rows.length, 63, 12]),
});
function* batches(key: random.Key, pieces: Pieces, from: number): Generator<Weeks> {
  for (const rows of shuffledBatches(key, pieces.births.shape[0] as number, 64, from)) yield weeksAt(pieces, rows);
}

export const example: Example = {
  name: 'forecast',
  summary: 'an LSTM under scan forecasts a week of daily births, against the week before',
  sources: [sources.births],
  goals: { 'error, of the better naive one': { atMost: { full: 0.85, quick: 0.98 } } },
  run: (context) => {
    const [initKey, orderKey] = random.split(random.key(context.seed));
    const steps = context.quick ? 150 : 1200;
    const optimiser = chain(clipByGlobalNorm(1), adam({ learningRate: cosineDecay({ from: 4e-3, steps }) }));
    const params = init(initKey);
    return pipe(
      readCsv(join(context.folder(sources.births), 'data.csv')),
      TE.chainEitherKW((table) => numbersIn(table, ['births', 'day_of_week'])),
      TE.map(weeksOf),
      TE.bindTo('data'),
      TE.bindW('end', ({ data }) =>
        learn(context, {
          name: 'lstm',
          steps,
          params,
          loss: (p: Params, weeks: Weeks) => loss(p, weeks),
          optimiser,
          batches: (from) => batches(orderKey, data.train, from),
        }),
      ),
      TE.map(({ data: { test, spread }, end }) => {
        const all = weeksAt(test, epochBatches(test.births.shape[0] as number, 1e6)[0] as Int32Array);
        const error = (days: Tensor<[number, 7]>) => spread * mean(abs(sub(days, truth(all)))).item();
        const own = error(jit(forecast)(end, all));
        const week = error(slice(all.weekBefore, 1, past, future));
        const yearBefore = error(reshape(slice(slice(all.known, 2, 0, 1), 1, past, future), [all.births.shape[0], 7]));
        return {
          parameters: parameterCount(params),
          results: {
            'mean absolute error': own,
            'of the week before': week,
            'of 52 weeks before': yearBefore,
            'error, of the better naive one': own / Math.min(week, yearBefore),
          },
        };
      }),
    );
  },
};
