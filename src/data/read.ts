import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataError } from './error';
import { decodeIdx, type IdxArray } from './idx';

/** The one function of Node that is used here; loaded when called, so that the module loads in a browser. */
type NodeFs = { readonly readFile: (path: string) => Promise<Uint8Array> };
const nodeFs: string = 'node:fs/promises';

const readBytes = (path: string): TE.TaskEither<DataError, Uint8Array> =>
  TE.tryCatch(
    async () => ((await import(/* @vite-ignore */ /* webpackIgnore: true */ nodeFs)) as NodeFs).readFile(path),
    (reason) => ({
      _tag: 'ReadFailed',
      path,
      message: `could not read ${path}: ${reason instanceof Error ? reason.message : String(reason)}`,
    }),
  );

/**
 * The array in an IDX file, by Node's file system. In a browser, fetch the bytes and use decodeIdx.
 *
 * @example
 * E.isLeft(await readIdx('no such file')()) // => true
 */
export const readIdx = (path: string): TE.TaskEither<DataError, IdxArray> =>
  pipe(
    readBytes(path),
    TE.chainEitherK(decodeIdx),
    TE.mapLeft((e) => (e._tag === 'ReadFailed' ? e : { ...e, message: `${path}: ${e.message}` })),
  );
