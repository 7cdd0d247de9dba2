// Where the elements of windows are, for the compiler; and the loops that find the largest one of every window.
import { type Aval, sizeOf } from '../core/aval';
import type { DType } from '../core/dtype';
import {
  apply,
  constant,
  type Expr,
  index,
  type LoopArray,
  type LoopsContext,
  type WindowContext,
} from '../core/lowering';
import type { One } from '../core/value';
import { beats, choose } from './lines';

/** Per axis: the window's extent, step, elements added before and after, and spacing. */
export type WindowParams = {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
};

const at = <T>(xs: readonly T[], i: number): T => xs[i] as T;
export const dilated = (n: number, dilation: number): number => (n === 0 ? 0 : (n - 1) * dilation + 1);

export const windowedShape = (shape: readonly number[], p: WindowParams): number[] =>
  shape.map((n, d) => {
    const [before, after] = at(p.padding, d);
    const room = n + before + after - dilated(at(p.window, d), at(p.dilation, d));
    return room < 0 ? 0 : Math.floor(room / at(p.strides, d)) + 1;
  });

/** Whether no window reaches into the padding. */
const isInside = (shape: readonly number[], p: WindowParams): boolean =>
  windowedShape(shape, p).every((o, d) => {
    const before = at(p.padding, d)[0];
    const last = (o - 1) * at(p.strides, d) + dilated(at(p.window, d), at(p.dilation, d)) - 1 - before;
    return before <= 0 && last < at(shape, d);
  });
/** Whether every element is in one window at most, or in one exactly. */
const isDisjoint = (p: WindowParams): boolean =>
  p.window.every((w, d) => dilated(w, at(p.dilation, d)) <= at(p.strides, d));
export const isTiling = (shape: readonly number[], p: WindowParams): boolean =>
  shape.every((n, d) => {
    const [w, [before, after]] = [at(p.window, d), at(p.padding, d)];
    const isDense = w === 1 || at(p.dilation, d) === 1;
    return isDense && w === at(p.strides, d) && before === 0 && after === 0 && n % w === 0;
  });

/** The element of a window at a place in it: whether it is one of the operand's, and which. */
const elementOf = (shape: readonly number[], p: WindowParams, o: readonly Expr[], w: readonly Expr[]) => {
  let inside: Expr = index.int(1);
  const place = shape.map((n, d) => {
    const [before] = at(p.padding, d);
    const from = index.mul(at(o, d), index.int(at(p.strides, d)));
    const i = index.sub(index.add(from, index.mul(at(w, d), index.int(at(p.dilation, d)))), index.int(before));
    inside = index.and(inside, index.and(index.ge(i, index.int(0)), index.lt(i, index.int(n))));
    return i;
  });
  return { inside, place };
};

/** The terms of every window, for sums and maxima. */
export const windowTerms = (p: WindowParams, [x]: readonly [Aval]) => ({
  count: sizeOf(p.window),
  guarded: !isInside(x.shape, p),
});
export const windowTerm =
  (padding: (dtype: DType) => number) =>
  ({ args: [x], at: o, params: p, term, read }: WindowContext<WindowParams, One, One>): Expr => {
    const { shape, dtype } = x;
    const { inside, place } = elementOf(shape, p, o, index.unflatten(term, p.window));
    return isInside(shape, p)
      ? read(0, place)
      : index.select(inside, read(0, place), constant(padding(dtype), dtype.name));
  };

/** Elements of a window that are looked at one after the other in the text of a kernel, rather than in a loop. */
const unrolled = 16;
type Context = LoopsContext<WindowParams>;
/** What is done with the window at `here`: first, and then for every element, of which at most one is the largest. */
interface Use {
  start(here: Expr): void;
  element(here: Expr, isLargest: Expr, place: Expr): void;
}

/**
 * Finds the largest element of every window in order. Windows of one element along the last axis are looked at side by side, so that
 * memory is read in order.
 */
