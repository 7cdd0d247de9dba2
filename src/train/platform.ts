// What is used of the machine: time, a turn of the event loop, text on a terminal, interrupts, files. Node's own where there is Node.

interface Process {
  readonly stdout?: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };
  readonly pid?: number;
  on?(event: 'SIGINT', listener: () => void): unknown;
  removeListener?(event: 'SIGINT', listener: () => void): unknown;
  kill?(pid: number, signal: 'SIGINT'): unknown;
}
interface Globals {
  readonly process?: Process;
  readonly performance: { now(): number };
  readonly console: { log(text: string): void };
  readonly setImmediate?: (f: () => void) => unknown;
  readonly setTimeout: (f: () => void, ms: number) => unknown;
}
const globals = (): Globals => globalThis as unknown as Globals;

/** Milliseconds. */
export const now = (): number => globals().performance.now();
export const secondsSince1970 = (): number => Date.now() / 1000;
export const processId = (): number => globals().process?.pid ?? 0;

/** Lets signals and other events in. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { setImmediate, setTimeout } = globals();
    if (setImmediate !== undefined) setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

/** Where text for people goes. */
export interface Terminal {
  /** Whether a line can be written over. */
  readonly rewrites: boolean;
  readonly columns: number;
  readonly write: (text: string) => void;
}
export const terminal = (): Terminal => {
  const { process, console } = globals();
  const out = process?.stdout;
  return {
    rewrites: out?.isTTY === true,
    get columns() {
      // A terminal without a size says 0.
      return out?.columns || 80;
    },
    write: (text) => (out === undefined ? console.log(text.trimEnd()) : void out.write(text)),
  };
};

// Not literals: bundlers for browsers would look for the modules.
const names = { fs: 'node:fs/promises' as string, path: 'node:path' as string, logUpdate: 'log-update' as string };

/** A line of text, written over the one before where the terminal can, added to it elsewhere. */
export interface Line {
  readonly show: (text: string) => void;
  readonly end: () => void;
}
interface LogUpdate {
  createLogUpdate(
    stream: { readonly isTTY: boolean; readonly columns: number; write(text: string): void },
    options: { readonly showCursor: boolean },
  ): { (text: string): void; done(): void };
}
export const lineOn = async (to: Terminal): Promise<Line> => {
  if (!to.rewrites) return { show: (text) => to.write(`${text}\n`), end: () => {} };
  const { createLogUpdate }: LogUpdate = await import(/* @vite-ignore */ /* webpackIgnore: true */ names.logUpdate);
  const stream = {
    isTTY: true,
    get columns() {
      return to.columns;
    },
    write: to.write,
  };
  const update = createLogUpdate(stream, { showCursor: true });
  return { show: update, end: update.done };
};

/** Launchers pass on what the terminal has sent as well: within this time, in milliseconds, it is the same Ctrl-C. */
const echo = 1000;

/** Calls `listener` at the first Ctrl-C, instead of ending; a second one ends the process as ever. Gives the way to stop listening. */
export const onInterrupt = (listener: () => void): (() => void) => {
  const { process } = globals();
  let first: number | null = null;
  const handle = (): void => {
    if (first === null) {
      first = now();
      listener();
    } else if (now() - first > echo) {
      remove();
      process?.kill?.(process.pid ?? 0, 'SIGINT');
    }
  };
  const remove = (): void => void process?.removeListener?.('SIGINT', handle);
  const release = (): void => {
    if (first === null || now() - first > echo) remove();
    // The second half of a Ctrl-C must not end a process that is about to end by itself.
    else (globals().setTimeout(remove, echo) as { readonly unref?: () => void }).unref?.();
  };
  process?.on?.('SIGINT', handle);
  return release;
};

interface FileSystem {
  readonly mkdir: (path: string, options: { readonly recursive: true }) => Promise<unknown>;
  readonly readFile: (path: string, encoding: 'utf8') => Promise<string>;
  readonly stat: (path: string) => Promise<{
    readonly ino: number;
    readonly size: number;
    readonly ctimeMs: number;
    readonly isFile: () => boolean;
  }>;
  readonly appendFile: (path: string, data: string | Uint8Array) => Promise<void>;
}
interface Path {
  readonly dirname: (path: string) => string;
  readonly join: (...parts: readonly string[]) => string;
}
export const fileSystem = async (): Promise<FileSystem> =>
  await import(/* @vite-ignore */ /* webpackIgnore: true */ names.fs);
export const paths = async (): Promise<Path> => await import(/* @vite-ignore */ /* webpackIgnore: true */ names.path);
