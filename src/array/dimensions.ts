// Sizes as numbers that keep their types.
import { atMost } from '../core/arguments';
import { ArgumentError, ShapeError } from '../core/errors';
import type { Add, AxisOf, Dim, DimAt, Div, Mul, Shape, Sym } from '../types';
import { checkAxis, checkCount } from './axes';
import type { OfShape } from './signatures';
import { valueFrom } from './tensor';

/**
 * The size of a named dimension. Shapes that carry the name fit only each other; at run time it is the number.
 *
 * @example
 * zeros([dim('batch', 32), 10]).shape // => [32, 10]
 */
export function dim<const N extends string>(name: N, size: number): Sym<N> {
  atMost('dim', arguments, 2);
  if (typeof name !== 'string')
    throw new ArgumentError("dim: the name comes first and is a string, as in dim('batch', 32).");
  // The name lives in the type alone.
  return checkCount('dim', `the size of '${name}'`, size) as Sym<N>;
}

/**
 * a · b, with the product as its type.
 *
 * @example
 * mulDim(8, 64) // => 512
 */
export function mulDim<const A extends Dim, const B extends Dim>(a: A, b: B): Mul<A, B> {
  atMost('mulDim', arguments, 2);
  return (checkCount('mulDim', 'a', a) * checkCount('mulDim', 'b', b)) as Mul<A, B>;
}

/**
 * a + b, with the sum as its type.
 *
 * @example
 * addDim(2, 3) // => 5
 */
export function addDim<const A extends Dim, const B extends Dim>(a: A, b: B): Add<A, B> {
  atMost('addDim', arguments, 2);
  return (checkCount('addDim', 'a', a) + checkCount('addDim', 'b', b)) as Add<A, B>;
}

/**
 * a / b, which must be whole, with the quotient as its type.
 *
 * @throws ShapeError when b does not divide a
 * @example
 * divDim(512, 8) // => 64
 */
export function divDim<const A extends Dim, const B extends Dim>(a: A, b: B): Div<A, B> {
  atMost('divDim', arguments, 2);
  const quotient = checkCount('divDim', 'a', a) / checkCount('divDim', 'b', b);
  if (!Number.isInteger(quotient)) throw new ShapeError(`divDim: ${a} is not divisible by ${b}.`);
  return quotient as Div<A, B>;
}

/**
 * The size of one axis.
 *
 * @example
 * size(zeros([2, 3]), -1) // => 3
 */
export function size<S extends Shape, const A extends AxisOf<S>>(x: OfShape<S>, axis: A): DimAt<S, A> {
  atMost('size', arguments, 2);
  const { shape } = valueFrom(x, 'size');
  return shape[checkAxis('size', shape, axis)] as DimAt<S, A>;
}

/**
 * The number of axes.
 *
 * @example
 * ndim(zeros([2, 3])) // => 2
 */
export const ndim = function <S>(x: OfShape<S>): number {
  atMost('ndim', arguments, 1);
  return valueFrom(x, 'ndim').ndim;
};
