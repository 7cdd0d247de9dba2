// A checkpoint: a directory with the tensors of a tree as safetensors, and a manifest that names, describes and vouches for them.
import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { unflatten } from '../core/tree';
import { type AnyTensor, tree } from '../index';
import { type FileError, type IoError, within } from './error';
import { readFailed, temporarySuffix, withFile, writeFailed, writeFile } from './file';
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

/** Removes what no manifest refers to: tensors of earlier checkpoints, and what a killed process left. */
const tidy = async (directory: string, current: string): Promise<void> => {
  const fs = await fileSystem();
  const { join } = await paths();
  const old = (await fs.readdir(directory)).filter(
    (name) =>
      name !== current &&
      (/^tensors-[0-9a-f]{16}\.safetensors$/.test(name) || (name.startsWith('.') && name.endsWith(temporarySuffix))),
  );
  await Promise.all(old.map((name) => fs.rm(join(directory, name), { force: true })));
};

/**
 * Saves a tree in a directory, made if need be: tensors as safetensors, static leaves that JSON can hold, and any JSON beside
 * them. The tensors are written under a new name and the manifest that points to them is replaced last, each by temporary file,
 * fsync and rename: whenever the process or the machine stops, the directory holds this checkpoint or the one before. One
 * process at a time may write to a directory.
 *
 * @example
 * E.isLeft(await saveCheckpoint('/dev/null/checkpoint', { w: tensor([1, 2]) }, { step: 3 })()) // => true
 */
export const saveCheckpoint =
  (directory: string, state: unknown, metadata: unknown = null): TE.TaskEither<FileError, void> =>
  async () => {
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
    let sha256 = '';
    let file = '';
    const parts = watched(encodeParts(tensors), hash, (n) => {
      bytes += n;
    });
    const nameOf = (): string => {
      sha256 = hash.digest('hex');
      file = `tensors-${sha256.slice(0, 16)}.safetensors`;
      return file;
    };
    const saved = await writeFile(directory, nameOf, parts);
    if (E.isLeft(saved)) return saved;
    const manifest: Manifest = {
      format: 'adjoint checkpoint',
      version: 1,
      tensors: { file, bytes, sha256 },
      ...describeTree(state),
      metadata,
    };
    const done = await writeFile(directory, manifestFile, [encodeManifest(manifest, createHash('sha256'))]);
    if (E.isRight(done)) await tidy(directory, file).catch(() => undefined);
    return done;
  };

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

/**
 * The tree that was saved in a directory, in the structure of `like`, whose tensors are not looked at but for shape and dtype;
 * its static leaves that were not saved stay. Whatever is wrong with the files, or differs from `like`, is a Left with the path.
 *
 * @example
 * E.isLeft(await loadCheckpoint('no such directory', { w: tensor([1, 2]) })()) // => true
 */
export const loadCheckpoint =
  <T>(directory: string, like: T): TE.TaskEither<IoError, Checkpoint<T>> =>
  async () => {
    const { join } = await paths();
    const manifest = await readManifest(join(directory, manifestFile));
    if (E.isLeft(manifest)) return manifest;
    const def = matchTree(like, manifest.right);
    if (E.isLeft(def)) return within(directory)(def);
    const { tensors: file, metadata } = manifest.right;
    const tensors = await readTensors(join(directory, file.file), file);
    if (E.isLeft(tensors)) return tensors;
    const leaves: AnyTensor[] = [];
    const places = tree.paths(like);
    for (const [i, wanted] of tree.leaves(like).entries()) {
      const path = places[i] as string;
      const x = tensors.right.get(path);
      if (x === undefined || x.dtype !== wanted.dtype || x.shape.join() !== wanted.shape.join())
        return E.left(readFailed(join(directory, file.file), `it has no ${path} as the manifest describes it`));
      leaves.push(x);
    }
    // matchTree made the structure from that of `like`.
    return E.right({ tree: unflatten(def.right, leaves) as T, metadata });
  };
