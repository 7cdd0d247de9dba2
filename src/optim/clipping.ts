// Limits on updates.

import { type AnyTensor, type Scalar, tensor, tree } from '../index';
import { atMost, clip as clipTensor, composed, div, greater, mul, norm, stack, where } from '../untyped';
import { type GradientTransformation, type Stateless, stateless } from './transformation';

/**
 * √Σx² over all leaves of a tree, without overflow in between; where all is 0 the derivative is 0.
 *
 * @example
 * globalNorm({ w: tensor([3, 0]), b: tensor(4) }).item() // => 5
 */
export const globalNorm = /* @__PURE__ */ composed(function (params: unknown): Scalar {
  atMost('globalNorm', arguments, 1);
  const lengths = tree.leaves(params).map((x): AnyTensor => norm(x));
  const whole: AnyTensor = lengths.length === 0 ? tensor(0) : norm(stack(lengths));
  return whole;
});

/** A power of two that brings the norm of the largest finite numbers back into range: products with it are exact. */
const shrink = 2 ** -16;

/**
 * Every element limited to [-limit, limit].
 *
 * @example
 * clip(1).update(tensor([3, -0.5]), null, tensor([0, 0]))[0].toArray() // => [1, -0.5]
 */
export const clip = /* @__PURE__ */ composed(function (limit: number): GradientTransformation<Stateless> {
  atMost('clip', arguments, 1);
  return stateless((updates) => tree.map((u: AnyTensor): AnyTensor => clipTensor(u, -limit, limit), updates));
});

/**
 * All updates made shorter by the same factor, so that their global norm is at most the limit
 * (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013). Finite updates of any size are clipped to the
 * limit; beside an infinite one all finite ones become 0, and it becomes NaN, as in PyTorch.
 *
 * @example
 * clipByGlobalNorm(2.5).update({ w: tensor([3]), b: tensor([4]) }, null, { w: tensor([0]), b: tensor([0]) })[0].b.toArray() // => [2]
 */
export const clipByGlobalNorm = /* @__PURE__ */ composed(function (limit: number): GradientTransformation<Stateless> {
  atMost('clipByGlobalNorm', arguments, 1);
  return stateless((updates) => {
    const length: AnyTensor = globalNorm(tree.map((u: AnyTensor): AnyTensor => mul(u, shrink), updates));
    const long = greater(length, limit * shrink);
    const before = where(long, shrink, 1);
    const factor = where(long, div(limit, where(long, length, 1)), 1);
    return tree.map((u: AnyTensor): AnyTensor => mul(mul(u, before), factor), updates);
  });
});
