// Loops of primitives that work along one axis.
import { sizeOf } from '../core/aval';
import { type DType, type DTypeName, isFloat } from '../core/dtype';
import { apply, constant, type Expr, index, type LoopArray, type LoopsContext } from '../core/lowering';

/** How many lines there are before and beside each other, and how long one is. */
export const linesOf = (shape: readonly number[], axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  length: shape[axis] as number,
  inner: sizeOf(shape.slice(axis + 1)),
});

/** Whether a candidate takes the place of the largest so far: NaN is larger than everything, and the first of equals stays. */
export const beats = (candidate: Expr, champion: Expr, dtype: DType): Expr =>
  isFloat(dtype)
    ? index.and(apply('not', 'bool', apply('le', 'bool', candidate, champion)), apply('eq', 'bool', champion, champion))
    : apply('gt', 'bool', candidate, champion);
export const choose = (condition: Expr, a: Expr, b: Expr): Expr => apply('select', a.dtype, condition, a, b);
export const converted = (x: Expr, dtype: DTypeName): Expr => (x.dtype === dtype ? x : apply('convert', dtype, x));

/** One value for each of the lines that are walked together, which changes. */
export const stateOf = <P>(c: LoopsContext<P>, dtype: DTypeName, lanes: number): LoopArray => {
  if (lanes !== 1) return c.scratch(dtype, lanes);
  const only = c.variable(constant(0, dtype));
  return { load: () => only.value, store: (_, value) => only.set(value) };
};

/** What is done along lines. */
interface Walk {
  /** Before the first element of a line, which is at this place. */
  start(lane: Expr, first: Expr): void;
  step(lane: Expr, i: Expr, place: Expr): void;
  /** After the last element; `line` counts all lines. */
  finish(lane: Expr, line: Expr): void;
}
/** Loops along all lines; those that lie beside each other are walked together, so that memory is read in order. */
export const walkLines = <P>(
  c: LoopsContext<P>,
  { outer, length, inner }: ReturnType<typeof linesOf>,
  reverse: boolean,
  walk: Walk,
): void => {
  const lanes = (body: (lane: Expr) => void): void => c.for(inner, 'any', body);
  c.for(outer, 'ascending', (o) => {
    const base = c.let(index.mul(o, index.int(length * inner)));
    lanes((lane) => walk.start(lane, index.add(base, lane)));
    c.for(length, 'ascending', (step) => {
      const i = reverse ? index.sub(index.int(length - 1), step) : step;
      const row = c.let(index.add(base, index.mul(i, index.int(inner))));
      lanes((lane) => walk.step(lane, i, index.add(row, lane)));
    });
    lanes((lane) => walk.finish(lane, index.add(index.mul(o, index.int(inner)), lane)));
  });
};
