// Exponentials, logarithms, roots, circular and hyperbolic functions. Integers and bool become f32.
import { atMost } from '../core/arguments';
import { f64 } from '../core/dtype';
import type { Value } from '../core/value';
import * as P from '../primitives';
import { alignTwo, floating, floatOf } from './broadcasting';
import { complement } from './complement';
import type { Analytic, FloatBinary } from './signatures';
import { publish } from './tensor';

const apply = (name: string, f: (x: Value) => Value, x: unknown) => publish(f(floating(x, name)));
const scaled = (factor: number) => (x: Value) => P.mul(x, P.fullLike(x, factor));

/**
 * eˣ.
 *
 * @example
 * exp(tensor([0, 1])).toArray() // => [1, 2.7182817]
 */
export const exp: Analytic = function (x: unknown) {
  atMost('exp', arguments, 1);
  return apply('exp', P.exp, x);
};
/**
 * 2ˣ.
 *
 * @example
 * exp2(tensor([3, -1])).toArray() // => [8, 0.5]
 */
export const exp2: Analytic = function (x: unknown) {
  atMost('exp2', arguments, 1);
  return apply('exp2', (v) => P.pow(P.fullLike(v, 2), v), x);
};
/**
 * eˣ - 1, accurate near 0.
 *
 * @example
 * expm1(tensor([0, 1e-10])).toArray() // => [0, 1e-10]
 */
export const expm1: Analytic = function (x: unknown) {
  atMost('expm1', arguments, 1);
  return apply('expm1', P.expm1, x);
};
/**
 * The natural logarithm; log 0 is -Infinity, of negative numbers NaN.
 *
 * @example
 * log(tensor([1, 0])).toArray() // => [0, -Infinity]
 */
export const log: Analytic = function (x: unknown) {
  atMost('log', arguments, 1);
  return apply('log', P.log, x);
};
/**
 * log(1 + x), accurate near 0.
 *
 * @example
 * log1p(tensor([0, 1e-10])).toArray() // => [0, 1e-10]
 */
export const log1p: Analytic = function (x: unknown) {
  atMost('log1p', arguments, 1);
  return apply('log1p', P.log1p, x);
};

/** In double precision, so that powers of the base come out exact. */
const widely = (f: (x: Value) => Value) => (x: Value) => P.convert(f(P.convert(x, f64)), x.dtype);
/**
 * The logarithm to base 2.
 *
 * @example
 * log2(tensor([8, 0.5])).toArray() // => [3, -1]
 */
export const log2: Analytic = function (x: unknown) {
  atMost('log2', arguments, 1);
  return apply(
    'log2',
    widely((v) => P.div(P.log(v), P.fullLike(v, Math.LN2))),
    x,
  );
};
/**
 * The logarithm to base 10.
 *
 * @example
 * log10(tensor([1000, 0.1])).toArray() // => [3, -1]
 */
export const log10: Analytic = function (x: unknown) {
  atMost('log10', arguments, 1);
  return apply('log10', widely(P.log10), x);
};

/**
 * The square root; NaN of negative numbers, derivative Infinity at 0.
 *
 * @example
 * sqrt(tensor([9, 2])).toArray() // => [3, 1.4142135]
 */
export const sqrt: Analytic = function (x: unknown) {
  atMost('sqrt', arguments, 1);
  return apply('sqrt', P.sqrt, x);
};
/**
 * 1 / √x.
 *
 * @example
 * rsqrt(tensor([4, 16])).toArray() // => [0.5, 0.25]
 */
export const rsqrt: Analytic = function (x: unknown) {
  atMost('rsqrt', arguments, 1);
  return apply('rsqrt', P.rsqrt, x);
};
/**
 * The cube root, of negative numbers too.
 *
 * @example
 * cbrt(tensor([27, -8])).toArray() // => [3, -2]
 */
export const cbrt: Analytic = function (x: unknown) {
  atMost('cbrt', arguments, 1);
  return apply('cbrt', P.cbrt, x);
};

/**
 * The sine of an angle in radians.
 *
 * @example
 * sin(tensor([0, Math.PI / 2])).toArray() // => [0, 1]
 */
export const sin: Analytic = function (x: unknown) {
  atMost('sin', arguments, 1);
  return apply('sin', P.sin, x);
};
/**
 * The cosine of an angle in radians.
 *
 * @example
 * cos(tensor([0, Math.PI])).toArray() // => [1, -1]
 */
export const cos: Analytic = function (x: unknown) {
  atMost('cos', arguments, 1);
  return apply('cos', P.cos, x);
};
/**
 * The tangent of an angle in radians.
 *
 * @example
 * tan(tensor([0, Math.PI / 4])).toArray() // => [0, 1]
 */
export const tan: Analytic = function (x: unknown) {
  atMost('tan', arguments, 1);
  return apply('tan', P.tan, x);
};
/**
 * The inverse sine, in [-π/2, π/2]; NaN outside [-1, 1].
 *
 * @example
 * asin(tensor([0, 1])).toArray() // => [0, 1.5707964]
 */
