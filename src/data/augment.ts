// Random changes to examples that do not change what they are. Pure functions of a key; they work under jit.
import { atMost, knownOptions } from '../core/arguments';
import {
  type AnyTensor,
  ArgumentError,
  add,
  argmax,
  type Dim,
  div,
  dynamicSlice,
  flip,
  greater,
  type i32,
  lessEqual,
  log,
  logicalAnd,
  maximum,
  mul,
  over,
  pad,
  pow,
  type Shape,
  square,
  sub,
  type Tensor,
  take,
  vmap,
  where,
} from '../index';
import { bernoulli, type Key, normal, randint, split, uniform } from '../random';

/** Images: batch, height, width, channels. */
type Images<B extends Dim, H extends Dim, W extends Dim, C extends Dim> = Tensor<[B, H, W, C]>;

/**
 * Every image as it is or mirrored left to right, with equal chances.
 *
 * @example
 * const row = tensor([[[[1], [2]]]]); // one image of one row
 * [[1, 2], [2, 1]].some((r) => r.join() === String(randomFlip(key(0), row).ravel().toArray())) // => true
 */
export const randomFlip = function <B extends Dim, H extends Dim, W extends Dim, C extends Dim>(
  key: Key,
  images: Images<B, H, W, C>,
): Images<B, H, W, C> {
  atMost('randomFlip', arguments, 2);
  const mirrored = bernoulli(key, 0.5, [images.shape[0], 1, 1, 1]);
  const x: AnyTensor = images;
  return where(mirrored, flip(x, 2), x);
};

/**
 * Every image moved by up to `padding` pixels in each direction, with zeros where it was not.
 *
 * @throws ArgumentError when the padding is no integer of at least 0
 * @example
 * randomCrop(key(0), zeros([4, 28, 28, 1]), 2).shape // => [4, 28, 28, 1]
 */
export const randomCrop = function <B extends Dim, H extends Dim, W extends Dim, C extends Dim>(
  key: Key,
  images: Images<B, H, W, C>,
  padding: number,
): Images<B, H, W, C> {
  atMost('randomCrop', arguments, 3);
  if (!Number.isInteger(padding) || padding < 0)
    throw new ArgumentError(`randomCrop: the padding must be an integer of at least 0, got ${padding}.`);
  const [batch, height, width, channels] = images.shape;
  const x: AnyTensor = images;
  const padded: AnyTensor = pad(x, [
    [0, 0],
    [padding, padding],
    [padding, padding],
    [0, 0],
  ]);
  const [rowKey, columnKey] = split(key);
  const offsets = (k: Key): Tensor<[B], i32> => randint(k, [batch], 0, 2 * padding + 1);
  const crop = (image: Tensor<[number, number, C]>, row: Tensor<[], i32>, column: Tensor<[], i32>) =>
    dynamicSlice(image, [row, column, 0], [height, width, channels]);
  return vmap(crop, over(0, 0, 0))(padded, offsets(rowKey), offsets(columnKey));
};

/** How often a pair of numbers is drawn: that all are refused has a chance of at most 2⁻⁶⁴. */
const attempts = 64;

/** One number from Gamma(a) for a > 1: d (1 + c n)³ of a normal number n, until it is accepted (Marsaglia and Tsang, 2000). */
const gamma = (key: Key, a: number): AnyTensor => {
  const [first, second] = split(key);
  const d = a - 1 / 3;
  const n: AnyTensor = normal(first, [attempts]);
  const u: AnyTensor = uniform(second, [attempts], { min: 1e-7, max: 1 });
  const root: AnyTensor = add(mul(n, 1 / Math.sqrt(9 * d)), 1);
  const cube: AnyTensor = pow(maximum(root, 1e-6), 3);
  const bound: AnyTensor = add(mul(square(n), 0.5), mul(add(sub(1, cube), log(cube)), d));
  const chosen = argmax(logicalAnd(greater(root, 0), lessEqual(log(u), bound)));
  return mul(take(cube, chosen), d);
};
/** One number from Beta(a, a), a > 1: the share of one of two from Gamma(a). */
const peakedBeta = (key: Key, a: number): AnyTensor => {
  const [first, second] = split(key);
  const [x, y] = [gamma(first, a), gamma(second, a)];
  return div(x, add(x, y));
};

/** One number from Beta(a, a) for 0 < a ≤ 1, by Jöhnk's method: X = U^(1/a), Y = V^(1/a) until X + Y ≤ 1, then X / (X + Y). */
const symmetricBeta = (key: Key, a: number): Tensor<[]> => {
  const [first, second] = split(key);
  const draw = (k: Key) => pow(uniform(k, [attempts], { min: 1e-7, max: 1 }), 1 / a);
  const [x, y] = [draw(first), draw(second)];
  const sum = add(x, y);
  const chosen = argmax(lessEqual(sum, 1));
  const pick = (v: AnyTensor): AnyTensor => take(v, chosen);
  return div(pick(x), pick(sum));
};

/**
 * Convex combinations of examples and their (soft) labels with those of another order: λ x + (1 − λ) x', λ from Beta(α, α), one for
 * the batch (Zhang et al., "mixup: beyond empirical risk minimization", 2018).
 *
 * @throws ArgumentError when α is not positive and finite
 * @example
 * mixup(key(0), zeros([4, 3]), ones([4, 2]), { alpha: 0.2 })[1].toArray()[0] // => [1, 1]
 */
export const mixup = function <X extends Shape, Y extends Shape>(
  key: Key,
  x: Tensor<X>,
  y: Tensor<Y>,
  options: { readonly alpha?: number } = {},
): readonly [Tensor<X>, Tensor<Y>] {
  atMost('mixup', arguments, 4);
  const { alpha = 1 } = knownOptions('mixup', options, ['alpha']);
  if (!(alpha > 0 && alpha < Infinity))
    throw new ArgumentError(`mixup: alpha must be greater than 0 and finite, got ${alpha}.`);
  const share: AnyTensor = alpha > 1 ? peakedBeta(key, alpha) : symmetricBeta(key, alpha);
  // The neighbour is another example at random where batches are shuffled.
  const mixed = (v: AnyTensor): AnyTensor => add(mul(v, share), mul(flip(v, 0), sub(1, share)));
  return [mixed(x), mixed(y)];
};
