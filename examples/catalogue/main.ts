// `npm run example -- NAME [--quick] [--seed N] [--resume]` runs an example, without a name it lists them; `--check` runs all of them in
// quick size, `--table` prints what the last runs measured as the table of the README.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Example } from './example';
import { fetched } from './fetch';
import { examples } from './index';
import { missed, type Report, readReport, reportOf, resultLine, table, writeReport } from './report';
import { type Fault, type Source, slugOf } from './source';

interface Options {
  readonly quick: boolean;
  readonly seed: number;
  readonly resume: boolean;
  readonly cache: string | undefined;
}
const directoryOf = (name: string, quick: boolean): string => join('runs', name, ...(quick ? ['quick'] : []));
const log = (line: string): void => console.log(line);

/** Runs an example and writes its report. Faults are those of the world; mistakes of the program are thrown. */
const runExample =
  (example: Example, { quick, seed, resume, cache }: Options): TE.TaskEither<Fault, Report> =>
  async () => {
    const folders = await TE.traverseSeqArray((source: Source) => fetched(source, { cache, log }))(example.sources)();
    if (E.isLeft(folders)) return folders;
    const bySlug = new Map(example.sources.map((source, i) => [slugOf(source), folders.right[i] as string]));
    const folder = (source: Source): string => {
      const found = bySlug.get(slugOf(source));
      if (found === undefined) throw new Error(`${example.name} does not name ${slugOf(source)} among its sources.`);
      return found;
    };
    const directory = directoryOf(example.name, quick);
    await mkdir(directory, { recursive: true });
    const began = performance.now();
    const outcome = await example.run({ seed, quick, resume, directory, log, folder })();
    if (E.isLeft(outcome)) return outcome;
    const report = reportOf(example, { quick, seed }, outcome.right, (performance.now() - began) / 1000);
    return pipe(
      writeReport(directory, report),
      TE.map(() => report),
    )();
  };

const list = (): number => {
  const width = Math.max(...examples.map(({ name }) => name.length));
  log('npm run example -- NAME [--quick] [--seed N] [--resume] [--cache FOLDER]\n');
  for (const { name, summary } of examples) log(`  ${name.padEnd(width)}  ${summary}`);
  return 0;
};

const runOne = async (name: string, options: Options): Promise<number> => {
  const example = examples.find((e) => e.name === name);
  if (example === undefined) {
    console.error(`there is no example ${JSON.stringify(name)}; there are ${examples.map((e) => e.name).join(', ')}.`);
    return 2;
  }
  const report = await runExample(example, options)();
  if (E.isLeft(report)) {
    console.error(report.left.message);
    return report.left._tag === 'Stopped' ? 130 : 1;
  }
  const { parameters, seconds, results } = report.right;
  log(`\n${name}: ${parameters.toLocaleString('en')} parameters, ${seconds.toFixed(1)} s`);
  for (const result of results) log(resultLine(result));
  log(`  in ${directoryOf(name, options.quick)}`);
  return missed(report.right).length === 0 ? 0 : 1;
};

/** All examples in quick size. One whose data cannot be had is passed over, loudly; one that misses a goal fails. */
const checkAll = async (options: Options): Promise<number> => {
  const rows: string[] = [];
  let failures = 0;
  for (const example of examples) {
    log(`\n== ${example.name}: ${example.summary}`);
    const report = await runExample(example, options)();
    if (E.isLeft(report)) {
      const isSkipped = report.left._tag === 'Unreachable';
      if (!isSkipped) failures += 1;
      console.error(`${isSkipped ? '!!! SKIPPED' : 'FAILED'} ${example.name}: ${report.left.message}`);
      rows.push(`${isSkipped ? 'skipped' : 'FAILED '}  ${example.name}: ${report.left.message}`);
      continue;
    }
    const wrong = missed(report.right);
    if (wrong.length > 0) failures += 1;
    rows.push(
      `${wrong.length > 0 ? 'MISSED ' : 'ok     '}  ${example.name}, ${report.right.seconds.toFixed(1)} s`,
      ...report.right.results.map((result) => `         ${resultLine(result)}`),
    );
  }
  log(`\n${rows.join('\n')}\n`);
  log(`${examples.length} examples, ${failures} of them failed`);
  return failures === 0 ? 0 : 1;
};

const printTable = async (): Promise<number> => {
  const reports = await Promise.all(examples.map(({ name }) => readReport(directoryOf(name, false))()));
  for (const report of reports) if (E.isLeft(report)) console.error(report.left.message);
  log(table(reports.flatMap((report) => (E.isRight(report) ? [report.right] : []))));
  return 0;
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '0' },
      resume: { type: 'boolean', default: false },
      cache: { type: 'string' },
      check: { type: 'boolean', default: false },
      table: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    console.error(`--seed takes an integer of at least 0, got ${values.seed}`);
    return 2;
  }
  const options = { quick: values.quick, seed, resume: values.resume, cache: values.cache };
  if (values.table) return printTable();
  if (values.check) return checkAll({ ...options, quick: true, resume: false });
  const [name] = positionals;
  return name === undefined ? list() : runOne(name, options);
};

try {
  process.exitCode = await main();
} catch (reason) {
  // parseArgs throws for what it does not know; anything else is a mistake of the program, and keeps its stack.
  const isUsage = reason instanceof TypeError && 'code' in reason && String(reason.code).startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? reason.message : reason);
  process.exitCode = isUsage ? 2 : 1;
}
