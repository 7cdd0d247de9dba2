// Trees: plain objects, arrays and tuples with tensors at the leaves.
import { TreeError } from './errors';
import { isComposing } from './interpreter';
import { forced, Value } from './value';

/** The shape of a tree without its tensors. null and undefined are empty; anything else that is no tensor is static. */
export type TreeDef =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'static'; readonly value: unknown }
  | { readonly kind: 'array'; readonly children: readonly TreeDef[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly children: readonly TreeDef[] };

export interface Flat {
  readonly leaves: readonly Value[];
  readonly def: TreeDef;
}

const leaf: TreeDef = { kind: 'leaf' };

export const isPlainObject = (x: unknown): x is Readonly<Record<string, unknown>> => {
  if (typeof x !== 'object' || x === null) return false;
  const prototype: unknown = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
};

/** Levels of a tree: more are taken for a mistake, and would need more stack than the engine has for all who walk over trees. */
const mostLevels = 1000;

/**
 * Leaves in order; the keys of objects are sorted, so that two objects with the same keys are alike.
 *
 * @throws TreeError when the tree contains itself, or has more than 1,000 levels
 */
export const flatten = (tree: unknown): Flat => {
  const leaves: Value[] = [];
  const visit = (x: unknown, level: number): TreeDef => {
    if (x instanceof Value) {
      leaves.push(x);
      return leaf;
    }
    const isArray = Array.isArray(x);
    if (!isArray && !isPlainObject(x)) return { kind: 'static', value: x };
    if (level > mostLevels) throw tooDeep(tree);
    if (isArray) return { kind: 'array', children: x.map((y) => visit(y, level + 1)) };
    const keys = Object.keys(x).sort();
    return { kind: 'object', keys, children: keys.map((k) => visit(x[k], level + 1)) };
  };
  const def = visit(tree, 0);
  return { leaves, def };
};

const entriesOf = (x: unknown): readonly (readonly [string, unknown])[] =>
  Array.isArray(x)
    ? x.map((y, i) => [`[${i}]`, y])
    : x instanceof Value || !isPlainObject(x)
      ? []
      : Object.keys(x)
          .sort()
          .map((k) => [keyPath(k), x[k]]);

/** What is wrong with a tree that has too many levels: the first branch that has them says whether it goes in a circle. */
const tooDeep = (tree: unknown): TreeError => {
  const branch: {
    readonly node: unknown;
    readonly path: string;
    readonly rest: Iterator<readonly [string, unknown]>;
  }[] = [];
  const enter = (path: string, node: unknown): void => {
    branch.push({ node, path, rest: entriesOf(node)[Symbol.iterator]() });
  };
  enter('', tree);
  for (let last = branch.at(-1); last !== undefined && branch.length <= mostLevels + 1; last = branch.at(-1)) {
    const next = last.rest.next();
    if (next.done) branch.pop();
    else enter(next.value[0], next.value[1]);
  }
  const pathTo = (n: number): string => {
    const steps = branch.slice(1, n + 1).map(({ path }) => path);
    return steps.length > 10 ? `${steps.slice(0, 8).join('')}...` : steps.join('');
  };
  const firstAt = new Map<unknown, number>();
  for (const [i, { node }] of branch.entries()) {
    const before = firstAt.get(node);
    if (before !== undefined)
      return new TreeError(
        `a tree must not contain itself: at ${pathTo(i)} there is the same object as at ${pathTo(before) || 'the root'}. ` +
          'Leave the reference out, or make the value a class instance, which is static.',
      );
    firstAt.set(node, i);
  }
  return new TreeError(
    `the tree has more than ${mostLevels} levels, along ${pathTo(branch.length)}. Keep what is a list in an array instead of ` +
      'one object inside the other, or stack its tensors and use scan.',
  );
};

const computed = (leaf: unknown): unknown => (leaf instanceof Value && !isComposing() ? forced(leaf) : leaf);

/** The tree with these leaves in the places of the old ones. */
export const unflatten = (def: TreeDef, leaves: readonly unknown[]): unknown => {
  let next = 0;
  const build = (d: TreeDef): unknown => {
    switch (d.kind) {
      case 'leaf':
        return computed(leaves[next++]);
      case 'static':
        return d.value;
      case 'array':
        return d.children.map(build);
      case 'object':
        return Object.fromEntries(d.keys.map((k, i) => [k, build(d.children[i] as TreeDef)]));
    }
  };
  const tree = build(def);
  if (next !== leaves.length) throw new TreeError(`unflatten: the structure has ${next} leaves, got ${leaves.length}.`);
  return tree;
};

export const countLeaves = (def: TreeDef): number =>
  def.kind === 'leaf' ? 1 : def.kind === 'static' ? 0 : def.children.reduce((n, d) => n + countLeaves(d), 0);

const childPath = (path: string, def: TreeDef & { readonly kind: 'array' | 'object' }, i: number): string => {
  if (def.kind === 'array') return `${path}[${i}]`;
  return `${path}${keyPath(def.keys[i] as string)}`;
};
const keyPath = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

/** The path of each leaf: `.blocks[2].w`. */
export const leafPaths = (def: TreeDef, root = ''): string[] =>
  def.kind === 'leaf'
    ? [root]
    : def.kind === 'static'
      ? []
      : def.children.flatMap((d, i) => leafPaths(d, childPath(root, def, i)));

const describe = (def: TreeDef): string =>
  def.kind === 'leaf'
    ? 'a tensor'
    : def.kind === 'array'
      ? `an array of ${def.children.length}`
      : def.kind === 'object'
        ? `an object with keys {${def.keys.join(', ')}}`
        : `the static value ${typeof def.value === 'function' ? 'function' : String(def.value)}`;

export const sameTree = (a: TreeDef, b: TreeDef): boolean => {
  if (a === b) return true;
  if (a.kind === 'leaf' || b.kind === 'leaf') return a.kind === b.kind;
  if (a.kind === 'static' || b.kind === 'static')
    return a.kind === 'static' && b.kind === 'static' && Object.is(a.value, b.value);
  if (a.children.length !== b.children.length) return false;
  if (a.kind === 'array' || b.kind === 'array') {
    if (a.kind !== b.kind) return false;
  } else if (a.keys.some((k, i) => k !== b.keys[i])) return false;
  return a.children.every((child, i) => sameTree(child, b.children[i] as TreeDef));
};

/** null where the structures are equal, else the path and what differs there. */
export const difference = (a: TreeDef, b: TreeDef, path = ''): string | null => {
  // Calls compare structures, and hardly ever find a difference.
  if (path === '' && sameTree(a, b)) return null;
  const here = (): string => `at ${path === '' ? 'the root' : path}: ${describe(a)} against ${describe(b)}`;
  if (a.kind === 'leaf' || b.kind === 'leaf') return a.kind === b.kind ? null : here();
  if (a.kind === 'static' || b.kind === 'static')
    return a.kind === 'static' && b.kind === 'static' && Object.is(a.value, b.value) ? null : here();
  if (a.kind !== b.kind || a.children.length !== b.children.length) return here();
  if (a.kind === 'object' && b.kind === 'object' && a.keys.some((k, i) => k !== b.keys[i])) return here();
  for (let i = 0; i < a.children.length; i++) {
    const d = difference(a.children[i] as TreeDef, b.children[i] as TreeDef, childPath(path, a, i));
    if (d !== null) return d;
  }
  return null;
};

/** One item for every leaf of `def`, from a tree whose nodes may end early: a prefix such as `{ a: 0, b: null }`, or just `0`. */
export const broadcastPrefix = <T>(
  what: string,
  prefix: unknown,
  def: TreeDef,
  isItem: (x: unknown) => x is T,
  path = '',
): T[] => {
  if (isItem(prefix)) return new Array<T>(countLeaves(def)).fill(prefix);
  if (def.kind === 'static') return [];
  const fail = (): never => {
    throw new TreeError(
      `${what}: the prefix does not fit the tree at ${path === '' ? 'the root' : path}, where it has ${describe(def)}.`,
    );
  };
  if (def.kind === 'array')
    return Array.isArray(prefix) && prefix.length === def.children.length
      ? def.children.flatMap((d, i) => broadcastPrefix(what, prefix[i], d, isItem, childPath(path, def, i)))
      : fail();
  if (def.kind === 'object')
    return isPlainObject(prefix) &&
      Object.keys(prefix).every((k) => def.keys.includes(k)) &&
      def.keys.every((k) => k in prefix)
      ? def.children.flatMap((d, i) =>
          broadcastPrefix(what, prefix[def.keys[i] as string], d, isItem, childPath(path, def, i)),
        )
      : fail();
  return fail();
};
