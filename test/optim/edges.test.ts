// Optimisers at the edges: gradients of 0 that are differentiated, numbers whose squares overflow or vanish, schedules without steps.
import {
  type AnyTensor,
  ArgumentError,
  f64,
  grad,
  jit,
  mul,
  norm,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  zeros,
} from 'adjoint';
import * as optim from 'adjoint/optim';
import { applyUpdates, type GradientTransformation, type StateKind } from 'adjoint/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Pair = Tensor<[2]>;
const zero: Pair = zeros([2]);
/** The update of the first step, as a function of the gradient. */
const updateOf =
  <K extends StateKind>(part: GradientTransformation<K>, params: Pair = tensor([1, 2])) =>
  (w: Pair): Pair =>
    part.update({ w }, part.init({ w: params }), { w: params })[0].w;
const slopeAt = (f: (w: Pair) => Pair, at: Pair): number[] => grad((w: Pair) => sum(f(w)))(at).toArray();

describe('norms at 0', () => {
  it('globalNorm has derivative 0, clipping derivative 1', () => {
    expect(grad((w: Pair) => optim.globalNorm({ w, b: [w] }))(zero).toArray()).toEqual([0, 0]);
    expect(slopeAt(updateOf(optim.clipByGlobalNorm(1)), zero)).toEqual([1, 1]);
    expect(jit((w: Pair) => grad((v: Pair) => sum(updateOf(optim.clipByGlobalNorm(1))(v)))(w))(zero).toArray()).toEqual(
      [1, 1],
    );
    expect(optim.globalNorm({}).item()).toBe(0);
  });
  it('one leaf of zeros does not spoil the others', () => {
    const slope = grad((p: { readonly a: Pair; readonly b: Pair }) => optim.globalNorm(p))({
      a: zero,
      b: tensor([3, 4]),
    });
    expect(slope.a.toArray()).toEqual([0, 0]);
    expect(slope.b.toArray().map((v) => v.toFixed(4))).toEqual(['0.6000', '0.8000']);
  });
  it('trust ratios, orthogonalisation and projections have finite derivatives', () => {
    const finite = (xs: readonly number[]) => xs.every(Number.isFinite);
    expect(finite(slopeAt(updateOf(optim.scaleByTrustRatio), zero))).toBe(true);
    expect(finite(slopeAt(updateOf(optim.scaleByTrustRatio, zero), tensor([1, 2])))).toBe(true);
    const lamb = optim.lamb({ learningRate: 0.1, epsilonRoot: 1e-8 });
    expect(finite(slopeAt(updateOf(lamb), zero))).toBe(true);
    const matrix = optim.scaleByOrthogonalisation();
    const wide = (w: Pair): Pair => matrix.update(w.reshape([1, 2]), null, zeros([1, 2]))[0].reshape([2]);
    expect(finite(slopeAt(wide, zero))).toBe(true);
    const own = optim.adafactor({ learningRate: 0.1 });
    expect(finite(slopeAt(updateOf(own), zero))).toBe(true);
    expect(finite(slopeAt((w) => updateOf(own, w)(tensor([1, 1])), zero))).toBe(true);
    for (const [project, slope] of [
      [optim.maxNorm(1), 1],
      [optim.minMaxNorm(0, 1), 1],
      [optim.minMaxNorm(1, 2), 0],
      [optim.unitNorm(), 0],
    ] as const) {
      const at = (w: Pair): Pair => project(w as AnyTensor);
      expect(at(zero).toArray()).toEqual([0, 0]);
      expect(slopeAt(at, zero)).toEqual([slope, slope]);
    }
  });
});

