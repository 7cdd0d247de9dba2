// Operations outside of jit: contractions, and others of many elements, run as compiled kernels too. The bits are the same.
import { needsHost } from '../compiler/flow';
import type { Aval } from '../core/aval';
import { sameAval } from '../core/aval';
import { avalsOf } from '../core/interpreter';
import { type Jaxpr, sameParams, Var } from '../core/jaxpr';
import type { Params, Primitive } from '../core/primitive';
import type { ConcreteArray } from '../core/value';

/** Elements from which on a kernel that was asked for before is worth compiling, and from which on it always is. */
const many = 2 ** 15;
const huge = 2 ** 18;

interface Known {
  readonly avals: readonly Aval[];
  readonly params: Params;
  readonly jaxpr: Jaxpr;
}
/** Programs of one equation; the ones made last are looked at first. */
const programs = new Map<Primitive, Known[]>();
const mostPrograms = 256;

/** The program to compile instead of running a primitive's own implementation, or null. */
export const programFor = (primitive: Primitive, args: readonly ConcreteArray[], params: Params): Jaxpr | null => {
  const { lower } = primitive;
  const { kind } = lower;
  if (kind === 'contract') return programOf(primitive, args, params).jaxpr;
  if (kind === 'control') return needsHost(lower.flow(params)) ? null : programOf(primitive, args, params).jaxpr;
  if (kind === 'inline' || kind === 'call') return null;
  let size = 0;
  for (const x of args) if (x.size > size) size = x.size;
  if (size < many) return null;
  const { jaxpr, isNew } = programOf(primitive, args, params);
  return isNew && size < huge ? null : jaxpr;
};

/** The program that applies a primitive once; the same object for the same shapes and parameters. */
const programOf = (
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
): { readonly jaxpr: Jaxpr; readonly isNew: boolean } => {
  const known = programs.get(primitive) ?? [];
  programs.set(primitive, known);
  const found = known.find(
    (k) =>
      k.avals.length === args.length &&
      k.avals.every((a, i) => sameAval(a, (args[i] as ConcreteArray).aval)) &&
      sameParams(k.params, params),
  );
  if (found) return { jaxpr: found.jaxpr, isNew: false };
  const avals = avalsOf(args);
  const inputs = avals.map((a) => new Var(a));
  const outputs = primitive.shape(avals, params).map((a) => new Var(a));
  const jaxpr: Jaxpr = { inputs, equations: [{ primitive, inputs, params, outputs }], outputs };
  known.unshift({ avals, params, jaxpr });
  if (known.length > mostPrograms) known.pop();
  return { jaxpr, isNew: true };
};
