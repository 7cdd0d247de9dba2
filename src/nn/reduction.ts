// From the losses of examples to one number.

import type { AnyTensor, DType, FloatOf, Shape, Tensor } from '../index';
import { atMost, composed, div, knownOptions, mul, onesLike, sum, where } from '../untyped';

export interface ReductionOptions {
  /** How much each example counts: broadcast to the losses. */
  readonly weights?: AnyTensor;
  /**
   * Which examples count at all; what stands in the others does not matter, not even NaN: neither to the result nor to derivatives by the
   * losses, their weights, or what a loss of this module was given. (What went through layers before must be a number: in the derivative
   * of a product with an input of NaN, 0 · NaN is NaN. Give the network where(mask, x, 0).)
   */
  readonly mask?: AnyTensor;
  /** Σ w l / Σ w by default. */
  readonly reduction?: 'mean' | 'sum';
}

/** x where the mask is true, else 0. */
const masked = (x: AnyTensor, mask: AnyTensor | undefined): AnyTensor => (mask === undefined ? x : where(mask, x, 0));

/**
 * Each loss times its weight, 0 where the mask is false.
 *
 * @example
 * weighted(tensor([1, NaN]), { weights: tensor([3, 1]), mask: tensor([1, 0]).greater(0) }).toArray() // => [3, 0]
 */
export const weighted = /* @__PURE__ */ composed(function <S extends Shape, D extends DType>(
  losses: Tensor<S, D>,
  options: Omit<ReductionOptions, 'reduction'> = {},
): Tensor<S, FloatOf<D>> {
  atMost('weighted', arguments, 2);
  const { weights, mask } = knownOptions('weighted', options, ['mask', 'weights']);
  // First the mask, so that a derivative never meets what is hidden.
  const shown = masked(losses, mask);
  return weights === undefined ? shown : mul(shown, masked(weights, mask));
});

/**
 * The weighted mean of losses, Σ w l / Σ w over what the mask shows (0 where that is nothing), or their sum.
 *
 * @example
 * reduceLoss(tensor([1, 2, 9]), { mask: tensor([1, 1, 0]).greater(0) }).item() // => 1.5
 * reduceLoss(tensor([1, 3]), { weights: tensor([3, 1]) }).item() // => 1.5
 */
export const reduceLoss = /* @__PURE__ */ composed(function <S extends Shape, D extends DType>(
  losses: Tensor<S, D>,
  given: ReductionOptions = {},
): Tensor<[], FloatOf<D>> {
  atMost('reduceLoss', arguments, 2);
  const { reduction = 'mean', ...options } = knownOptions('reduceLoss', given, ['weights', 'mask', 'reduction']);
  const total = sum(weighted(losses, options));
  if (reduction === 'sum') return total;
  const ones = onesLike(losses);
  const weight = sum(weighted(ones, options));
  const safe = where(weight.equal(0), 1, weight);
  return div(total, safe);
});
