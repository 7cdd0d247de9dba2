// What a mask hides does not matter: NaN and infinities in its place change neither results nor derivatives, and have derivative 0.
import {
  type AnyTensor,
  add,
  f32,
  f64,
  grad,
  greater,
  i32,
  jit,
  jvp,
  log,
  mul,
  notEqual,
  softmax,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Rows = Tensor<[4, 3], f64>;
const numbers = (seed: number): number[][] =>
  Array.from({ length: 4 }, (_, i) => Array.from({ length: 3 }, (_, j) => Math.sin(seed + 5 * i + 3 * j)));
const [x, y, z] = [1, 2, 3].map((seed): Rows => tensor(numbers(seed), f64).as([4, 3])) as [Rows, Rows, Rows];
const p: Rows = softmax(x);
const bits: Rows = greater(y, 0).astype(f64);
const labels = tensor([0, 2, 1, 1], i32);

/** Every loss by all of its floats: those may hold anything where the mask hides them. */
type Loss = (...xs: AnyTensor[]) => AnyTensor;
const losses: Readonly<Record<string, readonly [Loss, ...AnyTensor[]]>> = {
  squaredError: [(a, b) => nn.squaredError(a, b), x, y],
  absoluteError: [(a, b) => nn.absoluteError(a, b), x, y],
  huber: [(a, b) => nn.huber(a, b), x, y],
  logCosh: [(a, b) => nn.logCosh(a, b), x, y],
  quantileLoss: [(a, b) => nn.quantileLoss(a, b, 0.3), x, y],
  poissonLoss: [(a, b) => nn.poissonLoss(a, b), p, bits],
  'poissonLoss of logarithms': [(a, b) => nn.poissonLoss(a, b, { log: true }), x, bits],
  gaussianLoss: [(a, b, c) => nn.gaussianLoss(a, b, c), x, y, p],
  cosineSimilarity: [(a, b) => nn.cosineSimilarity(a, b), x, y],
  cosineDistance: [(a, b) => nn.cosineDistance(a, b), x, y],
  crossEntropy: [(a) => nn.crossEntropy(a, labels as AnyTensor), x],
  'crossEntropy smoothed': [(a) => nn.crossEntropy(a, labels as AnyTensor, { smoothing: 0.1 }), x],
  softCrossEntropy: [(a, b) => nn.softCrossEntropy(a, b), x, p],
  nll: [(a) => nn.nll(a, labels as AnyTensor), p],
  categoricalCrossEntropy: [(a, b) => nn.categoricalCrossEntropy(a, b), p, p],
  binaryCrossEntropy: [(a, b) => nn.binaryCrossEntropy(a, b), x, bits],
  binaryCrossEntropyOf: [(a, b) => nn.binaryCrossEntropyOf(a, b), p, bits],
  focal: [(a, b) => nn.focal(a, b, { alpha: 0.25 }), x, bits],
  klDivergence: [(a, b) => nn.klDivergence(a, b), p, log(p)],
  hinge: [(a, b) => nn.hinge(a, b), x, add(mul(bits, 2), -1)],
  squaredHinge: [(a, b) => nn.squaredHinge(a, b), x, add(mul(bits, 2), -1)],
  categoricalHinge: [(a) => nn.categoricalHinge(a, labels as AnyTensor), x],
  tripletLoss: [(a, b, c) => nn.tripletLoss(a, b, c), x, y, z],
};
const flat = (t: AnyTensor): number[] => [...t.toTypedArray()] as number[];
const close = (actual: AnyTensor, wanted: AnyTensor): void => {
  const [a, b] = [flat(actual), flat(wanted)];
  expect(a.length).toBe(b.length);
  for (const [i, v] of b.entries()) expect(a[i]).toBeCloseTo(v, 9);
};

describe('rows of losses under a mask', () => {
  const poison = fc.constantFrom(Number.NaN, Infinity, -Infinity);
  it.each(Object.entries(losses))('%s', (_name, [loss, ...given]) => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        poison,
        fc.boolean(),
        (shown, bad, staged) => {
          const rows = tensor(
            shown.map((s) => (s ? 1 : 0)),
            f64,
          ).greater(0) as AnyTensor;
          const spread: AnyTensor = rows.expandDims(1);
          const spoiled = given.map((v): AnyTensor => where(spread, v, bad));
          const reduced = (...xs: AnyTensor[]): AnyTensor => {
            const all = loss(...xs);
            return nn.reduceLoss(all, { mask: all.ndim === 1 ? rows : spread });
          };
          const argnums = given.map((_, i) => i);
          const plain = grad(reduced as never, { argnums } as never) as unknown as (...xs: AnyTensor[]) => AnyTensor[];
          const slopes = staged ? jit(plain) : plain;
          close(reduced(...spoiled), reduced(...given));
          const wanted = slopes(...given);
          for (const [i, actual] of slopes(...spoiled).entries()) {
            close(actual, wanted[i] as AnyTensor);
            expect(flat(where(spread, 0, actual) as AnyTensor).every((v) => v === 0)).toBe(true);
          }
        },
      ),
      { numRuns: 6 },
    );
  });
  it('has every loss of a row or an element', () => {
    const known = new Set(Object.keys(losses).map((name) => name.split(' ')[0]));
    const named = Object.keys(nn).filter((name) =>
      /Error$|Loss$|Entropy|[hH]inge$|Divergence$|^cosine|^(nll|focal|huber)$/.test(name),
    );
    // Metrics, losses of sequences (below), and what joins losses.
    const others = ['meanSquaredError', 'rootMeanSquaredError', 'meanAbsoluteError', 'ctcLoss', 'reduceLoss'];
    expect(named.filter((name) => !known.has(name) && !others.includes(name))).toEqual([]);
  });
  it('weights may be anything there', () => {
    const mask = tensor([1, 0]).greater(0);
    const of = (w: Tensor<[2]>) => nn.reduceLoss(tensor([3, 5]), { weights: w, mask });
    expect(of(tensor([2, NaN])).item()).toBe(3);
    expect(grad(of)(tensor([2, Infinity])).toArray()).toEqual([0, 0]);
  });
  it('rows of an ignored label are rows under a mask', () => {
    const given = tensor([
      [1, 2, 3],
      [NaN, Infinity, 0],
    ]);
    const own = tensor([2, -100], i32);
    const ignored = (v: Tensor<[2, 3]>) => nn.crossEntropy(v, own, { ignoreIndex: -100 });
    expect(ignored(given).toArray()[1]).toBe(0);
    expect(
      grad((v: Tensor<[2, 3]>) => sum(ignored(v)))(given)
        .at(1)
        .toArray(),
    ).toEqual([0, 0, 0]);
    const shown = nn.reduceLoss(ignored(given), { mask: notEqual(own, -100) });
    expect(shown.item()).toBeCloseTo(nn.crossEntropy(tensor([1, 2, 3]), tensor(2, i32)).item(), 6);
    const traced = jit((v: Tensor<[2, 3]>, l: Tensor<[2], i32>) =>
      nn.crossEntropy(v, l, { ignoreIndex: 7, smoothing: 0.1 }),
    );
    expect(traced(given, tensor([2, 7], i32)).toArray()[1]).toBe(0);
  });
});

