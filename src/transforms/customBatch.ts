// Batching of the user's own.
import { atMost } from '../core/arguments';
import { ArgumentError, TreeError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind } from '../core/interpreter';
import { definePrimitive, isNonzero, type Primitive, type Tangent, Zero } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { broadcastPrefix, difference, flatten, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import type { CustomBatch } from '../types/custom';
import { type CallParams, callProgram, callRules, evaluated } from './call';
import { type AnyFunction, callFunction, flattenFunction, nameOf } from './function';
import { jitP } from './jit';
import { jvpFlat } from './jvp';
import { jvpJaxpr, putWhere, splitTangents } from './program';

type BatchedResults = { readonly values: readonly Value[]; readonly mapped: readonly boolean[] };
/** What many examples give, from operands of which the mapped ones have the axis in front. */
type BatchRule = (size: number, args: readonly Value[], mapped: readonly boolean[]) => BatchedResults;
type BatchCallParams = CallParams & {
  readonly rule: BatchRule;
  /** Leading operands that the function closed over: the rule does not see them. */
  readonly consts: number;
};

const rules = callRules<BatchCallParams>(() => customBatchP);

const customBatchP: Primitive<BatchCallParams> = definePrimitive<BatchCallParams>('custom_batch_call', {
  ...rules,
  impl: (args, { jaxpr }) => evaluated('a custom rule', () => evalJaxpr(jaxpr, args)),
  jvp: (primals, tangents, params) => {
    const live = tangents.map(isNonzero);
    const { closed, resultNonzero } = jvpJaxpr(params.jaxpr, live);
    const { consts } = params;
    // By what was closed over the rule has no derivative, so the program is batched as any other.
    const isOfConsts = live.slice(0, consts).includes(true) || closed.consts.length > 0;
    const own = live.slice(consts);
    const rule: BatchRule = (size, xs, mapped) => {
      const which = own.map((l, i) => mapped[i] === true || (l && mapped[own.length + nth(own, i)] === true));
      const whole = which.map((m, i) =>
        m ? materialise(size, xs[i] as Value, mapped[i] as boolean) : (xs[i] as Value),
      );
      const slopes = putWhere<Tangent>(own, xs.slice(own.length), (i) => new Zero((whole[i] as Value).aval)).map(
        (t, i) =>
          isNonzero(t) && which[i] === true ? materialise(size, t, mapped[own.length + nth(own, i)] as boolean) : t,
      );
      let resultMapped: readonly boolean[] = [];
      const out = jvpFlat(
        'vmap',
        (...ys) => {
          const results = params.rule(size, ys, which);
          resultMapped = results.mapped;
          return results.values;
        },
        whole,
        slopes,
      );
      const moved = out.tangents.filter((_, i) => resultNonzero[i]).map(instantiate);
      return {
        values: [...out.primals, ...moved],
        mapped: [...resultMapped, ...resultMapped.filter((_, i) => resultNonzero[i])],
      };
    };
    const args = [...primals, ...tangents.filter(isNonzero)];
    const out = isOfConsts
      ? callProgram(jitP, closed, args, { name: params.name, jaxpr: closed.jaxpr })
      : bind(customBatchP, args, { name: params.name, jaxpr: closed.jaxpr, consts, rule });
    return splitTangents(out, resultNonzero);
  },
  batch: (size, args, mapped, params) => {
    const { consts, rule } = params;
    if (mapped.slice(0, consts).includes(true))
      return jitP.batch(size, args, mapped, { name: params.name, jaxpr: params.jaxpr });
    return rule(size, args.slice(consts), mapped.slice(consts));
  },
  // The parts of a split program are no longer the function that the rule is for.
  partialEval: (args, { name, jaxpr }) =>
    (jitP.partialEval as NonNullable<typeof jitP.partialEval>)(args, { name, jaxpr }),
});

/** How many hold before i. */
const nth = (mask: readonly boolean[], i: number): number => mask.slice(0, i).filter(Boolean).length;

const isFlag = (x: unknown): x is boolean => typeof x === 'boolean';

/**
 * f with a rule of your own for vmap: rule({ size, mapped }, ...args) gives [out, outMapped]. `mapped` is a tuple of booleans, one for each
 * argument; mapped arguments have the axis in front, and so must results that are mapped: outMapped is a boolean, or a tree of them.
 *
 * An argument that is a tree counts as mapped if one leaf is: all its leaves have the axis then. The derivative of f batches by the derivative
 * of the rule.
 *
 * @throws TreeError when the rule's result does not have the structure of f's
 * @example
 * const double = customBatch((x: Tensor<[]>) => mul(x, 2), (_, x) => [mul(x, 2), true]);
 * vmap(double)(tensor([1, 2])).toArray() // => [2, 4]
 */
export const customBatch = function (f: AnyFunction, rule: AnyFunction) {
  atMost('customBatch', arguments, 2);
  if (typeof f !== 'function' || typeof rule !== 'function')
    throw new ArgumentError('customBatch: expected two functions: f and rule({ size, mapped }, ...args).');
  return (...args: readonly unknown[]): unknown => {
    const name = nameOf(f);
    const { leaves, def } = flatten(args);
    const flat = flattenFunction('customBatch', f, def);
    const { jaxpr, consts } = traceToJaxpr(
      'customBatch',
      flat.call,
      leaves.map((x) => x.aval),
    );
    const resultDef = flat.resultDef();
    const counts = args.map((x) => flatten(x).leaves.length);
    const flatRule: BatchRule = (size, xs, mapped) => {
      let next = 0;
      const perArgument = counts.map((n) => {
        const any = mapped.slice(next, next + n).includes(true);
        next += n;
        return any;
      });
      const ofLeaf = counts.flatMap((n, i) => new Array<boolean>(n).fill(perArgument[i] as boolean));
      const whole = xs.map((x, i) => (ofLeaf[i] ? materialise(size, x, mapped[i] as boolean) : x));
      const given = unflatten(def, whole) as readonly unknown[];
      const result = callFunction('customBatch', rule, [{ size, mapped: perArgument }, ...given]);
      if (!Array.isArray(result) || result.length !== 2)
        throw new TreeError(`customBatch: the rule of ${name} must return [out, outMapped].`);
      const out = flatten(result[0]);
      const differs = difference(out.def, resultDef);
      if (differs !== null)
        throw new TreeError(`customBatch: the result of ${name} and the result of its rule differ ${differs}.`);
      return {
        values: out.leaves,
        mapped: broadcastPrefix(`customBatch: outMapped of ${name}`, result[1], out.def, isFlag),
      };
    };
    if (jaxpr.outputs.length === 0) return unflatten(resultDef, []);
    const out = bind(customBatchP, [...consts, ...leaves], { name, jaxpr, consts: consts.length, rule: flatRule });
    return unflatten(resultDef, out);
  };
} as CustomBatch;
