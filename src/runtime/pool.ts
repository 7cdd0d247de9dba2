// The other threads: workers that wait in the shared memory for a program to run with the main thread.
import { memoryPages } from '../compiler/targets/wasm/encode';
import { hostSource } from '../compiler/targets/wasm/host';
import { syncWords } from '../compiler/targets/wasm/threads';
import { ThreadError } from '../core/errors';
import { canSleep, startWorker } from './platform';
import type { WasmMemory } from './webassembly';

/** Numbers of 32 bits that tell the workers what to do; the job counter has a cache line of its own, and so has what they answer. */
const slots = {
  job: 0,
  ready: 16,
  left: 17,
  stop: 32,
  forget: 33,
  program: 34,
  bytesAt: 35,
  bytesLength: 36,
  segment: 37,
  table: 38,
  arena: 39,
  scratch: 40,
  scratchStep: 41,
  threads: 42,
  memory: 43,
  messageLength: 48,
  message: 49,
  end: 49 + 64,
} as const;
const syncAt = 512;
const controlBytes = syncAt + syncWords.bytes;
/** Programs that workers keep; then they forget them all. */
const mostPrograms = 512;
/** Milliseconds that workers get to leave after a failure. */
const farewell = 2000;

/**
 * What a worker does, as text: bundlers and test runners rewrite functions, and what they put in does not exist in a worker. It spins
 * for some 100 microseconds for the next job before it sleeps. `memory.grow(0)` makes an engine look again how large the memory is.
 */
const workerSource = `
const serve = ({ memory, control, thread, slots, sync, failed, generation }) => {
  const words = new Int32Array(memory.buffer, control, ${controlBytes / 4});
  const programs = new Map();
  let job = 0;
  Atomics.add(words, slots.ready, 1);
  for (;;) {
    for (let i = 0; i < 20000 && Atomics.load(words, slots.job) === job; i++);
    while (Atomics.load(words, slots.job) === job) Atomics.wait(words, slots.job, job);
    job = (job + 1) | 0;
    if (words[slots.stop]) break;
    try {
      while (memory.buffer.byteLength / ${memoryPages.bytes} < words[slots.memory]) memory.grow(0);
      if (words[slots.forget]) programs.clear();
      const id = words[slots.program];
      let program = programs.get(id);
      if (program === undefined) {
        const bytes = new Uint8Array(memory.buffer, words[slots.bytesAt] >>> 0, words[slots.bytesLength]).slice();
        program = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, ...${hostSource} } }).exports;
        programs.set(id, program);
      }
      const scratch = (words[slots.scratch] + thread * words[slots.scratchStep]) | 0;
      program['run' + words[slots.segment]](
        words[slots.table], words[slots.arena], scratch, thread, words[slots.threads], control + sync);
    } catch (error) {
      if (Atomics.compareExchange(words, failed, 0, 1) === 0) {
        const text = String(error).slice(0, 120);
        for (let i = 0; i < text.length; i++) words[slots.message + (i >> 1)] |= text.charCodeAt(i) << (16 * (i & 1));
        Atomics.store(words, slots.messageLength, text.length);
      }
      Atomics.notify(words, generation);
      break;
    }
  }
  Atomics.add(words, slots.left, 1);
  Atomics.notify(words, slots.left);
};
`;

/** One share of the work: the main thread's run, and what the workers need to know to run theirs. */
export interface Job {
  /** The number of the program among all, and its module. */
  readonly program: number;
  readonly bytes: Uint8Array;
  readonly segment: number;
  readonly table: number;
  readonly arena: number;
  readonly scratch: number;
  readonly scratchStep: number;
}
interface Memory {
  readonly memory: WasmMemory;
  allocate(bytes: number): number;
  release(address: number, bytes: number): void;
}

class Pool {
  private readonly words: Int32Array;
  private readonly control: number;
  private readonly known = new Set<number>();
  isBroken = false;

