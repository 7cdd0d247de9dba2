// A row's run: values first, and times only of what agrees.
import * as E from 'fp-ts/lib/Either.js';
import { compare } from './compare';
import { configurations } from './configurations';
import { type Contestant, contestants, type Place } from './contestants';
import { fullPlan, measure, type Plan, partOf, quantile, quickPlan, rotated, type Sampled } from './measure';
import type { Library } from './peers/python';
import type { Entry, Own, RowResult, Timed } from './results';
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
  readonly own: Own | null;
}
const timedEntries = (row: Row, entered: readonly Entered[]): readonly Timed[] => {
  const medians = entered.map(({ sampled }) => quantile(sampled.samples, 0.5));
  const adjoint = medians.filter((_, i) => configurations.some(({ name }) => name === entered[i]?.contestant.name));
  const fastest = Math.min(...adjoint);
  return entered.map(({ contestant: { name, note }, difference, sampled: { samples, callsPerSample }, own }, i) => {
    const median = medians[i] ?? Number.NaN;
    return {
      status: 'timed',
      name,
      median,
      lowerQuartile: quantile(samples, 0.25),
      upperQuartile: quantile(samples, 0.75),
      samples: samples.length,
      callsPerSample,
      ratio: median / fastest,
      difference,
      gflops: row.flops === undefined || row.timed === 'first' ? null : row.flops / median / 1e9,
      note,
      own,
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
  own: readonly Own[] = [],
): ReadonlyMap<string, Entry> => {
  const entered = playing.map((contestant, i) => ({
    contestant,
    difference: apart[i] ?? Number.NaN,
    sampled: sampled[i] ?? { samples: [], callsPerSample: 0 },
    own: own[i] ?? null,
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

/** What one process came to. */
interface Stay {
  readonly own: Own;
  readonly values: readonly Float32Array[];
  readonly sampled: Sampled;
}
/** The first call, the values, then the samples. */
const stay = async (contestant: Contestant, plan: Plan): Promise<Stay> => {
  const { memory, open, close } = await contestant.isolate();
  try {
    const loaded = await memory();
    const { time, values } = await open();
    const first = await time(1);
    const given = await values();
    const [sampled] = await measure([{ time, activate: async () => {} }], plan);
    if (sampled === undefined) throw new Error('no samples');
    return { own: { first, loaded, peak: await memory() }, values: given, sampled };
  } finally {
    close();
  }
};
const together = (stays: readonly Stay[]): { readonly own: Own; readonly sampled: Sampled } => {
  const median = (of: (own: Own) => number): number =>
    quantile(
      stays.map(({ own }) => of(own)),
      0.5,
    );
  return {
    own: { first: median((o) => o.first), loaded: median((o) => o.loaded), peak: median((o) => o.peak) },
    sampled: {
      samples: stays.flatMap(({ sampled }) => sampled.samples),
      callsPerSample: stays[0]?.sampled.callsPerSample ?? 0,
    },
  };
};
/** Processes one at a time, in turns: each has the memory of the machine for itself. */
const isolated = async (row: Row, places: readonly Place[], plan: Plan): Promise<RowResult> => {
  const playing = places.filter((p): p is Contestant => !('missing' in p));
  const stays = playing.map((): Stay[] => []);
  let apart: readonly number[] = [];
  for (let round = 0; round < plan.processes; round++) {
    const values: E.Either<string, readonly Float32Array[]>[] = [];
    for (const i of rotated([...playing.keys()], round)) {
      const contestant = playing[i];
      if (contestant === undefined) continue;
      const result = await attempt(() => stay(contestant, partOf(plan)));
      values[i] = E.map((s: Stay) => s.values)(result);
      if (E.isRight(result)) stays[i]?.push(result.right);
    }
    const outcomes = judge(row, values);
    const failed = failures(playing, outcomes);
    if (failed.size > 0) return assembled(row, places, failed);
    apart = differences(outcomes);
  }
  const whole = stays.map(together);
  const [sampled, own] = [whole.map((x) => x.sampled), whole.map((x) => x.own)];
  return assembled(row, places, timings(row, playing, apart, sampled, own));
};

export const runRow = (row: Row, quick: boolean, libraries: readonly Library[]): Promise<RowResult> => {
  const places = contestants(row, quick, libraries);
  const plan = quick ? quickPlan : fullPlan;
  const run = { steady, first: firstCalls, isolated }[row.timed];
  return run(row, places, plan);
};
