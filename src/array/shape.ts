// Views: the same elements in another shape or order.
import { atMost } from '../core/arguments';
import { sameShape, showShape, sizeOf } from '../core/aval';
import { ArgumentError, AxisError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type {
  AnyTensor,
  AxisOf,
  BroadcastToArg,
  DType,
  DTypeOf,
  InsertAxisOf,
  InsertS,
  MatrixTransposable,
  MoveS,
  PermArg,
  RavelS,
  ReshapeArg,
  ReshapeOut,
  Shape,
  SqueezeArg,
  SqueezeS,
  Stretched,
  Swap,
  Tensor,
  Transposable,
  Transposed,
  TransposeS,
} from '../types';
import { checkAxes, checkAxis, checkNewAxis, checkShape } from './axes';
import { broadcastShapes, stretch } from './broadcasting';
import { publish, valueFrom } from './tensor';

/** The target shape with its -1 filled in. */
const filledIn = (from: readonly number[], target: unknown): readonly number[] => {
  const holes = Array.isArray(target) ? target.filter((n) => n === -1).length : 0;
  const known = checkShape('reshape', Array.isArray(target) ? target.map((n: unknown) => (n === -1 ? 1 : n)) : target);
  const wanted = (target as readonly number[]).map((n, d) => (n === -1 ? -1 : (known[d] as number)));
  if (holes > 1) throw new ShapeError(`reshape: only one size can be -1, got ${showShape(wanted)}.`);
  const [have, rest] = [sizeOf(from), sizeOf(known)];
  const differ = (): never => {
    throw new ShapeError(
      `reshape: element counts differ: ${showShape(from)} has ${have}, ${showShape(wanted)} ${holes > 0 ? `needs a multiple of ${rest}` : `has ${rest}`}.`,
    );
  };
  if (holes === 0) return have === rest ? known : differ();
  if (rest === 0)
    throw new ShapeError(
      `reshape: -1 in ${showShape(wanted)} could be any size, as the others hold no elements. Write the size.`,
    );
  return have % rest === 0 ? wanted.map((n) => (n === -1 ? have / rest : n)) : differ();
};

/**
 * The same elements in row-major order in another shape; one size may be -1, and follows from the others.
 *
 * @throws ShapeError when the element counts differ
 * @example
 * reshape(tensor([[1, 2, 3], [4, 5, 6]]), [3, -1]).toArray() // => [[1, 2], [3, 4], [5, 6]]
 */
export function reshape<X extends AnyTensor, const T extends Shape>(
  x: X,
  shape: ReshapeArg<X, T>,
): Tensor<ReshapeOut<X, T>, DTypeOf<X>> {
  atMost('reshape', arguments, 2);
  const v = valueFrom(x, 'reshape');
  return publish(P.reshape(v, filledIn(v.shape, shape)));
}

/**
 * All elements in one axis, in row-major order.
 *
 * @example
 * ravel(tensor([[1, 2], [3, 4]])).toArray() // => [1, 2, 3, 4]
 */
export function ravel<X extends AnyTensor>(x: X): Tensor<RavelS<X>, DTypeOf<X>> {
  atMost('ravel', arguments, 1);
  const v = valueFrom(x, 'ravel');
  return publish(P.reshape(v, [v.size]));
}

/**
 * The axes in another order: axis i of the result is axis axes[i] of x; reversed if no axes are given.
 *
 * @throws AxisError when an axis is missing, repeated or out of range
 * @example
 * transpose(tensor([[1, 2], [3, 4]])).toArray() // => [[1, 3], [2, 4]]
 * transpose(zeros([2, 3, 4]), [1, 2, 0]).shape // => [3, 4, 2]
 */
export function transpose<
  S extends Shape,
  D extends DType,
  const P extends readonly AxisOf<S>[] | undefined = undefined,
>(x: Transposable<S, D, P>, axes?: PermArg<S, P>): Tensor<TransposeS<S, P>, D> {
  atMost('transpose', arguments, 2);
  return publish(permuted(valueFrom(x, 'transpose'), axes));
}
const permuted = (x: Value, axes: unknown): Value => {
  const rank = x.ndim;
  if (axes === undefined || axes === null)
    return P.transpose(
      x,
      x.shape.map((_, d) => rank - 1 - d),
    );
  if (!Array.isArray(axes))
    throw new ArgumentError('transpose: axes must be an array. To exchange two axes use swapaxes(x, a, b).');
  const permutation = axes.map((a: unknown) => checkAxis('transpose', x.shape, a));
  const repeated = permutation.findIndex((a, i) => permutation.indexOf(a) !== i);
  if (repeated >= 0)
    throw new AxisError(
      `transpose: axis ${String(axes[repeated])} is repeated in [${axes.join(', ')}] for shape ${showShape(x.shape)}. Each axis occurs once.`,
    );
  if (axes.length !== rank)
    throw new AxisError(
      `transpose: ${axes.length} axes for a ${rank}-d tensor of shape ${showShape(x.shape)}. Each axis occurs once.`,
    );
  return P.transpose(x, permutation);
};

/** The last two axes exchanged. */
export const matrixTransposed = (name: string, x: Value): Value => {
  if (x.ndim < 2)
    throw new ShapeError(
      `${name}: needs two dimensions, got shape ${showShape(x.shape)}. Make a matrix with expandDims or reshape.`,
    );
  return P.moveAxis(x, x.ndim - 1, x.ndim - 2);
};

/**
 * The last two axes exchanged; the others are batch axes.
 *
 * @throws ShapeError when there are less than two axes
 * @example
 * matrixTranspose(tensor([[1, 2], [3, 4]])).toArray() // => [[1, 3], [2, 4]]
 */
export function matrixTranspose<S extends Shape, D extends DType>(
  x: MatrixTransposable<S, D>,
): Tensor<Transposed<S>, D> {
  atMost('matrixTranspose', arguments, 1);
  return publish(matrixTransposed('matrixTranspose', valueFrom(x, 'matrixTranspose')));
}

/**
 * Two axes exchanged.
 *
 * @example
 * swapaxes(zeros([2, 3, 4]), 0, -1).shape // => [4, 3, 2]
 */
export function swapaxes<S extends Shape, D extends DType, const A extends AxisOf<S>, const B extends AxisOf<S>>(
  x: Tensor<S, D>,
  axis1: A,
  axis2: B,
): Tensor<Swap<S, A, B>, D> {
  atMost('swapaxes', arguments, 3);
  const v = valueFrom(x, 'swapaxes');
  const [a, b] = [checkAxis('swapaxes', v.shape, axis1, 'axis1'), checkAxis('swapaxes', v.shape, axis2, 'axis2')];
  return publish(
    P.transpose(
      v,
      v.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
    ),
  );
}

/**
 * One axis moved to another place; the others keep their order.
 *
 * @example
 * moveaxis(zeros([2, 3, 4]), 0, -1).shape // => [3, 4, 2]
 */
export function moveaxis<S extends Shape, D extends DType, const A extends AxisOf<S>, const B extends AxisOf<S>>(
  x: Tensor<S, D>,
  source: A,
  destination: B,
): Tensor<MoveS<S, A, B>, D> {
  atMost('moveaxis', arguments, 3);
  const v = valueFrom(x, 'moveaxis');
  return publish(
    P.moveAxis(
      v,
      checkAxis('moveaxis', v.shape, source, 'source'),
      checkAxis('moveaxis', v.shape, destination, 'destination'),
    ),
  );
}

/**
 * A new axis of size 1.
 *
 * @example
 * expandDims(zeros([2, 3]), 1).shape // => [2, 1, 3]
 * expandDims(zeros([2, 3]), -1).shape // => [2, 3, 1]
 */
export function expandDims<S extends Shape, D extends DType, const A extends InsertAxisOf<S>>(
  x: Tensor<S, D>,
  axis: A,
): Tensor<InsertS<S, A, 1>, D> {
  atMost('expandDims', arguments, 2);
  const v = valueFrom(x, 'expandDims');
  const place = checkNewAxis('expandDims', v.shape, axis);
  return publish(P.reshape(v, [...v.shape.slice(0, place), 1, ...v.shape.slice(place)]));
}

/**
 * Without an axis of size 1, or without all of them.
 *
 * @throws ShapeError when the axis has another size
 * @example
 * squeeze(zeros([2, 1, 3]), 1).shape // => [2, 3]
 * squeeze(zeros([1, 2, 1])).shape // => [2]
 */
export function squeeze<S extends Shape, D extends DType, const A extends AxisOf<S> | undefined = undefined>(
  x: Tensor<S, D>,
  axis?: SqueezeArg<S, A>,
): Tensor<SqueezeS<S, A>, D> {
  atMost('squeeze', arguments, 2);
  const v = valueFrom(x, 'squeeze');
  const given: unknown = axis;
  const axes =
    given === undefined ? v.shape.flatMap((n, d) => (n === 1 ? [d] : [])) : checkAxes('squeeze', v.shape, given);
  for (const d of axes)
    if (v.shape[d] !== 1)
      throw new ShapeError(
        `squeeze: axis ${String(given)} has size ${v.shape[d]}, not 1, in shape ${showShape(v.shape)}. Reduce it, or index it with at.`,
      );
  return publish(
    P.reshape(
      v,
      v.shape.filter((_, d) => !axes.includes(d)),
    ),
  );
}

/**
 * Repeated to a larger shape, as in broadcasting: new axes in front, and axes of size 1 stretched.
 *
 * @throws ShapeError when x does not stretch to the shape
 * @example
 * broadcastTo(tensor([1, 2]), [2, 2]).toArray() // => [[1, 2], [1, 2]]
 */
export function broadcastTo<X extends AnyTensor, const T extends Shape>(
  x: X,
  shape: BroadcastToArg<X, T>,
): Tensor<T, DTypeOf<X>> {
  atMost('broadcastTo', arguments, 2);
  const v = valueFrom(x, 'broadcastTo');
  const target = checkShape('broadcastTo', shape);
  const added = target.length - v.ndim;
  if (added < 0 || v.shape.some((n, d) => n !== 1 && n !== target[d + added]))
    throw new ShapeError(
      `broadcastTo: does not stretch to the target: shape ${showShape(v.shape)}, target ${showShape(target)}. Sizes must be equal or 1, aligned at the end.`,
    );
  return publish(stretch(v, target));
}

/**
 * All tensors stretched to the shape they have in common.
 *
 * @example
 * broadcastArrays(zeros([3]), zeros([2, 1])).map((x) => x.shape) // => [[2, 3], [2, 3]]
 */
export function broadcastArrays<const Xs extends readonly AnyTensor[]>(...xs: Xs): Stretched<Xs>;
export function broadcastArrays(...xs: readonly AnyTensor[]): AnyTensor[] {
  const values = xs.map((x, i) => valueFrom(x, 'broadcastArrays', `operand ${i}`));
  const shape = values.reduce<readonly number[]>((s, v) => broadcastShapes('broadcastArrays', s, v.shape), []);
  return values.map((v) => publish(stretch(v, shape)));
}

/** The tensor itself, when its shape is the one stated. */
export const stated = (x: Value, shape: unknown): Value => {
  const target = checkShape('as', shape);
  if (!sameShape(x.shape, target))
    throw new ShapeError(
      `as: contradicts the shape: it is ${showShape(x.shape)}, stated was ${showShape(target)}. To change it use reshape.`,
    );
  return x;
};
