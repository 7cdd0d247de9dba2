// A program as one WebAssembly module: a function for every distinct kernel, one for every program that control flow runs, and functions
// that run the whole.
import type { CompiledProgram } from '../../compile';
import { type Buffer, writesOf } from '../../kernel';
import { Code } from './code';
import { encodeModule, type FunctionBody } from './encode';
import { hostImport } from './host';
import { type Features, type Layout, Layouts, rootIn, scratchOf } from './layout';
import { type Callees, RunCode } from './run';
import { barrierFunction } from './threads';

export type { Features } from './layout';

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
  /** Nanoseconds of work that threads share. */
  readonly shared: number;
  /** The functions of the host that the module imports. */
  readonly imports: readonly string[];
  readonly hosted: readonly number[];
  /** Where in the arena a buffer lies; undefined for those of the table. */
  readonly placeOf: ReadonlyMap<number, number>;
}

/** Nanoseconds of shared work from which on other threads are woken: below they gain nothing where other processes want the processors. */
const leastFork = 200_000;

/** The function that runs a program of control flow: of its arena, scratch memory, thread, threads, sync, and the addresses of operands and results. */
const programFunction = (layout: Layout, name: string, callees: Callees): FunctionBody => {
  const { program } = layout.compiled;
  const root = rootIn(layout.compiled);
  const own = 5;
  const code = new Code(new Array<'i32'>(own + program.inputs.length + program.outputs.length).fill('i32'));
  const addresses = new Map(program.inputs.map((b, i) => [b.id, own + i]));
  const result = (k: number): number => own + program.inputs.length + k;
  const sources = program.outputs.map((b, k) => {
    const id = root(b.id);
    if (addresses.has(id)) return id;
    addresses.set(id, result(k));
    return null;
  });
  const run = new RunCode(
    code,
    layout,
    {
      arena: 0,
      scratch: 1,
      thread: 2,
      threads: 3,
      sync: 4,
      address: (c, id) => {
        c.get(addresses.get(id) as number);
      },
    },
    callees,
  );
  run.literals();
  program.kernels.forEach((_, k) => {
    run.kernel(k);
  });
  run.copies(sources, (k) => code.get(result(k)));
  run.meet();
  return { signature: { parameters: code.parameters, results: [] }, locals: code.locals, code: code.bytes, name };
};

export const wasmProgram = (compiled: CompiledProgram, features: Features): WasmProgram => {
  const { isShared } = features;
  const { program } = compiled;
  const root = rootIn(compiled);
  const layouts = new Layouts(features);
  const layout = layouts.layoutOf(compiled);
  const { functions, imports } = layouts;
  const inner = layouts.finished.filter((l) => l !== layout);
  const afterKernels = imports.length + functions.length;
  const callees: Callees = {
    kernel: (number) => imports.length + number,
    program: (l) => afterKernels + (isShared ? 1 : 0) + inner.indexOf(l),
    barrier: isShared ? afterKernels : null,
  };

  const table: Buffer[] = [];
  const entryOf = new Map<number, number>();
  const enter = (b: Buffer): void => {
    const id = root(b.id);
    if (layout.placeOf.has(id) || entryOf.has(id)) return;
    entryOf.set(id, table.length);
    table.push(b);
  };
  program.inputs.forEach(enter);
  for (const l of program.literals) enter(l.buffer);
  for (const kernel of program.kernels) if (kernel.kind !== 'alias') for (const b of writesOf(kernel)) enter(b);
  program.outputs.forEach(enter);

  const [tableAt, arena, scratch, thread, threads, sync] = [0, 1, 2, 3, 4, 5] as const;
  const address = (code: Code, id: number): void => {
    code.get(tableAt).memory('i32.load', 4 * (entryOf.get(id) as number));
  };
  const start = (): RunCode =>
    new RunCode(
      new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']),
      layout,
      { arena, scratch, thread, threads, sync, address },
      callees,
    );
  const runs: RunCode[] = [start()];
  const hosted: number[] = [];
  let run = runs[0] as RunCode;
  run.literals();
  program.kernels.forEach((kernel, k) => {
    if (kernel.kind !== 'call') {
      run.kernel(k);
      return;
    }
    hosted.push(k);
    run.meet();
    run = start();
    runs.push(run);
  });
  run.meet();
  const all: readonly FunctionBody[] = [
    ...functions,
    ...(isShared ? [barrierFunction()] : []),
    ...inner.map((l, i) => programFunction(l, `program${i}`, callees)),
    ...runs.map(({ code }, i) => ({
      signature: { parameters: code.parameters, results: [] },
      locals: code.locals,
      code: code.bytes,
      name: `run${i}`,
      export: `run${i}`,
    })),
  ];
  return {
    bytes: encodeModule(imports.map(hostImport), all, isShared),
    arena: layout.bytes,
    scratch: scratchOf(layout),
    table,
    segments: runs.length,
    isShared: runs.map(({ shared }) => isShared && (features.sharesAll ? shared > 0 : shared >= leastFork)),
    shared: runs.reduce((n, { shared }) => n + shared, 0),
    imports,
    hosted,
    placeOf: layout.placeOf,
  };
};
