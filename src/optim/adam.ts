// Adam and its family: the mean of the gradients over the root of the mean of their squares.

import { type AnyTensor, f32, type i32, type Scalar, tensor, tree } from '../index';
import {
  abs,
  add,
  astype,
  atMost,
  composed,
  div,
  greater,
  knownOptions,
  logicalAnd,
  maximum,
  mul,
  norm,
  pow,
  sqrt,
  sub,
  where,
} from '../untyped';
import { complement, firstStep, type Hyperparameter, type LearningRate, seen } from './hyperparameter';
import { debiased, movingMean, movingSquare, rootOf, zerosOf } from './moments';
import { addDecayedWeights, type Selector } from './regularise';
import { type LearningRateKind, scaleByLearningRate } from './scale';
import {
  type ChainKind,
  chain,
  type GradientTransformation,
  type OptimiserOf,
  type StateFor,
  type StateKind,
  type Stateless,
} from './transformation';

export interface MomentOptions {
  /** Decay of the mean of the gradients, 0.9 by default. */
  readonly beta1?: Hyperparameter;
  /** Decay of the mean of their squares, 0.999 by default. */
  readonly beta2?: Hyperparameter;
  /** Keeps the division finite, 1e-8 by default. */
  readonly epsilon?: Hyperparameter;
}
export interface RootOptions extends MomentOptions {
  /**
   * Added to the mean of squares before its root, 0 by default. A root has no finite derivative at 0: where an update is differentiated
   * at a gradient of 0, as in meta-learning, give 1e-8 or so.
   */
  readonly epsilonRoot?: Hyperparameter;
}
/** How many updates were made, and the moving averages of the gradients and of their squares. */
export interface Moments<P> {
  readonly step: Scalar<i32>;
  readonly mean: P;
  readonly square: P;
}
export interface MomentsKind extends StateKind {
  readonly state: Moments<this['params']>;
}

const momentOptions = ['beta1', 'beta2', 'epsilon'] as const satisfies readonly (keyof MomentOptions)[];
const rootOptions = [...momentOptions, 'epsilonRoot'] as const satisfies readonly (keyof RootOptions)[];
const adamOptions = ['learningRate', ...rootOptions] as const satisfies readonly (keyof AdamOptions)[];
const adamwOptions = [...adamOptions, 'weightDecay', 'decays'] as const satisfies readonly (keyof AdamwOptions)[];

const noMoments = <P>(params: P): Moments<P> => ({
  step: firstStep(),
  mean: zerosOf(params),
  square: zerosOf(params),
});
const follow = <P>(state: Moments<P>, gradients: P, beta1: Hyperparameter, beta2: Hyperparameter): Moments<P> => ({
  step: add(state.step, 1),
  mean: movingMean(beta1, state.mean, gradients),
  square: movingSquare(beta2, state.square, gradients),
});

/**
 * m̂ / (√(v̂ + εᵣ) + ε): the moving averages of g and g², each divided by the weight it has seen; εᵣ is `epsilonRoot`, 0.
 *
 * @example
 * const { init, update } = scaleByAdam({ epsilon: 0 });
 * update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0].toArray().map(Math.round) // => [1, -1]
 */
export const scaleByAdam = /* @__PURE__ */ composed(function (
  options: RootOptions = {},
): GradientTransformation<MomentsKind> {
  atMost('scaleByAdam', arguments, 1);
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    epsilonRoot = 0,
  } = knownOptions('scaleByAdam', options, rootOptions);
  return {
    init: noMoments,
    update: (updates, state) => {
      const next = follow(state, updates, beta1, beta2);
      const direction = (m: AnyTensor, v: AnyTensor): AnyTensor =>
        div(debiased(m, beta1, next.step), add(rootOf(debiased(v, beta2, next.step), epsilonRoot), epsilon));
      return [tree.map(direction, next.mean, next.square), next];
    },
  };
});

export interface AdamOptions extends RootOptions {
  readonly learningRate: LearningRate;
}
export interface AdamaxOptions extends MomentOptions {
  readonly learningRate: LearningRate;
}
export interface AdamKind extends ChainKind<readonly [MomentsKind, LearningRateKind]> {}
/** The state of adam: its moments, and the step where the learning rate is a schedule. */
export type AdamState<P> = StateFor<AdamKind, P>;

/**
 * m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², update -learningRate · m̂ / (√v̂ + ε) with m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ)
 * (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).
 *
 * @example
 * const { init, update } = adam({ learningRate: 0.5 });
 * sign(update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0]).toArray() // => [-1, 1]
 */
export const adam: OptimiserOf<AdamOptions, AdamKind> = /* @__PURE__ */ composed(function (options: AdamOptions) {
  atMost('adam', arguments, 1);
  const { learningRate, ...moments } = knownOptions('adam', options, adamOptions);
  return chain(scaleByAdam(moments), scaleByLearningRate(learningRate));
});

