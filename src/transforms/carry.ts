// What the functions of control flow must agree about: the trees, shapes and dtypes of what they give.
import { type Aval, sameAval, showAval } from '../core/aval';
import { ArgumentError, ShapeError, TreeError } from '../core/errors';
import { namedAxes } from '../core/interpreter';
import type { ClosedJaxpr } from '../core/jaxpr';
import { traceToJaxpr } from '../core/stage';
import { difference, leafPaths, type TreeDef } from '../core/tree';
import { ConcreteArray } from '../core/value';
import { Recent } from '../runtime/recent';
import { type AnyFunction, flattenFunction } from './function';
import { remember } from './remember';
import { type Signature, sameSignature } from './signature';

export const checkFunction = (name: string, what: string, f: unknown): void => {
  if (typeof f !== 'function') throw new ArgumentError(`${name}: ${what} must be a function, got ${typeof f}.`);
};

interface Traced {
  readonly closed: ClosedJaxpr;
  readonly resultDef: TreeDef;
}
/** Programs by function, as jit keeps them. */
const none = () => remember<Recent<{ readonly signature: Signature; readonly traced: Traced }>>();
let tracesOf = none();
/** Forgets all programs. */
export const forgetFunctions = (): void => {
  tracesOf = none();
};

/** A user's function as a program, and the structure of its result: traced once for the same structure, shapes and dtypes. */
export const traceFunction = (name: string, f: AnyFunction, args: TreeDef, avals: readonly Aval[]): Traced => {
  const signature: Signature = { def: args, avals, statics: {}, axes: namedAxes() };
  const entries = tracesOf([f], () => new Recent());
  const found = entries.find((e) => sameSignature(e.signature, signature));
  if (found) return found.traced;
  const flat = flattenFunction(name, f, args);
  const closed = traceToJaxpr(name, flat.call, avals);
  const traced = { closed, resultDef: flat.resultDef() };
  // A program that closed over a tracer is only good for this call.
  if (closed.consts.every((x) => x instanceof ConcreteArray)) entries.add({ signature, traced });
  return traced;
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