describe('norms of any size', () => {
  const exponents = fc.integer({ min: -100, max: 120 });
  it('scale with powers of two, bit for bit', () => {
    fc.assert(
      fc.property(
        exponents,
        fc.array(fc.double({ min: 0.5, max: 4, noNaN: true }), { minLength: 1, maxLength: 6 }),
        (e, xs) => {
          const plain = tensor(xs);
          const far = mul(plain, 2 ** e);
          expect(norm(far).item()).toBe(norm(plain).item() * 2 ** e);
          expect(optim.globalNorm([far, far]).item()).toBe(optim.globalNorm([plain, plain]).item() * 2 ** e);
          const limit = 0.75;
          const clipped = (by: number, x: AnyTensor) => optim.clipByGlobalNorm(by).update(x, null, x)[0].toArray();
          expect(clipped(limit * 2 ** e, far)).toEqual((clipped(limit, plain) as number[]).map((v) => v * 2 ** e));
        },
      ),
    );
  });
  it('finite gradients are clipped to the limit', () => {
    const clipped = (w: AnyTensor, limit: number) =>
      optim.clipByGlobalNorm(limit).update({ w }, null, { w })[0].w.toArray() as readonly number[];
    expect(clipped(tensor([3e30, 4e30]), 5)).toEqual([3, 4]);
    expect(clipped(tensor([3e-30, 4e-30]), 5)).toEqual(tensor([3e-30, 4e-30]).toArray());
    expect(clipped(tensor([3e200, 4e200], f64), 5).map((v) => (v as number).toFixed(9))).toEqual([
      '3.000000000',
      '4.000000000',
    ]);
    // The norm itself, 4.8e38, is beyond f32.
    const [a, b] = clipped(tensor([3.4e38, 3.4e38]), 1) as number[];
    expect([a, b].map((v) => v?.toFixed(6))).toEqual(['0.707107', '0.707107']);
    const slope = grad((w: Pair) => sum(optim.clipByGlobalNorm(5).update(w, null, w)[0]));
    expect(
      slope(tensor([3e30, 4e30]))
        .toArray()
        .every(Number.isFinite),
    ).toBe(true);
  });
  it('what is not finite is not hidden', () => {
    const clipped = (w: AnyTensor) => optim.clipByGlobalNorm(5).update(w, null, w)[0].toArray();
    expect(clipped(tensor([Infinity, 1]))).toEqual([NaN, 0]);
    expect(clipped(tensor([NaN, 1]))).toEqual([NaN, 1]);
    expect(optim.globalNorm(tensor([NaN, 1])).item()).toBeNaN();
  });
  it('projections and trust ratios', () => {
    for (const size of [1e-30, 1, 1e30]) {
      const w = mul(tensor([3, 4]), size);
      for (const [i, v] of [0.6, 0.8].entries())
        expect((optim.unitNorm()(w).toArray() as readonly number[])[i]).toBeCloseTo(v, 6);
      const limited = optim.maxNorm(2)(w).toArray() as readonly number[];
      for (const [i, v] of [1.2, 1.6].entries()) expect(limited[i]).toBeCloseTo(size < 1 ? 0 : v, 6);
      if (size < 1) expect(limited).toEqual(w.toArray());
      const [update] = optim.scaleByTrustRatio.update(tensor([6, 8]), null, w);
      expect((update.toArray()[0] as number) / size).toBeCloseTo(3, 5);
    }
  });
});

describe('updates that are differentiated at a gradient of 0', () => {
  const epsilonRoot = 1e-8;
  const adaptive = {
    scaleByAdam: optim.scaleByAdam({ epsilonRoot }),
    scaleByNadam: optim.scaleByNadam({ epsilonRoot }),
    scaleByRadam: optim.scaleByRadam({ epsilonRoot }),
    scaleByRms: optim.scaleByRms({ epsilonRoot }),
    'scaleByRms, centred': optim.scaleByRms({ epsilonRoot, centred: true }),
    scaleByAdagrad: optim.scaleByAdagrad({ epsilonRoot }),
    scaleByAdadelta: optim.scaleByAdadelta({}),
    scaleByAdamax: optim.scaleByAdamax({}),
    adam: optim.adam({ learningRate: 0.1, epsilonRoot }),
    adamw: optim.adamw({ learningRate: 0.1, epsilonRoot }),
    nadam: optim.nadam({ learningRate: 0.1, epsilonRoot }),
    radam: optim.radam({ learningRate: 0.1, epsilonRoot }),
    rmsprop: optim.rmsprop({ learningRate: 0.1, epsilonRoot }),
    adagrad: optim.adagrad({ learningRate: 0.1, epsilonRoot }),
  };
  it.each(Object.entries(adaptive))('%s is finite there', (_name, part) => {
    const slopes = slopeAt(updateOf(optim.opaque(part as GradientTransformation<StateKind>)), tensor([0, 1]));
    expect(slopes.every(Number.isFinite)).toBe(true);
  });
  it('adam has the slope of its formula: 1 / (√εᵣ + ε) at the first step', () => {
    const [slope] = slopeAt(updateOf(optim.scaleByAdam({ epsilonRoot: 1e-4, epsilon: 0 })), zero);
    expect(slope).toBeCloseTo(100, 3);
  });
  it('meta-learning through adam: the derivative of the loss after a step by the initial weights', () => {
    const inner = optim.adam({ learningRate: 0.1, epsilonRoot });
    const loss = (w: Pair) => sum(square(sub(w, tensor([0, 1]))));
    const after = (w: Pair) => {
      const [updates] = inner.update(grad(loss)(w), inner.init(w), w);
      return loss(applyUpdates(w, updates));
    };
    const slope = grad(after)(zero);
    expect(slope.toArray().every(Number.isFinite)).toBe(true);
  });
  it('a centred mean of squares is not below 0 where all gradients are the same', () => {
    const part = optim.scaleByRms({ centred: true, decay: 0.5 });
    let state = part.init(tensor([0]));
    for (let i = 0; i < 40; i++) {
      const [update, next] = part.update(tensor([0.1]), state, tensor([0]));
      expect(update.toArray()[0]).toBeGreaterThan(0);
      state = next;
    }
  });
  it('schedule-free with a learning rate that begins at 0', () => {
    const learningRate = optim.linearSchedule({ from: 0, to: 0.1, steps: 2 });
    const part = optim.scheduleFree(optim.sgd({ learningRate }), { learningRate });
    let [params, state] = [tensor([1]), part.init(tensor([1]))];
    for (let i = 0; i < 4; i++) {
      const [updates, next] = part.update(tensor([1]), state, params);
      [params, state] = [applyUpdates(params, updates), next];
      expect(
        tree
          .leaves(state.average)
          .concat([params])
          .every((x) => Number.isFinite(x.item())),
      ).toBe(true);
    }
  });
});

