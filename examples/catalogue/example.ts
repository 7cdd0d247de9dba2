// What an example is to those who run it.
import { tree } from 'adjoint';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Fault, Source } from './source';

/** What an example is given. */
export interface Context {
  /** Everything random depends on it: `random.key(seed)`. */
  readonly seed: number;
  /** Whether a small part of the work is enough: 10 to 40 seconds that show whether it learns. */
  readonly quick: boolean;
  /** Whether trainings go on from their checkpoints. */
  readonly resume: boolean;
  /** Where pictures, curves and checkpoints go: runs/NAME. It exists. */
  readonly directory: string;
  readonly log: (line: string) => void;
  /** The folder with the files of a source that the example names. */
  readonly folder: (source: Source) => string;
}

/** What an example found out. */
export interface Outcome {
  /** How many numbers were learned. */
  readonly parameters: number;
  /** By name, in the order in which they are shown. */
  readonly results: Readonly<Record<string, number>>;
}

/** The bound of a result, in full and in quick size. */
export type Goal = { readonly atLeast: Sizes } | { readonly atMost: Sizes };
interface Sizes {
  readonly full: number;
  readonly quick: number;
}

export interface Example {
  /** As in `npm run example -- NAME`. */
  readonly name: string;
  readonly summary: string;
  /** What it learns from. */
  readonly sources: readonly Source[];
  /** What the results must reach, by their names; others are only shown. */
  readonly goals: Readonly<Record<string, Goal>>;
  readonly run: (context: Context) => TE.TaskEither<Fault, Outcome>;
}

/** How many numbers a tree of parameters holds. */
export const parameterCount = (params: unknown): number => tree.leaves(params).reduce((n, x) => n + x.size, 0);
