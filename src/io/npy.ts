// NPY, NumPy's file format for one array (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): read in either byte order,
// written little-endian.

import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import { atMost } from '../core/arguments';
import { type DType, dtypes, recordOf } from '../core/dtype';
import { type AnyTensor, ArgumentError, transpose } from '../index';
import { adopt, bytesOf, countOf, type ElementType, elementTypes, unsupportedMachine } from './elements';
import type { FormatError } from './error';
import { joined } from './safetensors';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

const codes: Readonly<Record<string, ElementType>> = {
  ...Object.fromEntries(
    dtypes.flatMap((d) => (recordOf(d).npy === null ? [] : [[recordOf(d).npy, elementTypes[d.name]]])),
  ),
  '<i8': elementTypes.i64,
  '<u8': elementTypes.u64,
};
/** The element type of a descr, and whether its bytes stand the other way round: big-endian begins with `>`. */
const elementOf = (descr: string): { readonly element: ElementType; readonly reversed: boolean } | null => {
  const reversed = descr.startsWith('>');
  const code = reversed ? `<${descr.slice(1)}` : descr;
  const element = Object.hasOwn(codes, code) ? codes[code] : undefined;
  return element === undefined ? null : { element, reversed };
};
/** The bytes with those of every element in reverse order. */
const swapped = (bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> => {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
};

const Header = t.readonly(
  t.type({
    descr: t.string,
    fortran_order: t.boolean,
    shape: t.readonlyArray(t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'Size')),
  }),
  'NpyHeader',
);
type Header = t.TypeOf<typeof Header>;

/** The header is a Python literal; of those, this is the part that NumPy writes. */
const parseHeader = (text: string): unknown => {
  const field = (name: string, pattern: string): string | undefined =>
    new RegExp(`'${name}':\\s*(?:${pattern})`).exec(text)?.[1];
  const shape = field('shape', '\\(([\\d, ]*)\\)');
  const order = field('fortran_order', '(True|False)');
  return {
    descr: field('descr', "'([^']*)'"),
    fortran_order: order === undefined ? undefined : order === 'True',
    shape: shape
      ?.split(',')
      .filter((s) => s.trim() !== '')
      .map(Number),
  };
};

const badHeader = (text: string): FormatError => ({
  _tag: 'BadHeader',
  message: `NPY: the header is ${JSON.stringify(text.trim().slice(0, 120))}; expected descr, fortran_order and shape. Save with numpy.save(file, x).`,
});

const decodeBody = (
  bytes: Uint8Array,
  start: number,
  { descr, fortran_order, shape }: Header,
): E.Either<FormatError, AnyTensor> => {
  const known = elementOf(descr);
  if (known === null)
    return E.left({
      _tag: 'UnknownDtype',
      message: `NPY: dtype ${JSON.stringify(descr.slice(0, 40))} is none of ${Object.keys(codes).join(', ')} (or > for <). Convert it before saving: x.astype('float32').`,
    });
  const { element, reversed } = known;
  const count = countOf(shape);
  const found = bytes.length - start;
  if (count === null || found !== count * element.bytes)
    return E.left({
      _tag: 'LengthMismatch',
      message: `NPY: ${descr} of shape [${shape.join(', ')}] takes ${count === null ? 'too many' : count * element.bytes} bytes after the header, the file has ${found}. It is incomplete or corrupt.`,
    });
  const own = new Uint8Array(bytes.subarray(start));
  const data = element.decode(reversed ? swapped(own, element.bytes) : own);
  if (typeof data === 'string') return E.left({ _tag: 'BadElement', message: `NPY: ${data}.` });
  const dims = [...shape];
  return E.right(
    fortran_order && dims.length > 1
      ? transpose(adopt(dims.reverse(), element.dtype, data))
      : adopt(dims, element.dtype, data),
  );
};

/**
 * The array in the bytes of a .npy file. Element types that adjoint lacks are converted as decodeSafetensors does:
 * 64-bit integers become i32 or u32 where they fit. Big-endian arrays are read too.
 *
 * @example
 * E.map((x) => x.toArray())(decodeNpy(encodeNpy(tensor([1, 2])))) // => E.right([1, 2])
 */
export const decodeNpy = function (bytes: Uint8Array): E.Either<FormatError, AnyTensor> {
  atMost('decodeNpy', arguments, 1);
  if (unsupportedMachine !== null) return E.left({ _tag: 'UnknownFormat', message: `NPY: ${unsupportedMachine}.` });
  if (bytes.length < 10 || magic.some((b, i) => bytes[i] !== b))
    return E.left({
      _tag: 'UnknownFormat',
      message: 'NPY: the bytes do not start with \\x93NUMPY. Is it an .npz (a zip of .npy files), or another format?',
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = (bytes[6] as number) >= 2;
  if (wide && bytes.length < 12) return E.left(badHeader(''));
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, bytes.length, start + 65536)));
  if (end > bytes.length) return E.left(badHeader(text));
  return pipe(
    Header.decode(parseHeader(text)),
    E.mapLeft(() => badHeader(text)),
    E.chain((header) => decodeBody(bytes, end, header)),
  );
};

/** The pieces of a .npy file: header and elements. */
export const npyParts = (x: AnyTensor): readonly [header: Uint8Array, elements: Uint8Array] => {
  const { npy } = recordOf(x.dtype as DType);
  if (npy === null)
    throw new ArgumentError(
      `encodeNpy: NPY has no ${x.dtype.name}. Save it as safetensors, or convert it first: astype(x, f32).`,
    );
  const data = bytesOf(x, 'encodeNpy');
  const shape = Array.from({ length: x.ndim }, (_, d) => x.shape[d] as number);
  const text = `{'descr': '${npy}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 10 - 1)}\n`;
  const head = [...magic, 1, 0, padded.length & 255, padded.length >> 8];
  return [Uint8Array.from([...head, ...Array.from(padded, (c) => c.charCodeAt(0))]), data];
};

/**
 * The bytes of a .npy file that numpy.load reads.
 *
 * @throws ArgumentError for bf16, which NumPy does not have
 * @example
 * encodeNpy(tensor([1, 2])).length // => 136
 */
export const encodeNpy = function (x: AnyTensor): Uint8Array {
  atMost('encodeNpy', arguments, 1);
  return joined(npyParts(x));
};
