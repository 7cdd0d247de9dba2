// Changing the element type: by value, or by reinterpreting the bits.
import { type Aval, aval } from '../core/aval';
import { allocate, bool, converter, type Data, type DType, f64, isFloat, isInteger } from '../core/dtype';
import { DTypeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply } from '../core/lowering';
import { definePrimitive, type Primitive, Zero } from '../core/primitive';
import { type ConcreteArray, concreteArray, type Value } from '../core/value';
import { batchUnary, jvpZero, transposeUnary } from './kinds';

type ConvertParams = { readonly dtype: DType };

/** Whether a number of the one dtype comes back unchanged from the other. */
const holds = (narrow: DType, wide: DType): boolean =>
  narrow === bool || wide === f64 || (isInteger(narrow) && isInteger(wide));

/** The nearest value of another dtype. Floats to integers truncate and saturate, NaN becomes 0; to bool: x != 0. */
const convertP: Primitive<ConvertParams> = definePrimitive<ConvertParams>('convert_element_type', {
  impl: ([x], { dtype }) => {
    const { shape, data, dtype: from } = x as ConcreteArray;
    const out = allocate(dtype, data.length);
    const convert = converter(from, dtype);
    for (let i = 0; i < data.length; i++) out[i] = convert(data[i] as number);
    return [concreteArray(shape, dtype, out)];
  },
  shape: ([x], { dtype }) => [aval((x as Aval).shape, dtype)],
  jvp: ([x], [t], { dtype }) => {
    const answer = convert(x as Value, dtype);
    const differentiable = isFloat((x as Value).dtype) && isFloat(dtype);
    return {
      primals: [answer],
      tangents: [differentiable && t && !(t instanceof Zero) ? convert(t, dtype) : new Zero(answer.aval)],
    };
  },
  transpose: transposeUnary((ct, operand) => convert(ct, operand.dtype)),
  batch: batchUnary(
    () => convertP,
    (params) => params,
  ),
  simplify: ({ operands: [x], inner, params: { dtype } }) => {
    if (x?.aval.dtype === dtype) return x;
    return inner !== null && inner.operand.aval.dtype === dtype && holds(dtype, inner.params.dtype)
      ? inner.operand
      : null;
  },
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    element: ({ at, params, read }) => apply('convert', params.dtype.name, read(0, at)),
  },
});
export const convert = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : bind1(convertP, [x], { dtype }));

/** The same bits read as another dtype of the same width (f32, i32, u32). */
const bitcastP: Primitive<ConvertParams> = definePrimitive<ConvertParams>('bitcast_convert_type', {
  impl: ([x], { dtype }) => {
    const { shape, data } = x as ConcreteArray;
    const copy: Data = data.slice();
    const out = allocate(dtype, 0).constructor as new (buffer: ArrayBufferLike) => Data;
    return [concreteArray(shape, dtype, new out(copy.buffer))];
  },
  shape: ([x], { dtype }) => {
    const from = (x as Aval).dtype;
    if (from.bytes !== dtype.bytes)
      throw new DTypeError(
        `bitcast_convert_type: ${from.name} has ${from.bytes} bytes, ${dtype.name} has ${dtype.bytes}.`,
      );
    return [aval((x as Aval).shape, dtype)];
  },
  jvp: jvpZero(() => bitcastP),
  transpose: null,
  batch: batchUnary(
    () => bitcastP,
    (params) => params,
  ),
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    element: ({ args: [x], at, params: { dtype }, read }) =>
      x?.dtype === dtype ? read(0, at) : apply('bitcast', dtype.name, read(0, at)),
  },
});
export const bitcast = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : bind1(bitcastP, [x], { dtype }));
