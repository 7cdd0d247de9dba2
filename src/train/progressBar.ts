// How far a run is, for people.

import * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost, knownOptions } from '../core/arguments';
import { lineOn, now, type Terminal, terminal } from './platform';
import type { Effect, Moment, Numbers, Observer, Watch } from './run';

export interface ProgressBarOptions {
  /** How many steps the run takes in all: with it there are a bar, a percentage and the time that is left. */
  readonly steps?: number;
  /** Where it is written: the terminal unless given. */
  readonly to?: Terminal;
  /** Milliseconds, for the rate. */
  readonly clock?: () => number;
}

const width = 20;
/** How often, in milliseconds, a line is written over, and a line is added where none can be. */
const pace = { over: 100, added: 2000 } as const;

const duration = (seconds: number): string => {
  const s = Math.round(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  return s < 3600
    ? `${Math.floor(s / 60)}:${two(s % 60)}`
    : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
};
const short = (x: number): string =>
  Number.isInteger(x) || !Number.isFinite(x)
    ? String(x)
    : Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5
      ? x.toFixed(4)
      : x.toExponential(2);

/** One line about a run: `step 30/100 ██████               30%  loss 0.1234  55.2 steps/s  0:01 left`. */
const line = (step: number, steps: number | undefined, numbers: Numbers, stepsPerSecond: number): string => {
  const done = steps === undefined ? undefined : Math.min(1, step / steps);
  const parts = [
    `step ${step}${steps === undefined ? '' : `/${steps}`}`,
    ...(done === undefined
      ? []
      : [`${'█'.repeat(Math.round(width * done)).padEnd(width, '░')} ${String(Math.floor(100 * done)).padStart(3)}%`]),
    ...Object.entries(numbers).map(([name, x]) => `${name} ${short(x)}`),
    ...(Number.isFinite(stepsPerSecond) && stepsPerSecond > 0 ? [`${stepsPerSecond.toFixed(1)} steps/s`] : []),
    ...(steps !== undefined && step < steps && stepsPerSecond > 0
      ? [`${duration((steps - step) / stepsPerSecond)} left`]
      : []),
  ];
  return parts.join('  ');
};

/**
 * Shows the step, a bar, the metrics, the rate and the time that is left: on a terminal one line that is written over, elsewhere a
 * line every two seconds.
 *
 * @example
 * const lines = [];
 * const to = { rewrites: false, columns: 80, write: (text) => lines.push(text) };
 * await fit((s, loss) => [s, { loss }], 0, [3, 2], [progressBar({ steps: 2, to, clock: () => 0 })])();
 * lines.at(-1) // => 'step 2/2  ████████████████████ 100%  loss 2\n'
 */
export const progressBar = function (options: ProgressBarOptions = {}): Observer<unknown> {
  atMost('progressBar', arguments, 1);
  const { steps, to = terminal(), clock = now } = knownOptions('progressBar', options, ['steps', 'to', 'clock']);
  return {
    name: 'progress bar',
    begin: (run) => async () => {
      const { show, end } = await lineOn(to);
      const began = clock();
      const rate = (step: number): number => (1000 * (step - run.step)) / (clock() - began);
      type Seen = { readonly moment: Moment<unknown, unknown>; readonly numbers: Numbers | null };
      // The last numbers are kept, since those of evaluations are not there at every step.
      const watch = (seen: Seen | null, shownAt: number, numbers: Numbers): Watch<unknown, unknown> => ({
        memory: () => null,
        see: (moment) => {
          const due = clock() - shownAt >= (to.rewrites ? pace.over : pace.added) || moment.step === run.step + 1;
          if (!due) return [watch({ moment, numbers: null }, shownAt, numbers), {}];
          const shown = { ...numbers, ...moment.numbers() };
          const effect = (): Effect => TE.fromIO(() => show(line(moment.step, steps, shown, rate(moment.step))));
          return [watch({ moment, numbers: shown }, clock(), shown), { effect }];
        },
        end: ({ step }) =>
          TE.fromIO(() => {
            if (seen === null) return;
            const { moment } = seen;
            if (to.rewrites || seen.numbers === null)
              show(line(step, steps, { ...numbers, ...(seen.numbers ?? moment.numbers()) }, rate(step)));
            end();
          }),
      });
      return TE.right(watch(null, began, {}))();
    },
  };
};
