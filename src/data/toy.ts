// Small sets of points in the plane with labels, for examples and tests.
import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError, add, type Int32, i32, mul, type Tensor, tensor } from '../index';
import { type Key, normal, split, uniform } from '../random';

/** Points and the class of each. */
export interface Points {
  readonly x: Tensor<[number, 2]>;
  readonly y: Tensor<[number], Int32>;
}
export interface ToyOptions {
  /** Standard deviation of what is added to each coordinate: 0.1 unless given. */
  readonly noise?: number;
}

const points = (
  key: Key,
  n: number,
  noise: number,
  at: (i: number, random: number) => readonly [x: number, y: number, label: number],
): Points => {
  if (!Number.isSafeInteger(n) || n < 1)
    throw new ArgumentError(`the number of points must be a positive integer, got ${n}.`);
  const [placeKey, noiseKey] = split(key);
  const random = uniform(placeKey, [n]).toTypedArray();
  const rows = Array.from({ length: n }, (_, i) => at(i, random[i] as number));
  const exact = tensor(
    Float32Array.from({ length: 2 * n }, (_, i) => rows[i >> 1]?.[i % 2 === 0 ? 0 : 1] ?? 0),
  ).reshape([n, 2]);
  return {
    x: add(exact, mul(normal(noiseKey, [n, 2]), noise)),
    y: tensor(
      Int32Array.from(rows, ([, , label]) => label),
      i32,
    ),
  };
};

/**
 * Two half circles that reach into each other; the classes alternate.
 *
 * @throws ArgumentError when n is not positive
 * @example
 * moons(key(0), 4, { noise: 0 }).y.toArray() // => [0, 1, 0, 1]
 */
export const moons = function (key: Key, n: number, options: ToyOptions = {}): Points {
  atMost('moons', arguments, 3);
  const { noise = 0.1 } = knownOptions('moons', options, ['noise']);
  return points(key, n, noise, (i, u) => {
    const angle = Math.PI * u;
    return i % 2 === 0 ? [Math.cos(angle), Math.sin(angle), 0] : [1 - Math.cos(angle), 0.5 - Math.sin(angle), 1];
  });
};

/**
 * Arms of a spiral around the origin, one for each class; the classes alternate.
 *
 * @throws ArgumentError when n is not positive
 * @example
 * spirals(key(0), 6, { classes: 3 }).y.toArray() // => [0, 1, 2, 0, 1, 2]
 */
export const spirals = function (
  key: Key,
  n: number,
  options: ToyOptions & { readonly classes?: number; readonly turns?: number } = {},
): Points {
  atMost('spirals', arguments, 3);
  const { noise = 0.1, classes = 2, turns = 1 } = knownOptions('spirals', options, ['noise', 'classes', 'turns']);
  return points(key, n, noise, (i, u) => {
    const label = i % classes;
    // The square root spreads points evenly along the arm.
    const radius = Math.sqrt(u);
    const angle = 2 * Math.PI * (turns * radius + label / classes);
    return [2 * radius * Math.cos(angle), 2 * radius * Math.sin(angle), label];
  });
};

/**
 * The corners of a square, one after the other, labelled by exclusive or.
 *
 * @throws ArgumentError when n is not positive
 * @example
 * xor(key(0), 4, { noise: 0 }).x.toArray() // => [[0, 0], [0, 1], [1, 0], [1, 1]]
 */
export const xor = function (key: Key, n: number, options: ToyOptions = {}): Points {
  atMost('xor', arguments, 3);
  const { noise = 0.1 } = knownOptions('xor', options, ['noise']);
  return points(key, n, noise, (i) => {
    const [a, b] = [Math.floor((i % 4) / 2), i % 2];
    return [a, b, a ^ b];
  });
};
