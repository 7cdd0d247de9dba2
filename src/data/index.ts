// Data on its way to a model: read, cut, shuffled, batched, changed.
export { mixup, randomCrop, randomFlip } from './augment';
export { epochBatches, gatherRows, type Rows, shuffledBatches } from './batches';
export { type CsvOptions, csvRows, decodeCsv, encodeCsv, numbersIn, readCsv, type Table } from './csv';
export { type DataError, StreamError } from './error';
export { decodeIdx, encodeIdx, type IdxArray, type IdxDtype } from './idx';
export { readIdx, readLines, readText } from './read';
export { minMaxScaling, rescale, type Scaling, standardScaling, unscale } from './scaling';
export { type PadOptions, padSequences, windows } from './sequences';
export { kFold, splitRows } from './split';
export type { Stream } from './stream';
export * as stream from './stream';
export {
  type CharTokenizer,
  charTokenizer,
  type LoadTokenizerOptions,
  loadTokenizer,
  type Tokenizer,
} from './tokenizer';
export { moons, type Points, spirals, type ToyOptions, xor } from './toy';
