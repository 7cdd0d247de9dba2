// What the functions of control flow must agree about: the trees, shapes and dtypes of what they give.
import { type Aval, sameAval, showAval } from '../core/aval';
import { ArgumentError, ShapeError, TreeError } from '../core/errors';
import type { ClosedJaxpr } from '../core/jaxpr';
import { traceToJaxpr } from '../core/stage';
import { difference, leafPaths, type TreeDef } from '../core/tree';
import { type AnyFunction, flattenFunction } from './function';

export const checkFunction = (name: string, what: string, f: unknown): void => {
  if (typeof f !== 'function') throw new ArgumentError(`${name}: ${what} must be a function, got ${typeof f}.`);
};

/** A user's function as a program, and the structure of its result. */
export const traceFunction = (
  name: string,
  f: AnyFunction,
  args: TreeDef,
  avals: readonly Aval[],
): { readonly closed: ClosedJaxpr; readonly resultDef: TreeDef } => {
  const flat = flattenFunction(name, f, args);
  const closed = traceToJaxpr(name, flat.call, avals);
  return { closed, resultDef: flat.resultDef() };
};

/** @throws TreeError or ShapeError naming the leaf of `what` that is not as in the model */
export const checkAgrees = (
  name: string,
  what: string,
  model: { readonly def: TreeDef; readonly avals: readonly Aval[]; readonly is: string },
  given: { readonly def: TreeDef; readonly avals: readonly Aval[] },
): void => {
  const where = difference(given.def, model.def);
  if (where !== null)
    throw new TreeError(`${name}: ${what} must have the structure of ${model.is}; they differ ${where}.`);
  const at = given.avals.findIndex((a, i) => !sameAval(a, model.avals[i] as Aval));
  if (at < 0) return;
  const path = leafPaths(model.def)[at] as string;
  throw new ShapeError(
    `${name}: ${what} must have the shapes and dtypes of ${model.is}; ${path === '' ? 'it' : `leaf ${path}`} is ` +
      `${showAval(given.avals[at] as Aval)}, not ${showAval(model.avals[at] as Aval)}. Reshape it or convert it with astype.`,
  );
};
