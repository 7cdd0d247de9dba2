// Parts of a set: which rows are learned from and which are not.
import { atMost } from '../core/arguments';
import { ArgumentError } from '../index';
import { type Key, permutation } from '../random';

/**
 * The rows in parts at random, disjoint and together all of them: of sizes in the proportion of the fractions, which are at most 1
 * together; what they leave over is a last part.
 *
 * @throws ArgumentError when the fractions are negative or more than 1 together
 * @example
 * splitRows(key(0), 10, [0.8]).map((part) => part.length) // => [8, 2]
 */
export const splitRows = function (key: Key, rows: number, fractions: readonly number[]): readonly Int32Array[] {
  atMost('splitRows', arguments, 3);
  const total = fractions.reduce((a, b) => a + b, 0);
  if (fractions.some((f) => !(f >= 0)) || total > 1 + 1e-9)
    throw new ArgumentError(
      `splitRows: the fractions must be at least 0 and at most 1 together, got ${fractions.join(', ')}.`,
    );
  const order = permutation(key, rows).toTypedArray();
  let at = 0;
  let sum = 0;
  const parts = fractions.map((fraction) => {
    sum += fraction;
    const from = at;
    at = Math.min(rows, Math.round(sum * rows));
    return order.slice(from, at);
  });
  return [...parts, ...(total < 1 - 1e-9 ? [order.slice(at)] : [])];
};

/**
 * k ways to leave a k-th of the rows out, at random: every row is tested once.
 *
 * @throws ArgumentError when there are fewer rows than folds
 * @example
 * kFold(key(0), 6, 3).map(({ train, test }) => [train.length, test.length]) // => [[4, 2], [4, 2], [4, 2]]
 */
export const kFold = function (
  key: Key,
  rows: number,
  k: number,
): readonly { readonly train: Int32Array; readonly test: Int32Array }[] {
  atMost('kFold', arguments, 3);
  if (!Number.isInteger(k) || k < 2 || k > rows)
    throw new ArgumentError(`kFold: k must be an integer from 2 to the number of rows, ${rows}, got ${k}.`);
  const order = permutation(key, rows).toTypedArray();
  return Array.from({ length: k }, (_, i) => {
    const [from, to] = [Math.round((i * rows) / k), Math.round(((i + 1) * rows) / k)];
    return {
      train: Int32Array.from([...order.subarray(0, from), ...order.subarray(to)]),
      test: order.slice(from, to),
    };
  });
};
