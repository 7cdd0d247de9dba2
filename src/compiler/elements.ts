// Where a kernel reads and writes the elements of its buffers.
import { type Expr, index } from '../core/lowering';
import { Interner, simplifyIndex } from './indexing';
import { axisName } from './kernel';
import { partsOf, sameExpr } from './rewrite';

/** Whether all loads of a buffer are at the place a map writes to. */
export const onlyReadsHere = (value: Expr, buffer: number, here: Expr): boolean =>
  [...partsOf([value])].every((e) => e.op !== 'load' || e.buffer !== buffer || sameExpr(e.at, here));

/** The place in an array of a shape that a map over it writes to, in the normal form that its loads have. */
export const placeOf = (shape: readonly number[]): Expr => {
  const here = index.flatten(
    shape.map((_, d): Expr => ({ op: 'index', dtype: 'i32', name: axisName(d) })),
    shape,
  );
  return simplifyIndex(new Interner(), here, new Map(shape.map((n, d) => [axisName(d), n])));
};
