// Keys and the bits they stand for: Threefry-2x32 in counter mode, the stream of jax.random (jax_threefry_partitionable).

import { checkCount, checkShape } from '../array/axes';
import { describe, publish, valueFrom } from '../array/tensor';
import { atMost } from '../core/arguments';
import { showShape, sizeOf } from '../core/aval';
import { u32 } from '../core/dtype';
import { ArgumentError } from '../core/errors';
import { concreteArray, Value } from '../core/value';
import * as P from '../primitives';
import type { Dim, i32, Scalar, Shape, Tensor, u32 as U32 } from '../types';

/** What a stream of random numbers is drawn from. The same key gives the same numbers: split it for others. */
export type Key = Tensor<[2], U32>;

/** n keys. */
export type Keys<N extends number, Done extends Key[] = []> = number extends N
  ? Key[]
  : `${N}` extends `-${string}` | `${string}.${string}`
    ? Key[]
    : Done['length'] extends N
      ? Done
      : Keys<N, [...Done, Key]>;

/** The two words of a key given by the user. */
const wordsOf = (name: string, key: unknown): readonly [Value, Value] => {
  const k = key instanceof Value ? key : undefined;
  if (k === undefined || k.dtype !== u32 || k.ndim !== 1 || k.size !== 2)
    throw new ArgumentError(
      `${name}: the key comes first: a u32 tensor of shape [2], made by key(seed) or split(key); got ${describe(key)}.` +
        (k !== undefined && k.dtype === u32 && k.shape.at(-1) === 2 ? ' Map over several keys with vmap.' : '') +
        (Array.isArray(key)
          ? ' Of the keys in an array take one; to map over n keys with vmap, make one tensor of them: keys(key, n).'
          : ''),
    );
  const word = (i: number): Value => P.reshape(P.slice(k, [i], [i + 1]), []);
  return [word(0), word(1)];
};

/** Encrypts counters of any shape with one key. */
const encrypt = ([k0, k1]: readonly [Value, Value], high: Value, low: Value): readonly [Value, Value] =>
  P.threefry2x32(P.broadcastInDim(k0, low.shape, []), P.broadcastInDim(k1, low.shape, []), high, low);

/** 0, 1, 2 ... in row-major order. */
const counters = (shape: readonly number[]): Value => P.reshape(P.iota([sizeOf(shape)], 0, u32), shape);

/** The two words that belong to every place of a shape. */
export const words = (name: string, key: unknown, shape: readonly number[]): readonly [Value, Value] => {
  const low = counters(shape);
  return encrypt(wordsOf(name, key), P.fullLike(low, 0), low);
};

/** 32 random bits for every place of a shape. */
export const bitsOf = (name: string, key: unknown, shape: readonly number[]): Value =>
  P.xor(...words(name, key, shape));

/**
 * The key of a seed: an integer, or an integer scalar that may be traced.
 *
 * @throws ArgumentError when the seed is no integer
 * @example
 * key(42).toArray() // => [0, 42]
 */
export function key(seed: number | Scalar<i32>): Key {
  atMost('key', arguments, 1);
  if (typeof seed !== 'number') {
    const v = valueFrom(seed, 'key', 'the seed');
    if (v.ndim !== 0) throw new ArgumentError(`key: the seed must be a scalar, got shape ${showShape(v.shape)}.`);
    return publish(P.concatenate([P.full([1], u32, 0), P.reshape(P.convert(v, u32), [1])], 0));
  }
  if (!Number.isSafeInteger(seed))
    throw new ArgumentError(`key: the seed must be an integer of at most 53 bits, got ${seed}.`);
  return publish(concreteArray([2], u32, Uint32Array.of(Math.floor(seed / 2 ** 32), seed)));
}

const keysOf = (name: string, from: unknown, n: number): Value => {
  const [first, second] = words(name, from, [n]);
  const column = (x: Value): Value => P.reshape(x, [n, 1]);
  return P.concatenate([column(first), column(second)], 1);
};

/**
 * New keys from one, which should not be used any more: two, or n.
 *
 * @example
 * split(key(0)).map((k) => k.toArray()) // => [[1797259609, 2579123966], [928981903, 3453687069]]
 */
export function split(key: Key): [Key, Key];
export function split<const N extends number>(key: Key, n: N): Keys<N>;
export function split(key: Key, n = 2): Key[] {
  atMost('split', arguments, 2);
  const all = keysOf('split', key, checkCount('split', 'n', n));
  return Array.from({ length: n }, (_, i) => publish(P.reshape(P.slice(all, [i, 0], [i + 1, 2]), [2])));
}

/**
 * n new keys as the rows of one tensor, to map over with vmap.
 *
 * @example
 * keys(key(0), 3).shape // => [3, 2]
 */
export function keys<const N extends Dim>(key: Key, n: N): Tensor<[N, 2], U32> {
  atMost('keys', arguments, 2);
  return publish(keysOf('keys', key, checkCount('keys', 'n', n)));
}

/**
 * The key that belongs to a number, such as the step of a loop; the number may be traced.
 *
 * @example
 * foldIn(key(0), 4).toArray() // => [2285895361, 433833334]
 */
export function foldIn(key: Key, data: number | Scalar<i32>): Key {
  atMost('foldIn', arguments, 2);
  const words = wordsOf('foldIn', key);
  if (typeof data === 'number' && !Number.isInteger(data))
    throw new ArgumentError(`foldIn: data must be an integer, got ${data}.`);
  const low =
    typeof data === 'number' ? P.full([], u32, data >>> 0) : P.convert(valueFrom(data, 'foldIn', 'data'), u32);
  if (low.ndim !== 0) throw new ArgumentError(`foldIn: data must be a scalar, got shape ${showShape(low.shape)}.`);
  const [first, second] = encrypt(words, P.fullLike(low, 0), low);
  return publish(P.concatenate([P.reshape(first, [1]), P.reshape(second, [1])], 0));
}

/**
 * 32 random bits for every element.
 *
 * @example
 * bits(key(0), [2]).toArray() // => [4070199207, 4202968722]
 */
export function bits<const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S, U32> {
  atMost('bits', arguments, 2);
  return publish(bitsOf('bits', key, checkShape('bits', shape)));
}

/** Two new keys, inside a function of this package. */
export const splitValues = (name: string, key: unknown): readonly [Value, Value] => {
  const all = keysOf(name, key, 2);
  const row = (i: number): Value => P.reshape(P.slice(all, [i, 0], [i + 1, 2]), [2]);
  return [row(0), row(1)];
};
