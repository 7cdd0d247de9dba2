// Calls of the primitives that carry programs: random ones.
import * as fc from 'fast-check';
import { aval } from '../../src/core/aval';
import { checkJaxpr } from '../../src/core/checker';
import { f64 } from '../../src/core/dtype';
import type { ClosedJaxpr, Jaxpr } from '../../src/core/jaxpr';
import type { Tangent } from '../../src/core/primitive';
import { traceToJaxpr } from '../../src/core/stage';
import type { Value } from '../../src/core/value';
import { instantiate } from '../../src/primitives/fill';
import { checkpointPolicies } from '../../src/transforms';
import { linearizeFlat } from '../../src/transforms/linearize';
import { argsOf, type Generator, type OperandSpec, operand, type Spec } from '../call';
import type { Arrays } from '../compare';
import { interpret, type Program, program } from '../programs';
import { jvp } from '../untyped';
import { concrete } from '../vectors';

/** An operand that is this array and no other. */
const only = (x: Value): OperandSpec => operand(x.shape, x.dtype, () => fc.constant([...concrete(x).data]));

const inputsOf = ({ inputs }: Program): OperandSpec[] => inputs.map((s) => operand(s, f64));
const avals = ({ inputs }: Program) => inputs.map((s) => aval(s, f64));

/** A call of a program, or of its derivative at some point: a linear program, whose first operands are the residuals. */
const jit: Generator = {
  dtypes: [f64],
  spec: () =>
    fc.oneof(
      program(1).map(wholeCall),
      program(1).chain((data) => argsOf({ args: inputsOf(data), params: {} }).map((xs) => linearCall(data, xs))),
    ),
  linear: ({ args, params }) => {
    const { name, residuals } = params as unknown as JitCall;
    return name === 'linear' ? [args.map((_, i) => i).slice(residuals)] : [];
  },
};
/** The same calls under a policy. */
const checkpoint: Generator = {
  ...jit,
  spec: (dtype) =>
    fc
      .tuple(jit.spec(dtype), fc.constantFrom('nothingSaveable', 'everythingSaveable', 'dotsSaveable'))
      .map(([spec, policy]) => ({ ...spec, params: { ...spec.params, policy: checkpointPolicies[policy] } })),
};
interface JitCall {
  readonly name: 'whole' | 'linear';
  readonly jaxpr: Jaxpr;
  readonly residuals: number;
}
const callOf = (name: JitCall['name'], { jaxpr, consts }: ClosedJaxpr, inputs: readonly OperandSpec[]): Spec => {
  checkJaxpr(jaxpr);
  const params: JitCall = { name, jaxpr, residuals: consts.length };
  return { args: [...consts.map(only), ...inputs], params: { ...params } };
};
const wholeCall = (data: Program): Spec =>
  callOf(
    'whole',
    traceToJaxpr('laws', (...xs) => [interpret(data)(...xs)], avals(data)),
    inputsOf(data),
  );
const linearCall = (data: Program, xs: Arrays): Spec =>
  callOf('linear', linearizeFlat('laws', (...ys) => [interpret(data)(...ys)], xs).program, inputsOf(data));

const customJvpCall: Generator = {
  dtypes: [f64],
  spec: () =>
    program(1).map((data) => {
      const f = interpret(data);
      const rule = (primals: readonly Value[], tangents: readonly Tangent[]) =>
        jvp((...xs) => [f(...xs)], primals, tangents.map(instantiate)).flat();
      return {
        args: inputsOf(data),
        params: { name: 'f', consts: 0, fun: (...xs: readonly Value[]) => [f(...xs)], rule },
      };
    }),
};

export const structural: Readonly<Record<string, Generator>> = { jit, checkpoint, custom_jvp_call: customJvpCall };

/** Primitives that have no meaning apart from a transform, and the law of transforms that checks them. */
export const checkedByTransforms: Readonly<Record<string, string>> = {
  custom_vjp_call: 'custom rules',
  all_gather: 'named axes',
  axis_index: 'named axes',
  pmax: 'named axes',
  pmin: 'named axes',
  ppermute: 'named axes',
  psum: 'named axes',
  custom_batch_call: 'custom rules',
  debug_callback: 'effects',
  linear_call: 'custom rules',
  cond: 'control flow',
  scan: 'control flow',
  while: 'control flow',
};
