// Stochastic gradient descent, and descent by signs.

import { type AnyTensor, tree } from '../index';
import { add, atMost, composed, knownOptions, mul, sign } from '../untyped';
import type { Hyperparameter, LearningRate } from './hyperparameter';
import { blend, zerosOf } from './moments';
import { addDecayedWeights } from './regularise';
import { type LearningRateKind, scaleByLearningRate } from './scale';
import {
  type ChainKind,
  chain,
  type GradientTransformation,
  type OptimiserOf,
  type StateKind,
  type Stateless,
} from './transformation';

export interface MomentumOptions {
  readonly decay: Hyperparameter;
  /** Looks ahead: the gradient and the velocity that follows, g + decay · v (Nesterov, 1983). */
  readonly nesterov?: boolean;
}
/** The sum of past gradients, each decayed; null where nothing is kept of them. */
export interface Velocity<P> {
  readonly velocity: P | null;
}
export interface VelocityKind extends StateKind {
  readonly state: Velocity<this['params']>;
}

/**
 * v ← decay · v + g: momentum (Polyak, 1964).
 *
 * @example
 * const { init, update } = addMomentum({ decay: 0.5 });
 * const [, state] = update(tensor([4]), init(tensor([0])), tensor([0]));
 * update(tensor([1]), state, tensor([0]))[0].toArray() // => [3]
 */
export const addMomentum = /* @__PURE__ */ composed(function (
  options: MomentumOptions,
): GradientTransformation<VelocityKind> {
  atMost('addMomentum', arguments, 1);
  const { decay, nesterov = false } = knownOptions('addMomentum', options, ['decay', 'nesterov']);
  const follow = <P>(velocity: P, updates: P): P =>
    tree.map((v: AnyTensor, g: AnyTensor): AnyTensor => add(mul(v, decay), g), velocity, updates);
  return {
    init: (params) => ({ velocity: zerosOf(params) }),
    update: (updates, state) => {
      const velocity = state.velocity === null ? updates : follow(state.velocity, updates);
      return [nesterov ? follow(velocity, updates) : velocity, { velocity }];
    },
  };
});

/** The same with nothing kept, for a momentum of 0. */
export const withoutMomentum: GradientTransformation<VelocityKind> = {
  init: () => ({ velocity: null }),
  update: (updates, state) => [updates, state],
};

export interface SgdOptions {
  readonly learningRate: LearningRate;
  /** How much of the last step is taken again: 0 (the default) is plain descent. */
  readonly momentum?: Hyperparameter;
  readonly nesterov?: boolean;
}
export interface SgdKind extends ChainKind<readonly [VelocityKind, LearningRateKind]> {}

/**
 * v ← momentum · v + g, update -learningRate · v, or with Nesterov's momentum -learningRate · (g + momentum · v)
 * (Polyak, 1964; Sutskever et al., 2013).
 *
 * @example
 * const { init, update } = sgd({ learningRate: 0.5 });
 * update(tensor([2, 4]), init(zeros([2])), zeros([2]))[0].toArray() // => [-1, -2]
 */
export const sgd: OptimiserOf<SgdOptions, SgdKind> = /* @__PURE__ */ composed(function (options: SgdOptions) {
  atMost('sgd', arguments, 1);
  const {
    learningRate,
    momentum = 0,
    nesterov = false,
  } = knownOptions('sgd', options, ['learningRate', 'momentum', 'nesterov']);
  return chain(
    momentum === 0 ? withoutMomentum : addMomentum({ decay: momentum, nesterov }),
    scaleByLearningRate(learningRate),
  );
});

export interface LionOptions {
  readonly learningRate: LearningRate;
  readonly beta1?: Hyperparameter;
  readonly beta2?: Hyperparameter;
  readonly weightDecay?: Hyperparameter;
}
/** The mean of the gradients. */
export interface Mean<P> {
  readonly mean: P;
}
export interface MeanKind extends StateKind {
  readonly state: Mean<this['params']>;
}

/**
 * sign(β₁m + (1-β₁)g), then m ← β₂m + (1-β₂)g.
 *
 * @example
 * scaleByLion({}).update(tensor([3, -2]), { mean: zeros([2]) }, zeros([2]))[0].toArray() // => [1, -1]
 */
export const scaleByLion = /* @__PURE__ */ composed(function (
  options: Pick<LionOptions, 'beta1' | 'beta2'> = {},
): GradientTransformation<MeanKind> {
  atMost('scaleByLion', arguments, 1);
  const { beta1 = 0.9, beta2 = 0.99 } = knownOptions('scaleByLion', options, ['beta1', 'beta2']);
  return {
    init: (params) => ({ mean: zerosOf(params) }),
    update: (updates, { mean }) => [
      tree.map((m: AnyTensor, g: AnyTensor): AnyTensor => sign(blend(beta1, m, g)), mean, updates),
      { mean: tree.map((m: AnyTensor, g: AnyTensor) => blend(beta2, m, g), mean, updates) },
    ],
  };
});

export interface LionKind extends ChainKind<readonly [MeanKind, Stateless, LearningRateKind]> {}
/**
 * -learningRate · (sign(β₁m + (1-β₁)g) + weightDecay · w), β₁ 0.9, β₂ 0.99
 * (Chen et al., "Symbolic discovery of optimization algorithms", 2023).
 *
 * @example
 * const { init, update } = lion({ learningRate: 0.5 });
 * update(tensor([3, -2]), init(zeros([2])), zeros([2]))[0].toArray() // => [-0.5, 0.5]
 */
export const lion: OptimiserOf<LionOptions, LionKind> = /* @__PURE__ */ composed(function (options: LionOptions) {
  atMost('lion', arguments, 1);
  const {
    learningRate,
    weightDecay = 0,
    ...betas
  } = knownOptions('lion', options, ['learningRate', 'beta1', 'beta2', 'weightDecay']);
  return chain(scaleByLion(betas), addDecayedWeights(weightDecay), scaleByLearningRate(learningRate));
});
