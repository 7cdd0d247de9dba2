import type { Dim } from './dims';
import type { bool, i32 } from './dtype';
import type { ShapeError } from './messages';
import type { Scalar, Tensor } from './tensor';
import type { AddAxis, DropLead, Lead } from './trees';

type Step<K> = K extends `${infer I extends number}` ? `[${I}]` : K extends number ? '[...]' : `.${K & string}`;
type At<Path> = Path extends '' ? '' : ` at ${Path & string}`;
/** The same tree; the error at a leaf that is another says which leaf it is, in words. */
type LeafNames<Words extends string, T, Path extends string = ''> =
  T extends Tensor<infer S, any>
    ? T | ShapeError<`${Words}${At<Path>}`, S>
    : T extends object
      ? { [K in keyof T]: LeafNames<Words, T[K], `${Path}${Step<K>}`> }
      : T;
/** T itself is there for a T that is not known yet. */
type Like<Words extends string, T> = NoInfer<T | LeafNames<Words, T>>;
type NextCarry<Op extends string, C> = Like<`${Op}: the carry changes its shape or dtype`, C>;

export interface ScanOptions {
  /** From the last element to the first. */
  readonly reverse?: boolean;
  /** Steps that are compiled as one; 1 if it is left out. */
  readonly unroll?: number;
}
/** The number of steps: that of the elements, or N where there are none. */
type Steps<XS, N> = [XS] extends [null] ? N : Lead<XS>;
/** One signature: of several the compiler would say that none fits, before it says why. */
export type Scan = <C, XS, Y, const N extends Dim = number>(
  f: (carry: C, x: DropLead<XS>) => readonly [carry: NextCarry<'scan', C>, y: Y],
  init: C,
  xs: XS,
  options?: ScanOptions & {
    /** How many elements there are; needed where `xs` is null, and the steps are only counted. */
    readonly length?: Steps<XS, N>;
  },
) => [carry: C, ys: AddAxis<Y, Steps<XS, N>>];
export type ForiLoop = <C>(
  lower: Dim | Scalar<i32>,
  upper: Dim | Scalar<i32>,
  body: (i: Scalar<i32>, carry: C) => NextCarry<'foriLoop', C>,
  init: C,
) => C;
export interface WhileLoopOptions {
  /** The loop ends after so many steps, and can be differentiated in reverse. */
  readonly maxSteps?: number;
}
export type WhileLoop = <C>(
  condition: (carry: C) => Scalar<bool>,
  body: (carry: C) => NextCarry<'whileLoop', C>,
  init: C,
  options?: WhileLoopOptions,
) => C;
export type Cond = <A extends unknown[], R>(
  predicate: Scalar<bool>,
  ifTrue: (...args: A) => R,
  ifFalse: (...args: A) => Like<'cond: the branches differ in shape or dtype', R>,
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