export interface AdamwOptions extends AdamOptions {
  /** 0.01 by default. */
  readonly weightDecay?: Hyperparameter;
  /** The leaves that decay: all by default, `(x) => x.ndim > 1` for weights without biases. */
  readonly decays?: Selector;
}
export interface AdamwKind extends ChainKind<readonly [MomentsKind, Stateless, LearningRateKind]> {}
/**
 * Adam with weight decay beside the gradient: -learningRate · (m̂ / (√v̂ + ε) + weightDecay · w)
 * (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 *
 * @example
 * const { init, update } = adamw({ learningRate: 0.5, weightDecay: 0.5 });
 * update(zeros([1]), init(zeros([1])), tensor([4]))[0].toArray() // => [-1]
 */
export const adamw: OptimiserOf<AdamwOptions, AdamwKind> = /* @__PURE__ */ composed(function (options: AdamwOptions) {
  atMost('adamw', arguments, 1);
  const { learningRate, weightDecay = 0.01, decays, ...moments } = knownOptions('adamw', options, adamwOptions);
  return chain(scaleByAdam(moments), addDecayedWeights(weightDecay, decays), scaleByLearningRate(learningRate));
});

/**
 * m̂ / u with u ← max(β₂u, |g| + ε): the infinity norm in place of the root mean square. ε keeps the division finite.
 *
 * @example
 * const { init, update } = scaleByAdamax({});
 * update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0].toArray().map(Math.round) // => [1, -1]
 */
export const scaleByAdamax = /* @__PURE__ */ composed(function (
  options: MomentOptions = {},
): GradientTransformation<MomentsKind> {
  atMost('scaleByAdamax', arguments, 1);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = knownOptions('scaleByAdamax', options, momentOptions);
  return {
    init: noMoments,
    update: (updates, state) => {
      const step = add(state.step, 1);
      const mean = movingMean(beta1, state.mean, updates);
      const largest = (u: AnyTensor, g: AnyTensor): AnyTensor => maximum(mul(u, beta2), add(abs(g), epsilon));
      const bound = tree.map(largest, state.square, updates);
      const direction = (m: AnyTensor, u: AnyTensor): AnyTensor => div(debiased(m, beta1, step), u);
      return [tree.map(direction, mean, bound), { step, mean, square: bound }];
    },
  };
});

/**
 * Adam by the infinity norm: -learningRate · m̂ / max(β₂u, |g| + ε) (Kingma and Ba, 2015, section 7).
 *
 * @example
 * const { init, update } = adamax({ learningRate: 0.5 });
 * sign(update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0]).toArray() // => [-1, 1]
 */
export const adamax: OptimiserOf<AdamaxOptions, AdamKind> = /* @__PURE__ */ composed(function (options: AdamaxOptions) {
  atMost('adamax', arguments, 1);
  const { learningRate, ...moments } = knownOptions('adamax', options, ['learningRate', ...momentOptions]);
  return chain(scaleByAdamax(moments), scaleByLearningRate(learningRate));
});

export interface NadamOptions extends AdamOptions {
  /** How fast the momentum warms up, 0.004 by default. */
  readonly momentumDecay?: number;
}
/** Moments, and the product of all momenta so far. */
export interface NadamState<P> extends Moments<P> {
  readonly product: Scalar;
}
export interface NadamMomentsKind extends StateKind {
  readonly state: NadamState<this['params']>;
}

/**
 * Nesterov's momentum in Adam: (μₜ₊₁ m / (1 - Π₁ᵗ⁺¹μ) + (1-μₜ) g / (1 - Π₁ᵗμ)) / (√v̂ + ε), μₜ = β₁ (1 - 0.96^(t · decay) / 2)
 * (Dozat, "Incorporating Nesterov momentum into Adam", 2016).
 *
 * @example
 * const { init, update } = scaleByNadam({});
 * sign(update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0]).toArray() // => [1, -1]
 */
export const scaleByNadam = /* @__PURE__ */ composed(function (
  options: Omit<NadamOptions, 'learningRate'> = {},
): GradientTransformation<NadamMomentsKind> {
  atMost('scaleByNadam', arguments, 1);
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    epsilonRoot = 0,
    momentumDecay = 0.004,
  } = knownOptions('scaleByNadam', options, [...rootOptions, 'momentumDecay']);
  return {
    init: (params) => ({ ...noMoments(params), product: tensor(1) }),
    update: (updates, state) => {
      const next = follow(state, updates, beta1, beta2);
      const momentum = (t: Scalar<i32>): Scalar =>
        mul(beta1, sub(1, mul(0.5, pow(0.96, mul(astype(t, f32), momentumDecay)))));
      const [now, after] = [momentum(next.step), momentum(add(next.step, 1))];
      const product = mul(state.product, now);
      const ahead = (m: AnyTensor, g: AnyTensor): AnyTensor =>
        add(mul(m, div(after, sub(1, mul(product, after)))), mul(g, div(sub(1, now), sub(1, product))));
      const direction = (m: AnyTensor, v: AnyTensor): AnyTensor =>
        div(m, add(rootOf(debiased(v, beta2, next.step), epsilonRoot), epsilon));
      return [tree.map(direction, tree.map(ahead, next.mean, updates), next.square), { ...next, product }];
    },
  };
});

