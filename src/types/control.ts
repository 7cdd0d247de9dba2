import type { Dim, Lazy, ShapesMatch } from './dims';
import type { bool, i32 } from './dtype';
import type { Judged, ShapeError } from './messages';
import type { Scalar, Tensor } from './tensor';
import type { AddAxis, DropLead, Lead } from './trees';

type Step<K> = K extends `${infer I extends number}` ? `[${I}]` : K extends number ? '[...]' : `.${K & string}`;
type At<Path> = Path extends '' ? '' : ` at ${Path & string}`;
/**
 * The tree Next, when it is like T, or what is wrong with it. What is right is `unknown`, so that the sentence is all
 * there is to print, and an error is at the leaf it is about.
 */
type Like<Words extends string, T, Next> = { n: Next } extends { n: T } ? Next : Unlike<Words, T, Next>;
type Unlike<Words extends string, T, Next, Path extends string = ''> = { n: Next } extends { n: T }
  ? unknown
  : T extends Tensor<infer S, infer D>
    ? Next extends Tensor<infer NS, infer ND>
      ? UnlikeLeaf<Words, S, D, NS, ND, Path>
      : ShapeError<`${Words} structure${At<Path>}`, T, Next>
    : T extends object
      ? [Missing<T, Next>] extends [never]
        ? { readonly [K in keyof T]: Unlike<Words, T[K], Next[K & keyof Next], `${Path}${Step<K>}`> }
        : ShapeError<`${Words} structure: ${Path}${Step<Missing<T, Next>>} is left out`>
      : ShapeError<`${Words} structure${At<Path>}`, T, Next>;
type UnlikeLeaf<Words extends string, S, D, NS, ND, Path> =
  ShapesMatch<S, NS, Lazy<S>> extends true
    ? { d: ND } extends { d: D }
      ? unknown
      : ShapeError<`${Words} dtype${At<Path>}`, D, ND>
    : ShapeError<`${Words} shape${At<Path>}`, S, NS>;
type Missing<T, Next> = T extends readonly unknown[]
  ? Exclude<keyof T & `${number}`, keyof Next>
  : Exclude<keyof T & string, keyof Next>;
type NextCarry<Op extends string, C, Next> = Like<`${Op}: the carry changes its`, C, Next>;
declare const pair: unique symbol;
/** Anything but null; all that the compiler can print where a step returns no pair, from which Next could be inferred. */
interface Pair<out Message extends string> {
  valueOf(): unknown;
  readonly [pair]?: Message;
}
type ScanCarry<C, Next> = { n: Next } extends { n: C }
  ? Next
  : unknown extends Next
    ? Pair<'scan: a step returns [carry, y]'>
    : NextCarry<'scan', C, Next>;

export interface ScanOptions {
  /** From the last element to the first. */
  readonly reverse?: boolean;
  /** Steps that are compiled as one; 1 if it is left out. */
  readonly unroll?: number;
}
/** The number of steps: that of the elements, or N where there are none. */
type Steps<XS, N> = [XS] extends [null] ? N : Lead<XS>;
/** One signature: of several the compiler would say that none fits, before it says why. */
export type Scan = <C, XS, Y, const Next, const N extends Dim = number>(
  f: Judged<readonly [carry: ScanCarry<C, Next>, y: Y], [carry: C, x: DropLead<XS>]>,
  init: C,
  xs: XS,
  options?: ScanOptions & {
    /** How many elements there are; needed where `xs` is null, and the steps are only counted. */
    readonly length?: Steps<XS, N>;
  },
) => [carry: C, ys: AddAxis<Y, Steps<XS, N>>];
export type ForiLoop = <C, const Next>(
  lower: Dim | Scalar<i32>,
  upper: Dim | Scalar<i32>,
  body: Judged<NextCarry<'foriLoop', C, Next>, [i: Scalar<i32>, carry: C]>,
  init: C,
) => C;
export interface WhileLoopOptions {
  /** The loop ends after so many steps, and can be differentiated in reverse. */
  readonly maxSteps?: number;
}
export type WhileLoop = <C, const Next>(
  condition: (carry: C) => Scalar<bool>,
  body: Judged<NextCarry<'whileLoop', C, Next>, [carry: C]>,
  init: C,
  options?: WhileLoopOptions,
) => C;
export type Cond = <A extends unknown[], R, const Other>(
  predicate: Scalar<bool>,
  ifTrue: (...args: A) => R,
  ifFalse: Judged<Like<'cond: the branches differ in', R, Other>, A>,
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
