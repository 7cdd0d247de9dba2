// Threads of Node and of pages. Nothing of either is touched before it is asked for.

interface NodeWorker {
  unref(): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'exit', listener: () => void): void;
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
}
interface NodeProcess {
  getBuiltinModule?<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined;
}
interface PageWorker {
  postMessage(data: unknown): void;
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

/**
 * Starts a worker that calls the function `serve`, which the source defines, with the data; false if there are no workers. It does not
 * keep a process alive.
 */
export const startWorker = (source: string, data: object, broken: () => void): boolean => {
  const node = nodeModule('node:worker_threads');
  if (node !== undefined) {
    const worker = new node.Worker(`${source}serve(process.getBuiltinModule('node:worker_threads').workerData);`, {
      eval: true,
      workerData: data,
      // Without what this process was started with: loaders, or that text is a module.
      execArgv: [],
    });
    worker.on('error', broken);
    worker.on('exit', broken);
    worker.unref();
    return true;
  }
  if (!canShare() || page.Worker === undefined || page.Blob === undefined || page.URL === undefined) return false;
  const text = new page.Blob([`${source}onmessage = (event) => serve(event.data);`], { type: 'text/javascript' });
  const worker = new page.Worker(page.URL.createObjectURL(text));
  worker.addEventListener('error', broken);
  worker.postMessage(data);
  return true;
};
