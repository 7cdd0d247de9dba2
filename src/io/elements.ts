// How the element types of files become dtypes, and the bytes of tensors.
import { publish, valueFrom } from '../array/tensor';
import { type Data, type DTypeName, f32 as float32, viewAt } from '../core/dtype';
import { ConcreteArray, concreteArray } from '../core/value';
import { type AnyTensor, bf16, bool, type DType, f16, f32, f64, i8, i16, i32, u8, u16, u32 } from '../index';

/**
 * An element type of files: what a tensor of it becomes, and how. Types that adjoint has keep their bits; floats of 8 bits
 * widen to f32 without loss; 64-bit integers become i32 or u32, and are refused where they do not fit; bool is 0 or 1.
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

const kept = (dtype: DType): ElementType => ({
  bytes: dtype.bytes,
  dtype,
  decode: (own) => viewAt(dtype, own.buffer, 0, own.length / dtype.bytes),
});

const truth: ElementType = {
  bytes: 1,
  dtype: bool,
  decode: (own) => {
    const wrong = own.findIndex((b) => b > 1);
    return wrong < 0 ? own : `element ${wrong} is the byte ${own[wrong]}, but a bool is 0 or 1`;
  },
};

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
  return { bytes: 1, dtype: float32, decode: (own) => Float32Array.from(own, numberOf) };
};

export const elementTypes = {
  f16: kept(f16),
  bf16: kept(bf16),
  f32: kept(f32),
  f64: kept(f64),
  i8: kept(i8),
  u8: kept(u8),
  i16: kept(i16),
  u16: kept(u16),
  i32: kept(i32),
  u32: kept(u32),
  bool: truth,
  i64: narrowed(i32, (buffer) => new BigInt64Array(buffer)),
  u64: narrowed(u32, (buffer) => new BigUint64Array(buffer)),
  f8e5m2: smallFloat(5, 2, 'ieee'),
  f8e4m3: smallFloat(4, 3, 'oneNaN'),
} as const satisfies Record<DTypeName, ElementType> & Record<string, ElementType>;

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
