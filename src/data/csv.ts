// CSV (RFC 4180): fields between separators, quoted where they hold separators, quotes or line ends; lines of equal length.

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost, knownOptions } from '../core/arguments';
import { unstarted } from '../core/task';
import { f32, type Tensor, tensor, type Unstarted } from '../index';
import { type DataError, StreamError } from './error';
import { readChunks, readText } from './read';

/** A table of texts, as a CSV file holds it. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
export interface CsvOptions {
  /** One character: a comma unless given. */
  readonly separator?: string;
  /** Whether the first line names the columns: yes unless false; then they are called 0, 1, ... */
  readonly header?: boolean;
}

type Fault = Extract<DataError, { readonly _tag: 'BadRow' }>;
const badRow = (line: number, message: string): Fault => ({
  _tag: 'BadRow',
  line,
  message: `CSV: line ${line}: ${message}.`,
});

/** Reads text piece by piece: what a piece does not end is kept for the next. */
class Parser {
  private field = '';
  private row: string[] = [];
  /** Where the reader is: before a field, in one, in a quoted one, or after a quote that may end one. */
  private state: 'start' | 'plain' | 'quoted' | 'quote' = 'start';
  private line = 1;
  private rowLine = 1;
  private wasReturn = false;

  constructor(private readonly separator: string) {}

  /** The rows that end in a piece, each with the line it begins in. */
  *push(text: string): Generator<E.Either<Fault, readonly [row: readonly string[], line: number]>> {
    for (const c of text) {
      const follows = this.wasReturn && c === '\n';
      this.wasReturn = c === '\r';
      if (this.state === 'quoted') {
        if (c === '\n') this.line++;
        if (c === '"') this.state = 'quote';
        else this.field += c;
        continue;
      }
      if (follows) continue;
      if (c === '"' && this.state !== 'plain') {
        if (this.state === 'quote') this.field += c;
        this.state = 'quoted';
      } else if (c === this.separator) this.endField();
      else if (c === '\n' || c === '\r') {
        const ended = this.endRow();
        this.line++;
        this.rowLine = this.line;
        if (ended !== null) yield E.right(ended);
      } else if (this.state === 'quote' || c === '"') {
        yield E.left(badRow(this.line, 'a quote in the middle of a field; write "" for a quote inside quotes'));
        return;
      } else {
        this.field += c;
        this.state = 'plain';
      }
    }
  }
  /** The row after the last line end, if there is one. */
  end(): E.Either<Fault, readonly [row: readonly string[], line: number] | null> {
    if (this.state === 'quoted')
      return E.left(
        badRow(this.rowLine, 'a quoted field that does not end; the file is incomplete or a quote is missing'),
      );
    return E.right(this.endRow());
  }
  private endField(): void {
    this.row.push(this.field);
    this.field = '';
    this.state = 'start';
  }
  private endRow(): readonly [readonly string[], number] | null {
    // An empty line is no row.
    if (this.row.length === 0 && this.state === 'start') return null;
    this.endField();
    const { row } = this;
    this.row = [];
    return [row, this.rowLine];
  }
}

/**
 * The table in the text of a CSV file. Rows as long as the header, or a Left with the line.
 *
 * @example
 * decodeCsv('x,y\n1,"a ""b"""\n') // => E.right({ columns: ['x', 'y'], rows: [['1', 'a "b"']] })
 * E.isLeft(decodeCsv('x,y\n1\n')) // => true
 */
export const decodeCsv = function (text: string, options: CsvOptions = {}): E.Either<DataError, Table> {
  atMost('decodeCsv', arguments, 2);
  const { separator = ',', header = true } = knownOptions('decodeCsv', options, ['separator', 'header']);
  const parser = new Parser(separator);
  const rows: (readonly string[])[] = [];
  const add = ([row, line]: readonly [readonly string[], number]): Fault | null => {
    rows.push(row);
    return wrongLength(row, rows[0] as readonly string[], line);
  };
  for (const row of parser.push(withoutMark(text))) {
    const fault = E.isLeft(row) ? row.left : add(row.right);
    if (fault !== null) return E.left(fault);
  }
  const last = parser.end();
  const fault = E.isLeft(last) ? last.left : last.right === null ? null : add(last.right);
  if (fault !== null) return E.left(fault);
  const [first = []] = rows;
  return E.right(header ? { columns: first, rows: rows.slice(1) } : { columns: first.map((_, i) => String(i)), rows });
};

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);
const wrongLength = (row: readonly string[], first: readonly string[], line: number): Fault | null =>
  row.length === first.length
    ? null
    : badRow(line, `${row.length} fields, but the first line has ${first.length}; quote fields that hold a separator`);

