// Slices whose place is a value. Leading batch axes are part of the primitives, so that mapping them needs no gather.
import { type Aval, aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { i32 } from '../core/dtype';
import { DTypeError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply, type Expr, index } from '../core/lowering';
import { definePrimitive, type Primitive, Zero } from '../core/primitive';
import { type ConcreteArray, concreteArray, type One, type Three, type Two, type Value } from '../core/value';
import { fullLike, instantiate } from './fill';
import { allMapped, jvpLinear, transposeBinary, transposeFrom } from './kinds';
import { forEachIndex, readStrided, writeStrided } from './strided';

const clamp = (start: number, room: number): number => Math.min(Math.max(start, 0), room);

/** The offset in `x` of the window for each element of the batch; starts are clamped so that the window fits. */
const windowOffsets = (x: ConcreteArray, starts: ConcreteArray, sizes: readonly number[], batch: number): number[] => {
  const strides = stridesOf(x.shape);
  const offsets: number[] = [];
  forEachIndex(x.shape.slice(0, batch), (at, position) => {
    let offset = at.reduce((sum, i, d) => sum + i * (strides[d] as number), 0);
    sizes.forEach((size, d) => {
      const start = starts.data[position * sizes.length + d] as number;
      offset += clamp(start, (x.shape[batch + d] as number) - size) * (strides[batch + d] as number);
    });
    offsets.push(offset);
  });
  return offsets;
};

const checkWindow = (name: string, x: Aval, starts: Aval, sizes: readonly number[], batch: number): void => {
  const rank = x.shape.length - batch;
  if (starts.dtype !== i32) throw new DTypeError(`${name}: start indices must be i32, got ${starts.dtype.name}.`);
  const fits =
    sizes.length === rank &&
    starts.shape.length === batch + 1 &&
    starts.shape[batch] === rank &&
    starts.shape.slice(0, batch).every((n, d) => n === x.shape[d]) &&
    sizes.every((n, d) => n >= 0 && n <= (x.shape[batch + d] as number));
  if (!fits)
    throw new ShapeError(
      `${name}: a window of sizes (${sizes}) with starts of shape ${showShape(starts.shape)} does not fit ${showShape(x.shape)} with ${batch} batch axes.`,
    );
};

/** The clamped start of axis d, as an index expression. */
const startExpr = (
  read: (operand: number, at: readonly Expr[]) => Expr,
  operand: number,
  batch: readonly Expr[],
  d: number,
  room: number,
): Expr => index.clamp(read(operand, [...batch, index.int(d)]), 0, room);

type SliceParams = { readonly sizes: readonly number[]; readonly batch: number };
/** result[b, i] = x[b, starts[b] + i] for i within sizes. */
const dynamicSliceP: Primitive<SliceParams, Two, One> = definePrimitive<SliceParams, Two, One>('dynamic_slice', {
  indexed: ([x], { sizes, batch }) => ({
    axes: sizes.map((_, d) => batch + d),
    sizes: [...x.shape.slice(0, batch), ...sizes],
  }),
  impl: ([operand, starts], { sizes, batch }) => {
    const shape = [...operand.shape.slice(0, batch), ...sizes];
    const strides = stridesOf(operand.shape).slice(batch);
    const each = sizeOf(sizes);
    const out = readStrided(
      operand,
      shape,
      shape.map(() => 0),
      0,
    );
    windowOffsets(operand, starts, sizes, batch).forEach((offset, b) => {
      out.set(readStrided(operand, sizes, strides, offset), b * each);
    });
    return [concreteArray(shape, operand.dtype, out)];
  },
  shape: ([x, starts], { sizes, batch }) => {
    checkWindow('dynamic_slice', x, starts, sizes, batch);
    return [aval([...x.shape.slice(0, batch), ...sizes], x.dtype)];
  },
  jvp: jvpLinear(() => dynamicSliceP),
  transpose: transposeBinary([
    (ct, [x, starts], { batch }) => dynamicUpdateSlice(fullLike(x, 0), ct, starts, batch),
    null,
  ]),
  batch: (size, args, mapped, { sizes, batch }) => {
    const [x, starts] = allMapped(size, args, mapped);
    return { values: [dynamicSlice(x, starts, sizes, batch + 1)], mapped: [true] };
  },
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    takesStored: true,
    element: ({ args: [x], at, params: { sizes, batch }, read }) => {
      const outer = at.slice(0, batch);
      const inner = sizes.map((size, d) =>
        index.add(at[batch + d] as Expr, startExpr(read, 1, outer, d, (x.shape[batch + d] as number) - size)),
      );
      return read(0, [...outer, ...inner]);
    },
  },
});
/** x[starts : starts + sizes], with `starts` an i32 vector; clamped so that the slice fits. */
export const dynamicSlice = (x: Value, starts: Value, sizes: readonly number[], batch = 0): Value =>
  bind1(dynamicSliceP, [x, starts], { sizes, batch });

