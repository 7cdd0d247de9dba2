import type { Dim, Shape } from './dims';

/**
 * [before, dim, after, before and after] for every axis, as a table: an entry always resolves to a fixed tuple, even
 * for a shape with type parameters. Negative axes match from the right, so they work on [...Batch, T, D].
 */
export interface SplitTable<S> {
  '0': { s: S } extends { s: [infer X extends Dim, ...infer Q extends Shape] } ? [[], X, Q, Q] : NoAxis<S>;
  '1': { s: S } extends { s: [infer A extends Dim, infer X extends Dim, ...infer Q extends Shape] }
    ? [[A], X, Q, [A, ...Q]]
    : NoAxis<S>;
  '2': { s: S } extends { s: [infer A extends Dim, infer B extends Dim, infer X extends Dim, ...infer Q extends Shape] }
    ? [[A, B], X, Q, [A, B, ...Q]]
    : NoAxis<S>;
  '3': { s: S } extends {
    s: [infer A extends Dim, infer B extends Dim, infer C extends Dim, infer X extends Dim, ...infer Q extends Shape];
  }
    ? [[A, B, C], X, Q, [A, B, C, ...Q]]
    : NoAxis<S>;
  '4': { s: S } extends {
    s: [
      infer A extends Dim,
      infer B extends Dim,
      infer C extends Dim,
      infer D extends Dim,
      infer X extends Dim,
      ...infer Q extends Shape,
    ];
  }
    ? [[A, B, C, D], X, Q, [A, B, C, D, ...Q]]
    : NoAxis<S>;
  '5': { s: S } extends {
    s: [
      infer A extends Dim,
      infer B extends Dim,
      infer C extends Dim,
      infer D extends Dim,
      infer E extends Dim,
      infer X extends Dim,
      ...infer Q extends Shape,
    ];
  }
    ? [[A, B, C, D, E], X, Q, [A, B, C, D, E, ...Q]]
    : NoAxis<S>;
  '-1': { s: S } extends { s: [...infer P extends Shape, infer X extends Dim] } ? [P, X, [], P] : NoAxis<S>;
  '-2': { s: S } extends { s: [...infer P extends Shape, infer X extends Dim, infer A extends Dim] }
    ? [P, X, [A], [...P, A]]
    : NoAxis<S>;
  '-3': { s: S } extends {
    s: [...infer P extends Shape, infer X extends Dim, infer A extends Dim, infer B extends Dim];
  }
    ? [P, X, [A, B], [...P, A, B]]
    : NoAxis<S>;
  '-4': { s: S } extends {
    s: [...infer P extends Shape, infer X extends Dim, infer A extends Dim, infer B extends Dim, infer C extends Dim];
  }
    ? [P, X, [A, B, C], [...P, A, B, C]]
    : NoAxis<S>;
  '-5': { s: S } extends {
    s: [
      ...infer P extends Shape,
      infer X extends Dim,
      infer A extends Dim,
      infer B extends Dim,
      infer C extends Dim,
      infer D extends Dim,
    ];
  }
    ? [P, X, [A, B, C, D], [...P, A, B, C, D]]
    : NoAxis<S>;
  '-6': { s: S } extends {
    s: [
      ...infer P extends Shape,
      infer X extends Dim,
      infer A extends Dim,
      infer B extends Dim,
      infer C extends Dim,
      infer D extends Dim,
      infer E extends Dim,
    ];
  }
    ? [P, X, [A, B, C, D, E], [...P, A, B, C, D, E]]
    : NoAxis<S>;
}
type UnknownSplit = [Shape, number, Shape, Shape];
type NoAxis<S> = { s: number[] } extends { s: S } ? UnknownSplit : never;
/** An axis that is not a literal, or beyond the table, leaves everything to the trace. */
export type Split<S, A extends number> = `${A}` extends keyof SplitTable<S> ? SplitTable<S>[`${A}`] : UnknownSplit;

interface AxesTable {
  0: never;
  1: 0 | -1;
  2: AxesTable[1] | 1 | -2;
  3: AxesTable[2] | 2 | -3;
  4: AxesTable[3] | 3 | -4;
  5: AxesTable[4] | 4 | -5;
  6: AxesTable[5] | 5 | -6;
}
interface InsertTable {
  0: AxesTable[1];
  1: AxesTable[2];
  2: AxesTable[3];
  3: AxesTable[4];
  4: AxesTable[5];
  5: AxesTable[6];
}
/** The valid axes of a shape; any number when the rank is unknown or beyond the table. */
export type AxisOf<S> = { s: S } extends { s: { length: infer L } }
  ? L extends keyof AxesTable
    ? AxesTable[L]
    : number
  : number;
/** The places where a new axis fits. */
export type InsertAxisOf<S> = { s: S } extends { s: { length: infer L } }
  ? L extends keyof InsertTable
    ? InsertTable[L]
    : number
  : number;

export type DimAt<S, A extends number> = Split<S, A> extends [unknown, infer X extends Dim, ...unknown[]] ? X : never;
export type Removed<S, A extends number> = Split<S, A>[3];
export type Replaced<S, A extends number, N extends Dim> =
  Split<S, A> extends [infer P extends Shape, unknown, infer Q extends Shape, unknown] ? [...P, N, ...Q] : never;
