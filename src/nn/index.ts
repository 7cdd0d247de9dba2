// Layers and losses as plain functions.
export {
  type Attention,
  type AttentionConfig,
  type AttentionOptions,
  dotProductAttention,
  initAttention,
  type Mask,
  type MultiHeadOptions,
  multiHeadAttention,
} from './attention';
export { type CachedOptions, cachedAttention, initKvCache, type KvCache } from './cachedAttention';
export * from './combine';
export * from './contrastive';
export {
  type Conv,
  type ConvConfig,
  type ConvLayerOf,
  type ConvMove,
  type ConvTransposeLayerOf,
  type ConvTransposeMove,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type InitConvOf,
  initConv1d,
  initConv2d,
  initConv3d,
} from './convolution';
export * from './ctc';
export * from './dropout';
export type { Initialiser } from './initialisers';
export * as initialisers from './initialisers';
export {
  type BiasOf,
  type Bilinear,
  bilinear,
  type Dense,
  dense,
  type Embedding,
  embedding,
  initBilinear,
  initEmbedding,
  initLinear,
  initLora,
  type Linear,
  type LinearConfig,
  type Lora,
  linear,
  lora,
  mergeLora,
  unembedding,
} from './linear';
export * from './losses';
export * from './metrics';
export * from './normalisation';
export * from './pooling';
export * from './positions';
export * from './prelu';
export * from './recurrent';
export * from './reduction';
export * from './regression';
export * from './separable';
export * from './sequences';
export * from './summary';
export * from './transformer';
