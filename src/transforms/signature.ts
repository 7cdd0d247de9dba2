// What a traced program was made for: the structure, shapes and dtypes of arguments, static values, and the axes that had names.
import { type Aval, sameAval, showAval } from '../core/aval';
import { ArgumentError } from '../core/errors';
import { type NamedAxis, namedAxes } from '../core/interpreter';
import { sameParams } from '../core/jaxpr';
import type { Params } from '../core/primitive';
import { difference, flatten, leafPaths, sameTree, type TreeDef } from '../core/tree';
import type { Value } from '../core/value';

export interface Signature {
  /** Of all arguments, null for those that are static. */
  readonly def: TreeDef;
  readonly avals: readonly Aval[];
  readonly statics: Params;
  readonly axes: readonly NamedAxis[];
}

/** Positions of arguments, counted from the end where they are negative. */
export const positions = (x: number | readonly number[] | undefined, count: number, what: string): readonly number[] =>
  (x === undefined ? [] : typeof x === 'number' ? [x] : x).map((i) => {
    const at = i < 0 ? i + count : i;
    if (!Number.isInteger(at) || at < 0 || at >= count)
      throw new ArgumentError(
        `jit: ${what} ${i} is out of range; the function was called with ${count} argument${count === 1 ? '' : 's'}.`,
      );
    return at;
  });

export const signatureOf = (
  args: readonly unknown[],
  staticArgnums?: number | readonly number[],
): { readonly signature: Signature; readonly leaves: readonly Value[] } => {
  const statics: Record<string, unknown> = {};
  for (const i of positions(staticArgnums, args.length, 'staticArgnums')) statics[i] = args[i];
  const { leaves, def } = flatten(args.map((x, i) => (i in statics ? null : x)));
  return { leaves, signature: { def, avals: leaves.map((x) => x.aval), statics, axes: namedAxes() } };
};

export const sameSignature = (a: Signature, b: Signature): boolean =>
  a.avals.length === b.avals.length &&
  a.avals.every((x, i) => sameAval(x, b.avals[i] as Aval)) &&
  sameTree(a.def, b.def) &&
  sameParams(a.axes, b.axes) &&
  sameParams(a.statics, b.statics);

const showStatic = (x: unknown): string =>
  typeof x === 'function' ? `the function ${x.name || 'without name'}` : (JSON.stringify(x) ?? String(x));
const showAxes = (axes: readonly NamedAxis[]): string =>
  axes.length === 0 ? 'none' : axes.map(({ name, size }) => `'${name}' (size ${size})`).join(', ');

/** Where a call differs from what a program was made for, in words, one difference a line; the first line is the one to look at. */
export const differencesOf = (given: Signature, made: Signature): readonly string[] => {
  const structure = difference(given.def, made.def);
  if (structure !== null) return [`the arguments differ ${structure.replace(/\[(\d+)\]/, 'argument $1')}`];
  const paths = leafPaths(given.def).map((path) => path.replace(/^\[(\d+)\]/, 'argument $1'));
  const avals = given.avals.flatMap((a, i) =>
    sameAval(a, made.avals[i] as Aval) ? [] : [`${paths[i]} is ${showAval(a)}, not ${showAval(made.avals[i] as Aval)}`],
  );
  const statics = Object.keys(given.statics).flatMap((k) =>
    sameParams(given.statics[k], made.statics[k])
      ? []
      : [
          typeof given.statics[k] === 'function'
            ? `static argument ${k} is another function: ${showStatic(given.statics[k])}; functions are compared by identity, so make it once`
            : `static argument ${k} is ${showStatic(given.statics[k])}, not ${showStatic(made.statics[k])}`,
        ],
  );
  const axes = sameParams(given.axes, made.axes)
    ? []
    : [`the named axes are ${showAxes(given.axes)}, not ${showAxes(made.axes)}`];
  return [...avals, ...statics, ...axes];
};
