// Convolution: sums over windows that slide over space. Images are [batch, ...space, channels], kernels
// [...window, channels in, channels out].

import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { ArgumentError, DTypeError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type {
  ConvSpace,
  ConvTransposeSpace,
  Dim,
  Div,
  DType,
  PaddingPerAxis,
  PerAxis,
  Rank,
  Space,
  Tensor,
} from '../types';
import {
  checkExtras,
  checkStep,
  checkSteps,
  checkWindow,
  imageOf,
  paddingOf,
  perAxis,
  spaceOf,
  type Width,
} from './slidingWindow';
import { publish } from './tensor';

/** Stride, padding and dilation are one for all axes of space, or one for each. */
export interface ConvOptions<
  Stride extends PerAxis<number>,
  P extends PaddingPerAxis,
  Dilation extends PerAxis<number>,
  Groups extends number,
> {
  /** How far the window moves, 1 by default. */
  readonly stride?: Stride;
  /** 'valid' by default; where an axis is to have more on one side, pairs for each axis: [[before, after], ...]. */
  readonly padding?: P;
  /** The distance of the elements of the kernel, 1 by default. */
  readonly dilation?: Dilation;
  /** Parts of the channels that do not see each other; as many as channels: a depthwise convolution. */
  readonly groups?: Groups;
}
interface Options {
  readonly stride?: unknown;
  readonly padding?: unknown;
  readonly dilation?: unknown;
  readonly groups?: unknown;
  readonly outputPadding?: unknown;
}

/** A convolution along R axes of space. */
export type ConvOf<R extends Rank> = <
  B extends Dim,
  S extends Space<R>,
  C extends Dim,
  K extends Space<R>,
  O extends Dim,
  D extends DType,
  const Stride extends PerAxis<number, R> = 1,
  const P extends PaddingPerAxis<R> = 'valid',
  const Dilation extends PerAxis<number, R> = 1,
  const Groups extends number = 1,
>(
  x: Tensor<[B, ...S, C], D>,
  kernel: Tensor<[...K, NoInfer<Div<C, Groups>>, O], D>,
  options?: ConvOptions<Stride, P, Dilation, Groups>,
) => Tensor<[B, ...ConvSpace<S, K, Stride, P, Dilation>, O], D>;

/**
 * `conv2d` along one axis: y[n, i, o] = Σ x[n, i·stride + p·dilation, c] · kernel[p, c, o].
 *
 * @throws ShapeError when the channels differ, or the window does not fit
 * @example
 * conv1d(tensor([[[1], [2], [3]]]), tensor([[[1]], [[10]]])).toArray() // => [[[21], [32]]]
 * conv1d(tensor([[[1], [2]]]), tensor([[[1]], [[10]]]), { padding: [[1, 0]] }).toArray() // => [[[10], [21]]]
 */
export const conv1d: ConvOf<1> = function (x: unknown, kernel: unknown, options?: Options) {
  atMost('conv1d', arguments, 3);
  return publish(convolved('conv1d', 1, x, kernel, options));
};
/**
 * The sum over a window of height × width × channels at every place, for each output channel:
 * y[n, i, j, o] = Σ x[n, i·stride + p·dilation, j·stride + q·dilation, c] · kernel[p, q, c, o].
 * Padding is 'valid' (none), 'same' (⌈size / stride⌉ results) or a number of zeros on every side. With groups, the
 * kernel has the channels of one group. Stride, padding and dilation may be given for each axis: [of height, of width];
 * padding then also as pairs, [[above, below], [left, right]].
 *
 * @throws ShapeError when the channels differ, or the window does not fit
 * @example
 * conv2d(ones([1, 4, 4, 2]), ones([3, 3, 2, 1])).toArray() // => [[[[18], [18]], [[18], [18]]]]
 * conv2d(zeros([8, 28, 28, 1]), zeros([5, 5, 1, 16]), { stride: 2, padding: 'same' }).shape // => [8, 14, 14, 16]
 * conv2d(zeros([8, 28, 28, 4]), zeros([3, 3, 1, 8]), { groups: 4, dilation: 2 }).shape // => [8, 24, 24, 8]
 * conv2d(zeros([1, 9, 20, 1]), zeros([3, 5, 1, 2]), { stride: [1, 2], padding: ['same', 0] }).shape // => [1, 9, 8, 2]
 * conv2d(zeros([1, 8, 8, 1]), zeros([3, 3, 1, 2]), { padding: [[2, 0], 1] }).shape // => [1, 8, 8, 2]
 */
export const conv2d: ConvOf<2> = function (x: unknown, kernel: unknown, options?: Options) {
  atMost('conv2d', arguments, 3);
  return publish(convolved('conv2d', 2, x, kernel, options));
};
/**
 * `conv2d` over volumes.
 *
 * @throws ShapeError when the channels differ, or the window does not fit
 * @example
 * conv3d(zeros([1, 8, 8, 8, 1]), zeros([3, 3, 3, 1, 4]), { padding: 1, stride: 2 }).shape // => [1, 4, 4, 4, 4]
 */
export const conv3d: ConvOf<3> = function (x: unknown, kernel: unknown, options?: Options) {
  atMost('conv3d', arguments, 3);
  return publish(convolved('conv3d', 3, x, kernel, options));
};
const operandsOf = (
  name: string,
  rank: number,
  x: unknown,
  kernel: unknown,
  groups: number,
): readonly [Value, Value] => {
  const layout = `[${spaceOf(rank)}, channels in, channels out]`;
  const image = imageOf(name, rank, x);
  const weights = imageOf(name, rank, kernel, 'the kernel', layout);
  const [channels, taken, given] = [image.shape[rank + 1], weights.shape[rank], weights.shape[rank + 1]];
  if (groups === 1 && channels !== taken)
    throw new ShapeError(
      `${name}: ${channels} channels of x ${showShape(image.shape)}, but ${taken} of the kernel ${showShape(weights.shape)}. The kernel is ${layout}.`,
    );
  if (channels !== (taken as number) * groups || (given as number) % groups !== 0)
    throw new ShapeError(
      `${name}: ${channels} channels of x ${showShape(image.shape)} in ${groups} groups, but ${taken} for each of the kernel ${showShape(weights.shape)}, and ${given} channels out. The groups must divide both.`,
    );
  if (image.dtype !== weights.dtype)
    throw new DTypeError(
      `${name}: dtypes ${image.dtype.name} and ${weights.dtype.name} differ. Convert one with astype.`,
    );
  return [image, weights];
};

/** The places that a window with gaps covers. */
const dilated = (window: readonly number[], gaps: readonly number[]): readonly number[] =>
  window.map((k, d) => (k === 0 ? 0 : (k - 1) * (gaps[d] as number) + 1));

const convolved = (name: string, rank: number, x: unknown, kernel: unknown, options: Options = {}): Value => {
  knownOptions(name, options, ['stride', 'padding', 'dilation', 'groups']);
  const [steps, gaps, paddings] = [
    checkSteps(name, rank, 'stride', options.stride ?? 1),
    checkSteps(name, rank, 'dilation', options.dilation ?? 1),
    perAxis(name, rank, 'padding', options.padding ?? 'valid'),
  ];
  const groups = checkStep(name, 'groups', options.groups ?? 1);
  const [image, weights] = operandsOf(name, rank, x, kernel, groups);
  const window = dilated(weights.shape.slice(0, rank), gaps);
  const widths = window.map((k, d) =>
    paddingOf(name, paddings[d], image.shape[d + 1] as number, k, steps[d] as number),
  );
  checkWindow(name, image, window, widths);
  return P.convGeneralDilated(image, weights, {
    strides: steps,
    padding: widths,
    lhsDilation: window.map(() => 1),
    rhsDilation: gaps,
    featureGroups: groups,
    batchGroups: 1,
  });
};

/** Stride, padding, dilation and output padding are one for all axes of space, or one for each. */
export interface ConvTransposeOptions<
  Stride extends PerAxis<number>,
  P extends PaddingPerAxis,
  Dilation extends PerAxis<number>,
  Groups extends number,
  Extra extends PerAxis<number>,
> extends ConvOptions<Stride, P, Dilation, Groups> {
  /** How much longer the result is at the end of an axis, 0 by default: the sizes that a stride makes equal are told apart by it. */
  readonly outputPadding?: Extra;
}

/** A transposed convolution along R axes of space. */
export type ConvTransposeOf<R extends Rank> = <
  B extends Dim,
  S extends Space<R>,
  C extends Dim,
  K extends Space<R>,
  O extends Dim,
  D extends DType,
  const Stride extends PerAxis<number, R> = 1,
  const P extends PaddingPerAxis<R> = 'valid',
  const Dilation extends PerAxis<number, R> = 1,
  const Groups extends number = 1,
  const Extra extends PerAxis<number, R> = 0,
>(
  x: Tensor<[B, ...S, C], D>,
  kernel: Tensor<[...K, NoInfer<Div<C, Groups>>, O], D>,
  options?: ConvTransposeOptions<Stride, P, Dilation, Groups, Extra>,
) => Tensor<[B, ...ConvTransposeSpace<S, K, Stride, P, Dilation, Extra>, O], D>;

/**
 * `convTranspose2d` along one axis: y[n, i·stride + p·dilation, o] += x[n, i, c] · kernel[p, c, o].
 *
 * @throws ShapeError when the channels differ
 * @example
 * convTranspose1d(tensor([[[1], [10]]]), tensor([[[1]], [[2]]]), { stride: 2 }).ravel().toArray() // => [1, 2, 10, 20]
 */
export const convTranspose1d: ConvTransposeOf<1> = function (x: unknown, kernel: unknown, options?: Options) {
  atMost('convTranspose1d', arguments, 3);
  return publish(transposed('convTranspose1d', 1, x, kernel, options));
};
/**
 * The transposed convolution: every element of x lays its multiple of the kernel on the result,
 * y[n, i·stride + p·dilation, j·stride + q·dilation, o] += x[n, i, j, c] · kernel[p, q, c, o]. Padding cuts from the result: a
 * number of elements on every side, 'valid' none, 'same' so that size · stride are left, pairs for each axis as in `conv2d`;
 * `outputPadding` makes it longer at the end. With groups, the kernel has the channels of one group, and the results of a group stand
 * together. The map that the gradient of `conv2d` is.
 *
 * @throws ShapeError when the channels differ
 * @example
 * convTranspose2d(tensor([[[[1], [10]]]]), tensor([[[[1]], [[2]]]])).ravel().toArray() // => [1, 12, 20]
 * convTranspose2d(zeros([8, 7, 7, 16]), zeros([3, 3, 16, 4]), { stride: 2, padding: 'same' }).shape // => [8, 14, 14, 4]
 * convTranspose2d(zeros([1, 7, 7, 4]), zeros([3, 3, 1, 4]), { groups: 4, stride: 2, padding: 1, outputPadding: 1 }).shape // => [1, 14, 14, 4]
 */
export const convTranspose2d: ConvTransposeOf<2> = function (x: unknown, kernel: unknown, options?: Options) {
  atMost('convTranspose2d', arguments, 3);
  return publish(transposed('convTranspose2d', 2, x, kernel, options));
};
/**
 * `convTranspose2d` over volumes.
 *
 * @throws ShapeError when the channels differ
 * @example
 * convTranspose3d(zeros([1, 2, 2, 2, 3]), zeros([2, 2, 2, 3, 4]), { stride: 2 }).shape // => [1, 4, 4, 4, 4]
 */
export const convTranspose3d: ConvTransposeOf<3> = function (x: unknown, kernel: unknown, options?: Options) {
  atMost('convTranspose3d', arguments, 3);
  return publish(transposed('convTranspose3d', 3, x, kernel, options));
};
/** The adjoint of a convolution with the kernel turned around, whose padding cuts from the result. */
const transposed = (name: string, rank: number, x: unknown, kernel: unknown, options: Options = {}): Value => {
  knownOptions(name, options, ['stride', 'padding', 'dilation', 'groups', 'outputPadding']);
  const steps = checkSteps(name, rank, 'stride', options.stride ?? 1);
  const gaps = checkSteps(name, rank, 'dilation', options.dilation ?? 1);
  const extras = checkExtras(name, rank, 'outputPadding', options.outputPadding ?? 0);
  const paddings = perAxis(name, rank, 'padding', options.padding ?? 'valid');
  const groups = checkStep(name, 'groups', options.groups ?? 1);
  const [image, weights] = operandsOf(name, rank, x, kernel, groups);
  const window = dilated(weights.shape.slice(0, rank), gaps);
  const widths = window.map((k, d): Width => {
    const [n, step, padding] = [image.shape[d + 1] as number, steps[d] as number, paddings[d]];
    const spread = n === 0 ? 0 : (n - 1) * step + 1;
    const [before, after] = paddingOf(name, padding, n * step, k, step);
    const cut = Math.max(before, after);
    if (cut >= k) throw new ArgumentError(`${name}: padding ${cut} must be less than the window of size ${k}.`);
    const size = padding === 'same' ? n * step : spread + k - 1 - before - after;
    const front = k - 1 - before;
    return [front, size + (extras[d] as number) - spread - front + k - 1];
  });
  const turned = P.rev(
    weights,
    window.map((_, d) => d),
  );
  return P.convGeneralDilated(image, turned, {
    strides: window.map(() => 1),
    padding: widths,
    lhsDilation: steps,
    rhsDilation: gaps,
    featureGroups: groups,
    batchGroups: 1,
  });
};
