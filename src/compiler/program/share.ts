// Work sharing: which kernels the first thread runs alone, and where threads wait for each other.
import type { Work } from '../parallel';
import type { Instruction } from './ir';

/** From how much work on threads share it. */
export interface Sharing {
  /** Nanoseconds of a kernel, and of a step of a loop: below threads wait longer than they gain. */
  readonly leastKernel: number;
  readonly leastStep: number;
  /** They share every loop that can be shared, however little there is to do: for tests of the shares. */
  readonly sharesAll?: boolean;
}

export const noWork: Work = { total: 0, shared: 0 };
export const addWork = (a: Work, b: Work): Work => ({ total: a.total + b.total, shared: a.shared + b.shared });

/** Whether the first thread does work alone of which others could do a part. */
export const isDoneAlone = (sharing: Sharing | null, { total, shared }: Work, least: number): boolean =>
  sharing === null || (sharing.sharesAll === true ? shared === 0 : shared < least || 2 * shared < total);

/** Bytes of the arena, or of a parameter, from `start` up to `end`. */
export interface Interval {
  readonly space: number;
  readonly start: number;
  readonly end: number;
}
export interface Access {
  readonly reads: readonly Interval[];
  readonly writes: readonly Interval[];
  /** Whether the first thread does it alone. */
  readonly isAlone: boolean;
}
const overlap = (a: readonly Interval[], b: readonly Interval[]): boolean =>
  a.some((x) => b.some((y) => x.space === y.space && x.start < y.end && y.start < x.end));
/** Whether threads must wait between two accesses: one writes what the other one reads or writes, on another thread. */
export const conflict = (before: Access, after: Access): boolean =>
  !(before.isAlone && after.isAlone) &&
  (overlap(before.writes, after.reads) || overlap(before.writes, after.writes) || overlap(before.reads, after.writes));

/** Instructions that belong together. */
export interface Group {
  readonly body: readonly Instruction[];
  readonly access: Access;
  /** Whether all threads have come to the end of it. */
  readonly endsTogether: boolean;
}
const barrier: Instruction = { op: 'barrier' };

/** The groups in order, with barriers where one needs what threads have done in another one. */
export const synchronise = (groups: readonly Group[], sharing: Sharing | null): readonly Instruction[] => {
  if (sharing === null) return groups.flatMap((g) => g.body);
  let since: Access[] = [];
  return groups.flatMap(({ body, access, endsTogether }): readonly Instruction[] => {
    const waits = since.some((before) => conflict(before, access));
    if (waits) since = [];
    since.push(access);
    if (endsTogether) since = [];
    const allocations = body.filter((i) => i.op === 'allocate');
    const rest = body.filter((i) => i.op !== 'allocate');
    return [
      ...(waits ? [barrier] : []),
      ...allocations,
      ...(access.isAlone && rest.length > 0 ? [{ op: 'alone', body: rest } as const] : rest),
    ];
  });
};
