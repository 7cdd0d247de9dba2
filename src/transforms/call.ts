// What primitives that carry one program share: every transform transforms the program and keeps the call.
import { type Aval, sameAval } from '../core/aval';
import { JaxprError } from '../core/errors';
import { bind } from '../core/interpreter';
import { type ClosedJaxpr, hasEffect, type Jaxpr } from '../core/jaxpr';
import { isKnown, isNonzero, LinearOperand, type Primitive, type Rules, type Tangent, Zero } from '../core/primitive';
import type { Value } from '../core/value';
import { batchJaxpr, jvpJaxpr, putWhere, transposeJaxpr } from './program';

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
    const results = out.slice(0, params.jaxpr.outputs.length);
    return {
      primals: results,
      tangents: putWhere<Tangent>(
        resultNonzero,
        out.slice(params.jaxpr.outputs.length),
        (i) => new Zero((results[i] as Value).aval),
      ),
    };
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
  lower: { kind: 'inline' },
});
