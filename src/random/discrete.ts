// Discrete distributions, permutations and samples.

import { checkAxis, checkCount, checkShape } from '../array/axes';
import { broadcastShapes, floating, operandOf, stretch } from '../array/broadcasting';
import { take } from '../array/indexing';
import { describe, publish, valueFrom } from '../array/tensor';
import { atMost, knownOptions } from '../core/arguments';
import { showShape, sizeOf } from '../core/aval';
import { composed } from '../core/composed';
import { f32, i32, u32 } from '../core/dtype';
import { ArgumentError, ShapeError } from '../core/errors';
import { Value } from '../core/value';
import * as P from '../primitives';
import type {
  AnyTensor,
  AxisOf,
  bool as Bool,
  Dim,
  DType,
  i32 as I32,
  Operand,
  Removed,
  Shape,
  Tensor,
} from '../types';
import { gumbelOf, uniformIn } from './continuous';
import { bitsOf, type Key, splitValues } from './stream';

const integer = (name: string, what: string, x: unknown): number => {
  if (typeof x !== 'number' || !Number.isInteger(x))
    throw new ArgumentError(`${name}: ${what} must be an integer, got ${typeof x === 'number' ? x : describe(x)}.`);
  return x;
};

/** Integers in [low, low + span), from 64 random bits each, as 32-bit words. */
const integersFrom = (name: string, key: unknown, shape: readonly number[], low: number, span: number): Value => {
  const [k1, k2] = splitValues(name, key);
  const divisor = P.full(shape, u32, span);
  const [high, rest] = [k1, k2].map((k) => P.rem(bitsOf(name, k, shape), divisor)) as [Value, Value];
  // 2³² mod span, by 32-bit steps.
  const half = 2 ** 16 % span;
  const multiplier = (Math.imul(half, half) >>> 0) % span;
  const offset = P.rem(P.add(P.mul(high, P.full(shape, u32, multiplier)), rest), divisor);
  return P.add(P.full(shape, i32, low), P.convert(offset, i32));
};

/**
 * Integers in [low, high).
 *
 * @throws ArgumentError when the interval is empty, or not one of i32
 * @example
 * randint(key(0), [3], 5, 6).toArray() // => [5, 5, 5]
 */
export function randint<const S extends Shape>(
  key: Key,
  shape: readonly [...S],
  low: number,
  high: number,
): Tensor<S, I32> {
  atMost('randint', arguments, 4);
  const [from, to] = [integer('randint', 'low', low), integer('randint', 'high', high)];
  if (from >= to)
    throw new ArgumentError(`randint: there is no integer in [${from}, ${to}): high must be greater than low.`);
  if (from < -2147483648 || to > 2147483648 || to - from > 4294967295)
    throw new ArgumentError(`randint: [${from}, ${to}) is outside i32, or has more than 2³² - 1 integers.`);
  return publish(integersFrom('randint', key, checkShape('randint', shape), from, to - from));
}

/**
 * True with probability p, a number or a tensor that broadcasts to the shape (its own if none is given).
 *
 * @example
 * bernoulli(key(0), 1, [2]).toArray() // => [true, true]
 */
export function bernoulli<const S extends Shape>(key: Key, p: Operand, shape: readonly [...S]): Tensor<S, Bool>;
export function bernoulli<S extends Shape, D extends DType>(key: Key, p: Tensor<S, D>): Tensor<S, Bool>;
export function bernoulli(key: Key): Tensor<[], Bool>;
export function bernoulli(key: unknown, p: unknown = 0.5, shape?: unknown) {
  atMost('bernoulli', arguments, 3);
  if (Array.isArray(p))
    throw new ArgumentError('bernoulli: the probability comes before the shape: bernoulli(key, 0.5, [n]).');
  const chance = floating(operandOf(p, 'bernoulli', 'p'), 'bernoulli');
  const checked = shape === undefined ? chance.shape : checkShape('bernoulli', shape);
  if (broadcastShapes('bernoulli', checked, chance.shape).length !== checked.length)
    throw new ShapeError(
      `bernoulli: p of shape ${showShape(chance.shape)} does not broadcast to ${showShape(checked)}.`,
    );
  return publish(P.lt(uniformIn('bernoulli', key, checked, chance.dtype, 0, 1), stretch(chance, checked)));
}

