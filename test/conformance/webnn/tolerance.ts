// The W3C's error budgets (WPT, webnn/resources/utils.js): units in the last place of f32, or an absolute difference.
import { sizeOf } from '../../../src/core/aval';

export type Tolerance = { readonly ulp: number } | { readonly absolute: number };

const exact = ['clamp', 'concat', 'expand', 'pad', 'relu', 'reshape', 'slice', 'split', 'transpose', 'where', 'gather'];
const alsoExact = ['max', 'min', 'abs', 'ceil', 'floor', 'neg', 'cast', 'reduceMax', 'reduceMin', 'logicalNot'];
const comparisons = ['equal', 'greater', 'greaterOrEqual', 'lesser', 'lesserOrEqual'];

const fixed: Readonly<Record<string, number>> = {
  ...Object.fromEntries([...exact, ...alsoExact, ...comparisons].map((name) => [name, 0])),
  add: 1,
  sub: 1,
  mul: 1,
  div: 2,
  pow: 32,
  exp: 32,
  sqrt: 1,
  reciprocal: 2,
  sigmoid: 34,
  softplus: 18,
  elu: 18,
  softsign: 3,
  hardSigmoid: 2,
  hardSwish: 4,
  linear: 2,
  leakyRelu: 1,
  prelu: 1,
  batchNormalization: 6,
};

/** The budget grows with n, the number of terms of a sum. */
const growing: Readonly<Record<string, (n: number) => number>> = {
  matmul: (k) => 2 * k,
  conv2d: (terms) => 2 * terms,
  convTranspose2d: (terms) => 2 * terms,
  softmax: (n) => 3 * n + 3,
  reduceSum: (n) => n,
  reduceL1: (n) => n,
  reduceProduct: (n) => n,
  reduceL2: (n) => 2 * n + 1,
  reduceMean: (n) => n + 2,
  reduceLogSum: (n) => n + 18,
  reduceLogSumExp: (n) => 2 * n + 18,
  reduceSumSquare: (n) => 2 * n,
};

/** The normalisations are not in the table that the project adopted; the absolute budget of the transcendentals is used. */
const absolutes = ['sin', 'cos', 'tan', 'erf', 'tanh', 'log', 'instanceNormalization', 'layerNormalization'];

/** @param terms how many numbers are combined into one element of the result */
export const toleranceOf = (operator: string, terms: number): Tolerance => {
  if (absolutes.includes(operator)) return { absolute: 1 / 1024 };
  const ulp = fixed[operator] ?? growing[operator]?.(terms);
  if (ulp === undefined) throw new Error(`webnn: no tolerance for ${operator}`);
  return { ulp };
};

/** The product of the sizes of some axes; of all, where none are named. */
export const countOf = (shape: readonly number[], axes: readonly number[] | undefined): number =>
  sizeOf(axes === undefined ? shape : axes.map((d) => shape[d] as number));
