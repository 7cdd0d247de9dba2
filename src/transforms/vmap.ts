// vmap: a function of one example becomes a function of a whole axis of them.
import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { u32 } from '../core/dtype';
import { ArgumentError, AxisError, ShapeError, TransformError } from '../core/errors';
import { broadcastPrefix, flatten, leafPaths, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { materialise } from '../primitives/kinds';
import { moveAxis } from '../primitives/views';
import type { Over, OverOut, Vmap } from '../types/vmap';
import { batchFlat } from './batch';
import { type AnyFunction, flattenFunction } from './function';

/**
 * The mapped axis of each argument: a number for all its leaves, null for none, or a tree of those. Without arguments: axis 0 of everything.
 * The axis comes out in front.
 *
 * @example
 * vmap((x: Tensor<[]>, y: Tensor<[]>) => add(x, y), over(0, null))(tensor([1, 2]), tensor(10)).toArray() // => [11, 12]
 */
export const over = ((...inAxes: readonly unknown[]) =>
  (size?: number) => ({ axes: [inAxes.length === 0 ? 0 : inAxes, 0, size] })) as unknown as Over;

/**
 * The same with the axis of the results: a number, null for results that are the same for all examples, or a tree of those.
 *
 * @example
 * vmap((x: Tensor<[2]>) => x, overOut(1, 0))(tensor([[1, 2], [3, 4], [5, 6]])).shape // => [2, 3]
 */
export const overOut = ((outAxes: unknown, ...inAxes: readonly unknown[]) =>
  (size?: number) => ({ axes: [inAxes.length === 0 ? 0 : inAxes, outAxes, size] })) as unknown as OverOut;

const isAxis = (x: unknown): x is number | null => x === null || typeof x === 'number';

const normalise = (axis: number, rank: number, what: string): number => {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || at < 0 || at >= rank)
    throw new AxisError(
      `vmap: axis ${axis} of ${what} is out of range for ${rank} axes${rank === 0 ? ' (a scalar cannot be mapped; use null)' : ` (${-rank}..${rank - 1})`}.`,
    );
  return at;
};

type VmapOptions = { readonly axisSize?: number; readonly axisName?: string };
type MappedAxes = (size?: number) => {
  readonly axes: readonly [inAxes: unknown, outAxes: unknown, size: number | undefined];
};

/**
 * f applied to every element of the mapped axes at once: vmap(f, over(0, null)) maps the first argument and not the second.
 *
 * Inside, f sees one example. `axisSize` is needed where no argument is mapped; with an `axisName` f can ask for what the examples have
 * together, by psum, pmean, pmax, pmin, allGather, ppermute and axisIndex.
 *
 * @throws ShapeError when the mapped axes have different sizes; AxisError for an axis that is not there; TreeError for a prefix that does not fit
 * @example
 * const dots = vmap((x: Tensor<[2]>, y: Tensor<[2]>) => sum(mul(x, y)), over(0, null));
 * dots(tensor([[1, 2], [3, 4]]), tensor([1, 10])).toArray() // => [21, 43]
 */
export const vmap = function (f: AnyFunction, axesOrOptions: MappedAxes | VmapOptions = {}, given: VmapOptions = {}) {
  atMost('vmap', arguments, 3);
  if (typeof f !== 'function') throw new ArgumentError(`vmap: expected a function, got ${typeof f}.`);
  if (typeof axesOrOptions !== 'function' && (typeof axesOrOptions !== 'object' || Array.isArray(axesOrOptions)))
    throw new ArgumentError('vmap: the axes are given by over(...): vmap(f, over(0, null)).');
  const [axes, options] =
    typeof axesOrOptions === 'function' ? [axesOrOptions, given] : [over() as unknown as MappedAxes, axesOrOptions];
  knownOptions('vmap', options, ['axisName', 'axisSize']);
  const [inAxes, outAxes] = axes().axes;
  return (...args: readonly unknown[]): unknown => {
    const { leaves, def } = flatten(args);
    if (Array.isArray(inAxes) && inAxes.length !== args.length)
      throw new ArgumentError(
        `vmap: over(...) has axes for ${inAxes.length} arguments, the function was called with ${args.length}.`,
      );
    const wanted = broadcastPrefix('vmap', inAxes, def, isAxis);
    const paths = leafPaths(def);
    const name = (i: number): string => {
      const [, argument, rest] = /^\[(\d+)\](.*)$/.exec(paths[i] as string) as unknown as readonly [
        string,
        string,
        string,
      ];
      return rest === '' ? `argument ${argument}` : `leaf ${rest} of argument ${argument}`;
    };
    const places = leaves.map((x, i) => {
      const axis = wanted[i] as number | null;
      return axis === null ? null : normalise(axis, x.ndim, name(i));
    });
    const size = commonSize(leaves, places, name, options.axisSize);
    const moved = leaves.map((x, i) => (places[i] === null ? x : moveAxis(x, places[i] as number, 0)));
    const flat = flattenFunction('vmap', f, def);
    const out = batchFlat(
      'vmap',
      size,
      flat.call,
      moved,
      places.map((p) => p !== null),
      options.axisName ?? null,
    );
    const resultDef = flat.resultDef();
    const outWanted = broadcastPrefix('vmap: outAxes', outAxes, resultDef, isAxis);
    const outPaths = leafPaths(resultDef);
    return unflatten(
      resultDef,
      out.values.map((x, i) => {
        const axis = outWanted[i] as number | null;
        const what = outPaths[i] === '' ? 'the result' : `the result ${outPaths[i]}`;
        if (axis === null) {
          if (!out.mapped[i]) return x;
          throw new TransformError(
            `vmap: outAxes is null for ${what}, but it depends on the mapped axis. Give the axis it is to have, or reduce over the examples outside vmap.`,
          );
        }
        const whole = materialise(size, x, out.mapped[i] as boolean);
        return moveAxis(whole, 0, normalise(axis, whole.ndim, what));
      }),
    );
  };
} as unknown as Vmap;

/** Keys in an array, as split gives them, are no axis that can be mapped. */
const keysHint = (leaves: readonly Value[], places: readonly (number | null)[]): string =>
  leaves.filter((x, i) => places[i] !== null && x.dtype === u32 && x.ndim === 1 && x.shape[0] === 2).length > 1
    ? ' An array of keys has no axis of its own: random.keys(key, n) gives n keys as the rows of one tensor, random.split(key, n) an array.'
    : '';

const commonSize = (
  leaves: readonly Value[],
  places: readonly (number | null)[],
  name: (i: number) => string,
  axisSize: number | undefined,
): number => {
  const sizes = places.flatMap((p, i) =>
    p === null ? [] : [{ size: (leaves[i] as Value).shape[p] as number, i, axis: p }],
  );
  const [first] = sizes;
  const size = axisSize ?? first?.size;
  if (size === undefined)
    throw new ArgumentError(
      'vmap: no argument is mapped, so the size of the axis is unknown. Map one with over(0, ...), or give { axisSize: n }.',
    );
  if (sizes.some((s) => s.size !== size)) {
    const lines = sizes.map(
      (s) => `  ${name(s.i)} has size ${s.size} on axis ${s.axis} of shape ${showShape((leaves[s.i] as Value).shape)}`,
    );
    throw new ShapeError(
      `vmap: the mapped axes have different sizes${axisSize === undefined ? '' : ` (axisSize is ${axisSize})`}:\n${lines.join('\n')}\nMap only axes of one size, and pass null for arguments that all examples share.${keysHint(leaves, places)}`,
    );
  }
  return size;
};
