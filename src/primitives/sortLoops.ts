// Sorting as loops, all operands moving together: long lines digit by digit of their keys, from the lowest; others by merging runs.
import { sizeOf } from '../core/aval';
import { type DType, isFloat } from '../core/dtype';
import { apply, constant, type Expr, index, type LoopArray, type LoopsContext } from '../core/lowering';
import type { AtLeastOne } from '../core/value';
import { choose, converted, linesOf } from './lines';

export type SortParams = { readonly axis: number; readonly keys: number };

/** Increasing, NaN last. */
const precedes = (a: Expr, b: Expr, dtype: DType): Expr =>
  isFloat(dtype)
    ? index.and(apply('not', 'bool', apply('ge', 'bool', a, b)), apply('eq', 'bool', a, a))
    : apply('lt', 'bool', a, b);
/** The keys are compared one after the other. */
const comesFirst = (a: readonly Expr[], b: readonly Expr[], dtypes: readonly DType[]): Expr => {
  const [x, y, dtype] = [a[0] as Expr, b[0] as Expr, dtypes[0] as DType];
  const decides = precedes(x, y, dtype);
  if (dtypes.length === 1) return decides;
  const isTie = apply('not', 'bool', precedes(y, x, dtype));
  return index.or(decides, index.and(isTie, comesFirst(a.slice(1), b.slice(1), dtypes.slice(1))));
};

const min = (a: Expr, b: Expr): Expr => apply('min', 'i32', a, b);

type Context = LoopsContext<SortParams, AtLeastOne>;
/** Sorts the line whose elements are at these places of all operands. */
type SortLine = (placeOf: (i: Expr) => Expr) => void;

/** Two copies of a line; runs of one element, two, four ... are merged from one into the other. */
const mergeSort = (c: Context, length: number): SortLine => {
  const { keys } = c.params;
  // One element more, because the second run is looked at beyond its end.
  const room = length + 1;
  const copies = c.args.map((x) => c.scratch(x.dtype.name, 2 * room));
  const dtypes = c.args.slice(0, keys).map((x) => x.dtype);
  const n = index.int(length);

  const merge = (from: Expr, into: Expr, low: Expr, middle: Expr, high: Expr): void => {
    const [first, second] = [c.variable(low), c.variable(middle)];
    c.for(c.let(index.sub(high, low)), 'ascending', (k) => {
      const [a, b] = [c.let(index.add(from, first.value)), c.let(index.add(from, second.value))];
      const keysAt = (at: Expr): Expr[] => copies.slice(0, keys).map((copy) => c.let(copy.load(at)));
      const [as, bs] = [keysAt(a), keysAt(b)];
      const isSpent = index.ge(first.value, middle);
      const isNext = index.and(index.lt(second.value, high), index.or(isSpent, comesFirst(bs, as, dtypes)));
      const takesSecond = c.let(converted(isNext, 'i32'));
      const place = c.let(index.add(into, index.add(low, k)));
      copies.forEach((copy, i) => {
        const [x, y] = [as[i], bs[i]];
        copy.store(place, x && y ? choose(takesSecond, y, x) : copy.load(choose(takesSecond, b, a)));
      });
      second.set(index.add(second.value, takesSecond));
      first.set(index.add(first.value, index.sub(index.int(1), takesSecond)));
    });
  };

  return (placeOf) => {
    copies.forEach((copy, k) => {
      c.for(length, 'any', (i) => copy.store(i, c.load(k, placeOf(i))));
    });
    const [from, into, width] = [c.variable(index.int(0)), c.variable(index.int(room)), c.variable(index.int(1))];
    c.for(Math.ceil(Math.log2(length)), 'ascending', () => {
      const [source, target, run] = [c.let(from.value), c.let(into.value), c.let(width.value)];
      const low = c.variable(index.int(0));
      c.while(index.lt(low.value, n), () => {
        const start = c.let(low.value);
        const middle = c.let(min(index.add(start, run), n));
        const end = c.let(min(index.add(middle, run), n));
        merge(source, target, start, middle, end);
        low.set(end);
      });
      from.set(target);
      into.set(source);
      width.set(index.add(run, run));
    });
    const sorted = c.let(from.value);
    copies.forEach((copy, k) => {
      c.for(length, 'any', (i) => c.result(k).store(placeOf(i), copy.load(index.add(sorted, i))));
    });
  };
};

