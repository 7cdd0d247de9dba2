// Reductions over axes: sum, product, maximum, minimum; and argmax.
import { type Aval, aval, showShape, sizeOf, stridesOf } from '../core/aval';
import { allocate, type DType, isFloat, recordOf, rounder } from '../core/dtype';
import { AxisError, ShapeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { index } from '../core/lowering';
import { definePrimitive, type Primitive, Zero } from '../core/primitive';
import { concreteArray, type One, type Value } from '../core/value';
import { add, div, mul } from './arithmetic';
import { concatenate } from './concatenate';
import { convert } from './convert';
import { fullLike } from './fill';
import { type Accepts, batchUnary, checkDType, jvpLinear, jvpOf, jvpZero, transposeUnary } from './kinds';
import { beats, choose, converted, linesOf, stateOf, walkLines } from './lines';
import { eq } from './select';
import { readStrided } from './strided';
import { combineInOrder, lanesFor } from './summation';
import { broadcastInDim, moveAxis, reshape, slice } from './views';

type AxesParams = { readonly axes: readonly number[] };
export type Combine = 'add' | 'mul' | 'max' | 'min';

const keptAxes = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, d) => d).filter((d) => !axes.includes(d));
const pick = (xs: readonly number[], at: readonly number[]): number[] => at.map((i) => xs[i] as number);

/** The value that changes nothing: what an empty reduction gives. */
export const identityOf = (combine: Combine, dtype: DType): number => {
  if (combine === 'add') return 0;
  if (combine === 'mul') return 1;
  const lowest = combine === 'max';
  if (isFloat(dtype)) return lowest ? -Infinity : Infinity;
  return lowest ? recordOf(dtype).lowest : recordOf(dtype).highest;
};

const combiner = (combine: Combine, dtype: DType): ((a: number, b: number) => number) => {
  const round = rounder(dtype);
  switch (combine) {
    case 'add':
      return (a, b) => round(a + b);
    case 'mul':
      return isFloat(dtype) ? (a, b) => round(a * b) : (a, b) => round(Math.imul(a, b));
    case 'max':
      return Math.max;
    case 'min':
      return Math.min;
  }
};

const checkAxes = (name: string, { shape }: Aval, axes: readonly number[]): void => {
  if (axes.some((d, i) => !Number.isInteger(d) || d < 0 || d >= shape.length || axes.indexOf(d) !== i))
    throw new AxisError(`${name}: axes (${axes}) are not distinct axes of a tensor of shape ${showShape(shape)}.`);
};

const defineReduction = (
  name: string,
  combine: Combine,
  accepts: Accepts,
  rules: Pick<Primitive<AxesParams, One, One>, 'jvp' | 'transpose'>,
): Primitive<AxesParams, One, One> => {
  const primitive: Primitive<AxesParams, One, One> = definePrimitive<AxesParams, One, One>(name, {
    impl: ([x], { axes }) => {
      const { shape, dtype } = x;
      const kept = keptAxes(shape.length, axes);
      const strides = stridesOf(shape);
      const reduced = [...axes].sort((a, b) => a - b);
      const order = [...kept, ...reduced];
      const data = readStrided(x, pick(shape, order), pick(strides, order), 0);
      const length = sizeOf(pick(shape, reduced));
      const out = allocate(dtype, sizeOf(pick(shape, kept)));
      const step = combiner(combine, dtype);
      const identity = identityOf(combine, dtype);
      const lanes = lanesFor(axes, shape.length);
      for (let o = 0; o < out.length; o++)
        out[o] = combineInOrder(length, lanes, identity, (i) => data[o * length + i] as number, step);
      return [concreteArray(pick(shape, kept), dtype, out)];
    },
    shape: ([x], { axes }) => {
      const { shape, dtype } = x;
      checkDType(name, accepts, dtype);
      checkAxes(name, x, axes);
      return [aval(pick(shape, keptAxes(shape.length, axes)), dtype)];
    },
    ...rules,
    batch: batchUnary(
      () => primitive,
      ({ axes }) => ({ axes: axes.map((d) => d + 1) }),
    ),
    lower: { kind: 'reduce', combine, axes: ({ axes }) => axes },
  });
  return primitive;
};

const reducer =
  (primitive: () => Primitive<AxesParams, One, One>) =>
  (x: Value, axes: readonly number[]): Value =>
    axes.length === 0 ? x : bind1(primitive(), [x], { axes });

/** Puts back the reduced axes, each element repeated along them. */
const spread = (x: Value, shape: readonly number[], axes: readonly number[]): Value =>
  broadcastInDim(x, shape, keptAxes(shape.length, axes));

const reduceSumP: Primitive<AxesParams, One, One> = defineReduction('reduce_sum', 'add', 'number', {
  jvp: jvpLinear(() => reduceSumP),
  transpose: transposeUnary((ct, operand, { axes }) => spread(ct, operand.shape, axes)),
});
/** Sum over axes, in the fixed order of `summation`. */
export const reduceSum = reducer(() => reduceSumP);

/** Every element equal to the extreme one has an equal share of the derivative. */
const jvpOfExtreme = (primitive: () => Primitive<AxesParams, One, One>): Primitive<AxesParams, One, One>['jvp'] =>
  jvpOf(primitive, (t, answer, [x], { axes }) => {
    if (x.size === 0) return new Zero(answer.aval);
    const isExtreme = convert(eq(x, spread(answer, x.shape, axes)), x.dtype);
    return div(reduceSum(mul(t, isExtreme), axes), reduceSum(isExtreme, axes));
  });