describe('0 log 0 is 0', () => {
  const both = [f32, f64] as const;
  it.each(both)('a forbidden class costs the others nothing, %s', (dtype) => {
    const logits = tensor([[-Infinity, 0, 0]], dtype) as AnyTensor;
    const label = tensor([1], i32) as AnyTensor;
    const target = tensor([[0, 0.25, 0.75]], dtype) as AnyTensor;
    const of = (v: AnyTensor): AnyTensor => nn.crossEntropy(v, label);
    const soft = (v: AnyTensor): AnyTensor => nn.softCrossEntropy(v, target);
    const slope = (f: (v: AnyTensor) => AnyTensor) => grad((v: AnyTensor): AnyTensor => sum(f(v)));
    for (const f of [
      of,
      jit(of),
      (v: AnyTensor): AnyTensor => vmap((u: AnyTensor, l: AnyTensor): AnyTensor => nn.crossEntropy(u, l))(v, label),
    ]) {
      close(f(logits).astype(f64), tensor([dtype === f32 ? Math.fround(Math.LN2) : Math.LN2], f64));
      close(slope(f)(logits).astype(f64), tensor([[0, -0.5, 0.5]], f64));
    }
    close(soft(logits).astype(f64), tensor([dtype === f32 ? Math.fround(Math.LN2) : Math.LN2], f64));
    close(slope(soft)(logits).astype(f64), tensor([[0, 0.25, -0.25]], f64));
    expect(nn.crossEntropy(logits, label, { smoothing: 0.1 }).toArray()).toEqual([Infinity]);
    expect(nn.crossEntropy(logits, tensor([0], i32) as AnyTensor).toArray()).toEqual([Infinity]);
    expect(nn.perplexity.value(nn.perplexity.of(logits, label)).item()).toBeCloseTo(2, 5);
    expect(nn.categoricalHinge(logits, label).toArray()).toEqual([1]);
  });
  it('infinite scores that are right cost nothing, wrong ones everything', () => {
    const [scores, targets] = [tensor([Infinity, -Infinity, Infinity, -Infinity]), tensor([1, 0, 0, 1])];
    for (const loss of [nn.binaryCrossEntropy, nn.focal]) {
      expect(loss(scores, targets).toArray()).toEqual([0, 0, Infinity, Infinity]);
      const slopes = grad((v: Tensor<[4]>) => sum(loss(v, targets)))(scores).toArray();
      expect(slopes.map((v) => v + 0)).toEqual([0, 0, 1, -1]);
    }
    expect(
      nn
        .binaryCrossEntropy(scores, targets, { smoothing: 0.1 })
        .toArray()
        .every((v) => v === Infinity),
    ).toBe(true);
    expect(nn.focal(tensor([Infinity]), tensor([0]), { alpha: 1 }).toArray()).toEqual([0]);
  });
  it('probabilities of exactly 0 and 1, with epsilon 0', () => {
    expect(nn.nll(tensor([[0, 1]]), tensor([1], i32), { epsilon: 0 }).toArray()).toEqual([0]);
    expect(nn.categoricalCrossEntropy(tensor([0, 1]), tensor([0, 1]), { epsilon: 0 }).item()).toBe(0);
    expect(nn.binaryCrossEntropyOf(tensor([0, 1]), tensor([0, 1]), { epsilon: 0 }).toArray()).toEqual([0, 0]);
    expect(nn.poissonLoss(tensor([0]), tensor([0]), { epsilon: 0 }).toArray()).toEqual([0]);
    expect(nn.poissonLoss(tensor([-Infinity, Infinity]), tensor([0, 2]), { log: true }).toArray()).toEqual([
      0,
      Infinity,
    ]);
    const [none, logs] = [tensor([0, 1]), tensor([-Infinity, 0])];
    expect(nn.klDivergence(none, logs).item()).toBe(0);
    expect(grad((v: Tensor<[2]>) => nn.klDivergence(v, logs))(none).toArray()).toEqual([0, 1]);
    expect(grad((v: Tensor<[2]>) => nn.klDivergence(none, v))(logs).toArray()).toEqual([-0, -1]);
  });
  it('robust losses have their slope at infinity', () => {
    const far = tensor([Infinity, -Infinity]);
    for (const loss of [nn.huber, nn.logCosh, nn.absoluteError])
      expect(grad((v: Tensor<[2]>) => sum(loss(v, tensor([0, 0]))))(far).toArray()).toEqual([1, -1]);
  });
  it('in forward mode too', () => {
    const label = tensor([1], i32);
    const [, along] = jvp(
      (v: Tensor<[1, 3]>) => nn.crossEntropy(v, label),
      [tensor([[-Infinity, 0, 0]])],
      [tensor([[1, 1, 0]])],
    );
    expect(along.toArray()).toEqual([-0.5]);
  });
});