const digits = 256;
/** From where on counting digits is faster than merging. */
const countedFrom = 64;
const lowest = index.int(-2147483648);
/** 32 bits whose order without sign is that of the keys; equal ones where neither precedes the other. */
const ordered = (x: Expr, dtype: DType): Expr => {
  if (dtype.name === 'i32') return apply('xor', 'i32', x, lowest);
  if (dtype.name !== 'f32') return converted(x, 'i32');
  const bits = apply('bitcast', 'i32', choose(index.eq(x, constant(0, 'f32')), constant(0, 'f32'), x));
  const sign = apply('shiftRightArithmetic', 'i32', bits, index.int(31));
  const number = apply('xor', 'i32', bits, apply('or', 'i32', sign, lowest));
  return choose(index.eq(x, x), number, index.int(-1));
};
const digitOf = (bits: Expr, shift: number): Expr =>
  apply('and', 'i32', apply('shiftRightLogical', 'i32', bits, index.int(shift)), index.int(digits - 1));

/** Once for every digit of every key, the last and lowest first, elements go to where those with the same digit are. */
const radixSort = (c: Context, length: number): SortLine => {
  const keyDtypes = c.args.slice(0, c.params.keys).map((x) => x.dtype);
  const passes = keyDtypes
    .flatMap((dtype, key) => (dtype.kind === 'bool' ? [0] : [24, 16, 8, 0]).map((shift) => ({ key, dtype, shift })))
    .reverse();
  const counts = c.scratch('i32', digits * passes.length);
  const copies = c.args.map((x) => c.scratch(x.dtype.name, 2 * length));
  return (placeOf) => {
    c.for(digits * passes.length, 'any', (i) => counts.store(i, index.int(0)));
    c.for(length, 'ascending', (i) => {
      const place = c.let(placeOf(i));
      const bits = keyDtypes.map((dtype, key) => c.let(ordered(c.let(c.load(key, place)), dtype)));
      passes.forEach(({ key, shift }, p) => {
        const slot = c.let(index.add(digitOf(bits[key] as Expr, shift), index.int(p * digits)));
        counts.store(slot, index.add(counts.load(slot), index.int(1)));
      });
    });
    // Where the elements of each digit begin.
    passes.forEach((_, p) => {
      const total = c.variable(index.int(0));
      c.for(digits, 'ascending', (digit) => {
        const slot = index.add(digit, index.int(p * digits));
        const next = c.let(index.add(total.value, counts.load(slot)));
        counts.store(slot, total.value);
        total.set(next);
      });
    });
    passes.forEach(({ key, dtype, shift }, p) => {
      const [from, into] = p % 2 === 0 ? [length, 0] : [0, length];
      c.for(length, 'ascending', (i) => {
        const place = p === 0 ? c.let(placeOf(i)) : c.let(index.add(i, index.int(from)));
        const values = copies.map((copy, k) => c.let(p === 0 ? c.load(k, place) : copy.load(place)));
        const slot = c.let(index.add(digitOf(ordered(values[key] as Expr, dtype), shift), index.int(p * digits)));
        const target = c.let(counts.load(slot));
        counts.store(slot, index.add(target, index.int(1)));
        const isLast = p === passes.length - 1;
        const there = c.let(isLast ? placeOf(target) : index.add(target, index.int(into)));
        values.forEach((value, k) => {
          (isLast ? c.result(k) : (copies[k] as LoopArray)).store(there, value);
        });
      });
    });
  };
};

export const writeSort = (c: Context): void => {
  const { axis, keys } = c.params;
  const [{ shape }] = c.args;
  if (sizeOf(shape) === 0) return;
  const { outer, length, inner } = linesOf(shape, axis);
  const hasDigits = c.args.slice(0, keys).every((x) => x.dtype.name !== 'f64');
  const sortLine = (hasDigits && length >= countedFrom ? radixSort : mergeSort)(c, length);
  c.for(outer, 'ascending', (o) =>
    c.for(inner, 'ascending', (lane) => {
      const base = c.let(index.add(index.mul(o, index.int(length * inner)), lane));
      sortLine((i) => index.add(base, index.mul(i, index.int(inner))));
    }),
  );
};
