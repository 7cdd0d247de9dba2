// What decides whether a row fails, and what the times are made of. Needs none of the peers.
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { compare } from './compare';
import { classes, labels, numbers, real } from './inputs';
import { fullPlan, measure, partOf, quantile, quickPlan, rotated } from './measure';
import { highWaterMark, peakMemory } from './memory';
import { line, showBytes, showSeconds } from './report';
import { Report, type RowResult } from './results';

const f32 = (...xs: readonly number[]) => Float32Array.from(xs);

describe('values', () => {
  it('agree within the tolerance', () => {
    expect(compare([f32(1, 2)], [f32(1, 2)], 0)).toEqual(E.right(0));
    expect(E.isRight(compare([f32(3, 4.001)], [f32(3, 4)], 1e-3))).toBe(true);
  });
  it('disagree where they are far, not numbers, too few or too many', () => {
    for (const wrong of [[f32(3, 5)], [f32(3, Number.NaN)], [f32(3)], [], [f32(3, 4), f32(1)]])
      expect(E.isLeft(compare(wrong, [f32(3, 4)], 1e-3))).toBe(true);
    expect(E.isLeft(compare([f32(0, 0.1)], [f32(0, 0)], 1e-3))).toBe(true);
    expect(E.isLeft(compare([f32(Number.NaN)], [f32(Number.NaN)], 1e-3))).toBe(true);
  });
});

describe('inputs', () => {
  it('are those of python/inputs.py', () => {
    expect([...numbers(real(3, [3], -1, 1))]).toEqual([-0.7884371280670166, 0.18062131106853485, -0.8549080491065979]);
    expect([...labels(classes(7, [6], 10))]).toEqual([4, 9, 4, 1, 7, 1]);
  });
});

describe('times', () => {
  it('are taken in turns, each after its own activation', async () => {
    const log: string[] = [];
    const subject = (name: string, seconds: number) => ({
      activate: async () => void log.push(name),
      time: async (calls: number) => calls * seconds,
    });
    const plan = { ...quickPlan, rounds: 4, budgetSeconds: Number.POSITIVE_INFINITY };
    const [slow, fast] = await measure([subject('slow', 1), subject('fast', 1e-3)], plan);
    expect(slow).toEqual({ samples: [1, 1, 1, 1], callsPerSample: 1 });
    expect(fast?.callsPerSample).toBe(5);
    expect(log.slice(2).join(' ')).toBe('slow fast fast slow slow fast fast slow');
  });
  it('end early where they are long', async () => {
    const long = { activate: async () => {}, time: async (calls: number) => 100 * calls };
    expect((await measure([long], quickPlan))[0]?.samples.length).toBe(quickPlan.fewest);
  });
  it('are summed up by quantiles', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5);
    expect(rotated([1, 2, 3], 4)).toEqual([2, 3, 1]);
  });
  it('are shown with three digits', () => {
    expect([2e-9, 1.234e-5, 0.0123, 0.5, 12].map(showSeconds)).toEqual([
      '2.00 ns',
      '12.3 µs',
      '12.3 ms',
      '500 ms',
      '12.0 s',
    ]);
  });
});

describe('processes of their own', () => {
  const about = { note: null, samples: 4, callsPerSample: 1, difference: 0, gflops: null } as const;
  const seconds = { median: 2, lowerQuartile: 2, upperQuartile: 2, ratio: 1 };
  const own = { first: 3, loaded: 100 * 2 ** 20, peak: 5 * 2 ** 30 };
  const row: RowResult = {
    group: 'large',
    name: 'a large one',
    ok: true,
    series: null,
    entries: [
      { status: 'timed', name: 'adjoint', ...about, ...seconds, own },
      { status: 'missing', name: 'peer', reason: 'none' },
    ],
  };
  const contestants = [
    { name: 'adjoint', version: '1' },
    { name: 'peer', version: '2' },
  ];

  it('say what the first call took and how much memory was resident', () => {
    const cells = line(row, contestants)
      .split('\n')
      .map((text) => text.split(/ {2,}/).filter((word) => word !== ''));
    expect(cells).toEqual([
      ['a large one', '2.00 s', '1.00x', '- '],
      ['first call, over later ones', '3.00 s', '1.50x', '- '],
      ['peak RSS', '5.00 GiB', '- '],
      ['peak RSS when it was loaded', '100 MiB', '- '],
    ]);
    expect([1, 2 ** 20, 2 ** 30 - 1, 12.34 * 2 ** 30].map(showBytes)).toEqual([
      '0 MiB',
      '1 MiB',
      '1024 MiB',
      '12.3 GiB',
    ]);
  });
  it('say nothing of memory that others share', () => {
    const entries = row.entries.map((e) => (e.status === 'timed' ? { ...e, own: null } : e));
    expect(line({ ...row, entries }, contestants).split('\n').length).toBe(1);
  });
  it('are data, as everything that a run finds', () => {
    const machine = { cpu: 'one', cores: 1, memoryGiB: 1, platform: 'linux x64', node: 'v20', load: 0 };
    const report = { revision: '1', date: 'today', quick: true, machine, contestants, skipped: [], rows: [row] };
    expect(Report.decode(JSON.parse(JSON.stringify(Report.encode(report))))).toEqual(E.right(report));
    expect(
      E.isLeft(Report.decode({ ...report, rows: [{ ...row, entries: [{ ...row.entries[0], own: { first: 3 } }] }] })),
    ).toBe(true);
  });
  it('share the samples', () => {
    const { rounds, fewest, budgetSeconds } = partOf({ ...fullPlan, processes: 2 });
    expect([rounds, fewest, budgetSeconds]).toEqual([8, 2, 3]);
  });
  it('know their peak, also when it has passed', () => {
    expect(highWaterMark('VmPeak:\t  900 kB\nVmHWM:\t  512 kB\nVmRSS:\t  100 kB\n')).toBe(512 * 1024);
    expect(highWaterMark('')).toBeUndefined();
    const before = peakMemory();
    expect(before).toBeGreaterThanOrEqual(process.memoryUsage().rss * 0.9);
    const large = process.memoryUsage().rss + 2 ** 27;
    expect(Buffer.alloc(2 ** 28, 1).length).toBe(2 ** 28);
    expect(peakMemory()).toBeGreaterThan(large);
  });
});