const reduceMaxP: Primitive<AxesParams, One, One> = defineReduction('reduce_max', 'max', 'any', {
  jvp: jvpOfExtreme(() => reduceMaxP),
  transpose: null,
});
/** Maximum over axes; -Infinity (or the lowest integer) of nothing; NaN wins. */
export const reduceMax = reducer(() => reduceMaxP);

const reduceMinP: Primitive<AxesParams, One, One> = defineReduction('reduce_min', 'min', 'any', {
  jvp: jvpOfExtreme(() => reduceMinP),
  transpose: null,
});
export const reduceMin = reducer(() => reduceMinP);

/** d/dε Π(x + εt) by halving products of dual numbers: no division, so zeros among the factors are fine. */
const productTangent = (x: Value, t: Value, axes: readonly number[]): Value => {
  const length = sizeOf(pick(x.shape, axes));
  const kept = keptAxes(x.ndim, axes);
  const flatten = (v: Value): Value => {
    let moved = v;
    [...axes]
      .sort((a, b) => a - b)
      .forEach((d, i) => {
        moved = moveAxis(moved, d - i, v.ndim - 1);
      });
    return reshape(moved, [...pick(v.shape, kept), length]);
  };
  const part = (v: Value, from: number, to: number): Value => {
    const outer = v.shape.slice(0, -1);
    return slice(v, [...outer.map(() => 0), from], [...outer, to]);
  };
  let [p, dp] = [flatten(x), flatten(t)];
  if (length === 0) return fullLike(reduceProd(x, axes), 0);
  for (let n = length; n > 1; n = Math.ceil(n / 2)) {
    const half = Math.floor(n / 2);
    const [a, b, da, db] = [part(p, 0, half), part(p, half, 2 * half), part(dp, 0, half), part(dp, half, 2 * half)];
    const [q, dq] = [mul(a, b), add(mul(da, b), mul(a, db))];
    [p, dp] = n % 2 === 0 ? [q, dq] : [concatenateLast(q, part(p, n - 1, n)), concatenateLast(dq, part(dp, n - 1, n))];
  }
  return reshape(dp, pick(x.shape, kept));
};
const concatenateLast = (a: Value, b: Value): Value => concatenate([a, b], a.ndim - 1);

const reduceProdP: Primitive<AxesParams, One, One> = defineReduction('reduce_prod', 'mul', 'number', {
  jvp: jvpOf(
    () => reduceProdP,
    (t, _answer, [x], { axes }) => productTangent(x, t, axes),
  ),
  transpose: null,
});
export const reduceProd = reducer(() => reduceProdP);

type ArgmaxParams = { readonly axis: number; readonly dtype: DType };
/** The index of the first largest element along an axis; NaN counts as largest. */
const argmaxP: Primitive<ArgmaxParams, One, One> = definePrimitive<ArgmaxParams, One, One>('argmax', {
  impl: ([x], { axis, dtype }) => {
    const { shape } = x;
    const strides = stridesOf(shape);
    const order = [...keptAxes(shape.length, [axis]), axis];
    const data = readStrided(x, pick(shape, order), pick(strides, order), 0);
    const length = shape[axis] as number;
    const kept = pick(shape, keptAxes(shape.length, [axis]));
    const out = allocate(dtype, sizeOf(kept));
    for (let o = 0; o < out.length; o++) {
      let best = 0;
      for (let i = 1; i < length; i++) {
        const [candidate, champion] = [data[o * length + i] as number, data[o * length + best] as number];
        if (candidate > champion || (Number.isNaN(candidate) && !Number.isNaN(champion))) best = i;
      }
      out[o] = best;
    }
    return [concreteArray(kept, dtype, out)];
  },
  shape: ([x], { axis, dtype }) => {
    const { shape } = x;
    checkAxes('argmax', x, [axis]);
    if (shape[axis] === 0)
      throw new ShapeError(
        `argmax: axis ${axis} of shape ${showShape(shape)} is empty, so there is no largest element.`,
      );
    return [aval(pick(shape, keptAxes(shape.length, [axis])), dtype)];
  },
  jvp: jvpZero(() => argmaxP),
  transpose: null,
  batch: batchUnary(
    () => argmaxP,
    ({ axis, dtype }) => ({ axis: axis + 1, dtype }),
  ),
  lower: {
    kind: 'loops',
    write: (c) => {
      const { axis } = c.params;
      const { shape, dtype } = c.args[0];
      const lines = linesOf(shape, axis);
      const champions = stateOf(c, dtype.name, lines.inner);
      const places = stateOf(c, 'i32', lines.inner);
      walkLines(c, lines, false, {
        start: (lane, first) => {
          champions.store(lane, c.load(0, first));
          places.store(lane, index.int(0));
        },
        step: (lane, i, place) => {
          const [candidate, champion] = [c.let(c.load(0, place)), c.let(champions.load(lane))];
          const wins = c.let(beats(candidate, champion, dtype));
          champions.store(lane, choose(wins, candidate, champion));
          places.store(lane, choose(wins, i, places.load(lane)));
        },
        finish: (lane, line) => c.result(0).store(line, converted(places.load(lane), c.params.dtype.name)),
      });
    },
  },
});
export const argmax = (x: Value, axis: number, dtype: DType): Value => bind1(argmaxP, [x], { axis, dtype });
