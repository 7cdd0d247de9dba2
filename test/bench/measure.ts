// Times of several programs, taken in turns, so that what disturbs the machine disturbs them all.
import { setImmediate as turn } from 'node:timers/promises';

export interface Plan {
  /** Samples of each. */
  readonly rounds: number;
  /** Calls are repeated until a sample takes about so long. */
  readonly sampleSeconds: number;
  /** Calls before the first sample take at least so long together: engines compile what has become hot. */
  readonly warmupSeconds: number;
  /** What has taken so long gets no more than `fewest` samples. */
  readonly budgetSeconds: number;
  readonly fewest: number;
  /** Processes of each contestant, one after another, where it has them for itself: each takes its part of the samples. */
  readonly processes: number;
}
export const fullPlan: Plan = {
  rounds: 15,
  sampleSeconds: 0.05,
  warmupSeconds: 0.5,
  budgetSeconds: 6,
  fewest: 3,
  processes: 2,
};
export const quickPlan: Plan = {
  rounds: 3,
  sampleSeconds: 0.005,
  warmupSeconds: 0.02,
  budgetSeconds: 1,
  fewest: 2,
  processes: 1,
};

/** The part of a plan that one of its processes carries out. */
export const partOf = (plan: Plan): Plan => ({
  ...plan,
  rounds: Math.ceil(plan.rounds / plan.processes),
  fewest: Math.ceil(plan.fewest / plan.processes),
  budgetSeconds: plan.budgetSeconds / plan.processes,
});

export interface Subject {
  readonly activate: () => Promise<void>;
  /** Seconds of so many calls. */
  readonly time: (calls: number) => Promise<number>;
}
export interface Sampled {
  /** Seconds a call, in the order they were taken. */
  readonly samples: readonly number[];
  readonly callsPerSample: number;
}

/** Warms up, and finds how many calls make a sample. */
const calibrated = async ({ activate, time }: Subject, plan: Plan): Promise<number> => {
  await activate();
  let calls = 1;
  for (let spent = 0; spent < plan.warmupSeconds; ) {
    const seconds = await time(calls);
    spent += seconds;
    // Not too far at once: the first calls may be much slower than the later ones.
    calls = Math.max(1, Math.min(10 * calls, Math.round((calls * plan.sampleSeconds) / Math.max(seconds, 1e-9))));
  }
  return calls;
};

export const measure = async (subjects: readonly Subject[], plan: Plan): Promise<readonly Sampled[]> => {
  const entries: { readonly subject: Subject; readonly calls: number; readonly samples: number[]; spent: number }[] =
    [];
  for (const subject of subjects)
    entries.push({ subject, calls: await calibrated(subject, plan), samples: [], spent: 0 });
  for (let round = 0; round < plan.rounds; round++) {
    for (const entry of rotated(entries, round)) {
      if (entry.spent > plan.budgetSeconds && entry.samples.length >= plan.fewest) continue;
      // What was collected is released in a turn of the event loop of its own.
      await turn();
      await entry.subject.activate();
      const seconds = await entry.subject.time(entry.calls);
      entry.spent += seconds;
      entry.samples.push(seconds / entry.calls);
    }
  }
  return entries.map(({ samples, calls }) => ({ samples, callsPerSample: calls }));
};

/** Each round begins with another one, so that nobody always comes after the same. */
export const rotated = <T>(xs: readonly T[], by: number): readonly T[] => {
  const at = xs.length === 0 ? 0 : by % xs.length;
  return [...xs.slice(at), ...xs.slice(0, at)];
};

/** The number below which a share of the sorted samples lies, between neighbours where it falls there. */
export const quantile = (samples: readonly number[], share: number): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return low + (high - low) * (at - Math.floor(at));
};
