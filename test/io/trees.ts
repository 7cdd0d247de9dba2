// Arbitrary tensors with arbitrary bits, and comparison of tensors by their bits.
import { type AnyTensor, bitcast, bool, dtypes, f64, tensor, u8, u16, u32 } from 'adjoint';
import fc from 'fast-check';

/** Any shape, dtype and bits, NaN payloads included. */
export const tensors: fc.Arbitrary<AnyTensor> = fc
  .tuple(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), fc.constantFrom(...dtypes))
  .chain(([shape, dtype]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    return fc.uint8Array({ minLength: size * dtype.bytes, maxLength: size * dtype.bytes }).map((bytes): AnyTensor => {
      const own = new Uint8Array(bytes);
      if (dtype === bool)
        return tensor(
          own.map((b) => b % 2),
          bool,
        ).reshape(shape);
      const bits = dtype.bytes === 8 ? f64 : dtype.bytes === 4 ? u32 : dtype.bytes === 2 ? u16 : u8;
      const data =
        dtype.bytes === 8
          ? new Float64Array(own.buffer)
          : dtype.bytes === 4
            ? new Uint32Array(own.buffer)
            : dtype.bytes === 2
              ? new Uint16Array(own.buffer)
              : own;
      return bitcast(tensor(data, bits), dtype).reshape(shape);
    });
  });

export const named = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 8 }), tensors, { maxKeys: 4 });

/** dtype, shape and bits of every tensor. */
export const bits = (tensors: Readonly<Record<string, AnyTensor>>): readonly unknown[] =>
  Object.keys(tensors)
    .sort()
    .map((name) => {
      const x = tensors[name] as AnyTensor;
      const isHalf = x.dtype.kind === 'float' && x.dtype.bytes === 2;
      const data: ArrayBufferView = (isHalf ? bitcast(x, u16) : x).toTypedArray();
      return [
        name,
        x.dtype.name,
        [...x.shape],
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
      ];
    });
