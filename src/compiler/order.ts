// The order of a program's equations, as far as their operands leave it open.
import { sizeOf } from '../core/aval';
import { type Equation, type Jaxpr, Literal, type Var } from '../core/jaxpr';

/**
 * Scalars that are made of arguments come first: step counts, learning rates, bias corrections. What reads them and what came before
 * them can then be one kernel.
 */
export const scalarsFirst = (jaxpr: Jaxpr): Jaxpr => {
  const known = new Set<Var>(jaxpr.inputs);
  const [first, others]: [Equation[], Equation[]] = [[], []];
  for (const equation of jaxpr.equations) {
    const { primitive, inputs, outputs } = equation;
    const isScalar =
      primitive.lower.kind === 'map' &&
      outputs.every((v) => sizeOf(v.aval.shape) === 1) &&
      inputs.every((a) => a instanceof Literal || (known.has(a) && sizeOf(a.aval.shape) === 1));
    (isScalar ? first : others).push(equation);
    if (isScalar) for (const v of outputs) known.add(v);
  }
  return { ...jaxpr, equations: [...first, ...others] };
};
