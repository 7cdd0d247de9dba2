// Step sizes of their own for every parameter, by the squares of its gradients.

import { type AnyTensor, tree } from '../index';
import { add, atMost, composed, div, fullLike, knownOptions, maximum, mul, sqrt, square, sub } from '../untyped';
import type { Hyperparameter, LearningRate } from './hyperparameter';
import { blend, movingMean, movingSquare, rootOf, zerosOf } from './moments';
import { type LearningRateKind, scaleByLearningRate } from './scale';
import { addMomentum, type VelocityKind, withoutMomentum } from './sgd';
import { type ChainKind, chain, type GradientTransformation, type OptimiserOf, type StateKind } from './transformation';

/** Sums or means of squares. */
export interface Squares<P> {
  readonly square: P;
}
export interface SquaresKind extends StateKind {
  readonly state: Squares<this['params']>;
}

export interface AdagradOptions {
  readonly learningRate: LearningRate;
  /** What the sum of squares starts with, 0 by default. */
  readonly initial?: number;
  /** 1e-10 by default. */
  readonly epsilon?: Hyperparameter;
  /** Added to the sum before its root, 0 by default: more where an update is differentiated at a gradient of 0. */
  readonly epsilonRoot?: Hyperparameter;
}
/**
 * g / (√Σg² + ε), the sum over all steps so far.
 *
 * @example
 * scaleByAdagrad().update(tensor([2]), { square: tensor([60]) }, tensor([0]))[0].toArray() // => [0.25]
 */
export const scaleByAdagrad = /* @__PURE__ */ composed(function (
  options: Omit<AdagradOptions, 'learningRate'> = {},
): GradientTransformation<SquaresKind> {
  atMost('scaleByAdagrad', arguments, 1);
  const {
    initial = 0,
    epsilon = 1e-10,
    epsilonRoot = 0,
  } = knownOptions('scaleByAdagrad', options, ['epsilon', 'epsilonRoot', 'initial']);
  return {
    init: (params) => ({ square: tree.map((x) => fullLike(x, initial), params) }),
    update: (updates, state) => {
      const sums = tree.map((s: AnyTensor, g: AnyTensor): AnyTensor => add(s, square(g)), state.square, updates);
      const direction = (g: AnyTensor, s: AnyTensor): AnyTensor => div(g, add(rootOf(s, epsilonRoot), epsilon));
      return [tree.map(direction, updates, sums), { square: sums }];
    },
  };
});
export interface AdagradKind extends ChainKind<readonly [SquaresKind, LearningRateKind]> {}
/**
 * -learningRate · g / (√Σg² + ε) (Duchi et al., "Adaptive subgradient methods", 2011).
 *
 * @example
 * const { init, update } = adagrad({ learningRate: 0.5 });
 * update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0].toArray() // => [-0.5, 0.5]
 */
export const adagrad: OptimiserOf<AdagradOptions, AdagradKind> = /* @__PURE__ */ composed(function (
  given: AdagradOptions,
) {
  atMost('adagrad', arguments, 1);
  const { learningRate, ...options } = knownOptions('adagrad', given, [
    'learningRate',
    'initial',
    'epsilon',
    'epsilonRoot',
  ]);
  return chain(scaleByAdagrad(options), scaleByLearningRate(learningRate));
});

export interface RmsOptions {
  /** How slowly squares are forgotten, 0.99 by default. */
  readonly decay?: Hyperparameter;
  /** 1e-8 by default. */
  readonly epsilon?: Hyperparameter;
  /** Added to the mean of squares before its root, 0 by default: more where an update is differentiated at a gradient of 0. */
  readonly epsilonRoot?: Hyperparameter;
  /** By the variance, the mean of squares less the square of the mean. */
  readonly centred?: boolean;
}
/** Means of squares, and of gradients where they are centred. */
export interface RmsMoments<P> extends Squares<P> {
  readonly mean: P | null;
}
export interface RmsKind extends StateKind {
  readonly state: RmsMoments<this['params']>;
}
/**
 * g / (√v + ε), v ← decay · v + (1-decay) g²; centred: v less the square of the mean of g.
 *
 * @example
 * scaleByRms({ decay: 0.5 }).update(tensor([2]), { square: tensor([4]), mean: null }, tensor([0]))[0].toArray() // => [1]
 */
