// Transformations that do not step every time.

import { type AnyTensor, type bool, bool as boolean, type i32, type Scalar, tensor, tree } from '../index';
import {
  add,
  all,
  atMost,
  composed,
  equal,
  isfinite,
  lessEqual,
  logicalAnd,
  logicalOr,
  remainder,
  where,
} from '../untyped';
import { checkOptions, firstStep } from './hyperparameter';
import { zerosOf } from './moments';
import { scaled } from './scale';
import type { GradientTransformation, StateFor, StateKind } from './transformation';

/** The leaves of one tree or of another, by a condition that may be traced. */
export const choose = <T>(condition: Scalar<bool>, yes: T, no: NoInfer<T>): T =>
  tree.map((a: AnyTensor, b: AnyTensor): AnyTensor => where(condition, a, b), yes, no);

/** The sum of the gradients so far, how many they are, and the state of the transformation that gets their mean. */
export interface Accumulated<P, S> {
  readonly count: Scalar<i32>;
  readonly sum: P;
  readonly inner: S;
}
export interface AccumulateKind<K extends StateKind> extends StateKind {
  readonly state: Accumulated<this['params'], StateFor<K, this['params']>>;
}
/**
 * Collects the gradients of n steps and passes on their mean; the updates in between are zero. A large batch in n parts.
 *
 * @throws ArgumentError when n is no integer of at least 1
 * @example
 * const { init, update } = accumulate(2, scale(-1));
 * const [first, state] = update(tensor([1]), init(tensor([0])), tensor([0]));
 * [first, update(tensor([3]), state, tensor([0]))[0]].map((x) => x.toArray()[0]) // => [0, -2]
 */
export const accumulate = /* @__PURE__ */ composed(function <K extends StateKind>(
  n: number,
  inner: GradientTransformation<K>,
): GradientTransformation<AccumulateKind<K>> {
  atMost('accumulate', arguments, 2);
  checkOptions('accumulate', 'count', { n });
  return {
    init: (params) => ({ count: firstStep(), sum: zerosOf(params), inner: inner.init(params) }),
    update: (updates, state, params) => {
      const sum = tree.map((a: AnyTensor, b: AnyTensor): AnyTensor => add(a, b), state.sum, updates);
      const count = remainder(add(state.count, 1), n);
      const full = equal(count, 0);
      const [next, after] = inner.update(scaled(sum, 1 / n), state.inner, params);
      const nothing = zerosOf(updates);
      return [
        choose(full, next, nothing),
        { count, sum: choose(full, nothing, sum), inner: choose(full, after, state.inner) },
      ];
    },
  };
});

/** How many updates in a row were not finite, how many in all, and the inner state. */
export interface Finite<S> {
  readonly inARow: Scalar<i32>;
  readonly inAll: Scalar<i32>;
  readonly inner: S;
}
export interface FiniteKind<K extends StateKind> extends StateKind {
  readonly state: Finite<StateFor<K, this['params']>>;
}
/**
 * Leaves parameters and state as they are where a gradient is NaN or infinite, at most `limit` times in a row; then lets it
 * through, so that the fault is seen.
 *
 * @example
 * const { init, update } = applyIfFinite(scale(-1), 3);
 * update(tensor([NaN, 1]), init(zeros([2])), zeros([2]))[0].toArray() // => [0, 0]
 */
export const applyIfFinite = /* @__PURE__ */ composed(function <K extends StateKind>(
  inner: GradientTransformation<K>,
  limit: number,
): GradientTransformation<FiniteKind<K>> {
  atMost('applyIfFinite', arguments, 2);
  return {
    init: (params) => ({ inARow: firstStep(), inAll: firstStep(), inner: inner.init(params) }),
    update: (updates, state, params) => {
      const finite = tree
        .leaves(updates)
        .reduce<Scalar<bool>>((sofar, g) => logicalAnd(sofar, all(isfinite(g))), tensor(1, boolean));
      const inARow = where(finite, 0, add(state.inARow, 1));
      const inAll = where(finite, state.inAll, add(state.inAll, 1));
      const pass: Scalar<bool> = logicalOr(finite, lessEqual(limit + 1, inARow));
      const [next, after] = inner.update(updates, state.inner, params);
      return [choose(pass, next, zerosOf(updates)), { inARow, inAll, inner: choose(pass, after, state.inner) }];
    },
  };
});
