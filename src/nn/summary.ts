// A table of what a tree of parameters holds.
import { tree } from '../index';
import { atMost } from '../untyped';

/** One leaf of a tree. */
export interface SummaryRow {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly count: number;
  readonly bytes: number;
}
/**
 * Path, shape, dtype, count and bytes of every tensor of a tree.
 *
 * @example
 * summaryRows({ w: zeros([2, 3]) }) // => [{ path: '.w', shape: [2, 3], dtype: 'f32', count: 6, bytes: 24 }]
 */
export const summaryRows = function (params: unknown): readonly SummaryRow[] {
  atMost('summaryRows', arguments, 1);
  const paths = tree.paths(params);
  return tree.leaves(params).map((x, i) => ({
    path: paths[i] as string,
    shape: [...x.shape],
    dtype: x.dtype.name,
    count: x.size,
    bytes: x.size * x.dtype.bytes,
  }));
};

/**
 * The same as a table to print, with the sums in its last line.
 *
 * @example
 * summary({ w: zeros([2, 3]) }).split('\n')[1] // => '.w     [2, 3]  f32        6     24'
 */
export const summary = function (params: unknown): string {
  atMost('summary', arguments, 1);
  const rows = summaryRows(params);
  const sum = (f: (row: SummaryRow) => number): number => rows.reduce((n, row) => n + f(row), 0);
  const cells = [
    ['path', 'shape', 'dtype', 'count', 'bytes'],
    ...rows.map((r) => [r.path, `[${r.shape.join(', ')}]`, r.dtype, String(r.count), String(r.bytes)]),
    ['total', '', '', String(sum((r) => r.count)), String(sum((r) => r.bytes))],
  ];
  const widths = (cells[0] as string[]).map((_, c) => Math.max(...cells.map((row) => (row[c] as string).length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, c) => (c < 3 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number))).join('  ');
  return cells.map(line).join('\n');
};
