// Lowering to Program IR: kernels become calls of loops, control flow loops and branches around procedures, values regions of memory.
import { sizeOf } from '../../core/aval';
import type { DType } from '../../core/dtype';
import type { Scheduled } from '../arrays';
import type { CompiledProgram } from '../compile';
import { feedsOf, timesOf } from '../flow';
import { type Buffer, type ControlKernel, type Kernel, type LoopsKernel, readsOf, rootsOf, writesOf } from '../kernel';
import { type LoopFunction, showLoops } from '../loop';
import { shareLoops, type Work, withExtent, workOf } from '../parallel';
import { carriedInPlace } from '../update';
import { type LoopMemory, loopMemory, writeControl } from './control';
import {
  aligned,
  bytesOf,
  type Instruction,
  type Procedure,
  type Program,
  type ProgramKernel,
  type Region,
} from './ir';
import { type MemoryPlan, type Need, planMemory } from './memory';
import {
  type Access,
  addWork,
  type Group,
  type Interval,
  isDoneAlone,
  noWork,
  type Sharing,
  synchronise,
} from './share';

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
    default:
      return kernel.kind;
  }
};

/** As many iterations a loop that a primitive has written may have where nothing is known of it. */
const mostElements = ({ args }: LoopsKernel): number => Math.max(0, ...args.map(({ shape }) => sizeOf(shape)));

/** The loops of a kernel among those of the program, and what they cost. */
interface Numbered {
  readonly number: number;
  readonly work: Work;
}
/** A procedure, its number, and the work of one call. */
interface Lowered {
  readonly number: number;
  readonly procedure: Procedure;
  readonly work: Work;
}
/** What a kernel of control flow runs, and its memory. */
interface Control {
  readonly programs: readonly Lowered[];
  readonly inPlace: ReadonlySet<number>;
  readonly memory: LoopMemory;
  readonly isAlone: boolean;
  readonly work: Work;
}
const none: ReadonlySet<number> = new Set();
/** The arena as a space of its own among those of the parameters. */
const arenaSpace = -1;

class Lowering {
  readonly kernels: ProgramKernel[] = [];
  readonly procedures: Procedure[] = [];
  private readonly texts = new Map<string, number>();
  private readonly numbers = new Map<LoopFunction, Numbered>();
  private readonly known = new Map<CompiledProgram, Map<string, Lowered>>();
  constructor(readonly sharing: Sharing | null) {}

  /** The loops of a kernel, once for each text. */
  kernel(kernel: Kernel, k: number, { loops: plain, calls }: Scheduled): Numbered {
    const found = this.numbers.get(plain);
    if (found) return found;
    const loops = this.sharing === null ? plain : shareLoops(kernel.kind, plain);
    const extents = calls.reduce((n, { extent }) => n + (extent ?? 0), 0);
    const elements = kernel.kind === 'loops' ? mostElements(kernel) : extents;
    const text = `${elements} ${showLoops(loops)}`;
    const number = this.texts.get(text) ?? this.kernels.push({ name: `k${k} ${nameOf(kernel)}`, loops, elements }) - 1;
    this.texts.set(text, number);
    const made = { number, work: workOf(withExtent(loops.body, extents)) };
    this.numbers.set(plain, made);
    return made;
  }

  /** The procedure of a program that control flow runs: of its inputs, and those results that are not in place. */
  procedure(compiled: CompiledProgram, inPlace: ReadonlySet<number>): Lowered {
    const key = [...inPlace].join();
    const known = this.known.get(compiled) ?? new Map<string, Lowered>();
    this.known.set(compiled, known);
    const found = known.get(key);
    if (found) return found;
    const { program } = compiled;
    const body = new BodyLowering(this, compiled);
    const isOperand = new Set(program.inputs.map((b) => b.id));
    const copies: (() => Instruction)[] = [];
    const given = new Set<number>();
    const results = program.outputs.flatMap((b, k) => {
      if (inPlace.has(k)) return [];
      const id = body.root(b.id);
      if (!isOperand.has(id) && !given.has(id)) {
        given.add(id);
        return [body.name(b)];
      }
      const to = body.region(b.aval.dtype, sizeOf(b.aval.shape));
      copies.push(() => ({ op: 'copy', from: body.regionOf(id), to }));
      return [to];
    });
    const parameters = [...program.inputs.map((b) => body.name(b)), ...results];
    const lowered = body.lower(parameters, copies);
    const procedure = {
      name: `program${this.procedures.length}`,
      parameters,
      operands: program.inputs.length,
      arena: lowered.plan.bytes,
      body: lowered.body,
    };
    const made = { number: this.procedures.push(procedure) - 1, procedure, work: lowered.work };
    known.set(key, made);
    return made;
  }

