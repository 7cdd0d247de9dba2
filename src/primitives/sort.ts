// Stable sorting of several operands together.
import { showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, i32 } from '../core/dtype';
import { AxisError } from '../core/errors';
import { bind } from '../core/interpreter';
import { definePrimitive, type Primitive, Zero } from '../core/primitive';
import { type AtLeastOne, concreteArray, type Value } from '../core/value';
import { iota } from './concatenate';
import { gather } from './gather';
import { allMapped, checkEqual } from './kinds';
import { type SortParams, writeSort } from './sortLoops';
import { reshape } from './views';

/** Increasing, NaN last; -0 and 0 are equal. */
const order = (a: number, b: number): number =>
  a < b ? -1 : a > b ? 1 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : 0;

/** Sorts all operands along an axis by the first `keys` of them, compared one after the other; equal ones keep their order. */
const sortP: Primitive<SortParams, AtLeastOne> = definePrimitive<SortParams, AtLeastOne>('sort', {
  impl: (xs, { axis, keys }) => {
    const [{ shape }] = xs;
    const length = shape[axis] as number;
    const stride = stridesOf(shape)[axis] as number;
    const lines = length === 0 ? 0 : sizeOf(shape) / length;
    const keyed = xs.slice(0, keys);
    const outs = xs.map((x) => allocate(x.dtype, x.data.length));
    for (let line = 0; line < lines; line++) {
      const base = Math.floor(line / stride) * stride * length + (line % stride);
      const places = Array.from({ length }, (_, i) => base + i * stride);
      const sorted = [...places].sort((a, b) => {
        for (const { data } of keyed) {
          const c = order(data[a] as number, data[b] as number);
          if (c !== 0) return c;
        }
        return 0;
      });
      xs.forEach(({ data }, k) => {
        const out = outs[k] as typeof data;
        sorted.forEach((from, i) => {
          out[places[i] as number] = data[from] as number;
        });
      });
    }
    return xs.map((x, k) => concreteArray(shape, x.dtype, outs[k] as typeof x.data));
  },
  shape: (avals, { axis }) => {
    checkEqual('sort', avals, false);
    const [{ shape }] = avals;
    if (!(axis >= 0 && axis < shape.length))
      throw new AxisError(`sort: axis ${axis} is not an axis of ${showShape(shape)}.`);
    return avals;
  },
  jvp: (primals, tangents, { axis, keys }) => {
    const [{ shape }] = primals;
    const sorted = sort([...primals, iota(shape, axis, i32)], axis, keys);
    const permutation = sorted[primals.length] as Value;
    return {
      primals: sorted.slice(0, primals.length),
      tangents: tangents.map((t) => (t instanceof Zero ? t : takeAlongAxis(t, permutation, axis))),
    };
  },
  transpose: null,
  batch: (size, args, mapped, { axis, keys }) => ({
    values: sort(allMapped(size, args, mapped), axis + 1, keys),
    mapped: args.map(() => true),
  }),
  lower: { kind: 'loops', write: writeSort },
});

/** Increasing along an axis, stable, NaN last. All operands are permuted as the first `keys` of them demand. */
export const sort = (xs: AtLeastOne, axis: number, keys = 1): readonly Value[] => bind(sortP, xs, { axis, keys });

/** result[..., i, ...] = x[..., indices[..., i, ...], ...]: the other axes go together. */
export const takeAlongAxis = (x: Value, indices: Value, axis: number, outside: 'clip' | 'fill' = 'clip'): Value => {
  const others = x.shape.map((_, d) => d).filter((d) => d !== axis);
  return gather(x, reshape(indices, [...indices.shape, 1]), {
    offsetDims: [],
    collapsedDims: [axis],
    indexMap: [axis],
    operandBatching: others,
    indicesBatching: others,
    windowSizes: x.shape.map((n) => Math.min(1, n)),
    outside,
  });
};
