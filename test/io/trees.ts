// Arbitrary tensors with arbitrary bits, and comparison of tensors by their bits.
import { type AnyTensor, dtypes, tensor } from 'adjoint';
import fc from 'fast-check';

const widths = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, bool: Uint8Array } as const;

/** Any shape, dtype and bits, NaN payloads included. */
export const tensors: fc.Arbitrary<AnyTensor> = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), fc.constantFrom(...dtypes))
  .chain(([shape, dtype]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    return fc.uint8Array({ minLength: size * dtype.bytes, maxLength: size * dtype.bytes }).map((bytes): AnyTensor => {
      const own = new Uint8Array(bytes);
      const data = new widths[dtype.name](own.buffer);
      return tensor(dtype.name === 'bool' ? data.map((b) => b % 2) : data, dtype).reshape(shape);
    });
  });

export const named = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 8 }), tensors, { maxKeys: 4 });

/** dtype, shape and bits of every tensor. */
export const bits = (tensors: Readonly<Record<string, AnyTensor>>): readonly unknown[] =>
  Object.keys(tensors)
    .sort()
    .map((name) => {
      const x = tensors[name] as AnyTensor;
      const data: ArrayBufferView = x.toTypedArray();
      return [
        name,
        x.dtype.name,
        [...x.shape],
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
      ];
    });
