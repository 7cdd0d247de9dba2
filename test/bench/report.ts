// The table for people.
import type { Entry, Own, Report, RowResult } from './results';

const [nameWidth, cellWidth] = [46, 18];

const threeDigits = (x: number): string => x.toFixed(x < 10 ? 2 : x < 100 ? 1 : 0);
/** Three digits and a unit. */
export const showSeconds = (seconds: number): string => {
  const units = [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
    [1e-9, 'ns'],
  ] as const;
  const [scale, unit] = units.find(([size]) => seconds >= size) ?? ([1e-9, 'ns'] as const);
  return `${threeDigits(seconds / scale)} ${unit}`;
};
export const showBytes = (bytes: number): string =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(0)} MiB` : `${threeDigits(bytes / 2 ** 30)} GiB`;
const showRatio = (x: number): string => `${threeDigits(x)}x`;

const cell = (entry: Entry | undefined): string => {
  switch (entry?.status) {
    case 'timed':
      return `${showSeconds(entry.median)} ${showRatio(entry.ratio).padStart(6)}${entry.note ? '*' : ' '}`;
    case 'failed':
      return 'FAIL ';
    case 'untimed':
      return 'not timed ';
    default:
      return '- ';
  }
};

export const header = ({ revision, date, quick, machine: m, contestants, skipped }: Omit<Report, 'rows'>): string =>
  [
    `adjoint ${revision}, ${date}${quick ? ', quick: small sizes, few samples' : ''}`,
    `${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.platform}, Node ${m.node}, load ${m.load.toFixed(2)}`,
    ...contestants.map(({ name, version }) => `  ${name}: ${version}`),
    ...skipped.map((reason) => `!!! SKIPPED ${reason}`),
    '',
    `${'median of a call'.padEnd(nameWidth)}${contestants.map(({ name }) => `${name} `.padStart(cellWidth)).join('')}`,
  ].join('\n');

const lines: readonly (readonly [name: string, show: (own: Own, median: number) => string])[] = [
  [
    'first call, over later ones',
    ({ first }, median) => `${showSeconds(first)} ${showRatio(first / median).padStart(6)} `,
  ],
  ['peak RSS', ({ peak }) => `${showBytes(peak)} `],
  ['peak RSS when it was loaded', ({ loaded }) => `${showBytes(loaded)} `],
];
/** What processes of their own say besides, where contestants had them. */
const ownLines = (row: RowResult, columns: Report['contestants']): readonly string[] => {
  const timed = row.entries.filter((e) => e.status === 'timed');
  if (timed.every(({ own }) => own === null)) return [];
  return lines.map(([name, show]) => {
    const cells = columns.map((column) => {
      const entry = timed.find((e) => e.name === column.name);
      return entry?.own ? show(entry.own, entry.median) : '- ';
    });
    return `  ${name.padEnd(nameWidth - 2)}${cells.map((c) => c.padStart(cellWidth)).join('')}`;
  });
};

export const line = (row: RowResult, columns: Report['contestants']): string => {
  const cells = columns.map(({ name }) => cell(row.entries.find((e) => e.name === name)).padStart(cellWidth)).join('');
  const reasons = row.entries.flatMap((e) => (e.status === 'failed' ? [`  ${e.name}: ${e.reason}`] : []));
  return [`${row.name.padEnd(nameWidth)}${cells}`, ...ownLines(row, columns), ...reasons].join('\n');
};

/** How times grow along each series: every size against the one before it. */
const growth = ({ rows, contestants }: Report): readonly string[] => {
  const names = new Set(rows.flatMap(({ series }) => (series ? [series.name] : [])));
  return [...names].flatMap((name) => {
    const members = rows.filter(({ series }) => series?.name === name);
    const medians = (column: string): readonly (number | undefined)[] =>
      members.map(
        ({ entries }) => entries.flatMap((e) => (e.status === 'timed' && e.name === column ? [e.median] : []))[0],
      );
    return [
      '',
      `${name.padEnd(nameWidth)}${members.map(({ series }) => String(series?.size).padStart(cellWidth)).join('')}`,
      ...contestants.map(({ name: column }) => {
        const times = medians(column);
        const cells = times.map((time, i) => {
          const before = times[i - 1];
          if (time === undefined) return '-';
          return showSeconds(time) + (before === undefined ? '' : `  x${(time / before).toFixed(2)}`);
        });
        return `  ${column.padEnd(nameWidth - 2)}${cells.map((c) => c.padStart(cellWidth)).join('')}`;
      }),
    ];
  });
};

export const footer = (report: Report): string => {
  const failed = report.rows.filter(({ ok }) => !ok).length;
  const stars = report.rows.flatMap(({ name, entries }) =>
    entries.flatMap((e) => (e.status === 'timed' && e.note ? [`* ${name}: ${e.name} on its ${e.note} backend`] : [])),
  );
  return [
    ...growth(report),
    '',
    '1.00x is the fastest adjoint; above it, adjoint is so many times faster.',
    ...stars,
    `${report.rows.length - failed} rows ok, ${failed} failed`,
  ].join('\n');
};
