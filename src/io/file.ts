// Files of Node: read piece by piece, written so that a reader sees the old file or the new one and nothing between.
import * as E from 'fp-ts/lib/Either.js';
import { AdjointError } from '../index';
import type { FileError } from './error';
import { crypto, type FileHandle, fileSystem, paths } from './node';

/** Node's calls take lengths of 31 bits. */
const piece = 2 ** 26;

const reasonOf = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason));
export const readFailed = (path: string, reason: unknown): FileError => ({
  _tag: 'ReadFailed',
  path,
  message: `could not read ${path}: ${reasonOf(reason)}`,
});
export const writeFailed = (path: string, reason: unknown): FileError => ({
  _tag: 'WriteFailed',
  path,
  message: `could not write ${path}: ${reasonOf(reason)}`,
});

/** A file that is open for reading. */
export interface OpenFile {
  readonly size: number;
  /** The bytes from a position on, in memory of their own. */
  readonly read: (position: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
}

const readExactly = async (handle: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(out, at, Math.min(piece, length - at), position + at);
    if (bytesRead === 0) throw new Error(`it ended after ${position + at} bytes while it was read`);
    at += bytesRead;
  }
  return out;
};

/** Opens a file, uses it and closes it; whatever the system says against it is a ReadFailed. */
export const withFile = async <L, A>(
  path: string,
  use: (file: OpenFile) => Promise<E.Either<L, A>>,
): Promise<E.Either<L | FileError, A>> => {
  try {
    const handle = await (await fileSystem()).open(path, 'r');
    try {
      const { size, isFile } = await statOf(handle);
      if (!isFile) return E.left(readFailed(path, 'it is not a file'));
      return await use({ size, read: (position, length) => readExactly(handle, position, length) });
    } finally {
      await handle.close();
    }
  } catch (reason) {
    return E.left(readFailed(path, reason));
  }
};
const statOf = async (handle: FileHandle): Promise<{ readonly size: number; readonly isFile: boolean }> => {
  const stat = await handle.stat();
  return { size: stat.size, isFile: stat.isFile() };
};

const writeAll = async (handle: FileHandle, part: Uint8Array): Promise<void> => {
  for (let at = 0; at < part.length; )
    at += (await handle.write(part, at, Math.min(piece, part.length - at))).bytesWritten;
};

/** A directory entry is durable when its directory is synced; systems that cannot do that are left alone. */
const syncDirectory = async (path: string): Promise<void> => {
  try {
    const handle = await (await fileSystem()).open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    return;
  }
};

export const temporarySuffix = '.partial';

/**
 * Writes the parts to a temporary file beside the target, syncs it, renames it and syncs the directory. The name is asked for
 * when the parts are written, since it may depend on them. On failure nothing is left and the target is as it was.
 */
export const writeFile = async (
  directory: string,
  name: string | (() => string),
  parts: Iterable<Uint8Array>,
): Promise<E.Either<FileError, void>> => {
  const [fs, { randomUUID }, { join }] = await Promise.all([fileSystem(), crypto(), paths()]);
  const temporary = join(directory, `.${randomUUID()}${temporarySuffix}`);
  try {
    const handle = await fs.open(temporary, 'wx');
    try {
      for (const part of parts) await writeAll(handle, part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, join(directory, typeof name === 'string' ? name : name()));
    await syncDirectory(directory);
    return E.right(undefined);
  } catch (reason) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    // Not the world's fault: a tensor that cannot be written, found when its turn came.
    if (reason instanceof AdjointError) throw reason;
    return E.left(writeFailed(typeof name === 'string' ? join(directory, name) : directory, reason));
  }
};
