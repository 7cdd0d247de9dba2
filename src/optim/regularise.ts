// Updates that pull parameters towards zero, and penalties for losses.

import { type AnyTensor, type Scalar, tensor, tree } from '../index';
import { abs, add, atMost, composed, knownOptions, mul, square, sum } from '../untyped';
import type { Hyperparameter } from './hyperparameter';
import { type GradientTransformation, type Stateless, stateless } from './transformation';

/** Which leaves are meant, by the tensor and its path: `(x) => x.ndim > 1` for matrices only. */
export type Selector = (x: AnyTensor, path: string) => boolean;

/**
 * update + weightDecay · w, for the leaves that are selected (all).
 *
 * @example
 * addDecayedWeights(0.5).update(tensor([1, 1]), null, tensor([2, 4]))[0].toArray() // => [2, 3]
 */
export const addDecayedWeights = /* @__PURE__ */ composed(function (
  weightDecay: Hyperparameter,
  select: Selector = () => true,
): GradientTransformation<Stateless> {
  atMost('addDecayedWeights', arguments, 2);
  return stateless(<P>(updates: P, params: P) => {
    if (weightDecay === 0) return updates;
    const [leaves, rebuild] = tree.flatten(params);
    const paths = tree.paths(params);
    const decay = leaves.map((w, i): AnyTensor | null => (select(w, paths[i] as string) ? mul(w, weightDecay) : null));
    const together = tree.leaves(updates).map((u, i): AnyTensor => {
      const pull = decay[i];
      return pull === null || pull === undefined ? u : add(u, pull);
    });
    // A tree of tensors in the places of tensors has the type of the tree.
    return rebuild(together) as P;
  });
});

const total = (params: unknown, select: Selector, of: (x: AnyTensor) => AnyTensor): Scalar => {
  const paths = tree.paths(params);
  const sums = tree.leaves(params).flatMap((x, i): AnyTensor[] => (select(x, paths[i] as string) ? [sum(of(x))] : []));
  return sums.reduce((a, b): AnyTensor => add(a, b), tensor(0));
};

/**
 * Σ |w| over all selected leaves of a tree.
 *
 * @example
 * l1({ w: tensor([1, -2]), b: tensor([3]) }).item() // => 6
 * l1({ w: tensor([1, -2]), b: tensor([3]) }, (_, path) => path.endsWith('w')).item() // => 3
 */
export const l1 = /* @__PURE__ */ composed(function (params: unknown, select: Selector = () => true): Scalar {
  atMost('l1', arguments, 2);
  return total(params, select, (x) => abs(x));
});

/**
 * Σ w² over all selected leaves of a tree; half of it has the weights as its gradient.
 *
 * @example
 * l2({ w: tensor([1, -2]), b: tensor([3]) }).item() // => 14
 */
export const l2 = /* @__PURE__ */ composed(function (params: unknown, select: Selector = () => true): Scalar {
  atMost('l2', arguments, 2);
  return total(params, select, (x) => square(x));
});

/**
 * α Σ |w| + β Σ w² over all selected leaves of a tree (Zou and Hastie, 2005).
 *
 * @example
 * elastic({ w: tensor([1, -2]) }, { l1: 2, l2: 1 }).item() // => 11
 */
export const elastic = /* @__PURE__ */ composed(function (
  params: unknown,
  weights: { readonly l1: Hyperparameter; readonly l2: Hyperparameter },
  select: Selector = () => true,
): Scalar {
  atMost('elastic', arguments, 3);
  knownOptions('elastic', weights, ['l1', 'l2']);
  return add(mul(l1(params, select), weights.l1), mul(l2(params, select), weights.l2));
});
