// What primitives that carry one program share: every transform transforms the program and keeps the call.
import { type Aval, sameAval } from '../core/aval';
import { JaxprError } from '../core/errors';
import { bind, evaluator, runUnder } from '../core/interpreter';
import { type ClosedJaxpr, hasEffect, type Jaxpr } from '../core/jaxpr';
import { isKnown, isNonzero, LinearOperand, type Primitive, type Rules, type Tangent, Zero } from '../core/primitive';
import type { ConcreteArray, Value } from '../core/value';
import { batchJaxpr, jvpJaxpr, putWhere, splitTangents, transposeJaxpr } from './program';

export type CallParams = { readonly name: string; readonly jaxpr: Jaxpr };

/** A call of a program with its constants; one without results or effects is no call. */
export const callProgram = <P extends CallParams>(
  primitive: Primitive<P>,
  { jaxpr, consts }: ClosedJaxpr,
  args: readonly Value[],
  params: P,
): readonly Value[] =>
  jaxpr.outputs.length === 0 && !jaxpr.equations.some(hasEffect)
    ? []
    : bind(primitive, [...consts, ...args], { ...params, jaxpr });

/** What a program or function of a call gives, computed outside of all transforms. */
export const evaluated = (what: string, run: () => readonly Value[]): readonly ConcreteArray[] =>
  runUnder(evaluator, run).map((x) => x.concrete(what));

/** Shape, jvp, transpose and batch rules. */
export const callRules = <P extends CallParams>(
  primitive: () => Primitive<P>,
): Pick<Rules<P>, 'shape' | 'jvp' | 'transpose' | 'batch' | 'lower'> => ({
  shape: (args, { name, jaxpr }) => {
    if (args.length !== jaxpr.inputs.length || args.some((a, i) => !sameAval(a, jaxpr.inputs[i]?.aval as Aval)))
      throw new JaxprError(`${primitive().name}: the arguments do not fit the program ${name}.`);
    return jaxpr.outputs.map((v) => v.aval);
  },
  jvp: (primals, tangents, params) => {
    const { closed, resultNonzero } = jvpJaxpr(params.jaxpr, tangents.map(isNonzero));
    const out = callProgram(primitive(), closed, [...primals, ...tangents.filter(isNonzero)], params);
    return splitTangents(out, resultNonzero);
  },
  transpose: (cotangents, args, params) => {
    const linear = args.map((x) => x instanceof LinearOperand);
    const { closed, inputNonzero } = transposeJaxpr(params.jaxpr, linear, cotangents.map(isNonzero));
    const out = callProgram(primitive(), closed, [...args.filter(isKnown), ...cotangents.filter(isNonzero)], params);
    return putWhere<Tangent | null>(inputNonzero, out, (i) =>
      linear[i] ? new Zero((args[i] as LinearOperand).aval) : null,
    );
  },
  batch: (size, args, mapped, params) => ({
    values: callProgram(primitive(), batchJaxpr(params.jaxpr, mapped, [], size).closed, args, params),
    mapped: params.jaxpr.outputs.map(() => true),
  }),
  lower: { kind: 'inline', program: ({ jaxpr }) => jaxpr },
});
