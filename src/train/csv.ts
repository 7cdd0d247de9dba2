// The numbers of a run as a CSV file.
import * as E from 'fp-ts/lib/Either.js';
import { fileSystem, paths } from './platform';
import type { Numbers, Observer, TrainError, Watch } from './run';

/** Work with files, whose faults are the file's. */
export const writing = async (path: string, work: () => Promise<void>): Promise<E.Either<TrainError, void>> => {
  try {
    return E.right(await work());
  } catch (reason) {
    const message = `could not write ${path}: ${reason instanceof Error ? reason.message : String(reason)}`;
    return E.left({ _tag: 'WriteFailed', path, message });
  }
};

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const row = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map((x) => (x === undefined ? '' : cell(String(x)))).join(',')}\n`;
interface Line {
  readonly step: number;
  readonly numbers: Numbers;
}
const rows = (columns: readonly string[], lines: readonly Line[]): string =>
  lines.map(({ step, numbers }) => row([step, ...columns.map((name) => numbers[name])])).join('');

/** What an interrupted run left, up to the step it goes on from. Metrics' names have no commas but in quotes, their values none. */
const kept = (text: string, step: number): { readonly columns: readonly string[]; readonly lines: readonly Line[] } => {
  const [header = '', ...rest] = text.split('\n').filter((l) => l !== '');
  const [, ...columns] = [...header.matchAll(/"((?:[^"]|"")*)"|([^,]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? (plain as string),
  );
  const lines = rest.map((l) => {
    const [first, ...values] = l.split(',');
    const numbers = columns.flatMap((name, i): [string, number][] => (values[i] ? [[name, Number(values[i])]] : []));
    return { step: Number(first), numbers: Object.fromEntries(numbers) };
  });
  return { columns, lines: lines.filter((l) => l.step <= step) };
};

/**
 * Writes the numbers of every step, or every so many, as lines of a CSV file with a column for each metric; cells of metrics that a
 * step does not have are empty. A resumed run takes the file up where its checkpoint was.
 *
 * @example
 * csv('runs/mnist.csv', { every: 10 }).name // => 'csv runs/mnist.csv'
 */
export const csv = (path: string, { every = 1 }: { readonly every?: number } = {}): Observer<unknown> => ({
  name: `csv ${path}`,
  begin: (run) => async () => {
    const text = run.step === 0 ? '' : await (await fileSystem()).readFile(path, 'utf8').catch(() => '');
    const start = kept(text, run.step);
    const write = async (columns: readonly string[], lines: readonly Line[]): Promise<void> =>
      (await fileSystem()).writeFile(path, row(['step', ...columns]) + rows(columns, lines));
    const watch = (columns: readonly string[]): Watch<unknown, unknown> => ({
      memory: () => null,
      see: ({ step, numbers }) => {
        const line = { step, numbers: step % every === 0 ? numbers() : {} };
        const names = Object.keys(line.numbers);
        if (names.length === 0) return [watch(columns), {}];
        const fresh = names.filter((name) => !columns.includes(name));
        const all = [...columns, ...fresh];
        const effect = () => () =>
          writing(path, async () => {
            const fs = await fileSystem();
            if (fresh.length === 0) return fs.appendFile(path, rows(all, [line]));
            const before = kept(await fs.readFile(path, 'utf8'), Infinity).lines;
            return write(all, [...before, line]);
          });
        return [watch(all), { effect }];
      },
      end: () => async () => E.right(undefined),
    });
    const opened = await writing(path, async () => {
      await (await fileSystem()).mkdir((await paths()).dirname(path), { recursive: true });
      await write(start.columns, start.lines);
    });
    return E.isLeft(opened) ? opened : E.right(watch(start.columns));
  },
});