type UpdateParams = { readonly batch: number };
/** x with x[b, starts[b] + i] replaced by update[b, i]. */
const dynamicUpdateSliceP: Primitive<UpdateParams, Three, One> = definePrimitive<UpdateParams, Three, One>(
  'dynamic_update_slice',
  {
    impl: ([x, update, starts], { batch }) => {
      const operand = x;
      const { shape, data } = update;
      const sizes = shape.slice(batch);
      const each = sizeOf(sizes);
      const out = operand.data.slice();
      const strides = stridesOf(operand.shape).slice(batch);
      windowOffsets(operand, starts, sizes, batch).forEach((offset, b) => {
        writeStrided(out, data.subarray(b * each, (b + 1) * each), sizes, strides, offset);
      });
      return [concreteArray(operand.shape, operand.dtype, out)];
    },
    shape: ([x, update, starts], { batch }) => {
      const [operand, patch] = [x, update];
      checkWindow('dynamic_update_slice', operand, starts, patch.shape.slice(batch), batch);
      if (operand.dtype !== patch.dtype)
        throw new DTypeError(`dynamic_update_slice: dtypes ${operand.dtype.name} and ${patch.dtype.name} differ.`);
      return [operand];
    },
    jvp: ([x, update, starts], [tx, tu], { batch }) => {
      const answer = dynamicUpdateSlice(x, update, starts, batch);
      const isZero = tx instanceof Zero && tu instanceof Zero;
      const tangent = isZero
        ? new Zero(answer.aval)
        : dynamicUpdateSlice(instantiate(tx), instantiate(tu), starts, batch);
      return { primals: [answer], tangents: [tangent] };
    },
    transpose: transposeFrom<UpdateParams, Three>([
      (ct, [, update, starts], { batch }) => dynamicUpdateSlice(ct, fullLike(update, 0), starts, batch),
      (ct, [, update, starts], { batch }) => dynamicSlice(ct, starts, update.aval.shape.slice(batch), batch),
      null,
    ]),
    batch: (size, args, mapped, { batch }) => {
      const [x, update, starts] = allMapped(size, args, mapped);
      return { values: [dynamicUpdateSlice(x, update, starts, batch + 1)], mapped: [true] };
    },
    lower: {
      kind: 'map',
      cost: 'arithmetic',
      isGuarded: true,
      takesStored: true,
      element: ({ args: [x, update], at, params: { batch }, read }) => {
        const sizes = update.shape.slice(batch);
        const outer = at.slice(0, batch);
        const inner = sizes.map((size, d) =>
          index.sub(at[batch + d] as Expr, startExpr(read, 2, outer, d, (x.shape[batch + d] as number) - size)),
        );
        const inside = inner.reduce<Expr>(
          (all, e, d) =>
            index.and(all, apply('and', 'bool', index.ge(e, index.int(0)), index.lt(e, index.int(sizes[d] as number)))),
          index.int(1),
        );
        return index.select(inside, read(1, [...outer, ...inner]), read(0, at));
      },
      windowPlace: ({ args: [x, update], at, params: { batch }, read }) => {
        const outer = at.slice(0, batch);
        const sizes = update.shape.slice(batch);
        const inner = sizes.map((size, d) =>
          index.add(at[batch + d] as Expr, startExpr(read, 2, outer, d, (x.shape[batch + d] as number) - size)),
        );
        return [...outer, ...inner];
      },
    },
  },
);
/** x with the window at `starts` (an i32 vector, clamped) replaced by `update`. */
export const dynamicUpdateSlice = (x: Value, update: Value, starts: Value, batch = 0): Value =>
  bind1(dynamicUpdateSliceP, [x, update, starts], { batch });
