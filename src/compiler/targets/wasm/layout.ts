// Where the values of a program lie, those of the programs in it included, and the functions of its kernels.
import { sizeOf } from '../../../core/aval';
import type { Scheduled } from '../../arrays';
import type { CompiledProgram } from '../../compile';
import { timesOf } from '../../flow';
import type { ControlKernel, Kernel, LoopsKernel } from '../../kernel';
import { type LoopFunction, showLoops } from '../../loop';
import { type For, shareLoops, type Work, withExtent, workOf } from '../../parallel';
import { layScratch } from './body';
import type { FunctionBody } from './encode';
import { layFlow } from './flow';
import { kernelFunction } from './kernel';
import { planPieces } from './pieces';
import type { Instructions } from './product';

const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** What the engine can do, and the memory is. */
export interface Features extends Instructions {
  readonly isShared: boolean;
  /** Threads share every loop that can be shared, however little there is to do: for tests of the shares. */
  readonly sharesAll?: boolean;
  /** Loops are cut into calls, however short they are: for tests of the pieces. */
  readonly cutsAll?: boolean;
}

/** Nanoseconds of work from which on a kernel, or a step of a loop, is shared: below threads wait longer than they gain. */
const leastWork = 20_000;
const leastStep = 50_000;

const nameOf = (kernel: Kernel): string => {
  switch (kernel.kind) {
    case 'map':
      return `map [${kernel.shape}] to ${kernel.stores.length}`;
    case 'maps':
      return `maps ${kernel.maps.map((m) => `[${m.shape}]`).join(' ')}`;
    case 'reduce':
      return `reduce ${kernel.combine} [${kernel.shape}] of ${kernel.length}`;
    case 'update':
      return `update [${kernel.shape}] of [${kernel.buffer.aval.shape}]`;
    case 'contract':
      return `contract ${kernel.groups} x ${kernel.rows} x ${kernel.columns} x ${kernel.depth}`;
    case 'rows':
      return `rows [${kernel.shape}] in ${kernel.parts.length} parts`;
    case 'control':
      return kernel.flow.kind;
    default:
      return kernel.kind;
  }
};

/** As many iterations a loop that a primitive has written may have where nothing is known of it. */
const mostElements = ({ args }: LoopsKernel): number => Math.max(0, ...args.map(({ shape }) => sizeOf(shape)));

/** A kernel, and what is to be known to run it. */
interface WrittenKernel {
  /** The function of its loops; null for control flow. */
  readonly number: number | null;
  /** Whether the first thread runs it alone. */
  readonly isAlone: boolean;
  /** Nanoseconds. */
  readonly work: Work;
  /** Bytes of scratch memory for each thread. */
  readonly scratch: number;
}

export interface Layout {
  readonly compiled: CompiledProgram;
  /** Where in the arena a buffer lies, by its root; undefined for operands, results and what the host computes. */
  readonly placeOf: ReadonlyMap<number, number>;
  /** Where the memory of control flow begins, which comes last: its own, and behind it the arenas of its programs. */
  readonly flowAt: number;
  readonly bytes: number;
  readonly kernels: readonly (WrittenKernel | null)[];
  /** The programs that each kernel runs. */
  readonly inner: readonly (readonly Layout[])[];
}

export const rootIn =
  ({ memory }: CompiledProgram) =>
  (id: number): number =>
    memory.rootOf.get(id) ?? id;

/** Writes the kernels of a program and of those in it, one function for each distinct text of loops, and lays out their memory. */
export class Layouts {
  readonly functions: FunctionBody[] = [];
  readonly imports: string[] = [];
  /** Programs in the order in which they were finished: each after those in it. */
  readonly finished: Layout[] = [];
  private readonly texts = new Map<string, number>();
  private readonly layouts = new Map<CompiledProgram, Layout>();
  private readonly kernels = new Map<LoopFunction, WrittenKernel>();

  constructor(private readonly features: Features) {}

