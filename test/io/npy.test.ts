import { dtypes as allDTypes, bf16, bool, type DType, tensor, zeros } from 'adjoint';
import { decodeNpy, encodeNpy } from 'adjoint/io';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const dtypes = fc.constantFrom<DType>(...allDTypes.filter((d) => d.name !== 'bf16'));
const tensors = fc
  .tuple(shapes, dtypes, fc.infiniteStream(fc.integer({ min: 0, max: 1000 })))
  .map(([shape, dtype, numbers]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    const data = Array.from({ length: size }, () => {
      const { value } = numbers.next();
      if (dtype === bool) return value % 2;
      return dtype.kind === 'float' ? value / 8 : dtype.bytes === 1 ? value % 100 : value;
    });
    return tensor(data, dtype).reshape([...shape]);
  });

/** As numpy.save writes an array of this descr and shape. */
const fromNumpy = (descr: string, shape: string, data: ArrayBuffer, order = 'False'): Uint8Array =>
  Uint8Array.from([
    ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0],
    ...Array.from(`${`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117)}\n`, (c) =>
      c.charCodeAt(0),
    ),
    ...new Uint8Array(data),
  ]);
const row = fromNumpy('<f4', '(1, 3)', Float32Array.of(1, 2, 3).buffer);
const contents = (bytes: Uint8Array): unknown => {
  const out = decodeNpy(bytes);
  return E.isRight(out) ? [out.right.dtype.name, out.right.toArray()] : out.left.message;
};

describe('npy', () => {
  it('reads what NumPy writes', () => {
    expect(contents(row)).toEqual(['f32', [[1, 2, 3]]]);
    expect(encodeNpy(tensor([[1, 2, 3]]))).toEqual(row);
  });
  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(tensors, (x) => {
        const back = decodeNpy(encodeNpy(x));
        expect(E.isRight(back) && [back.right.dtype, back.right.shape, back.right.toTypedArray()]).toEqual([
          x.dtype,
          x.shape,
          x.toTypedArray(),
        ]);
      }),
    );
    expect(() => encodeNpy(tensor([1], bf16))).toThrow('NPY has no bf16');
  });
  it('reads the default integers of NumPy, and refuses those that do not fit', () => {
    expect(contents(fromNumpy('<i8', '(2,)', BigInt64Array.of(-5n, 2147483647n).buffer))).toEqual([
      'i32',
      [-5, 2147483647],
    ]);
    expect(contents(fromNumpy('<i8', '(2,)', BigInt64Array.of(0n, 2147483648n).buffer))).toBe(
      'NPY: element 1 is 2147483648, which i32 does not hold; save it as a float or in fewer bits.',
    );
    expect(contents(fromNumpy('|u1', '(2,)', Uint8Array.of(0, 255).buffer))).toEqual(['u8', [0, 255]]);
    expect(contents(fromNumpy('<f2', '(2,)', Uint16Array.of(0x3c00, 0xfc00).buffer))).toEqual(['f16', [1, -Infinity]]);
  });
  it('reads either byte order', () => {
    const reversed = (buffer: ArrayBuffer, width: number): ArrayBuffer => {
      const bytes = Array.from(new Uint8Array(buffer));
      const elements = Array.from({ length: bytes.length / width }, (_, i) => bytes.slice(i * width, (i + 1) * width));
      return Uint8Array.from(elements.flatMap((b) => b.reverse())).buffer;
    };
    const cases = [
      ['f4', Float32Array.of(1.5, -2, Infinity)],
      ['f8', Float64Array.of(Math.PI, -1e300, 0)],
      ['i4', Int32Array.of(-5, 2 ** 30, 1)],
      ['u4', Uint32Array.of(2 ** 31, 7, 0)],
      ['i2', Int16Array.of(-300, 7, 1)],
      ['u2', Uint16Array.of(60000, 7, 1)],
      ['i8', BigInt64Array.of(-5n, 7n, 1n)],
      ['u8', BigUint64Array.of(5n, 7n, 1n)],
      ['f2', Uint16Array.of(0x3c00, 0xfc00, 0x3555)],
    ] as const;
    for (const [code, data] of cases) {
      const little = contents(fromNumpy(`<${code}`, '(3,)', data.buffer));
      expect(little).toHaveLength(2);
      expect(contents(fromNumpy(`>${code}`, '(3,)', reversed(data.buffer, data.BYTES_PER_ELEMENT)))).toEqual(little);
    }
    // numpy.arange(3, dtype='>f4').tobytes()
    const bytes = Uint8Array.of(0, 0, 0, 0, 0x3f, 0x80, 0, 0, 0x40, 0, 0, 0).buffer;
    expect(contents(fromNumpy('>f4', '(3,)', bytes))).toEqual(['f32', [0, 1, 2]]);
    for (const code of ['>c8', '>c16', '>U1', '>f16', '>b1', '|O'])
      expect(contents(fromNumpy(code, '(1,)', bytes))).toContain(`dtype "${code}" is none of`);
  });
  it('reads column-major arrays', () => {
    const columns = fromNumpy('<f4', '(2, 3)', Float32Array.of(1, 4, 2, 5, 3, 6).buffer, 'True');
    expect(contents(columns)).toEqual([
      'f32',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]);
  });
  it("copies, also out of Node's buffers, which share their memory", () => {
    const buffer = Buffer.from(row);
    const read = decodeNpy(buffer);
    buffer.fill(0);
    expect(E.isRight(read) && read.right.toArray()).toEqual([[1, 2, 3]]);
  });
  it('gives an error, never a wrong array, for every truncation', () => {
    const bytes = encodeNpy(zeros([3, 2]));
    for (let n = 0; n < bytes.length; n++) expect(E.isLeft(decodeNpy(bytes.slice(0, n)))).toBe(true);
    expect(E.isLeft(decodeNpy(Uint8Array.from([...bytes, 0])))).toBe(true);
  });
  it('says what is wrong', () => {
    const changed = (from: string, to: string): string => {
      const text = String.fromCharCode(...row).replace(from, to);
      const out = decodeNpy(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      return E.isLeft(out) ? out.left._tag : 'accepted';
    };
    expect(changed('<f4', '<c8')).toBe('UnknownDtype');
    expect(changed('False', 'Maybe')).toBe('BadHeader');
    expect(changed('(1, 3)', '(1, 4)')).toBe('LengthMismatch');
    expect(changed('NUMPY', 'NUMPX')).toBe('UnknownFormat');
    expect(changed('(1, 3)', '(1;-3)')).toBe('BadHeader');
  });
});