  /** The program itself: of its inputs, and every result that is none of them, once. */
  program(compiled: CompiledProgram): Program {
    const { program } = compiled;
    const body = new BodyLowering(this, compiled);
    const ids = program.inputs.map((b) => b.id);
    const parameters = program.inputs.map((b) => body.name(b));
    for (const b of program.outputs) {
      const id = body.root(b.id);
      if (ids.includes(id)) continue;
      ids.push(id);
      parameters.push(body.name(b));
    }
    const { body: instructions, plan, shared } = body.lower(parameters, []);
    const operands = program.inputs.length;
    this.procedures.push({ name: 'main', parameters, operands, arena: plan.bytes, body: instructions });
    const outputs = program.outputs.map((b) => ids.indexOf(body.root(b.id)));
    return { kernels: this.kernels, procedures: this.procedures, outputs, shared };
  }
}

/** The instructions of one procedure. */
class BodyLowering {
  readonly root: (id: number) => number;
  private readonly regions = new Map<number, Region>();
  private readonly intervals = new Map<number, Interval>();
  private count: number;

  constructor(
    private readonly lowering: Lowering,
    private readonly compiled: CompiledProgram,
  ) {
    const { program } = compiled;
    this.root = rootsOf(program);
    const all = [...program.inputs, ...program.literals.map((l) => l.buffer), ...program.kernels.flatMap(writesOf)];
    this.count = 1 + all.reduce((most, b) => Math.max(most, b.id), -1);
  }

  readonly region = (dtype: DType, size: number): Region => ({ id: this.count++, dtype, size });
  /** The region of a buffer, which has the number of its root. */
  name({ id, aval: { dtype, shape } }: Buffer): Region {
    const root = this.root(id);
    const known = this.regions.get(root) ?? { id: root, dtype, size: sizeOf(shape) };
    this.regions.set(root, known);
    return known;
  }
  regionOf(id: number): Region {
    return this.regions.get(this.root(id)) as Region;
  }
  private intervalsOf(ids: Iterable<number>): readonly Interval[] {
    return [...ids].map((id) => this.intervals.get(this.root(id)) as Interval);
  }

