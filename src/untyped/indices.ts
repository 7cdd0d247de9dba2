// Integer indices, and their elements where they are known: outside of every transformation that traces.
import { indicesOf } from '../array/indexing';
import { publish } from '../array/tensor';
import { ConcreteArray } from '../core/value';
import type { AnyTensor } from '../types';

export interface KnownIndices {
  /** i32. */
  readonly indices: AnyTensor;
  readonly known: ConcreteArray['data'] | null;
}
/** @throws DTypeError or ArgumentError, in the name of the function and its argument, for what are no indices */
export const knownIndices = (name: string, x: unknown, argument: string): KnownIndices => {
  const value = indicesOf(name, x, argument);
  return { indices: publish(value), known: value instanceof ConcreteArray ? value.data : null };
};
