// Trees as users handle them: map, reduce, traverse.

import type { HKT, Kind, Kind2, URIS, URIS2 } from 'fp-ts/HKT';
import type { Applicative, Applicative1, Applicative2 } from 'fp-ts/lib/Applicative.js';
import { Traversable } from 'fp-ts/lib/ReadonlyArray.js';
import type { AnyTensor, MapTree, TreeMap, TreeMapTo } from '../types';
import { atMost } from './arguments';
import { TreeError } from './errors';
import { difference, flatten as flattenTree, leafPaths, type TreeDef, unflatten as unflattenTree } from './tree';
import type { Value } from './value';

/** The structure of a tree: what is left when its tensors are taken away. */
export type Structure = TreeDef;

/**
 * The tensors of a tree, in the order of its paths (keys of objects are sorted).
 *
 * @example
 * leaves({ w: tensor([1, 2]), b: tensor(3) }).length // => 2
 */
export const leaves = function (tree: unknown): readonly AnyTensor[] {
  atMost('leaves', arguments, 1);
  return flattenTree(tree).leaves as readonly unknown[] as readonly AnyTensor[];
};

/**
 * The path of every tensor: `.blocks[2].w`.
 *
 * @example
 * paths({ blocks: [{ w: tensor(1) }] }) // => ['.blocks[0].w']
 */
export const paths = function (tree: unknown): readonly string[] {
  atMost('paths', arguments, 1);
  return leafPaths(flattenTree(tree).def);
};

/**
 * The structure of a tree, without its tensors.
 *
 * @example
 * structure([tensor(1)]).kind // => 'array'
 */
export const structure = function (tree: unknown): Structure {
  atMost('structure', arguments, 1);
  return flattenTree(tree).def;
};

/**
 * Equal structures: same keys, same lengths, same static leaves.
 *
 * @example
 * sameStructure({ w: tensor(1) }, { w: tensor([2, 3]) }) // => true
 */
export const sameStructure = function (a: unknown, b: unknown): boolean {
  atMost('sameStructure', arguments, 2);
  return difference(structure(a), structure(b)) === null;
};

/**
 * The leaves, and a function that puts others in their places.
 *
 * @throws TreeError from `unflatten` for a wrong number of leaves
 *
 * @example
 * flatten({ w: tensor(1) })[1](['leaf']).w // => 'leaf'
 */
export const flatten = function <T>(
  tree: T,
): readonly [leaves: readonly AnyTensor[], unflatten: <L>(leaves: readonly L[]) => MapTree<T, L>] {
  atMost('flatten', arguments, 1);
  const def = structure(tree);
  return [leaves(tree), <L>(items: readonly L[]) => unflattenTree(def, items) as MapTree<T, L>];
};

const aligned = (name: string, tree: unknown, others: readonly unknown[]): readonly (readonly unknown[])[] => {
  const def = structure(tree);
  return others.map((other, k) => {
    const flat = flattenTree(other);
    const differs = difference(flat.def, def);
    if (differs !== null)
      throw new TreeError(`${name}: tree ${k + 2} does not have the structure of the first: they differ ${differs}.`);
    return flat.leaves;
  });
};

/**
 * f on every tensor; with more trees, on the tensors in the same places. null, undefined and other values that are no tensors stay as they are.
 *
 * @throws TreeError when the trees differ in structure, with the path
 * @example
 * map((x) => mul(x, 2), { w: tensor([1, 2]), b: tensor(3) }).w.toArray() // => [2, 4]
 */
export const map = ((
  f: (...xs: readonly unknown[]) => unknown,
  tree: unknown,
  ...others: readonly unknown[]
): unknown => {
  const columns = aligned('tree.map', tree, others);
  return unflattenTree(
    structure(tree),
    leaves(tree).map((x, i) => f(x, ...columns.map((column) => column[i]))),
  );
}) as TreeMap;

/**
 * f on every tensor and its path, giving anything.
 *
 * @example
 * mapWithPath((x, path) => `${path} ${x.size}`, { w: tensor([1, 2]) }).w // => '.w 2'
 */
export const mapWithPath = function (f: (x: unknown, path: string) => unknown, tree: unknown): unknown {
  atMost('mapWithPath', arguments, 2);
  const names = paths(tree);
  return unflattenTree(
    structure(tree),
    leaves(tree).map((x, i) => f(x, names[i] as string)),
  );
} as TreeMapTo;

/**
 * The tree, when the elements of all its tensors are where `item`, `toArray` and `toTypedArray` read them at once. Targets whose device
 * is read asynchronously need it; with others it changes nothing.
 *
 * @throws ConcretizationError for tensors that a transform traces
 * @example
 * (await read({ w: tensor([1, 2]) })).w.toArray() // => [1, 2]
 */
export const read = async function <T>(tree: T): Promise<T> {
  atMost('read', arguments, 1);
  await Promise.all(
    (flattenTree(tree).leaves as readonly Value[]).map((x) => x.concrete('tree.read()').forced.storage.load()),
  );
  return tree;
};

/**
 * Folds the tensors from the first to the last.
 *
 * @example
 * reduce((n, x) => n + x.size, 0, { w: tensor([1, 2]), b: tensor(3) }) // => 3
 */
export const reduce = function <B>(f: (accumulated: B, x: AnyTensor) => B, initial: B, tree: unknown): B {
  atMost('reduce', arguments, 3);
  return leaves(tree).reduce(f, initial);
};

/**
 * Whether a predicate holds for every tensor.
 *
 * @example
 * all((x) => x.ndim === 0, [tensor(1), tensor(2)]) // => true
 */
export const all = function (predicate: (x: AnyTensor) => boolean, tree: unknown): boolean {
  atMost('all', arguments, 2);
  return leaves(tree).every(predicate);
};

/**
 * Runs an effect at every tensor and collects the results in the same tree: fp-ts' traverse, for any Applicative.
 *
 * @example
 * traverse(E.Applicative)({ w: tensor(1) }, (x, path) => E.right(path)) // => E.right({ w: '.w' })
 */
export function traverse<F extends URIS2>(
  F: Applicative2<F>,
): <T, E, L>(tree: T, f: (x: AnyTensor, path: string) => Kind2<F, E, L>) => Kind2<F, E, MapTree<T, L>>;
export function traverse<F extends URIS>(
  F: Applicative1<F>,
): <T, L>(tree: T, f: (x: AnyTensor, path: string) => Kind<F, L>) => Kind<F, MapTree<T, L>>;
export function traverse<F>(
  F: Applicative<F>,
): <T, L>(tree: T, f: (x: AnyTensor, path: string) => HKT<F, L>) => HKT<F, MapTree<T, L>> {
  atMost('traverse', arguments, 1);
  return <T, L>(tree: T, f: (x: AnyTensor, path: string) => HKT<F, L>) => {
    const [items, rebuild] = flatten(tree);
    const names = paths(tree);
    const effects = Traversable.traverse(F)([...items.keys()], (i) => f(items[i] as AnyTensor, names[i] as string));
    return F.map(effects, (results) => rebuild(results));
  };
}
