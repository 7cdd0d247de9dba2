// Functions that are made of others and are one program all the same, outside of jit.
import { isComposing, runComposed, settle } from './interpreter';
import { flatten, isPlainObject } from './tree';
import { forced, Value } from './value';

/**
 * A function of the library that is made of others: outside of jit, operations on many elements are computed together when it has ended,
 * as if it were one of theirs. So are the functions that it gives back, and those of a record. Functions of users that it calls see
 * values that are not computed before they are read. Where it is called while a module loads the call is said to be pure, so that
 * bundlers leave out what is not used.
 */
export function composed<F>(f: F): F {
  // It takes what f takes and gives what f gives, whatever the type says about them.
  return (typeof f === 'function' ? composition(f as unknown as AnyFunction) : published(f)) as F;
}
type AnyFunction = (...args: readonly unknown[]) => unknown;
const composition = (f: AnyFunction): AnyFunction => {
  const whole: AnyFunction = (...args) => {
    const result = runComposed(() => f(...args));
    if (isComposing()) return result;
    if (!(result instanceof Value)) settle(flatten(result).leaves);
    return published(result);
  };
  return Object.defineProperty(whole, 'name', { value: f.name });
};
/** What users get: the same tree, its leaves computed and the functions in it composed. */
const published = (x: unknown): unknown => {
  if (x instanceof Value) return forced(x);
  if (typeof x === 'function') return composition(x as AnyFunction);
  if (!Array.isArray(x) && !isPlainObject(x)) return x;
  const children = Object.values(x);
  const next = children.map(published);
  if (next.every((child, i) => child === children[i])) return x;
  return Array.isArray(x) ? next : Object.fromEntries(Object.keys(x).map((k, i) => [k, next[i]]));
};
