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
  readonly 'node:os': { availableParallelism?(): number; cpus(): readonly unknown[] };
  readonly 'node:v8': { setFlagsFromString(flag: string): void };
  readonly 'node:vm': { runInNewContext(code: string): unknown };
}
interface NodeProcess {
  getBuiltinModule?<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined;
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
}
const page = globalThis as Page;

/** A module of Node, where there is Node. */
export const nodeModule = <Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined =>
  (globalThis as { readonly process?: NodeProcess }).process?.getBuiltinModule?.(name);

/** Whether there are workers with which memory can be shared. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  (nodeModule('node:worker_threads') !== undefined ||
    (page.crossOriginIsolated === true && page.Worker !== undefined && page.Blob !== undefined));

/** Whether this thread may wait for another one: a page's main thread may not. */
export const canSleep = (): boolean => nodeModule('node:worker_threads') !== undefined || !('document' in globalThis);

/** How many threads the machine runs at once. */
export const parallelism = (): number => {
  const os = nodeModule('node:os');
  return os?.availableParallelism?.() ?? os?.cpus().length ?? page.navigator?.hardwareConcurrency ?? 1;
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

/**
 * Starts the workers of threads 1 to `threads` - 1; null if there are no workers here. They do not keep a process alive. `broken` is called
 * when it is known that they are of no use, which may be late: only between tasks of this thread.
 */
export const startWorkers = (texts: WorkerTexts, data: object, threads: number, broken: () => void): Workers | null => {
  const node = nodeModule('node:worker_threads');
  if (node !== undefined) {
    const own = "process.getBuiltinModule('node:worker_threads').workerData";
    const supervisor = new node.Worker(`${texts.supervisor}supervise(${own});`, {
      eval: true,
      workerData: { data, threads, source: `${texts.worker}serve(${own});` },
      // Without what this process was started with: loaders, or that text is a module.
      execArgv: [],
    });
    supervisor.on('error', broken);
    supervisor.on('exit', broken);
    supervisor.unref();
    return { end: () => supervisor.postMessage('end') };
  }
  const { Worker, Blob, URL } = page;
  if (!canShare() || Worker === undefined || Blob === undefined || URL === undefined) return null;
  const text = new Blob([`${texts.worker}onmessage = (event) => serve(event.data);`], { type: 'text/javascript' });
  const address = URL.createObjectURL(text);
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const worker = new Worker(address);
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

/** The engine's collector of garbage, where it can be asked. */
export const collector = (): (() => void) | null => {
  const own = (globalThis as { readonly gc?: () => void }).gc;
  if (own !== undefined) return own;
  nodeModule('node:v8')?.setFlagsFromString('--expose-gc');
  const found = nodeModule('node:vm')?.runInNewContext('typeof gc === "function" ? gc : null');
  return typeof found === 'function' ? (found as () => void) : null;
};
/** Waits until all that is asked for so far is done. */
export const turn = (): Promise<void> =>
  new Promise((done) => {
    (globalThis as unknown as { setTimeout(f: () => void): void }).setTimeout(done);
  });
