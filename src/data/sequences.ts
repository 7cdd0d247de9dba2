// Sequences as tensors: padded to one length, or cut into windows.
import { atMost, knownOptions } from '../core/arguments';
import {
  type AnyTensor,
  ArgumentError,
  type Bool,
  bool,
  type DType,
  type Int32,
  i32,
  type Tensor,
  tensor,
} from '../index';
import type { Rows } from './batches';

export interface PadOptions<L extends number, D extends DType> {
  /** The length of all: that of the longest unless given. Longer sequences are cut. */
  readonly length?: L;
  /** What they are filled up with: 0 unless given. */
  readonly value?: number;
  /** Which end is filled up or cut: the right one unless given. */
  readonly side?: 'left' | 'right';
  readonly dtype?: D;
}

/**
 * Sequences as the rows of one tensor, i32 unless a dtype is given, and where they have elements of their own.
 *
 * @example
 * const { values, mask } = padSequences([[1, 2, 3], [4]]);
 * values.toArray() // => [[1, 2, 3], [4, 0, 0]]
 * mask.toArray() // => [[true, true, true], [true, false, false]]
 */
export const padSequences = function <const L extends number = number, D extends DType = Int32>(
  sequences: readonly ArrayLike<number>[],
  options: PadOptions<L, D> = {},
): { readonly values: Tensor<[number, L], D>; readonly mask: Tensor<[number, L], Bool> } {
  atMost('padSequences', arguments, 2);
  const {
    length,
    value = 0,
    side = 'right',
    dtype,
  } = knownOptions('padSequences', options, ['length', 'value', 'side', 'dtype']);
  const longest = sequences.reduce((n, s) => Math.max(n, s.length), 0);
  const size = length ?? longest;
  if (!Number.isSafeInteger(size) || size < 0)
    throw new ArgumentError(`padSequences: the length must be an integer of at least 0, got ${size}.`);
  const values = new Float64Array(sequences.length * size).fill(value);
  const mask = new Uint8Array(sequences.length * size);
  for (const [row, sequence] of sequences.entries()) {
    const kept = Math.min(size, sequence.length);
    const [from, to] = side === 'right' ? [0, 0] : [sequence.length - kept, size - kept];
    for (let i = 0; i < kept; i++) {
      values[row * size + to + i] = sequence[from + i] as number;
      mask[row * size + to + i] = 1;
    }
  }
  const shape = [sequences.length, size];
  const [padded, own]: readonly [AnyTensor, AnyTensor] = [
    tensor(values, dtype ?? i32).reshape(shape),
    tensor(mask, bool).reshape(shape),
  ];
  return { values: padded, mask: own };
};

/**
 * All pieces of `size` neighbouring rows, `stride` apart, copied. For the prediction of what comes next, take size + 1 and use all but
 * the last row as input, all but the first as target.
 *
 * @throws ArgumentError when size or stride is not positive
 * @example
 * windows({ shape: [5], data: Int32Array.of(1, 2, 3, 4, 5) }, 3, { stride: 2 }) // => { shape: [2, 3], data: Int32Array.of(1, 2, 3, 3, 4, 5) }
 */
export const windows = function <R extends Rows>(
  { shape, data }: R,
  size: number,
  options: { readonly stride?: number } = {},
): Rows<R['data']> {
  atMost('windows', arguments, 3);
  const { stride = 1 } = knownOptions('windows', options, ['stride']);
  const [rows, ...rest] = shape;
  if (rows === undefined) throw new ArgumentError('windows: a scalar has no rows; the shape needs a first axis.');
  for (const [what, n] of [
    ['size', size],
    ['stride', stride],
  ] as const)
    if (!Number.isSafeInteger(n) || n < 1)
      throw new ArgumentError(`windows: the ${what} must be a positive integer, got ${n}.`);
  const width = rest.reduce((a, b) => a * b, 1);
  const count = Math.max(0, Math.floor((rows - size) / stride) + 1);
  const out = new (data.constructor as new (length: number) => R['data'])(count * size * width);
  for (let i = 0; i < count; i++)
    out.set(data.subarray(i * stride * width, (i * stride + size) * width), i * size * width);
  return { shape: [count, size, ...rest], data: out };
};
