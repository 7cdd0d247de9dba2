// What the other threads do, as text: bundlers and test runners rewrite functions, and what they put in does not exist in a worker.
import { memoryPages } from '../compiler/targets/wasm/encode';
import { hostSource } from '../compiler/targets/wasm/host';
import { syncWords } from '../compiler/targets/wasm/threads';

export const mostThreads = 64;

/**
 * Words of 32 bits that all threads see: what to do and who has done it; the job counter has a cache line of its own, and so has what the
 * workers answer. `gone` has a word for each thread, which is 1 when the thread will not write to the memory any more.
 */
export const slots = {
  job: 0,
  ready: 16,
  changes: 17,
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
  gone: 128,
} as const;
const messageWords = 64;
const syncAt = 4 * (slots.gone + mostThreads);
const syncWord = (offset: number): number => (syncAt + offset) / 4;
export const sync = {
  at: syncAt,
  generation: syncWord(syncWords.generation),
  failed: syncWord(syncWords.failed),
  spins: syncWord(syncWords.spins),
  beat: syncWord(syncWords.beat),
} as const;
export const controlBytes = syncAt + syncWords.bytes;

/** Milliseconds between two signs of life. */
const beatInterval = 250;

/** A failure that others learn of: the first one's words are kept. */
const report = `
const report = (words, error) => {
  if (Atomics.compareExchange(words, ${sync.failed}, 0, 1) === 0) {
    const text = String(error).slice(0, ${2 * messageWords});
    for (let i = 0; i < text.length; i++) words[${slots.message} + (i >> 1)] |= text.charCodeAt(i) << (16 * (i & 1));
    Atomics.store(words, ${slots.messageLength}, text.length);
  }
  Atomics.notify(words, ${sync.generation});
};
const leave = (words, thread) => {
  Atomics.store(words, ${slots.gone} + thread, 1);
  Atomics.add(words, ${slots.changes}, 1);
  Atomics.notify(words, ${slots.changes});
};
const wordsOf = ({ memory, control }) => new Int32Array(memory.buffer, control, ${controlBytes / 4});
`;

/**
 * Defines `serve(data)`: a worker that runs jobs until it is stopped or fails. It spins for some 100 microseconds for the next job before
 * it sleeps. `memory.grow(0)` makes an engine look again how large the memory is.
 */
export const workerSource = `${report}
const serve = (data) => {
  const { memory, control, thread } = data;
  const words = wordsOf(data);
  const programs = new Map();
  let job = 0;
  Atomics.add(words, ${slots.ready}, 1);
  Atomics.notify(words, ${slots.ready});
  for (;;) {
    for (let i = 0; i < 20000 && Atomics.load(words, ${slots.job}) === job; i++);
    while (Atomics.load(words, ${slots.job}) === job) Atomics.wait(words, ${slots.job}, job);
    job = (job + 1) | 0;
    if (words[${slots.stop}]) break;
    try {
      while (memory.buffer.byteLength / ${memoryPages.bytes} < words[${slots.memory}]) memory.grow(0);
      if (words[${slots.forget}]) programs.clear();
      const id = words[${slots.program}];
      let program = programs.get(id);
      if (program === undefined) {
        const bytes = new Uint8Array(memory.buffer, words[${slots.bytesAt}] >>> 0, words[${slots.bytesLength}]).slice();
        program = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, ...${hostSource} } }).exports;
        programs.set(id, program);
      }
      const scratch = (words[${slots.scratch}] + thread * words[${slots.scratchStep}]) | 0;
      program['run' + words[${slots.segment}]](
        words[${slots.table}], words[${slots.arena}], scratch, thread, words[${slots.threads}], control + ${sync.at});
    } catch (error) {
      report(words, error);
      break;
    }
  }
  leave(words, thread);
};
`;

/**
 * Defines `supervise(data, threads, port)`: starts the workers of Node and tells the others when one of them ends, which the main thread
 * cannot be told while it waits for that worker. It gives a sign of life every so often, because nobody tells when it ends itself.
 * A message makes it end all workers, wherever they are.
 */
export const supervisorSource = `${report}
const supervise = ({ data, threads, source }) => {
  const { Worker, parentPort } = process.getBuiltinModule('node:worker_threads');
  const words = wordsOf(data);
  const workers = new Set();
  const beat = setInterval(() => Atomics.add(words, ${sync.beat}, 1), ${beatInterval});
  parentPort.on('message', () => { for (const worker of workers) worker.terminate(); });
  for (let thread = 1; thread < threads; thread++) {
    const worker = new Worker(source, { eval: true, workerData: { ...data, thread }, execArgv: [] });
    workers.add(worker);
    worker.on('error', (error) => report(words, error));
    worker.on('exit', (code) => {
      workers.delete(worker);
      report(words, 'it ended with code ' + code);
      leave(words, thread);
      if (workers.size === 0) {
        clearInterval(beat);
        parentPort.close();
      }
    });
  }
};
`;
