// What neurons apply to their sums.

import { atMost, knownOptions } from '../core/arguments';
import { showShape } from '../core/aval';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Value } from '../core/value';
import * as P from '../primitives';
import type { AxisOf, DimAt, Div, DType, FloatOf, Replaced, Shape, Tensor } from '../types';
import { checkAxis } from './axes';
import { floating, operandOf } from './broadcasting';
import type { Analytic, Unary } from './signatures';
import { describe, publish, valueFrom } from './tensor';

const apply = (name: string, f: (x: Value) => Value, x: unknown) => publish(f(floating(x, name)));
const like = P.fullLike;
const scale = (x: Value, by: number): Value => P.mul(x, like(x, by));

/** max(x, 0) whose derivative at 0 is 0; a maximum would give it half. */
const rectify = (x: Value): Value => P.selectN(P.le(x, like(x, 0)), x, like(x, 0));
const clipOpen = (x: Value, low: number, high: number): Value =>
  P.selectN(P.le(x, like(x, low)), P.selectN(P.ge(x, like(x, high)), x, like(x, high)), like(x, low));

/**
 * max(x, 0); derivative 0 at 0. Integers stay integers.
 *
 * @example
 * relu(tensor([-1, 0, 2])).toArray() // => [0, 0, 2]
 */
export const relu: Unary = function (x: unknown) {
  atMost('relu', arguments, 1);
  return publish(rectify(operandOf(x, 'relu')));
};
/**
 * min(max(x, 0), 6); derivative 0 at 0 and at 6.
 *
 * @example
 * relu6(tensor([-1, 3, 8])).toArray() // => [0, 3, 6]
 */
export const relu6: Unary = function (x: unknown) {
  atMost('relu6', arguments, 1);
  return publish(clipOpen(operandOf(x, 'relu6'), 0, 6));
};
/**
 * 1 / (1 + e⁻ˣ).
 *
 * @example
 * sigmoid(tensor([0, -1000])).toArray() // => [0.5, 0]
 */
export const sigmoid: Analytic = function (x: unknown) {
  atMost('sigmoid', arguments, 1);
  return apply('sigmoid', P.logistic, x);
};

/**
 * log(1 + eˣ), without overflow.
 *
 * @example
 * softplus(tensor([0, 1000])).toArray() // => [0.6931472, 1000]
 */
export const softplus: Analytic = function (x: unknown) {
  atMost('softplus', arguments, 1);
  return apply('softplus', P.softplus, x);
};
/**
 * log sigmoid(x) = -softplus(-x), without overflow.
 *
 * @example
 * logSigmoid(tensor([0, -1000])).toArray() // => [-0.6931472, -1000]
 */
export const logSigmoid: Analytic = function (x: unknown) {
  atMost('logSigmoid', arguments, 1);
  return apply('logSigmoid', (v) => P.neg(P.softplus(P.neg(v))), x);
};
/**
 * x sigmoid(x), also called swish.
 *
 * @example
 * silu(tensor([0, 1])).toArray() // => [0, 0.7310586]
 */
export const silu: Analytic = function (x: unknown) {
  atMost('silu', arguments, 1);
  return apply('silu', (v) => P.mul(v, P.logistic(v)), x);
};
/**
 * x tanh(softplus(x)).
 *
 * @example
 * mish(tensor([0, 1])).toArray() // => [0, 0.8650984]
 */
export const mish: Analytic = function (x: unknown) {
  atMost('mish', arguments, 1);
  return apply('mish', (v) => P.mul(v, P.tanh(P.softplus(v))), x);
};

/** x Φ(x) with the normal distribution function by erf. */
const geluExact = (x: Value): Value => P.mul(scale(x, 0.5), P.add(like(x, 1), P.erf(scale(x, Math.SQRT1_2))));
/** Hendrycks & Gimpel, "Gaussian error linear units" (2016): 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
const geluTanh = (x: Value): Value => {
  const cubic = P.add(x, scale(P.mul(P.mul(x, x), x), 0.044715));
  return P.mul(x, scale(P.add(like(x, 1), P.tanh(scale(cubic, Math.sqrt(2 / Math.PI)))), 0.5));
};
/**
 * x Φ(x), Φ the normal distribution function: by its tanh approximation, as in JAX, unless `approximate` is false.
 *
 * @example
 * gelu(tensor([0, 1])).toArray() // => [0, 0.841192]
 * gelu(tensor([0, 1]), { approximate: false }).toArray() // => [0, 0.8413447]
 */
export const gelu = function <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  options: { readonly approximate?: boolean } = {},
): Tensor<S, FloatOf<D>> {
  atMost('gelu', arguments, 2);
  knownOptions('gelu', options, ['approximate']);
  return apply('gelu', options.approximate === false ? geluExact : geluTanh, x);
};

const checkNumber = (name: string, what: string, x: unknown): number => {
  if (typeof x !== 'number') throw new ArgumentError(`${name}: ${what} must be a number, got ${describe(x)}.`);
  return x;
};

/** α (eˣ - 1) where x <= 0, without an overflow that would spoil the derivative elsewhere. */
const exponentialBelow = (x: Value, above: Value, alpha: number): Value => {
  const positive = P.gt(x, like(x, 0));
  return P.selectN(positive, scale(P.expm1(P.selectN(positive, x, like(x, 0))), alpha), above);
};
/**
 * x above 0, α (eˣ - 1) below; α is 1 unless given.
 *
 * @example
 * elu(tensor([1, 0, -1])).toArray() // => [1, 0, -0.63212055]
 */