  lower(parameters: readonly Region[], copies: readonly (() => Instruction)[]) {
    const { program } = this.compiled;
    const controls = program.kernels.map((kernel, k) => (kernel.kind === 'control' ? this.control(kernel, k) : null));
    const needs: Need[] = [];
    const wanted: { readonly region: Region | null; readonly bytes: number }[] = [];
    const want = (kernel: number, region: Region | null, bytes: number): void => {
      needs.push({ kernel, bytes });
      wanted.push({ region, bytes });
    };
    controls.forEach((control, k) => {
      if (control === null) return;
      const { seconds, flag } = control.memory;
      for (const region of [...seconds.values(), ...(flag === null ? [] : [flag])]) want(k, region, bytesOf(region));
      want(k, null, Math.max(0, ...control.programs.map((p) => p.procedure.arena)));
    });
    const plan = planMemory(program, needs);
    parameters.forEach((region, i) => {
      this.intervals.set(region.id, { space: i, start: 0, end: bytesOf(region) });
    });
    const offsets = new Map(plan.offsetOf);
    needs.forEach((_, i) => {
      const region = wanted[i]?.region;
      if (region) offsets.set(region.id, plan.needs[i] as number);
    });
    const arenas = new Map(
      needs.flatMap(({ kernel, bytes }, i) =>
        wanted[i]?.region === null
          ? [[kernel, { start: plan.needs[i] as number, end: (plan.needs[i] as number) + bytes }]]
          : [],
      ),
    );
    const allocate = (region: Region): readonly Instruction[] => {
      const offset = offsets.get(region.id);
      if (offset === undefined) return [];
      this.intervals.set(region.id, { space: arenaSpace, start: offset, end: offset + aligned(bytesOf(region)) });
      return [{ op: 'allocate', region, offset }];
    };

    const constants = program.literals.flatMap(({ buffer, value }): readonly Instruction[] => {
      const region = this.name(buffer);
      return [...allocate(region), { op: 'constant', region, value }];
    });
    let work = noWork;
    const shared: number[] = [0];
    const groups = program.kernels.flatMap((kernel, k): readonly Group[] => {
      if (kernel.kind === 'alias') return [];
      const written = writesOf(kernel);
      const made = kernel.kind === 'update' ? [] : written.flatMap((b) => allocate(this.name(b)));
      const access = (isAlone: boolean, own: readonly Interval[] = []): Access => ({
        reads: this.intervalsOf(readsOf(kernel)),
        writes: [...this.intervalsOf(written.map((b) => b.id)), ...own],
        isAlone,
      });
      const count = (isAlone: boolean, { total, shared: part }: Work): void => {
        work = addWork(work, { total, shared: isAlone ? 0 : part });
        if (!isAlone) shared[shared.length - 1] = (shared[shared.length - 1] as number) + part;
      };
      if (kernel.kind === 'call') {
        const array = (b: Buffer) => ({ region: this.regionOf(b.id), shape: b.aval.shape });
        const { primitive, params, inputs, outputs } = kernel;
        const call = { op: 'host', primitive, params, inputs: inputs.map(array), outputs: outputs.map(array) } as const;
        shared.push(0);
        const together: readonly Instruction[] = this.lowering.sharing === null ? [] : [{ op: 'barrier' }];
        // All threads wait for the host's call, whatever it reads.
        return [
          { body: [...made, ...together, call], access: { reads: [], writes: [], isAlone: false }, endsTogether: true },
        ];
      }
      const control = controls[k];
      if (kernel.kind === 'control' && control) {
        const { seconds, flag } = control.memory;
        const own = [...seconds.values(), ...(flag === null ? [] : [flag])];
        const places = own.flatMap(allocate);
        const arena = arenas.get(k) as { readonly start: number; readonly end: number };
        count(control.isAlone, control.work);
        return [
          {
            body: [...made, ...places, ...this.write(kernel, control, arena.start)],
            access: access(control.isAlone, [
              ...this.intervalsOf(own.map((r) => r.id)),
              { space: arenaSpace, ...arena },
            ]),
            endsTogether: !control.isAlone,
          },
        ];
      }
      const scheduled = this.compiled.scheduled[k] as Scheduled;
      const numbered = this.lowering.kernel(kernel, k, scheduled);
      const isAlone = isDoneAlone(this.lowering.sharing, numbered.work, this.lowering.sharing?.leastKernel ?? 0);
      count(isAlone, numbered.work);
      const calls = scheduled.calls.map(
        ({ buffers, extent }): Instruction => ({
          op: 'kernel',
          kernel: numbered.number,
          regions: buffers.map((id) => this.regionOf(id)),
          ...(extent === undefined ? {} : { extent }),
        }),
      );
      return [{ body: [...made, ...calls], access: access(isAlone), endsTogether: false }];
    });
    const body = [
      ...constants,
      ...synchronise(groups, this.lowering.sharing),
      ...this.end(copies.map((make) => make())),
    ];
    return { body, plan, work, shared } as {
      readonly body: readonly Instruction[];
      readonly plan: MemoryPlan;
      readonly work: Work;
      readonly shared: readonly number[];
    };
  }

  /** Results that are operands, or other results, are copied when all else is done; all threads end together. */
  private end(copies: readonly Instruction[]): readonly Instruction[] {
    if (this.lowering.sharing === null) return copies;
    const barrier: Instruction = { op: 'barrier' };
    return copies.length === 0 ? [barrier] : [barrier, { op: 'alone', body: copies }, barrier];
  }

  private control(kernel: ControlKernel, k: number): Control {
    const { sharing } = this.lowering;
    const inner = this.compiled.inner[k] as readonly CompiledProgram[];
    const step = inner.length - 1;
    const inPlace = carriedInPlace((inner[step] as CompiledProgram).program, feedsOf(kernel.flow));
    const programs = inner.map((p, i) => this.lowering.procedure(p, i === step ? inPlace : none));
    const work = programs.map((p) => p.work).reduce(addWork, noWork);
    const times = timesOf(kernel.flow);
    return {
      programs,
      inPlace,
      memory: loopMemory(kernel, inPlace, this.region),
      isAlone: isDoneAlone(sharing, work, sharing?.leastStep ?? 0),
      work: { total: times * work.total, shared: times * work.shared },
    };
  }
  private write(kernel: ControlKernel, control: Control, arena: number): readonly Instruction[] {
    const isTogether = this.lowering.sharing !== null && !control.isAlone;
    return writeControl(
      {
        operands: kernel.inputs.map((b) => this.regionOf(b.id)),
        results: kernel.outputs.map((b) => this.regionOf(b.id)),
        memory: control.memory,
        inPlace: control.inPlace,
        region: this.region,
        call: (program, regions) => ({
          op: 'call',
          procedure: (control.programs[program] as Lowered).number,
          regions,
          arena,
        }),
        alone: (body) =>
          isTogether ? [...(body.length === 0 ? [] : [{ op: 'alone', body } as const]), { op: 'barrier' }] : body,
      },
      kernel.flow,
    );
  }
}

/** The program as procedures, for threads that share work, or for one. */
export const lowerToProgram = (compiled: CompiledProgram, sharing: Sharing | null): Program =>
  new Lowering(sharing).program(compiled);
