// A whole run: chooses the rows, finds Python, prints the table or the JSON.
import * as E from 'fp-ts/lib/Either.js';
import { runRow } from './bench';
import { columns } from './contestants';
import { machine, revision } from './machine';
import type { Options } from './options';
import { connect, findPython, type Python } from './peers/python';
import * as report from './report';
import { Report, type RowResult } from './results';
import type { Row } from './row';
import { suite } from './suite';

const chosen = ({ quick, groups }: Options): E.Either<string, readonly Row[]> => {
  const rows = suite(quick);
  const known = new Set(rows.map(({ group }) => group));
  const unknown = groups.filter((group) => !known.has(group));
  if (unknown.length > 0) return E.left(`no rows ${unknown.join(', ')}; there are ${[...known].join(', ')}`);
  return E.right(groups.length === 0 ? rows : rows.filter(({ group }) => groups.includes(group)));
};

const python = async (): Promise<E.Either<string, Python>> => {
  const path = findPython();
  if (path === undefined)
    return E.left(
      'JAX and PyTorch: set BENCH_PYTHON to a Python that has them, or make test/bench/.venv (see README.md)',
    );
  return E.mapLeft((reason) => `JAX and PyTorch: ${reason}`)(await connect(path));
};

/** The exit code. */
export const run = async (options: Options): Promise<number> => {
  const rows = chosen(options);
  if (E.isLeft(rows)) {
    console.error(rows.left);
    return 2;
  }
  const connection = await python();
  const libraries = E.isRight(connection) ? connection.right.libraries : [];
  const about = {
    revision: revision(),
    date: new Date().toISOString(),
    quick: options.quick,
    machine: machine(),
    contestants: columns(libraries),
    skipped: E.isLeft(connection) ? [connection.left] : [],
  };
  // With --json, standard output is the JSON alone.
  const say = options.json ? console.error : console.log;
  say(report.header(about));
  const results: RowResult[] = [];
  for (const row of rows.right) {
    const result = await runRow(row, options.quick, libraries);
    say(report.line(result, about.contestants));
    results.push(result);
  }
  if (E.isRight(connection)) connection.right.close();
  const whole = { ...about, rows: results };
  say(report.footer(whole));
  if (options.json) console.log(JSON.stringify(Report.encode(whole), null, 2));
  return results.every(({ ok }) => ok) ? 0 : 1;
};
