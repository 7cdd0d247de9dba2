// Reverse derivatives of the user's own.
import { atMost, knownOptions } from '../core/arguments';
import type { Aval } from '../core/aval';
import { isFloat } from '../core/dtype';
import { ArgumentError, TreeError } from '../core/errors';
import { bind } from '../core/interpreter';
import { definePrimitive, isNonzero, type Primitive, type Tangent, Zero } from '../core/primitive';
import { flatten, type TreeDef, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { materialise } from '../primitives/kinds';
import type { CustomRuleOptions, CustomVjp } from '../types/custom';
import { batchFlat, currentAxis } from './batch';
import {
  batchedAll,
  batchedTangents,
  type CustomCallParams,
  callCustom,
  checkDifferentiated,
  customCallRules,
  stageCall,
  summedShared,
  tangentsLike,
  tangentTree,
  type WithTangents,
} from './customCall';
import { type AnyFunction, callFunction } from './function';
import { linearCall } from './linearCall';
import { takeWhere } from './program';

type VjpRules = {
  /** `perturbed` says for each primal whether it is differentiated. */
  readonly forward: (
    primals: readonly Value[],
    perturbed: readonly boolean[],
  ) => readonly [results: readonly Value[], residuals: readonly Value[]];
  /** A cotangent for every primal, from residuals and the cotangents of results. */
  readonly backward: WithTangents;
};
type VjpCallParams = CustomCallParams & VjpRules;

const customVjpP: Primitive<VjpCallParams> = definePrimitive<VjpCallParams>('custom_vjp_call', {
  ...customCallRules('vjp'),
  jvp: (primals, tangents, params) => {
    checkDifferentiated(params, tangents, 'vjp');
    const { consts, forward, backward, name } = params;
    const directions = tangents.slice(consts);
    const isDirected = directions.map(isNonzero);
    const [results, residuals] = forward(primals.slice(consts), isDirected);
    const avals = results.map((x) => x.aval);
    const out = linearCall(name, residuals, directions.filter(isNonzero), avals, null, (res, cts) =>
      takeWhere(backward(res, cts), isDirected),
    );
    return {
      primals: results,
      tangents: out.map((t, i) => (isFloat((avals[i] as Aval).dtype) ? t : new Zero(t.aval))),
    };
  },
  batch: (size, args, mapped, { jaxpr: _, ...params }) => {
    const { consts, forward, backward, fun } = params;
    const own = mapped.slice(consts);
    const axisName = currentAxis();
    let residualMapped: readonly boolean[] = [];
    const values = bind(customVjpP, args, {
      ...params,
      fun: batchedAll(fun, size, mapped),
      forward: (primals, perturbed) => {
        let split = 0;
        const out = batchFlat(
          'vmap',
          size,
          (...xs) => {
            const [results, residuals] = forward(xs, perturbed);
            split = results.length;
            return [...results, ...residuals];
          },
          primals,
          own,
          axisName,
        );
        residualMapped = out.mapped.slice(split);
        return [
          out.values.slice(0, split).map((x, i) => materialise(size, x, out.mapped[i] as boolean)),
          out.values.slice(split),
        ];
      },
      backward: (residuals, cts) =>
        summedShared(batchedTangents(backward, size, residualMapped, undefined, axisName)(residuals, cts), own),
    });
    return { values, mapped: values.map(() => true) };
  },
  stage: stageCall,
});

/**
 * f with a vjp rule of your own: forward(...args) gives [f(...args), residuals], backward(residuals, ct) a tuple of cotangents, one for each
 * argument, or null where it is zero.
 *
 * Arguments named in `nondiffArgnums` have no derivative, and null for a cotangent. With `symbolicZeros` forward gets one argument more, which
 * says for each leaf of the arguments whether it is differentiated, and leaves of ct that are known to be zero are null.
 *
 * @throws TransformError under forward mode, and for a derivative by what has none; TreeError when the cotangents do not have the structure of the arguments
 * @example
 * const halved = customVjp((x: Tensor<[]>) => x, (x) => [x, null], (_, ct) => [mul(ct, 0.5)]);
 * grad(halved)(tensor(3)).item() // => 0.5
 */
export const customVjp = function (
  f: AnyFunction,
  forward: AnyFunction,
  backward: AnyFunction,
  options: CustomRuleOptions = {},
) {
  atMost('customVjp', arguments, 4);
  knownOptions('customVjp', options, ['nondiffArgnums', 'symbolicZeros']);
  if ([f, forward, backward].some((g) => typeof g !== 'function'))
    throw new ArgumentError(
      'customVjp: expected three functions: f, forward(...args) and backward(residuals, cotangent).',
    );
  return (...args: readonly unknown[]): unknown =>
    callCustom<VjpRules>('customVjp', customVjpP, f, args, options, ({ name, leaves, def, nondiff }, seen) => {
      let structures: { readonly result: TreeDef; readonly residuals: TreeDef } | null = null;
      const isNull = (t: Tangent): boolean => options.symbolicZeros === true && t instanceof Zero;
      return {
        forward: (primals, perturbed) => {
          const given = unflatten(def, primals) as readonly unknown[];
          const result = callFunction(
            'customVjp',
            forward,
            options.symbolicZeros ? [...given, unflatten(def, perturbed)] : given,
          );
          if (!Array.isArray(result) || result.length !== 2)
            throw new TreeError(`customVjp: forward of ${name} must return [out, residuals].`);
          const [out, residuals] = [flatten(result[0]), flatten(result[1])];
          structures = { result: out.def, residuals: residuals.def };
          seen(out.def);
          return [out.leaves, residuals.leaves];
        },
        backward: (residuals, cts) => {
          if (structures === null) throw new TypeError('internal: backward runs before forward');
          const result = callFunction('customVjp', backward, [
            unflatten(structures.residuals, residuals),
            tangentTree(structures.result, cts, isNull),
          ]);
          const what = `customVjp: the cotangents from backward of ${name} and its arguments`;
          return tangentsLike(what, result, { def, leaves }).map((ct, i) =>
            nondiff[i] === null ? ct : new Zero((leaves[i] as Value).aval),
          );
        },
      };
    });
} as unknown as CustomVjp;
