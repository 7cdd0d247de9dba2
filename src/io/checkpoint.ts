// A checkpoint: a directory with the tensors of a tree as safetensors, and a manifest that names, describes and vouches for them.

import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost } from '../core/arguments';
import { unstarted } from '../core/task';
import { type TreeDef, unflatten } from '../core/tree';
import { type AnyTensor, tree, type Unstarted } from '../index';
import { type FileError, type IoError, within } from './error';
import { readFailed, replaceFile, withFile, writeFailed } from './file';
import {
  decodeManifest,
  describeTree,
  encodeManifest,
  largestManifest,
  type Manifest,
  manifestFile,
  matchTree,
} from './manifest';
import { crypto, fileSystem, type Hash, paths } from './node';
import { decodeHeader, decodeTensor, encodeParts, headerLength, lengthBytes } from './safetensors';
import { idsIn, newId } from './temporary';

/** A tree that was saved, and what was saved beside it. */
export interface Checkpoint<T> {
  readonly tree: T;
  /** Decode it by a codec. */
  readonly metadata: unknown;
}

/** The parts as they pass, counted and hashed. */
function* watched(parts: Iterable<Uint8Array>, hash: Hash, count: (bytes: number) => void): Generator<Uint8Array> {
  for (const part of parts) {
    hash.update(part);
    count(part.length);
    yield part;
  }
}

const readManifest = async (path: string): Promise<E.Either<IoError, Manifest>> => {
  const { createHash } = await crypto();
  return withFile(path, async (file): Promise<E.Either<IoError, Manifest>> => {
    if (file.size > largestManifest)
      return E.left({
        _tag: 'TooLarge',
        message: `${path}: it has ${file.size} bytes, more than the ${largestManifest} of any manifest; it is corrupt.`,
      });
    return within(path)(decodeManifest(await file.read(0, file.size), createHash('sha256')));
  });
};

const fileOf = (id: string): string => `tensors-${id}.safetensors`;

/**
 * Removes the tensors of earlier checkpoints and of dead processes. Other processes may save at the same time: the tensors of one that
 * has not put its manifest in place are known by its temporary file. The order keeps them safe: whoever has no temporary file any
 * more when those are listed has put its manifest in place before it is read.
 */
const tidy = async (directory: string): Promise<void> => {
  const fs = await fileSystem();
  const { join } = await paths();
  const files = (await fs.readdir(directory)).filter((name) => /^tensors-[0-9a-f]{16}\.safetensors$/.test(name));
  const saving = [...idsIn(await fs.readdir(directory))].map(fileOf);
  const manifest = await readManifest(join(directory, manifestFile));
  if (E.isLeft(manifest)) return;
  const wanted = new Set([...saving, manifest.right.tensors.file]);
  await Promise.all(
    files.filter((name) => !wanted.has(name)).map((name) => fs.rm(join(directory, name), { force: true })),
  );
};

/**
 * Saves a tree in a directory, made if need be: tensors as safetensors, static leaves that JSON can hold, and any JSON beside
 * them. The tensors are written under a new name and the manifest that points to them is replaced last, by temporary file,
 * fsync and rename: whenever the process or the machine stops, the directory holds this checkpoint or the one before. Where several
 * processes save to a directory at once, it holds one of their checkpoints, whole: the one that was finished last.
 *
 * @example
 * E.isLeft(await saveCheckpoint('/dev/null/checkpoint', { w: tensor([1, 2]) }, { step: 3 })()) // => true
 */
export const saveCheckpoint = function (
  directory: string,
  state: unknown,
  metadata: unknown = null,
): Unstarted<TE.TaskEither<FileError, void>> {
  atMost('saveCheckpoint', arguments, 3);
  return unstarted('saveCheckpoint', async () => {
    const { createHash } = await crypto();
    try {
      await (await fileSystem()).mkdir(directory, { recursive: true });
    } catch (reason) {
      return E.left(writeFailed(directory, reason));
    }
    const names = tree.paths(state);
    const tensors = Object.fromEntries(tree.leaves(state).map((x, i): [string, AnyTensor] => [names[i] as string, x]));
    const hash = createHash('sha256');
    let bytes = 0;
    const parts = watched(encodeParts(tensors), hash, (n) => {
      bytes += n;
    });
    const id = await newId();
    const file = fileOf(id);
    const manifestOf = (): Manifest => ({
      format: 'adjoint checkpoint',
      version: 1,
      tensors: { file, bytes, sha256: hash.digest('hex') },
      ...describeTree(state),
      metadata,
    });
    const saved = await replaceFile(id, directory, {
      directory,
      name: manifestFile,
      companion: { name: file, parts },
      parts: () => [encodeManifest(manifestOf(), createHash('sha256'))],
    });
    if (E.isRight(saved)) await tidy(directory).catch(() => undefined);
    return saved;
  });
};

