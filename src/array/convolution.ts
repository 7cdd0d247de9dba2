// Windows that slide over images: convolution and pooling. Images are [batch, height, width, channels].
import { showShape } from '../core/aval';
import { ArgumentError, DTypeError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { ConvOut, Dim, DType, FloatOf, Padding, Tensor } from '../types';
import { floating } from './broadcasting';
import { describe, publish, valueFrom } from './tensor';

const imageOf = (name: string, x: unknown, argument = 'x', axes = '[batch, height, width, channels]'): Value => {
  const v = valueFrom(x, name, argument);
  if (v.ndim === 4) return v;
  throw new ShapeError(
    `${name}: ${argument} must have four axes ${axes}, got shape ${showShape(v.shape)}. Add axes of size 1 with expandDims.`,
  );
};

const checkStep = (name: string, what: string, x: unknown): number => {
  if (typeof x === 'number' && Number.isInteger(x) && x > 0) return x;
  throw new ArgumentError(`${name}: ${what} must be a positive integer, got ${describe(x)}.`);
};

/** Elements added before and after an axis of size n; 'same' gives ⌈n / stride⌉ results, the odd element comes after. */
const paddingOf = (
  name: string,
  padding: unknown,
  n: number,
  window: number,
  stride: number,
): readonly [number, number] => {
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') {
    const total = Math.max(0, (Math.ceil(n / stride) - 1) * stride + window - n);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === 'number' && Number.isInteger(padding) && padding >= 0) return [padding, padding];
  throw new ArgumentError(`${name}: padding must be 'same', 'valid' or an integer >= 0, got ${describe(padding)}.`);
};

/** The window must fit, or there would be no result to speak of. */
const checkWindow = (
  name: string,
  x: Value,
  window: readonly number[],
  padding: readonly (readonly [number, number])[],
): void => {
  window.forEach((k, d) => {
    const [before, after] = padding[d] as readonly [number, number];
    const n = x.shape[d + 1] as number;
    if (k > n + before + after)
      throw new ShapeError(
        `${name}: a window of size ${k} does not fit axis ${d + 1} of size ${n} with padding ${before} and ${after}, shape ${showShape(x.shape)}.`,
      );
  });
};

/**
 * The sum over a window of height × width × channels at every place, for each output channel:
 * y[n, i, j, o] = Σ x[n, i·stride + p, j·stride + q, c] · kernel[p, q, c, o].
 * Padding is 'valid' (none), 'same' (⌈size / stride⌉ results) or a number of zeros on every side.
 *
 * @throws ShapeError when the channels differ, or the window does not fit
 * @example
 * conv2d(ones([1, 4, 4, 2]), ones([3, 3, 2, 1])).toArray() // => [[[[18], [18]], [[18], [18]]]]
 * conv2d(zeros([8, 28, 28, 1]), zeros([5, 5, 1, 16]), { stride: 2, padding: 'same' }).shape // => [8, 14, 14, 16]
 */
export function conv2d<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  KH extends Dim,
  KW extends Dim,
  O extends Dim,
  D extends DType,
  const Stride extends number = 1,
  const P extends Padding = 'valid',
>(
  x: Tensor<[B, H, W, C], D>,
  kernel: Tensor<[KH, KW, NoInfer<C>, O], D>,
  options?: { readonly stride?: Stride; readonly padding?: P },
): Tensor<[B, ConvOut<H, KH, Stride, P>, ConvOut<W, KW, Stride, P>, O], D> {
  const { stride, padding } = options ?? {};
  return publish(
    convolved(
      imageOf('conv2d', x),
      imageOf('conv2d', kernel, 'the kernel', '[height, width, channels in, channels out]'),
      stride,
      padding,
    ),
  );
}
const convolved = (x: Value, kernel: Value, stride: unknown = 1, padding: unknown = 'valid'): Value => {
  if (x.shape[3] !== kernel.shape[2])
    throw new ShapeError(
      `conv2d: ${x.shape[3]} channels of x ${showShape(x.shape)}, but ${kernel.shape[2]} of the kernel ${showShape(kernel.shape)}. The kernel is [height, width, channels in, channels out].`,
    );
  if (x.dtype !== kernel.dtype)
    throw new DTypeError(`conv2d: dtypes ${x.dtype.name} and ${kernel.dtype.name} differ. Convert one with astype.`);
  const step = checkStep('conv2d', 'stride', stride);
  const window = kernel.shape.slice(0, 2);
  const widths = window.map((k, d) => paddingOf('conv2d', padding, x.shape[d + 1] as number, k, step));
  checkWindow('conv2d', x, window, widths);
  return P.convGeneralDilated(x, kernel, {
    strides: [step, step],
    padding: widths,
    lhsDilation: [1, 1],
    rhsDilation: [1, 1],
    featureGroups: 1,
    batchGroups: 1,
  });
};

const pooling = (name: string, x: Value, window: unknown, stride: unknown): P.WindowParams => {
  const size = checkStep(name, 'window', window);
  const step = checkStep(name, 'stride', stride ?? window);
  checkWindow(
    name,
    x,
    [size, size],
    [
      [0, 0],
      [0, 0],
    ],
  );
  return {
    window: [1, size, size, 1],
    strides: [1, step, step, 1],
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1, 1, 1],
  };
};

/**
 * The largest element of every window; windows do not overlap unless a smaller stride is given. The derivative goes to
 * the first of equal elements.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * maxPool(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [5, 7, 13, 15]
 */
export function maxPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends number,
  const Stride extends number = K,
>(
  x: Tensor<[B, H, W, C], D>,
  window: K,
  stride?: Stride,
): Tensor<[B, ConvOut<H, K, Stride, 'valid'>, ConvOut<W, K, Stride, 'valid'>, C], D> {
  const v = imageOf('maxPool', x);
  return publish(P.reduceWindowMax(v, pooling('maxPool', v, window, stride)));
}

/**
 * The mean of every window; windows do not overlap unless a smaller stride is given. Integers become f32.
 *
 * @throws ShapeError when the window does not fit
 * @example
 * avgPool(reshape(arange(16), [1, 4, 4, 1]), 2).ravel().toArray() // => [2.5, 4.5, 10.5, 12.5]
 */
export function avgPool<
  B extends Dim,
  H extends Dim,
  W extends Dim,
  C extends Dim,
  D extends DType,
  const K extends number,
  const Stride extends number = K,
>(
  x: Tensor<[B, H, W, C], D>,
  window: K,
  stride?: Stride,
): Tensor<[B, ConvOut<H, K, Stride, 'valid'>, ConvOut<W, K, Stride, 'valid'>, C], FloatOf<D>> {
  const v = floating(imageOf('avgPool', x), 'avgPool');
  const sums = P.reduceWindowSum(v, pooling('avgPool', v, window, stride));
  return publish(P.div(sums, P.fullLike(sums, window * window)));
}
