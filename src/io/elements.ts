// How the element types of files become dtypes, and the bytes of tensors.
import { publish, valueFrom } from '../array/tensor';
import { type Data, f32 as float32 } from '../core/dtype';
import { ConcreteArray, concreteArray } from '../core/value';
import { type AnyTensor, bool, type DType, f32, f64, i32, u32 } from '../index';

/**
 * An element type of files: what a tensor of it becomes, and how. Types that adjoint has keep their bits; narrower numbers
 * widen without loss (16- and 8-bit floats to f32, 16- and 8-bit integers to i32); 64-bit integers become i32 or u32, and
 * are refused where they do not fit; bool is 0 or 1.
 */
export interface ElementType {
  readonly bytes: number;
  readonly dtype: DType;
  /** The elements in bytes that begin a buffer of their own, or what is wrong with one of them. */
  readonly decode: (own: Uint8Array<ArrayBuffer>) => Data | string;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Why files cannot be read or written here at all, if so. */
export const unsupportedMachine: string | null = isLittleEndian
  ? null
  : 'this machine stores numbers big-endian, which is not supported';

const kept = (dtype: DType, view: (buffer: ArrayBuffer) => Data): ElementType => ({
  bytes: dtype.bytes,
  dtype,
  decode: (own) => view(own.buffer),
});

const truth: ElementType = {
  bytes: 1,
  dtype: bool,
  decode: (own) => {
    const wrong = own.findIndex((b) => b > 1);
    return wrong < 0 ? own : `element ${wrong} is the byte ${own[wrong]}, but a bool is 0 or 1`;
  },
};

const widened = (bytes: number, view: (buffer: ArrayBuffer) => ArrayLike<number>): ElementType => ({
  bytes,
  dtype: i32,
  decode: (own) => Int32Array.from(view(own.buffer)),
});

const narrowed = (dtype: DType, view: (buffer: ArrayBuffer) => BigInt64Array | BigUint64Array): ElementType => ({
  bytes: 8,
  dtype,
  decode: (own) => {
    const source = view(own.buffer);
    const out = dtype === i32 ? new Int32Array(source.length) : new Uint32Array(source.length);
    for (let i = 0; i < out.length; i++) {
      out[i] = Number(source[i]);
      if (BigInt(out[i] as number) !== source[i])
        return `element ${i} is ${source[i]}, which ${dtype.name} does not hold; save it as a float or in fewer bits`;
    }
    return out;
  },
});

/** Floats of a sign, an exponent and a fraction; the last exponent is for infinities and NaN, or for one NaN only. */
const smallFloat = (exponentBits: number, fractionBits: number, special: 'ieee' | 'oneNaN'): ElementType => {
  const bias = 2 ** (exponentBits - 1) - 1;
  const last = 2 ** exponentBits - 1;
  const steps = 2 ** fractionBits;
  const numberOf = (code: number): number => {
    const fraction = code % steps;
    const exponent = Math.floor(code / steps) % (last + 1);
    const sign = code >= steps * (last + 1) ? -1 : 1;
    if (exponent === last && special === 'ieee') return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === last && fraction === steps - 1) return NaN;
    return exponent === 0
      ? sign * fraction * 2 ** (1 - bias - fractionBits)
      : sign * (1 + fraction / steps) * 2 ** (exponent - bias);
  };
  const bytes = (1 + exponentBits + fractionBits) / 8;
  let table: Float32Array | null = null;
  return {
    bytes,
    dtype: float32,
    decode: (own) => {
      table ??= Float32Array.from({ length: 2 ** (8 * bytes) }, (_, code) => numberOf(code));
      const codes = bytes === 1 ? own : new Uint16Array(own.buffer);
      const out = new Float32Array(codes.length);
      for (let i = 0; i < out.length; i++) out[i] = table[codes[i] as number] as number;
      return out;
    },
  };
};

export const elementTypes = {
  f32: kept(f32, (buffer) => new Float32Array(buffer)),
  f64: kept(f64, (buffer) => new Float64Array(buffer)),
  i32: kept(i32, (buffer) => new Int32Array(buffer)),
  u32: kept(u32, (buffer) => new Uint32Array(buffer)),
  bool: truth,
  i8: widened(1, (buffer) => new Int8Array(buffer)),
  u8: widened(1, (buffer) => new Uint8Array(buffer)),
  i16: widened(2, (buffer) => new Int16Array(buffer)),
  u16: widened(2, (buffer) => new Uint16Array(buffer)),
  i64: narrowed(i32, (buffer) => new BigInt64Array(buffer)),
  u64: narrowed(u32, (buffer) => new BigUint64Array(buffer)),
  f16: smallFloat(5, 10, 'ieee'),
  bf16: smallFloat(8, 7, 'ieee'),
  f8e5m2: smallFloat(5, 2, 'ieee'),
  f8e4m3: smallFloat(4, 3, 'oneNaN'),
} as const satisfies Record<string, ElementType>;

/** The number of elements, or null where it is beyond what a machine can address. */
export const countOf = (shape: readonly number[]): number | null => {
  const others = shape.filter((d) => d !== 0).reduce((n, d) => n * d, 1);
  return others > Number.MAX_SAFE_INTEGER ? null : others === 0 || shape.includes(0) ? 0 : others;
};

/** A tensor around elements that nobody else will write: a file read into memory is not copied again. */
export const adopt = (shape: readonly number[], dtype: DType, data: Data): AnyTensor =>
  publish(concreteArray([...shape], dtype, data));

/** The bytes of a tensor, to be read at once and never written. */
export const bytesOf = (x: AnyTensor, use: string): Uint8Array => {
  const value = valueFrom(x, use);
  const data: ArrayBufferView = value instanceof ConcreteArray ? value.data : x.toTypedArray();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};
