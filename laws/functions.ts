// Laws of public functions that hold whatever the numbers.
import { argsort, cumsum, logSoftmax, logsumexp, softmax, sort, type Tensor } from '../src';
import { type Key, permutation, split } from '../src/random';
import { near } from './compare';

type Vector = Tensor<number[], { readonly name: 'f64'; readonly kind: 'float'; readonly bytes: 8 }>;
const numbers = (x: { toTypedArray(): unknown }): number[] => [
  ...(x.toTypedArray() as ArrayLike<number> & Iterable<number>),
];

/** Along the last axis the softmax sums to one, and no part of it is negative. */
export const softmaxIsDistribution = (x: Vector): boolean => {
  const n = x.shape.at(-1) ?? 1;
  const y = numbers(softmax(x));
  const lines = Array.from({ length: n === 0 ? 0 : y.length / n }, (_, i) => y.slice(i * n, (i + 1) * n));
  return (
    y.every((p) => p >= 0) &&
    lines.every((line) =>
      near(
        line.reduce((a, b) => a + b, 0),
        1,
        1e-12,
      ),
    )
  );
};

/** softmax(x + c) = softmax(x) */
export const softmaxIgnoresShift = (x: Vector, c: number): boolean => {
  const [shifted, y] = [numbers(softmax(x.add(c))), numbers(softmax(x))];
  return y.every((p, i) => near(p, shifted[i] as number, 1e-9));
};

/** exp(logSoftmax(x)) = softmax(x), and logSoftmax(x) = x - logsumexp(x). */
export const logSoftmaxIsLog = (x: Vector): boolean => {
  const [logs, y, total] = [numbers(logSoftmax(x)), numbers(softmax(x)), numbers(logsumexp(x, -1))];
  const [xs, n] = [numbers(x), x.shape.at(-1) ?? 1];
  return y.every(
    (p, i) =>
      near(Math.exp(logs[i] as number), p, 1e-12) &&
      near(logs[i] as number, (xs[i] as number) - (total[Math.floor(i / n)] as number), 1e-9),
  );
};

/** The last running sum is the sum. */
export const cumsumEndsInSum = (x: Vector): boolean => {
  const [running, xs] = [numbers(cumsum(x, 0)), numbers(x)];
  const scale = xs.reduce((a, b) => a + Math.abs(b), 0);
  return (
    xs.length === 0 ||
    near(
      running.at(-1) as number,
      xs.reduce((a, b) => a + b, 0),
      1e-12,
      scale,
    )
  );
};

/** Sorting gives the same numbers in order, and argsort says where each of them was. */
export const sortIsPermutation = (x: Vector): boolean => {
  const [sorted, xs, places] = [numbers(sort(x)), numbers(x), numbers(argsort(x))];
  return (
    sorted.every((v, i) => i === 0 || (sorted[i - 1] as number) <= v) &&
    [...places].sort((a, b) => a - b).every((p, i) => p === i) &&
    places.every((p, i) => xs[p] === sorted[i])
  );
};

/** The keys that a key is split into differ from each other and from it. */
export const splitKeysAreDistinct = (key: Key, n: number): boolean => {
  const shown = [key, ...split(key, n)].map((k) => numbers(k as unknown as { toTypedArray(): unknown }).join());
  return new Set(shown).size === n + 1;
};

/** A permutation of n has every number below n once. */
export const permutationIsBijection = (key: Key, n: number): boolean =>
  numbers(permutation(key, n))
    .sort((a, b) => a - b)
    .every((p, i) => p === i);
