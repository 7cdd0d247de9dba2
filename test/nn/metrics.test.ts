// Metrics are monoids: batches may be folded in any grouping, and give what all examples give at once.
import { type AnyTensor, concatenate, i32, jit, tensor, tree } from 'adjoint';
import * as nn from 'adjoint/nn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const size = { minLength: 1, maxLength: 6 };
const scored = fc
  .array(
    fc.tuple(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }), fc.integer({ min: 0, max: 2 })),
    size,
  )
  .map(
    (rows): nn.Scored => [
      tensor(rows.map(([s]) => s.map((v) => v / 10))),
      tensor(
        rows.map(([, l]) => l),
        i32,
      ),
    ],
  );
const binary = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 1 })), size)
  .map((rows): nn.Scored => [tensor(rows.map(([s]) => s / 100)), tensor(rows.map(([, l]) => l))]);

const metrics: readonly (readonly [string, nn.Metric<nn.Scored, unknown, AnyTensor>, fc.Arbitrary<nn.Scored>])[] = [
  ['accuracy', nn.accuracy as never, scored],
  ['top 2', nn.topKAccuracy(2) as never, scored],
  ['confusion matrix', nn.confusionMatrix(3) as never, scored],
  ['precision', nn.precision(3) as never, scored],
  ['recall', nn.recall(3, 'none') as never, scored],
  ['F1', nn.fScore(3) as never, scored],
  ['perplexity', nn.perplexity as never, scored],
  ['binary accuracy', nn.binaryAccuracy() as never, binary],
  ['area under ROC', nn.areaUnderRoc() as never, binary],
  ['mean squared error', nn.meanSquaredError as never, binary],
  ['root mean squared error', nn.rootMeanSquaredError as never, binary],
  ['mean absolute error', nn.meanAbsoluteError as never, binary],
  ['R²', nn.r2 as never, binary],
];
const numbers = (x: unknown): number[] => tree.leaves(x).flatMap((leaf) => [...leaf.toTypedArray()] as number[]);
const close = (a: unknown, b: unknown): void => {
  const [x, y] = [numbers(a), numbers(b)];
  expect(x.length).toBe(y.length);
  x.forEach((v, i) => {
    expect(Math.abs(v - (y[i] as number))).toBeLessThanOrEqual(2e-3 * Math.max(1, Math.abs(v)));
  });
};
const runs = { numRuns: 20 };

describe.each(metrics)('%s', (_name, metric, batch) => {
  it('is associative and has a unit', () => {
    fc.assert(
      fc.property(batch, batch, batch, (a, b, c) => {
        const [x, y, z] = [metric.of(...a), metric.of(...b), metric.of(...c)];
        close(metric.concat(metric.concat(x, y), z), metric.concat(x, metric.concat(y, z)));
        close(metric.concat(metric.empty, x), x);
        close(metric.concat(x, metric.empty), x);
      }),
      runs,
    );
  });
  it('of batches is that of all examples, also under jit', () => {
    fc.assert(
      fc.property(batch, batch, (a, b) => {
        const whole: nn.Scored = [concatenate([a[0], b[0]], 0) as AnyTensor, concatenate([a[1], b[1]], 0) as AnyTensor];
        const folded = nn.foldMetric(metric, [a, b]);
        const [together] = [metric.value(metric.of(...whole))];
        // R² divides by the spread of the targets: where that is 0, rounding decides.
        fc.pre(numbers(together).every((v) => Math.abs(v) < 100));
        close(folded, together);
        close(
          jit((...args: [AnyTensor, AnyTensor]) => metric.value(metric.of(...args)))(
            ...(whole as [AnyTensor, AnyTensor]),
          ),
          together,
        );
      }),
      { numRuns: 5 },
    );
  });
});

describe('metrics by definition', () => {
  it('the area under ROC is the share of pairs in the right order', () => {
    fc.assert(
      fc.property(binary, ([scores, labels]) => {
        const [s, l] = [numbers(scores), numbers(labels)];
        const pairs = s.flatMap((a, i) =>
          s.flatMap((b, j) => (l[i] === 1 && l[j] === 0 ? [a > b ? 1 : a === b ? 0.5 : 0] : [])),
        );
        const wanted = pairs.length === 0 ? 0 : pairs.reduce((x: number, y) => x + y, 0) / pairs.length;
        expect(nn.foldMetric(nn.areaUnderRoc(), [[scores, labels]]).item()).toBeCloseTo(wanted, 5);
      }),
    );
  });
  it('precision, recall and F1 of one class', () => {
    const batch: nn.Scored = [tensor([1, 1, 1, 0, 0], i32), tensor([1, 1, 0, 1, 0], i32)];
    expect(nn.foldMetric(nn.precision(2, 'binary'), [batch]).item()).toBeCloseTo(2 / 3, 6);
    expect(nn.foldMetric(nn.recall(2, 'binary'), [batch]).item()).toBeCloseTo(2 / 3, 6);
    expect(nn.foldMetric(nn.fScore(2, 'none'), [batch]).toArray()[0]).toBeCloseTo(0.5, 6);
    expect(nn.foldMetric(nn.fScore(2, 'macro'), []).item()).toBe(0);
  });
});
