// Joining along an axis, and counting along one.
import { aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, type DType, recordOf } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply, type Expr, index } from '../core/lowering';
import { definePrimitive, type Operand, type Primitive, type Tangent, Zero } from '../core/primitive';
import { type AtLeastOne, concreteArray, mapEach, type One, type Value, type Values } from '../core/value';
import { instantiate } from './fill';
import { allMapped, checkDType, isLinear } from './kinds';
import { writeStrided } from './strided';
import { slice } from './views';

type ConcatenateParams = { readonly axis: number };
const joined = (avals: readonly { readonly shape: readonly number[] }[], axis: number): number[] =>
  (avals[0]?.shape ?? []).map((n, d) =>
    d === axis ? avals.reduce((sum, a) => sum + (a.shape[axis] as number), 0) : n,
  );

/** The operands one after the other along an axis. */
const concatenateP: Primitive<ConcatenateParams, AtLeastOne, One> = definePrimitive<ConcatenateParams, AtLeastOne, One>(
  'concatenate',
  {
    impl: (xs, { axis }) => {
      const [{ dtype }] = xs;
      const shape = joined(xs, axis);
      const strides = stridesOf(shape);
      const out = allocate(dtype, sizeOf(shape));
      let start = 0;
      for (const x of xs) {
        writeStrided(out, x.data, x.shape, strides, start * (strides[axis] as number));
        start += x.shape[axis] as number;
      }
      return [concreteArray(shape, dtype, out)];
    },
    shape: (avals, { axis }) => {
      const [first] = avals;
      for (const a of avals) {
        if (a.dtype !== first.dtype)
          throw new DTypeError(`concatenate: dtypes ${first.dtype.name} and ${a.dtype.name} differ.`);
        if (a.shape.length !== first.shape.length || a.shape.some((n, d) => d !== axis && n !== first.shape[d]))
          throw new ShapeError(
            `concatenate: shapes differ outside axis ${axis}: ${showShape(first.shape)} and ${showShape(a.shape)}.`,
          );
      }
      if (axis < 0 || axis >= first.shape.length)
        throw new ShapeError(`concatenate: axis ${axis} is not an axis of ${showShape(first.shape)}.`);
      return [aval(joined(avals, axis), first.dtype)];
    },
    jvp: (primals, tangents, { axis }) => {
      const answer = concatenate(primals, axis);
      const isZero = tangents.every((t) => t instanceof Zero);
      return {
        primals: [answer],
        tangents: [isZero ? new Zero(answer.aval) : concatenate(tangents.map(instantiate), axis)],
      };
    },
    transpose: ([ct], xs, { axis }) => {
      let end = 0;
      return mapEach<AtLeastOne, Operand, Tangent | null>(xs, (x) => {
        const { shape } = x.aval;
        const start = end;
        end += shape[axis] as number;
        if (!isLinear(x)) return null;
        if (ct instanceof Zero) return new Zero(x.aval);
        return slice(
          ct,
          shape.map((_, d) => (d === axis ? start : 0)),
          shape.map((n, d) => (d === axis ? start + n : n)),
        );
      });
    },
    batch: (size, args, mapped, { axis }) => ({
      values: [concatenate(allMapped(size, args, mapped), axis + 1)],
      mapped: [true],
    }),
    lower: {
      kind: 'map',
      cost: 'view',
      isGuarded: true,
      element: ({ args, at, params: { axis }, read }) => {
        const place = at[axis] as Expr;
        const ends = args.map((_, i) => args.slice(0, i + 1).reduce((sum, a) => sum + (a.shape[axis] as number), 0));
        const piece = (i: number): Expr => {
          const start = index.int(i === 0 ? 0 : (ends[i - 1] as number));
          return read(
            i,
            at.map((e, d) => (d === axis ? index.sub(e, start) : e)),
          );
        };
        let chosen = piece(args.length - 1);
        for (let i = args.length - 2; i >= 0; i--)
          chosen = index.select(index.lt(place, index.int(ends[i] as number)), piece(i), chosen);
        return chosen;
      },
    },
  },
);
export const concatenate = ([first, ...others]: Values, axis: number): Value => {
  if (first === undefined) throw new ShapeError('concatenate: nothing to concatenate; give at least one tensor.');
  return others.length === 0 ? first : bind1(concatenateP, [first, ...others], { axis });
};

type IotaParams = { readonly shape: readonly number[]; readonly axis: number; readonly dtype: DType };
/** 0, 1, 2 ... along one axis, repeated along the others. */
const iotaP: Primitive<IotaParams, readonly [], One> = definePrimitive<IotaParams, readonly [], One>('iota', {
  impl: (_, { shape, axis, dtype }) => {
    const out = allocate(dtype, sizeOf(shape));
    const stride = stridesOf(shape)[axis] as number;
    const { encoding } = recordOf(dtype);
    for (let i = 0; i < out.length; i++) {
      const x = Math.floor(i / stride) % (shape[axis] as number);
      out[i] = encoding === null ? x : encoding.encode(x);
    }
    return [concreteArray(shape, dtype, out)];
  },
  shape: (_, { shape, axis, dtype }) => {
    checkDType('iota', 'number', dtype);
    if (!(axis >= 0 && axis < shape.length))
      throw new ShapeError(`iota: axis ${axis} is not an axis of ${showShape(shape)}.`);
    return [aval(shape, dtype)];
  },
  jvp: (_primals, _tangents, { shape, axis, dtype }) => {
    const answer = iota(shape, axis, dtype);
    return { primals: [answer], tangents: [new Zero(answer.aval)] };
  },
  transpose: null,
  batch: (_size, _args, _mapped, { shape, axis, dtype }) => ({ values: [iota(shape, axis, dtype)], mapped: [false] }),
  lower: {
    kind: 'map',
    cost: 'view',
    element: ({ at, params: { axis, dtype } }) => apply('convert', dtype.name, at[axis] as Expr),
  },
});
export const iota = (shape: readonly number[], axis: number, dtype: DType): Value =>
  bind1(iotaP, [], { shape, axis, dtype });
