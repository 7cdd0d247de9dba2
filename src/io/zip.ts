// Zip archives, as far as .npz needs them: stored or deflated entries; zip64 is read, not written
// (pkware.com/appnote, APPNOTE.TXT sections 4.3 to 4.5).
import * as E from 'fp-ts/lib/Either.js';
import { crc32 } from './crc32';
import type { FormatError } from './error';
import { decodeText, encodeText, quoted } from './text';

const signature = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator: 0x07064b50,
} as const;
const fixed = { local: 30, central: 46, end: 22, end64: 56, locator: 20 } as const;
const longestComment = 65535;
/** In place of a number that stands in the zip64 extension. */
const elsewhere = 0xffffffff;
const zip64 = 1;
/** Deflate spends at least two bits on 258 bytes. */
const bestRatio = 1032;

/** An entry of an archive: its name and where its bytes lie. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly checksum: number;
  readonly size: number;
  /** The bytes as stored. */
  readonly stored: Uint8Array;
}

const fault = (_tag: FormatError['_tag'], message: string): E.Either<FormatError, never> =>
  E.left({ _tag, message: `zip: ${message}` });
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the end record lies: the comment after it reaches exactly to the end of the file. */
const findEnd = (view: DataView): number | null => {
  const lowest = Math.max(0, view.byteLength - fixed.end - longestComment);
  for (let at = view.byteLength - fixed.end; at >= lowest; at--)
    if (
      view.getUint32(at, true) === signature.end &&
      at + fixed.end + view.getUint16(at + 20, true) === view.byteLength
    )
      return at;
  return null;
};

/** Numbers of 64 bits; those that no array has a place for are rounded, and refused as too large for the file. */
const wideAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

interface Directory {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}
/** Where the directory lies: as the end record says, or the zip64 end record that the locator before it points to. */
const findDirectory = (view: DataView, end: number): E.Either<FormatError, Directory> => {
  const locator = end - fixed.locator;
  if (locator < 0 || view.getUint32(locator, true) !== signature.locator)
    return E.right({ count: view.getUint16(end + 10, true), from: view.getUint32(end + 16, true), to: end });
  const at = wideAt(view, locator + 8);
  if (
    at + fixed.end64 > locator ||
    view.getUint32(at, true) !== signature.end64 ||
    at + 12 + wideAt(view, at + 4) !== locator
  )
    return fault('BadHeader', 'the zip64 end record does not lie where its locator says; the archive is corrupt.');
  return E.right({ count: wideAt(view, at + 32), from: wideAt(view, at + 48), to: at });
};

/** The numbers of a record of the directory, those that stand elsewhere taken from its zip64 extension in their order. */
const widened = (view: DataView, numbers: readonly number[], from: number, to: number): readonly number[] | null => {
  if (!numbers.includes(elsewhere)) return numbers;
  let at = from;
  while (at + 4 <= to && view.getUint16(at, true) !== zip64) at += 4 + view.getUint16(at + 2, true);
  if (at + 4 > to) return null;
  const stop = at + 4 + view.getUint16(at + 2, true);
  const missing = numbers.filter((x) => x === elsewhere).length;
  if (stop > to || at + 4 + 8 * missing > stop) return null;
  let next = at + 4;
  return numbers.map((x) => {
    if (x !== elsewhere) return x;
    next += 8;
    return wideAt(view, next - 8);
  });
};

/** The entry that a record of the directory describes, and where it ends in the file. */
const readEntry = (
  bytes: Uint8Array,
  view: DataView,
  at: number,
  directory: number,
): E.Either<FormatError, { readonly entry: ZipEntry; readonly from: number; readonly to: number }> => {
  const [flags, method, checksum] = [
    view.getUint16(at + 8, true),
    view.getUint16(at + 10, true),
    view.getUint32(at + 16, true),
  ];
  const nameBytes = bytes.subarray(at + fixed.central, at + fixed.central + view.getUint16(at + 28, true));
  const name = decodeText(nameBytes);
  if (name === null) return fault('BadHeader', 'the name of an entry is not UTF-8; the archive is corrupt.');
  const what = `entry ${quoted(name)}`;
  // The extension holds the size before the stored size.
  const extra = at + fixed.central + nameBytes.length;
  const numbers = widened(
    view,
    [24, 20, 42].map((field) => view.getUint32(at + field, true)),
    extra,
    extra + view.getUint16(at + 30, true),
  );
  if (numbers === null) return fault('BadHeader', `${what} has no whole zip64 extension; the archive is corrupt.`);
  const [size, storedSize, from] = numbers as readonly [number, number, number];
  if ((flags & 1) === 1) return fault('UnknownFormat', `${what} is encrypted; save it without a password.`);
  if (method !== 0 && method !== 8)
    return fault(
      'UnknownFormat',
      `${what} is compressed by method ${method}; only stored (0) and deflate (8) are read.`,
    );
  if (method === 0 ? size !== storedSize : size > bestRatio * storedSize)
    return fault('BadHeader', `${what} claims ${size} bytes from ${storedSize}, which its method cannot give.`);
  const corrupt = fault('BadHeader', `${what} does not lie where the directory says; the archive is corrupt.`);
  if (from + fixed.local > directory || view.getUint32(from, true) !== signature.local) return corrupt;
  const nameLength = view.getUint16(from + 26, true);
  const start = from + fixed.local + nameLength + view.getUint16(from + 28, true);
  const to = start + storedSize;
  const localName = bytes.subarray(from + fixed.local, from + fixed.local + nameLength);
  if (to > directory || nameLength !== nameBytes.length || localName.some((b, i) => b !== nameBytes[i])) return corrupt;
  return E.right({
    entry: { name, deflated: method === 8, checksum, size, stored: bytes.subarray(start, to) },
    from,
    to,
  });
};

