// Why a model could not be loaded.
import type { DataError } from '../data';
import type { IoError } from '../io';

/** The message names the file, and all that is wrong with it. */
export type ModelError =
  | IoError
  | DataError
  /** A config.json of another architecture, or without what the model needs. */
  | { readonly _tag: 'BadConfig'; readonly message: string }
  /** Tensors that are missing, have another shape or dtype, or have no place in the model. */
  | { readonly _tag: 'BadWeights'; readonly faults: readonly string[]; readonly message: string };
