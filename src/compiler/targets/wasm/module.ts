// A program as one WebAssembly module: a function for every distinct kernel, and functions that run them one after the other.
import type { CompiledProgram } from '../../compile';
import { type Buffer, type Kernel, writesOf } from '../../kernel';
import { showLoops } from '../../loop';
import { Code } from './code';
import { encodeModule, type FunctionBody } from './encode';
import { hostImports } from './host';
import { kernelFunction, layScratch } from './kernel';
import { constantOf, storeScalar } from './scalar';

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
  /** Bytes of temporaries, constants and scratch memory. */
  readonly arena: number;
  /** Buffers whose addresses are handed to every call, in the order of the table. */
  readonly table: readonly Buffer[];
  /** Functions `run0`, `run1` ... with the kernels between that the host computes. */
  readonly segments: number;
  readonly hosted: readonly number[];
  /** Where in the arena a buffer lies; undefined for those of the table. */
  readonly placeOf: ReadonlyMap<number, number>;
}

/** What the engine can do, and the memory is. */
export interface Features {
  readonly isShared: boolean;
  /** Whether multiplication and addition can be one instruction. */
  readonly fuses: boolean;
}

export const wasmProgram = (compiled: CompiledProgram, { isShared, fuses }: Features): WasmProgram => {
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

  const scratches = scheduled.map((s) => (s === null ? null : layScratch(s.loops.scratch)));
  const scratchBytes = Math.max(0, ...scratches.map((s) => s?.bytes ?? 0));
  const scratch = take(scratchBytes);

  const functions: FunctionBody[] = [];
  const known = new Map<string, number>();
  const functionOf = (k: number): number => {
    const { loops } = scheduled[k] as NonNullable<(typeof scheduled)[number]>;
    const text = showLoops(loops);
    const found = known.get(text);
    if (found !== undefined) return found;
    const at = functions.push(kernelFunction(`k${k} ${nameOf(program.kernels[k] as Kernel)}`, loops, fuses)) - 1;
    known.set(text, at);
    return at;
  };

  // Parameters of a run: the address of the table, and of the arena.
  const start = (): Code => new Code(['i32', 'i32']);
  const pointer = (code: Code, id: number): void => {
    const place = placeOf.get(root(id));
    if (place !== undefined) code.get(1).i32(place).emit('i32.add');
    else code.get(0).memory('i32.load', 4 * (entryOf.get(root(id)) as number));
  };
  const runs: Code[] = [start()];
  const hosted: number[] = [];
  let code = runs[0] as Code;
  for (const { buffer, value } of program.literals) {
    pointer(code, buffer.id);
    constantOf(code, value, buffer.aval.dtype.name);
    storeScalar(code, buffer.aval.dtype.name, 0);
  }
  program.kernels.forEach((kernel, k) => {
    if (kernel.kind === 'alias') return;
    if (kernel.kind === 'call') {
      hosted.push(k);
      code = start();
      runs.push(code);
      return;
    }
    const { buffers } = scheduled[k] as NonNullable<(typeof scheduled)[number]>;
    for (const id of buffers) pointer(code, id);
    code.get(1).i32(scratch).emit('i32.add');
    code.call(hostImports.length + functionOf(k));
  });
  const all: readonly FunctionBody[] = [
    ...functions,
    ...runs.map((r, i) => ({
      signature: { parameters: r.parameters, results: [] },
      locals: r.locals,
      code: r.bytes,
      name: `run${i}`,
      export: `run${i}`,
    })),
  ];
  return {
    bytes: encodeModule(hostImports, all, isShared),
    arena,
    table,
    segments: runs.length,
    hosted,
    placeOf,
  };
};