/** The entries of an archive; nothing is decompressed yet. */
export const decodeZip = (bytes: Uint8Array): E.Either<FormatError, readonly ZipEntry[]> => {
  const view = viewOf(bytes);
  const end = findEnd(view);
  if (end === null)
    return fault('UnknownFormat', 'there is no end record; the archive is incomplete, or it is another format.');
  const place = findDirectory(view, end);
  if (E.isLeft(place)) return place;
  const { count, from: directory, to: stop } = place.right;
  const found: { readonly entry: ZipEntry; readonly from: number; readonly to: number }[] = [];
  let at = directory;
  while (at + fixed.central <= stop && view.getUint32(at, true) === signature.central) {
    const next = at + fixed.central + [28, 30, 32].reduce((n, field) => n + view.getUint16(at + field, true), 0);
    if (next > stop) break;
    const entry = readEntry(bytes, view, at, directory);
    if (E.isLeft(entry)) return entry;
    found.push(entry.right);
    at = next;
  }
  if (at !== stop || found.length !== count)
    return fault('BadHeader', `the directory has ${found.length} whole records of ${count}; the archive is corrupt.`);
  // Entries that share bytes could expand without bound.
  const order = [...found].sort((a, b) => a.from - b.from);
  if (order.some(({ from }, i) => i > 0 && from < (order[i - 1] as { readonly to: number }).to))
    return fault('BadHeader', 'entries overlap; the archive is corrupt.');
  if (new Set(found.map(({ entry }) => entry.name)).size !== found.length)
    return fault('BadHeader', 'two entries have the same name; the archive is corrupt.');
  return E.right(found.map(({ entry }) => entry));
};

interface Reader {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  readonly cancel: () => Promise<void>;
}
interface Writer {
  readonly write: (chunk: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}
interface Streams {
  readonly DecompressionStream: new (
    format: 'deflate-raw',
  ) => { readonly readable: { getReader(): Reader }; readonly writable: { getWriter(): Writer } };
}

/** Fills `out` exactly, or gives null: no more than that is ever held. */
const inflate = async (stored: Uint8Array, out: Uint8Array): Promise<Uint8Array | null> => {
  const stream = new (globalThis as unknown as Streams).DecompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  let length = 0;
  try {
    // The reader below reports what fails here.
    void writer
      .write(stored)
      .then(() => writer.close())
      .catch(() => undefined);
    for (;;) {
      const { done, value } = await reader.read();
      if (done || value === undefined) return length === out.length ? out : null;
      if (length + value.length > out.length) {
        void reader.cancel().catch(() => undefined);
        return null;
      }
      out.set(value, length);
      length += value.length;
    }
  } catch {
    return null;
  }
};

const allocate = (size: number): Uint8Array | null => {
  try {
    return new Uint8Array(size);
  } catch {
    return null;
  }
};

/** The contents of an entry, decompressed and checked against its checksum. */
export const contentsOf = async ({
  name,
  deflated,
  checksum,
  size,
  stored,
}: ZipEntry): Promise<E.Either<FormatError, Uint8Array>> => {
  const room = deflated ? allocate(size) : stored;
  if (room === null)
    return fault('TooLarge', `entry ${quoted(name)} takes ${size} bytes, for which there is no memory.`);
  const contents = deflated ? await inflate(stored, room) : stored;
  if (contents === null || crc32([contents]) !== checksum)
    return fault(
      'ChecksumMismatch',
      `the contents of entry ${quoted(name)} are not those that were written; the archive is corrupt.`,
    );
  return E.right(contents);
};

/** The pieces of an archive of stored entries. */
export function* zipParts(
  entries: Iterable<readonly [name: string, parts: readonly Uint8Array[]]>,
): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, parts] of entries) {
    const text = encodeText(name);
    const size = parts.reduce((n, part) => n + part.length, 0);
    const checksum = crc32(parts);
    const central = new Uint8Array(fixed.central + text.length);
    const local = new Uint8Array(fixed.local + text.length);
    for (const [record, sign, shift] of [
      [local, signature.local, 0],
      [central, signature.central, 2],
    ] as const) {
      const view = viewOf(record);
      view.setUint32(0, sign, true);
      view.setUint16(4, 20, true);
      view.setUint16(4 + shift, 20, true);
      // Names are UTF-8; the date is the first one there is, so that equal arrays give equal bytes.
      view.setUint16(6 + shift, 0x800, true);
      view.setUint16(12 + shift, 0x21, true);
      view.setUint32(14 + shift, checksum, true);
      view.setUint32(18 + shift, size, true);
      view.setUint32(22 + shift, size, true);
      view.setUint16(26 + shift, text.length, true);
      record.set(text, record.length - text.length);
    }
    viewOf(central).setUint32(42, at, true);
    directory.push(central);
    yield local;
    yield* parts;
    at += local.length + size;
  }
  const end = new Uint8Array(fixed.end);
  const view = viewOf(end);
  view.setUint32(0, signature.end, true);
  view.setUint16(8, directory.length, true);
  view.setUint16(10, directory.length, true);
  view.setUint32(
    12,
    directory.reduce((n, record) => n + record.length, 0),
    true,
  );
  view.setUint32(16, at, true);
  yield* directory;
  yield end;
}
