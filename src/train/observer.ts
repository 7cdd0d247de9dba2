// Observers as folds: a memory, and what each step makes of it.

import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import { atMost, knownOptions } from '../core/arguments';
import type { Effect, Moment, Observer, Response, Run, TrainError, Watch } from './run';

export const nothing: Effect = TE.right(undefined);

/** An observer whose memory can be asked for when the run is over. */
export interface Remembering<State, Metrics, Change, Memory> extends Observer<State, Metrics, Change> {
  /** What it remembers of a run; what it begins with, if it did not watch that run. */
  readonly of: (run: Run<unknown>) => Memory;
}

export interface ObserverSpec<State, Metrics, Change, Memory> {
  readonly name: string;
  /** How the memory is saved in a checkpoint. */
  readonly memory: t.Type<Memory, unknown>;
  readonly initial: Memory;
  readonly prepare?: (state: State) => Change;
  readonly see: (memory: Memory, moment: Moment<State, Metrics>) => readonly [Memory, Response<State, Change>];
  readonly end?: (memory: Memory, run: Run<State>) => Effect;
}

const remembered = <M>(
  { name, memory, initial }: { readonly name: string; readonly memory: t.Type<M, unknown>; readonly initial: M },
  run: Run<unknown>,
): E.Either<TrainError, M> => {
  if (!Object.hasOwn(run.memories, name)) return E.right(initial);
  return E.mapLeft(
    (): TrainError => ({
      _tag: 'BadMemory',
      message: `the checkpoint has no memory that the observer "${name}" can go on with; was it saved by another version of the program?`,
    }),
  )(memory.decode(run.memories[name]));
};

/**
 * An observer from a memory and a function that takes it from step to step. The memory is saved with checkpoints, so that a
 * resumed run is the run that was never stopped.
 *
 * @example
 * const count = observer({ name: 'count', memory: t.number, initial: 0, see: (n) => [n + 1, {}] });
 * const run = await fit((s, x) => [s + x, {}], 0, [1, 2, 3], [count])();
 * E.isRight(run) && count.of(run.right) // => 3
 */
export const observer = function <State, Metrics, Memory, Change = never>(
  spec: ObserverSpec<State, Metrics, Change, Memory>,
): Remembering<State, Metrics, Change, Memory> {
  atMost('observer', arguments, 1);
  knownOptions('observer', spec, ['name', 'memory', 'initial', 'prepare', 'see', 'end']);
  const watch = (memory: Memory): Watch<State, Metrics, Change> => ({
    memory: () => spec.memory.encode(memory),
    see: (moment) => {
      const [next, response] = spec.see(memory, moment);
      return [next === memory ? watch(memory) : watch(next), response];
    },
    end: (run) => spec.end?.(memory, run) ?? nothing,
  });
  return {
    name: spec.name,
    ...(spec.prepare === undefined ? {} : { prepare: spec.prepare }),
    begin: (run) => TE.fromEither(E.map(watch)(remembered(spec, run))),
    of: (run) => E.getOrElse(() => spec.initial)(remembered(spec, run)),
  };
};

/** Numbers in JSON, which has no NaN, infinities or -0. */
export const Float = new t.Type<number, number | string>(
  'Float',
  t.number.is,
  (u, context) =>
    typeof u === 'string' && ['NaN', 'Infinity', '-Infinity', '-0'].includes(u)
      ? t.success(Number(u))
      : t.number.validate(u, context),
  (x) => (Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? '-0' : String(x)),
);
