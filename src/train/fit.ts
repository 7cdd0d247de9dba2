// The training loop: a fold whose observers may save, report and steer.

import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost, knownOptions } from '../core/arguments';
import { unstarted } from '../core/task';
import { AdjointError, ArgumentError, type Unstarted } from '../index';
import { resumed } from './checkpoint';
import { numbersOf } from './numbers';
import { now, turn } from './platform';
import type { Moment, Numbers, Observer, Response, Run, Stop, TrainError, Watch } from './run';

type Source<Batch> = Iterable<Batch> | AsyncIterable<Batch>;
/** The batches, or a function that gives those from a step on: then a resumed run makes none in vain. */
export type Batches<Batch> = Source<Batch> | ((step: number) => Source<Batch>);

export interface FitOptions {
  /** The directory of the checkpoint to go on from. */
  readonly resume?: string | undefined;
}

/** How long, in milliseconds, steps may keep other events waiting. */
const patience = 20;

const iteratorOf = <B>(source: Source<B>): Iterator<B> | AsyncIterator<B> =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();

/** The batches from a step on. */
const batchesFrom = async <B>(batches: Batches<B>, step: number): Promise<Iterator<B> | AsyncIterator<B>> => {
  if (typeof batches === 'function') return iteratorOf(batches(step));
  const iterator = iteratorOf(batches);
  for (let i = 0; i < step; i++) if ((await iterator.next()).done) break;
  return iterator;
};

const failed = (cause: unknown): E.Either<TrainError, never> => {
  if (cause instanceof AdjointError) throw cause;
  const message = `the next batch could not be had: ${cause instanceof Error ? cause.message : String(cause)}`;
  return E.left({ _tag: 'BatchesFailed', message, cause });
};

interface Watching<State, Metrics> {
  readonly name: string;
  readonly watch: Watch<State, Metrics, State>;
}

const beginAll = async <State, Metrics>(
  observers: readonly Observer<State, Metrics, State>[],
  run: Run<State>,
): Promise<E.Either<TrainError, readonly Watching<State, Metrics>[]>> => {
  const watching: Watching<State, Metrics>[] = [];
  for (const { name, begin } of observers) {
    const watch = await begin(run)();
    if (E.isLeft(watch)) {
      for (const begun of watching) await begun.watch.end(run)();
      return watch;
    }
    watching.push({ name, watch: watch.right });
  }
  return E.right(watching);
};

const memoriesOf = <S, M>(watching: readonly Watching<S, M>[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(watching.map(({ name, watch }) => [name, watch.memory()]));

/** All observers see a step, each what those before it made of it. */
const seeAll = <State, Metrics>(
  watching: readonly Watching<State, Metrics>[],
  progress: { readonly step: number; readonly state: State; readonly metrics: Metrics },
) => {
  let { state } = progress;
  let stopped: Stop | null = null;
  let own: Numbers | null = null;
  let added: Numbers = {};
  const effects: NonNullable<Response<State, State>['effect']>[] = [];
  const next = watching.map(({ name, watch }): Watching<State, Metrics> => {
    const extra = added;
    const moment: Moment<State, Metrics> = {
      ...progress,
      state,
      numbers: () => {
        own ??= numbersOf(progress.metrics);
        return { ...own, ...extra };
      },
    };
    const [seen, response] = watch.see(moment);
    if (response.state !== undefined) state = response.state;
    if (response.numbers !== undefined) added = { ...added, ...response.numbers };
    if (response.effect !== undefined) effects.push(response.effect);
    const spoiled = response.stop?.spoiled === true;
    if (response.stop !== undefined && (stopped === null || (spoiled && !stopped.spoiled)))
      stopped = { by: name, reason: response.stop.reason, spoiled };
    return { name, watch: seen };
  });
  return { next, state, stopped: stopped as Stop | null, effects };
};

const endAll = async <S, M>(
  watching: readonly Watching<S, M>[],
  run: Run<S>,
): Promise<E.Either<TrainError, Run<S>>> => {
  let first: E.Either<TrainError, Run<S>> = E.right(run);
  for (const { watch } of watching) {
    const ended = await watch.end(run)();
    if (E.isLeft(ended) && E.isRight(first)) first = ended;
  }
  return first;
};

/**
 * Folds `step` over the batches while observers watch: `state` is a tree with everything that changes (parameters, optimiser,
 * keys), `step` gives the next one and metrics. It ends with the batches, or when an observer stops it; the result says which.
 * The step may donate its state; then `initial` is used up.
 *
 * @throws ArgumentError when two observers have the same name
 * @example
 * const run = await fit((sum, batch) => [sum + batch, { loss: sum }], 0, [1, 2, 3])();
 * E.isRight(run) && run.right.state // => 6
 */
export const fit = function <State, Batch, Metrics>(
  step: (state: State, batch: Batch) => readonly [State, Metrics],
  initial: State,
  batches: Batches<Batch>,
  observers: readonly Observer<State, Metrics, State>[] = [],
  options: FitOptions = {},
): Unstarted<TE.TaskEither<TrainError, Run<State>>> {
  atMost('fit', arguments, 5);
  const { resume } = knownOptions('fit', options, ['resume']);
  return unstarted('fit', async () => {
    const twice = observers.find(({ name }, i) => observers.findIndex((o) => o.name === name) !== i);
    if (twice !== undefined)
      throw new ArgumentError(`fit: two observers are named "${twice.name}"; their memories need different names.`);
    const start = await resumed(initial, resume);
    if (E.isLeft(start)) return start;
    let run =
      resume === undefined
        ? { ...start.right, state: observers.reduce((s, o) => o.prepare?.(s) ?? s, start.right.state) }
        : start.right;
    const begun = await beginAll(observers, run);
    if (E.isLeft(begun)) return begun;
    let watching = begun.right;
    let fault: E.Either<TrainError, never> | null = null;
    let iterator: Iterator<Batch> | AsyncIterator<Batch> | null = null;
    let turned = now();
    try {
      for (;;) {
        let batch: IteratorResult<Batch>;
        try {
          iterator ??= await batchesFrom(batches, run.step);
          batch = await iterator.next();
        } catch (cause) {
          fault = failed(cause);
          break;
        }
        if (batch.done) break;
        const [state, metrics] = step(run.state, batch.value);
        const seen = seeAll(watching, { step: run.step + 1, state, metrics });
        watching = seen.next;
        run = { step: run.step + 1, state: seen.state, memories: {}, stopped: seen.stopped };
        for (const effect of seen.effects) {
          const done = await effect({ ...run, memories: memoriesOf(watching) })();
          if (E.isLeft(done)) fault ??= done;
        }
        if (fault !== null || run.stopped !== null) break;
        if (now() - turned > patience) {
          await turn();
          turned = now();
        }
      }
      await iterator?.return?.();
    } catch (error) {
      // A programmer's mistake: observers close what they opened, and the state, which may be donated, is left alone.
      const reason = error instanceof Error ? error.message : String(error);
      await endAll(watching, { ...run, stopped: { by: 'an error', reason, spoiled: true } });
      throw error;
    }
    const ended = await endAll(watching, { ...run, memories: memoriesOf(watching) });
    return fault ?? ended;
  });
};
