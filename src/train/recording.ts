// Observers that add numbers to a run and keep them.

import * as t from 'io-ts';
import { atMost, knownOptions } from '../core/arguments';
import { numbersOf } from './numbers';
import { Float, observer } from './observer';
import type { Numbers, Observer, Run } from './run';

export interface EvaluateOptions<State> {
  /** How many steps lie between two evaluations. */
  readonly every: number;
  /** What to compute: a tree of numbers or scalars, such as the loss on data that is not learned from. */
  readonly metrics: (state: State) => unknown;
  readonly name?: string;
}

/**
 * Computes metrics of the state every so many steps, for the observers after it.
 *
 * @example
 * const losses = history();
 * const run = await fit((s, x) => [s + x, {}], 0, [1, 2, 3], [evaluate({ every: 2, metrics: (s) => ({ test: s }) }), losses])();
 * E.isRight(run) && losses.of(run.right) // => [{ step: 2, numbers: { test: 3 } }]
 */
export const evaluate = function <State>(options: EvaluateOptions<State>): Observer<State> {
  atMost('evaluate', arguments, 1);
  const { every, metrics, name = 'evaluate' } = knownOptions('evaluate', options, ['every', 'metrics', 'name']);
  return observer<State, unknown, null>({
    name,
    memory: t.null,
    initial: null,
    see: (memory, { step, state }) => [memory, step % every === 0 ? { numbers: numbersOf(metrics(state)) } : {}],
  });
};

/** The numbers of a step. */
export interface Entry {
  readonly step: number;
  readonly numbers: Numbers;
}
type Entries = { readonly last: Entry; readonly before: Entries } | null;

const EntryList = t.readonlyArray(t.readonly(t.type({ step: t.number, numbers: t.record(t.string, Float) })));
const listOf = (entries: readonly Entry[]): Entries =>
  entries.reduce<Entries>((before, last) => ({ last, before }), null);
const arrayOf = (entries: Entries): readonly Entry[] => {
  const out: Entry[] = [];
  for (let at = entries; at !== null; at = at.before) out.push(at.last);
  return out.reverse();
};
/** Linked, so that a step adds to a history without copying it. */
const History = new t.Type<Entries, unknown>(
  'History',
  (u): u is Entries => u === null || (typeof u === 'object' && 'last' in u),
  (u, context) => {
    const decoded = EntryList.validate(u, context);
    return decoded._tag === 'Left' ? decoded : t.success(listOf(decoded.right));
  },
  (entries) => EntryList.encode(arrayOf(entries)),
);

/** The history of runs. */
export interface Historian extends Observer<unknown> {
  readonly of: (run: Run<unknown>) => readonly Entry[];
}

/**
 * Remembers the numbers of every step, or every so many; `of` gives those of a run. Steps without numbers are left out.
 *
 * @example
 * const losses = history();
 * const run = await fit((s, loss) => [s, { loss }], 0, [3, 2], [losses])();
 * E.isRight(run) && losses.of(run.right) // => [{ step: 1, numbers: { loss: 3 } }, { step: 2, numbers: { loss: 2 } }]
 */
export const history = function (options: { readonly every?: number } = {}): Historian {
  atMost('history', arguments, 1);
  const { every = 1 } = knownOptions('history', options, ['every']);
  const keep = observer<unknown, unknown, Entries>({
    name: 'history',
    memory: History,
    initial: null,
    see: (entries, { step, numbers }) => {
      const last = step % every === 0 ? numbers() : {};
      return [Object.keys(last).length === 0 ? entries : { last: { step, numbers: last }, before: entries }, {}];
    },
  });
  return { ...keep, of: (run) => arrayOf(keep.of(run)) };
};
