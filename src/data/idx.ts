// IDX, the format of MNIST: two zero bytes, a code for the element type, the rank, a uint32 for each dim, then the
// elements row-major, all big-endian (the page of MNIST at yann.lecun.com/exdb/mnist, "The IDX file format").

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import { atMost } from '../core/arguments';
import type { DataError } from './error';

interface IdxStorage {
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}

/** The element types of IDX. */
export type IdxDtype = keyof IdxStorage;

/** An array as an IDX file holds it: row-major, in the element type of the file. */
export type IdxArray = {
  readonly [D in IdxDtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: IdxStorage[D] };
}[IdxDtype];

const elements = {
  uint8: { code: 0x08, Storage: Uint8Array, get: 'getUint8', set: 'setUint8' },
  int8: { code: 0x09, Storage: Int8Array, get: 'getInt8', set: 'setInt8' },
  int16: { code: 0x0b, Storage: Int16Array, get: 'getInt16', set: 'setInt16' },
  int32: { code: 0x0c, Storage: Int32Array, get: 'getInt32', set: 'setInt32' },
  float32: { code: 0x0d, Storage: Float32Array, get: 'getFloat32', set: 'setFloat32' },
  float64: { code: 0x0e, Storage: Float64Array, get: 'getFloat64', set: 'setFloat64' },
} as const satisfies Record<IdxDtype, unknown>;

const dtypes = Object.keys(elements) as readonly IdxDtype[];
const codes = dtypes.map((dtype) => `${hex(elements[dtype].code)} ${dtype}`).join(', ');

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/** The element type: a name here, a code in the file. */
const Element = new t.Type<IdxDtype, number, unknown>(
  'IdxElement',
  (u): u is IdxDtype => dtypes.some((dtype) => dtype === u),
  (u, context) => {
    const dtype = dtypes.find((name) => elements[name].code === u);
    return dtype === undefined ? t.failure(u, context) : t.success(dtype);
  },
  (dtype) => elements[dtype].code,
);

/** The first four bytes of a file. */
const Magic = t.readonly(t.type({ zeros: t.literal(0), element: Element, rank: t.Int }), 'IdxMagic');
type Magic = t.TypeOf<typeof Magic>;

const truncated = (found: number, expected: number, what: string): DataError => ({
  _tag: 'Truncated',
  expected,
  found,
  message: `IDX: the file ends after ${found} bytes, but ${what} takes ${expected}; fetch the file again, it is incomplete.`,
});

const notIdx = (bytes: Uint8Array): DataError => {
  const found = Array.from(bytes.subarray(0, 4), hex).join(' ');
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const fix = gzip ? 'it is compressed with gzip: decompress it first.' : 'is it another format?';
  return {
    _tag: 'NotIdx',
    found,
    message: `IDX: the file starts with ${found}, but an IDX file starts with two zero bytes; ${fix}`,
  };
};

const unknownElement = (code: number): DataError => ({
  _tag: 'UnknownElementType',
  found: code,
  message: `IDX: element type ${hex(code)} is none of ${codes}; the header is corrupt, or the file is not IDX.`,
});

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const decodeMagic = (bytes: Uint8Array): E.Either<DataError, Magic> => {
  if (bytes.length < 4) return E.left(truncated(bytes.length, 4, 'its first word'));
  const header = view(bytes);
  const fields = { zeros: header.getUint16(0), element: header.getUint8(2), rank: header.getUint8(3) };
  return pipe(
    Magic.decode(fields),
    E.mapLeft(() => (fields.zeros === 0 ? unknownElement(fields.element) : notIdx(bytes))),
  );
};

const decodeShape = (bytes: Uint8Array, rank: number): E.Either<DataError, readonly number[]> => {
  const end = 4 + 4 * rank;
  if (bytes.length < end) return E.left(truncated(bytes.length, end, `its header of rank ${rank}`));
  return E.right(Array.from({ length: rank }, (_, axis) => view(bytes).getUint32(4 + 4 * axis)));
};

// A zero dim decides alone: the product of the others may be Infinity, and 0 * Infinity is NaN.
const sizeOf = (shape: readonly number[]): number => (shape.includes(0) ? 0 : shape.reduce((a, b) => a * b, 1));

const decodeElements = (
  bytes: Uint8Array,
  dtype: IdxDtype,
  shape: readonly number[],
): E.Either<DataError, IdxArray> => {
  const { Storage, get } = elements[dtype];
  const start = 4 + 4 * shape.length;
  const count = sizeOf(shape);
  const expected = start + count * Storage.BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    const fix = bytes.length < expected ? 'fetch the file again, it is incomplete' : 'the header or the end is corrupt';
    const message = `IDX: ${dtype} of shape [${shape.join(', ')}] takes ${expected} bytes with its header, but the file has ${bytes.length}; ${fix}.`;
    return E.left({ _tag: 'LengthMismatch', expected, found: bytes.length, message });
  }
  // Always a copy: the result must not change when the caller reuses the bytes.
  if (dtype === 'uint8') return E.right({ dtype, shape, data: Uint8Array.from(bytes.subarray(start)) });
  const source = view(bytes);
  const data = new Storage(count);
  for (let i = 0; i < count; i++) data[i] = source[get](start + i * Storage.BYTES_PER_ELEMENT);
  return E.right({ dtype, shape, data } as IdxArray);
};

/**
 * The array in the bytes of an IDX file, or what is wrong with them.
 *
 * @example
 * const array = { dtype: 'int16', shape: [2], data: Int16Array.of(1, -2) };
 * decodeIdx(encodeIdx(array)) // => E.right(array)
 */
export const decodeIdx = function (bytes: Uint8Array): E.Either<DataError, IdxArray> {
  atMost('decodeIdx', arguments, 1);
  return pipe(
    decodeMagic(bytes),
    E.chain(({ element, rank }) =>
      pipe(
        decodeShape(bytes, rank),
        E.chain((shape) => decodeElements(bytes, element, shape)),
      ),
    ),
  );
};

/**
 * The bytes of the IDX file that holds an array.
 *
 * @example
 * encodeIdx({ dtype: 'uint8', shape: [2], data: Uint8Array.of(7, 8) }) // => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 8)
 */
export const encodeIdx = function ({ dtype, shape, data }: IdxArray): Uint8Array {
  atMost('encodeIdx', arguments, 1);
  const { code, set } = elements[dtype];
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + data.byteLength);
  const target = view(bytes);
  target.setUint8(2, code);
  target.setUint8(3, shape.length);
  shape.forEach((dim, axis) => {
    target.setUint32(4 + 4 * axis, dim);
  });
  data.forEach((value, i) => {
    target[set](start + i * data.BYTES_PER_ELEMENT, value);
  });
  return bytes;
};
