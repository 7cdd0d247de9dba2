// Safetensors: the length of a header (u64), the header (JSON: name -> dtype, shape, offsets), then the elements of all
// tensors without gaps, little-endian, row-major (github.com/huggingface/safetensors, "Format").

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import { atMost } from '../core/arguments';
import { type DType, dtypes, recordOf } from '../core/dtype';
import { type AnyTensor, ArgumentError } from '../index';
import { adopt, bytesOf, countOf, type ElementType, elementTypes, unsupportedMachine } from './elements';
import type { FormatError } from './error';
import { decodeText, encodeText, parseJson, quoted } from './text';

/** Named tensors and what else the file says of them. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, AnyTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const codes: Readonly<Record<string, ElementType>> = {
  ...Object.fromEntries(dtypes.map((d) => [recordOf(d).safetensors, elementTypes[d.name]])),
  I64: elementTypes.i64,
  U64: elementTypes.u64,
  F8_E5M2: elementTypes.f8e5m2,
  F8_E4M3: elementTypes.f8e4m3,
};
const codeOf = (x: AnyTensor): string => recordOf(x.dtype as DType).safetensors;

/** The reference implementation's bound on the header. */
export const largestHeader = 100_000_000;
export const lengthBytes = 8;

const Size = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'Size');
const Entry = t.readonly(
  t.type({ dtype: t.string, shape: t.readonlyArray(Size), data_offsets: t.readonly(t.tuple([Size, Size])) }),
  'SafetensorsEntry',
);
const Metadata = t.readonly(t.record(t.string, t.string), 'SafetensorsMetadata');

/** Where a tensor lies in the body. */
export interface Entry {
  readonly name: string;
  readonly element: ElementType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}