const forEachLargest = (c: Context, use: Use): void => {
  const { params: p } = c;
  const { shape, dtype } = at(c.args, 1);
  const result = windowedShape(shape, p);
  const last = shape.length - 1;
  const inside = isInside(shape, p);
  const isLine =
    last >= 0 && at(p.window, last) === 1 && at(p.strides, last) === 1 && at(p.padding, last).every((n) => n === 0);
  const lanes = isLine ? at(shape, last) : 1;
  const overLanes = (body: (lane: Expr) => void): void => c.for(lanes, 'any', body);
  const count = sizeOf(p.window);
  const isUnrolled = count <= unrolled;
  const [champions, bests] = isUnrolled ? [null, null] : [c.scratch(dtype.name, lanes), c.scratch('i32', lanes)];

  // Places in the padding are moved inside: what is read there is not used.
  const elementAt = (o: readonly Expr[], w: Expr) => {
    const e = elementOf(shape, p, o, index.unflatten(w, p.window));
    const place = inside ? e.place : e.place.map((i, d) => index.clamp(i, 0, at(shape, d) - 1));
    return { isInside: inside ? index.int(1) : c.let(e.inside), from: c.let(index.flatten(place, shape)) };
  };
  const wins = (isInside: Expr, candidate: Expr, champion: Expr, best: Expr): Expr => {
    const isLarger = beats(candidate, champion, dtype);
    const isFirst = apply('lt', 'bool', best, index.int(0));
    return c.let(inside ? isLarger : index.and(isInside, index.or(isFirst, isLarger)));
  };

  const writeUnrolled = (o: readonly Expr[], from: Expr): void => {
    const elements = Array.from({ length: count }, (_, w) => elementAt(o, index.int(w)));
    overLanes((lane) => {
      const here = index.add(from, lane);
      let [champion, best]: readonly [Expr, Expr] = [constant(0, dtype.name), index.int(-1)];
      elements.forEach((e, w) => {
        const candidate = c.let(c.load(1, index.add(e.from, lane)));
        if (inside && w === 0) [champion, best] = [candidate, index.int(0)];
        else {
          const isBetter = wins(e.isInside, candidate, champion, best);
          champion = c.let(choose(isBetter, candidate, champion));
          best = c.let(choose(isBetter, index.int(w), best));
        }
      });
      use.start(here);
      elements.forEach((e, w) => {
        use.element(here, index.eq(best, index.int(w)), index.add(e.from, lane));
      });
    });
  };
  const writeLooped = (o: readonly Expr[], from: Expr, champions: LoopArray, bests: LoopArray): void => {
    overLanes((lane) => {
      champions.store(
        lane,
        inside ? c.load(1, index.add(elementAt(o, index.int(0)).from, lane)) : constant(0, dtype.name),
      );
      bests.store(lane, index.int(inside ? 0 : -1));
      use.start(index.add(from, lane));
    });
    c.for(count, 'ascending', (w) => {
      const e = elementAt(o, w);
      overLanes((lane) => {
        const candidate = c.let(c.load(1, index.add(e.from, lane)));
        const [champion, best] = [c.let(champions.load(lane)), c.let(bests.load(lane))];
        const isBetter = wins(e.isInside, candidate, champion, best);
        champions.store(lane, choose(isBetter, candidate, champion));
        bests.store(lane, choose(isBetter, w, best));
      });
    });
    c.for(count, 'ascending', (w) => {
      const e = elementAt(o, w);
      overLanes((lane) => {
        use.element(index.add(from, lane), index.eq(bests.load(lane), w), index.add(e.from, lane));
      });
    });
  };

  const order = inside && isDisjoint(p) && isUnrolled ? 'any' : 'ascending';
  const visit = (o: readonly Expr[]): void => {
    const d = o.length;
    if (d < shape.length - (isLine ? 1 : 0)) c.for(at(result, d), order, (i) => visit([...o, i]));
    else {
      const position = isLine ? [...o, index.int(0)] : o;
      const from = c.let(index.flatten(position, result));
      if (champions === null || bests === null) writeUnrolled(position, from);
      else writeLooped(position, from, champions, bests);
    }
  };
  visit([]);
};

const fill = (c: Context): void => {
  const { shape, dtype } = at(c.results, 0);
  c.for(sizeOf(shape), 'any', (i) => c.result(0).store(i, constant(0, dtype.name)));
};

/** result[window] = values[where x is largest in the window], or 0 where the window is padding alone. */
export const writeSelectAndGather = (c: Context): void => {
  if (sizeOf(at(c.args, 1).shape) === 0) {
    fill(c);
    return;
  }
  const out = c.result(0);
  forEachLargest(c, {
    start: (here) => out.store(here, constant(0, at(c.results, 0).dtype.name)),
    element: (here, isLargest, place) => out.store(here, choose(isLargest, c.load(0, place), out.load(here))),
  });
};

/** result[where x is largest in a window] is the sum of source[window] in the order of the windows. */
export const writeSelectAndScatter = (c: Context): void => {
  const { params: p } = c;
  const { shape, dtype } = at(c.results, 0);
  if (sizeOf(shape) === 0) return;
  const zero = constant(0, dtype.name);
  const isAlone = isDisjoint(p) && isInside(shape, p);
  if (!isTiling(shape, p)) fill(c);
  const out = c.result(0);
  forEachLargest(c, {
    start: () => {},
    element: (here, isLargest, place) => {
      const before = isAlone ? zero : out.load(place);
      out.store(place, choose(isLargest, apply('add', dtype.name, before, c.load(0, here)), before));
    },
  });
};
