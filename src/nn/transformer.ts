// Blocks of transformers, normalised before they act or after.

import type { AnyTensor, Dim, Shape, Tensor } from '../index';
import { type Key, split } from '../random';
import { add, atMost, composed, gelu, knownOptions } from '../untyped';
import { type Attention, initAttention, type Mask, type MultiHeadOptions, multiHeadAttention } from './attention';
import { type CachedOptions, cachedAttention, type KvCache } from './cachedAttention';
import { dropout } from './dropout';
import { initLinear, type Linear, linear } from './linear';
import { initNorm, layerNorm, type Norm } from './normalisation';

/** Two layers with an activation between. */
export interface FeedForward<F extends Dim, H extends Dim> {
  readonly up: Linear<F, H, Tensor<[H]>>;
  readonly down: Linear<H, F, Tensor<[F]>>;
}
/**
 * From F features to H and back.
 *
 * @example
 * initFeedForward(random.key(0), { features: 8, hidden: 32 }).up.w.shape // => [8, 32]
 */
export const initFeedForward = /* @__PURE__ */ composed(function <const F extends Dim, const H extends Dim>(
  key: Key,
  options: { readonly features: F; readonly hidden: H },
): FeedForward<F, H> {
  atMost('initFeedForward', arguments, 2);
  const { features, hidden } = knownOptions('initFeedForward', options, ['features', 'hidden']);
  const [k1, k2] = split(key);
  return {
    up: initLinear<F, H>(k1, { inputs: features, outputs: hidden }),
    down: initLinear<H, F>(k2, { inputs: hidden, outputs: features }),
  };
});
/** A function of every element. */
export type Activation = (x: AnyTensor) => AnyTensor;
/**
 * down(gelu(up(x))), or with another activation.
 *
 * @example
 * feedForward(initFeedForward(random.key(0), { features: 8, hidden: 32 }))(zeros([2, 8])).shape // => [2, 8]
 */
export const feedForward = /* @__PURE__ */ composed(function <F extends Dim, H extends Dim>(
  p: FeedForward<F, H>,
  activation: (x: AnyTensor) => AnyTensor = (x) => gelu(x),
) {
  atMost('feedForward', arguments, 2);
  return <N extends Shape>(x: Tensor<[...N, F]>): Tensor<[...N, F]> => linear(p.down)(activation(linear(p.up)(x)));
});

export interface BlockConfig<F extends Dim, H extends Dim, K extends Dim> {
  readonly features: F;
  readonly hidden: H;
  /** Features of all heads of keys: `features` by default. */
  readonly keys?: K;
}
/** Self-attention and a feed-forward layer. */
export interface EncoderBlock<F extends Dim, H extends Dim, K extends Dim = F> {
  readonly norm1: Norm<F>;
  readonly attention: Attention<F, F, K>;
  readonly norm2: Norm<F>;
  readonly feedForward: FeedForward<F, H>;
}
/**
 * The parameters of a block.
 *
 * @example
 * initEncoderBlock(random.key(0), { features: 8, hidden: 32 }).feedForward.up.w.shape // => [8, 32]
 */
