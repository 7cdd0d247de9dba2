// Target traits: what the passes of the compiler have to know of the target that they lower for.
import type { DType, DTypeName } from '../core/dtype';
import type { Sharing } from './program/share';

/** Sizes of contractions that keep tiles of sums in vector registers, and add in the dtype of the result. */
export interface Tiles {
  readonly vectorBytes: number;
  /** Terms of a block: a panel of sixteen columns by as many terms stays in the first cache. */
  readonly blockDepth: number;
  /** Rows packed at a time: by a block of terms they stay in the second cache. */
  readonly mostRows: number;
  /** Columns packed at a time: by a block of terms they stay in the second cache. */
  readonly mostColumns: number;
  /** Columns beside each other, from which on rows of the right side are packed: further apart than that they would share cache lines. */
  readonly widestUnpacked: number;
  /** Rows from which on packing pays: each of its elements is then read that often. */
  readonly leastPacked: number;
}

export interface Traits {
  /** Whether formulas take the place of transcendental operations; otherwise the target has functions of them. */
  readonly formulas: boolean;
  /** Null where contractions add one number after the other, in `accumulator`. */
  readonly tiles: Tiles | null;
  readonly accumulator: (dtype: DType) => DTypeName;
  /** Stores in one map: more of them need more registers than there are. */
  readonly mostStores: number;
  /** Regions that a procedure takes at most: loops around a program of more operands and results are run by the host. */
  readonly mostParameters: number;
  /** From how much work on threads share it; null where there is one thread. */
  readonly sharing: Sharing | null;
  readonly float64: boolean;
  /** Whether operations outside of jit are compiled where that pays. */
  readonly compilesEagerly: boolean;
  /** Whether a program may write its results where arguments lie that are given up. */
  readonly overwritesArguments: boolean;
}
