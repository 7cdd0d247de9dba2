/** What the page tells. */
export interface Outcome {
  readonly target: string;
  /** Threads that settings allow, and on how many programs were run. */
  readonly threads: number;
  readonly seen: readonly number[];
  /** What a call said whose program was too large to compile at once. */
  readonly refused: string;
  readonly losses: readonly number[];
  readonly bits: readonly number[];
}
