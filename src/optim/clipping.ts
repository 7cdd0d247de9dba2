// Limits on updates.
import {
  type AnyTensor,
  add,
  clip as clipTensor,
  div,
  greater,
  mul,
  type Scalar,
  sqrt,
  square,
  sum,
  tensor,
  tree,
  where,
} from '../index';
import { type GradientTransformation, type Stateless, stateless } from './transformation';

/**
 * √Σx² over all leaves of a tree.
 *
 * @example
 * globalNorm({ w: tensor([3, 0]), b: tensor(4) }).item() // => 5
 */
export const globalNorm = (params: unknown): Scalar =>
  sqrt(tree.leaves(params).reduce((total, x): AnyTensor => add(total, sum(square(x))), tensor(0)));

/**
 * Every element limited to [-limit, limit].
 *
 * @example
 * clip(1).update(tensor([3, -0.5]), null, tensor([0, 0]))[0].toArray() // => [1, -0.5]
 */
export const clip = (limit: number): GradientTransformation<Stateless> =>
  stateless((updates) => tree.map((u: AnyTensor): AnyTensor => clipTensor(u, -limit, limit), updates));

/**
 * All updates made shorter by the same factor, so that their global norm is at most the limit
 * (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013).
 *
 * @example
 * clipByGlobalNorm(2.5).update({ w: tensor([3]), b: tensor([4]) }, null, { w: tensor([0]), b: tensor([0]) })[0].b.toArray() // => [2]
 */
export const clipByGlobalNorm = (limit: number): GradientTransformation<Stateless> =>
  stateless((updates) => {
    const norm: AnyTensor = globalNorm(updates);
    const long = greater(norm, limit);
    const factor: AnyTensor = where(long, div(limit, where(long, norm, 1)), 1);
    return tree.map((u: AnyTensor): AnyTensor => mul(u, factor), updates);
  });
