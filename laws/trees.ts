// Laws of trees.

import * as tree from '../src/core/traversal';
import { flatten, leafPaths, sameTree, unflatten } from '../src/core/tree';
import { Value } from '../src/core/value';

/** Equal trees: the same structure, and the same tensors in the same places. */
export const sameTrees = (a: unknown, b: unknown): boolean => {
  const [x, y] = [flatten(a), flatten(b)];
  return sameTree(x.def, y.def) && x.leaves.length === y.leaves.length && x.leaves.every((v, i) => v === y.leaves[i]);
};

/** unflatten(flatten(t)) = t */
export const roundTrip = (t: unknown): boolean => {
  const { leaves, def } = flatten(t);
  return sameTrees(unflatten(def, leaves), t);
};

/** The path of every leaf leads to it. */
export const pathsLead = (t: unknown): boolean => {
  const { leaves, def } = flatten(t);
  return leafPaths(def).every((path, i) => follow(t, path) === leaves[i]) && leafPaths(def).length === leaves.length;
};
const follow = (t: unknown, path: string): unknown =>
  [...path.matchAll(/\.([A-Za-z_$][\w$]*)|\[("(?:[^"\\]|\\.)*"|\d+)\]/g)].reduce<unknown>(
    (at, [, name, quoted]) => (at as Record<string, unknown>)[name ?? String(JSON.parse(quoted as string))],
    t,
  );

type OnLeaves = (f: (x: Value) => unknown, t: unknown) => unknown;
const map = tree.map as unknown as OnLeaves;

/** map(id) = id */
export const mapIdentity = (t: unknown): boolean =>
  sameTrees(
    map((x) => x, t),
    t,
  );

/** map(g ∘ f) = map(g) ∘ map(f) */
export const mapComposition =
  (f: (x: Value) => Value, g: (x: Value) => Value) =>
  (t: unknown): boolean => {
    const seen = (u: unknown): string =>
      JSON.stringify(flatten(u).leaves.map((x) => [x.shape, [...x.concrete('laws').data]]));
    return seen(map((x) => g(f(x)), t)) === seen(map(g, map(f, t)));
  };

/** The structure depends on the keys, not on their order. */
export const keyOrder = (t: unknown): boolean => sameTrees(reversed(t), t);
const reversed = (t: unknown): unknown =>
  t instanceof Value || typeof t !== 'object' || t === null
    ? t
    : Array.isArray(t)
      ? t.map(reversed)
      : Object.fromEntries(
          Object.entries(t)
            .reverse()
            .map(([k, v]) => [k, reversed(v)]),
        );
