import { bool, type DType, f32, f64, i32, tensor, u32, zeros } from 'adjoint';
import { decodeNpy, encodeNpy } from 'adjoint/io';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const dtypes = fc.constantFrom<DType>(f32, f64, i32, u32, bool);
const tensors = fc
  .tuple(shapes, dtypes, fc.infiniteStream(fc.integer({ min: 0, max: 1000 })))
  .map(([shape, dtype, numbers]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    const data = Array.from({ length: size }, () => {
      const { value } = numbers.next();
      return dtype === bool ? value % 2 : dtype.kind === 'float' ? value / 8 : value;
    });
    return tensor(data, dtype).reshape([...shape]);
  });

/** As numpy.save writes numpy.array([[1, 2, 3]], dtype='<f4'). */
const fromNumpy = Uint8Array.from([
  ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0],
  ...Array.from(`${"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }".padEnd(117)}\n`, (c) =>
    c.charCodeAt(0),
  ),
  ...new Uint8Array(new Float32Array([1, 2, 3]).buffer),
]);

describe('npy', () => {
  it('reads what NumPy writes', () => {
    const x = decodeNpy(fromNumpy);
    expect(E.isRight(x) && x.right.toArray()).toEqual([[1, 2, 3]]);
    expect(encodeNpy(tensor([[1, 2, 3]]))).toEqual(fromNumpy);
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
  });
  it('gives an error, never a wrong array, for every truncation', () => {
    const bytes = encodeNpy(zeros([3, 2]));
    for (let n = 0; n < bytes.length; n++) expect(E.isLeft(decodeNpy(bytes.slice(0, n)))).toBe(true);
    expect(E.isLeft(decodeNpy(Uint8Array.from([...bytes, 0])))).toBe(true);
  });
  it('says what is wrong', () => {
    const changed = (from: string, to: string): string => {
      const text = String.fromCharCode(...fromNumpy).replace(from, to);
      const out = decodeNpy(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      return E.isLeft(out) ? out.left._tag : 'accepted';
    };
    expect(changed('<f4', '<c8')).toBe('UnknownDtype');
    expect(changed('False', 'True ')).toBe('BadHeader');
    expect(changed('(1, 3)', '(1, 4)')).toBe('LengthMismatch');
    expect(changed('NUMPY', 'NUMPX')).toBe('NotNpy');
    expect(changed('(1, 3)', '(1;-3)')).toBe('BadHeader');
  });
});