describe('labels out of range', () => {
  const scores = tensor([
    [0.1, 0.2, 0.7],
    [0.3, 0.3, 0.4],
  ]);
  const byLabel = {
    crossEntropy: (v: typeof scores, l: Tensor<[2], i32>) => nn.crossEntropy(v, l),
    nll: (v: typeof scores, l: Tensor<[2], i32>) => nn.nll(v, l),
    categoricalHinge: (v: typeof scores, l: Tensor<[2], i32>) => nn.categoricalHinge(v, l),
  };
  it.each(Object.entries(byLabel))('%s: an error where they are known, NaN where they are traced', (name, loss) => {
    for (const bad of [3, -1, -100]) {
      const given = tensor([1, bad], i32);
      expect(() => loss(scores, given)).toThrow(`${name}: label ${bad} is out of range for 3 classes (0..2)`);
      const [fine, wrong] = jit(loss)(scores, given).toArray();
      expect(fine).toBeCloseTo(loss(scores, tensor([1, 1], i32)).toArray()[0] as number, 6);
      expect(wrong).toBeNaN();
    }
    expect(() => loss(scores, tensor([1], i32) as never)).toThrow('one label for each row');
  });
  it('metrics refuse them, or count them as wrong', () => {
    const given = tensor([2, 3], i32);
    for (const metric of [nn.accuracy, nn.topKAccuracy(2)]) {
      expect(() => metric.of(scores, given)).toThrow('label 3 is out of range');
      expect(metric.value(jit(metric.of)(scores, given)).item()).toBe(0.5);
    }
    expect(() => nn.confusionMatrix(3).of(scores, given)).toThrow('label 3 is out of range');
    expect(() => nn.confusionMatrix(3).of(tensor([0, 5], i32), tensor([0, 1], i32))).toThrow('label 5 is out of range');
    expect(
      nn
        .topKAccuracy(1)
        .of(tensor([[-Infinity, 1]]), tensor([1], i32))
        .right.item(),
    ).toBe(1);
  });
});