describe('schedules without steps', () => {
  const values = (s: optim.Schedule, steps: readonly number[]): number[] => steps.map((t) => s(t).item());
  it('are at their end at once', () => {
    expect(values(optim.linearSchedule({ from: 1, to: 0.5, steps: 0 }), [0, 1])).toEqual([0.5, 0.5]);
    expect(values(optim.cosineDecay({ from: 1, to: 0.5, steps: 0 }), [0, 1])).toEqual([0.5, 0.5]);
    expect(values(optim.polynomialSchedule({ from: 1, to: 0.5, steps: 0, delay: 2 }), [0, 1, 2])).toEqual([1, 1, 0.5]);
    expect(values(optim.cosineRestarts({ from: 1, steps: 0 }, 2), [0, 3])).toEqual([0, 0]);
    const cycle = { peak: 1, steps: 0, divideFirst: 4, divideLast: 1 };
    expect(values(optim.linearOneCycle(cycle), [0, 1])).toEqual([0.25, 0.25]);
    expect(values(optim.cosineOneCycle(cycle), [0, 1])).toEqual([0.25, 0.25]);
  });
  it('a warmup of none, or of all', () => {
    expect(values(optim.warmupCosine({ peak: 1, warmup: 0, steps: 2 }), [0, 2, 3])).toEqual([1, 0, 0]);
    expect(values(optim.warmupCosine({ peak: 1, to: 0.25, warmup: 2, steps: 2 }), [0, 1, 2, 3])).toEqual([
      0, 0.5, 0.25, 0.25,
    ]);
    expect(values(optim.warmupCosine({ peak: 1, to: 0.25, warmup: 0, steps: 0 }), [0, 1])).toEqual([0.25, 0.25]);
    expect(values(optim.warmupExponential({ warmup: 0, from: 1, rate: 0.5, steps: 1 }), [0, 1])).toEqual([1, 0.5]);
    expect(values(optim.linearOneCycle({ peak: 1, steps: 2, rise: 1, divideFirst: 4, divideLast: 1 }), [0, 2])).toEqual(
      [0.25, 0.25],
    );
  });
  it('never leave the interval of their values, nor jump back', () => {
    const count = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(count, count, (warmup, more) => {
        const s = optim.warmupCosine({ from: 0.25, peak: 1, to: 0.125, warmup, steps: warmup + more });
        const all = values(
          s,
          Array.from({ length: 14 }, (_, t) => t),
        );
        for (const [t, v] of all.entries()) {
          expect(v).toBeGreaterThanOrEqual(0.125);
          expect(v).toBeLessThanOrEqual(1);
          if (t > 0 && t < warmup) expect(v).toBeGreaterThanOrEqual(all[t - 1] as number);
          if (t > warmup) expect(v).toBeLessThanOrEqual(all[t - 1] as number);
          if (t >= warmup + more) expect(v).toBe(0.125);
        }
      }),
    );
  });
  it('refuse what has no meaning', () => {
    const wrong: readonly (() => unknown)[] = [
      () => optim.warmupCosine({ peak: 1, warmup: 11, steps: 10 }),
      () => optim.warmupCosine({ peak: 1, warmup: -1, steps: 10 }),
      () => optim.linearSchedule({ from: 1, to: 0, steps: -1 }),
      () => optim.cosineDecay({ from: 1, steps: Number.NaN }),
      () => optim.exponentialDecay({ from: 1, rate: 0.5, steps: 0 }),
      () => optim.inverseTimeDecay({ from: 1, rate: 0.5, steps: 0 }),
      () => optim.warmupExponential({ warmup: -1, from: 1, rate: 0.5, steps: 1 }),
      () => optim.cosineRestarts({ from: 1, steps: 2 }, 0),
      () => optim.cosineOneCycle({ peak: 1, steps: 4, rise: 2 }),
      () => optim.joinSchedules([], []),
      () => optim.joinSchedules([optim.constantSchedule(1)], [3]),
      () => optim.joinSchedules([1, 2, 3].map(optim.constantSchedule), [4, 3]),
      () => optim.accumulate(0, optim.scale(1)),
      () => optim.lookahead(optim.scale(1), { period: 0 }),
    ];
    for (const f of wrong) expect(f).toThrow(ArgumentError);
    expect(wrong[0]).toThrow('warmupCosine: a warmup of 11 steps is longer than all 10 steps');
  });
});
