// A compiled program as a WebAssembly instance.
import type { CompiledProgram } from '../compiler/compile';
import type { Buffer } from '../compiler/kernel';
import { hostFunctions } from '../compiler/targets/wasm/host';
import { type Features, wasmProgram } from '../compiler/targets/wasm/module';
import { aval, sizeOf } from '../core/aval';
import { allocate } from '../core/dtype';
import { CompilationError } from '../core/errors';
import { allForced, ConcreteArray, Storage } from '../core/value';
import { hasThreads, runShared } from './pool';
import {
  addressOf,
  allocateBlock,
  beginCall,
  heap,
  isResident,
  placeResult,
  type Resident,
  takePlace,
  viewOf,
  withinCall,
} from './resident';
import { settings } from './settings';
import { stagedRun } from './staged';
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

const bytesOf = ({ aval: a }: Buffer): number => sizeOf(a.shape) * a.dtype.bytes;
const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Where the elements of an array lie that is given up: in its own place, or in a new one where others need that, too. */
const overwritable = (x: ConcreteArray, args: readonly ConcreteArray[]): Resident => {
  const isAlone = !x.storage.isShared && args.filter((y) => y.storage === x.storage).length === 1;
  const own = isAlone ? takePlace(x) : null;
  if (own !== null) return own;
  const place = placeResult(x.dtype, x.size);
  const bytes = x.size * x.dtype.bytes;
  const to = place.address as number;
  if (!isResident(x)) viewOf(x.dtype, to, x.size).set(x.data);
  else {
    const from = addressOf(x);
    new Uint8Array(heap().memory.buffer).copyWithin(to, from, from + bytes);
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

/** `chosen` is for tests: what to make of the engine instead of what settings say. */
export const instantiate = (
  compiled: CompiledProgram,
  chosen: Partial<Features> = {},
): {
  readonly bytes: Uint8Array;
  readonly arenaBytes: number;
  run(args: readonly ConcreteArray[]): readonly ConcreteArray[];
  prepare(): Promise<void>;
} => {
  const { program, memory: plan } = compiled;
  const { simd, fusedMultiplyAdd } = settings();
  const wasm = wasmProgram(compiled, { isShared: heap().isShared, simd, fuses: fusedMultiplyAdd, ...chosen });
  const root = (id: number): number => plan.rootOf.get(id) ?? id;

  // Behind the arena of the program: arguments and results that are copied, and the table.
  let end = aligned(wasm.arena);
  const take = (bytes: number): number => {
    const at = end;
    end += aligned(bytes);
    return at;
  };
  const inputs = program.inputs.map((b) => ({
    bytes: bytesOf(b),
    stage: bytesOf(b) <= staged ? take(bytesOf(b)) : null,
  }));
  const inputIds = new Map(program.inputs.map((b, i) => [b.id, i]));
  /** Inputs that updates overwrite in place. */
  const overwritten = new Set(
    program.kernels.flatMap((k) => {
      const input = k.kind === 'update' ? inputIds.get(root(k.buffer.id)) : undefined;
      return input === undefined ? [] : [input];
    }),
  );
  const entries = new Map(wasm.table.map((b, i) => [root(b.id), i]));
  // Distinct results, and which of them each output is.
  const resultIds = [...new Set(program.outputs.map((b) => root(b.id)))].filter((id) => !inputIds.has(id));
  const avals = new Map(program.outputs.map((b) => [root(b.id), b.aval]));
  const results = resultIds.map((id) => {
    const { shape, dtype } = avals.get(id) as Buffer['aval'];
    const size = sizeOf(shape);
    const bytes = size * dtype.bytes;
    return { dtype, size, entry: entries.get(id) as number, stage: bytes <= small ? take(bytes) : null };
  });
  const known = new Set([...inputIds.keys(), ...resultIds]);
  // What the host computes in between has room of its own.
  const between = wasm.table.flatMap((b, entry) => (known.has(root(b.id)) ? [] : [{ entry, at: take(bytesOf(b)) }]));
  const table = take(4 * wasm.table.length);
  const words = new Uint32Array(wasm.table.length);
  const arenaBytes = end;
  const number = programs++;
  // Scratch memory lies behind all else, for each thread that there is.
  const scratchStep = aligned(wasm.scratch);
  const isShareable = wasm.isShared.includes(true);
  const patience = patienceOf(wasm.shared);
  const inputEntries = program.inputs.map((b) => entries.get(root(b.id)) as number);

  const staging = inputs.every((x) => x.stage !== null) && results.every((r) => r.stage !== null);
  const isStaged = staging && overwritten.size === 0 && between.length === 0 && wasm.segments === 1 && !isShareable;
  const runStaged = isStaged
    ? stagedRun({
        inputs: program.inputs.map(({ aval: { dtype, shape } }, i) => ({
          dtype,
          size: sizeOf(shape),
          at: inputs[i]?.stage as number,
          entry: inputEntries[i] as number,
        })),
        results: results.map(({ dtype, size, entry, stage }) => ({ dtype, size, entry, at: stage as number })),
        outputs: program.outputs.map((b) => {
          const from = inputIds.get(root(b.id));
          return { aval: b.aval, source: from === undefined ? resultIds.indexOf(root(b.id)) : ~from };
        }),
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
    `a program of ${program.kernels.length} kernels (temporaries ${wasm.arena} bytes, arguments ${inputs.reduce((n, x) => n + x.bytes, 0)} bytes)`;

  const hostStep = (k: number, base: number): void => {
    const kernel = program.kernels[k];
    if (kernel?.kind !== 'call') return;
    const addressFor = (b: Buffer): number => {
      const place = wasm.placeOf.get(root(b.id));
      return place === undefined ? (words[entries.get(root(b.id)) as number] as number) : base + place;
    };
    const args = kernel.inputs.map((b) => {
      const size = sizeOf(b.aval.shape);
      const data = allocate(b.aval.dtype, size);
      data.set(viewOf(b.aval.dtype, addressFor(b), size));
      return new ConcreteArray(b.aval, data);
    });
    const out = apart(() => allForced(kernel.primitive.impl(args, kernel.params)));
    kernel.outputs.forEach((b, i) => {
      viewOf(b.aval.dtype, addressFor(b), sizeOf(b.aval.shape)).set((out[i] as ConcreteArray).data);
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
      inputs.forEach(({ stage }, i) => {
        const x = args[i] as ConcreteArray;
        if (overwritten.has(i)) {
          const place = overwritable(x, args);
          taken.set(i, new Storage(null, place));
          words[inputEntries[i] as number] = place.address as number;
          return;
        }
        words[inputEntries[i] as number] = stage === null || isResident(x) ? addressOf(x) : base + stage;
      });
      const places = results.map(({ dtype, size, entry, stage }): Resident | null => {
        const place = stage === null ? placeResult(dtype, size) : null;
        words[entry] = place === null ? base + (stage as number) : (place.address as number);
        return place;
      });
      for (const { entry, at } of between) words[entry] = base + at;
      inputs.forEach(({ stage }, i) => {
        const x = args[i] as ConcreteArray;
        if (stage !== null && words[inputEntries[i] as number] === base + stage)
          viewOf(x.dtype, base + stage, x.size).set(x.data);
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
        if (i < wasm.hosted.length) hostStep(wasm.hosted[i] as number, base);
      }
      const storages = new Map<number, Storage>();
      resultIds.forEach((id, i) => {
        const { dtype, size, stage } = results[i] as (typeof results)[number];
        const place = places[i];
        if (place) storages.set(id, new Storage(null, place));
        else {
          const data = allocate(dtype, size);
          data.set(viewOf(dtype, base + (stage as number), size));
          storages.set(id, new Storage(data));
        }
      });
      return program.outputs.map((b) => {
        const id = root(b.id);
        const from = inputIds.get(id);
        const moved = from === undefined ? storages.get(id) : taken.get(from);
        const storage = moved ?? (args[from as number] as ConcreteArray).storage;
        if (moved === undefined) storage.isShared = true;
        return new ConcreteArray(aval(b.aval.shape, b.aval.dtype), storage);
      });
    },
  };
};
