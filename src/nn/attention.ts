// Attention: sums of values, weighted by how well keys answer a query.

import { type AnyTensor, type bool, type Dim, type Shape, ShapeError, type Tensor } from '../index';
import { type Key, split } from '../random';
import {
  add,
  all,
  any,
  arange,
  astype,
  atMost,
  composed,
  div,
  expandDims,
  isfinite,
  knownOptions,
  lessEqual,
  logicalAnd,
  matmul,
  matrixTranspose,
  repeat,
  reshape,
  softmax,
  swapaxes,
  where,
} from '../untyped';
import type { Initialiser } from './initialisers';
import { glorotUniform } from './initialisers';
import { initLinear, type Linear, linear } from './linear';
import { type RotaryOptions, rotary } from './positions';

/** A mask of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: takes every shape, and is taken where a shape is asked for.
export type Mask = Tensor<any, bool>;
export interface AttentionOptions {
  /**
   * True where a query (last axis but one) may look at a key (last axis); broadcast to the scores [...N, T, S]. What a query may not look
   * at does not reach its result, not even NaN; nor do derivatives meet it where no query may look at it. A query that may look at
   * nothing gets 0.
   */
  readonly mask?: Mask;
  /** No query looks at a later key; the last query stands at the last key. */
  readonly causal?: boolean;
}

/** True where position t may look at s, the queries being the last of the keys. */
export const past = (queries: number, keys: number, first: AnyTensor | number): AnyTensor =>
  lessEqual(arange(keys), add(expandDims(arange(queries), 1), first));
/** The least number of f32: not above any score, yet finite, so that a row without a key has weights that are numbers. */
const never = -3.4028234663852886e38;

export const attention = (q: AnyTensor, k: AnyTensor, v: AnyTensor, seen: AnyTensor | null): AnyTensor => {
  const size = Math.sqrt(q.shape[q.ndim - 1] as number);
  const scores = div(matmul(q, matrixTranspose(k)), size);
  if (seen === null) return matmul(softmax(scores), v);
  // A weight of 0 times a value that is no number would be NaN. A key that one query sees all of them see here.
  if (seen.shape[seen.ndim - 2] === 1)
    return matmul(softmax(where(seen, scores, never)), where(matrixTranspose(seen), v, 0));
  // Elsewhere values are made numbers, and scores of what may be looked at NaN where the value was none: the queries that see it get NaN, the
  // others do not.
  const finite = isfinite(v);
  const fault = where(all(finite, -1), 0, Number.NaN);
  const faulty = add(scores, expandDims(astype(fault, scores.dtype), -2));
  return matmul(softmax(where(seen, faulty, never)), where(finite, v, 0));
};

/** The same by a mask under which queries or keys may be left that see nothing, or are not seen. */
export const maskedAttention = (q: AnyTensor, k: AnyTensor, v: AnyTensor, seen: AnyTensor): AnyTensor => {
  const looks = any(seen, -1, { keepDims: true });
  const isSeen = matrixTranspose(any(seen, -2, { keepDims: true }));
  const y = attention(where(looks, q, 0), where(isSeen, k, 0), v, seen);
  return where(looks, y, 0);
};

/**
 * softmax(q kᵀ / √K) v: q [...N, T, K], k [...N, S, K], v [...N, S, F] (Vaswani et al., 2017).
 *
 * @example
 * dotProductAttention(zeros([1, 2]), zeros([2, 2]), tensor([[1], [3]])).toArray() // => [[2]]
 */
export const dotProductAttention = /* @__PURE__ */ composed(function <
  N extends Shape,
  T extends Dim,
  S extends Dim,
  K extends Dim,
  F extends Dim,
>(
  q: Tensor<[...N, T, K]>,
  k: Tensor<[...N, S, NoInfer<K>]>,
  v: Tensor<[...N, S, F]>,
  options: AttentionOptions = {},
): Tensor<[...N, T, F]> {
  atMost('dotProductAttention', arguments, 4);
  const { mask, causal = false } = knownOptions('dotProductAttention', options, ['mask', 'causal']);
  const [queries, keys] = [q.shape[q.ndim - 2] as number, k.shape[k.ndim - 2] as number];
  const before = causal ? past(queries, keys, keys - queries) : null;
  const given: AnyTensor | null = mask === undefined ? null : mask.ndim < 2 ? expandDims(mask, 0) : mask;
  // Every query looks at a key then, and the last one at all of them.
  if (given === null && (before === null || queries <= keys)) return attention(q, k, v, before);
  const seen = [given, before].filter((mask) => mask !== null).reduce((a, b) => logicalAnd(a, b));
  return maskedAttention(q, k, v, seen);
});

/** Maps to queries, keys and values, and from the joined heads back. Keys may have fewer heads than queries. */
export interface Attention<F extends Dim, Q extends Dim, K extends Dim, C extends Dim = F> {
  readonly query: Linear<F, Q>;
  readonly key: Linear<C, K>;
  readonly value: Linear<C, K>;
  readonly out: Linear<Q, F>;
}
export interface AttentionConfig<F extends Dim, Q extends Dim, K extends Dim, C extends Dim> {
  readonly features: F;
  /** Of all query heads together: `features` by default. */
  readonly queries?: Q;
  /** Of all key heads together: `queries` by default, less for grouped queries. */
  readonly keys?: K;
  /** Features of what is looked at: `features` by default. */
  readonly context?: C;
  readonly bias?: boolean;
  /** Glorot's uniform distribution by default. */
  readonly weight?: Initialiser;
}
/**
 * The parameters of multi-head attention; the number of heads is said where it is applied.
 *
 * @example
 * initAttention(random.key(0), { features: 8, keys: 4 }).key.w.shape // => [8, 4]
 */