  constructor(
    private readonly heap: Memory,
    readonly threads: number,
  ) {
    // Workers of a pool that has ended may still look at its words, so that they are never given back.
    this.control = heap.allocate(controlBytes);
    this.words = new Int32Array(heap.memory.buffer, this.control, controlBytes / 4);
    this.words.fill(0);
    if (!canSleep()) this.words[(syncAt + syncWords.spins) / 4] = 1;
    const broken = (): void => {
      this.isBroken = true;
    };
    for (let thread = 1; thread < threads; thread++) {
      const data = {
        memory: heap.memory,
        control: this.control,
        thread,
        slots,
        sync: syncAt,
        failed: (syncAt + syncWords.failed) / 4,
        generation: (syncAt + syncWords.generation) / 4,
      };
      if (!startWorker(workerSource, data, broken)) this.isBroken = true;
    }
  }

  get isReady(): boolean {
    return !this.isBroken && Atomics.load(this.words, slots.ready) === this.threads - 1;
  }

  /** Runs a job on all threads; `own` is the main thread's part of it. */
  run(job: Job, own: (thread: number, threads: number, sync: number) => void): void {
    const { words, heap } = this;
    const forgets = this.known.size >= mostPrograms;
    if (forgets) this.known.clear();
    const isNew = !this.known.has(job.program);
    const bytesAt = isNew ? heap.allocate(job.bytes.length) : 0;
    if (isNew) new Uint8Array(heap.memory.buffer, bytesAt, job.bytes.length).set(job.bytes);
    words[slots.forget] = forgets ? 1 : 0;
    words[slots.program] = job.program;
    words[slots.bytesAt] = bytesAt;
    words[slots.bytesLength] = job.bytes.length;
    words[slots.segment] = job.segment;
    words[slots.table] = job.table;
    words[slots.arena] = job.arena;
    words[slots.scratch] = job.scratch;
    words[slots.scratchStep] = job.scratchStep;
    words[slots.threads] = this.threads;
    words[slots.memory] = heap.memory.buffer.byteLength / memoryPages.bytes;
    this.wake();
    try {
      own(0, this.threads, this.control + syncAt);
    } catch (error) {
      throw this.failure(error);
    } finally {
      if (isNew) heap.release(bytesAt, job.bytes.length);
    }
    this.known.add(job.program);
  }

  private wake(): void {
    Atomics.add(this.words, slots.job, 1);
    Atomics.notify(this.words, slots.job);
  }

  stop(): void {
    this.words[slots.stop] = 1;
    this.wake();
  }

  /** Lets all workers leave, so that none writes to the memory any more. */
  private failure(error: unknown): ThreadError {
    const { words } = this;
    const isOwn = Atomics.compareExchange(words, (syncAt + syncWords.failed) / 4, 0, 1) === 0;
    Atomics.notify(words, (syncAt + syncWords.generation) / 4);
    this.stop();
    const end = Date.now() + farewell;
    for (;;) {
      const left = Atomics.load(words, slots.left);
      if (left === this.threads - 1 || Date.now() > end) break;
      if (canSleep()) Atomics.wait(words, slots.left, left, 50);
    }
    const length = Atomics.load(words, slots.messageLength);
    const units = Array.from(
      { length },
      (_, i) => ((words[slots.message + (i >> 1)] as number) >>> (16 * (i & 1))) & 0xffff,
    );
    const message = isOwn ? String(error) : String.fromCharCode(...units);
    return new ThreadError(
      `a thread that shared the work of a program failed: ${message}. The next call starts new threads; ` +
        'configure({ threads: 1 }) runs programs without.',
    );
  }
}

let pool: Pool | null = null;
/** How often starting workers came to nothing; after that programs run on one thread. */
let failures = 0;
const mostFailures = 3;

/** Whether as many threads are there, and ready; starts them if there are none. The main thread is one of them. */
export const hasThreads = (heap: Memory, threads: number): boolean => {
  if (threads === 1 || failures >= mostFailures) return false;
  if (pool !== null && pool.threads !== threads) {
    pool.stop();
    pool = null;
  }
  if (pool?.isBroken) {
    pool.stop();
    pool = null;
    if (++failures >= mostFailures) return false;
  }
  pool ??= new Pool(heap, threads);
  return pool.isReady;
};

/** How many threads a program that has work for them runs on at present. */
export const threadsReady = (): number => (pool?.isReady ? pool.threads : 1);

/** Runs a job on all threads, which must be ready. */
export const runShared = (job: Job, own: (thread: number, threads: number, sync: number) => void): void => {
  try {
    (pool as Pool).run(job, own);
    failures = 0;
  } catch (error) {
    pool = null;
    failures++;
    throw error;
  }
};
