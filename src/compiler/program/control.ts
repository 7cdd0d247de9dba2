// Loops and branches of Program IR, from the control flow of a kernel.
import { sizeOf } from '../../core/aval';
import { bool, type DType } from '../../core/dtype';
import type { Flow } from '../../core/lowering';
import { feedsOf } from '../flow';
import type { ControlKernel } from '../kernel';
import type { Carry, Cursor, Instruction, Region } from './ir';

type Scan = Extract<Flow, { readonly kind: 'scan' }>;
type While = Extract<Flow, { readonly kind: 'while' }>;
type Cond = Extract<Flow, { readonly kind: 'cond' }>;

/** What a loop needs besides its operands and results: a second buffer for what it carries, and a flag. */
export interface LoopMemory {
  readonly seconds: ReadonlyMap<number, Region>;
  readonly flag: Region | null;
}
/** What is carried in its place has no second buffer. */
export const loopMemory = (
  { flow, outputs }: ControlKernel,
  inPlace: ReadonlySet<number>,
  region: (dtype: DType, size: number) => Region,
): LoopMemory => {
  const seconds = new Map<number, Region>();
  feedsOf(flow).forEach((feed, k) => {
    const a = outputs[k]?.aval;
    if (feed !== null && a !== undefined && !inPlace.has(k)) seconds.set(k, region(a.dtype, sizeOf(a.shape)));
  });
  return { seconds, flag: flow.kind === 'while' ? region(bool, 1) : null };
};

/** Where control flow is written. */
export interface Site {
  readonly operands: readonly Region[];
  readonly results: readonly Region[];
  readonly memory: LoopMemory;
  /** The results that each step writes where it reads what they replace. */
  readonly inPlace: ReadonlySet<number>;
  readonly region: (dtype: DType, size: number) => Region;
  /** Runs one of the programs on its operands, and the results that are not in place; all threads have come to its end then. */
  readonly call: (program: number, regions: readonly Region[]) => Instruction;
  /** The first thread alone runs these, while the others wait. */
  readonly alone: (body: readonly Instruction[]) => readonly Instruction[];
}

const copy = (from: Region, to: Region): Instruction => ({ op: 'copy', from, to });
const at = <T>(xs: readonly T[], i: number): T => xs[i] as T;

/** Loops over values that are carried in place begin with copies of them: the operands stay as they are. */
const carriedIn = (site: Site, feeds: readonly (number | null)[]): readonly Instruction[] => {
  const copies = [...site.inPlace].map((k) => copy(at(site.operands, at(feeds, k) as number), at(site.results, k)));
  return copies.length === 0 ? [] : site.alone(copies);
};

interface Carried {
  readonly carries: readonly Carry[];
  /** What a step reads for each operand, and writes for each result that is carried. */
  readonly operands: readonly Region[];
  readonly results: ReadonlyMap<number, Region>;
}
const carriedBetween = (
  site: Site,
  feeds: readonly (number | null)[],
  buffers: (result: Region, second: Region) => readonly [Region, Region],
): Carried => {
  const operands = [...site.operands];
  const results = new Map<number, Region>();
  const carries: Carry[] = [];
  feeds.forEach((feed, k) => {
    if (feed === null) return;
    const result = at(site.results, k);
    if (site.inPlace.has(k)) {
      operands[feed] = result;
      return;
    }
    const name = (): Region => site.region(result.dtype, result.size);
    const [current, next] = [name(), name()];
    const second = site.memory.seconds.get(k) as Region;
    carries.push({ current, next, from: at(site.operands, feed), buffers: buffers(result, second) });
    operands[feed] = current;
    results.set(k, next);
  });
  return { carries, operands, results };
};

const scan = (site: Site, { step, roles, feeds, length, reverse }: Scan): readonly Instruction[] => {
  if (length === 0) {
    const copies = feeds.flatMap((feed, k) =>
      feed === null ? [] : [copy(at(site.operands, feed), at(site.results, k))],
    );
    return site.alone(copies);
  }
  // The last step writes to the result.
  const { carries, operands, results } = carriedBetween(site, feeds, (result, second) =>
    length % 2 === 1 ? [result, second] : [second, result],
  );
  const cursors: Cursor[] = [];
  const cursor = (of: Region): Region => {
    const size = of.size / length;
    const region = site.region(of.dtype, size);
    cursors.push({ region, of, start: reverse ? (length - 1) * size : 0, step: reverse ? -size : size });
    return region;
  };
  const inputs = step.inputs.map((_, i) => (roles[i] === 'x' ? cursor(at(operands, i)) : at(operands, i)));
  const outputs = step.outputs.flatMap((_, k) =>
    site.inPlace.has(k) ? [] : [results.get(k) ?? cursor(at(site.results, k))],
  );
  return [
    ...carriedIn(site, feeds),
    { op: 'loop', count: length, carries, cursors, body: [site.call(0, [...inputs, ...outputs])] },
  ];
};

const whileLoop = (site: Site, { body, carry }: While): readonly Instruction[] => {
  const { carries, operands, results } = carriedBetween(site, carry, (result, second) => [result, second]);
  const flag = site.memory.flag as Region;
  const outputs = body.outputs.flatMap((_, k) => results.get(k) ?? []);
  const copies = carries.map(({ current, buffers: [result] }) => copy(current, result));
  return [
    ...carriedIn(site, carry),
    {
      op: 'while',
      condition: [site.call(0, [...operands, flag])],
      flag,
      carries,
      body: [site.call(1, [...operands, ...outputs])],
    },
    // The flag has been read by all threads when they have met.
    ...site.alone(copies),
  ];
};

const branches = (site: Site, flow: Cond): readonly Instruction[] => {
  const [index, ...operands] = site.operands as readonly [Region, ...Region[]];
  return [
    { op: 'branch', index, branches: flow.branches.map((_, b) => [site.call(b, [...operands, ...site.results])]) },
  ];
};

export const writeControl = (site: Site, flow: Flow): readonly Instruction[] => {
  switch (flow.kind) {
    case 'scan':
      return scan(site, flow);
    case 'while':
      return whileLoop(site, flow);
    case 'cond':
      return branches(site, flow);
  }
};
