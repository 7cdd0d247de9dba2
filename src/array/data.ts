// Tensors from data: nested arrays, typed arrays, numbers.
import { atMost } from '../core/arguments';
import { sizeOf } from '../core/aval';
import {
  allocate,
  bool,
  type DType,
  dtypes,
  f16,
  f32,
  f64,
  i8,
  i16,
  i32,
  isDType,
  isFloat,
  rounder,
  u8,
  u16,
  u32,
} from '../core/dtype';
import { ArgumentError, DTypeError, ShapeError } from '../core/errors';
import { arrayOf, type ConcreteArray, concreteArray, Value } from '../core/value';
import type {
  DType as AnyDType,
  AnyTensor,
  DTypeOfNested,
  NestedArg,
  NestedData,
  ShapeOfNested,
  Tensor,
} from '../types';
import { describe, publish } from './tensor';

/** A dtype given by the user. */
export const checkDType = (name: string, dtype: unknown): DType => {
  if (isDType(dtype)) return dtype;
  throw new DTypeError(
    `${name}: expected a dtype (${dtypes.map((d) => d.name).join(', ')}), got ${describe(dtype)}. ` +
      "Import it: import { f32 } from 'adjoint'.",
  );
};

/** Rounds to a dtype; integers and bool take only numbers that they hold. */
export const storer = (name: string, dtype: DType): ((x: number) => number) => {
  const round = rounder(dtype);
  if (isFloat(dtype)) return round;
  return (x) => {
    if (round(x) === x) return x;
    throw new DTypeError(
      `${name}: ${x} is not a value of ${dtype.name}. Give a dtype that holds it, or convert with astype, which truncates.`,
    );
  };
};

/** The dtypes of typed arrays, by their names; integers of 64 bits are stored in 32, where they fit. */
const dtypesOfArrays: Readonly<Record<string, DType>> = {
  Float16Array: f16,
  Float32Array: f32,
  Float64Array: f64,
  Int8Array: i8,
  Uint8Array: u8,
  Uint8ClampedArray: u8,
  Int16Array: i16,
  Uint16Array: u16,
  Int32Array: i32,
  Uint32Array: u32,
  BigInt64Array: i32,
  BigUint64Array: u32,
};
const dtypeOfTypedArray = (data: ArrayBufferView): DType => {
  const name = Object.prototype.toString.call(data).slice('[object '.length, -1);
  const dtype = dtypesOfArrays[name];
  if (dtype === undefined)
    throw new ArgumentError(`tensor: a ${name} has no dtype here. Copy it to a Float32Array, Int32Array, ...`);
  return dtype;
};

const isList = (x: unknown): x is ArrayLike<unknown> => Array.isArray(x) || ArrayBuffer.isView(x);
const first = (x: unknown): unknown => (Array.isArray(x) ? x[0] : undefined);

/** Axes of nested data: more are taken for a mistake. */
const mostAxes = 1000;

const shapeOfNested = (data: unknown): number[] => {
  const shape: number[] = [];
  for (let x = data; isList(x); x = first(x)) {
    if (shape.length === mostAxes)
      throw new ShapeError(
        `tensor: the data is nested more than ${mostAxes} deep along data[0][0]..., or an array contains itself. An axis is one level of nesting.`,
      );
    shape.push(x.length);
  }
  return shape;
};

/** The dtype of nested data, which its first leaf decides. */
const dtypeOfNested = (data: unknown): DType => {
  let x = data;
  while (Array.isArray(x)) x = x[0];
  return ArrayBuffer.isView(x) ? dtypeOfTypedArray(x) : typeof x === 'boolean' ? bool : f32;
};

/** The leaves of nested data in order. Throws where it is ragged, or where a leaf is neither number nor boolean. */
const leavesOf = (data: unknown, shape: readonly number[], dtype: DType, mayMix: boolean): ConcreteArray => {
  const out = new Float64Array(sizeOf(shape));
  const store = storer('tensor', dtype);
  const at: number[] = [];
  let next = 0;
  const path = (depth: number): string =>
    `data${at
      .slice(0, depth)
      .map((i) => `[${i}]`)
      .join('')}`;
  const firstPath = (depth: number): string => `data${'[0]'.repeat(depth)}`;
  const walk = (x: unknown, depth: number): void => {
    const n = shape[depth];
    if (n === undefined) {
      if (typeof x === 'number' || (typeof x === 'boolean' && (mayMix || dtype === bool))) {
        if (dtype === bool && typeof x === 'number' && !mayMix) throw mixed();
        out[next++] = store(Number(x));
      } else throw typeof x === 'boolean' ? mixed() : wrongLeaf(x, path(depth), firstPath(depth));
      return;
    }
    if (!isList(x) || x.length !== n)
      throw new ShapeError(
        `tensor: the data is ragged: ${path(depth)} ${isList(x) ? `has length ${x.length}` : `is ${describe(x)}`}, ` +
          `but ${firstPath(depth)} has length ${n}. All rows of an axis must be equally long: pad them.`,
      );
    for (let i = 0; i < n; i++) {
      at[depth] = i;
      walk(x[i], depth + 1);
    }
  };
  walk(data, 0);
  return arrayOf(shape, dtype, out);
};
const mixed = (): Error =>
  new DTypeError('tensor: the data mixes numbers and booleans. Give the dtype: tensor(data, f32).');
