// Functions without what they close over, and linear functions turned round.
import { sameAval, showAval } from '../core/aval';
import {
  ArgumentError,
  ClosedOverError,
  ConcretizationError,
  ShapeError,
  TransformError,
  TreeError,
} from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { LinearOperand } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { difference, flatten, leafPaths, type TreeDef, unflatten } from '../core/tree';
import { Tracer, type Value } from '../core/value';
import { instantiate } from '../primitives/fill';
import type { ClosureConvert, LinearTranspose } from '../types/custom';
import { type AnyFunction, type FlatFunction, flattenFunction, nameOf } from './function';
import { backwardPass } from './transpose';

const traced = (transform: string, f: AnyFunction, args: readonly unknown[]) => {
  if (typeof f !== 'function') throw new ArgumentError(`${transform}: expected a function, got ${typeof f}.`);
  const { leaves, def } = flatten(args);
  const flat = flattenFunction(transform, f, def);
  const closed = traceToJaxpr(
    transform,
    flat.call,
    leaves.map((x) => x.aval),
  );
  return { leaves, def, resultDef: flat.resultDef(), ...closed };
};

/** The leaves of a tree that must be like another one. */
const leavesLike = (what: string, tree: unknown, def: TreeDef, like: readonly { readonly aval: Value['aval'] }[]) => {
  const flat = flatten(tree);
  const differs = difference(flat.def, def);
  if (differs !== null) throw new TreeError(`${what} differ ${differs}.`);
  const paths = leafPaths(def);
  flat.leaves.forEach((x, i) => {
    const wanted = (like[i] as { readonly aval: Value['aval'] }).aval;
    if (!sameAval(x.aval, wanted))
      throw new ShapeError(
        `${what} differ${paths[i] === '' ? '' : ` at ${paths[i]}`}: ${showAval(x.aval)} against ${showAval(wanted)}.`,
      );
  });
  return flat.leaves;
};

/**
 * The transpose of a linear function: from a cotangent of its result to a tuple of cotangents of its arguments. The arguments given here
 * are examples: their shapes and dtypes are all that counts. ⟨fᵀ(ct), x⟩ = ⟨ct, f(x)⟩.
 *
 * @throws TransformError where f is not linear in its arguments
 * @example
 * const [x] = linearTranspose((x: Tensor<[2]>) => mul(x, 3), tensor([0, 0]))(tensor([1, 2]));
 * x.toArray() // => [3, 6]
 */
export const linearTranspose = ((f: AnyFunction, ...examples: readonly unknown[]) => {
  const { leaves, def, resultDef, jaxpr, consts } = traced('linearTranspose', f, examples);
  return (cotangent: unknown): unknown => {
    const cts = leavesLike('linearTranspose: the cotangent and the result', cotangent, resultDef, jaxpr.outputs);
    const holes = leaves.map((x) => new LinearOperand(x.aval));
    try {
      const out = backwardPass(jaxpr, [...consts, ...holes], cts);
      return unflatten(def, out.slice(consts.length).map(instantiate));
    } catch (error) {
      // A product of two linear operands has no known factor.
      if (error instanceof ClosedOverError)
        throw new TransformError(
          `linearTranspose: ${nameOf(f)} is not linear in its arguments: it multiplies what depends on them.`,
        );
      throw error;
    }
  };
}) as LinearTranspose;

/**
 * f with what is traced among the values it closes over as further arguments: [g, consts] with g(...args, ...consts) = f(...args). A rule
 * that is handed g and consts can differentiate by them.
 *
 * @example
 * const f = (a: Tensor<[]>) => {
 *   const [g, consts] = closureConvert((x: Tensor<[]>) => mul(x, a), tensor(0));
 *   return g(tensor(2), ...consts);
 * };
 * grad(f)(tensor(3)).item() // => 2
 */
export const closureConvert = ((f: AnyFunction, ...examples: readonly unknown[]): unknown => {
  const { leaves, def, resultDef, jaxpr, consts } = traced('closureConvert', f, examples);
  const isHoisted = consts.map((x) => x instanceof Tracer);
  const converted = (...args: readonly unknown[]): unknown => {
    const own = leavesLike(
      'closureConvert: the arguments and the examples',
      args.slice(0, examples.length),
      def,
      leaves,
    );
    let next = examples.length;
    const known = consts.map((x, i) => (isHoisted[i] ? (args[next++] as Value) : x));
    return unflatten(resultDef, evalJaxpr(jaxpr, [...known, ...own]));
  };
  return [converted, consts.filter((_, i) => isHoisted[i])];
}) as ClosureConvert;

/** A function of flat values and what it closes over; one that looks at values cannot be traced, and closes over nothing that is. */
export const closureOf = (
  transform: string,
  f: FlatFunction,
  avals: readonly Value['aval'][],
): { readonly consts: readonly Value[]; readonly call: FlatFunction } => {
  try {
    const { jaxpr, consts } = traceToJaxpr(transform, f, avals);
    return { consts, call: (...xs) => evalJaxpr(jaxpr, xs) };
  } catch (error) {
    if (error instanceof ConcretizationError) return { consts: [], call: f };
    throw error;
  }
};
