// Updates times a number.

import { type AnyTensor, type i32, type Scalar, tree } from '../index';
import { add, atMost, composed, mul } from '../untyped';
import { firstStep, type Hyperparameter, type LearningRate, negated, type Schedule } from './hyperparameter';
import { type GradientTransformation, type StateKind, type Stateless, stateless } from './transformation';

/** Every leaf of a tree times a number. */
export const scaled = <P>(updates: P, by: Hyperparameter): P =>
  tree.map((u: AnyTensor): AnyTensor => mul(u, by), updates);

/**
 * factor · update.
 *
 * @example
 * scale(3).update(tensor([1, 2]), null, tensor([0, 0]))[0].toArray() // => [3, 6]
 */
export const scale = /* @__PURE__ */ composed(function (factor: Hyperparameter): GradientTransformation<Stateless> {
  atMost('scale', arguments, 1);
  return stateless((updates) => scaled(updates, factor));
});

/** The number of updates made, where a schedule needs it. */
export interface StepKind extends StateKind {
  readonly state: { readonly step: Scalar<i32> };
}

/**
 * schedule(t) · update, at the steps t = 0, 1, 2 ...
 *
 * @example
 * const { init, update } = scaleBySchedule(linearSchedule({ from: 1, to: 0, steps: 2 }));
 * const [first, state] = update(tensor([8]), init(null), tensor([0]));
 * [first, update(tensor([8]), state, tensor([0]))[0]].map((x) => x.item()) // => [8, 4]
 */
export const scaleBySchedule = /* @__PURE__ */ composed(function (
  schedule: Schedule,
): GradientTransformation<StepKind> {
  atMost('scaleBySchedule', arguments, 1);
  return {
    init: () => ({ step: firstStep() }),
    update: (updates, { step }) => [scaled(updates, schedule(step)), { step: add(step, 1) }],
  };
});

/** The number of updates made, or null where the learning rate does not depend on it. */
export interface LearningRateKind extends StateKind {
  readonly state: { readonly step: Scalar<i32> | null };
}

/**
 * -learningRate · update: the last part of a chain that descends. The learning rate is a number, a scalar or a schedule.
 *
 * @example
 * scaleByLearningRate(0.5).update(tensor([1, 2]), { step: null }, tensor([0, 0]))[0].toArray() // => [-0.5, -1]
 */
export const scaleByLearningRate = /* @__PURE__ */ composed(function (
  learningRate: LearningRate,
): GradientTransformation<LearningRateKind> {
  atMost('scaleByLearningRate', arguments, 1);
  return typeof learningRate === 'function'
    ? {
        init: () => ({ step: firstStep() }),
        update: (updates, { step }) => [
          scaled(updates, negated(learningRate(step ?? firstStep()))),
          { step: add(step ?? firstStep(), 1) },
        ],
      }
    : {
        init: () => ({ step: null }),
        update: (updates, state) => [scaled(updates, negated(learningRate)), state],
      };
});
