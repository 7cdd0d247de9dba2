// A program as one WebAssembly module: a function for every distinct kernel, one for every procedure, and functions that run the whole.
import { showLoops } from '../../loop';
import { type Instruction, mainOf, type Procedure, type Program } from '../../program/ir';
import { layScratch } from './body';
import { Code } from './code';
import { encodeModule, type FunctionBody } from './encode';
import { hostImport } from './host';
import { kernelFunction } from './kernel';
import { planPieces } from './pieces';
import { type Callees, ProcedureCode } from './procedure';
import type { Instructions } from './product';
import { barrierFunction } from './threads';

/** What the engine can do, and the memory is. */
export interface Features extends Instructions {
  readonly isShared: boolean;
  /** Threads share every loop that can be shared, however little there is to do: for tests of the shares. */
  readonly sharesAll?: boolean;
  /** Loops are cut into calls, however short they are: for tests of the pieces. */
  readonly cutsAll?: boolean;
}

/** What a program needs to run: its module, its arena, and the parameters whose addresses it finds in a table. */
export interface WasmProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of temporaries and constants. */
  readonly arena: number;
  /** Bytes of scratch memory for each thread. */
  readonly scratch: number;
  /** Functions `run0`, `run1` ... with the calls between that the host computes. */
  readonly segments: number;
  /** Whether threads have work to share in a segment. */
  readonly isShared: readonly boolean[];
  /** Nanoseconds of work that threads share. */
  readonly shared: number;
  /** The functions of the host that the module imports. */
  readonly imports: readonly string[];
}

/** Nanoseconds of shared work from which on other threads are woken: below they gain nothing where other processes want the processors. */
const leastFork = 200_000;

const functionOf = (name: string, { code }: ProcedureCode, exported?: string): FunctionBody => ({
  signature: { parameters: code.parameters, results: [] },
  locals: code.locals,
  code: code.bytes,
  name,
  ...(exported === undefined ? {} : { export: exported }),
});

/** The function of a procedure that is called: of its arena, scratch memory, thread, threads, sync, and the addresses of its parameters. */
const procedureFunction = ({ name, parameters, body }: Procedure, callees: Callees): FunctionBody => {
  const own = 5;
  const written = new ProcedureCode(
    new Code(new Array<'i32'>(own + parameters.length).fill('i32')),
    { arena: 0, scratch: 1, thread: 2, threads: 3, sync: 4 },
    callees,
    parameters,
    (code, i) => {
      code.get(own + i);
    },
  );
  written.write(body);
  return functionOf(name, written);
};

type Allocation = Extract<Instruction, { readonly op: 'allocate' }>;

/** The functions that run the program, up to each call of the host: of the table, and of what a procedure takes besides its parameters. */
const runFunctions = ({ parameters, body }: Procedure, callees: Callees): readonly FunctionBody[] => {
  const allocations: Allocation[] = [];
  const start = (): ProcedureCode => {
    const run = new ProcedureCode(
      new Code(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']),
      { arena: 1, scratch: 2, thread: 3, threads: 4, sync: 5 },
      callees,
      parameters,
      (code, i) => {
        code.get(0).memory('i32.load', 4 * i);
      },
    );
    // What was allocated before a call of the host is there after it.
    run.write(allocations);
    return run;
  };
  const runs = [start()];
  for (const instruction of body) {
    if (instruction.op === 'allocate') allocations.push(instruction);
    if (instruction.op === 'host') runs.push(start());
    else (runs[runs.length - 1] as ProcedureCode).write([instruction]);
  }
  return runs.map((run, i) => functionOf(`run${i}`, run, `run${i}`));
};

export const wasmProgram = (program: Program, features: Features): WasmProgram => {
  const { isShared } = features;
  const { kernels, procedures, shared } = program;
  const functions: FunctionBody[] = [];
  const imports: string[] = [];
  const texts = new Map<string, number>();
  const numbers = kernels.map(({ name, loops, elements }): number => {
    const pieces = planPieces(loops.body, elements, features.cutsAll === true);
    const text = `${showLoops(loops)} in ${[...pieces.values()]}`;
    const add = (f: FunctionBody): number => functions.push(f) - 1;
    const number =
      texts.get(text) ?? add(kernelFunction(loops, { name, instructions: features, imports, pieces, add }));
    texts.set(text, number);
    return number;
  });
  const afterKernels = imports.length + functions.length;
  const callees: Callees = {
    kernel: (k) => imports.length + (numbers[k] as number),
    procedure: (p) => afterKernels + (isShared ? 1 : 0) + p,
    barrier: isShared ? afterKernels : null,
  };
  const main = mainOf(program);
  const runs = runFunctions(main, callees);
  const all: readonly FunctionBody[] = [
    ...functions,
    ...(isShared ? [barrierFunction()] : []),
    ...procedures.slice(0, -1).map((p) => procedureFunction(p, callees)),
    ...runs,
  ];
  const isWorth = (work: number): boolean => (features.sharesAll ? work > 0 : work >= leastFork);
  return {
    bytes: encodeModule(imports.map(hostImport), all, isShared),
    arena: main.arena,
    scratch: Math.max(0, ...kernels.map(({ loops }) => layScratch(loops.scratch).bytes)),
    segments: runs.length,
    isShared: shared.map((work) => isShared && isWorth(work)),
    shared: shared.reduce((a, b) => a + b, 0),
    imports,
  };
};
