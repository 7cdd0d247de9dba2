// What is used of Node, loaded when a file is first touched, so that the modules load in a browser.

export interface FileHandle {
  readonly read: (
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<{ readonly bytesRead: number }>;
  readonly write: (from: Uint8Array, offset: number, length: number) => Promise<{ readonly bytesWritten: number }>;
  readonly stat: () => Promise<{ readonly size: number; readonly isFile: () => boolean }>;
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}
interface FileSystem {
  readonly open: (path: string, flags: 'r' | 'w' | 'wx') => Promise<FileHandle>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly rm: (path: string, options: { readonly force: true }) => Promise<void>;
  readonly mkdir: (path: string, options: { readonly recursive: true }) => Promise<unknown>;
  readonly readdir: (path: string) => Promise<readonly string[]>;
  readonly realpath: (path: string) => Promise<string>;
  readonly stat: (path: string) => Promise<{ readonly mtimeMs: number; readonly isFile: () => boolean }>;
}
export interface Hash {
  readonly update: (bytes: Uint8Array) => void;
  readonly digest: (encoding: 'hex') => string;
}
interface Crypto {
  readonly createHash: (algorithm: 'sha256') => Hash;
  readonly randomUUID: () => string;
}
interface Path {
  readonly join: (...parts: readonly string[]) => string;
  readonly dirname: (path: string) => string;
  readonly basename: (path: string) => string;
}

interface OperatingSystem {
  readonly hostname: () => string;
}
interface Process {
  readonly pid: number;
  readonly kill: (pid: number, signal: 0) => boolean;
}

/** Not literals: bundlers for browsers would look for the modules. */
const names = {
  fs: 'node:fs/promises' as string,
  crypto: 'node:crypto' as string,
  path: 'node:path' as string,
  os: 'node:os' as string,
};

export const fileSystem = async (): Promise<FileSystem> =>
  await import(/* @vite-ignore */ /* webpackIgnore: true */ names.fs);
export const crypto = async (): Promise<Crypto> =>
  await import(/* @vite-ignore */ /* webpackIgnore: true */ names.crypto);
export const paths = async (): Promise<Path> => await import(/* @vite-ignore */ /* webpackIgnore: true */ names.path);

const system = async (): Promise<OperatingSystem> =>
  await import(/* @vite-ignore */ /* webpackIgnore: true */ names.os);
export const hostName = async (): Promise<string> => (await system()).hostname();

/** The processes of this machine, by their numbers. */
export const processes = (): { readonly own: number; readonly isAlive: (pid: number) => boolean } => {
  const { process } = globalThis as unknown as { readonly process: Process };
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      // A process of another user may not be asked, but it is there.
      return (error as { readonly code?: unknown }).code !== 'ESRCH';
    }
  };
  return { own: process.pid, isAlive };
};
