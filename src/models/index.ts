// Architectures with trained weights, and text from them.
export {
  type Bert,
  type BertConfig,
  type BertInputs,
  bert,
  initBert,
  loadBert,
  type MaskedHead,
  maskedScores,
  pooled,
} from './bert';
export type { ModelError } from './error';
export { cachedGpt2, type Gpt2, type Gpt2Config, gpt2, initGpt2Cache, loadGpt2 } from './gpt2';
export type { ActivationName, Pretrained } from './pretrained';
export { type DecodingStep, generator, type SamplingOptions, sampleToken } from './sampling';
export type { Dense } from './weights';