/** The tensors by name; none is given out before all bytes are known to be those that were written. */
const readTensors = async (
  path: string,
  { bytes, sha256 }: Manifest['tensors'],
): Promise<E.Either<IoError, ReadonlyMap<string, AnyTensor>>> => {
  const { createHash } = await crypto();
  return withFile(path, async (file): Promise<E.Either<IoError, ReadonlyMap<string, AnyTensor>>> => {
    if (file.size !== bytes)
      return E.left({
        _tag: 'LengthMismatch',
        message: `${path}: it has ${file.size} bytes, but ${bytes} were written; it is torn, or another file.`,
      });
    const hash = createHash('sha256');
    const read = async (position: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      const part = await file.read(position, length);
      hash.update(part);
      return part;
    };
    const length = headerLength(await read(0, Math.min(lengthBytes, bytes)), bytes);
    if (E.isLeft(length)) return within(path)(length);
    const body = lengthBytes + length.right;
    const layout = decodeHeader(await read(lengthBytes, length.right), bytes - body);
    if (E.isLeft(layout)) return within(path)(layout);
    const tensors = new Map<string, AnyTensor>();
    for (const entry of layout.right.entries) {
      const x = decodeTensor(entry, await read(body + entry.start, entry.end - entry.start));
      if (E.isLeft(x)) return within(path)(x);
      tensors.set(entry.name, x.right);
    }
    if (hash.digest('hex') !== sha256)
      return E.left({
        _tag: 'ChecksumMismatch',
        message: `${path}: the tensors are not those that were written: the checksum differs. The file is corrupt.`,
      });
    return E.right(tensors);
  });
};

/** How often others may replace a checkpoint while it is read. */
const mostReplaced = 100;

interface Whole {
  readonly manifest: Manifest;
  readonly tensors: ReadonlyMap<string, AnyTensor>;
  readonly def: TreeDef;
}
/** The manifest and its tensors; a process that saves takes the tensors away when it has put others in their place. */
const readWhole = async (
  directory: string,
  match: (manifest: Manifest) => E.Either<IoError, TreeDef>,
): Promise<E.Either<IoError, Whole>> => {
  const { join } = await paths();
  const path = join(directory, manifestFile);
  let read = await readManifest(path);
  for (let replaced = 0; ; replaced++) {
    if (E.isLeft(read)) return read;
    const { right: manifest } = read;
    const def = match(manifest);
    if (E.isLeft(def)) return within(directory)(def);
    const tensors = await readTensors(join(directory, manifest.tensors.file), manifest.tensors);
    if (E.isRight(tensors)) return E.right({ manifest, tensors: tensors.right, def: def.right });
    read = await readManifest(path);
    const isSame = E.isRight(read) && read.right.tensors.file === manifest.tensors.file;
    if (isSame || replaced === mostReplaced) return tensors;
  }
};

/**
 * The tree that was saved in a directory, in the structure of `like`, whose tensors are not looked at but for shape and dtype;
 * its static leaves that were not saved stay. Whatever is wrong with the files, or differs from `like`, is a Left with the path.
 *
 * @example
 * E.isLeft(await loadCheckpoint('no such directory', { w: tensor([1, 2]) })()) // => true
 */
export const loadCheckpoint = function <T>(
  directory: string,
  like: T,
): Unstarted<TE.TaskEither<IoError, Checkpoint<T>>> {
  atMost('loadCheckpoint', arguments, 2);
  return unstarted('loadCheckpoint', async () => {
    const { join } = await paths();
    const whole = await readWhole(directory, (manifest) => matchTree(like, manifest));
    if (E.isLeft(whole)) return whole;
    const { manifest, tensors, def } = whole.right;
    const leaves: AnyTensor[] = [];
    const places = tree.paths(like);
    for (const [i, wanted] of tree.leaves(like).entries()) {
      const path = places[i] as string;
      const x = tensors.get(path);
      if (x === undefined || x.dtype !== wanted.dtype || x.shape.join() !== wanted.shape.join())
        return E.left(
          readFailed(join(directory, manifest.tensors.file), `it has no ${path} as the manifest describes it`),
        );
      leaves.push(x);
    }
    // matchTree made the structure from that of `like`.
    return E.right({ tree: unflatten(def, leaves) as T, metadata: manifest.metadata });
  });
};
