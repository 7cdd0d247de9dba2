// NPY, NumPy's file format for one array (numpy.org/doc/stable/reference/generated/numpy.lib.format.html), little-endian, row-major.
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import { type AnyTensor, bool, type DType, f32, f64, i32, reshape, tensor, u32 } from '../index';

/** Why bytes are no array: what was found, what was expected, what to do. */
export type NpyError =
  | { readonly _tag: 'NotNpy'; readonly message: string }
  | { readonly _tag: 'BadHeader'; readonly message: string }
  | { readonly _tag: 'UnknownDtype'; readonly found: string; readonly message: string }
  | { readonly _tag: 'LengthMismatch'; readonly expected: number; readonly found: number; readonly message: string };

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
const codes = [
  ['<f4', f32],
  ['<f8', f64],
  ['<i4', i32],
  ['<u4', u32],
  ['|b1', bool],
] as const satisfies readonly (readonly [string, DType])[];

const Header = t.readonly(
  t.type({
    descr: t.string,
    fortran_order: t.literal(false),
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

const badHeader = (text: string): NpyError => ({
  _tag: 'BadHeader',
  message: `NPY: the header is ${JSON.stringify(text.trim().slice(0, 120))}; expected descr, fortran_order False and shape. Save with numpy.save(file, numpy.ascontiguousarray(x)).`,
});

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const decodeBody = (bytes: Uint8Array, start: number, { descr, shape }: Header): E.Either<NpyError, AnyTensor> => {
  const dtype = codes.find(([code]) => code === descr)?.[1];
  if (dtype === undefined)
    return E.left({
      _tag: 'UnknownDtype',
      found: descr,
      message: `NPY: dtype ${descr} is none of ${codes.map(([code]) => code).join(', ')}. Convert it before saving: x.astype('float32').`,
    });
  const size = shape.reduce((n, d) => n * d, 1);
  const expected = size * dtype.bytes;
  const found = bytes.length - start;
  if (found !== expected)
    return E.left({
      _tag: 'LengthMismatch',
      expected,
      found,
      message: `NPY: ${dtype.name} of shape [${shape.join(', ')}] takes ${expected} bytes after the header, the file has ${found}. It is incomplete or corrupt.`,
    });
  const body = bytes.slice(start).buffer;
  const elements =
    dtype === f32
      ? new Float32Array(body)
      : dtype === f64
        ? new Float64Array(body)
        : dtype === i32
          ? new Int32Array(body)
          : dtype === u32
            ? new Uint32Array(body)
            : Array.from(new Uint8Array(body), (b) => b !== 0);
  const flat: AnyTensor = tensor(elements, dtype);
  return E.right(reshape(flat, [...shape]));
};

/**
 * The array in the bytes of a .npy file.
 *
 * @example
 * E.map((x) => x.toArray())(decodeNpy(encodeNpy(tensor([1, 2])))) // => E.right([1, 2])
 */
export const decodeNpy = (bytes: Uint8Array): E.Either<NpyError, AnyTensor> => {
  if (!littleEndian)
    return E.left({ _tag: 'NotNpy', message: 'NPY: this machine stores numbers big-endian, which is not supported.' });
  if (bytes.length < 10 || magic.some((b, i) => bytes[i] !== b))
    return E.left({
      _tag: 'NotNpy',
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

/**
 * The bytes of a .npy file that numpy.load reads.
 *
 * @example
 * encodeNpy(tensor([1, 2])).length // => 136
 */
export const encodeNpy = (x: AnyTensor): Uint8Array => {
  const code = codes.find(([, dtype]) => dtype === x.dtype)?.[0];
  const shape = Array.from({ length: x.ndim }, (_, d) => x.shape[d] as number);
  const text = `{'descr': '${code}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 10 - 1)}\n`;
  const data: ArrayBufferView = x.toTypedArray();
  const out = new Uint8Array(10 + padded.length + data.byteLength);
  out.set(magic);
  out.set([1, 0, padded.length & 255, padded.length >> 8], 6);
  out.set(
    Array.from(padded, (c) => c.charCodeAt(0)),
    10,
  );
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + padded.length);
  return out;
};
