// The numbers of a run as a CSV file.

import * as E from 'fp-ts/lib/Either.js';
import { atMost, knownOptions } from '../core/arguments';
import { writeFile } from '../io/file';
import { encodeText } from '../io/text';
import { fileSystem, paths } from './platform';
import type { Numbers, Observer, TrainError, Watch } from './run';

/** Work with files, whose faults are the file's. */
export const writing = async (
  path: string,
  work: () => Promise<E.Either<TrainError, void>>,
): Promise<E.Either<TrainError, void>> => {
  try {
    return await work();
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

/** A file that one run adds lines to: it is replaced as a whole or appended to, and nobody else may do either. */
const logAt = (path: string) => {
  /** Which file it is and how long it was left; null for a pipe or a device. */
  let left: { readonly ino: number; readonly size: number; readonly ctimeMs: number } | null = null;
  const replace = async (text: string): Promise<E.Either<TrainError, void>> => {
    const written = await writeFile(path, [encodeText(text)]);
    if (E.isLeft(written)) return written;
    const stat = await (await fileSystem()).stat(path);
    left = stat.isFile() ? stat : null;
    return written;
  };
  /** Why it is no longer the file that was left, or null. */
  const changed = async (): Promise<string | null> => {
    const { ino, size, ctimeMs } = await (await fileSystem()).stat(path);
    // A new file may have the number and the length of the one it replaces.
    return left === null || (left.ino === ino && left.size === size && left.ctimeMs === ctimeMs)
      ? null
      : `could not write ${path}: another program has changed it; give each run a file of its own`;
  };
  const append = async (text: string): Promise<void> => {
    await (await fileSystem()).appendFile(path, text);
    if (left === null) return;
    const { ctimeMs } = await (await fileSystem()).stat(path);
    left = { ino: left.ino, size: left.size + encodeText(text).length, ctimeMs };
  };
  return { replace, changed, append };
};

/**
 * Writes the numbers of every step, or every so many, as lines of a CSV file with a column for each metric; cells of metrics that a
 * step does not have are empty. A resumed run takes the file up where its checkpoint was. A file that another program changes in the
 * meantime is a WriteFailed.
 *
 * @example
 * csv('runs/mnist.csv', { every: 10 }).name // => 'csv runs/mnist.csv'
 */
export const csv = function (path: string, options: { readonly every?: number } = {}): Observer<unknown> {
  atMost('csv', arguments, 2);
  const { every = 1 } = knownOptions('csv', options, ['every']);
  return {
    name: `csv ${path}`,
    begin: (run) => async () => {
      const text = run.step === 0 ? '' : await (await fileSystem()).readFile(path, 'utf8').catch(() => '');
      const start = kept(text, run.step);
      const log = logAt(path);
      const whole = (columns: readonly string[], lines: readonly Line[]): string =>
        row(['step', ...columns]) + rows(columns, lines);
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
              const message = await log.changed();
              if (message !== null) return E.left({ _tag: 'WriteFailed', path, message });
              if (fresh.length === 0) return E.right(await log.append(rows(all, [line])));
              const before = kept(await (await fileSystem()).readFile(path, 'utf8'), Infinity).lines;
              return log.replace(whole(all, [...before, line]));
            });
          return [watch(all), { effect }];
        },
        end: () => async () => E.right(undefined),
      });
      const opened = await writing(path, async () => {
        await (await fileSystem()).mkdir((await paths()).dirname(path), { recursive: true });
        return log.replace(whole(start.columns, start.lines));
      });
      return E.isLeft(opened) ? opened : E.right(watch(start.columns));
    },
  };
};
