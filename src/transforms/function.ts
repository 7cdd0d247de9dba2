// Users' functions take and give trees; transforms see lists of values.
import { TransformError } from '../core/errors';
import { flatten, type TreeDef, unflatten } from '../core/tree';
import type { Value } from '../core/value';

export type AnyFunction = (...args: never[]) => unknown;
export type FlatFunction = (...leaves: readonly Value[]) => readonly Value[];

export const nameOf = (f: AnyFunction): string => f.name || 'the function';

/** Calls a user's function; a promise cannot be traced, because the trace is over before it settles. */
export const callFunction = (transform: string, f: AnyFunction, args: readonly unknown[]): unknown => {
  const result = (f as (...args: readonly unknown[]) => unknown)(...args);
  if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function')
    throw new TransformError(
      `${transform}: ${nameOf(f)} returned a promise. A traced function must be synchronous: await the data first, then call ${transform}(f) on it.`,
    );
  if (
    typeof result === 'object' &&
    result !== null &&
    Symbol.toStringTag in result &&
    result[Symbol.toStringTag] === 'Generator'
  )
    throw new TransformError(
      `${transform}: ${nameOf(f)} is a generator. A traced function must run to its end: return the values in an array.`,
    );
  return result;
};

/** The function on flat values, and the structure of its result once it has run. */
export interface Flattened {
  readonly call: FlatFunction;
  resultDef(): TreeDef;
}

export const flattenFunction = (transform: string, f: AnyFunction, argsDef: TreeDef): Flattened => {
  let def: TreeDef = { kind: 'static', value: undefined };
  return {
    call: (...leaves) => {
      const result = flatten(callFunction(transform, f, unflatten(argsDef, leaves) as readonly unknown[]));
      def = result.def;
      return result.leaves;
    },
    resultDef: () => def,
  };
};
