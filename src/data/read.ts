// Files of data, by Node's file system; loaded when called, so that the module loads in a browser.

import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost } from '../core/arguments';
import { unstarted } from '../core/task';
import type { Unstarted } from '../index';
import { type DataError, StreamError } from './error';
import { decodeIdx, type IdxArray } from './idx';

type NodeFs = {
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly open: (path: string) => Promise<FileHandle>;
};
interface FileHandle {
  readonly read: (into: Uint8Array, offset: number, length: number) => Promise<{ readonly bytesRead: number }>;
  readonly close: () => Promise<void>;
}
const nodeFs: string = 'node:fs/promises';
const fileSystem = async (): Promise<NodeFs> => await import(/* @vite-ignore */ /* webpackIgnore: true */ nodeFs);

interface Decoder {
  readonly decode: (bytes?: Uint8Array, options?: { readonly stream: boolean }) => string;
}
const decoder = (): Decoder => new (globalThis as unknown as { readonly TextDecoder: new () => Decoder }).TextDecoder();

const readFailed = (path: string, reason: unknown): DataError => ({
  _tag: 'ReadFailed',
  path,
  message: `could not read ${path}: ${reason instanceof Error ? reason.message : String(reason)}`,
});

const readBytes = (path: string): TE.TaskEither<DataError, Uint8Array> =>
  TE.tryCatch(
    async () => (await fileSystem()).readFile(path),
    (reason) => readFailed(path, reason),
  );

/**
 * The array in an IDX file, by Node's file system. In a browser, fetch the bytes and use decodeIdx.
 *
 * @example
 * E.isLeft(await readIdx('no such file')()) // => true
 */
export const readIdx = function (path: string): Unstarted<TE.TaskEither<DataError, IdxArray>> {
  atMost('readIdx', arguments, 1);
  return pipe(
    readBytes(path),
    TE.chainEitherK(decodeIdx),
    TE.mapLeft((e) => (e._tag === 'ReadFailed' ? e : { ...e, message: `${path}: ${e.message}` })),
    (task) => unstarted('readIdx', task),
  );
};

/**
 * The text of a UTF-8 file.
 *
 * @example
 * E.isLeft(await readText('no such file')()) // => true
 */
export const readText = function (path: string): Unstarted<TE.TaskEither<DataError, string>> {
  atMost('readText', arguments, 1);
  return pipe(
    readBytes(path),
    TE.map((bytes) => decoder().decode(bytes)),
    (task) => unstarted('readText', task),
  );
};

const chunkSize = 65536;

/** The text of a file piece by piece; no more is read than is asked for. */
export async function* readChunks(path: string): AsyncGenerator<string> {
  const failed = (reason: unknown): never => {
    throw new StreamError(readFailed(path, reason));
  };
  const file = await fileSystem()
    .then((fs) => fs.open(path))
    .catch(failed);
  try {
    const text = decoder();
    for (;;) {
      // A chunk of its own each time: the one before may still be in use.
      const bytes = new Uint8Array(chunkSize);
      const { bytesRead } = await file.read(bytes, 0, chunkSize).catch(failed);
      const part = text.decode(bytes.subarray(0, bytesRead), { stream: bytesRead > 0 });
      if (part !== '') yield part;
      if (bytesRead === 0) return;
    }
  } finally {
    await file.close();
  }
}

/** The lines in pieces of text, without their ends. */
export async function* linesOf(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

/**
 * The lines of a UTF-8 file, read as they are asked for.
 *
 * @throws StreamError when the file cannot be read
 * @example
 * await stream.toArray(readLines('no such file')).catch((e) => e.fault._tag) // => 'ReadFailed'
 */
export const readLines = function (path: string): AsyncIterable<string> {
  atMost('readLines', arguments, 1);
  return linesOf(readChunks(path));
};
