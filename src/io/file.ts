// Files of Node: read piece by piece, written so that a reader sees the old file or the new one and nothing between.
import * as E from 'fp-ts/lib/Either.js';
import { AdjointError } from '../index';
import type { FileError } from './error';
import { type FileHandle, fileSystem, paths } from './node';
import { newId, removeAbandoned, temporaryName } from './temporary';

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

/** Writes a file that is not there yet, in pieces, and makes it durable. */
const writeNew = async (
  path: string,
  fill: (write: (part: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> => {
  const handle = await (await fileSystem()).open(path, 'wx');
  try {
    await fill((part) => writeAll(handle, part));
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Files that take their place together. */
export interface Replacement {
  readonly directory: string;
  /** The file that is replaced. */
  readonly name: string;
  /** A file that comes with it, of a name that no file has. */
  readonly companion?: { readonly name: string; readonly parts: Iterable<Uint8Array> };
  /** What the file will hold; asked for when the companion is written. */
  readonly parts: () => Iterable<Uint8Array>;
}

/**
 * Replaces a file at once: a temporary one beside it is written, synced and renamed, and the directory is synced. The temporary file
 * is there while its companion is written, so that whoever tidies up knows by its id that the companion is wanted. On failure
 * nothing is left and the target is as it was.
 */
export const replaceFile = async (
  id: string,
  path: string,
  { directory, name, companion, parts }: Replacement,
): Promise<E.Either<FileError, void>> => {
  const fs = await fileSystem();
  const { join } = await paths();
  const temporary = join(directory, await temporaryName(id));
  const beside = companion && join(directory, companion.name);
  try {
    await writeNew(temporary, async (write) => {
      if (beside !== undefined) {
        await writeNew(beside, async (writeBeside) => {
          for (const part of companion?.parts ?? []) await writeBeside(part);
        });
        await syncDirectory(directory);
      }
      for (const part of parts()) await write(part);
    });
    await fs.rename(temporary, join(directory, name));
  } catch (reason) {
    for (const left of [beside, temporary])
      if (left !== undefined) await fs.rm(left, { force: true }).catch(() => undefined);
    // Not the world's fault: a tensor that cannot be written, found when its turn came.
    if (reason instanceof AdjointError) throw reason;
    return E.left(writeFailed(path, reason));
  }
  await syncDirectory(directory);
  await removeAbandoned(directory).catch(() => undefined);
  return E.right(undefined);
};

const writeInto = async (path: string, parts: Iterable<Uint8Array>): Promise<E.Either<FileError, void>> => {
  try {
    const handle = await (await fileSystem()).open(path, 'w');
    try {
      for (const part of parts) await writeAll(handle, part);
    } finally {
      await handle.close();
    }
    return E.right(undefined);
  } catch (reason) {
    if (reason instanceof AdjointError) throw reason;
    return E.left(writeFailed(path, reason));
  }
};

/**
 * Writes the parts as a file: a reader sees the old file or the new one. A link stays, and what it points to is replaced; what is no
 * file, as a pipe or a device, is written to.
 */
export const writeFile = async (path: string, parts: Iterable<Uint8Array>): Promise<E.Either<FileError, void>> => {
  const fs = await fileSystem();
  const { basename, dirname } = await paths();
  const target = await fs.realpath(path).catch(() => path);
  const found = await fs.stat(target).catch(() => null);
  if (found !== null && !found.isFile()) return writeInto(path, parts);
  return replaceFile(await newId(), path, { directory: dirname(target), name: basename(target), parts: () => parts });
};
