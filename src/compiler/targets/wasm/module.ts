// A program as one WebAssembly module: a function for every distinct kernel, and functions that run them one after the other.
import type { CompiledProgram } from '../../compile';
import { type Buffer, type Kernel, readsOf, writesOf } from '../../kernel';
import { type LoopFunction, showLoops } from '../../loop';
import { shareLoops, workOf } from '../../parallel';
import { layScratch } from './body';
import { Code } from './code';
import { encodeModule, type FunctionBody } from './encode';
import { hostImport } from './host';
import { kernelFunction } from './kernel';
import type { Instructions } from './product';
import { constantOf, storeScalar } from './scalar';
import { barrierFunction } from './threads';

const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

const nameOf = (kernel: Kernel): string => {
  switch (kernel.kind) {
    case 'map':
      return `map [${kernel.shape}] to ${kernel.stores.length}`;
    case 'reduce':
      return `reduce ${kernel.combine} [${kernel.shape}] of ${kernel.length}`;
    case 'contract':
      return `contract ${kernel.groups} x ${kernel.rows} x ${kernel.columns} x ${kernel.depth}`;
    case 'rows':
      return `rows [${kernel.shape}] in ${kernel.parts.length} parts`;
    default:
      return kernel.kind;
  }
};

/** What a program needs to run: its module, its arena, and where it finds the addresses of what is not in the arena. */
export interface WasmProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of temporaries and constants. */
  readonly arena: number;
  /** Bytes of scratch memory for each thread. */
  readonly scratch: number;
  /** Buffers whose addresses are handed to every call, in the order of the table. */
  readonly table: readonly Buffer[];
  /** Functions `run0`, `run1` ... with the kernels between that the host computes. */
  readonly segments: number;
  /** Whether threads have work to share in a segment. */
  readonly isShared: readonly boolean[];
  /** The functions of the host that the module imports. */
  readonly imports: readonly string[];
  readonly hosted: readonly number[];
  /** Where in the arena a buffer lies; undefined for those of the table. */
  readonly placeOf: ReadonlyMap<number, number>;
}

/** What the engine can do, and the memory is. */
export interface Features extends Instructions {
  readonly isShared: boolean;
  /** Threads share every loop that can be shared, however little there is to do: for tests of the shares. */
  readonly sharesAll?: boolean;
}

export const wasmProgram = (compiled: CompiledProgram, features: Features): WasmProgram => {
  const { isShared } = features;
  const { program, scheduled, memory } = compiled;
  const root = (id: number): number => memory.rootOf.get(id) ?? id;
  let arena = 0;
  const take = (bytes: number): number => {
    const at = arena;
    arena += aligned(bytes);
    return at;
  };
  const slots = memory.slots.map((s) => take(s.size * s.dtype.bytes));
  const placeOf = new Map<number, number>();
  for (const [id, slot] of memory.slotOf) placeOf.set(id, slots[slot] as number);
  const results = new Set(program.outputs.map((b) => root(b.id)));
  for (const { buffer } of program.literals)
    if (!results.has(buffer.id)) placeOf.set(buffer.id, take(buffer.aval.dtype.bytes));

  const table: Buffer[] = [];
  const entryOf = new Map<number, number>();
  const enter = (b: Buffer): void => {
    const id = root(b.id);
    if (placeOf.has(id) || entryOf.has(id)) return;
    entryOf.set(id, table.length);
    table.push(b);
  };
  program.inputs.forEach(enter);
  for (const l of program.literals) enter(l.buffer);
  for (const kernel of program.kernels) if (kernel.kind !== 'alias') for (const b of writesOf(kernel)) enter(b);
  program.outputs.forEach(enter);

  const { functions, numbers, imports, kernels } = writeKernels(compiled, features);
  const scratch = Math.max(0, ...kernels.map((k) => k?.scratch ?? 0));
  const barrier = imports.length + functions.length;
  const writeBarrier = (code: Code): void => {
    if (!isShared) return;
    code.get(threads).i32(1).emit('i32.ne');
    code.choose('none', () => code.get(sync).get(thread).get(threads).call(barrier));
  };

  const start = (): Code => new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const pointer = (code: Code, id: number): void => {
    const place = placeOf.get(root(id));
    if (place !== undefined) code.get(arenaAt).i32(place).emit('i32.add');
    else code.get(tableAt).memory('i32.load', 4 * (entryOf.get(root(id)) as number));
  };
  const runs: Code[] = [start()];
  const works: number[] = [0];
  const hosted: number[] = [];
  let code = runs[0] as Code;
  // Every thread stores the constants that it will read.
  for (const { buffer, value } of program.literals) {
    pointer(code, buffer.id);
    constantOf(code, value, buffer.aval.dtype.name);
    storeScalar(code, buffer.aval.dtype.name, 0);
  }
  // Slots are storage, too: what shares one must not be written before it was read.
  const storage = (id: number): string => {
    const slot = memory.slotOf.get(root(id));
    return slot === undefined ? `%${root(id)}` : `slot ${slot}`;
  };
  let since: Access[] = [];
  program.kernels.forEach((kernel, k) => {
    if (kernel.kind === 'alias') return;
    if (kernel.kind === 'call') {
      hosted.push(k);
      writeBarrier(code);
      code = start();
      runs.push(code);
      works.push(0);
      since = [];
      return;
    }
    const { isAlone, shared } = kernels[k] as NonNullable<(typeof kernels)[number]>;
    const access: Access = {
      reads: new Set([...readsOf(kernel)].map(storage)),
      writes: new Set(writesOf(kernel).map((b) => storage(b.id))),
      isAlone,
    };
    if (since.some((before) => !(before.isAlone && isAlone) && mustWait(before, access))) {
      writeBarrier(code);
      since = [];
    }
    since.push(access);
    const { buffers } = scheduled[k] as NonNullable<(typeof scheduled)[number]>;
    const call = (): void => {
      for (const id of buffers) pointer(code, id);
      code.get(scratchAt);
      if (isAlone) code.i32(0).i32(1);
      else code.get(thread).get(threads);
      code.call(imports.length + (numbers[k] as number));
    };
    if (isAlone) {
      code.get(thread).emit('i32.eqz');
      code.choose('none', call);
    } else {
      call();
      works[works.length - 1] = (works[works.length - 1] as number) + shared;
    }
  });
  writeBarrier(code);
  const all: readonly FunctionBody[] = [
    ...functions,
    ...(isShared ? [barrierFunction()] : []),
    ...runs.map((r, i) => ({
      signature: { parameters: r.parameters, results: [] },
      locals: r.locals,
      code: r.bytes,
      name: `run${i}`,
      export: `run${i}`,
    })),
  ];
  return {
    bytes: encodeModule(imports.map(hostImport), all, isShared),
    arena,
    scratch,
    table,
    segments: runs.length,
    isShared: works.map((work) => isShared && (features.sharesAll ? work > 0 : work >= leastFork)),
    imports,
    hosted,
    placeOf,
  };
};

