import type { Named } from './dims';

declare const shapeError: unique symbol;
/** The type of a parameter whose argument is wrong: a sentence, and the shapes, which the compiler prints well. */
export interface ShapeError<in out Message extends string, in out Left = unknown, in out Right = unknown> {
  readonly [shapeError]: [Message, Left, Right];
}
/**
 * A function whose result must be such: itself, or a ShapeError. The compiler prints a type by its name, and so the
 * sentence before the parameters, which may be trees of any size.
 */
export type Judged<Result, A extends unknown[]> = (...args: A) => Result;
export type ShowDim<A> = A extends Named<infer Name> ? Name : number extends A ? '?' : `${A & number}`;