/**
 * -1 or 1, each with probability ½.
 *
 * @example
 * rademacher(key(0), [2]).shape // => [2]
 */
export function rademacher<const S extends Shape>(key: Key, shape: readonly [...S]): Tensor<S, I32> {
  atMost('rademacher', arguments, 2);
  const checked = checkShape('rademacher', shape);
  const half = P.full(checked, f32, 0.5);
  const heads = P.convert(P.lt(uniformIn('rademacher', key, checked, f32, 0, 1), half), i32);
  return publish(P.sub(P.add(heads, heads), P.fullLike(heads, 1)));
}

/**
 * Classes drawn by their unnormalised log probabilities along an axis (the last): one for each of the other axes, or
 * for each element of a shape that ends with those.
 *
 * @example
 * categorical(key(0), tensor([[0, -Infinity], [-Infinity, 0]])).toArray() // => [0, 1]
 */
export function categorical<S extends Shape, D extends DType, const A extends AxisOf<S> = AxisOf<S> & -1>(
  key: Key,
  logits: Tensor<S, D>,
  axis?: A,
): Tensor<Removed<S, A>, I32>;
export function categorical<S extends Shape, D extends DType, const R extends Shape>(
  key: Key,
  logits: Tensor<S, D>,
  axis: AxisOf<S>,
  shape: readonly [...R],
): Tensor<R, I32>;
export function categorical(key: unknown, logits: unknown, axis?: unknown, shape?: unknown) {
  atMost('categorical', arguments, 4);
  const v = floating(valueFrom(logits, 'categorical', 'logits'), 'categorical');
  const a = checkAxis('categorical', v.shape, axis ?? -1);
  if (v.shape[a] === 0)
    throw new ShapeError(
      `categorical: axis ${a} of logits ${showShape(v.shape)} is empty, so there is no class to draw.`,
    );
  const batch = v.shape.filter((_, d) => d !== a);
  const wanted = shape === undefined ? batch : checkShape('categorical', shape);
  const extra = wanted.length - batch.length;
  if (extra < 0 || batch.some((n, d) => n !== wanted[d + extra]))
    throw new ShapeError(
      `categorical: the shape ${showShape(wanted)} must end with ${showShape(batch)}, the shape of logits without axis ${a}.`,
    );
  const full = [...wanted.slice(0, extra), ...v.shape];
  const scores = P.add(gumbelOf('categorical', key, full, v.dtype), stretch(v, full));
  return publish(P.argmax(scores, a + extra, i32));
}

/** 0 ... n - 1 in random order, by sorting fresh random keys until collisions do not matter (as in JAX). */
const shuffled = (name: string, key: unknown, n: number): Value => {
  let order = P.iota([n], 0, i32);
  let next: unknown = key;
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(4294967295));
  for (let i = 0; i < rounds; i++) {
    const [rest, fresh] = splitValues(name, next);
    next = rest;
    order = P.sort([bitsOf(name, fresh, [n]), order], 0)[1] as Value;
  }
  return order;
};

/**
 * 0 ... n - 1 in random order; of a tensor, its first axis.
 *
 * @example
 * sort(permutation(key(0), 4)).toArray() // => [0, 1, 2, 3]
 */
export function permutation<const N extends Dim>(key: Key, n: N): Tensor<[N], I32>;
export function permutation<S extends Shape, D extends DType>(key: Key, x: Tensor<S, D>): Tensor<S, D>;
export function permutation(key: Key, x: unknown) {
  atMost('permutation', arguments, 2);
  if (x instanceof Value) return publish(alongAxis('permutation', key, x, 0));
  return publish(shuffled('permutation', key, checkCount('permutation', 'n', x)));
}

const alongAxis = /* @__PURE__ */ composed((name: string, key: unknown, x: Value, axis: unknown): Value => {
  const a = checkAxis(name, x.shape, axis);
  const order = shuffled(name, key, x.shape[a] as number);
  return valueFrom(take(publish(x), publish(order), a), name);
});

