// Changing the element type: by value, or by reinterpreting the bits.
import { aval } from '../core/aval';
import { allocate, bool, converter, type DType, holds, isFloat, recordOf, viewAt } from '../core/dtype';
import { DTypeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply } from '../core/lowering';
import { definePrimitive, type Primitive, Zero } from '../core/primitive';
import { concreteArray, type One, type Value } from '../core/value';
import { batchUnary, jvpOf, jvpZero, transposeUnary } from './kinds';

type ConvertParams = { readonly dtype: DType };

/** The nearest value of another dtype. Floats to integers truncate and saturate, NaN becomes 0; to bool: x != 0. */
export const convertP: Primitive<ConvertParams, One, One> = definePrimitive<ConvertParams, One, One>(
  'convert_element_type',
  {
    impl: ([x], { dtype }) => {
      const { shape, numbers, dtype: from } = x;
      const out = allocate(dtype, numbers.length);
      const { encoding } = recordOf(dtype);
      const convert = encoding === null ? converter(from, dtype) : encoding.encode;
      for (let i = 0; i < out.length; i++) out[i] = convert(numbers[i] as number);
      return [concreteArray(shape, dtype, out)];
    },
    shape: ([x], { dtype }) => [aval(x.shape, dtype)],
    jvp: jvpOf(
      () => convertP,
      (t, answer, [x], { dtype }) => (isFloat(x.dtype) && isFloat(dtype) ? convert(t, dtype) : new Zero(answer.aval)),
    ),
    transpose: transposeUnary((ct, { dtype }) => convert(ct, dtype)),
    batch: batchUnary(
      () => convertP,
      (params) => params,
    ),
    simplify: ({ operands: [x], inner, params: { dtype } }) => {
      if (x.aval.dtype === dtype) return x;
      return inner !== null && inner.operand.aval.dtype === dtype && holds(dtype, inner.params.dtype)
        ? inner.operand
        : null;
    },
    lower: {
      kind: 'map',
      cost: 'arithmetic',
      takesStored: true,
      element: ({ at, params, read }) => apply('convert', params.dtype.name, read(0, at)),
    },
  },
);
export const convert = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : bind1(convertP, [x], { dtype }));

/** The same bits read as another dtype of the same width. */
const bitcastP: Primitive<ConvertParams, One, One> = definePrimitive<ConvertParams, One, One>('bitcast_convert_type', {
  impl: ([x], { dtype }) => {
    const { shape, data } = x;
    return [concreteArray(shape, dtype, viewAt(dtype, data.slice().buffer, 0, data.length))];
  },
  shape: ([x], { dtype }) => {
    const from = x.dtype;
    if ((from === bool) !== (dtype === bool))
      throw new DTypeError('bitcast_convert_type: bool has no bits that other dtypes share.');
    if (from.bytes !== dtype.bytes)
      throw new DTypeError(
        `bitcast_convert_type: ${from.name} has ${from.bytes} bytes, ${dtype.name} has ${dtype.bytes}.`,
      );
    return [aval(x.shape, dtype)];
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
    takesStored: true,
    element: ({ args: [x], at, params: { dtype }, read }) =>
      x.dtype === dtype ? read(0, at) : apply('bitcast', dtype.name, read(0, at)),
  },
});
export const bitcast = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : bind1(bitcastP, [x], { dtype }));
