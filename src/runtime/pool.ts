// The other threads: workers that wait in the shared memory for a program to run with the main thread.
import { memoryPages } from '../compiler/targets/wasm/encode';
import { ThreadError } from '../core/errors';
import { canSleep, startWorkers, type Workers } from './platform';
import type { WasmMemory } from './webassembly';
import { controlBytes, slots, supervisorSource, sync, workerSource } from './workers';

/** Programs that workers keep; then they forget them all. */
const mostPrograms = 256;
/** Milliseconds that workers get to leave after a failure before they are ended, and then to end. */
const farewell = 1000;

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
  private readonly workers: Workers | null;
  private isLost = false;

  constructor(
    private readonly heap: Memory,
    readonly threads: number,
  ) {
    // Workers of a pool that has ended may still look at its words, so that they are never given back.
    this.control = heap.allocate(controlBytes);
    this.words = new Int32Array(heap.memory.buffer, this.control, controlBytes / 4);
    this.words.fill(0);
    if (!canSleep()) this.words[sync.spins] = 1;
    this.workers = startWorkers(
      { worker: workerSource, supervisor: supervisorSource },
      { memory: heap.memory, control: this.control },
      threads,
      () => {
        this.isLost = true;
      },
    );
  }

  /** Whether a thread has ended or failed. */
  get isBroken(): boolean {
    return this.workers === null || this.isLost || Atomics.load(this.words, sync.failed) !== 0;
  }
  get isReady(): boolean {
    return !this.isBroken && Atomics.load(this.words, slots.ready) === this.threads - 1;
  }

  /** Waits until all threads have started, for so many milliseconds at most. */
  awaitStart(milliseconds: number): void {
    if (milliseconds <= 0 || !canSleep()) return;
    const end = Date.now() + milliseconds;
    while (!this.isReady && !this.isBroken && Date.now() < end) {
      const ready = Atomics.load(this.words, slots.ready);
      if (!this.isReady) Atomics.wait(this.words, slots.ready, ready, 20);
    }
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
      own(0, this.threads, this.control + sync.at);
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

  private get areGone(): boolean {
    return Array.from({ length: this.threads - 1 }, (_, i) => i + 1).every(
      (thread) => Atomics.load(this.words, slots.gone + thread) !== 0,
    );
  }
  /** Whether all workers have gone within so many milliseconds. */
  private awaitEnd(milliseconds: number): boolean {
    const end = Date.now() + milliseconds;
    while (!this.areGone && Date.now() < end) {
      const changes = Atomics.load(this.words, slots.changes);
      if (canSleep() && !this.areGone) Atomics.wait(this.words, slots.changes, changes, 50);
    }
    return this.areGone;
  }

  /** Lets all workers leave, so that none writes to the memory any more. */
  private failure(error: unknown): ThreadError {
    const { words } = this;
    const isOwn = Atomics.compareExchange(words, sync.failed, 0, 1) === 0;
    Atomics.notify(words, sync.generation);
    this.stop();
    if (!this.awaitEnd(farewell)) {
      this.workers?.end();
      this.awaitEnd(farewell);
    }
    const length = Atomics.load(words, slots.messageLength);
    const units = Array.from(
      { length },
      (_, i) => ((words[slots.message + (i >> 1)] as number) >>> (16 * (i & 1))) & 0xffff,
    );
    const message = isOwn ? `it does not answer (${String(error)})` : String.fromCharCode(...units);
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

/**
 * Whether as many threads are there, and ready; starts them if there are none, and waits for them as long as `patience` says where this
 * thread may wait. The main thread is one of them.
 */
export const hasThreads = (heap: Memory, threads: number, patience = 0): boolean => {
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
  pool.awaitStart(patience);
  return pool.isReady;
};

/** Lets all threads leave, with the programs that they keep; the next program that has work for them starts new ones. */
export const endThreads = (): void => {
  pool?.stop();
  pool = null;
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
