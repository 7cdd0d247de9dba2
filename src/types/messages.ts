import type { Named } from './dims';

declare const shapeError: unique symbol;
/** The type of a parameter whose argument is wrong: a sentence, and the shapes, which the compiler prints well. */
export interface ShapeError<in out Message extends string, in out Left = unknown, in out Right = unknown> {
  readonly [shapeError]: [Message, Left, Right];
}
export type ShowDim<A> = A extends Named<infer Name> ? Name : number extends A ? '?' : `${A & number}`;
