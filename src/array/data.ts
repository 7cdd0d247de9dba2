// Tensors from data: nested arrays, typed arrays, numbers.
import { aval } from '../core/aval';
import {
  allocate,
  bool,
  type Data,
  type DType,
  dtypes,
  f32,
  f64,
  i32,
  isDType,
  isInteger,
  rounder,
  u32,
} from '../core/dtype';
import { ArgumentError, DTypeError, ShapeError } from '../core/errors';
import { ConcreteArray, Value } from '../core/value';
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

/** A number that the dtype can hold, rounded to it; whole numbers only for integers. */
export const held = (name: string, x: number, dtype: DType): number => {
  const rounded = rounder(dtype)(x);
  if ((isInteger(dtype) || dtype === bool) && rounded !== x)
    throw new DTypeError(
      `${name}: ${x} is not a value of ${dtype.name}. Give a dtype that holds it, or convert with astype, which truncates.`,
    );
  return rounded;
};

const typedArrays = [
  [Float32Array, f32],
  [Float64Array, f64],
  [Int32Array, i32],
  [Uint32Array, u32],
] as const;

/** The dtype in which typed arrays are stored; bytes are numbers. */
const dtypeOfTypedArray = (data: ArrayBufferView): DType => {
  const known = typedArrays.find(([type]) => data instanceof type);
  if (known) return known[1];
  if (data instanceof DataView || data instanceof BigInt64Array || data instanceof BigUint64Array)
    throw new ArgumentError(
      `tensor: a ${data.constructor.name} has no dtype here. Copy it to a Float32Array, Int32Array, ...`,
    );
  return data instanceof Int8Array || data instanceof Int16Array
    ? i32
    : data.constructor.name.startsWith('Float')
      ? f32
      : i32;
};

const shapeOfNested = (data: unknown): number[] => {
  const shape: number[] = [];
  for (let x = data; Array.isArray(x); x = x[0] as unknown) {
    shape.push(x.length);
    if (x.length === 0) break;
    if (ArrayBuffer.isView(x[0])) {
      shape.push((x[0] as Float32Array).length);
      break;
    }
  }
  return shape;
};

/** Visits the leaves of nested data in order, and checks that it is not ragged. */
const flattenNested = (
  data: unknown,
  shape: readonly number[],
  visit: (x: number | boolean, path: string) => void,
): void => {
  const walk = (x: unknown, depth: number, path: string): void => {
    const isList = Array.isArray(x) || ArrayBuffer.isView(x);
    const where = path === '' ? 'the data' : `data${path}`;
    if (depth < shape.length) {
      const length = isList ? (x as ArrayLike<unknown>).length : -1;
      if (length !== shape[depth])
        throw new ShapeError(
          `tensor: the data is ragged: ${where} ${isList ? `has length ${length}` : `is ${describe(x)}`}, ` +
            `but data${'[0]'.repeat(depth)} has length ${shape[depth]}. All rows of an axis must be equally long: pad them.`,
        );
      const list = x as ArrayLike<unknown>;
      for (let i = 0; i < length; i++) walk(list[i], depth + 1, `${path}[${i}]`);
    } else if (typeof x === 'number' || typeof x === 'boolean') visit(x, where);
    else if (isList)
      throw new ShapeError(
        `tensor: the data is ragged: ${where} is ${describe(x)}, but data${'[0]'.repeat(depth)} is a number. All rows of an axis must be equally deep.`,
      );
    else if (x instanceof Value)
      throw new ArgumentError(`tensor: ${where} is a tensor. Join tensors with stack([...]) or concatenate([...]).`);
    else throw new ArgumentError(`tensor: ${where} is ${describe(x)}; expected a number or a boolean.`);
  };
  walk(data, 0, '');
};

/**
 * A tensor that holds a copy of nested arrays, of a typed array, or of one number.
 * Numbers are f32 and booleans bool unless a dtype is given; typed arrays keep theirs (bytes become i32).
 *
 * @throws ShapeError when the rows of an axis differ in length; DTypeError when a number is no value of the dtype
 * @example
 * tensor([[1, 2], [3, 4]]).shape // => [2, 2]
 * tensor([1, 2, 3], i32).toArray() // => [1, 2, 3]
 * tensor([true, false]).dtype.name // => 'bool'
 */
export function tensor<const T extends NestedData>(data: NestedArg<T>): Tensor<ShapeOfNested<T>, DTypeOfNested<T>>;
export function tensor<const T extends NestedData, D extends AnyDType>(
  data: NestedArg<T>,
  dtype: D,
): Tensor<ShapeOfNested<T>, D>;
export function tensor(data: unknown, dtype?: unknown): AnyTensor {
  const wanted = dtype === undefined ? undefined : checkDType('tensor', dtype);
  if (data instanceof Value)
    throw new ArgumentError(
      `tensor: the data is already ${describe(data)}. Use it as it is, or convert with astype(x, dtype).`,
    );
  if (ArrayBuffer.isView(data)) {
    const from = dtypeOfTypedArray(data);
    return publish(fromNumbers(data as unknown as ArrayLike<number>, wanted ?? from));
  }
  if (!Array.isArray(data) && typeof data !== 'number' && typeof data !== 'boolean')
    throw new ArgumentError(
      `tensor: expected numbers or booleans in nested arrays or a typed array, got ${describe(data)}.`,
    );
  const shape = shapeOfNested(data);
  const leaves: number[] = [];
  let booleans = 0;
  flattenNested(data, shape, (x) => {
    if (typeof x === 'boolean') booleans++;
    leaves.push(Number(x));
  });
  const all = booleans > 0 && booleans === leaves.length;
  if (booleans > 0 && !all && wanted === undefined)
    throw new DTypeError('tensor: the data mixes numbers and booleans. Give the dtype: tensor(data, f32).');
  const flat = fromNumbers(leaves, wanted ?? (all ? bool : nestedDType(data)));
  return publish(new ConcreteArray(aval(shape, flat.dtype), flat.data));
}

/** Rows may be typed arrays. */
const nestedDType = (data: unknown): DType => {
  let x = data;
  while (Array.isArray(x) && x.length > 0) x = x[0] as unknown;
  return ArrayBuffer.isView(x) ? dtypeOfTypedArray(x) : f32;
};

const fromNumbers = (numbers: ArrayLike<number>, dtype: DType): ConcreteArray => {
  const data: Data = allocate(dtype, numbers.length);
  for (let i = 0; i < data.length; i++) data[i] = held('tensor', numbers[i] as number, dtype);
  return new ConcreteArray(aval([data.length], dtype), data);
};