  layoutOf(compiled: CompiledProgram): Layout {
    const found = this.layouts.get(compiled);
    if (found) return found;
    const { program, scheduled, memory } = compiled;
    const root = rootIn(compiled);
    let end = 0;
    const take = (bytes: number): number => {
      const at = end;
      end += aligned(bytes);
      return at;
    };
    const slots = memory.slots.map((s) => take(s.size * s.dtype.bytes));
    const placeOf = new Map<number, number>();
    for (const [id, slot] of memory.slotOf) placeOf.set(id, slots[slot] as number);
    const results = new Set(program.outputs.map((b) => root(b.id)));
    for (const { buffer } of program.literals)
      if (!results.has(buffer.id)) placeOf.set(buffer.id, take(buffer.aval.dtype.bytes));
    const inner = compiled.inner.map((programs) => programs.map((p) => this.layoutOf(p)));
    const flowAt = end;
    const flowBytes = program.kernels.map((kernel, k) =>
      kernel.kind === 'control'
        ? layFlow(kernel.flow).bytes + Math.max(0, ...(inner[k] as readonly Layout[]).map((l) => l.bytes))
        : 0,
    );
    const kernels = program.kernels.map((kernel, k): WrittenKernel | null => {
      if (kernel.kind === 'control') return this.control(kernel, inner[k] as readonly Layout[]);
      const s = scheduled[k] ?? null;
      return s === null ? null : this.kernel(kernel, `k${k} ${nameOf(kernel)}`, s);
    });
    const layout = { compiled, placeOf, flowAt, bytes: flowAt + Math.max(0, ...flowBytes), kernels, inner };
    this.layouts.set(compiled, layout);
    this.finished.push(layout);
    return layout;
  }

  /** What is not shared every thread does. */
  private isAlone({ total, shared }: Work, least: number): boolean {
    return this.features.sharesAll ? shared === 0 : shared < least || 2 * shared < total;
  }

  private kernel(kernel: Kernel, name: string, { loops: plain, calls }: Scheduled): WrittenKernel {
    const found = this.kernels.get(plain);
    if (found) return found;
    const loops = shareLoops(kernel.kind, plain);
    const elements = calls.reduce((n, { extent }) => n + (extent ?? 0), 0);
    const work = workOf(withExtent(loops.body, elements));
    const unknown = kernel.kind === 'loops' ? mostElements(kernel) : elements;
    const pieces = planPieces(loops.body, unknown, this.features.cutsAll === true);
    const made = {
      number: this.write(name, loops, pieces),
      isAlone: this.isAlone(work, leastWork),
      work,
      scratch: layScratch(loops.scratch).bytes,
    };
    this.kernels.set(plain, made);
    return made;
  }
  private write(name: string, loops: LoopFunction, pieces: ReadonlyMap<For, number>): number {
    const text = `${showLoops(loops)} in ${[...pieces.values()]}`;
    const found = this.texts.get(text);
    if (found !== undefined) return found;
    const { features: instructions, imports } = this;
    const add = (f: FunctionBody): number => this.functions.push(f) - 1;
    const at = add(kernelFunction(loops, { name, instructions, imports, pieces, add }));
    this.texts.set(text, at);
    return at;
  }
  private control({ flow }: ControlKernel, inner: readonly Layout[]): WrittenKernel {
    const works = inner.map(({ kernels }) => totalWork(kernels));
    const step = works.reduce(addWork, nothing);
    const times = timesOf(flow);
    return {
      number: null,
      isAlone: this.isAlone(step, leastStep),
      work: { total: times * step.total, shared: times * step.shared },
      scratch: Math.max(0, ...inner.map(scratchOf)),
    };
  }
}

const nothing: Work = { total: 0, shared: 0 };
const addWork = (a: Work, b: Work): Work => ({ total: a.total + b.total, shared: a.shared + b.shared });
/** What one thread does alone is shared by nobody. */
const totalWork = (kernels: Layout['kernels']): Work =>
  kernels
    .flatMap((k) => (k === null ? [] : [k.isAlone ? { total: k.work.total, shared: 0 } : k.work]))
    .reduce(addWork, nothing);
/** Bytes of scratch memory that each thread needs. */
export const scratchOf = ({ kernels }: Layout): number => Math.max(0, ...kernels.map((k) => k?.scratch ?? 0));