export const initEncoderBlock = /* @__PURE__ */ composed(function <
  const F extends Dim,
  const H extends Dim,
  const K extends Dim = F,
>(key: Key, options: BlockConfig<F, H, K>): EncoderBlock<F, H, K> {
  atMost('initEncoderBlock', arguments, 2);
  const { features, hidden, keys } = knownOptions('initEncoderBlock', options, ['features', 'hidden', 'keys']);
  const [k1, k2] = split(key);
  return {
    norm1: initNorm({ features }),
    attention: initAttention<F, F, K>(k1, keys === undefined ? { features } : { features, keys }),
    norm2: initNorm({ features }),
    feedForward: initFeedForward(k2, { features, hidden }),
  };
});
/** What blocks of trained models differ in. */
export interface BlockVariant {
  /** Each part acts on what was normalised, f(norm(x)) + x, unless false: then norm(f(x) + x), as at first (Vaswani et al., 2017). */
  readonly normFirst?: boolean;
  /** Between the feed-forward layers: gelu by default. */
  readonly activation?: Activation;
  /** Of the layer norms, 1e-5 by default. */
  readonly epsilon?: number;
}
export interface BlockOptions extends MultiHeadOptions, BlockVariant {
  /** What is dropped of what each part adds, with the key: nothing by default. */
  readonly dropout?: { readonly key: Key | null; readonly rate: number };
}
/** What attention is told, of all that a block knows. */
const attentionOf = ({ heads, rotary, mask, causal = false }: MultiHeadOptions): MultiHeadOptions => ({
  heads,
  causal,
  ...(rotary === undefined ? {} : { rotary }),
  ...(mask === undefined ? {} : { mask }),
});
const drops = (options: BlockOptions, n: number): readonly Activation[] => {
  const { key = null, rate = 0 } = options.dropout ?? {};
  const keys: readonly (Key | null)[] = key === null ? Array.from({ length: n }, () => null) : split(key, n);
  return keys.map((k) => (x: AnyTensor) => dropout(k, rate)(x));
};
const plus = (x: AnyTensor, change: AnyTensor): AnyTensor => add(x, change);
interface AnyNorm {
  readonly scale: AnyTensor;
  readonly shift: AnyTensor;
}
/** What a part of a block acts on, and what its change makes of x. */
const norms = ({ normFirst = true, epsilon = 1e-5 }: BlockVariant) => ({
  before: (p: AnyNorm, x: AnyTensor): AnyTensor => (normFirst ? layerNorm(p, { epsilon })(x) : x),
  after: (p: AnyNorm, x: AnyTensor, change: AnyTensor): AnyTensor =>
    normFirst ? plus(x, change) : layerNorm(p, { epsilon })(plus(x, change)),
});

/**
 * h = x + attention(norm(x)), then h + feedForward(norm(h)). With `causal` the block of a decoder-only transformer; without
 * `normFirst` h = norm(x + attention(x)), then norm(h + feedForward(h)).
 *
 * @example
 * const p = initEncoderBlock(random.key(0), { features: 8, hidden: 32 });
 * encoderBlock(p, { heads: 2 })(zeros([3, 5, 8])).shape // => [3, 5, 8]
 */
export const encoderBlock = /* @__PURE__ */ composed(function <F extends Dim, H extends Dim, K extends Dim>(
  p: EncoderBlock<F, H, K>,
  options: BlockOptions,
) {
  atMost('encoderBlock', arguments, 2);
  knownOptions('encoderBlock', options, [
    'dropout',
    'heads',
    'rotary',
    'mask',
    'causal',
    'normFirst',
    'activation',
    'epsilon',
  ]);
  return <N extends Shape, T extends Dim>(x: Tensor<[...N, T, F]>): Tensor<[...N, T, F]> => {
    const [drop1, drop2] = drops(options, 2) as readonly [Activation, Activation];
    const { before, after } = norms(options);
    const h = after(p.norm1, x, drop1(multiHeadAttention(p.attention, attentionOf(options))(before(p.norm1, x))));
    return after(p.norm2, h, drop2(feedForward(p.feedForward, options.activation)(before(p.norm2, h))));
  };
});
/**
 * The same, causal, a piece at a time: the keys and values of what came before are in the cache.
 *
 * @example
 * const p = initEncoderBlock(random.key(0), { features: 8, hidden: 32 });
 * const cache = initKvCache(p.attention, { heads: 2, batch: [3], length: 16 });
 * cachedBlock(p, { heads: 2 })(cache, zeros([3, 1, 8]))[0].shape // => [3, 1, 8]
 */
