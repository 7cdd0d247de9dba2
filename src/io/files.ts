// Files of arrays, by Node's file system. In a browser, fetch the bytes and use the decode functions.

import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost, knownOptions } from '../core/arguments';
import { unstarted } from '../core/task';
import type { AnyTensor, Unstarted } from '../index';
import { type FileError, type FormatError, within } from './error';
import { withFile, writeFile } from './file';
import { decodeNpy, npyParts } from './npy';
import { decodeNpz, npzParts } from './npz';
import {
  decodeHeader,
  decodeTensor,
  encodeParts,
  headerLength,
  lengthBytes,
  type Named,
  type Safetensors,
} from './safetensors';

const decoded =
  <A>(path: string, decode: (bytes: Uint8Array) => Promise<E.Either<FormatError, A>>) =>
  (): Promise<E.Either<FormatError | FileError, A>> =>
    withFile(path, async (file) => within(path)(await decode(await file.read(0, file.size))));

const written =
  (path: string, parts: () => Iterable<Uint8Array>): TE.TaskEither<FileError, void> =>
  () =>
    writeFile(path, parts());

/**
 * The array in a .npy file.
 *
 * @example
 * E.isLeft(await readNpy('no such file')()) // => true
 */
export const readNpy = function (path: string): Unstarted<TE.TaskEither<FormatError | FileError, AnyTensor>> {
  atMost('readNpy', arguments, 1);
  return unstarted(
    'readNpy',
    decoded(path, async (bytes) => decodeNpy(bytes)),
  );
};

/**
 * The arrays in an .npz file, by name.
 *
 * @example
 * E.isLeft(await readNpz('no such file')()) // => true
 */
export const readNpz = function (
  path: string,
): Unstarted<TE.TaskEither<FormatError | FileError, Readonly<Record<string, AnyTensor>>>> {
  atMost('readNpz', arguments, 1);
  return unstarted(
    'readNpz',
    decoded(path, (bytes) => decodeNpz(bytes)()),
  );
};

/**
 * Writes a .npy file: a temporary file beside it is written, synced and renamed.
 *
 * @example
 * E.isLeft(await writeNpy('no such directory/x.npy', tensor([1, 2]))()) // => true
 */
export const writeNpy = function (path: string, x: AnyTensor): Unstarted<TE.TaskEither<FileError, void>> {
  atMost('writeNpy', arguments, 2);
  return unstarted(
    'writeNpy',
    written(path, () => npyParts(x)),
  );
};

/**
 * Writes an .npz file, as writeNpy does.
 *
 * @example
 * E.isLeft(await writeNpz('no such directory/x.npz', { w: tensor([1, 2]) })()) // => true
 */
export const writeNpz = function <T extends Named<T>>(
  path: string,
  arrays: T,
): Unstarted<TE.TaskEither<FileError, void>> {
  atMost('writeNpz', arguments, 2);
  return unstarted(
    'writeNpz',
    written(path, () => npzParts(arrays)),
  );
};

export interface ReadSafetensorsOptions {
  /** The tensors to read, by name: all unless given. What is not read takes no memory. */
  readonly only?: (name: string) => boolean;
}

/**
 * The tensors in a safetensors file. Each is read into the memory that it then owns, so that a file takes no more memory than
 * its tensors; element types are converted as decodeSafetensors does.
 *
 * @example
 * E.isLeft(await readSafetensors('no such file')()) // => true
 */
export const readSafetensors = function (
  path: string,
  options: ReadSafetensorsOptions = {},
): Unstarted<TE.TaskEither<FormatError | FileError, Safetensors>> {
  atMost('readSafetensors', arguments, 2);
  const { only = () => true } = knownOptions('readSafetensors', options, ['only']);
  return unstarted('readSafetensors', () =>
    withFile(path, async (file): Promise<E.Either<FormatError, Safetensors>> => {
      const length = headerLength(await file.read(0, Math.min(lengthBytes, file.size)), file.size);
      if (E.isLeft(length)) return within(path)(length);
      const body = lengthBytes + length.right;
      const layout = decodeHeader(await file.read(lengthBytes, length.right), file.size - body);
      if (E.isLeft(layout)) return within(path)(layout);
      const tensors: [string, AnyTensor][] = [];
      for (const entry of layout.right.entries.filter(({ name }) => only(name))) {
        const x = decodeTensor(entry, await file.read(body + entry.start, entry.end - entry.start));
        if (E.isLeft(x)) return within(path)(x);
        tensors.push([entry.name, x.right]);
      }
      return E.right({ tensors: Object.fromEntries(tensors), metadata: layout.right.metadata });
    }),
  );
};

/**
 * Writes a safetensors file tensor by tensor: a temporary file beside it is written, synced and renamed.
 *
 * @example
 * E.isLeft(await writeSafetensors('no such directory/x', { w: tensor([1, 2]) })()) // => true
 */
export const writeSafetensors = function <T extends Named<T>>(
  path: string,
  tensors: T,
  metadata: Readonly<Record<string, string>> = {},
): Unstarted<TE.TaskEither<FileError, void>> {
  atMost('writeSafetensors', arguments, 3);
  return unstarted(
    'writeSafetensors',
    written(path, () => encodeParts(tensors, metadata)),
  );
};
