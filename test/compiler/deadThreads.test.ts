// Threads that die, or never finish, while the main thread waits for them: an error in bounded time, and the next call works.
import { setTimeout as pause } from 'node:timers/promises';
import { add, configure, jit, matmul, ThreadError, zeros } from 'adjoint';
import { key, normal } from 'adjoint/random';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { threadsReady } from '../../src/runtime/pool';

const { threads: usual } = configure();
const [x, y] = [normal(key(1), [257, 259]), normal(key(2), [259, 130])];
const multiply = jit((a: typeof x, b: typeof y) => matmul(a, b));
const alone = (): number[][] => {
  configure({ threads: 1 });
  return multiply(x, y).toArray();
};
const expected = alone();

/** Starts threads and waits until they are there. */
const withThreads = async (threads: number): Promise<void> => {
  configure({ threads });
  for (let i = 0; i < 1000 && threadsReady() !== threads; i++) {
    multiply(x, y);
    await pause(10);
  }
  expect(threadsReady()).toBe(threads);
};

/** Makes the workers started from now on run a text before every job (`thread` is their number), and who starts them another one first. */
const sabotage = (job: string, start = ''): void => {
  const real = process.getBuiltinModule.bind(process);
  const { Worker } = real('node:worker_threads');
  const prefix = `
    const { Instance } = WebAssembly;
    const { thread } = process.getBuiltinModule('node:worker_threads').workerData;
    WebAssembly.Instance = function (...args) {
      const { exports } = new Instance(...args);
      const wrap = ([name, run]) => [name, (...xs) => { ${job}; return run(...xs); }];
      return { exports: Object.fromEntries(Object.entries(exports).map(wrap)) };
    };`;
  class Sabotaged extends Worker {
    constructor(source: string, options: { readonly workerData: { readonly source: string } }) {
      const workerData = { ...options.workerData, source: prefix + options.workerData.source };
      super(start + source, { ...options, workerData });
    }
  }
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'node:worker_threads'
      ? { ...real('node:worker_threads'), Worker: Sabotaged }
      : real(name as keyof typeof process.getBuiltinModule)) as never);
};

/** Three threads, where there were two or none: a call starts them and runs alone, and they have run nothing yet. */
const saboteurs = async (): Promise<void> => {
  configure({ threads: 3 });
  expect(multiply(x, y).toArray()).toEqual(expected);
  for (let i = 0; i < 500 && threadsReady() !== 3; i++) await pause(10);
  expect(threadsReady()).toBe(3);
};

const failure = (): string => {
  try {
    multiply(x, y);
    return '';
  } catch (error) {
    if (error instanceof ThreadError) return error.message;
    throw error;
  }
};

afterEach(async () => {
  vi.restoreAllMocks();
  // Whatever was done to them, threads come back.
  await withThreads(2);
  expect(multiply(x, y).toArray()).toEqual(expected);
  configure({ threads: usual });
});

describe('a worker', () => {
  it('that ends in the middle of a job is an error, and the next calls work', async () => {
    sabotage('process.exit(7)');
    await saboteurs();
    expect(failure()).toMatch(
      /a thread that shared the work of a program failed: it ended with code 7\. .* new threads/,
    );
    vi.restoreAllMocks();
    expect(multiply(x, y).toArray()).toEqual(expected);
  });

  it('that throws in the middle of a job says what it threw', async () => {
    sabotage("throw new RangeError('no more stack')");
    await saboteurs();
    expect(failure()).toContain('failed: RangeError: no more stack.');
  });

  /** What the one who starts the workers makes of them. */
  const withWorkers = (options: string, made: string): string => `
    const real = process.getBuiltinModule.bind(process);
    const threads = real('node:worker_threads');
    class Limited extends threads.Worker {
      constructor(source, options) {
        super(source, { ...options, ...${options} });
        ${made}
      }
    }
    process.getBuiltinModule = (name) => (name === 'node:worker_threads' ? { ...threads, Worker: Limited } : real(name));`;
  it('that is terminated in the middle of a job is an error, and the next calls work', async () => {
    sabotage('for (;;)', withWorkers('{}', 'setTimeout(() => this.terminate(), 1500);'));
    await saboteurs();
    expect(failure()).toContain('it ended with code 1');
    vi.restoreAllMocks();
    expect(multiply(x, y).toArray()).toEqual(expected);
  });

  it('that has no memory left says so, and the next calls work', async () => {
    sabotage(
      'const all = []; for (;;) all.push(new Array(1e5).fill(0.5))',
      withWorkers('{ resourceLimits: { maxOldGenerationSizeMb: 32 } }', ''),
    );
    await saboteurs();
    expect(failure()).toMatch(/failed: .*(memory limit|out of memory)/i);
    vi.restoreAllMocks();
    expect(multiply(x, y).toArray()).toEqual(expected);
  });

  it('that dies in a training loop costs one step, which can be taken again: its arguments, donated or not, are whole', async () => {
    const step = jit((w: typeof start) => add(w, matmul(x, y)), { donate: 0 });
    const start = zeros([257, 130]);
    configure({ threads: 1 });
    let alone = start;
    for (let i = 0; i < 6; i++) alone = step(alone);
    const right = alone.toArray();
    sabotage(
      'globalThis.jobs = (globalThis.jobs ?? 0) + 1; if (globalThis.jobs === 3 && thread === 1) process.exit(3)',
    );
    await saboteurs();
    vi.restoreAllMocks();
    let [w, failures] = [zeros([257, 130]), 0];
    for (let i = 0; i < 6; ) {
      try {
        w = step(w);
        i++;
      } catch (error) {
        expect(error).toBeInstanceOf(ThreadError);
        failures++;
      }
    }
    expect(failures).toBe(1);
    expect(w.toArray()).toEqual(right);
  });

  it('that runs for ever when another one ends is ended too', async () => {
    sabotage('if (thread === 1) for (;;); else process.exit(1)');
    await saboteurs();
    expect(failure()).toContain('it ended with code 1');
  });

  it('that ends while it has nothing to do is replaced without an error', async () => {
    sabotage('Atomics.wait = () => process.exit(0)');
    await saboteurs();
    multiply(x, y);
    // No turn of the event loop: only the shared memory can tell that it is gone.
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 500 && threadsReady() > 1; i++) Atomics.wait(clock, 0, 0, 10);
    expect(threadsReady()).toBe(1);
    vi.restoreAllMocks();
    expect(multiply(x, y).toArray()).toEqual(expected);
  });

  it('that takes long is waited for', async () => {
    sabotage('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)');
    await saboteurs();
    expect(failure()).toBe('');
    expect(multiply(x, y).toArray()).toEqual(expected);
  });

  it('that is lost with the one who watches it is an error in some seconds', async () => {
    sabotage('for (;;)', 'setTimeout(() => process.exit(1), 1500);');
    await saboteurs();
    expect(failure()).toContain('failed: it does not answer');
  });
});
