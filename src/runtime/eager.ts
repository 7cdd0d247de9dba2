// Operations outside of jit: contractions run as compiled kernels too, so that they are fast and have the same bits.
import type { Aval } from '../core/aval';
import { sameAval } from '../core/aval';
import { avalsOf } from '../core/interpreter';
import { type Jaxpr, sameParams, Var } from '../core/jaxpr';
import type { Params, Primitive } from '../core/primitive';
import type { ConcreteArray } from '../core/value';

interface Known {
  readonly avals: readonly Aval[];
  readonly params: Params;
  readonly jaxpr: Jaxpr;
}
/** Programs of one equation; the ones made last are looked at first. */
const programs = new Map<Primitive, Known[]>();
const mostPrograms = 256;

/** The program that applies a primitive once; the same object for the same shapes and parameters. */
export const programOf = (primitive: Primitive, args: readonly ConcreteArray[], params: Params): Jaxpr => {
  const known = programs.get(primitive) ?? [];
  programs.set(primitive, known);
  const found = known.find(
    (k) => k.avals.every((a, i) => sameAval(a, args[i]?.aval as Aval)) && sameParams(k.params, params),
  );
  if (found) return found.jaxpr;
  const avals = avalsOf(args);
  const inputs = avals.map((a) => new Var(a));
  const outputs = primitive.shape(avals, params).map((a) => new Var(a));
  const jaxpr: Jaxpr = { inputs, equations: [{ primitive, inputs, params, outputs }], outputs };
  known.unshift({ avals, params, jaxpr });
  if (known.length > mostPrograms) known.pop();
  return jaxpr;
};
