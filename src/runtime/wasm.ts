// A compiled program as a WebAssembly instance.
import type { CompiledProgram } from '../compiler/compile';
import { writtenParameters } from '../compiler/program/access';
import { aligned, bytesOf, mainOf, type Region } from '../compiler/program/ir';
import { lowerToProgram } from '../compiler/program/lower';
import { hostFunctions } from '../compiler/targets/wasm/host';
import { type Features, type WasmProgram, wasmProgram } from '../compiler/targets/wasm/module';
import { wasmTraits } from '../compiler/targets/wasm/traits';
import { aval } from '../core/aval';
import type { Data } from '../core/dtype';
import { CompilationError } from '../core/errors';
import { allForced, ConcreteArray, concreteArray, Storage } from '../core/value';
import { hasThreads, runShared } from './pool';
import {
  addressOf,
  allocateBlock,
  beginCall,
  heap,
  heapDevice,
  isResident,
  type Resident,
  takePlace,
  viewOf,
  withinCall,
} from './resident';
import { settings } from './settings';
import { stagedRun } from './staged';
import type { Loaded, Source } from './target';
import { requireWebAssembly, type WasmModule } from './webassembly';

/** Results and arguments up to this size are copied at every call: that costs less than keeping a place. */
const small = 2048;
/** Arguments up to this size are copied into the arena at every call, as long as they have no place. */
const staged = 65536;

interface Arena {
  readonly address: number;
  readonly bytes: number;
}
/** The temporaries of the call that is running. */
let arena: Arena | null = null;
const exchangeArena = (other: Arena | null): Arena | null => {
  const before = arena;
  arena = other;
  return before;
};
/** Lets the host make calls in the middle of one: they have temporaries of their own. */
const apart = <T>(body: () => T): T => {
  const own = exchangeArena(null);
  try {
    return withinCall(body);
  } finally {
    const theirs = exchangeArena(own);
    if (theirs !== null) heap().release(theirs.address, theirs.bytes);
  }
};
const arenaOf = (bytes: number, describe: () => string): number => {
  if (arena !== null && arena.bytes >= bytes) return arena.address;
  if (arena !== null) heap().release(arena.address, arena.bytes);
  arena = null;
  const address = allocateBlock(bytes, describe());
  arena = { address, bytes };
  return address;
};

/** Where the elements of an array lie that is given up: in its own place, or in a new one where others need that, too. */
const overwritable = (x: ConcreteArray, args: readonly ConcreteArray[]): Resident => {
  const isAlone = !x.storage.isShared && args.filter((y) => y.storage === x.storage).length === 1;
  const own = isAlone ? takePlace(x) : null;
  if (own !== null) return own;
  const place = heapDevice.allocate(x.dtype, x.size);
  if (!isResident(x)) heapDevice.upload(place, x.data);
  else {
    const from = addressOf(x);
    new Uint8Array(heap().memory.buffer).copyWithin(place.address as number, from, from + x.size * x.dtype.bytes);
  }
  return place;
};

type Run = (table: number, arena: number, scratch: number, thread: number, threads: number, sync: number) => void;
/** What threads that come and go take from the heap. */
const threadMemory = {
  get memory() {
    return heap().memory;
  },
  allocate: (bytes: number): number => allocateBlock(bytes, 'a program shared by threads'),
  release: (address: number, bytes: number): void => heap().release(address, bytes),
};
let programs = 0;

/** Starts the threads that settings ask for, if they are not there, and says whether they are ready, after so many milliseconds at most. */
export const startThreads = (patience = 0): boolean => hasThreads(threadMemory, settings().threads, patience);
/** Nanoseconds of shared work from which on threads that start are waited for, and the part of that time that this may take. */
const worthWaiting = 300_000_000;
const patienceOf = (shared: number): number => (shared < worthWaiting ? 0 : Math.min(1000, shared / 1e6 / 3));

