import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  csvRows,
  decodeCsv,
  encodeCsv,
  numbersIn,
  readCsv,
  readLines,
  readText,
  StreamError,
  stream,
} from 'adjoint/data';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'adjoint-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (text: string): string => {
  const path = join(folder, String(files++));
  writeFileSync(path, text);
  return path;
};

const field = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', ' ', 'ü', '🙂') }),
);
const tables = fc.integer({ min: 1, max: 4 }).chain((width) => {
  const row = fc.array(field, { minLength: width, maxLength: width });
  return fc.record({ columns: row, rows: fc.array(row, { maxLength: 5 }) });
});
const leftOf = (out: E.Either<{ readonly message: string }, unknown>): string =>
  E.isLeft(out) ? out.left.message : 'accepted';

describe('csv', () => {
  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(tables, fc.constantFrom(',', ';', '\t'), (table, separator) => {
        expect(decodeCsv(encodeCsv(table, { separator }), { separator })).toEqual(E.right(table));
      }),
    );
  });
  it('takes every line end, a mark at the start, no end at the end, and passes empty lines', () => {
    const expected = E.right({
      columns: ['a', 'b'],
      rows: [
        ['1', '2'],
        ['3', ''],
      ],
    });
    for (const text of ['a,b\n1,2\n3,\n', '\ufeffa,b\r\n1,2\r\n\r\n3,', 'a,b\r1,2\r3,\r'])
      expect(decodeCsv(text)).toEqual(expected);
    expect(decodeCsv('1,2\n', { header: false })).toEqual(E.right({ columns: ['0', '1'], rows: [['1', '2']] }));
    expect(decodeCsv('')).toEqual(E.right({ columns: [], rows: [] }));
  });
  it('says in which line it is wrong', () => {
    expect(leftOf(decodeCsv('a,b\n1,2\n3\n'))).toBe(
      'CSV: line 3: 1 fields, but the first line has 2; quote fields that hold a separator.',
    );
    expect(leftOf(decodeCsv('a\n"x\ny"z\n'))).toBe(
      'CSV: line 3: a quote in the middle of a field; write "" for a quote inside quotes.',
    );
    expect(leftOf(decodeCsv('a\n1\n"x\n\n'))).toMatch(/^CSV: line 3: a quoted field that does not end/);
    expect(leftOf(decodeCsv('a\nx"y\n'))).toMatch(/line 2: a quote in the middle/);
  });
  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(field, (text) => {
        const out = decodeCsv(text);
        if (E.isRight(out)) expect(decodeCsv(encodeCsv(out.right))).toEqual(out);
      }),
    );
  });
  it('reads a file in pieces as it reads it whole', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.integer({ min: 0, max: 70_000 }), async ({ columns, rows }, long) => {
        const table = { columns: columns.map((_, i) => `c${i}`), rows: [...rows, columns.map(() => 'é'.repeat(long))] };
        const path = file(encodeCsv(table));
        const records = await stream.toArray(csvRows(path));
        expect(records.map((r) => Object.values(r))).toEqual(table.rows);
        expect(await readCsv(path)()).toEqual(E.right(table));
      }),
      { numRuns: 20 },
    );
  });
  it('names the file in every error', async () => {
    const path = file('a,b\n1\n');
    expect(leftOf(await readCsv(path)())).toBe(
      `${path}: CSV: line 2: 1 fields, but the first line has 2; quote fields that hold a separator.`,
    );
    const failure: unknown = await stream.toArray(csvRows(path)).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(StreamError);
    expect((failure as StreamError).fault).toMatchObject({ _tag: 'BadRow', line: 2 });
    expect(leftOf(await readCsv(join(folder, 'none'))())).toMatch(/could not read .*none/);
  });
});

describe('numbersIn', () => {
  const table = {
    columns: ['a', 'b', 'c'],
    rows: [
      ['1', ' 2.5 ', 'x'],
      ['-1e3', '', 'y'],
    ],
  };
  it('gives columns as rows of a tensor', () => {
    const out = numbersIn(table, ['b', 'a']);
    expect(E.isRight(out) && [out.right.shape, out.right.toArray()]).toEqual([
      [2, 2],
      [
        [2.5, 1],
        [NaN, -1000],
      ],
    ]);
  });
  it('says what is no number, and which columns there are', () => {
    expect(leftOf(numbersIn(table))).toBe('row 1: c is "x", which is no number; leave the column out or encode it.');
    expect(leftOf(numbersIn(table, ['d']))).toBe('the table has no column d; it has a, b, c.');
  });
});

describe('text', () => {
  it('is read whole, and by lines as they are asked for', async () => {
    const path = file(`first\r\n\nthird ${'ü'.repeat(100_000)}\nlast`);
    const lines = await stream.toArray(readLines(path));
    expect(lines.map((l) => l.length)).toEqual([5, 0, 100_006, 4]);
    const text = await readText(path)();
    expect(E.isRight(text) && text.right.replaceAll('\r', '')).toBe(lines.join('\n'));
    expect(await stream.toArray(readLines(file('')))).toEqual([]);
  });
});
