import type { Dim } from './dims';
import type { bool, i32 } from './dtype';
import type { Scalar } from './tensor';
import type { AddAxis, DropLead, Lead } from './trees';

export type Scan = <C, XS, Y>(
  f: (carry: C, x: DropLead<XS>) => readonly [carry: NoInfer<C>, y: Y],
  init: C,
  xs: XS,
) => [carry: C, ys: AddAxis<Y, Lead<XS>>];
export type ForiLoop = <C>(lower: number, upper: Dim, body: (i: Scalar<i32>, carry: C) => NoInfer<C>, init: C) => C;
export type WhileLoop = <C>(condition: (carry: C) => Scalar<bool>, body: (carry: C) => NoInfer<C>, init: C) => C;
export type Cond = <A extends unknown[], R>(
  predicate: Scalar<bool>,
  ifTrue: (...args: A) => R,
  ifFalse: (...args: A) => NoInfer<R>,
  ...args: A
) => R;
