// Anomalies in a sensor network (S. Suthaharan et al., Labelled data collection for anomaly detection in wireless sensor networks, 2010): an
// autoencoder learns, without labels, what twelve readings of humidity and temperature in a row look like; what it cannot draw again is strange.
// Beside it a z-score: how far a reading is from the mean of its sensor. Run it: `npm run example -- anomaly`.
import { join } from 'node:path';
import { abs, type Dim, jit, max, mean, square, sub, type Tensor, tanh, tensor } from 'adjoint';
import {
  epochBatches,
  gatherRows,
  numbersIn,
  type Rows,
  readCsv,
  rescale,
  shuffledBatches,
  standardScaling,
  windows,
} from 'adjoint/data';
import * as nn from 'adjoint/nn';
import { adamw, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { sources } from './catalogue/sources';
import { learn } from './catalogue/training';

const size = 12;
type Pieces<B extends Dim = number> = Tensor<[B, 24]>;

export const init = (key: random.Key) => {
  const [k1, k2, k3, k4] = random.split(key, 4);
  return {
    in: nn.initLinear(k1, { inputs: 24, outputs: 32 }),
    code: nn.initLinear(k2, { inputs: 32, outputs: 3 }),
    back: nn.initLinear(k3, { inputs: 3, outputs: 32 }),
    out: nn.initLinear(k4, { inputs: 32, outputs: 24 }),
  };
};
type Params = ReturnType<typeof init>;

/** Readings drawn again from three numbers. */
export const autoencoder = <B extends Dim>(p: Params, x: Pieces<B>): Pieces<B> =>
  pipe(x, nn.linear(p.in), tanh, nn.linear(p.code), nn.linear(p.back), tanh, nn.linear(p.out));

/** How much of each piece is lost. */
export const strangeness = <B extends Dim>(p: Params, x: Pieces<B>): Tensor<[B]> =>
  mean(square(sub(autoencoder(p, x), x)), 1);
const loss = <B extends Dim>(p: Params, x: Pieces<B>) => mean(strangeness(p, x));

// The data: readings of each sensor in standard deviations from its mean, and pieces of twelve neighbours.

interface Sensor {
  readonly values: Tensor<[number, 2]>;
  readonly labels: readonly number[];
}
const sensorsOf = (table: Tensor<[number, number]>): readonly Sensor[] => {
  const rows = table.toArray();
  return [...new Set(rows.map(([sensor]) => sensor))].map((sensor) => {
    const own = rows.filter(([id]) => id === sensor);
    const raw = tensor(own.flatMap(([, humidity, temperature]) => [humidity as number, temperature as number])).reshape(
      [own.length, 2],
    );
    return { values: rescale(standardScaling(raw), raw), labels: own.map((row) => row[3] as number) };
  });
};
const piecesOf = ({ values }: Sensor): Rows<Float32Array> =>
  windows({ shape: values.shape, data: values.toTypedArray() as Float32Array }, size);
const piecesAt = (pieces: Rows<Float32Array>, rows: Int32Array): Pieces =>
  tensor(gatherRows(pieces, rows).data).reshape([rows.length, 24]);

/** The area under the ROC curve, from the order of the scores alone. */
const areaUnderRoc = (scores: readonly number[], labels: readonly number[]): number => {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const places = new Float32Array(scores.length);
  for (const [place, i] of order.entries()) places[i] = place / scores.length;
  const metric = nn.areaUnderRoc(2000);
  return metric.value(metric.of(tensor(places), tensor(labels))).item();
};

export const example: Example = {
  name: 'anomaly',
  summary: 'an autoencoder finds strange readings of a sensor network without labels, against a z-score',
  sources: [sources.sensors],
  goals: {
    'area under ROC': { atLeast: { full: 0.98, quick: 0.97 } },
    'above the z-score': { atLeast: { full: 0.03, quick: 0.02 } },
  },
  run: (context) => {
    const [initKey, orderKey] = random.split(random.key(context.seed));
    const steps = context.quick ? 500 : 4000;
    const optimiser = adamw({ learningRate: cosineDecay({ from: 3e-3, steps }), weightDecay: 1e-3 });
    const params = init(initKey);
    return pipe(
      readCsv(join(context.folder(sources.sensors), 'data.csv')),
      TE.chainEitherKW((table) => numbersIn(table, ['mote_id', 'humidity', 'temperature', 'label'])),
      TE.map(sensorsOf),
      TE.chainW((sensors) => {
        const pieces = sensors.map(piecesOf);
        const all: Rows<Float32Array> = {
          shape: [pieces.reduce((n, p) => n + (p.shape[0] as number), 0), size, 2],
          data: Float32Array.from(pieces.flatMap((p) => [...p.data])),
        };
        function* batches(from: number): Generator<Pieces> {
          for (const rows of shuffledBatches(orderKey, all.shape[0] as number, 256, from)) yield piecesAt(all, rows);
        }
        return pipe(
          learn(context, { name: 'autoencoder', steps, params, loss, optimiser, batches }),
          TE.map((end) => {
            const scores = pieces.map((p) => {
              const [rows] = epochBatches(p.shape[0] as number, 1e6);
              return jit(strangeness)(end, piecesAt(p, rows as Int32Array)).toArray();
            });
            // A reading is as strange as the pieces that it is in, on average.
            const own = sensors.flatMap(({ labels }, s) =>
              labels.map((_, i) => {
                const around = (scores[s] as readonly number[]).slice(Math.max(0, i - size + 1), i + 1);
                return around.reduce((a, b) => a + b / around.length, 0);
              }),
            );
            const z = sensors.flatMap(({ values }) => max(abs(values), 1).toArray());
            const labels = sensors.flatMap((sensor) => sensor.labels);
            const [area, other] = [areaUnderRoc(own, labels), areaUnderRoc(z, labels)];
            return {
              parameters: parameterCount(params),
              results: { 'area under ROC': area, 'of the z-score': other, 'above the z-score': area - other },
            };
          }),
        );
      }),
    );
  },
};