export const elu = function <S extends Shape, D extends DType>(x: Tensor<S, D>, alpha = 1): Tensor<S, FloatOf<D>> {
  atMost('elu', arguments, 2);
  return apply('elu', (v) => exponentialBelow(v, v, checkNumber('elu', 'alpha', alpha)), x);
};
/**
 * x above 0, α (exp(x / α) - 1) below; α is 1 unless given.
 *
 * @example
 * celu(tensor([1, 0, -1])).toArray() // => [1, 0, -0.63212055]
 */
export const celu = function <S extends Shape, D extends DType>(x: Tensor<S, D>, alpha = 1): Tensor<S, FloatOf<D>> {
  atMost('celu', arguments, 2);
  return apply('celu', (v) => exponentialBelow(P.div(v, like(v, checkNumber('celu', 'alpha', alpha))), v, alpha), x);
};
/**
 * λ elu(x, α) with the constants that keep mean 0 and variance 1 (Klambauer et al., 2017).
 *
 * @example
 * selu(tensor([1, 0])).toArray() // => [1.050701, 0]
 */
export const selu: Analytic = function (x: unknown) {
  atMost('selu', arguments, 1);
  return apply('selu', (v) => scale(exponentialBelow(v, v, 1.6732632423543772), 1.0507009873554805), x);
};
/**
 * x from 0 on, slope · x below; the slope is 0.01 unless given.
 *
 * @example
 * leakyRelu(tensor([1, -1])).toArray() // => [1, -0.01]
 */
export const leakyRelu = function <S extends Shape, D extends DType>(
  x: Tensor<S, D>,
  slope = 0.01,
): Tensor<S, FloatOf<D>> {
  atMost('leakyRelu', arguments, 2);
  return apply(
    'leakyRelu',
    (v) => P.selectN(P.ge(v, like(v, 0)), scale(v, checkNumber('leakyRelu', 'slope', slope)), v),
    x,
  );
};
/**
 * x / (1 + |x|).
 *
 * @example
 * softsign(tensor([1, -3])).toArray() // => [0.5, -0.75]
 */
export const softsign: Analytic = function (x: unknown) {
  atMost('softsign', arguments, 1);
  return apply('softsign', (v) => P.div(v, P.add(like(v, 1), P.abs(v))), x);
};
/**
 * x limited to [-1, 1]; derivative 0 at both ends.
 *
 * @example
 * hardTanh(tensor([-2, 0.5, 2])).toArray() // => [-1, 0.5, 1]
 */
export const hardTanh: Unary = function (x: unknown) {
  atMost('hardTanh', arguments, 1);
  return publish(clipOpen(operandOf(x, 'hardTanh'), -1, 1));
};
const hardSigmoidOf = (x: Value): Value => scale(clipOpen(P.add(x, like(x, 3)), 0, 6), 1 / 6);
/**
 * relu6(x + 3) / 6.
 *
 * @example
 * hardSigmoid(tensor([-3, 0, 3])).toArray() // => [0, 0.5, 1]
 */
export const hardSigmoid: Analytic = function (x: unknown) {
  atMost('hardSigmoid', arguments, 1);
  return apply('hardSigmoid', hardSigmoidOf, x);
};
/**
 * x hardSigmoid(x).
 *
 * @example
 * hardSilu(tensor([-3, 3])).toArray() // => [0, 3]
 */
export const hardSilu: Analytic = function (x: unknown) {
  atMost('hardSilu', arguments, 1);
  return apply('hardSilu', (v) => P.mul(v, hardSigmoidOf(v)), x);
};
/**
 * `hardSilu` by its other name.
 *
 * @example
 * hardSwish(tensor([-3, 3])).toArray() // => [0, 3]
 */
export const hardSwish: Analytic = function (x: unknown) {
  atMost('hardSwish', arguments, 1);
  return apply('hardSwish', (v) => P.mul(v, hardSigmoidOf(v)), x);
};

/**
 * a sigmoid(b), with a and b the halves of an axis (the last one).
 *
 * @throws ShapeError when the axis cannot be halved
 * @example
 * glu(tensor([1, 2, 0, 0])).toArray() // => [0.5, 1]
 */
export function glu<S extends Shape, D extends DType, const A extends AxisOf<S> = AxisOf<S> & -1>(
  x: Tensor<S, D>,
  axis?: A,
): Tensor<Replaced<S, A, Div<DimAt<S, A>, 2>>, FloatOf<D>> {
  atMost('glu', arguments, 2);
  const v = floating(valueFrom(x, 'glu'), 'glu');
  const a = checkAxis('glu', v.shape, axis ?? -1);
  const half = (v.shape[a] as number) / 2;
  if (!Number.isInteger(half))
    throw new ShapeError(`glu: axis ${a} of shape ${showShape(v.shape)} is not divisible by 2.`);
  const part = (from: number): Value =>
    P.slice(
      v,
      v.shape.map((_, d) => (d === a ? from : 0)),
      v.shape.map((n, d) => (d === a ? from + half : n)),
    );
  return publish(P.mul(part(0), P.logistic(part(half))));
}
