// Running means over trees of gradients.
import { type AnyTensor, type i32, type Scalar, tree } from '../index';
import { add, div, mul, sqrt, square, zerosLike } from '../untyped';
import { complement, type Hyperparameter, seen } from './hyperparameter';

/** Zeros for every leaf. */
export const zerosOf = <P>(params: P): P => tree.map((x) => zerosLike(x), params);

/** decay · mean + (1 - decay) · x, of leaves. */
export const blend = (decay: Hyperparameter, mean: AnyTensor, x: AnyTensor): AnyTensor =>
  add(mul(mean, decay), mul(x, complement(decay)));

/** The moving average of a tree. */
export const movingMean = <P>(decay: Hyperparameter, mean: P, x: NoInfer<P>): P =>
  tree.map((m: AnyTensor, v: AnyTensor) => blend(decay, m, v), mean, x);
/** The moving average of its squares. */
export const movingSquare = <P>(decay: Hyperparameter, mean: P, x: NoInfer<P>): P =>
  tree.map((m: AnyTensor, v: AnyTensor) => blend(decay, m, square(v)), mean, x);

/** A moving average that began at 0, divided by the weight it has seen after t steps. */
export const debiased = (x: AnyTensor, decay: Hyperparameter, t: Scalar<i32>): AnyTensor =>
  div(x, seen(decay, t, x.dtype));

/** √(v + ε): with an ε of 0 it has no finite derivative at 0. */
export const rootOf = (v: AnyTensor, epsilonRoot: Hyperparameter): AnyTensor =>
  sqrt(epsilonRoot === 0 ? v : add(v, epsilonRoot));

/** The same numbers in a place of their own: what is donated with the parameters must not take the state with it. */
export const copyOf = <P>(params: P): P => tree.map((x: AnyTensor): AnyTensor => mul(x, 1), params);
