// The formulas by the name of the operation they compute.
import type { BinaryFormula, Formula } from './arithmetic';
import { cos, sin, tan } from './circular';
import { erf, erfInv } from './error';
import { cosh, exp, expm1, logistic, sinh, tanh } from './exponential';
import { acos, asin, atan, atan2 } from './inverse';
import { acosh, asinh, atanh, log, log1p, log10 } from './logarithm';
import { logaddexp, softplus } from './logSum';
import { pow } from './power';
import { cbrt, hypot, rsqrt } from './roots';

export const formulas = {
  exp,
  expm1,
  log,
  log1p,
  log10,
  rsqrt,
  cbrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  logistic,
  softplus,
  erf,
  erfInv,
} as const satisfies Readonly<Record<string, Formula>>;

export const binaryFormulas = { pow, atan2, logaddexp, hypot } as const satisfies Readonly<
  Record<string, BinaryFormula>
>;

export type FormulaName = keyof typeof formulas;
export type BinaryFormulaName = keyof typeof binaryFormulas;
