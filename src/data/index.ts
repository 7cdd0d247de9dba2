export { epochBatches, gatherRows, type Rows, shuffledBatches } from './batches';
export type { DataError } from './error';
export { decodeIdx, encodeIdx, type IdxArray, type IdxDtype } from './idx';
export { readIdx } from './read';