export const scaleByRms = /* @__PURE__ */ composed(function (
  options: RmsOptions = {},
): GradientTransformation<RmsKind> {
  atMost('scaleByRms', arguments, 1);
  const {
    decay = 0.99,
    epsilon = 1e-8,
    epsilonRoot = 0,
    centred = false,
  } = knownOptions('scaleByRms', options, ['decay', 'epsilon', 'epsilonRoot', 'centred']);
  return {
    init: (params) => ({ square: zerosOf(params), mean: centred ? zerosOf(params) : null }),
    update: (updates, state) => {
      const squares = movingSquare(decay, state.square, updates);
      const follow = <P>(mean: P, g: P): P => movingMean(decay, mean, g);
      const mean = state.mean === null ? null : follow(state.mean, updates);
      // Rounding can bring it below 0 where all gradients are the same.
      const minusSquare = (v: AnyTensor, m: AnyTensor): AnyTensor => maximum(sub(v, square(m)), 0);
      const variance = mean === null ? squares : tree.map(minusSquare, squares, mean);
      const direction = (g: AnyTensor, v: AnyTensor): AnyTensor => div(g, add(rootOf(v, epsilonRoot), epsilon));
      return [tree.map(direction, updates, variance), { square: squares, mean }];
    },
  };
});
export interface RmspropOptions extends RmsOptions {
  readonly learningRate: LearningRate;
  /** 0 by default. */
  readonly momentum?: Hyperparameter;
}
export interface RmspropKind extends ChainKind<readonly [RmsKind, VelocityKind, LearningRateKind]> {}
/**
 * u ← momentum · u + g / (√v + ε), v ← decay · v + (1-decay) g²; update -learningRate · u
 * (Tieleman and Hinton, 2012; centred: Graves, 2013).
 *
 * @example
 * const { init, update } = rmsprop({ learningRate: 0.5, decay: 0.75 });
 * update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0].toArray().map(Math.round) // => [-1, 1]
 */
export const rmsprop: OptimiserOf<RmspropOptions, RmspropKind> = /* @__PURE__ */ composed(function (
  given: RmspropOptions,
) {
  atMost('rmsprop', arguments, 1);
  const {
    learningRate,
    momentum = 0,
    ...options
  } = knownOptions('rmsprop', given, ['learningRate', 'momentum', 'decay', 'epsilon', 'epsilonRoot', 'centred']);
  return chain(
    scaleByRms(options),
    momentum === 0 ? withoutMomentum : addMomentum({ decay: momentum }),
    scaleByLearningRate(learningRate),
  );
});

export interface AdadeltaOptions {
  /** 1 by default. */
  readonly learningRate?: LearningRate;
  /** 0.9 by default. */
  readonly decay?: Hyperparameter;
  /** 1e-6 by default. */
  readonly epsilon?: Hyperparameter;
}
/** Means of the squares of gradients and of updates. */
export interface AdadeltaMoments<P> extends Squares<P> {
  readonly delta: P;
}
export interface AdadeltaMomentsKind extends StateKind {
  readonly state: AdadeltaMoments<this['params']>;
}
/**
 * g √(E[Δ²] + ε) / √(E[g²] + ε): the units of the parameter are those of its updates.
 *
 * @example
 * const { init, update } = scaleByAdadelta({ decay: 0, epsilon: 1 });
 * update(tensor([0]), init(zeros([1])), tensor([0]))[0].toArray() // => [0]
 */
export const scaleByAdadelta = /* @__PURE__ */ composed(function (
  options: Omit<AdadeltaOptions, 'learningRate'> = {},
): GradientTransformation<AdadeltaMomentsKind> {
  atMost('scaleByAdadelta', arguments, 1);
  const { decay = 0.9, epsilon = 1e-6 } = knownOptions('scaleByAdadelta', options, ['epsilon', 'decay']);
  return {
    init: (params) => ({ square: zerosOf(params), delta: zerosOf(params) }),
    update: (updates, state) => {
      const squares = movingSquare(decay, state.square, updates);
      const root = (x: AnyTensor): AnyTensor => sqrt(add(x, epsilon));
      const direction = (g: AnyTensor, v: AnyTensor, d: AnyTensor): AnyTensor => mul(g, div(root(d), root(v)));
      const steps = tree.map(direction, updates, squares, state.delta);
      const delta = tree.map((d: AnyTensor, u: AnyTensor) => blend(decay, d, square(u)), state.delta, steps);
      return [steps, { square: squares, delta }];
    },
  };
});
export interface AdadeltaKind extends ChainKind<readonly [AdadeltaMomentsKind, LearningRateKind]> {}
/**
 * -learningRate · g √(E[Δ²] + ε) / √(E[g²] + ε) (Zeiler, "Adadelta", 2012).
 *
 * @example
 * const { init, update } = adadelta({});
 * sign(update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0]).toArray() // => [-1, 1]
 */
export const adadelta: OptimiserOf<AdadeltaOptions, AdadeltaKind> = /* @__PURE__ */ composed(function (
  given: AdadeltaOptions,
) {
  atMost('adadelta', arguments, 1);
  const { learningRate = 1, ...options } = knownOptions('adadelta', given, ['learningRate', 'decay', 'epsilon']);
  return chain(scaleByAdadelta(options), scaleByLearningRate(learningRate));
});