export const initAttention = /* @__PURE__ */ composed(function <
  const F extends Dim,
  const Q extends Dim = F,
  const K extends Dim = Q,
  const C extends Dim = F,
>(key: Key, config: AttentionConfig<F, Q, K, C>): Attention<F, Q, K, C> {
  atMost('initAttention', arguments, 2);
  knownOptions('initAttention', config, ['features', 'queries', 'keys', 'context', 'bias', 'weight']);
  const { features, bias = true, weight = glorotUniform } = config;
  const queries = config.queries ?? (features as number as Q);
  const keys = config.keys ?? (queries as number as K);
  const context = config.context ?? (features as number as C);
  const [k1, k2, k3, k4] = split(key, 4);
  return {
    query: initLinear(k1, { inputs: features, outputs: queries, bias, weight }),
    key: initLinear(k2, { inputs: context, outputs: keys, bias, weight }),
    value: initLinear(k3, { inputs: context, outputs: keys, bias, weight }),
    out: initLinear(k4, { inputs: queries, outputs: features, bias, weight }),
  };
});

export interface MultiHeadOptions extends AttentionOptions {
  readonly heads: number;
  /** Rotary positions of queries and keys. */
  readonly rotary?: RotaryOptions;
}

/** [...N, T, H · K] as [...N, H, T, K]. */
const apart = (x: AnyTensor, heads: number): AnyTensor => {
  const features = x.shape[x.ndim - 1] as number;
  if (features % heads !== 0)
    throw new ShapeError(`multiHeadAttention: ${features} features are not divisible by ${heads} heads.`);
  return swapaxes(reshape(x, [...x.shape.slice(0, -1), heads, features / heads] as number[]), -2, -3);
};
/** [...N, H, T, K] as [...N, T, H · K]. */
export const together = (x: AnyTensor): AnyTensor => {
  const y = swapaxes(x, -2, -3);
  return reshape(y, [
    ...y.shape.slice(0, -2),
    (y.shape[y.ndim - 1] as number) * (y.shape[y.ndim - 2] as number),
  ] as number[]);
};
/** As many heads of keys as of queries: each is used by a group. */
export const sharedHeads = (x: AnyTensor, heads: number): AnyTensor => {
  const own = x.shape[x.ndim - 3] as number;
  return own === heads ? x : repeat(x, heads / own, (x.ndim - 3) as never);
};
interface AnyLinear {
  readonly w: AnyTensor;
  readonly b: AnyTensor | null;
}
export interface AnyAttention {
  readonly query: AnyLinear;
  readonly key: AnyLinear;
  readonly value: AnyLinear;
}
/** How many heads keys have: their features over the features of a head of queries. */
export const keyHeads = (p: AnyAttention, heads: number): number => {
  const [queries, keys] = [p.query.w.shape[1] as number, p.key.w.shape[1] as number];
  const own = (keys * heads) / queries;
  if (Number.isInteger(own) && heads % own === 0) return own;
  throw new ShapeError(
    `multiHeadAttention: ${queries} features of queries in ${heads} heads do not go with ${keys} features of keys.`,
  );
};
export const headsOf = (p: AnyAttention, options: MultiHeadOptions, x: AnyTensor, context: AnyTensor) => {
  const own = keyHeads(p, options.heads);
  const turn =
    options.rotary === undefined
      ? (v: AnyTensor): AnyTensor => v
      : (v: AnyTensor): AnyTensor => rotary(options.rotary)(v);
  return {
    q: turn(apart(linear(p.query)(x), options.heads)),
    k: turn(apart(linear(p.key)(context), own)),
    v: apart(linear(p.value)(context), own),
  };
};

/**
 * Attention in several heads: of x [...N, T, F] to itself, or to a context [...N, S, C]. Keys with fewer features than
 * queries have fewer heads, each for a group of queries (Ainslie et al., 2023).
 *
 * @throws ShapeError when the heads do not divide the features
 * @example
 * const p = initAttention(random.key(0), { features: 8 });
 * multiHeadAttention(p, { heads: 2, causal: true })(zeros([3, 5, 8])).shape // => [3, 5, 8]
 */
export const multiHeadAttention = /* @__PURE__ */ composed(function <
  F extends Dim,
  Q extends Dim,
  K extends Dim,
  C extends Dim,
>(p: Attention<F, Q, K, C>, options: MultiHeadOptions) {
  atMost('multiHeadAttention', arguments, 2);
  knownOptions('multiHeadAttention', options, ['heads', 'rotary', 'mask', 'causal']);
  return <N extends Shape, T extends Dim, S extends Dim = T>(
    x: Tensor<[...N, T, F]>,
    ...[context]: [C] extends [F]
      ? [F] extends [C]
        ? [context?: Tensor<[...N, S, C]>]
        : [context: Tensor<[...N, S, C]>]
      : [context: Tensor<[...N, S, C]>]
  ): Tensor<[...N, T, F]> => {
    const { q, k, v } = headsOf(p, options, x, context ?? x);
    const { mask, causal = false } = options;
    const forHeads = mask === undefined ? undefined : maskOfHeads(mask);
    const y: AnyTensor = dotProductAttention(
      q,
      sharedHeads(k, options.heads),
      sharedHeads(v, options.heads),
      forHeads === undefined ? { causal } : { causal, mask: forHeads },
    );
    return linear(p.out)(together(y));
  };
});

/** A mask of [...N, T, S] is the same for all heads. */
export const maskOfHeads = (mask: Mask): AnyTensor => {
  const wide: AnyTensor = mask.ndim < 3 ? mask : expandDims(mask, -3);
  return wide;
};
