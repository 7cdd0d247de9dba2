// The formulas as functions of numbers and of arrays. Straight-line code is generated where that is allowed; elsewhere the formulas
// run as they stand. The bits are the same.
import type { Data } from '../core/dtype';
import type { BinaryFormula, Formula, Precision } from './arithmetic';
import { type BinaryFormulaName, binaryFormulas, type FormulaName, formulas } from './formulas';
import { copySign, externals, fields, float32, float64 } from './numbers';
import { sourceOf } from './source';

export type Unary = (x: number) => number;
export type Binary = (x: number, y: number) => number;
/** Puts a function's values at the elements of arrays of one length and precision into another. */
export type UnaryLoop = (xs: Data, out: Data) => void;
export type BinaryLoop = (xs: Data, ys: Data, out: Data) => void;

const numbers = { f32: float32, f64: float64 } as const;

/** Without code generation. */
export const interpreted = {
  unary:
    (formula: Formula, precision: Precision): Unary =>
    (x) =>
      formula(numbers[precision], x),
  binary:
    (formula: BinaryFormula, precision: Precision): Binary =>
    (x, y) =>
      formula(numbers[precision], x, y),
  unaryLoop: (formula: Formula, precision: Precision): UnaryLoop => {
    const f = interpreted.unary(formula, precision);
    return (xs, out) => {
      for (let i = 0; i < xs.length; i++) out[i] = f(xs[i] as number);
    };
  },
  binaryLoop: (formula: BinaryFormula, precision: Precision): BinaryLoop => {
    const f = interpreted.binary(formula, precision);
    return (xs, ys, out) => {
      for (let i = 0; i < xs.length; i++) out[i] = f(xs[i] as number, ys[i] as number);
    };
  },
} as const;

const helpers = { fields, externals, copySign } as const;
const generate = <T>(...code: readonly string[]): T =>
  new Function('F', 'h', ["'use strict';", ...code].join('\n'))(Math.fround, helpers) as T;
const loop = (parameters: string, lines: readonly string[]): readonly string[] => [
  `return (${parameters}) => {`,
  'for (let i = 0; i < xs.length; i++) {',
  ...lines,
  '}',
  '};',
];

/** As generated code. */
export const generated: typeof interpreted = {
  unary: (formula, precision) => {
    const { lines, result } = sourceOf(precision, (a) => formula(a, 'x'));
    return generate('return (x) => {', ...lines, `return ${result};`, '};');
  },
  binary: (formula, precision) => {
    const { lines, result } = sourceOf(precision, (a) => formula(a, 'x', 'y'));
    return generate('return (x, y) => {', ...lines, `return ${result};`, '};');
  },
  unaryLoop: (formula, precision) => {
    const { lines, result } = sourceOf(precision, (a) => formula(a, 'x'));
    return generate(...loop('xs, out', ['const x = xs[i];', ...lines, `out[i] = ${result};`]));
  },
  binaryLoop: (formula, precision) => {
    const { lines, result } = sourceOf(precision, (a) => formula(a, 'x', 'y'));
    return generate(...loop('xs, ys, out', ['const x = xs[i], y = ys[i];', ...lines, `out[i] = ${result};`]));
  },
};

/** Whether code may be made from text here: a page's Content-Security-Policy can forbid it. */
const canGenerate = (): boolean => {
  try {
    return new Function('return true')() === true;
  } catch {
    return false;
  }
};
const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
const maker = once(() => (canGenerate() ? generated : interpreted));

const perPrecision = <T>(make: (precision: Precision) => T): Readonly<Record<Precision, T>> => ({
  f32: make('f32'),
  f64: make('f64'),
});
/** The loop of a function; made when it is first asked for. */
export const unaryLoop = (name: FormulaName): Readonly<Record<Precision, () => UnaryLoop>> =>
  perPrecision((precision) => once(() => maker().unaryLoop(formulas[name], precision)));
export const binaryLoop = (name: BinaryFormulaName): Readonly<Record<Precision, () => BinaryLoop>> =>
  perPrecision((precision) => once(() => maker().binaryLoop(binaryFormulas[name], precision)));

export type Functions = Readonly<Record<FormulaName, Unary> & Record<BinaryFormulaName, Binary>>;
const mapValues = <K extends string, A, B>(record: Readonly<Record<K, A>>, f: (x: A) => B): Record<K, B> =>
  Object.fromEntries(Object.entries<A>(record).map(([name, x]) => [name, f(x)])) as Record<K, B>;
/** All functions; each is made when it is first called. */
export const functions: Readonly<Record<Precision, Functions>> = perPrecision((precision) => ({
  ...mapValues<FormulaName, Formula, Unary>(formulas, (formula) => {
    const f = once(() => maker().unary(formula, precision));
    return (x) => f()(x);
  }),
  ...mapValues<BinaryFormulaName, BinaryFormula, Binary>(binaryFormulas, (formula) => {
    const f = once(() => maker().binary(formula, precision));
    return (x, y) => f()(x, y);
  }),
}));