/** Parameters of a run: addresses of the table, the arena, the thread's scratch memory; the thread, how many there are, and where they meet. */
const [tableAt, arenaAt, scratchAt, thread, threads, sync] = [0, 1, 2, 3, 4, 5] as const;

/**
 * Nanoseconds of work from which on a kernel is shared, and from which on other threads are woken for a program: below they gain nothing
 * where other processes want the processors, too.
 */
const leastWork = 20_000;
const leastFork = 200_000;

/** What a kernel reads and writes, and whether the first thread runs it alone. */
interface Access {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  readonly isAlone: boolean;
}
const meet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => [...a].some((x) => b.has(x));
const mustWait = (before: Access, after: Access): boolean =>
  meet(before.writes, after.reads) || meet(before.writes, after.writes) || meet(before.reads, after.writes);

/** The function of a kernel, and what is to be known to call it. */
interface WrittenKernel {
  readonly number: number;
  readonly isAlone: boolean;
  /** Nanoseconds of work that threads share. */
  readonly shared: number;
  readonly scratch: number;
}

/** The functions of the kernels, one for each distinct text of loops. */
const writeKernels = ({ program, scheduled }: CompiledProgram, features: Features) => {
  const functions: FunctionBody[] = [];
  const imports: string[] = [];
  const known = new Map<string, number>();
  const write = (k: number, loops: LoopFunction): number => {
    const text = showLoops(loops);
    const found = known.get(text);
    if (found !== undefined) return found;
    const name = `k${k} ${nameOf(program.kernels[k] as Kernel)}`;
    const at = functions.push(kernelFunction(name, loops, features, imports)) - 1;
    known.set(text, at);
    return at;
  };
  const written = new Map<LoopFunction, WrittenKernel>();
  const kernels = scheduled.map((s, k): WrittenKernel | null => {
    if (s === null) return null;
    const found = written.get(s.loops);
    if (found) return found;
    const loops = shareLoops((program.kernels[k] as Kernel).kind, s.loops);
    const { total, shared } = workOf(loops.body);
    // What is not shared every thread does.
    const isAlone = features.sharesAll ? shared === 0 : shared < leastWork || 2 * shared < total;
    const made = { number: write(k, loops), isAlone, shared, scratch: layScratch(loops.scratch).bytes };
    written.set(s.loops, made);
    return made;
  });
  return { functions, numbers: kernels.map((k) => k?.number ?? null), imports, kernels };
};
