// The border between tensors as users see them, with shapes in the type, and values as the core knows them.
import { describe, isThenable } from '../core/arguments';
import { ArgumentError } from '../core/errors';
import { isComposing } from '../core/interpreter';
import { forced, Value } from '../core/value';
import type { AnyTensor } from '../types';
import { setUp } from './setup';

export { describe };

const advice = (x: unknown): string => {
  if (Array.isArray(x) && x.some((e) => e instanceof Value))
    return 'Join tensors with stack([...]) or concatenate([...]).';
  if (Array.isArray(x) || ArrayBuffer.isView(x) || typeof x === 'number' || typeof x === 'boolean')
    return 'Wrap it in tensor(...).';
  if (typeof x === 'bigint') return 'Wrap it in tensor(Number(...)).';
  if (isThenable(x)) return 'Await it first.';
  if (typeof x === 'function') return 'Call it, or pass its result.';
  if (typeof x === 'object' && x !== null) return 'Pass one of its leaves, or go through all of them with tree.map.';
  return 'Make one with tensor(data), zeros(shape), ...';
};

/** The value behind a tensor. */
export const valueFrom = (x: unknown, functionName: string, argument = 'x'): Value => {
  if (x instanceof Value) return x;
  throw new ArgumentError(`${functionName}: ${argument} must be a tensor, got ${describe(x)}. ${advice(x)}`);
};

/**
 * The tensor that users get for a value. Its shape and dtype are checked here at run time and described by the types of
 * the public functions, and the methods of Tensor are put on Value by methods.ts: nothing relates the two for the
 * compiler, so this is the one place that says so. Tensor<any, any> then fits every result type. What evaluation has deferred is
 * computed here: users never hold what is not.
 */
export const publish = (x: Value): AnyTensor => {
  setUp();
  const published: unknown = isComposing() ? x : forced(x);
  return published as AnyTensor;
};

/** A tensor that is computed from no other. */
export const create = (compute: () => Value): AnyTensor => {
  setUp();
  return publish(compute());
};