export const asin: Analytic = function (x: unknown) {
  atMost('asin', arguments, 1);
  return apply('asin', P.asin, x);
};
/**
 * The inverse cosine, in [0, π]; NaN outside [-1, 1].
 *
 * @example
 * acos(tensor([1, -1])).toArray() // => [0, 3.1415927]
 */
export const acos: Analytic = function (x: unknown) {
  atMost('acos', arguments, 1);
  return apply('acos', P.acos, x);
};
/**
 * The inverse tangent, in [-π/2, π/2].
 *
 * @example
 * atan(tensor([0, 1])).toArray() // => [0, 0.7853982]
 */
export const atan: Analytic = function (x: unknown) {
  atMost('atan', arguments, 1);
  return apply('atan', P.atan, x);
};
/**
 * The angle of the point (x, y), in [-π, π]; y comes first, as in C.
 *
 * @example
 * atan2(tensor([1, 0]), tensor([0, -1])).toArray() // => [1.5707964, 3.1415927]
 */
export const atan2: FloatBinary<'atan2'> = function (y: unknown, x: unknown) {
  atMost('atan2', arguments, 2);
  const [a, b] = alignTwo('atan2', y, x, floatOf);
  return publish(P.atan2(a, b));
};
/**
 * The hyperbolic sine.
 *
 * @example
 * sinh(tensor([0, 1])).toArray() // => [0, 1.1752012]
 */
export const sinh: Analytic = function (x: unknown) {
  atMost('sinh', arguments, 1);
  return apply('sinh', P.sinh, x);
};
/**
 * The hyperbolic cosine.
 *
 * @example
 * cosh(tensor([0, 1])).toArray() // => [1, 1.5430806]
 */
export const cosh: Analytic = function (x: unknown) {
  atMost('cosh', arguments, 1);
  return apply('cosh', P.cosh, x);
};
/**
 * The hyperbolic tangent.
 *
 * @example
 * tanh(tensor([0, 1])).toArray() // => [0, 0.7615942]
 */
export const tanh: Analytic = function (x: unknown) {
  atMost('tanh', arguments, 1);
  return apply('tanh', P.tanh, x);
};
/**
 * The inverse hyperbolic sine.
 *
 * @example
 * asinh(tensor([0, 1])).toArray() // => [0, 0.8813736]
 */
export const asinh: Analytic = function (x: unknown) {
  atMost('asinh', arguments, 1);
  return apply('asinh', P.asinh, x);
};
/**
 * The inverse hyperbolic cosine; NaN below 1.
 *
 * @example
 * acosh(tensor([1, 2])).toArray() // => [0, 1.316958]
 */
export const acosh: Analytic = function (x: unknown) {
  atMost('acosh', arguments, 1);
  return apply('acosh', P.acosh, x);
};
/**
 * The inverse hyperbolic tangent; NaN outside [-1, 1].
 *
 * @example
 * atanh(tensor([0, 0.5])).toArray() // => [0, 0.54930615]
 */
export const atanh: Analytic = function (x: unknown) {
  atMost('atanh', arguments, 1);
  return apply('atanh', P.atanh, x);
};
/**
 * Degrees to radians.
 *
 * @example
 * deg2rad(tensor([180])).toArray() // => [3.1415927]
 */
export const deg2rad: Analytic = function (x: unknown) {
  atMost('deg2rad', arguments, 1);
  return apply('deg2rad', scaled(Math.PI / 180), x);
};
/**
 * Radians to degrees.
 *
 * @example
 * rad2deg(tensor([Math.PI])).toArray() // => [180]
 */
export const rad2deg: Analytic = function (x: unknown) {
  atMost('rad2deg', arguments, 1);
  return apply('rad2deg', scaled(180 / Math.PI), x);
};

/**
 * The error function, 2/√π ∫₀ˣ exp(-t²) dt.
 *
 * @example
 * erf(tensor([0, 1])).toArray() // => [0, 0.8427008]
 */
export const erf: Analytic = function (x: unknown) {
  atMost('erf', arguments, 1);
  return apply('erf', P.erf, x);
};
/**
 * 1 - erf(x), accurate where that is tiny.
 *
 * @example
 * erfc(tensor([0, 1, 5])).toArray() // => [1, 0.15729921, 1.5374598e-12]
 */
export const erfc: Analytic = function (x: unknown) {
  atMost('erfc', arguments, 1);
  return apply('erfc', complement, x);
};
/**
 * The inverse of erf; ±Infinity at ±1, NaN outside.
 *
 * @example
 * erfInv(tensor([0, 1])).toArray() // => [0, Infinity]
 */
export const erfInv: Analytic = function (x: unknown) {
  atMost('erfInv', arguments, 1);
  return apply('erfInv', P.erfInv, x);
};
