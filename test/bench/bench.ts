// A row's run: values first, and times only of what agrees.
import * as E from 'fp-ts/lib/Either.js';
import { compare } from './compare';
import { configurations } from './configurations';
import { type Contestant, contestants, type Place } from './contestants';
import { fullPlan, measure, type Plan, quantile, quickPlan, rotated, type Sampled } from './measure';
import type { Library } from './peers/python';
import type { Entry, RowResult, Timed } from './results';
import type { Program, Row } from './row';

type Outcome = E.Either<string, { readonly difference: number }>;
const message = (x: unknown): string => (x instanceof Error ? x.message : String(x)).split('\n', 1)[0] ?? '';
const attempt = async <A>(f: () => Promise<A>): Promise<E.Either<string, A>> => {
  try {
    return E.right(await f());
  } catch (error) {
    return E.left(message(error));
  }
};

/** Compares everybody's values with those of the first, which is adjoint. */
const judge = (row: Row, given: readonly E.Either<string, readonly Float32Array[]>[]): readonly Outcome[] => {
  const reference = given[0];
  return given.map((values) => {
    if (E.isLeft(values)) return values;
    if (!reference || E.isLeft(reference)) return E.right({ difference: Number.NaN });
    return E.map((difference: number) => ({ difference }))(compare(values.right, reference.right, row.tolerance));
  });
};

interface Entered {
  readonly contestant: Contestant;
  readonly difference: number;
  readonly sampled: Sampled;
}
const timedEntries = (row: Row, entered: readonly Entered[]): readonly Timed[] => {
  const medians = entered.map(({ sampled }) => quantile(sampled.samples, 0.5));
  const own = Math.min(...medians.slice(0, configurations.length));
  return entered.map(({ contestant: { name, note }, difference, sampled: { samples, callsPerSample } }, i) => {
    const median = medians[i] ?? Number.NaN;
    return {
      status: 'timed',
      name,
      median,
      lowerQuartile: quantile(samples, 0.25),
      upperQuartile: quantile(samples, 0.75),
      samples: samples.length,
      callsPerSample,
      ratio: median / own,
      difference,
      gflops: row.flops === undefined || row.timed === 'first' ? null : row.flops / median / 1e9,
      note,
    };
  });
};

/** Entries in the order of the places, from what those that take part came to. */
const assembled = (row: Row, places: readonly Place[], of: ReadonlyMap<string, Entry>): RowResult => {
  const entries = places.map((place): Entry => {
    if ('missing' in place) return { status: 'missing', name: place.name, reason: place.missing };
    return of.get(place.name) ?? { status: 'untimed', name: place.name };
  });
  const ok = entries.every(({ status }) => status === 'timed' || status === 'missing');
  return { group: row.group, name: row.name, ok, series: row.series ?? null, entries };
};
const failures = (playing: readonly Contestant[], outcomes: readonly Outcome[]): ReadonlyMap<string, Entry> =>
  new Map(
    outcomes.flatMap((outcome, i): [string, Entry][] => {
      const name = playing[i]?.name ?? '';
      return E.isLeft(outcome) ? [[name, { status: 'failed', name, reason: outcome.left }]] : [];
    }),
  );
const differences = (outcomes: readonly Outcome[]): readonly number[] =>
  outcomes.map((o) => (E.isRight(o) ? o.right.difference : Number.NaN));

const steady = async (row: Row, places: readonly Place[], plan: Plan): Promise<RowResult> => {
  const playing = places.filter((p): p is Contestant => !('missing' in p));
  const programs: Program[] = [];
  const values: E.Either<string, readonly Float32Array[]>[] = [];
  for (const { activate, open } of playing)
    values.push(
      await attempt(async () => {
        await activate();
        const program = await open();
        programs.push(program);
        return program.values();
      }),
    );
  const outcomes = judge(row, values);
  const failed = failures(playing, outcomes);
  if (failed.size > 0) return assembled(row, places, failed);
  const sampled = await measure(
    programs.map(({ time }, i) => ({ time, activate: playing[i]?.activate ?? (async () => {}) })),
    plan,
  );
  return assembled(row, places, timings(row, playing, differences(outcomes), sampled));
};

const timings = (
  row: Row,
  playing: readonly Contestant[],
  apart: readonly number[],
  sampled: readonly Sampled[],
): ReadonlyMap<string, Entry> => {
  const entered = playing.map((contestant, i) => ({
    contestant,
    difference: apart[i] ?? Number.NaN,
    sampled: sampled[i] ?? { samples: [], callsPerSample: 0 },
  }));
  return new Map(timedEntries(row, entered).map((entry) => [entry.name, entry]));
};

/** Every call is a first one: a few rounds, each contestant once in each. */
const firstCalls = async (row: Row, places: readonly Place[], plan: Plan): Promise<RowResult> => {
  const playing = places.filter((p): p is Contestant => !('missing' in p));
  const samples = playing.map((): number[] => []);
  let apart: readonly number[] = [];
  for (let round = 0; round < plan.fewest; round++) {
    const values: E.Either<string, readonly Float32Array[]>[] = [];
    for (const i of rotated([...playing.keys()], round)) {
      const result = await attempt(async () => playing[i]?.first());
      values[i] = E.map((r: Awaited<ReturnType<Contestant['first']>> | undefined) => r?.values ?? [])(result);
      if (E.isRight(result) && result.right) samples[i]?.push(result.right.seconds);
    }
    const outcomes = judge(row, values);
    const failed = failures(playing, outcomes);
    if (failed.size > 0) return assembled(row, places, failed);
    apart = differences(outcomes);
  }
  const sampled = samples.map((xs) => ({ samples: xs, callsPerSample: 1 }));
  return assembled(row, places, timings(row, playing, apart, sampled));
};

export const runRow = (row: Row, quick: boolean, libraries: readonly Library[]): Promise<RowResult> => {
  const places = contestants(row, quick, libraries);
  const plan = quick ? quickPlan : fullPlan;
  return row.timed === 'first' ? firstCalls(row, places, plan) : steady(row, places, plan);
};