export const cachedBlock = /* @__PURE__ */ composed(function <F extends Dim, H extends Dim, K extends Dim>(
  p: EncoderBlock<F, H, K>,
  options: CachedOptions & BlockVariant,
) {
  atMost('cachedBlock', arguments, 2);
  knownOptions('cachedBlock', options, ['heads', 'rotary', 'mask', 'normFirst', 'activation', 'epsilon']);
  return <N extends Shape, T extends Dim>(
    cache: KvCache,
    x: Tensor<[...N, T, F]>,
  ): readonly [y: Tensor<[...N, T, F]>, cache: KvCache] => {
    const { before, after } = norms(options);
    const { heads, rotary, mask } = options;
    const told = { heads, ...(rotary === undefined ? {} : { rotary }), ...(mask === undefined ? {} : { mask }) };
    const [change, next] = cachedAttention(p.attention, told)(cache, before(p.norm1, x));
    const h = after(p.norm1, x, change);
    return [after(p.norm2, h, feedForward(p.feedForward, options.activation)(before(p.norm2, h))), next];
  };
});

/** Causal self-attention, attention to a context of C features, and a feed-forward layer. */
export interface DecoderBlock<F extends Dim, H extends Dim, C extends Dim = F> {
  readonly norm1: Norm<F>;
  readonly self: Attention<F, F, F>;
  readonly norm2: Norm<F>;
  readonly cross: Attention<F, F, F, C>;
  readonly norm3: Norm<F>;
  readonly feedForward: FeedForward<F, H>;
}
/**
 * The parameters of a block that looks at a context.
 *
 * @example
 * initDecoderBlock(random.key(0), { features: 8, hidden: 32, context: 6 }).cross.key.w.shape // => [6, 8]
 */
export const initDecoderBlock = /* @__PURE__ */ composed(function <
  const F extends Dim,
  const H extends Dim,
  const C extends Dim = F,
>(key: Key, options: { readonly features: F; readonly hidden: H; readonly context?: C }): DecoderBlock<F, H, C> {
  atMost('initDecoderBlock', arguments, 2);
  const { features, hidden, context } = knownOptions('initDecoderBlock', options, ['features', 'hidden', 'context']);
  const [k1, k2, k3] = split(key, 3);
  return {
    norm1: initNorm({ features }),
    self: initAttention<F>(k1, { features }),
    norm2: initNorm({ features }),
    cross: initAttention<F, F, F, C>(k2, context === undefined ? { features } : { features, context }),
    norm3: initNorm({ features }),
    feedForward: initFeedForward(k3, { features, hidden }),
  };
});
export interface DecoderOptions extends BlockOptions {
  /** True where a query may look at an element of the context. */
  readonly contextMask?: Mask;
}
/**
 * Causal attention of x to itself, attention to the context, feed-forward: each added to what came before.
 *
 * @example
 * const p = initDecoderBlock(random.key(0), { features: 8, hidden: 32 });
 * decoderBlock(p, { heads: 2 })(zeros([3, 5, 8]), zeros([3, 7, 8])).shape // => [3, 5, 8]
 */
export const decoderBlock = /* @__PURE__ */ composed(function <F extends Dim, H extends Dim, C extends Dim>(
  p: DecoderBlock<F, H, C>,
  given: DecoderOptions,
) {
  atMost('decoderBlock', arguments, 2);
  const { contextMask, ...options } = knownOptions('decoderBlock', given, [
    'contextMask',
    'dropout',
    'heads',
    'rotary',
    'mask',
    'causal',
    'normFirst',
    'activation',
    'epsilon',
  ]);
  return <N extends Shape, T extends Dim, S extends Dim>(
    x: Tensor<[...N, T, F]>,
    context: Tensor<[...N, S, C]>,
  ): Tensor<[...N, T, F]> => {
    const [drop1, drop2, drop3] = drops(options, 3) as readonly [Activation, Activation, Activation];
    const { before, after } = norms(options);
    const { heads } = options;
    const cross: MultiHeadOptions = contextMask === undefined ? { heads } : { heads, mask: contextMask };
    const seen = multiHeadAttention(p.self, { ...attentionOf(options), causal: true })(before(p.norm1, x));
    const h = after(p.norm1, x, drop1(seen));
    const told: AnyTensor = multiHeadAttention(p.cross, cross)(before(p.norm2, h), context);
    const g = after(p.norm2, h, drop2(told));
    return after(p.norm3, g, drop3(feedForward(p.feedForward, options.activation)(before(p.norm3, g))));
  };
});