/** Chromium's pages refuse to compile large modules at once: above 4 KB in old ones, above 8 MB in newer ones. */
const moduleOf = (bytes: Uint8Array): WasmModule => {
  try {
    return new (requireWebAssembly().Module)(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CompilationError(
      `this page's main thread may not compile a program of ${bytes.length} bytes in the middle of a call. Compile it before the first ` +
        `call with await compileAsync(f, ...args), f being the jitted function, or call it in a worker. (${error.message})`,
    );
  }
};

/** What the engine can do and settings allow. */
export const featuresInForce = (): Features => {
  const { simd, fusedMultiplyAdd } = settings();
  return { isShared: heap().isShared, simd, fuses: fusedMultiplyAdd };
};

/** For tests: a program for chosen features of the engine, whatever settings say. */
export const instantiate = (compiled: CompiledProgram, chosen: Partial<Features> = {}) => {
  const features = { ...featuresInForce(), ...chosen };
  const { sharing } = wasmTraits;
  const program = lowerToProgram(
    compiled,
    sharing === null ? null : { ...sharing, sharesAll: features.sharesAll === true },
  );
  return loadModule(wasmProgram(program, features), { compiled, program });
};

/** A module with its arguments, results and threads. */
export const loadModule = (
  wasm: WasmProgram,
  { compiled, program }: Pick<Source, 'compiled' | 'program'>,
): Loaded & { readonly bytes: Uint8Array; readonly arenaBytes: number } => {
  const { parameters, operands, body } = mainOf(program);

  // Behind the arena of the program: arguments and results that are copied, and the table of addresses.
  let end = aligned(wasm.arena);
  const take = (bytes: number): number => {
    const at = end;
    end += aligned(bytes);
    return at;
  };
  const staging = (most: number) => (region: Region, i: number) => {
    const bytes = bytesOf(region);
    return { ...region, bytes, entry: i, stage: bytes <= most ? take(bytes) : null };
  };
  const inputs = parameters.slice(0, operands).map(staging(staged));
  const results = parameters.slice(operands).map((region, i) => staging(small)(region, operands + i));
  /** Inputs that updates overwrite in place. */
  const written = writtenParameters(program);
  const overwritten = new Set(inputs.flatMap(({ entry }) => (written[written.length - 1]?.has(entry) ? [entry] : [])));
  const table = take(4 * parameters.length);
  const words = new Uint32Array(parameters.length);
  const arenaBytes = end;
  const number = programs++;
  // Scratch memory lies behind all else, for each thread that there is.
  const scratchStep = aligned(wasm.scratch);
  const isShareable = wasm.isShared.includes(true);
  const patience = patienceOf(wasm.shared);
  const outputs = compiled.program.outputs.map(({ aval: a }, k) => ({
    aval: a,
    parameter: program.outputs[k] as number,
  }));
  const calls = body.flatMap((i) => (i.op === 'host' ? [i] : []));
  const offsets = new Map(body.flatMap((i) => (i.op === 'allocate' ? [[i.region.id, i.offset] as const] : [])));
  const entries = new Map(parameters.map(({ id }, i) => [id, i]));

  const isStaged =
    [...inputs, ...results].every(({ stage }) => stage !== null) &&
    overwritten.size === 0 &&
    wasm.segments === 1 &&
    !isShareable;
  const stage = (x: (typeof inputs)[number]) => ({ ...x, at: x.stage as number });
  const runStaged = isStaged
    ? stagedRun({
        inputs: inputs.map(stage),
        results: results.map(stage),
        outputs: outputs.map(({ aval: a, parameter }) => ({
          aval: a,
          source: parameter < operands ? ~parameter : parameter - operands,
        })),
        table,
        entries: words.length,
      })
    : null;

  let runs: readonly Run[] | null = null;
  const start = (module: WasmModule): readonly Run[] => {
    const instance = new (requireWebAssembly().Instance)(module, {
      env: { memory: heap().memory, ...Object.fromEntries(wasm.imports.map((name) => [name, hostFunctions[name]])) },
    });
    return Array.from({ length: wasm.segments }, (_, i) => instance.exports[`run${i}`] as Run);
  };
  const describe = (): string =>
    `a program of ${compiled.program.kernels.length} kernels (temporaries ${wasm.arena} bytes, arguments ${inputs.reduce((n, x) => n + x.bytes, 0)} bytes)`;

  const hostStep = ({ primitive, params, inputs: from, outputs: to }: (typeof calls)[number], base: number): void => {
    const view = ({ id, dtype, size }: Region): Data => {
      const offset = offsets.get(id);
      return viewOf(dtype, offset === undefined ? (words[entries.get(id) as number] as number) : base + offset, size);
    };
    const args = from.map(({ region, shape }) => concreteArray(shape, region.dtype, view(region).slice()));
    const out = apart(() => allForced(primitive.impl(args, params)));
    to.forEach(({ region }, i) => {
      view(region).set((out[i] as ConcreteArray).data);
    });
  };

  return {
    bytes: wasm.bytes,
    arenaBytes,
    prepare: async () => {
      runs ??= start(await requireWebAssembly().compile(wasm.bytes));
    },
    run: (given) => {
      // What is to be computed first is computed before this call has begun.
      const args = allForced(given);
      runs ??= start(moduleOf(wasm.bytes));
      beginCall(args);
      const threads = isShareable && startThreads(patience) ? settings().threads : 1;
      const base = arenaOf(arenaBytes + threads * scratchStep, describe);
      const scratch = base + arenaBytes;
      const [only] = runs as readonly [Run];
      const staged = runStaged?.(args, base, () => only(base + table, base, scratch, 0, 1, 0));
      if (staged) return staged;
      // Places first: what is allocated later may move others out.
      const taken = new Map<number, Storage>();
      inputs.forEach(({ stage: at }, i) => {
        const x = args[i] as ConcreteArray;
        if (overwritten.has(i)) {
          const place = overwritable(x, args);
          taken.set(i, new Storage(null, place));
          words[i] = place.address as number;
          return;
        }
        words[i] = at === null || isResident(x) ? addressOf(x) : base + at;
      });
      const places = results.map(({ dtype, size, entry, stage: at }): Resident | null => {
        const place = at === null ? heapDevice.allocate(dtype, size) : null;
        words[entry] = place === null ? base + (at as number) : (place.address as number);
        return place;
      });
      inputs.forEach(({ stage: at }, i) => {
        const x = args[i] as ConcreteArray;
        if (at !== null && words[i] === base + at) viewOf(x.dtype, base + at, x.size).set(x.data);
      });
      new Uint32Array(heap().memory.buffer, base + table, words.length).set(words);
      for (let i = 0; i < runs.length; i++) {
        const run = runs[i] as Run;
        const [tableAt, segment] = [base + table, i];
        if (threads === 1 || !wasm.isShared[i]) run(tableAt, base, scratch, 0, 1, 0);
        else
          runShared(
            { program: number, bytes: wasm.bytes, segment, table: tableAt, arena: base, scratch, scratchStep },
            (thread, all, sync) => run(tableAt, base, scratch, thread, all, sync),
          );
        if (i < calls.length) hostStep(calls[i] as (typeof calls)[number], base);
      }
      const storages = results.map(({ dtype, size, stage: at }, i) => {
        const place = places[i];
        return place ? new Storage(null, place) : new Storage(viewOf(dtype, base + (at as number), size).slice());
      });
      return outputs.map(({ aval: { shape, dtype }, parameter }) => {
        const moved = parameter < operands ? taken.get(parameter) : storages[parameter - operands];
        const storage = moved ?? (args[parameter] as ConcreteArray).storage;
        if (moved === undefined) storage.isShared = true;
        return new ConcreteArray(aval(shape, dtype), storage);
      });
    },
  };
};
