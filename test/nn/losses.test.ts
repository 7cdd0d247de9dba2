// Losses against numbers of PyTorch in float64 (losses.py), their gradients, and what holds for all of them.
import { readFileSync } from 'node:fs';
import {
  type AnyTensor,
  add,
  checkGrads,
  f64,
  grad,
  greater,
  i32,
  log,
  logSoftmax,
  mean,
  mul,
  softmax,
  sum,
  type Tensor,
  tensor,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Numbers = number | readonly Numbers[];
const golden = JSON.parse(readFileSync(new URL('losses.json', import.meta.url), 'utf8')) as {
  readonly torch: string;
  readonly inputs: Readonly<Record<string, number[][]>>;
  readonly cases: Readonly<Record<string, Numbers>>;
};
type Rows = Tensor<[4, 3], f64>;
const input = (name: string): Rows => tensor(golden.inputs[name] as number[][], f64).as([4, 3]);
const [x, y, z, p, t, bits] = ['x', 'y', 'z', 'p', 't', 'bits'].map(input) as [Rows, Rows, Rows, Rows, Rows, Rows];
const labels = tensor(golden.inputs.labels as never, i32) as unknown as Tensor<[4], i32>;
const long = tensor(golden.inputs.long as never, f64) as unknown as Tensor<[2, 7, 5]>;
const ctc = (logits: Tensor<[2, 7, 5]>) =>
  nn.ctcLoss(
    logits,
    tensor([7, 5], i32),
    tensor(
      [
        [1, 2, 2],
        [3, 4, 0],
      ],
      i32,
    ),
    tensor([3, 2], i32),
  );

/** Each loss as a function of its first argument, with that argument. */
const cases: Readonly<Record<string, readonly [AnyTensor, (v: AnyTensor) => AnyTensor]>> = {
  squaredError: [x, (v) => nn.squaredError(v, y)],
  absoluteError: [x, (v) => nn.absoluteError(v, y)],
  huber: [x, (v) => nn.huber(v, y, { delta: 0.7 })],
  poissonLoss: [x, (v) => nn.poissonLoss(v, y, { log: true })],
  gaussianLoss: [x, (v) => nn.gaussianLoss(v, y, p)],
  cosineSimilarity: [x, (v) => nn.cosineSimilarity(v, y as AnyTensor)],
  crossEntropy: [x, (v) => nn.crossEntropy(v, labels as AnyTensor)],
  'crossEntropy smoothed': [x, (v) => nn.crossEntropy(v, labels as AnyTensor, { smoothing: 0.1 })],
  softCrossEntropy: [x, (v) => nn.softCrossEntropy(v, t as AnyTensor)],
  nll: [p, (v) => nn.nll(v, labels as AnyTensor)],
  binaryCrossEntropy: [x, (v) => nn.binaryCrossEntropy(v, bits)],
  binaryCrossEntropyOf: [p, (v) => nn.binaryCrossEntropyOf(v, bits)],
  klDivergence: [t, (v) => nn.klDivergence(v, logSoftmax(x) as AnyTensor)],
  tripletLoss: [x, (v) => nn.tripletLoss(v, y as AnyTensor, z as AnyTensor)],
  infoNce: [x, (v) => nn.infoNce(v, y as AnyTensor)],
  ctcLoss: [long, (v) => ctc(v)],
};
const flat = (v: Numbers): readonly number[] => (typeof v === 'number' ? [v] : v.flatMap(flat));
const same = (actual: AnyTensor, expected: Numbers, digits = 9): void => {
  const numbers = [...actual.toTypedArray()] as number[];
  const wanted = flat(expected);
  expect(numbers.length).toBe(wanted.length);
  for (const [i, v] of wanted.entries()) expect(numbers[i]).toBeCloseTo(v, digits);
};

describe(`losses of PyTorch ${golden.torch}`, () => {
  it.each(Object.entries(cases))('%s', (name, [v, loss]) => {
    same(loss(v), golden.cases[name] as Numbers);
  });
  it('the gradient of ctcLoss', () => {
    same(grad((v: Tensor<[2, 7, 5]>) => sum(ctc(v)))(long), golden.cases['ctcLoss gradient'] as Numbers);
  });
});

describe('gradients', () => {
  const others: Readonly<Record<string, readonly [AnyTensor, (v: AnyTensor) => AnyTensor]>> = {
    logCosh: [x, (v) => nn.logCosh(v, y)],
    quantileLoss: [x, (v) => nn.quantileLoss(v, y, 0.3)],
    categoricalCrossEntropy: [p, (v) => nn.categoricalCrossEntropy(v, t as AnyTensor)],
    focal: [x, (v) => nn.focal(v, bits, { alpha: 0.25 })],
    hinge: [x, (v) => nn.hinge(v, add(mul(bits, 2), -1) as AnyTensor)],
    squaredHinge: [x, (v) => nn.squaredHinge(v, add(mul(bits, 2), -1) as AnyTensor)],
    categoricalHinge: [x, (v) => nn.categoricalHinge(v, labels as AnyTensor)],
    cosineDistance: [x, (v) => nn.cosineDistance(v, y as AnyTensor)],
    reduceLoss: [x, (v) => nn.reduceLoss(v, { weights: p, mask: greater(y, 0) })],
  };
  it.each(Object.entries({ ...cases, ...others }))('%s', (_name, [v, loss]) => {
    checkGrads((u: AnyTensor) => mean(loss(u)), [v], { order: 1 });
  });
});

describe('losses', () => {
  it('of raw scores and of probabilities agree', () => {
    const scores = nn.crossEntropy(x, labels) as AnyTensor;
    same(nn.nll(softmax(x), labels) as AnyTensor, scores.toArray() as Numbers, 7);
    same(nn.softCrossEntropy(x, t) as AnyTensor, nn.categoricalCrossEntropy(softmax(x), t).toArray(), 7);
    const two = nn.binaryCrossEntropy(x, bits).toArray();
    same(nn.binaryCrossEntropyOf(x.sigmoid(), bits) as AnyTensor, two, 7);
    same(nn.focal(x, bits, { gamma: 0 }) as AnyTensor, two, 9);
  });
  it('are not negative, and 0 where the prediction is right', () => {
    for (const loss of [nn.squaredError, nn.absoluteError, nn.huber, nn.logCosh]) {
      expect(Math.min(...flat((loss as typeof nn.huber)(x, y).toArray()))).toBeGreaterThanOrEqual(0);
      same(
        (loss as typeof nn.huber)(x, x) as AnyTensor,
        x.toArray().map((row) => row.map(() => 0)),
      );
    }
    same(nn.klDivergence(t, log(t)) as AnyTensor, [0, 0, 0, 0]);
  });
  it('a masked mean is the mean of what is shown, whatever is hidden', () => {
    const losses = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(losses, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (values, shown) => {
        const mask = greater(tensor(values.map((_, i) => (shown[i] ? 1 : 0))), 0);
        const hidden = tensor(
          values.map((v, i) => (shown[i] ? v : Number.NaN)),
          f64,
        );
        const kept = values.filter((_, i) => shown[i]);
        const wanted = kept.length === 0 ? 0 : kept.reduce((a, b) => a + b, 0) / kept.length;
        expect(nn.reduceLoss(hidden, { mask }).item()).toBeCloseTo(wanted, 9);
      }),
    );
  });
  it('ctcLoss of one step and one label is the cross entropy of that label', () => {
    const logits = tensor([[[0.5, -1, 2]]]);
    const one = nn.ctcLoss(logits, tensor([1], i32), tensor([[2]], i32), tensor([1], i32));
    expect(one.item()).toBeCloseTo(nn.crossEntropy(logits.at(0), tensor([2], i32)).item(), 6);
  });
});
