// Averages of updates and of parameters over time.

import { type AnyTensor, f32, type i32, type Scalar, tensor, tree } from '../index';
import { add, astype, atMost, composed, div, equal, knownOptions, mul, remainder, sub, where } from '../untyped';
import { choose } from './accumulate';
import { applyUpdates } from './applyUpdates';
import { checkOptions, complement, firstStep, type Hyperparameter, type LearningRate } from './hyperparameter';
import { copyOf, debiased, movingMean, zerosOf } from './moments';
import type { GradientTransformation, StateFor, StateKind } from './transformation';

/** How many updates were made, and their moving average. */
export interface Averaged<P> {
  readonly step: Scalar<i32>;
  readonly mean: P;
}
export interface EmaKind extends StateKind {
  readonly state: Averaged<this['params']>;
}
/**
 * The moving average m ← decay · m + (1-decay) · update, divided by the weight it has seen unless `debias` is false.
 *
 * @example
 * const { init, update } = ema(0.5, { debias: false });
 * update(tensor([2]), init(zeros([1])), zeros([1]))[0].toArray() // => [1]
 */
export const ema = /* @__PURE__ */ composed(function (
  decay: Hyperparameter,
  options: { readonly debias?: boolean } = {},
): GradientTransformation<EmaKind> {
  atMost('ema', arguments, 2);
  const { debias = true } = knownOptions('ema', options, ['debias']);
  return {
    init: (params) => ({ step: firstStep(), mean: zerosOf(params) }),
    update: (updates, state) => {
      const step = add(state.step, 1);
      const mean = movingMean(decay, state.mean, updates);
      return [debias ? tree.map((m: AnyTensor) => debiased(m, decay, step), mean) : mean, { step, mean }];
    },
  };
});

/**
 * The moving average of parameters over the steps of a training, decay · average + (1-decay) · params: often better than
 * the last ones (Polyak and Juditsky, 1992).
 *
 * @example
 * averageParams(0.75, { w: tensor([4]) }, { w: tensor([8]) }).w.toArray() // => [5]
 */
export const averageParams = /* @__PURE__ */ composed(function <P>(
  decay: Hyperparameter,
  average: P,
  params: NoInfer<P>,
): P {
  atMost('averageParams', arguments, 3);
  return movingMean(decay, average, params);
});

/** The slow weights, and the state of the transformation that makes the fast steps. */
export interface Looking<P, S> {
  readonly step: Scalar<i32>;
  readonly slow: P;
  readonly inner: S;
}
export interface LookaheadKind<K extends StateKind> extends StateKind {
  readonly state: Looking<this['params'], StateFor<K, this['params']>>;
}
/**
 * Every `period` steps the slow weights go a part of the way to the fast ones, which begin again from there
 * (Zhang et al., "Lookahead optimizer", 2019): period 5, part 0.5.
 *
 * @throws ArgumentError when the period is no integer of at least 1
 * @example
 * const { init, update } = lookahead(scale(-1), { period: 1, part: 0.25 });
 * update(tensor([4]), init(tensor([0])), tensor([0]))[0].toArray() // => [-1]
 */
export const lookahead = /* @__PURE__ */ composed(function <K extends StateKind>(
  inner: GradientTransformation<K>,
  options: { readonly period?: number; readonly part?: Hyperparameter } = {},
): GradientTransformation<LookaheadKind<K>> {
  atMost('lookahead', arguments, 2);
  const { period = 5, part = 0.5 } = knownOptions('lookahead', options, ['period', 'part']);
  checkOptions('lookahead', 'count', { period });
  return {
    init: (params) => ({ step: firstStep(), slow: copyOf(params), inner: inner.init(params) }),
    update: (updates, state, params) => {
      const [steps, after] = inner.update(updates, state.inner, params);
      const step = remainder(add(state.step, 1), period);
      const meet = equal(step, 0);
      const fast = applyUpdates(params, steps);
      const follow = (s: AnyTensor, f: AnyTensor): AnyTensor => add(s, mul(sub(f, s), part));
      const slow = choose(meet, tree.map(follow, state.slow, fast), state.slow);
      const back = tree.map((s: AnyTensor, p: AnyTensor): AnyTensor => sub(s, p), slow, params);
      return [choose(meet, back, steps), { step, slow, inner: after }];
    },
  };
});

/** The weights that descend, their average, the weight of that so far, and the state of the descent. */
export interface ScheduleFreeState<P, S> {
  readonly step: Scalar<i32>;
  readonly base: P;
  /** The parameters to evaluate and to keep. */
  readonly average: P;
  readonly weight: Scalar;
  readonly inner: S;
}
export interface ScheduleFreeKind<K extends StateKind> extends StateKind {
  readonly state: ScheduleFreeState<this['params'], StateFor<K, this['params']>>;
}
/**
 * No schedule: gradients are taken between the descending weights z and their average x, at y = (1-β)z + βx. The
 * parameters of the training are y, those to evaluate are `state.average`. With a learning rate that changes (a
 * warm-up), steps count in the average by its square (Defazio et al., "The road less scheduled", 2024).
 *
 * @example
 * const { init, update } = scheduleFree(scale(-0.5), { beta: 0 });
 * update(tensor([2]), init(tensor([4])), tensor([4]))[0].toArray() // => [-1]
 */
export const scheduleFree = /* @__PURE__ */ composed(function <K extends StateKind>(
  inner: GradientTransformation<K>,
  options: { readonly beta?: Hyperparameter; readonly learningRate?: LearningRate } = {},
): GradientTransformation<ScheduleFreeKind<K>> {
  atMost('scheduleFree', arguments, 2);
  const { beta = 0.9, learningRate = 1 } = knownOptions('scheduleFree', options, ['beta', 'learningRate']);
  return {
    init: (params) => ({
      step: firstStep(),
      base: copyOf(params),
      average: copyOf(params),
      weight: tensor(0),
      inner: inner.init(params),
    }),
    update: (updates, state, params) => {
      const [steps, after] = inner.update(updates, state.inner, params);
      const base = applyUpdates(state.base, steps);
      const rate = typeof learningRate === 'function' ? learningRate(state.step) : learningRate;
      const own: Scalar = mul(astype(tensor(1), f32), mul(rate, rate) as Scalar);
      const weight = add(state.weight, own);
      // As long as the learning rate was 0 there is nothing to average.
      const whole: Scalar = where(equal(weight, 0), 1, weight);
      const share = (x: AnyTensor): AnyTensor => div(astype(own, x.dtype), astype(whole, x.dtype));
      const towards = (x: AnyTensor, z: AnyTensor): AnyTensor => add(x, mul(sub(z, x), share(x)));
      const average = tree.map(towards, state.average, base);
      const mixed = (z: AnyTensor, x: AnyTensor, y: AnyTensor): AnyTensor =>
        sub(add(mul(z, complement(beta)), mul(x, beta)), y);
      return [
        tree.map(mixed, base, average, params),
        { step: add(state.step, 1), base, average, weight, inner: after },
      ];
    },
  };
});
