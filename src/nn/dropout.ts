// Noise that keeps a network from leaning on single features. The key is given; without one (null) nothing is changed,
// which is how a network is evaluated.

import { type AnyTensor, ArgumentError, type Shape, type Tensor } from '../index';
import { type Key, normal, uniform } from '../random';
import { add, atMost, composed, less, mul, where, zerosLike } from '../untyped';

const checkRate = (name: string, rate: number): number => {
  if (rate >= 0 && rate <= 1) return rate;
  throw new ArgumentError(`${name}: the rate must be from 0 to 1, got ${rate}.`);
};
/** True with probability 1 - rate. */
const kept = (key: Key, shape: readonly number[], rate: number): AnyTensor => less(uniform(key, [...shape]), 1 - rate);

/** What noise makes of x: x itself without a key or at rate 0, and zeros, which nothing is divided for, at rate 1. */
const noisy = (
  name: string,
  key: Key | null,
  rate: number,
  x: AnyTensor,
  noise: (key: Key) => AnyTensor,
): AnyTensor => {
  if (checkRate(name, rate) === 0 || key === null) return x;
  return rate === 1 ? zerosLike(x) : noise(key);
};

/** Elements are zero with probability `rate`, others are divided by 1 - rate, over masks of a shape. */
const dropped = (name: string, key: Key | null, rate: number, x: AnyTensor, shape: readonly number[]): AnyTensor =>
  noisy(name, key, rate, x, (k) => where(kept(k, shape, rate), mul(x, 1 / (1 - rate)), 0));

/**
 * Zero with probability `rate`, else x / (1 - rate): the expectation stays (Srivastava et al., 2014). At rate 1 all is 0, and so is the
 * derivative.
 *
 * @throws ArgumentError for a rate outside [0, 1]
 * @example
 * dropout(random.key(0), 0.5)(ones([6])).toArray().every((x) => x === 0 || x === 2) // => true
 * dropout(null, 0.5)(tensor([1, 2])).toArray() // => [1, 2]
 */
export const dropout = /* @__PURE__ */ composed(function (key: Key | null, rate: number) {
  atMost('dropout', arguments, 2);
  return <S extends Shape>(x: Tensor<S>): Tensor<S> => dropped('dropout', key, rate, x, x.shape);
});

/**
 * Drops whole channels of images [batch, ...space, channels] (Tompson et al., 2015).
 *
 * @throws ArgumentError for a rate outside [0, 1]
 * @example
 * spatialDropout(null, 0.5)(zeros([2, 4, 4, 3])).shape // => [2, 4, 4, 3]
 */
export const spatialDropout = /* @__PURE__ */ composed(function (key: Key | null, rate: number) {
  atMost('spatialDropout', arguments, 2);
  return <S extends Shape>(x: Tensor<S>): Tensor<S> => {
    const whole = (x.shape as readonly number[]).map((n, d) => (d === 0 || d === x.ndim - 1 ? n : 1));
    return dropped('spatialDropout', key, rate, x, whole);
  };
});

/** -λα of SELU: what a unit that is off gives. */
const saturation = -1.7580993408473766;
/**
 * Dropout that keeps mean 0 and variance 1 after SELUs: dropped elements are -λα, then all are scaled and shifted
 * (Klambauer et al., 2017). At rate 1, where no scale would do that, all is 0.
 *
 * @throws ArgumentError for a rate outside [0, 1]
 * @example
 * alphaDropout(null, 0.1)(tensor([1, 2])).toArray() // => [1, 2]
 */
export const alphaDropout = /* @__PURE__ */ composed(function (key: Key | null, rate: number) {
  atMost('alphaDropout', arguments, 2);
  return <S extends Shape>(x: Tensor<S>): Tensor<S> =>
    noisy('alphaDropout', key, rate, x, (k) => {
      const keep = 1 - rate;
      const a = 1 / Math.sqrt(keep + saturation ** 2 * keep * rate);
      const dropped = where(kept(k, x.shape, rate), x, saturation);
      return add(mul(dropped, a), -a * rate * saturation);
    });
});

/**
 * x + deviation · n, n from the standard normal distribution.
 *
 * @example
 * gaussianNoise(null, 0.1)(tensor([1, 2])).toArray() // => [1, 2]
 */
export const gaussianNoise = /* @__PURE__ */ composed(function (key: Key | null, deviation: number) {
  atMost('gaussianNoise', arguments, 2);
  return <S extends Shape>(x: Tensor<S>): Tensor<S> => {
    const y: AnyTensor = key === null ? x : add(x, mul(normal(key, x.shape as number[]), deviation));
    return y;
  };
});

/**
 * x (1 + n √(rate / (1 - rate))), n from the standard normal distribution: the variance of dropout. At rate 1, where that is infinite,
 * all is 0.
 *
 * @throws ArgumentError for a rate outside [0, 1]
 * @example
 * gaussianDropout(null, 0.1)(tensor([1, 2])).toArray() // => [1, 2]
 */
export const gaussianDropout = /* @__PURE__ */ composed(function (key: Key | null, rate: number) {
  atMost('gaussianDropout', arguments, 2);
  return <S extends Shape>(x: Tensor<S>): Tensor<S> =>
    noisy('gaussianDropout', key, rate, x, (k) => {
      const deviation = Math.sqrt(rate / (1 - rate));
      return mul(x, add(1, mul(normal(k, x.shape as number[]), deviation)));
    });
});
