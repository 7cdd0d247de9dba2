// NPZ, NumPy's format for several arrays: a zip of .npy files.

import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import { atMost } from '../core/arguments';
import { unstarted } from '../core/task';
import { type AnyTensor, ArgumentError, type Unstarted } from '../index';
import { type FormatError, within } from './error';
import { decodeNpy, npyParts } from './npy';
import { joined, type Named } from './safetensors';
import { quoted } from './text';
import { contentsOf, decodeZip, zipParts } from './zip';

const suffix = '.npy';
const largest = 2 ** 32 - 2 ** 24;
const most = 65534;

/**
 * The arrays in the bytes of an .npz file (numpy.savez or savez_compressed), by name. Element types are converted as decodeNpy does.
 *
 * @example
 * E.map(({ w }) => w.toArray())(await decodeNpz(encodeNpz({ w: tensor([1, 2]) }))()) // => E.right([1, 2])
 */
export const decodeNpz = function (
  bytes: Uint8Array,
): Unstarted<TE.TaskEither<FormatError, Readonly<Record<string, AnyTensor>>>> {
  atMost('decodeNpz', arguments, 1);
  return unstarted('decodeNpz', async () => {
    const entries = decodeZip(bytes);
    if (E.isLeft(entries)) return within('NPZ')(entries);
    const arrays: [string, AnyTensor][] = [];
    for (const entry of entries.right) {
      const contents = await contentsOf(entry);
      const array = E.isLeft(contents) ? contents : decodeNpy(contents.right);
      if (E.isLeft(array)) return within(`NPZ: entry ${quoted(entry.name)}`)(array);
      arrays.push([entry.name.endsWith(suffix) ? entry.name.slice(0, -suffix.length) : entry.name, array.right]);
    }
    return E.right(Object.fromEntries(arrays));
  });
};

/** The pieces of an .npz file. */
export const npzParts = (arrays: Readonly<Record<string, AnyTensor>>): Generator<Uint8Array> => {
  const bytes = Object.values(arrays).reduce((n, x) => n + x.size * x.dtype.bytes, 0);
  if (bytes > largest)
    throw new ArgumentError(`encodeNpz: the arrays take ${bytes} bytes, but a zip holds 4 GiB. Use encodeSafetensors.`);
  const count = Object.keys(arrays).length;
  if (count > most)
    throw new ArgumentError(`encodeNpz: ${count} arrays, but a zip holds ${most}. Use encodeSafetensors.`);
  return zipParts(Object.entries(arrays).map(([name, x]) => [name + suffix, npyParts(x)] as const));
};

/**
 * The bytes of an .npz file, not compressed, that numpy.load reads.
 *
 * @throws ArgumentError when the arrays take 4 GiB or more, or there are more than 65534
 * @example
 * encodeNpz({ w: tensor([1, 2]) }).length // => 30 + 5 + 136 + 46 + 5 + 22
 */
export const encodeNpz = function <T extends Named<T>>(arrays: T): Uint8Array {
  atMost('encodeNpz', arguments, 1);
  return joined([...npzParts(arrays)]);
};
