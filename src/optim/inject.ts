// Hyperparameters that are part of the state.

import { type Scalar, tensor } from '../index';
import { atMost, composed } from '../untyped';
import type { Hyperparameter } from './hyperparameter';
import type { GradientTransformation, StateFor, StateKind } from './transformation';

/** Hyperparameters as scalars, to be read or replaced between steps, and the state they steer. */
export interface Injected<H, S> {
  readonly hyperparameters: { readonly [N in keyof H]: Scalar };
  readonly inner: S;
}
export interface InjectKind<H, K extends StateKind> extends StateKind {
  readonly state: Injected<H, StateFor<K, this['params']>>;
}
/**
 * An optimiser whose hyperparameters lie in its state: a jitted step takes others without being compiled again.
 *
 * @example
 * const { init, update } = injectHyperparams((h) => sgd(h), { learningRate: 0.5 });
 * const state = { ...init(zeros([1])), hyperparameters: { learningRate: tensor(2) } };
 * update(tensor([3]), state, zeros([1]))[0].toArray() // => [-6]
 */
export const injectHyperparams = /* @__PURE__ */ composed(function <
  const H extends Readonly<Record<string, number>>,
  K extends StateKind,
>(
  make: (hyperparameters: { readonly [N in keyof H]: Hyperparameter }) => GradientTransformation<K>,
  initial: H,
): GradientTransformation<InjectKind<H, K>> {
  atMost('injectHyperparams', arguments, 2);
  return {
    init: (params) => ({
      // The same names.
      hyperparameters: Object.fromEntries(Object.entries(initial).map(([n, x]) => [n, tensor(x)])) as {
        [N in keyof H]: Scalar;
      },
      inner: make(initial).init(params),
    }),
    update: (updates, { hyperparameters, inner }, params) => {
      const [next, after] = make(hyperparameters).update(updates, inner, params);
      return [next, { hyperparameters, inner: after }];
    },
  };
});
