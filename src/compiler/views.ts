// Views of views as one view, and contractions turned so that no transpose follows them.
import { aval, sameShape } from '../core/aval';
import { type Atom, type Equation, type Jaxpr, Var, withoutDeadCode } from '../core/jaxpr';
import { isPointwise } from './pointwise';

/** The equation whose result this is, if there is one. */
export type DefinitionOf = (atom: Atom | undefined) => Equation | undefined;

/** Whether all elements of the result are the operand's one number, where that has one. */
export const isRepetition = ({ primitive: { lower } }: Equation): boolean =>
  lower.kind === 'map' && lower.repeats === true;

/** An operation on numbers that are then repeated, instead of on repeated numbers; null where an operand is none. */
export const beforeRepetition = (equation: Equation, definitionOf: DefinitionOf): readonly Equation[] | null => {
  const [out] = equation.outputs as readonly [Var];
  const repetitions = equation.inputs.map(definitionOf);
  const [repetition] = repetitions;
  const scalars = repetitions.map((r) => (r !== undefined && isRepetition(r) ? r.inputs[0] : undefined));
  if (repetition === undefined || !scalars.every((a): a is Atom => a?.aval.shape.length === 0)) return null;
  if (!isPointwise(equation)) return null;
  const result = new Var(aval([], out.aval.dtype));
  return [
    { ...equation, inputs: scalars, outputs: [result] },
    { ...repetition, inputs: [result], outputs: [out] },
  ];
};

/** (x · y)ᵀ as yᵀ · xᵀ, which has the same bits. */
export const turnContractions = (jaxpr: Jaxpr): Jaxpr => {
  const uses = new Map<Atom, number>();
  const definitions = new Map<Atom, Equation>();
  const use = (atom: Atom): unknown => uses.set(atom, (uses.get(atom) ?? 0) + 1);
  for (const equation of jaxpr.equations) {
    equation.inputs.forEach(use);
    for (const v of equation.outputs) definitions.set(v, equation);
  }
  jaxpr.outputs.forEach(use);
  const turned = (equation: Equation): Equation => {
    const [product] = equation.inputs;
    const dot = product === undefined ? undefined : definitions.get(product);
    if (product === undefined || dot === undefined || uses.get(product) !== 1) return equation;
    const [view, contraction] = [equation.primitive.lower, dot.primitive.lower];
    if (view.kind !== 'map' || view.permutation === undefined || contraction.kind !== 'contract') return equation;
    const exchanged = contraction.exchanged?.(
      dot.params,
      dot.inputs.map((a) => a.aval),
    );
    if (exchanged === undefined || !sameShape(view.permutation(equation.params), exchanged.permutation))
      return equation;
    return { ...dot, inputs: [...dot.inputs].reverse(), params: exchanged.params, outputs: equation.outputs };
  };
  return withoutDeadCode({ ...jaxpr, equations: jaxpr.equations.map(turned) });
};
