// What the examples of a named axis know of each other, for functions under vmap(f, over(...), { axisName }).

import { atMost, knownOptions } from '../core/arguments';
import { isFloat } from '../core/dtype';
import { ArgumentError, AxisError } from '../core/errors';
import { namedAxes } from '../core/interpreter';
import { flatten, unflatten } from '../core/tree';
import { Value } from '../core/value';
import { div } from '../primitives/arithmetic';
import * as p from '../primitives/collective';
import { fullLike } from '../primitives/fill';
import { moveAxis } from '../primitives/views';
import type { AllGather, AxisIndex, CollectiveReduce, PPermute } from '../types/collectives';

const paramsOf = (operation: string, axisName: unknown): p.AxisParams => {
  if (typeof axisName !== 'string')
    throw new ArgumentError(`${operation}: the axis is named by a string, got ${typeof axisName}.`);
  const axes = namedAxes();
  const found = axes.find(({ name }) => name === axisName);
  if (found) return { axisName, size: found.size };
  const known = axes.map(({ name, size }) => `'${name}' (size ${size})`).join(', ');
  throw new AxisError(
    `${operation}: there is no axis named '${axisName}' here; ` +
      (axes.length > 0
        ? `the named axes are ${known}.`
        : `no axis has a name. Give it one: vmap(f, over(0), { axisName: '${axisName}' }).`),
  );
};

const reduceTree = (operation: string, f: (x: Value, params: p.AxisParams) => Value) =>
  function (tree: unknown, axisName: string | readonly string[]): unknown {
    atMost(operation, arguments, 2);
    const { leaves, def } = flatten(tree);
    const axes = (typeof axisName === 'string' || !Array.isArray(axisName) ? [axisName] : axisName).map((name) =>
      paramsOf(operation, name),
    );
    return unflatten(
      def,
      leaves.map((x) => axes.reduce(f, x)),
    );
  };

/**
 * The sum over all examples of the axis, for every leaf of a tree; of several axes where there are several names. Every example gets it.
 *
 * @throws AxisError for a name that no vmap around has given
 * @example
 * vmap((x: Tensor<[]>) => div(x, psum(x, 'i')), over(0), { axisName: 'i' })(tensor([1, 3])).toArray() // => [0.25, 0.75]
 */
export const psum = reduceTree('psum', p.psum) as CollectiveReduce;

/**
 * The mean over all examples of the axis, for every leaf of a tree: the gradients of data-parallel training.
 *
 * @throws AxisError for a name that no vmap around has given
 * @example
 * vmap((x: Tensor<[]>) => sub(x, pmean(x, 'i')), over(0), { axisName: 'i' })(tensor([1, 3])).toArray() // => [-1, 1]
 */
export const pmean = reduceTree('pmean', (x, params) => {
  if (!isFloat(x.dtype))
    throw new ArgumentError(`pmean: expected a float dtype, got ${x.dtype.name}. Convert with astype.`);
  return div(p.psum(x, params), fullLike(x, params.size));
}) as CollectiveReduce;

/**
 * The maximum over all examples of the axis, for every leaf of a tree. Examples that are equally large share the derivative.
 *
 * @throws AxisError for a name that no vmap around has given
 * @example
 * vmap((x: Tensor<[]>) => pmax(x, 'i'), over(0), { axisName: 'i' })(tensor([1, 3])).toArray() // => [3, 3]
 */
export const pmax = reduceTree('pmax', p.pmax) as CollectiveReduce;

/**
 * The minimum over all examples of the axis, for every leaf of a tree.
 *
 * @throws AxisError for a name that no vmap around has given
 * @example
 * vmap((x: Tensor<[]>) => pmin(x, 'i'), over(0), { axisName: 'i' })(tensor([1, 3])).toArray() // => [1, 1]
 */
export const pmin = reduceTree('pmin', p.pmin) as CollectiveReduce;

const tensorOf = (operation: string, x: unknown): Value => {
  if (x instanceof Value) return x;
  throw new ArgumentError(`${operation}: expected a tensor, got ${typeof x}.`);
};

/**
 * The tensors of all examples stacked along a new axis, 0 or `axis`: every example gets all of them.
 *
 * @throws AxisError for a name that no vmap around has given, or an axis out of range
 * @example
 * vmap((x: Tensor<[]>) => allGather(x, 'i'), over(0), { axisName: 'i' })(tensor([1, 3])).toArray() // => [[1, 3], [1, 3]]
 */
export const allGather = function (x: unknown, axisName: unknown, options: { readonly axis?: number } = {}) {
  atMost('allGather', arguments, 3);
  const { axis = 0 } = knownOptions('allGather', options, ['axis']);
  const value = tensorOf('allGather', x);
  const at = axis < 0 ? axis + value.ndim + 1 : axis;
  if (!Number.isInteger(at) || at < 0 || at > value.ndim)
    throw new AxisError(`allGather: axis ${axis} is out of range for a result of ${value.ndim + 1} axes.`);
  return moveAxis(p.allGather(value, paramsOf('allGather', axisName)), 0, at);
} as unknown as AllGather;

/**
 * The tensor of another example: for every pair [source, destination] the destination gets the source's, and zeros where there is none.
 *
 * @throws AxisError for a name that no vmap around has given, or an example that is not there; ArgumentError for a source or destination named twice
 * @example
 * const shift = (x: Tensor<[]>) => ppermute(x, 'i', [[0, 1], [1, 2], [2, 0]]);
 * vmap(shift, over(0), { axisName: 'i' })(tensor([1, 2, 3])).toArray() // => [3, 1, 2]
 */
export const ppermute = function (x: unknown, axisName: unknown, permutation: readonly (readonly [number, number])[]) {
  atMost('ppermute', arguments, 3);
  const value = tensorOf('ppermute', x);
  const params = paramsOf('ppermute', axisName);
  for (const [side, what] of ['source', 'destination'].entries()) {
    const members = permutation.map((pair) => pair[side] as number);
    const outside = members.find((i) => !Number.isInteger(i) || i < 0 || i >= params.size);
    if (outside !== undefined)
      throw new AxisError(
        `ppermute: ${what} ${outside} is out of range for the axis '${params.axisName}' of size ${params.size}.`,
      );
    const twice = members.find((i, n) => members.indexOf(i) !== n);
    if (twice !== undefined) throw new ArgumentError(`ppermute: the ${what} ${twice} is named twice.`);
  }
  return p.ppermute(value, { ...params, permutation: permutation.map(([from, to]) => [from, to] as const) });
} as unknown as PPermute;

/**
 * Which example of the axis this one is.
 *
 * @throws AxisError for a name that no vmap around has given
 * @example
 * vmap((x: Tensor<[]>) => add(x, axisIndex('i')), over(0), { axisName: 'i' })(tensor([10, 10])).toArray() // => [10, 11]
 */
export const axisIndex = function (axisName: unknown) {
  atMost('axisIndex', arguments, 1);
  return p.axisIndex(paramsOf('axisIndex', axisName));
} as unknown as AxisIndex;

/**
 * How many examples the axis has: a number, known while the function is traced.
 *
 * @throws AxisError for a name that no vmap around has given
 * @example
 * vmap((x: Tensor<[]>) => div(x, axisSize('i')), over(0), { axisName: 'i' })(tensor([1, 2])).toArray() // => [0.5, 1]
 */
export const axisSize = function (axisName: string): number {
  atMost('axisSize', arguments, 1);
  return paramsOf('axisSize', axisName).size;
};
