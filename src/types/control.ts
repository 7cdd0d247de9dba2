import type { Dim } from './dims';
import type { bool, i32 } from './dtype';
import type { Scalar } from './tensor';
import type { AddAxis, DropLead, Lead } from './trees';

export interface ScanOptions {
  /** From the last element to the first. */
  readonly reverse?: boolean;
  /** Steps that are compiled as one; 1 if it is left out. */
  readonly unroll?: number;
}
export interface Scan {
  <C, XS, Y>(
    f: (carry: C, x: DropLead<XS>) => readonly [carry: NoInfer<C>, y: Y],
    init: C,
    xs: XS,
    options?: ScanOptions & { readonly length?: Lead<XS> },
  ): [carry: C, ys: AddAxis<Y, Lead<XS>>];
  /** Steps that are only counted. */
  <C, Y, N extends Dim>(
    f: (carry: C, x: null) => readonly [carry: NoInfer<C>, y: Y],
    init: C,
    xs: null,
    options: ScanOptions & { readonly length: N },
  ): [carry: C, ys: AddAxis<Y, N>];
}
export type ForiLoop = <C>(
  lower: Dim | Scalar<i32>,
  upper: Dim | Scalar<i32>,
  body: (i: Scalar<i32>, carry: C) => NoInfer<C>,
  init: C,
) => C;
export interface WhileLoopOptions {
  /** The loop ends after so many steps, and can be differentiated in reverse. */
  readonly maxSteps?: number;
}
export type WhileLoop = <C>(
  condition: (carry: C) => Scalar<bool>,
  body: (carry: C) => NoInfer<C>,
  init: C,
  options?: WhileLoopOptions,
) => C;
export type Cond = <A extends unknown[], R>(
  predicate: Scalar<bool>,
  ifTrue: (...args: A) => R,
  ifFalse: (...args: A) => NoInfer<R>,
  ...args: A
) => R;
export type SwitchCase = <A extends unknown[], R>(
  index: Scalar<i32>,
  branches: readonly ((...args: A) => R)[],
  ...args: A
) => R;
export type MapOver = <XS, Y>(f: (x: DropLead<XS>) => Y, xs: XS) => AddAxis<Y, Lead<XS>>;
export type AssociativeScan = <XS>(
  combine: (x: DropLead<XS>, y: DropLead<XS>) => DropLead<XS>,
  xs: XS,
  options?: { readonly reverse?: boolean },
) => XS;
