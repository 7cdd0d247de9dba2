// What a training run is to those who watch it.
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { IoError } from '../io';
import type { Progress } from './fold';

/** Why training could not go on for reasons outside the program. */
export type TrainError =
  | IoError
  /** The batches could not be had. */
  | { readonly _tag: 'BatchesFailed'; readonly message: string; readonly cause: unknown }
  /** A checkpoint does not hold what an observer remembers. */
  | { readonly _tag: 'BadMemory'; readonly message: string };

export type Effect = TE.TaskEither<TrainError, void>;

/** A run after a step: everything that is needed to go on. */
export interface Run<State> {
  /** How many steps were taken. */
  readonly step: number;
  readonly state: State;
  /** What the observers remember, by their names: JSON. */
  readonly memories: Readonly<Record<string, unknown>>;
  /** Who stopped it and why; null when the batches came to their end, or while it goes on. */
  readonly stopped: Stop | null;
}
export interface Stop {
  readonly by: string;
  readonly reason: string;
  /** The state is of no more use, and must not replace a saved one. */
  readonly spoiled: boolean;
}

/** A step, as observers see it. */
export interface Moment<State, Metrics> extends Progress<State, Metrics> {
  /** The metrics as numbers by name, and those that earlier observers added. Asking waits for the computation. */
  readonly numbers: () => Numbers;
}
export type Numbers = Readonly<Record<string, number>>;

/** What an observer wants. */
export interface Response<State, Change = never> {
  /** Stop after this step. */
  readonly stop?: { readonly reason: string; readonly spoiled?: boolean };
  /** Go on with another state. */
  readonly state?: Change;
  /** More numbers for the observers that follow. */
  readonly numbers?: Numbers;
  /** What is to be done in the world, with the run as it is after all observers have answered. */
  readonly effect?: (run: Run<State>) => Effect;
}

/** An observer in the middle of a run. Seeing a step gives the observer for the next one. */
export interface Watch<State, Metrics, Change = never> {
  /** What it would need to go on in another process: JSON. */
  readonly memory: () => unknown;
  readonly see: (moment: Moment<State, Metrics>) => readonly [Watch<State, Metrics, Change>, Response<State, Change>];
  /** The run is over; it closes what it opened. */
  readonly end: (run: Run<State>) => Effect;
}

/**
 * Watches a run and may steer it. Pure: what is to happen is in its responses. `State` and `Metrics` are what it looks at, `Change`
 * are the states it may put in place of others (never, for most).
 */
export interface Observer<State, Metrics = unknown, Change = never> {
  /** Different for each observer of a run. */
  readonly name: string;
  /** The state to begin a new run with; the one given, unless told otherwise. */
  readonly prepare?: (state: State) => Change;
  /** Begins to watch a run that is new (step 0), or goes on with what it remembered of one. */
  readonly begin: (run: Run<State>) => TE.TaskEither<TrainError, Watch<State, Metrics, Change>>;
}