const quoted = (field: string, separator: string): string =>
  field.includes(separator) || /["\r\n]/.test(field) || field === '' ? `"${field.replaceAll('"', '""')}"` : field;

/**
 * The text of a CSV file with a table in it.
 *
 * @example
 * encodeCsv({ columns: ['x', 'y'], rows: [['1', 'a, b']] }) // => 'x,y\n1,"a, b"\n'
 */
export const encodeCsv = function ({ columns, rows }: Table, options: CsvOptions = {}): string {
  atMost('encodeCsv', arguments, 2);
  const { separator = ',', header = true } = knownOptions('encodeCsv', options, ['separator', 'header']);
  return [...(header ? [columns] : []), ...rows]
    .map((row) => `${row.map((field) => quoted(field, separator)).join(separator)}\n`)
    .join('');
};

/**
 * The table in a CSV file.
 *
 * @example
 * E.isLeft(await readCsv('no such file')()) // => true
 */
export const readCsv = function (path: string, options: CsvOptions = {}): Unstarted<TE.TaskEither<DataError, Table>> {
  atMost('readCsv', arguments, 2);
  knownOptions('readCsv', options, ['separator', 'header']);
  return pipe(
    readText(path),
    TE.chainEitherK((text) => decodeCsv(text, options)),
    TE.mapLeft((e) => (e._tag === 'ReadFailed' ? e : { ...e, message: `${path}: ${e.message}` })),
    (task) => unstarted('readCsv', task),
  );
};

/**
 * The rows of a CSV file, read as they are asked for; with a header, each a record by the names of the columns.
 *
 * @throws StreamError when the file cannot be read, or a row is not as long as the first
 * @example
 * await stream.toArray(csvRows('no such file')).catch((e) => e.fault._tag) // => 'ReadFailed'
 */
export function csvRows(path: string, options: CsvOptions = {}): AsyncGenerator<Readonly<Record<string, string>>> {
  atMost('csvRows', arguments, 2);
  return rowsIn(path, knownOptions('csvRows', options, ['separator', 'header']));
}
async function* rowsIn(
  path: string,
  { separator = ',', header = true }: CsvOptions,
): AsyncGenerator<Readonly<Record<string, string>>> {
  const parser = new Parser(separator);
  let first: readonly string[] | null = null;
  const named = ([row, line]: readonly [readonly string[], number]): Readonly<Record<string, string>> | null => {
    const isHeader = first === null && header;
    first ??= header ? row : row.map((_, i) => String(i));
    const fault = wrongLength(row, first, line);
    if (fault !== null) throw new StreamError({ ...fault, message: `${path}: ${fault.message}` });
    return isHeader ? null : Object.fromEntries(row.map((field, i) => [(first as readonly string[])[i], field]));
  };
  const rightOf = <A>(row: E.Either<Fault, A>): A => {
    if (E.isLeft(row)) throw new StreamError({ ...row.left, message: `${path}: ${row.left.message}` });
    return row.right;
  };
  for await (const chunk of readChunks(path))
    for (const row of parser.push(chunk)) {
      const record = named(rightOf(row));
      if (record !== null) yield record;
    }
  const last = rightOf(parser.end());
  const record = last === null ? null : named(last);
  if (record !== null) yield record;
}

/**
 * Columns of a table as numbers, one row each: all columns unless some are named. An empty field is NaN.
 *
 * @example
 * E.map((x) => x.toArray())(numbersIn({ columns: ['a', 'b'], rows: [['1', 'x'], ['2.5', 'y']] }, ['a'])) // => E.right([[1], [2.5]])
 */
export const numbersIn = function (
  { columns, rows }: Table,
  names: readonly string[] = columns,
): E.Either<DataError, Tensor<[number, number]>> {
  atMost('numbersIn', arguments, 2);
  const places = names.map((name) => columns.indexOf(name));
  const missing = names.find((_, i) => (places[i] as number) < 0);
  if (missing !== undefined)
    return E.left({ _tag: 'NoColumn', message: `the table has no column ${missing}; it has ${columns.join(', ')}.` });
  const numbers = new Float64Array(rows.length * names.length);
  for (const [i, row] of rows.entries())
    for (const [j, place] of places.entries()) {
      const field = (row[place] as string).trim();
      const x = field === '' ? NaN : Number(field);
      if (Number.isNaN(x) && field !== '' && field.toLowerCase() !== 'nan')
        return E.left({
          _tag: 'BadRow',
          line: i + 1,
          message: `row ${i + 1}: ${names[j]} is ${JSON.stringify(field.slice(0, 40))}, which is no number; leave the column out or encode it.`,
        });
      numbers[i * names.length + j] = x;
    }
  return E.right(tensor(numbers, f32).reshape([rows.length, names.length]));
};
