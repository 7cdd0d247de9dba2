// Optimisers as pure functions over trees of parameters.
export { type AdamOptions, type AdamState, adam } from './adam';
export { applyUpdates } from './applyUpdates';
export type { Optimiser } from './optimiser';
export { type SgdOptions, type SgdState, sgd } from './sgd';