const wrongLeaf = (x: unknown, path: string, firstPath: string): Error => {
  if (isList(x))
    return new ShapeError(
      `tensor: the data is ragged: ${path} is ${describe(x)}, but ${firstPath} is a number. All rows of an axis must be equally deep.`,
    );
  if (x instanceof Value)
    return new ArgumentError(`tensor: ${path} is a tensor. Join tensors with stack([...]) or concatenate([...]).`);
  return new ArgumentError(`tensor: ${path} is ${describe(x)}; expected a number or a boolean.`);
};

/** A copy of a typed array. */
const copied = (data: ArrayBufferView, dtype: DType): ConcreteArray => {
  const numbers = numbersOf(data);
  const { length } = numbers;
  // Floats round as they are stored; integers must be looked at.
  if (isFloat(dtype)) return arrayOf([length], dtype, numbers);
  const store = storer('tensor', dtype);
  const out = allocate(dtype, length);
  for (let i = 0; i < length; i++) out[i] = store(numbers[i] as number);
  return concreteArray([length], dtype, out);
};
/** The elements of a typed array as numbers. Integers of 64 bits that no number is are refused. */
const numbersOf = (data: ArrayBufferView): ArrayLike<number> => {
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return data as unknown as ArrayLike<number>;
  const out = new Float64Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const x = data[i] as bigint;
    out[i] = Number(x);
    if (BigInt(out[i] as number) !== x)
      throw new DTypeError(`tensor: element ${i} is ${x}, an integer that no number of JavaScript is.`);
  }
  return out;
};

/**
 * A tensor that holds a copy of nested arrays, of a typed array, or of one number.
 * Numbers are f32 and booleans bool unless a dtype is given; typed arrays keep theirs. Integers of 64 bits become i32 or u32, and are
 * refused where they do not fit.
 *
 * @throws ShapeError when the rows of an axis differ in length, or there are more than 1,000 axes; DTypeError when a number is no value of the dtype
 * @example
 * tensor([[1, 2], [3, 4]]).shape // => [2, 2]
 * tensor(Uint8Array.of(1, 255)).dtype.name // => 'u8'
 * tensor([1, 2, 3], i32).toArray() // => [1, 2, 3]
 * tensor([true, false]).dtype.name // => 'bool'
 */
export function tensor<const T extends NestedData>(data: NestedArg<T>): Tensor<ShapeOfNested<T>, DTypeOfNested<T>>;
export function tensor<const T extends NestedData, D extends AnyDType>(
  data: NestedArg<T>,
  dtype: D,
): Tensor<ShapeOfNested<T>, D>;
export function tensor(data: unknown, dtype?: unknown): AnyTensor {
  atMost('tensor', arguments, 2);
  return tensorOf(data, dtype);
}

/** `tensor` of data whose type is not known. */
export const tensorOf = (data: unknown, dtype?: unknown): AnyTensor => {
  const wanted = dtype === undefined ? undefined : checkDType('tensor', dtype);
  if (data instanceof Value)
    throw new ArgumentError(
      `tensor: the data is already ${describe(data)}. Use it as it is, or convert with astype(x, dtype).`,
    );
  if (ArrayBuffer.isView(data)) return publish(copied(data, wanted ?? dtypeOfTypedArray(data)));
  if (!Array.isArray(data) && typeof data !== 'number' && typeof data !== 'boolean')
    throw new ArgumentError(
      `tensor: expected numbers or booleans in nested arrays or a typed array, got ${describe(data)}.`,
    );
  const shape = shapeOfNested(data);
  const d = wanted ?? dtypeOfNested(data);
  return publish(leavesOf(data, shape, d, wanted !== undefined));
};
