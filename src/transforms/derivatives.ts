// jvp, vjp and linearize over trees.

import { atMost } from '../core/arguments';
import { sameAval, showAval } from '../core/aval';
import { isFloat } from '../core/dtype';
import { ArgumentError, ShapeError, TreeError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { LinearOperand, type Tangent, Zero } from '../core/primitive';
import { difference, flatten, leafPaths, type TreeDef, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { full, instantiate } from '../primitives/fill';
import { stopGradient as stopGradientOf } from '../primitives/stopGradient';
import type { Jvp, Linearize, StopGradient, Vjp } from '../types/transforms';
import { type AnyFunction, flattenFunction } from './function';
import { jvpFlat } from './jvp';
import { linearizeFlat } from './linearize';
import { backwardPass } from './transpose';

const checkFunction = (transform: string, f: unknown): void => {
  if (typeof f !== 'function') throw new ArgumentError(`${transform}: expected a function, got ${typeof f}.`);
};

/** Checks that a tree of tangents fits the tree it belongs to, leaf by leaf. */
const matchLeaves = (
  transform: string,
  what: string,
  tree: unknown,
  def: TreeDef,
  like: readonly Value[],
): readonly Value[] => {
  const flat = flatten(tree);
  const differs = difference(flat.def, def);
  if (differs !== null)
    throw new TreeError(
      `${transform}: ${what} must have the structure of what they belong to; they differ ${differs}.`,
    );
  const paths = leafPaths(def);
  flat.leaves.forEach((x, i) => {
    const wanted = (like[i] as Value).aval;
    if (!sameAval(x.aval, wanted))
      throw new ShapeError(
        `${transform}: ${what}: ${paths[i] === '' ? 'the tensor' : `leaf ${paths[i]}`} is ${showAval(x.aval)}, expected ${showAval(wanted)}.`,
      );
  });
  return flat.leaves;
};

/** A tangent for the user: zeros where there is none. */
const visible = (t: Tangent): Value => (t instanceof Zero ? full(t.aval.shape, t.aval.dtype, 0) : instantiate(t));

/**
 * f at the primals, and its derivative there in the direction of the tangents: [f(x), ∂f(x)·t].
 *
 * Leaves that are not floats have no tangent: what is given for them is ignored.
 *
 * @throws TreeError, ShapeError when the tangents do not fit the primals
 * @example
 * jvp((x: Tensor<[2]>) => mul(x, x), [tensor([3, 4])], [tensor([1, 0])])[1].toArray() // => [6, 0]
 */
export const jvp = function (f: AnyFunction, primals: readonly unknown[], tangents: readonly unknown[]): unknown {
  atMost('jvp', arguments, 3);
  checkFunction('jvp', f);
  const { leaves, def } = flatten(primals);
  const directions = matchLeaves('jvp', 'tangents', tangents, def, leaves);
  const flat = flattenFunction('jvp', f, def);
  const out = jvpFlat(
    'jvp',
    flat.call,
    leaves,
    directions.map((t) => (isFloat(t.dtype) ? t : new Zero(t.aval))),
  );
  return [unflatten(flat.resultDef(), out.primals), unflatten(flat.resultDef(), out.tangents.map(visible))];
} as Jvp;

const linearizeTrees = (transform: string, f: AnyFunction, primals: readonly unknown[]) => {
  checkFunction(transform, f);
  const { leaves, def } = flatten(primals);
  const flat = flattenFunction(transform, f, def);
  const { primals: results, program } = linearizeFlat(transform, flat.call, leaves);
  return { leaves, def, results, resultDef: flat.resultDef(), program };
};

/**
 * f at the primals, and the pullback that takes a cotangent of the result to a tuple of cotangents of the arguments: [f(x), ct ↦ ctᵀ·∂f(x)].
 *
 * @throws TreeError, ShapeError when the cotangent does not fit the result
 * @example
 * const [, pullback] = vjp((x: Tensor<[2]>) => mul(x, x), tensor([3, 4]));
 * pullback(tensor([1, 1]))[0].toArray() // => [6, 8]
 */
export const vjp = ((f: AnyFunction, ...primals: readonly unknown[]): unknown => {
  const { leaves, def, results, resultDef, program } = linearizeTrees('vjp', f, primals);
  const pullback = (cotangent: unknown): unknown => {
    const given = matchLeaves('vjp', 'the cotangent', cotangent, resultDef, results);
    const { jaxpr, consts } = program;
    const holes = jaxpr.inputs.slice(consts.length).map((v) => new LinearOperand(v.aval));
    const cts = backwardPass(
      jaxpr,
      [...consts, ...holes],
      given.map((ct) => (isFloat(ct.dtype) ? ct : new Zero(ct.aval))),
    );
    let next = consts.length;
    return unflatten(
      def,
      leaves.map((x) => visible(isFloat(x.dtype) ? (cts[next++] as Tangent) : new Zero(x.aval))),
    );
  };
  return [unflatten(resultDef, results), pullback];
}) as Vjp;

/**
 * f at the primals, and its derivative there as a function that can be applied many times: [f(x), t ↦ ∂f(x)·t].
 *
 * @throws TreeError, ShapeError when tangents do not fit the primals
 * @example
 * const [, push] = linearize((x: Tensor<[2]>) => mul(x, x), tensor([3, 4]));
 * push(tensor([1, 0])).toArray() // => [6, 0]
 */
export const linearize = ((f: AnyFunction, ...primals: readonly unknown[]): unknown => {
  const { leaves, def, results, resultDef, program } = linearizeTrees('linearize', f, primals);
  const pushforward = (...tangents: readonly unknown[]): unknown => {
    const given = matchLeaves('linearize', 'tangents', tangents, def, leaves);
    const out = evalJaxpr(program.jaxpr, [...program.consts, ...given.filter((t) => isFloat(t.dtype))]);
    return unflatten(resultDef, out);
  };
  return [unflatten(resultDef, results), pushforward];
}) as Linearize;

/**
 * The same tree, as a constant for every derivative.
 *
 * @example
 * grad((x: Tensor<[]>) => mul(x, stopGradient(x)))(tensor(3)).item() // => 3
 */
export const stopGradient = function (tree: unknown): unknown {
  atMost('stopGradient', arguments, 1);
  const { leaves, def } = flatten(tree);
  return unflatten(def, leaves.map(stopGradientOf));
} as StopGradient;