export interface Layout {
  /** In the order of the body. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const bad = (message: string): E.Either<FormatError, never> =>
  E.left({ _tag: 'BadHeader', message: `safetensors: ${message}` });

/** The length that the first bytes give to the header, held against the length of the file. */
export const headerLength = (first: Uint8Array, fileSize: number): E.Either<FormatError, number> => {
  if (unsupportedMachine !== null)
    return E.left({ _tag: 'UnknownFormat', message: `safetensors: ${unsupportedMachine}.` });
  if (fileSize < lengthBytes || first.length < lengthBytes)
    return E.left({
      _tag: 'LengthMismatch',
      message: `safetensors: the file has ${fileSize} bytes, but the length of its header alone takes 8; it is incomplete.`,
    });
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  if (length > largestHeader)
    return E.left({
      _tag: 'TooLarge',
      message: `safetensors: the first 8 bytes announce a header of ${length} bytes, more than the ${largestHeader} of the format; is it another format?`,
    });
  if (length > fileSize - lengthBytes)
    return E.left({
      _tag: 'LengthMismatch',
      message: `safetensors: the header takes ${length} bytes, but the file has ${fileSize - lengthBytes} after its first 8; it is incomplete, or another format.`,
    });
  return E.right(length);
};

const decodeEntry = (name: string, value: unknown): E.Either<FormatError, Entry> => {
  const decoded = Entry.decode(value);
  if (E.isLeft(decoded))
    return bad(`tensor ${quoted(name)} must have dtype, shape and data_offsets; the header is corrupt.`);
  const { dtype, shape, data_offsets } = decoded.right;
  const element = Object.hasOwn(codes, dtype) ? codes[dtype] : undefined;
  if (element === undefined)
    return E.left({
      _tag: 'UnknownDtype',
      message: `safetensors: tensor ${quoted(name)} has dtype ${quoted(dtype)}, none of ${Object.keys(codes).join(', ')}. Convert it before saving.`,
    });
  const [start, end] = data_offsets;
  const count = countOf(shape);
  if (count === null || count * element.bytes !== end - start)
    return bad(
      `tensor ${quoted(name)}: ${dtype} of shape [${shape.slice(0, 16).join(', ')}] takes ${count === null ? 'too many' : count * element.bytes} bytes, but its data_offsets [${start}, ${end}] hold ${end - start}; the header is corrupt.`,
    );
  return E.right({ name, element, shape, start, end });
};

/** The header, held against the number of bytes after it: the tensors fill them without gaps or overlaps. */
export const decodeHeader = (header: Uint8Array, bodySize: number): E.Either<FormatError, Layout> => {
  const text = decodeText(header);
  const parsed = text?.startsWith('{') === true ? parseJson(text) : undefined;
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return bad('the header is not a JSON object; the file is corrupt, or another format.');
  const fields = Object.entries(parsed);
  const metadata = Metadata.decode(fields.find(([name]) => name === '__metadata__')?.[1] ?? {});
  if (E.isLeft(metadata)) return bad('__metadata__ must be an object of strings; the header is corrupt.');
  const entries: Entry[] = [];
  for (const [name, value] of fields) {
    if (name === '__metadata__') continue;
    const entry = decodeEntry(name, value);
    if (E.isLeft(entry)) return entry;
    entries.push(entry.right);
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { name, start, end } of entries) {
    if (start !== at)
      return bad(
        `tensor ${quoted(name)} starts at byte ${start} of the body, but the one before ends at ${at}; the header is corrupt.`,
      );
    at = end;
  }
  if (at !== bodySize)
    return E.left({
      _tag: 'LengthMismatch',
      message: `safetensors: the tensors take ${at} bytes, but ${bodySize} follow the header; the file is incomplete or corrupt.`,
    });
  return E.right({ entries, metadata: metadata.right });
};

/** The tensor of an entry whose bytes begin a buffer of their own. */
export const decodeTensor = (
  { name, element, shape }: Entry,
  own: Uint8Array<ArrayBuffer>,
): E.Either<FormatError, AnyTensor> => {
  const data = element.decode(own);
  return typeof data === 'string'
    ? E.left({ _tag: 'BadElement', message: `safetensors: tensor ${quoted(name)}: ${data}.` })
    : E.right(adopt(shape, element.dtype, data));
};

/**
 * The tensors in the bytes of a safetensors file. Element types that adjoint lacks are converted: floats of 8 bits become f32,
 * without loss; 64-bit integers become i32 (unsigned ones u32) and are refused where they do not fit.
 *
 * @example
 * const file = encodeSafetensors({ w: tensor([1, 2]) }, { made: 'here' });
 * E.map(({ tensors }) => tensors.w.toArray())(decodeSafetensors(file)) // => E.right([1, 2])
 */
export const decodeSafetensors = function (bytes: Uint8Array): E.Either<FormatError, Safetensors> {
  atMost('decodeSafetensors', arguments, 1);
  return pipe(
    headerLength(bytes, bytes.length),
    E.chain((length) => {
      const body = lengthBytes + length;
      return pipe(
        decodeHeader(bytes.subarray(lengthBytes, body), bytes.length - body),
        E.chain(({ entries, metadata }) => {
          const tensors: [string, AnyTensor][] = [];
          for (const entry of entries) {
            const x = decodeTensor(entry, new Uint8Array(bytes.subarray(body + entry.start, body + entry.end)));
            if (E.isLeft(x)) return x;
            tensors.push([entry.name, x.right]);
          }
          return E.right({ tensors: Object.fromEntries(tensors), metadata });
        }),
      );
    }),
  );
};

/** Tensors by name; records that are interfaces count, too. */
export type Named<T> = { readonly [K in keyof T]: AnyTensor };

/** The pieces of a file in order: the header, then tensor by tensor, widest elements first so that all are aligned. */
export function* encodeParts(
  tensors: Readonly<Record<string, AnyTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  if (unsupportedMachine !== null) throw new ArgumentError(`safetensors: ${unsupportedMachine}.`);
  if (Object.hasOwn(tensors, '__metadata__'))
    throw new ArgumentError('safetensors: no tensor can have the name __metadata__; give it another.');
  const order = Object.entries(tensors).sort(
    ([a, x], [b, y]) => y.dtype.bytes - x.dtype.bytes || (a < b ? -1 : a > b ? 1 : 0),
  );
  let end = 0;
  const fields = order.map(([name, x]): [string, unknown] => {
    const start = end;
    end += x.size * x.dtype.bytes;
    return [name, { dtype: codeOf(x), shape: x.shape, data_offsets: [start, end] }];
  });
  const head: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]];
  const text = encodeText(JSON.stringify(Object.fromEntries([...head, ...fields])));
  const length = Math.ceil(text.length / 8) * 8;
  if (length > largestHeader)
    throw new ArgumentError(`safetensors: the header would take ${length} bytes, more than ${largestHeader}.`);
  const header = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(header.buffer).setUint32(0, length, true);
  new DataView(header.buffer).setUint32(4, 0, true);
  header.set(text, lengthBytes);
  yield header;
  for (const [, x] of order) yield bytesOf(x, 'safetensors');
}

/**
 * The bytes of a safetensors file.
 *
 * @throws ArgumentError when a tensor is named __metadata__
 * @example
 * encodeSafetensors({ w: tensor([1, 2]) }).length // => 8 + 56 + 8
 */
export const encodeSafetensors = function <T extends Named<T>>(
  tensors: T,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  atMost('encodeSafetensors', arguments, 2);
  return joined([...encodeParts(tensors, metadata)]);
};

/** One array of many. */
export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};