/**
 * The slices along an axis (the first) in random order.
 *
 * @example
 * sort(shuffle(key(0), tensor([10, 20, 30]))).toArray() // => [10, 20, 30]
 */
export function shuffle<S extends Shape, D extends DType>(key: Key, x: Tensor<S, D>, axis?: AxisOf<S>): Tensor<S, D> {
  atMost('shuffle', arguments, 3);
  return publish(alongAxis('shuffle', key, valueFrom(x, 'shuffle'), axis ?? 0));
}

interface ChoiceOptions {
  /** Whether an element may be drawn more than once: yes unless false. */
  readonly replace?: boolean;
  /** A probability for each element; equal ones unless given. */
  readonly p?: AnyTensor;
}

/** The places of n elements that are drawn. */
const drawn = (key: unknown, n: number, shape: readonly number[], { replace = true, p }: ChoiceOptions): Value => {
  const count = sizeOf(shape);
  if (count > 0 && n === 0) throw new ShapeError(`choice: cannot draw ${count} elements from none.`);
  if (!replace && count > n)
    throw new ShapeError(
      `choice: cannot draw ${count} different elements from ${n}. Allow repetitions with replace: true.`,
    );
  const first = (x: Value): Value => P.reshape(P.slice(x, [0], [count]), shape);
  if (p === undefined) {
    if (!replace) return first(shuffled('choice', key, n));
    return count === 0 ? P.full(shape, i32, 0) : integersFrom('choice', key, shape, 0, n);
  }
  const chances = floating(valueFrom(p, 'choice', 'p'), 'choice');
  if (chances.ndim !== 1 || chances.size !== n)
    throw new ShapeError(`choice: p must have shape [${n}], got ${showShape(chances.shape)}.`);
  if (!replace) {
    const scores = P.add(gumbelOf('choice', key, [n], chances.dtype), P.log(chances));
    return first(P.sort([P.neg(scores), P.iota([n], 0, i32)], 0)[1] as Value);
  }
  const cumulative = P.cumsum(chances, 0);
  const total = P.reshape(P.slice(cumulative, [n - 1], [n]), []);
  const u = uniformIn('choice', key, shape, chances.dtype, 0, 1);
  const level = P.mul(P.broadcastInDim(total, shape, []), P.sub(P.fullLike(u, 1), u));
  // How many running sums are below: the place where the level would be inserted.
  const grid = [...shape, n];
  const below = P.lt(
    P.broadcastInDim(cumulative, grid, [shape.length]),
    P.broadcastInDim(
      level,
      grid,
      shape.map((_, d) => d),
    ),
  );
  return P.reduceSum(P.convert(below, i32), [shape.length]);
};

/**
 * Elements of 0 ... n - 1, or of the first axis of a tensor, drawn at random.
 *
 * @throws ShapeError when there are too few elements to draw from without repetition
 * @example
 * choice(key(0), 5, [2]).shape // => [2]
 * sort(choice(key(0), tensor([10, 20, 30]), [3], { replace: false })).toArray() // => [10, 20, 30]
 */
export function choice<const S extends Shape>(
  key: Key,
  n: number,
  shape: readonly [...S],
  options?: ChoiceOptions,
): Tensor<S, I32>;
export function choice<const S extends Shape, R extends Shape, N extends Dim, D extends DType>(
  key: Key,
  x: Tensor<[N, ...R], D>,
  shape: readonly [...S],
  options?: ChoiceOptions,
): Tensor<[...S, ...R], D>;
export function choice(key: unknown, x: unknown, shape: unknown, options: ChoiceOptions = {}) {
  atMost('choice', arguments, 4);
  knownOptions('choice', options, ['replace', 'p']);
  const checked = checkShape('choice', shape);
  if (!(x instanceof Value)) return publish(drawn(key, checkCount('choice', 'n', x), checked, options));
  checkAxis('choice', x.shape, 0);
  return composed(() => take(publish(x), publish(drawn(key, x.shape[0] as number, checked, options)), 0))();
}
