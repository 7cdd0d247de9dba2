// Attention of a sequence that comes a piece at a time: keys and values of what came before are kept, and read as far as there are any.

import {
  type AnyTensor,
  customBatch,
  type Dim,
  type i32,
  i32 as int32,
  type Scalar,
  type Shape,
  switchCase,
  type Tensor,
  tensor,
} from '../index';
import {
  add,
  astype,
  atMost,
  composed,
  dynamicUpdateSlice,
  expandDims,
  greater,
  knownOptions,
  logicalAnd,
  max,
  reshape,
  slice,
  sum,
  zeros,
} from '../untyped';
import {
  type Attention,
  attention,
  headsOf,
  keyHeads,
  type Mask,
  type MultiHeadOptions,
  maskedAttention,
  maskOfHeads,
  past,
  sharedHeads,
  together,
} from './attention';
import { linear } from './linear';

/** Keys and values of what came before, [...N, heads, length, features of a head], and how many there are. */
export interface KvCache {
  readonly keys: AnyTensor;
  readonly values: AnyTensor;
  readonly length: Scalar<i32>;
}
/**
 * Room for keys and values of `length` positions, in the dtype of the parameters.
 *
 * @example
 * initKvCache(initAttention(random.key(0), { features: 8 }), { heads: 2, batch: [3], length: 16 }).keys.shape // => [3, 2, 16, 4]
 */
export const initKvCache = /* @__PURE__ */ composed(function <
  F extends Dim,
  Q extends Dim,
  K extends Dim,
  C extends Dim,
>(
  p: Attention<F, Q, K, C>,
  options: { readonly heads: number; readonly batch: readonly number[]; readonly length: number },
): KvCache {
  atMost('initKvCache', arguments, 2);
  const { heads, batch, length } = knownOptions('initKvCache', options, ['heads', 'batch', 'length']);
  const { w }: { readonly w: AnyTensor } = p.query;
  const features = (w.shape[1] as number) / heads;
  const room = zeros([...batch, keyHeads(p, heads), length, features], w.dtype);
  return { keys: room, values: room, length: tensor(0, int32) };
});

/** The shortest part of a cache that is read on its own. */
const leastPrefix = 128;
/** Places of the parts that attention may read instead of all: each twice as long as the one before. */
const shorterParts = (queries: number, places: number): readonly number[] => {
  const sizes: number[] = [];
  for (let size = leastPrefix; size < places; size *= 2) if (size >= queries) sizes.push(size);
  return sizes;
};

type Operands = [q: AnyTensor, k: AnyTensor, v: AnyTensor, first: AnyTensor, mask: AnyTensor | null];
/** Attention to the first `size` places. */
const attentionTo =
  (size: number) =>
  (...[q, k, v, first, mask]: Operands): AnyTensor => {
    const [heads, queries] = [q.shape[q.ndim - 3] as number, q.shape[q.ndim - 2] as number];
    const part = (x: AnyTensor): AnyTensor => sharedHeads(slice(x, -2, 0, size), heads);
    const before = past(queries, size, first);
    if (mask === null) return attention(q, part(k), part(v), before);
    const own: AnyTensor = mask.shape[mask.ndim - 1] === 1 ? mask : slice(mask, -1, 0, size);
    return maskedAttention(q, part(k), part(v), logicalAnd(own, before));
  };
/**
 * Causal attention to keys and values of which those up to the last query's place are there: q [...N, H, T, K], k and v [...N, G, S, K], the
 * place of the first query [...N, 1, 1, 1], and a mask that broadcasts to the scores [...N, H, T, S]. The work follows what is there, not the
 * room: the shortest part of the room that holds it is read.
 */
const prefixAttention = (...operands: Operands): AnyTensor => {
  const attend = (...xs: Operands): AnyTensor => {
    const [q, k, , first] = xs;
    const [queries, places] = [q.shape[q.ndim - 2], k.shape[k.ndim - 2]] as [number, number];
    const shorter = shorterParts(queries, places);
    if (shorter.length === 0) return attentionTo(places)(...xs);
    const tooShort = greater(add(max(first), queries), tensor(shorter, int32));
    return switchCase(sum(astype(tooShort, int32)) as Scalar<i32>, [...shorter, places].map(attentionTo), ...xs);
  };
  // Of many sequences the longest decides, or all parts would be read for each of them.
  return customBatch(attend, ({ mapped }, ...xs) => [
    prefixAttention(...(xs.map((x, i) => (x === null || mapped[i] ? x : expandDims(x, 0))) as Operands)),
    true,
  ])(...operands);
};

/** What attention with a cache is told. */
export type CachedOptions = Pick<MultiHeadOptions, 'heads' | 'rotary' | 'mask'>;
/**
 * Causal self-attention of the next positions x [...N, T, F], which join the cache: the same as of the whole sequence at
 * once, a piece at a time. There must be room: positions beyond it overwrite the last ones. What stands in the cache beyond its length
 * does not reach results, and its time follows the length, not the room. A mask is broadcast to [...N, T, S], S being all places of the
 * cache: of padding among them, or of what else a query may not look at.
 *
 * @example
 * const p = initAttention(random.key(0), { features: 8 });
 * const cache = initKvCache(p, { heads: 2, batch: [3], length: 16 });
 * cachedAttention(p, { heads: 2 })(cache, zeros([3, 1, 8]))[1].length.item() // => 1
 */
export const cachedAttention = /* @__PURE__ */ composed(function <F extends Dim, Q extends Dim, K extends Dim>(
  p: Attention<F, Q, K>,
  options: CachedOptions,
) {
  atMost('cachedAttention', arguments, 2);
  const { mask, ...own } = knownOptions('cachedAttention', options, ['heads', 'rotary', 'mask']);
  return <N extends Shape, T extends Dim>(
    { keys, values, length }: KvCache,
    x: Tensor<[...N, T, F]>,
  ): readonly [y: Tensor<[...N, T, F]>, cache: KvCache] => {
    const at = own.rotary === undefined ? own : { ...own, rotary: { ...own.rotary, offset: length } };
    const { q, k, v } = headsOf(p, at, x, x);
    const starts = [...keys.shape.slice(0, -2).map(() => 0), length, 0];
    const next = { keys: dynamicUpdateSlice(keys, k, starts), values: dynamicUpdateSlice(values, v, starts) };
    const first = reshape(length, new Array<number>(q.ndim).fill(1));
    const y = prefixAttention(q, next.keys, next.values, first, mask === undefined ? null : maskFor(mask, q.ndim));
    const counted: Scalar<i32> = add(length, x.shape[x.ndim - 2] as number);
    return [linear(p.out)(together(y)), { ...next, length: counted }];
  };
});
/** A mask with as many axes as the scores have. */
const maskFor = (mask: Mask, rank: number): AnyTensor => {
  const wide = maskOfHeads(mask);
  return reshape(wide, [...new Array<number>(Math.max(0, rank - wide.ndim)).fill(1), ...wide.shape]);
};
