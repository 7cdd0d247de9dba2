// What an optimiser is: two pure functions, for trees of any structure, that compose.

import type { Monoid } from 'fp-ts/lib/Monoid.js';
import { atMost, composed } from '../untyped';

/**
 * From parameters to the optimiser's state, and from gradients to updates that are to be added to the parameters.
 * Parameters, gradients and updates are trees of one structure.
 */
export interface Optimiser<P, State> {
  readonly init: (params: P) => State;
  readonly update: (gradients: P, state: State, params: P) => readonly [updates: P, state: State];
}

/** What a state is for parameters of any type: `state` is written with `this['params']` (a higher-kinded type). */
export interface StateKind {
  readonly params: unknown;
  readonly state: unknown;
}
/** The state of kind K for parameters of type P. */
export type StateFor<K extends StateKind, P> = (K & { readonly params: P })['state'];

/**
 * An optimiser, or a part of one, that works on every tree: an `Optimiser<P, StateFor<K, P>>` for all P at once.
 * The type of the state for one P is `ReturnType<typeof optimiser.init<P>>`.
 */
export interface GradientTransformation<in out K extends StateKind> {
  readonly init: <P>(params: P) => StateFor<K, P>;
  readonly update: <P>(
    updates: P,
    state: StateFor<K, NoInfer<P>>,
    params: NoInfer<P>,
  ) => readonly [updates: P, state: StateFor<K, P>];
}

/** A named optimiser: for every tree, or for the tree that a type argument names. */
export interface OptimiserOf<Options, K extends StateKind> {
  (options: Options): GradientTransformation<K>;
  <P>(options: Options): Optimiser<P, StateFor<K, P>>;
}

/** No state. */
export interface Stateless extends StateKind {
  readonly state: null;
}
/** A transformation without state. */
export const stateless = (update: <P>(updates: P, params: P) => P): GradientTransformation<Stateless> => ({
  init: () => null,
  update: (updates, _state, params) => [update(updates, params), null],
});

/**
 * Gives back what it gets: the unit of `chain`.
 *
 * @example
 * identity.update(tensor([1, 2]), identity.init(null), tensor([0, 0]))[0].toArray() // => [1, 2]
 */
export const identity: GradientTransformation<Stateless> = stateless((updates) => updates);

/** The states of several transformations, in order. */
export interface ChainKind<Ks extends readonly StateKind[]> extends StateKind {
  readonly state: { readonly [I in keyof Ks]: StateFor<Ks[I], this['params']> };
}

/**
 * One transformation after the other: each gets the updates of the one before it. The state is the list of their states.
 *
 * @example
 * const optimiser = chain(clip(1), scale(-0.5));
 * optimiser.update(tensor([4, 0.5]), optimiser.init(tensor([0, 0])), tensor([0, 0]))[0].toArray() // => [-0.5, -0.25]
 */
export const chain = /* @__PURE__ */ composed(
  <const Ks extends readonly StateKind[]>(
    ...parts: { readonly [I in keyof Ks]: GradientTransformation<Ks[I]> }
  ): GradientTransformation<ChainKind<Ks>> => {
    // The compiler cannot follow a fold through a list of different types; each part meets its own state only.
    const links = parts as unknown as readonly Optimiser<unknown, unknown>[];
    const run: Optimiser<unknown, readonly unknown[]> = {
      init: (params) => links.map((link) => link.init(params)),
      update: (gradients, states, params) =>
        links.reduce<readonly [unknown, readonly unknown[]]>(
          ([updates, done], link, i) => {
            const [next, state] = link.update(updates, states[i], params);
            return [next, [...done, state]];
          },
          [gradients, []],
        ),
    };
    return run as unknown as GradientTransformation<ChainKind<Ks>>;
  },
);

/** A state whose type has been forgotten. */
export interface Opaque extends StateKind {
  readonly state: unknown;
}
/**
 * The transformation with the type of its state forgotten, so that lists of different ones have one type.
 *
 * @example
 * [adam({ learningRate: 0.1 }), sgd({ learningRate: 0.1 })].map(opaque).length // => 2
 */
export const opaque = /* @__PURE__ */ composed(function <K extends StateKind>(
  inner: GradientTransformation<K>,
): GradientTransformation<Opaque> {
  atMost('opaque', arguments, 1);
  return {
    init: (params) => inner.init(params),
    // A state that came from `init` or `update` of this transformation is of its own kind.
    update: <P>(updates: P, state: unknown, params: NoInfer<P>) =>
      inner.update(updates, state as StateFor<K, P>, params),
  };
});

/** Transformations under `chain` (an fp-ts Monoid): updates are the same however the chain is bracketed. */
export const transformationMonoid: Monoid<GradientTransformation<Opaque>> = {
  concat: (x, y) => opaque(chain(x, y)),
  empty: opaque(identity),
};
