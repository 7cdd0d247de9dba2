// Observers that end a run or change its state.

import * as t from 'io-ts';
import { atMost, knownOptions } from '../core/arguments';
import { tree } from '../index';
import { Best, isBetter, type Mode } from './checkpoint';
import { observer, type Remembering } from './observer';
import type { Observer } from './run';

export interface EarlyStoppingOptions {
  readonly metric: string;
  readonly mode?: Mode;
  /** After how many values that are no better it stops: 10 unless given. */
  readonly patience?: number;
  /** By how much a value must be better to count: 0 unless given. */
  readonly minDelta?: number;
}
const Waiting = t.readonly(t.type({ best: Best, wait: t.number }));
type Waiting = t.TypeOf<typeof Waiting>;

/** The memory after a value, which waits one more or starts anew. */
const wait = ({ best, wait }: Waiting, mode: Mode, value: number, minDelta: number): Waiting =>
  isBetter(mode, value, best, minDelta) ? { best: value, wait: 0 } : { best, wait: wait + 1 };

/**
 * Stops when a metric has not become better for a number of its values. Steps without that metric are passed over.
 *
 * @example
 * const step = (s, loss) => [s + 1, { loss }];
 * const run = await fit(step, 0, [3, 2, 2, 2, 1], [earlyStopping({ metric: 'loss', patience: 2 })])();
 * E.isRight(run) && run.right.state // => 4
 */
export const earlyStopping = function (options: EarlyStoppingOptions): Remembering<unknown, unknown, never, Waiting> {
  atMost('earlyStopping', arguments, 1);
  const {
    metric,
    mode = 'min',
    patience = 10,
    minDelta = 0,
  } = knownOptions('earlyStopping', options, ['metric', 'mode', 'patience', 'minDelta']);
  return observer({
    name: `early stopping on ${metric}`,
    memory: Waiting,
    initial: { best: null, wait: 0 },
    see: (memory: Waiting, { numbers }) => {
      const value = numbers()[metric];
      if (value === undefined) return [memory, {}];
      const next = wait(memory, mode, value, minDelta);
      const reason = `${metric} has been no better than ${next.best} for ${next.wait} values`;
      return [next, next.wait >= patience ? { stop: { reason } } : {}];
    },
  });
};

/** The paths in a state of what is not finite, and how much it is. */
const broken = (state: unknown): readonly string[] => {
  const paths = tree.paths(state);
  return tree.leaves(state).flatMap((x, i) => {
    const data: ArrayLike<number> = x.toTypedArray();
    let count = 0;
    for (let j = 0; j < data.length; j++) if (!Number.isFinite(data[j])) count++;
    return count === 0 ? [] : [`${paths[i] === '' ? 'the state' : paths[i]} (${count} of ${data.length})`];
  });
};

/**
 * Stops when a metric is NaN or infinite, and names it and the tensors of the state that are. That state is not saved.
 *
 * @example
 * const run = await fit((s, loss) => [{ w: tensor(loss) }, { loss }], { w: tensor(0) }, [1, NaN, 2], [stopOnNaN()])();
 * E.isRight(run) && run.right.stopped.reason // => 'loss is NaN at step 2; not finite in the state: .w (1 of 1)'
 */
export const stopOnNaN = function (): Observer<unknown> {
  atMost('stopOnNaN', arguments, 0);
  return observer({
    name: 'stop on NaN',
    memory: t.null,
    initial: null,
    see: (memory, { numbers, step, state }) => {
      const wrong = Object.entries(numbers()).filter(([, x]) => !Number.isFinite(x));
      if (wrong.length === 0) return [memory, {}];
      const metrics = wrong.map(([name, x]) => `${name} is ${x}`).join(', ');
      const tensors = broken(state);
      const where =
        tensors.length === 0
          ? 'the state is finite'
          : `not finite in the state: ${tensors.slice(0, 5).join(', ')}${tensors.length > 5 ? ` and ${tensors.length - 5} more` : ''}`;
      return [memory, { stop: { reason: `${metrics} at step ${step}; ${where}`, spoiled: true } }];
    },
  });
};

export interface ScheduleOptions<State> {
  /** The value for a step, counted from 0. */
  readonly value: (step: number) => number;
  /** The state with that value in it. */
  readonly set: (state: State, value: number) => State;
  readonly name?: string;
}

/**
 * Sets a number in the state, such as the learning rate, before every step.
 *
 * @example
 * const rate = schedule({ value: (step) => 1 / (1 + step), set: (s, rate) => ({ ...s, rate }) });
 * const run = await fit((s) => [{ ...s, sum: s.sum + s.rate }, {}], { rate: 0, sum: 0 }, [0, 0], [rate])();
 * E.isRight(run) && run.right.state.sum // => 1.5
 */
export const schedule = function <State>(options: ScheduleOptions<State>): Observer<State, unknown, State> {
  atMost('schedule', arguments, 1);
  const { value, set, name = 'schedule' } = knownOptions('schedule', options, ['value', 'set', 'name']);
  return observer<State, unknown, null, State>({
    name,
    memory: t.null,
    initial: null,
    prepare: (state) => set(state, value(0)),
    see: (memory, { state, step }) => [memory, { state: set(state, value(step)) }],
  });
};

export interface PlateauOptions<State> extends EarlyStoppingOptions {
  /** The state after a plateau, such as one with a smaller learning rate. */
  readonly reduce: (state: State) => State;
  /** How many values pass after a reduction before it waits again: 0 unless given. */
  readonly cooldown?: number;
  /** How often it reduces at most. */
  readonly times?: number;
}
const Plateau = t.readonly(t.type({ best: Best, wait: t.number, cooling: t.number, times: t.number }));
type Plateau = t.TypeOf<typeof Plateau>;

/**
 * Changes the state when a metric has not become better for `patience` of its values.
 *
 * @example
 * const halve = reduceOnPlateau({ metric: 'loss', patience: 2, reduce: (s) => ({ rate: s.rate / 2 }) });
 * const run = await fit((s, loss) => [s, { loss }], { rate: 1 }, [3, 2, 2, 2, 2, 2], [halve])();
 * E.isRight(run) && run.right.state.rate // => 0.25
 */
export const reduceOnPlateau = function <State>(options: PlateauOptions<State>): Observer<State, unknown, State> {
  atMost('reduceOnPlateau', arguments, 1);
  const {
    metric,
    mode = 'min',
    patience = 10,
    minDelta = 0,
    reduce,
    cooldown = 0,
    times = Infinity,
  } = knownOptions('reduceOnPlateau', options, [
    'reduce',
    'cooldown',
    'times',
    'metric',
    'mode',
    'patience',
    'minDelta',
  ]);
  return observer<State, unknown, Plateau, State>({
    name: `reduce on plateau of ${metric}`,
    memory: Plateau,
    initial: { best: null, wait: 0, cooling: 0, times: 0 },
    see: (memory, { numbers, state }) => {
      const value = numbers()[metric];
      if (value === undefined) return [memory, {}];
      const next = { ...memory, ...wait(memory, mode, value, minDelta) };
      if (memory.cooling > 0) return [{ ...next, wait: 0, cooling: memory.cooling - 1 }, {}];
      if (next.wait < patience || memory.times >= times) return [next, {}];
      return [{ ...next, wait: 0, cooling: cooldown, times: memory.times + 1 }, { state: reduce(state) }];
    },
  });
};
