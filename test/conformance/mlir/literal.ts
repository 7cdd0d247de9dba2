// Types and dense constants.

import { sizeOf } from '../../../src/core/aval';
import { allocate, bool, type DType, f32, f64, i32, u32 } from '../../../src/core/dtype';
import { type ConcreteArray, concreteArray } from '../../../src/core/value';
import { NotApplicable } from '../ledger';

export interface TensorType {
  readonly shape: readonly number[];
  /** As written: f32, i64, complex<f32> ... */
  readonly element: string;
}

/** Every tensor type in the text, in order. */
export const tensorTypes = (text: string): TensorType[] =>
  [...text.matchAll(/tensor<((?:\d+x)*)((?:[^<>]|<[^<>]*>)+)>/g)].map(([, dims, element]) => ({
    shape: (dims as string).split('x').filter(Boolean).map(Number),
    element: element as string,
  }));

const dtypes: Readonly<Record<string, DType>> = { f32, f64, i32, ui32: u32, i1: bool, i64: i32 };

/** The dtype a tensor type is read as. i64, the index type of these files, is read as i32 and every constant is checked to fit. */
export const dtypeOf = ({ element }: TensorType): DType => {
  const dtype = dtypes[element];
  if (dtype === undefined)
    throw new NotApplicable(`element type ${element.includes('?') ? 'of unknown shape' : element}`);
  return dtype;
};

const outOfRange = (): NotApplicable => new NotApplicable('int64 constants outside the range of i32');
const checkedInt = (x: bigint | number): number => {
  if (x < -2147483648 || x > 2147483647) throw outOfRange();
  return Number(x);
};

const view = new DataView(new ArrayBuffer(8));
const floatOfBits = (digits: string, dtype: DType): number => {
  if (dtype === f64) {
    view.setBigUint64(0, BigInt(digits));
    return view.getFloat64(0);
  }
  view.setUint32(0, Number(digits));
  return view.getFloat32(0);
};

const widths: Readonly<Record<string, number>> = { f32: 4, f64: 8, i32: 4, ui32: 4, i64: 8 };

const fromHex = (digits: string, { shape, element }: TensorType, dtype: DType): ConcreteArray => {
  const bytes = Buffer.from(digits, 'hex');
  const out = allocate(dtype, sizeOf(shape));
  if (element === 'i1') {
    const packed = bytes.length * 8 - 7 <= out.length;
    for (let i = 0; i < out.length; i++)
      out[i] = packed ? ((bytes[i >> 3] as number) >> (i & 7)) & 1 : (bytes[i] as number) !== 0 ? 1 : 0;
    return concreteArray(shape, dtype, out);
  }
  const width = widths[element] as number;
  const splat = bytes.length === width;
  for (let i = 0; i < out.length; i++) {
    const at = splat ? 0 : i * width;
    out[i] =
      element === 'f32'
        ? bytes.readFloatLE(at)
        : element === 'f64'
          ? bytes.readDoubleLE(at)
          : element === 'i64'
            ? checkedInt(bytes.readBigInt64LE(at))
            : element === 'i32'
              ? bytes.readInt32LE(at)
              : bytes.readUInt32LE(at);
  }
  return concreteArray(shape, dtype, out);
};

const oneNumber = (word: string, element: string, dtype: DType): number => {
  if (word === 'true') return 1;
  if (word === 'false') return 0;
  if (word.startsWith('0x')) return dtype.kind === 'float' ? floatOfBits(word, dtype) : Number(word);
  return element === 'i64' ? checkedInt(BigInt(word)) : Number(word);
};

/** The tensor of `dense<content>`: hex of all bytes, nested lists, or one number for all elements. */
export const dense = (content: string, type: TensorType): ConcreteArray => {
  const dtype = dtypeOf(type);
  const hex = /^\s*"0x([0-9A-Fa-f]*)"\s*$/.exec(content);
  if (hex) return fromHex(hex[1] as string, type, dtype);
  const words = content.match(/[^\s,[\]]+/g) ?? [];
  const numbers = words.map((w) => oneNumber(w, type.element, dtype));
  const out = allocate(dtype, sizeOf(type.shape));
  if (numbers.length !== 1 && numbers.length !== out.length)
    throw new Error(`mlir: ${numbers.length} numbers for a tensor of ${out.length}`);
  for (let i = 0; i < out.length; i++) out[i] = numbers[numbers.length === 1 ? 0 : i] as number;
  return concreteArray(type.shape, dtype, out);
};
