// A linear function with a transpose of its own.
import { type Aval, aval } from '../core/aval';
import { TransformError } from '../core/errors';
import { bind } from '../core/interpreter';
import type { Jaxpr } from '../core/jaxpr';
import { definePrimitive, isNonzero, LinearOperand, type Primitive, type Tangent, Zero } from '../core/primitive';
import type { Value } from '../core/value';
import { addTangents, instantiate } from '../primitives/fill';
import { evaluated } from './call';
import { batchedAll, batchedTangents, recorded, summedShared, type WithTangents } from './customCall';
import type { FlatFunction } from './function';
import { jvpFlat } from './jvp';

/**
 * Results = fun(residuals, operands), linear in the operands; `transposed(residuals, cotangents)` gives the operands' cotangents. Without
 * `fun` it is known by its transpose alone: the derivative of a customVjp function. Once recorded, `jaxpr` is what fun computes.
 */
type LinearCallParams = {
  readonly name: string;
  readonly residuals: number;
  readonly fun: FlatFunction | null;
  readonly transposed: WithTangents;
  readonly avals: readonly Aval[];
  readonly jaxpr?: Jaxpr;
};

const forwardMode = (name: string): TransformError =>
  new TransformError(
    `${name}: forward-mode differentiation (jvp, jacfwd, hessian) of a function with a custom vjp rule. Use reverse mode (grad, vjp, jacrev), or customJvp.`,
  );

const linearCallP: Primitive<LinearCallParams> = definePrimitive<LinearCallParams>('linear_call', {
  impl: (args, { name, fun }) => {
    if (fun === null) throw forwardMode(name);
    return evaluated('a linear function', () => fun(...args));
  },
  shape: (_args, { avals }) => avals,
  jvp: (primals, tangents, params) => {
    const { name, fun, residuals } = params;
    if (fun === null) throw forwardMode(name);
    const results = bind(linearCallP, primals, params);
    const [known, operands] = [primals.slice(0, residuals), primals.slice(residuals)];
    const zeros: readonly Tangent[] = results.map((x) => new Zero(x.aval));
    const along: readonly Tangent[] = tangents.slice(residuals).some(isNonzero)
      ? bind(linearCallP, [...known, ...tangents.slice(residuals).map(instantiate)], params)
      : zeros;
    const across = tangents.slice(0, residuals).some(isNonzero)
      ? jvpFlat(name, (...rs) => fun(...rs, ...operands), known, tangents.slice(0, residuals)).tangents
      : zeros;
    return { primals: results, tangents: along.map((t, i) => addTangents(t, across[i] as Tangent)) };
  },
  transpose: (cotangents, args, { residuals, transposed }) => {
    const cts = transposed(args.slice(0, residuals) as readonly Value[], cotangents);
    // Operands that are constants have cotangents too, which nobody wants.
    return args.map((x, i) => (x instanceof LinearOperand ? (cts[i - residuals] as Tangent) : null));
  },
  batch: (size, args, mapped, params) => {
    const { residuals, fun, transposed, avals } = params;
    const back = batchedTangents(transposed, size, mapped.slice(0, residuals));
    const values = bind(linearCallP, args, {
      name: params.name,
      residuals,
      fun: fun === null ? null : batchedAll(fun, size, mapped),
      avals: avals.map((a) => aval([size, ...a.shape], a.dtype)),
      transposed: (res, cts) => summedShared(back(res, cts), mapped.slice(residuals)),
    });
    return { values, mapped: values.map(() => true) };
  },
  stage: (args, params) => {
    if (params.fun === null || params.jaxpr) return { args, params };
    const { residuals, transposed } = params;
    const { jaxpr, consts, fun, args: operands } = recorded(params.fun, args);
    const back: WithTangents = (res, cts) => transposed(res.slice(consts), cts);
    return { args: operands, params: { ...params, jaxpr, residuals: consts + residuals, fun, transposed: back } };
  },
  lower: { kind: 'inline', program: ({ jaxpr }) => jaxpr ?? null },
});

export const linearCall = (
  name: string,
  residuals: readonly Value[],
  operands: readonly Value[],
  avals: readonly Aval[],
  fun: FlatFunction | null,
  transposed: WithTangents,
): readonly Value[] =>
  bind(linearCallP, [...residuals, ...operands], { name, residuals: residuals.length, fun, transposed, avals });
