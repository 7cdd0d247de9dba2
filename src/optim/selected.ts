// Transformations of a part of the tree.

import { type AnyTensor, ArgumentError, tree } from '../index';
import { atMost, composed, zerosLike } from '../untyped';
import type { Selector } from './regularise';
import {
  type GradientTransformation,
  type StateFor,
  type StateKind,
  type Stateless,
  stateless,
} from './transformation';

/** The leaves of a part of a tree, by their paths. */
export type Leaves = Readonly<Record<string, AnyTensor>>;

const chosen = (params: unknown, select: Selector): Leaves => {
  const paths = tree.paths(params);
  const pairs = tree.leaves(params).map((x, i) => [paths[i] as string, x] as const);
  return Object.fromEntries(pairs.filter(([path, x]) => select(x, path)));
};
/** The tree with some of its leaves replaced. */
const replaced = <P>(params: P, leaves: Leaves): P => {
  const names = tree.paths(params);
  const [old, rebuild] = tree.flatten(params);
  // Tensors in the places of tensors.
  return rebuild(old.map((x, i) => leaves[names[i] as string] ?? x)) as P;
};
/** The same leaves of another tree of the same structure. */
const among = (params: unknown, leaves: Leaves): Leaves => chosen(params, (_, path) => path in leaves);

/** The state for the leaves that are selected, by path. */
export interface MaskedKind<K extends StateKind> extends StateKind {
  readonly state: StateFor<K, Leaves>;
}
/**
 * A transformation of the leaves that are selected, by tensor and path; the updates of others stay as they are.
 *
 * @example
 * const matrices = masked(scale(2), (x) => x.ndim === 2);
 * const p = { w: tensor([[1]]), b: tensor([1]) };
 * tree.map((x) => x, matrices.update(p, matrices.init(p), p)[0]).b.toArray() // => [1]
 */
export const masked = /* @__PURE__ */ composed(function <K extends StateKind>(
  inner: GradientTransformation<K>,
  select: Selector,
): GradientTransformation<MaskedKind<K>> {
  atMost('masked', arguments, 2);
  return {
    init: (params) => inner.init(chosen(params, select)),
    update: (updates, state, params) => {
      const mine = chosen(params, select);
      const [next, after] = inner.update(among(updates, mine), state, mine);
      return [replaced(updates, next), after];
    },
  };
});

/**
 * Zero for every update.
 *
 * @example
 * setToZero.update(tensor([1, 2]), null, tensor([0, 0]))[0].toArray() // => [0, 0]
 */
export const setToZero: GradientTransformation<Stateless> = /* @__PURE__ */ composed(
  stateless((updates) => tree.map((u) => zerosLike(u), updates)),
);

/**
 * No updates for the leaves that are selected.
 *
 * @example
 * const p = { encoder: tensor([1]), head: tensor([1]) };
 * freeze((_, path) => path.startsWith('.encoder')).update(p, null, p)[0].encoder.toArray() // => [0]
 */
export const freeze = /* @__PURE__ */ composed(function (select: Selector): GradientTransformation<Stateless> {
  atMost('freeze', arguments, 1);
  return masked(setToZero, select);
});

/** A state for every label. */
export interface MultiKind<Ks extends Readonly<Record<string, StateKind>>> extends StateKind {
  readonly state: { readonly [L in keyof Ks]: StateFor<Ks[L], Leaves> };
}
/**
 * A transformation for every label: each leaf gets the one that `label` gives it, by tensor and path.
 *
 * @throws ArgumentError when a label has no transformation
 * @example
 * const two = multiTransform({ fast: scale(2), slow: scale(0.5) }, (x) => (x.ndim === 0 ? 'slow' : 'fast'));
 * const p = { w: tensor([1]), b: tensor(1) };
 * two.update(p, two.init(p), p)[0].b.item() // => 0.5
 */
export const multiTransform = /* @__PURE__ */ composed(function <const Ks extends Readonly<Record<string, StateKind>>>(
  transformations: { readonly [L in keyof Ks]: GradientTransformation<Ks[L]> },
  label: (x: AnyTensor, path: string) => keyof Ks & string,
): GradientTransformation<MultiKind<Ks>> {
  atMost('multiTransform', arguments, 2);
  const labels: readonly (keyof Ks & string)[] = Object.keys(transformations);
  const isOf =
    (name: string): Selector =>
    (x, path) =>
      label(x, path) === name;
  const check = (params: unknown): void => {
    tree.mapWithPath((x, path) => {
      const name = label(x, path);
      if (!labels.includes(name))
        throw new ArgumentError(
          `multiTransform: the label ${JSON.stringify(name)} of leaf ${path} has no transformation; there are ${labels.join(', ')}.`,
        );
    }, params);
  };
  type States<P> = StateFor<MultiKind<Ks>, P>;
  // Entries of a record lose the relation of key and value for the compiler; every state goes where it came from.
  return {
    init: <P>(params: P) => {
      check(params);
      const states = labels.map((l) => [l, transformations[l].init(chosen(params, isOf(l)))]);
      return Object.fromEntries(states) as States<P>;
    },
    update: <P>(updates: P, state: States<NoInfer<P>>, params: NoInfer<P>) => {
      check(params);
      const parts = labels.map((l) => {
        const mine = chosen(params, isOf(l));
        const own = (state as { readonly [L in keyof Ks]: StateFor<Ks[L], Leaves> })[l];
        return [l, transformations[l].update(among(updates, mine), own, mine)] as const;
      });
      const leaves = Object.assign({}, ...parts.map(([, [next]]) => next)) as Leaves;
      const states = Object.fromEntries(parts.map(([l, [, after]]) => [l, after]));
      return [replaced(updates, leaves), states as States<P>];
    },
  };
});
