// rearrange: reshapes and transposes by names, after einops.
import { atMost } from '../core/arguments';
import { showShape } from '../core/aval';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AnyTensor, Dim, DTypeOf, RearrangeArg, RearrangeS, Tensor } from '../types';
import { checkCount } from './axes';
import { describe, publish, valueFrom } from './tensor';

/** 'b t (h d)' is [['b'], ['t'], ['h', 'd']]. */
const groups = (spec: string, side: string): string[][] => {
  const words = side.match(/\([^()]*\)|[^\s()]+|[()]/g) ?? [];
  return words.map((word) => {
    const names =
      word.startsWith('(') && word.endsWith(')') ? word.slice(1, -1).trim().split(/\s+/).filter(Boolean) : [word];
    for (const name of names)
      if (!/^[A-Za-z_]\w*$/.test(name) && name !== '1')
        throw new ArgumentError(`rearrange: '${name}' in '${spec}' is not a name.`);
    return names.filter((name) => name !== '1');
  });
};

const parse = (spec: string): readonly [string[][], string[][]] => {
  const sides = spec.split('->');
  if (sides.length !== 2) throw new ArgumentError(`rearrange: expected 'a b -> b a', got '${spec}'.`);
  const [left, right] = sides.map((side) => groups(spec, side)) as [string[][], string[][]];
  for (const side of [left.flat(), right.flat()])
    for (const name of side)
      if (side.indexOf(name) !== side.lastIndexOf(name))
        throw new ArgumentError(`rearrange: '${name}' is repeated on one side of '${spec}'.`);
  const missing =
    left.flat().find((name) => !right.flat().includes(name)) ??
    right.flat().find((name) => !left.flat().includes(name));
  if (missing !== undefined)
    throw new ArgumentError(
      `rearrange: '${missing}' is on one side of '${spec}' only. To sum use sum, to repeat use broadcastTo.`,
    );
  return [left, right];
};

/** The size of every name, from the shape and the sizes given. */
const solve = (
  spec: string,
  shape: readonly number[],
  left: readonly string[][],
  given: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> => {
  const of = `in '${spec}' for shape ${showShape(shape)}`;
  if (left.length !== shape.length)
    throw new ShapeError(`rearrange: too ${shape.length < left.length ? 'few' : 'many'} dimensions ${of}.`);
  const sizes = new Map(given);
  left.forEach((names, d) => {
    const n = shape[d] as number;
    const unknown = names.filter((name) => !sizes.has(name));
    const known = names.reduce((product, name) => product * (sizes.get(name) ?? 1), 1);
    const group = names.length === 1 ? `size of '${names[0]}' differs` : 'group does not match its size';
    if (unknown.length > 1)
      throw new ShapeError(
        `rearrange: more than one unknown in a group: (${names.join(' ')}) ${of}. Give sizes: { ${unknown[0]}: n }.`,
      );
    if (unknown.length === 0 && known !== n) throw new ShapeError(`rearrange: ${group}: ${known} and ${n} ${of}.`);
    if (unknown.length === 0) return;
    if (known === 0 ? n !== 0 : n % known !== 0)
      throw new ShapeError(`rearrange: size is not divisible: ${n} by ${known} ${of}.`);
    sizes.set(unknown[0] as string, known === 0 ? 0 : n / known);
  });
  return sizes;
};

const rearranged = (x: Value, spec: string, sizes: Readonly<Record<string, unknown>>): Value => {
  const [left, right] = parse(spec);
  const given = new Map(
    Object.entries(sizes).map(([name, n]) => [name, checkCount('rearrange', `the size of '${name}'`, n)]),
  );
  const known = solve(spec, x.shape, left, given);
  const names = left.flat();
  const sizeOf = (name: string): number => known.get(name) as number;
  const split = P.reshape(x, names.map(sizeOf));
  const ordered = P.transpose(
    split,
    right.flat().map((name) => names.indexOf(name)),
  );
  return P.reshape(
    ordered,
    right.map((group) => group.reduce((product, name) => product * sizeOf(name), 1)),
  );
};

/**
 * Axes split, permuted and merged by names: 'b t (h d) -> b h t d' splits the last axis in two. At most one name in a
 * group may be unknown; the others are given by sizes.
 *
 * @throws ShapeError when shape and pattern disagree; ArgumentError when the pattern cannot be read
 * @example
 * rearrange(zeros([2, 5, 12]), 'b t (h d) -> b h t d', { h: 3 }).shape // => [2, 3, 5, 4]
 * rearrange(tensor([[1, 2], [3, 4]]), 'a b -> (b a)').toArray() // => [1, 3, 2, 4]
 */
export function rearrange<
  X extends AnyTensor,
  const Spec extends string,
  const Sizes extends { readonly [name: string]: Dim } = Record<never, Dim>,
>(x: X, spec: RearrangeArg<X, Spec, Sizes>, sizes?: Sizes): Tensor<RearrangeS<X, Spec, Sizes>, DTypeOf<X>> {
  atMost('rearrange', arguments, 3);
  const pattern: unknown = spec;
  const v = valueFrom(x, 'rearrange');
  if (typeof pattern !== 'string')
    throw new ArgumentError(`rearrange: expected 'a b -> b a', got ${describe(pattern)}.`);
  return publish(rearranged(v, pattern, sizes ?? {}));
}
