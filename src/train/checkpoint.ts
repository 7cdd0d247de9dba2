// Checkpoints of runs: saved every so often and when a run ends or is interrupted; a resumed run goes on as if never stopped.

import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { atMost, knownOptions } from '../core/arguments';
import { loadCheckpoint, saveCheckpoint } from '../io';
import { Float, observer, type Remembering } from './observer';
import { onInterrupt, terminal } from './platform';
import type { Effect, Observer, Run, TrainError, Watch } from './run';

const Saved = t.readonly(
  t.type({
    step: t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'Step'),
    memories: t.readonly(t.record(t.string, t.unknown)),
  }),
  'SavedRun',
);

const save = (directory: string, { step, memories, state }: Run<unknown>): Effect =>
  saveCheckpoint(directory, state, { step, memories });

/** The run that was saved in a directory, or a new one where none is given. */
export const resumed = async <State>(
  initial: State,
  directory: string | undefined,
): Promise<E.Either<TrainError, Run<State>>> => {
  if (directory === undefined) return E.right({ step: 0, state: initial, memories: {}, stopped: null });
  const loaded = await loadCheckpoint(directory, initial)();
  if (E.isLeft(loaded)) return loaded;
  const saved = Saved.decode(loaded.right.metadata);
  if (E.isLeft(saved))
    return E.left({
      _tag: 'BadMemory',
      message: `${directory}: the checkpoint is not one of a run; it was not saved by fit.`,
    });
  return E.right({ ...saved.right, state: loaded.right.tree, stopped: null });
};

export interface CheckpointOptions {
  /** How many steps lie between two checkpoints; only the end is saved unless given. */
  readonly every?: number;
  /** What a user has to do to go on, shown after an interrupt. */
  readonly goOn?: string;
  /** Where that is shown: the terminal unless given. */
  readonly write?: (text: string) => void;
}

/**
 * Saves the run in a directory every so many steps, when it ends and when it is interrupted by Ctrl-C (which then stops it and
 * says how to go on; a second Ctrl-C ends the process at once). `fit(..., { resume: directory })` goes on. A state that an
 * observer calls spoiled is not saved.
 *
 * @example
 * checkpoint('runs/mnist', { every: 100, goOn: 'npm start -- --resume runs/mnist' }).name // => 'checkpoint runs/mnist'
 */
export const checkpoint = function (directory: string, options: CheckpointOptions = {}): Observer<unknown> {
  atMost('checkpoint', arguments, 2);
  const {
    every = Infinity,
    goOn = `fit(..., { resume: ${JSON.stringify(directory)} })`,
    write = (text: string) => terminal().write(text),
  } = knownOptions('checkpoint', options, ['every', 'goOn', 'write']);
  const name = `checkpoint ${directory}`;
  return {
    name,
    begin:
      ({ step: first }) =>
      async () => {
        let interrupted = false;
        const release = onInterrupt(() => {
          interrupted = true;
        });
        const watch = (saved: number): Watch<unknown, unknown> => ({
          memory: () => null,
          see: ({ step }) => {
            if (interrupted) return [watch(saved), { stop: { reason: 'interrupted' } }];
            if (step % every !== 0) return [watch(saved), {}];
            return [
              watch(step),
              { effect: (run) => (run.stopped?.spoiled ? TE.right(undefined) : save(directory, run)) },
            ];
          },
          end: (run) => async () => {
            release();
            if (run.stopped?.spoiled || saved === run.step) return E.right(undefined);
            const done = await save(directory, run)();
            if (E.isRight(done) && run.stopped?.by === name)
              write(`\ninterrupted; step ${run.step} is saved in ${directory}. To go on: ${goOn}\n`);
            return done;
          },
        });
        return E.right(watch(first === 0 ? -1 : first));
      },
  };
};

/** Which of two numbers is better. */
export type Mode = 'min' | 'max';
export const isBetter = (mode: Mode, x: number, than: number | null, by = 0): boolean =>
  !Number.isNaN(x) && (than === null || Number.isNaN(than) || (mode === 'min' ? x < than - by : x > than + by));

/** A number that may not be there yet. */
export const Best = t.union([Float, t.null]);

export interface BestCheckpointOptions {
  readonly metric: string;
  /** Whether less is better ('min', the default) or more. */
  readonly mode?: Mode;
}

/**
 * Saves the run in a directory whenever a metric is better than ever before. Steps without that metric are passed over.
 *
 * @example
 * bestCheckpoint('runs/best', { metric: 'testLoss' }).name // => 'best checkpoint runs/best'
 */
export const bestCheckpoint = function (
  directory: string,
  options: BestCheckpointOptions,
): Remembering<unknown, unknown, never, number | null> {
  atMost('bestCheckpoint', arguments, 2);
  const { metric, mode = 'min' } = knownOptions('bestCheckpoint', options, ['metric', 'mode']);
  return observer({
    name: `best checkpoint ${directory}`,
    memory: Best,
    initial: null,
    see: (best: number | null, { numbers }) => {
      const value = numbers()[metric];
      if (value === undefined || !isBetter(mode, value, best)) return [best, {}];
      return [value, { effect: (run) => (run.stopped?.spoiled ? TE.right(undefined) : save(directory, run)) }];
    },
  });
};
