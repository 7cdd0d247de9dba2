// Forward derivatives of the user's own; reverse mode follows from them.
import { atMost, knownOptions } from '../core/arguments';
import { isFloat } from '../core/dtype';
import { ArgumentError, TreeError } from '../core/errors';
import { bind } from '../core/interpreter';
import { definePrimitive, type Primitive, type Tangent, Zero } from '../core/primitive';
import { flatten, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import type { CustomJvp, CustomRuleOptions } from '../types/custom';
import {
  batchedAll,
  batchedTangents,
  type CustomCallParams,
  callCustom,
  checkDifferentiated,
  customCallRules,
  stageCall,
  tangentsLike,
  tangentTree,
  type WithTangents,
} from './customCall';
import { type AnyFunction, callFunction } from './function';

/** `rule(primals, tangents)` gives the results, then their tangents. */
type JvpRule = { readonly rule: WithTangents };
export type JvpCallParams = CustomCallParams & JvpRule;

export const customJvpP: Primitive<JvpCallParams> = definePrimitive<JvpCallParams>('custom_jvp_call', {
  ...customCallRules('jvp'),
  jvp: (primals, tangents, params) => {
    const { consts, rule } = params;
    checkDifferentiated(params, tangents, 'jvp');
    const out = rule(primals.slice(consts), tangents.slice(consts));
    const results = out.slice(0, out.length / 2) as readonly Value[];
    return {
      primals: results,
      tangents: out.slice(results.length).map((t, i) => (isFloat((results[i] as Value).dtype) ? t : new Zero(t.aval))),
    };
  },
  batch: (size, args, mapped, { jaxpr: _, ...params }) => {
    // The rule does not see what the function closes over, so only the function gets it.
    const own = mapped.slice(params.consts);
    const values = bind(customJvpP, args, {
      ...params,
      fun: batchedAll(params.fun, size, mapped),
      rule: batchedTangents(params.rule, size, own, own),
    });
    return { values, mapped: values.map(() => true) };
  },
  stage: stageCall,
});

/**
 * f with a jvp rule of your own: rule(primals, tangents) gives [f(primals), its tangent], linear in the tangents.
 * Reverse mode follows from it. Values that the rule needs are arguments: a derivative by what f closes over is an error.
 *
 * Arguments named in `nondiffArgnums` have no derivative, and null for a tangent; with `symbolicZeros` tangents that are known to be
 * zero are null too. A rule may give null for a tangent that is zero.
 *
 * @throws TreeError when the rule's results do not have the structure of f's; TransformError for a derivative by what has none
 * @example
 * const clipped = customJvp((x: Tensor<[]>) => x, ([x], [t]) => [x, minimum(t, 1)]);
 * jvp(clipped, [tensor(2)], [tensor(5)])[1].item() // => 1
 */
export const customJvp = function (f: AnyFunction, rule: AnyFunction, options: CustomRuleOptions = {}) {
  atMost('customJvp', arguments, 3);
  knownOptions('customJvp', options, ['nondiffArgnums', 'symbolicZeros']);
  if (typeof f !== 'function' || typeof rule !== 'function')
    throw new ArgumentError('customJvp: expected two functions: f and rule(primals, tangents).');
  return (...args: readonly unknown[]): unknown =>
    callCustom<JvpRule>('customJvp', customJvpP, f, args, options, ({ name, def, nondiff }, seen) => {
      const isNull = (t: Tangent, i: number): boolean =>
        nondiff[i] !== null || (options.symbolicZeros === true && t instanceof Zero);
      return {
        rule: (primals, tangents) => {
          const result = callFunction('customJvp', rule, [unflatten(def, primals), tangentTree(def, tangents, isNull)]);
          if (!Array.isArray(result) || result.length !== 2)
            throw new TreeError(`customJvp: the rule of ${name} must return [out, tangent].`);
          const out = flatten(result[0]);
          seen(out.def);
          const what = `customJvp: the result and the tangent from the rule of ${name}`;
          return [...out.leaves, ...tangentsLike(what, result[1], out)];
        },
      };
    });
} as unknown as CustomJvp;
