// Tensors as vectors: what the laws of derivatives are stated in. All of it on numbers, with no help of the primitives.
import type { Aval } from '../src/core/aval';
import { sizeOf } from '../src/core/aval';
import { allocate, isFloat } from '../src/core/dtype';
import { type Tangent, Zero } from '../src/core/primitive';
import { arrayOf, ConcreteArray, concreteArray, type Value } from '../src/core/value';

/** The array behind a value that no transform has hold of. */
export const concrete = (x: Value): ConcreteArray => x.concrete('laws');

export const zerosLike = ({ shape, dtype }: Aval): ConcreteArray =>
  concreteArray(shape, dtype, allocate(dtype, sizeOf(shape)));

/** A tangent or cotangent as an array. */
export const dense = (t: Tangent): ConcreteArray => (t instanceof Zero ? zerosLike(t.aval) : concrete(t));

const zip = (x: ConcreteArray, y: ConcreteArray, f: (a: number, b: number) => number): ConcreteArray => {
  const [xs, ys] = [x.numbers, y.numbers];
  return arrayOf(
    x.shape,
    x.dtype,
    Float64Array.from(xs, (a, i) => f(a, ys[i] as number)),
  );
};

export const plus = (x: ConcreteArray, y: ConcreteArray): ConcreteArray => zip(x, y, (a, b) => a + b);
/** x - y, and 0 where they are the same, infinities and NaN too: a constant has no derivative whatever it is. */
export const minus = (x: ConcreteArray, y: ConcreteArray): ConcreteArray =>
  zip(x, y, (a, b) => (Object.is(a, b) ? 0 : a - b));
export const times = (c: number, x: ConcreteArray): ConcreteArray => zip(x, x, (a) => c * a);
/** x + c t where x is a float, else x. */
export const along = (x: ConcreteArray, c: number, t: ConcreteArray): ConcreteArray =>
  isFloat(x.dtype) ? zip(x, t, (a, b) => a + c * b) : x;

/** The sum of products of all elements. */
export const inner = (xs: readonly ConcreteArray[], ys: readonly ConcreteArray[]): number => {
  let sum = 0;
  xs.forEach((x, i) => {
    const [xs, others] = [x.numbers, (ys[i] as ConcreteArray).numbers];
    for (let j = 0; j < xs.length; j++) sum += (xs[j] as number) * (others[j] as number);
  });
  return sum;
};
/** What the rounding of `inner` is relative to: the sum of magnitudes of the products. */
export const innerScale = (xs: readonly ConcreteArray[], ys: readonly ConcreteArray[]): number =>
  inner(xs.map(magnitude), ys.map(magnitude));
const magnitude = (x: ConcreteArray): ConcreteArray => zip(x, x, Math.abs);

/** The arrays one after the other along a new axis 0; of none, an array of that many rows of `row`. */
export const stack = (xs: readonly ConcreteArray[], row: Aval): ConcreteArray => {
  const each = sizeOf(row.shape);
  const out = allocate(row.dtype, xs.length * each);
  xs.forEach(({ data }, i) => {
    out.set(data, i * each);
  });
  return concreteArray([xs.length, ...row.shape], row.dtype, out);
};

/** Row i of the first axis. */
export const row = (x: ConcreteArray, i: number): ConcreteArray => {
  const shape = x.shape.slice(1);
  const each = sizeOf(shape);
  return new ConcreteArray({ shape, dtype: x.dtype }, x.data.slice(i * each, (i + 1) * each));
};

/** Central differences of `f` at `xs` in the direction `ts`, each difference divided by the step. */
export const centralDifference = (
  f: (xs: readonly ConcreteArray[]) => readonly ConcreteArray[],
  xs: readonly ConcreteArray[],
  ts: readonly ConcreteArray[],
  step: number,
): ConcreteArray[] => {
  const at = (c: number): readonly ConcreteArray[] => f(xs.map((x, i) => along(x, c, ts[i] as ConcreteArray)));
  const [ahead, behind] = [at(step), at(-step)];
  return ahead.map((y, i) =>
    isFloat(y.dtype) ? times(1 / (2 * step), minus(y, behind[i] as ConcreteArray)) : zerosLike(y.aval),
  );
};
