// Threads of Node and of pages. Nothing of either is touched before it is asked for.

interface NodeWorker {
  unref(): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'exit', listener: () => void): void;
  postMessage(data: unknown): void;
}
interface NodeModules {
  readonly 'node:worker_threads': {
    readonly Worker: new (
      source: string,
      options: { readonly eval: true; readonly workerData: unknown; readonly execArgv: readonly string[] },
    ) => NodeWorker;
  };
  readonly 'node:fs': { readFileSync(path: string, encoding: 'utf8'): string };
  readonly 'node:os': { availableParallelism?(): number; cpus(): readonly unknown[] };
  readonly 'node:v8': { setFlagsFromString(flag: string): void };
  readonly 'node:vm': {
    runInNewContext(code: string): unknown;
    createContext(object: object, options: { readonly microtaskMode: 'afterEvaluate' }): object;
    readonly Script: new (code: string) => { runInContext(context: object): unknown };
  };
  readonly 'node:util': { inspect(value: object, options: object): string };
}
interface NodeProcess {
  getBuiltinModule?<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined;
  readonly permission?: { has(scope: 'worker'): boolean };
  emitWarning?(text: string, options: { readonly type: string; readonly code: string }): void;
}
interface PageWorker {
  postMessage(data: unknown): void;
  terminate(): void;
  addEventListener(type: 'error', listener: () => void): void;
}
interface Page {
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (url: string) => PageWorker;
  readonly Blob?: new (parts: string[], options: { readonly type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly performance?: { now(): number };
}
const page = globalThis as Page;

/** Milliseconds on a clock that never goes back, where there is one. */
export const now = (): number => page.performance?.now() ?? Date.now();

const node = (): NodeProcess | undefined => (globalThis as { readonly process?: NodeProcess }).process;
/** A module of Node, where there is Node. */
export const nodeModule = <Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined =>
  node()?.getBuiltinModule?.(name);

/** Tells whoever runs the program, once, what they would not expect. */
export const warn = (text: string, code: string): void => {
  const emit = node()?.emitWarning;
  if (emit !== undefined) emit(text, { type: 'AdjointWarning', code });
  else (globalThis as unknown as { readonly console: { warn(text: string): void } }).console.warn(text);
};

/** Whether there are workers with which memory can be shared. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  ((nodeModule('node:worker_threads') !== undefined && node()?.permission?.has('worker') !== false) ||
    (page.crossOriginIsolated === true && page.Worker !== undefined && page.Blob !== undefined));

/** Whether this thread may wait for another one: a page's main thread may not. */
export const canSleep = (): boolean => nodeModule('node:worker_threads') !== undefined || !('document' in globalThis);

/** How many threads the machine runs at once. */
export const parallelism = (): number => {
  const os = nodeModule('node:os');
  return os?.availableParallelism?.() ?? os?.cpus().length ?? page.navigator?.hardwareConcurrency ?? 1;
};

/** Address space that a worker of Node reserves, and some to spare: without it the engine ends the process. */
const workerSpace = 2 ** 30;
/** Whether this process may reserve the address space of so many workers; where it cannot be known, it may. */
const hasSpaceFor = (workers: number): boolean => {
  try {
    const read = (file: string): string => nodeModule('node:fs')?.readFileSync(`/proc/self/${file}`, 'utf8') ?? '';
    const limit = /^Max address space +(\d+)/m.exec(read('limits'))?.[1];
    const kibibytes = /^VmSize:\s+(\d+)/m.exec(read('status'))?.[1];
    return limit === undefined || Number(limit) - 1024 * Number(kibibytes) > workers * workerSpace;
  } catch {
    return true;
  }
};

/** Workers that were started together. */
export interface Workers {
  /** Ends them, wherever they are; it takes a while. */
  end(): void;
}
export interface WorkerTexts {
  /** Defines the function `serve`, which a worker calls with its data: what all have, and the number of its thread. */
  readonly worker: string;
  /** Defines the function `supervise`, which the one that starts the workers of Node calls. */
  readonly supervisor: string;
}

const startOfNode = (
  Worker: NodeModules['node:worker_threads']['Worker'],
  texts: WorkerTexts,
  data: object,
  threads: number,
  broken: () => void,
): Workers => {
  const own = "process.getBuiltinModule('node:worker_threads').workerData";
  const supervisor = new Worker(`${texts.supervisor}supervise(${own});`, {
    eval: true,
    workerData: { data, threads, source: `${texts.worker}serve(${own});` },
    // Without what this process was started with: loaders, or that text is a module.
    execArgv: [],
  });
  supervisor.on('error', broken);
  supervisor.on('exit', broken);
  supervisor.unref();
  return { end: () => supervisor.postMessage('end') };
};

/**
 * Starts the workers of threads 1 to `threads` - 1; null if there are none here, or none may be started. They do not keep a process alive. `broken` is called
 * when it is known that they are of no use, which may be late: only between tasks of this thread.
 */
export const startWorkers = (texts: WorkerTexts, data: object, threads: number, broken: () => void): Workers | null => {
  const { Worker } = nodeModule('node:worker_threads') ?? {};
  if (Worker !== undefined) {
    // The one that starts them is another.
    if (!hasSpaceFor(threads)) return null;
    try {
      return startOfNode(Worker, texts, data, threads, broken);
    } catch {
      return null;
    }
  }
  const { Worker: PageWorker, Blob, URL } = page;
  if (!canShare() || PageWorker === undefined || Blob === undefined || URL === undefined) return null;
  const text = new Blob([`${texts.worker}onmessage = (event) => serve(event.data);`], { type: 'text/javascript' });
  const address = URL.createObjectURL(text);
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const worker = new PageWorker(address);
    worker.addEventListener('error', broken);
    worker.postMessage({ ...data, thread: i + 1 });
    return worker;
  });
  return {
    end: () => {
      for (const worker of workers) worker.terminate();
    },
  };
};

type GarbageCollector = (options?: { readonly type: 'minor' }) => void;
/** The engine's collector of garbage, where it can be asked. */
export const garbageCollector = (): GarbageCollector | null => {
  const own = (globalThis as { readonly gc?: GarbageCollector }).gc;
  if (own !== undefined) return own;
  nodeModule('node:v8')?.setFlagsFromString('--expose-gc');
  const found = nodeModule('node:vm')?.runInNewContext('typeof gc === "function" ? gc : null');
  return typeof found === 'function' ? (found as GarbageCollector) : null;
};
/** Waits until all that is asked for so far is done. */
export const turn = (): Promise<void> =>
  new Promise((done) => {
    (globalThis as unknown as { setTimeout(f: () => void): void }).setTimeout(done);
  });
