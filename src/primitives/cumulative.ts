// Running sums.
import { aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, isFloat } from '../core/dtype';
import { AxisError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply, constant } from '../core/lowering';
import { definePrimitive, type Primitive } from '../core/primitive';
import { concreteArray, type One, type Value } from '../core/value';
import { batchUnary, checkDType, jvpLinear, transposeUnary } from './kinds';
import { converted, linesOf, stateOf, walkLines } from './lines';

type CumsumParams = { readonly axis: number; readonly reverse: boolean };

/** Running sums along an axis, from the end if `reverse`. Floats are added in double precision and rounded as they are stored. */
const cumsumP: Primitive<CumsumParams, One, One> = definePrimitive<CumsumParams, One, One>('cumsum', {
  impl: ([x], { axis, reverse }) => {
    const { shape, dtype, data } = x;
    const out = allocate(dtype, data.length);
    const length = shape[axis] as number;
    const stride = stridesOf(shape)[axis] as number;
    const lines = length === 0 ? 0 : sizeOf(shape) / length;
    for (let line = 0; line < lines; line++) {
      const base = Math.floor(line / stride) * stride * length + (line % stride);
      let sum = 0;
      for (let i = 0; i < length; i++) {
        const at = base + (reverse ? length - 1 - i : i) * stride;
        sum += data[at] as number;
        out[at] = sum;
      }
    }
    return [concreteArray(shape, dtype, out)];
  },
  shape: ([x], { axis }) => {
    const { shape, dtype } = x;
    checkDType('cumsum', 'number', dtype);
    if (!(axis >= 0 && axis < shape.length))
      throw new AxisError(`cumsum: axis ${axis} is not an axis of ${showShape(shape)}.`);
    return [aval(shape, dtype)];
  },
  jvp: jvpLinear(() => cumsumP),
  transpose: transposeUnary((ct, _x, { axis, reverse }) => cumsum(ct, axis, !reverse)),
  batch: batchUnary(
    () => cumsumP,
    ({ axis, reverse }) => ({ axis: axis + 1, reverse }),
  ),
  lower: {
    kind: 'loops',
    write: (c) => {
      const { axis, reverse } = c.params;
      const { shape, dtype } = c.args[0];
      const lines = linesOf(shape, axis);
      const wide = isFloat(dtype) ? 'f64' : dtype.name;
      const sums = stateOf(c, wide, lines.inner);
      walkLines(c, lines, reverse, {
        start: (lane) => sums.store(lane, constant(0, wide)),
        step: (lane, _, place) => {
          const sum = c.let(apply('add', wide, sums.load(lane), converted(c.load(0, place), wide)));
          sums.store(lane, sum);
          c.result(0).store(place, converted(sum, dtype.name));
        },
        finish: () => {},
      });
    },
  },
});
export const cumsum = (x: Value, axis: number, reverse = false): Value => bind1(cumsumP, [x], { axis, reverse });
