// What a run of an example measured: as a file, as lines, and as a row of the table in the README.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as t from 'io-ts';
import type { Context, Example, Outcome } from './example';
import { type Fault, fault, titleOf } from './source';

const Bound = t.union([t.readonly(t.type({ atLeast: t.number })), t.readonly(t.type({ atMost: t.number }))]);
const Result = t.readonly(
  // What is not finite has no place in JSON, and has reached nothing.
  t.type({ name: t.string, value: t.union([t.number, t.null]), bound: t.union([Bound, t.null]) }),
);
type Result = t.TypeOf<typeof Result>;

const Report = t.readonly(
  t.type({
    example: t.string,
    quick: t.boolean,
    seed: t.number,
    data: t.readonlyArray(t.string),
    parameters: t.number,
    seconds: t.number,
    results: t.readonlyArray(Result),
  }),
  'Report',
);
export type Report = t.TypeOf<typeof Report>;

/** The outcome, measured by the goals of the example. A goal without a result is a result without a value. */
export const reportOf = (
  example: Example,
  { quick, seed }: Pick<Context, 'quick' | 'seed'>,
  { parameters, results }: Outcome,
  seconds: number,
): Report => {
  const size = quick ? 'quick' : 'full';
  const names = [...new Set([...Object.keys(results), ...Object.keys(example.goals)])];
  return {
    example: example.name,
    quick,
    seed,
    data: example.sources.map(titleOf),
    parameters,
    seconds,
    results: names.map((name) => {
      const [value, goal] = [results[name], example.goals[name]];
      const bound =
        goal === undefined ? null : 'atLeast' in goal ? { atLeast: goal.atLeast[size] } : { atMost: goal.atMost[size] };
      return { name, value: value !== undefined && Number.isFinite(value) ? value : null, bound };
    }),
  };
};

export const isReached = ({ value, bound }: Result): boolean =>
  bound === null || (value !== null && ('atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost));
/** The results that are not what they must be. */
export const missed = (report: Report): readonly Result[] => report.results.filter((result) => !isReached(result));

const short = (x: number | null): string => (x === null ? 'none' : String(Number(x.toPrecision(4))));
const boundText = (bound: Result['bound']): string =>
  bound === null ? '' : 'atLeast' in bound ? ` (goal: at least ${bound.atLeast})` : ` (goal: at most ${bound.atMost})`;
export const resultLine = (result: Result): string =>
  `${isReached(result) ? ' ' : '!'} ${result.name}: ${short(result.value)}${boundText(result.bound)}${isReached(result) ? '' : ' MISSED'}`;

export const reportFile = (directory: string): string => join(directory, 'report.json');

export const writeReport = (directory: string, report: Report): TE.TaskEither<Fault, void> =>
  TE.tryCatch(
    () => writeFile(reportFile(directory), `${JSON.stringify(Report.encode(report), null, 1)}\n`),
    (reason) => ({ _tag: 'WriteFailed', message: `could not write ${reportFile(directory)}: ${String(reason)}` }),
  );

/** The report that a run left in its directory. */
export const readReport =
  (directory: string): TE.TaskEither<Fault, Report> =>
  async () => {
    const path = reportFile(directory);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      return fault('NoReport', `there is no ${path}; run the example first.`);
    }
    const parsed = E.tryCatch(
      () => JSON.parse(text) as unknown,
      () => null,
    );
    const report = E.isLeft(parsed) ? parsed : Report.decode(parsed.right);
    return E.isLeft(report)
      ? fault('BadReport', `${path} is not a report of an example; delete it and run the example again.`)
      : E.right(report.right);
  };

const duration = (seconds: number): string =>
  seconds < 60 ? `${seconds.toFixed(0)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

/** The rows of a Markdown table: data, parameters, time and results. */
export const table = (reports: readonly Report[]): string =>
  [
    '| example | data | parameters | time | result |',
    '|---|---|---|---|---|',
    ...reports.map(
      ({ example, quick, data, parameters, seconds, results }) =>
        `| \`${example}\`${quick ? ' (quick)' : ''} | ${data.join(', ') || 'made'} | ${parameters.toLocaleString('en')} | ${duration(seconds)} | ${results.map(({ name, value }) => `${name} ${short(value)}`).join(', ')} |`,
    ),
  ].join('\n');
