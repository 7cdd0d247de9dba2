import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError } from '../index';
import { foldIn, type Key, permutation } from '../random';

/** Rows of numbers: the first axis counts them. */
export interface Rows<D extends RowData = RowData> {
  readonly shape: readonly number[];
  readonly data: D;
}

type RowData =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

const isIndex = (n: number): boolean => Number.isInteger(n) && n >= 0 && n < 2 ** 31;

const rangeOf = (rows: number): Int32Array => {
  if (!isIndex(rows))
    throw new ArgumentError(`epochBatches: the number of rows must be an integer of at least 0, got ${rows}.`);
  const order = new Int32Array(rows);
  for (let i = 0; i < rows; i++) order[i] = i;
  return order;
};

const orderOf = (rows: ArrayLike<number>): Int32Array =>
  Int32Array.from(rows, (row, i) => {
    if (isIndex(row)) return row;
    throw new ArgumentError(`epochBatches: the order must hold row indices, got ${row} at position ${i}.`);
  });

/**
 * The batches of one pass over a data set, each the indices of its rows. `rows` is their number, or the order to take
 * them in (a permutation shuffles, a part of one splits). The last batch is what remains, unless dropped.
 *
 * @throws ArgumentError when the batch size is not positive, or the order holds no row indices
 * @example
 * epochBatches(5, 2) // => [Int32Array.of(0, 1), Int32Array.of(2, 3), Int32Array.of(4)]
 * epochBatches([2, 0, 1], 2) // => [Int32Array.of(2, 0), Int32Array.of(1)]
 */
export const epochBatches = function (
  rows: number | ArrayLike<number>,
  batchSize: number,
  options: { readonly dropRemainder?: boolean } = {},
): readonly Int32Array[] {
  atMost('epochBatches', arguments, 3);
  knownOptions('epochBatches', options, ['dropRemainder']);
  if (!isIndex(batchSize) || batchSize === 0) {
    throw new ArgumentError(`epochBatches: the batch size must be a positive integer, got ${batchSize}.`);
  }
  const order = typeof rows === 'number' ? rangeOf(rows) : orderOf(rows);
  const whole = options.dropRemainder ? Math.floor(order.length / batchSize) : Math.ceil(order.length / batchSize);
  return Array.from({ length: whole }, (_, b) => order.slice(b * batchSize, (b + 1) * batchSize));
};

/**
 * Batches of row indices without end: pass after pass over the rows, each shuffled by a key of its own and without its remainder.
 * They depend on the key alone, so that those from any step on are known without those before.
 *
 * @throws ArgumentError when there are fewer rows than a batch has
 * @example
 * const [first, second] = shuffledBatches(key(0), 4, 2);
 * [...first, ...second].sort() // => [0, 1, 2, 3]
 * shuffledBatches(key(0), 4, 2, 1).next().value // => second
 */
export function* shuffledBatches(key: Key, rows: number, batchSize: number, step = 0): Generator<Int32Array> {
  atMost('shuffledBatches', arguments, 4);
  const perPass = epochBatches(rows, batchSize, { dropRemainder: true }).length;
  if (perPass === 0)
    throw new ArgumentError(`shuffledBatches: ${rows} rows do not fill a batch of ${batchSize}; use smaller batches.`);
  for (let pass = Math.floor(step / perPass), first = step % perPass; ; pass++, first = 0) {
    const order = permutation(foldIn(key, pass), rows).toTypedArray();
    yield* epochBatches(order, batchSize, { dropRemainder: true }).slice(first);
  }
}

/**
 * The rows at these indices, in their order, copied; an index may occur more than once.
 *
 * @throws ArgumentError when an index is none of the rows
 * @example
 * gatherRows({ shape: [3, 1], data: Uint8Array.of(7, 8, 9) }, [2, 0]) // => { shape: [2, 1], data: Uint8Array.of(9, 7) }
 */
export const gatherRows = function <R extends Rows>({ shape, data }: R, indices: ArrayLike<number>): Rows<R['data']> {
  atMost('gatherRows', arguments, 2);
  const [count, ...rest] = shape;
  if (count === undefined) throw new ArgumentError('gatherRows: a scalar has no rows; the shape needs a first axis.');
  const size = rest.reduce((a, b) => a * b, 1);
  if (count * size !== data.length) {
    throw new ArgumentError(
      `gatherRows: the shape [${shape.join(', ')}] holds ${count * size} elements, but the data has ${data.length}.`,
    );
  }
  const out = new (data.constructor as new (length: number) => R['data'])(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] as number;
    if (!isIndex(row) || row >= count) {
      throw new ArgumentError(`gatherRows: index ${row} at position ${i} is not one of the ${count} rows.`);
    }
    out.set(data.subarray(row * size, (row + 1) * size), i * size);
  }
  return { shape: [indices.length, ...rest], data: out };
};