export interface NadamKind extends ChainKind<readonly [NadamMomentsKind, LearningRateKind]> {}
/**
 * Adam with Nesterov's momentum, which warms up (Dozat, 2016).
 *
 * @example
 * const { init, update } = nadam({ learningRate: 0.5 });
 * sign(update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0]).toArray() // => [-1, 1]
 */
export const nadam: OptimiserOf<NadamOptions, NadamKind> = /* @__PURE__ */ composed(function (given: NadamOptions) {
  atMost('nadam', arguments, 1);
  const { learningRate, ...options } = knownOptions('nadam', given, [...adamOptions, 'momentumDecay']);
  return chain(scaleByNadam(options), scaleByLearningRate(learningRate));
});

/**
 * m̂ times r √(1-β₂ᵗ) / (√v + ε) once the variance of the step can be bounded (more than 5 gradients' worth), else m̂
 * (Liu et al., "On the variance of the adaptive learning rate and beyond", 2020).
 *
 * @example
 * const { init, update } = scaleByRadam({});
 * update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0].toArray().map(Math.round) // => [2, -4]
 */
export const scaleByRadam = /* @__PURE__ */ composed(function (
  options: RootOptions = {},
): GradientTransformation<MomentsKind> {
  atMost('scaleByRadam', arguments, 1);
  const {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    epsilonRoot = 0,
  } = knownOptions('scaleByRadam', options, rootOptions);
  return {
    init: noMoments,
    update: (updates, state) => {
      const next = follow(state, updates, beta1, beta2);
      const direction = (m: AnyTensor, v: AnyTensor): AnyTensor => {
        const t = astype(next.step, v.dtype);
        const known = seen(beta2, next.step, v.dtype);
        const limit = typeof beta2 === 'number' ? 2 / (1 - beta2) - 1 : sub(div(2, complement(beta2)), 1);
        const length = sub(limit, div(mul(mul(2, t), sub(1, known)), known));
        const ratio = (by: number): AnyTensor => div(sub(length, by), sub(limit, by));
        // What is not chosen must be a number as well, or its derivative would be NaN.
        const rectified = greater(length, 5);
        const square = mul(mul(ratio(4), ratio(2)), div(limit, length));
        const adapted = div(sqrt(mul(where(rectified, square, 1), known)), add(rootOf(v, epsilonRoot), epsilon));
        return mul(debiased(m, beta1, next.step), where(rectified, adapted, 1));
      };
      return [tree.map(direction, next.mean, next.square), next];
    },
  };
});

/**
 * Adam that waits until the adaptive step is trusted (Liu et al., 2020).
 *
 * @example
 * const { init, update } = radam({ learningRate: 0.5 });
 * update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0].toArray().map(Math.round) // => [-1, 2]
 */
export const radam: OptimiserOf<AdamOptions, AdamKind> = /* @__PURE__ */ composed(function (options: AdamOptions) {
  atMost('radam', arguments, 1);
  const { learningRate, ...moments } = knownOptions('radam', options, adamOptions);
  return chain(scaleByRadam(moments), scaleByLearningRate(learningRate));
});

/**
 * update · |w| / |update| for every leaf; 1 where one of the norms is 0.
 *
 * @example
 * scaleByTrustRatio.update(tensor([3, 4]), null, tensor([6, 8]))[0].toArray() // => [6, 8]
 */
export const scaleByTrustRatio: GradientTransformation<Stateless> = /* @__PURE__ */ composed({
  init: () => null,
  update: (updates, _state, params) => {
    const trusted = (u: AnyTensor, w: AnyTensor): AnyTensor => {
      const [size, length]: readonly [AnyTensor, AnyTensor] = [norm(w), norm(u)];
      const both = logicalAnd(greater(size, 0), greater(length, 0));
      return where(both, mul(div(u, where(both, length, 1)), size), u);
    };
    return [tree.map(trusted, updates, params), null];
  },
});

export interface LambKind extends ChainKind<readonly [MomentsKind, Stateless, Stateless, LearningRateKind]> {}
/**
 * AdamW with each leaf's step as long as its weights: ε 1e-6, weightDecay 0
 * (You et al., "Large batch optimization for deep learning", 2020).
 *
 * @example
 * const { init, update } = lamb({ learningRate: 0.5 });
 * update(tensor([2]), init(zeros([1])), tensor([4]))[0].toArray().map(Math.round) // => [-2]
 */
export const lamb: OptimiserOf<AdamwOptions, LambKind> = /* @__PURE__ */ composed(function (options: AdamwOptions) {
  atMost('lamb', arguments, 1);
  const {
    learningRate,
    weightDecay = 0,
    decays,
    epsilon = 1e-6,
    ...betas
  } = knownOptions('lamb', options, adamwOptions);
  return chain(
    scaleByAdam({ epsilon, ...betas }),
    addDecayedWeights(weightDecay, decays),
    scaleByTrustRatio,
    scaleByLearningRate(learningRate),
  );
});
