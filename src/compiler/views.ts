// Views of views as one view; transposes and slices of contractions as contractions of transposes and slices.
import { type Aval, aval, sameShape } from '../core/aval';
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

/** Rewrites a view of a contraction's result that nothing else reads; null leaves it as it is. */
const rewriteViews = (
  jaxpr: Jaxpr,
  rewrite: (view: Equation, contraction: Equation) => readonly Equation[] | null,
): Jaxpr => {
  const uses = new Map<Atom, number>();
  const definitions = new Map<Atom, Equation>();
  const use = (atom: Atom): unknown => uses.set(atom, (uses.get(atom) ?? 0) + 1);
  for (const equation of jaxpr.equations) {
    equation.inputs.forEach(use);
    for (const v of equation.outputs) definitions.set(v, equation);
  }
  jaxpr.outputs.forEach(use);
  const rewritten = (equation: Equation): readonly Equation[] => {
    const [product] = equation.inputs;
    const dot = product === undefined ? undefined : definitions.get(product);
    if (product === undefined || dot?.primitive.lower.kind !== 'contract' || uses.get(product) !== 1) return [equation];
    return rewrite(equation, dot) ?? [equation];
  };
  return withoutDeadCode({ ...jaxpr, equations: jaxpr.equations.flatMap(rewritten) });
};
const avals = ({ inputs }: Equation): readonly Aval[] => inputs.map((a) => a.aval);

/** (x · y)ᵀ as yᵀ · xᵀ, which has the same bits. */
export const turnContractions = (jaxpr: Jaxpr): Jaxpr =>
  rewriteViews(jaxpr, ({ primitive: { lower: view }, params, outputs }, dot) => {
    const { lower } = dot.primitive;
    if (view.kind !== 'map' || view.permutation === undefined || lower.kind !== 'contract') return null;
    const exchanged = lower.exchanged?.(dot.params, avals(dot));
    if (exchanged === undefined || !sameShape(view.permutation(params), exchanged.permutation)) return null;
    return [{ ...dot, inputs: [...dot.inputs].reverse(), params: exchanged.params, outputs }];
  });

/** A part of x · y as the product of parts: each sum is what it was. */
export const narrowContractions = (jaxpr: Jaxpr): Jaxpr =>
  rewriteViews(jaxpr, (equation, dot) => {
    const [view, { lower }] = [equation.primitive.lower, dot.primitive];
    if (view.kind !== 'map' || view.part === undefined || lower.kind !== 'contract') return null;
    const origins = lower.origins?.(dot.params, avals(dot));
    if (origins === undefined) return null;
    const { start, limit, strides } = view.part(equation.params);
    const parts = dot.inputs.map((operand, i): readonly [Atom, readonly Equation[]] => {
      const { shape, dtype } = operand.aval;
      const from = shape.map((_, axis) => origins.findIndex((o) => o[i] === axis));
      const params = {
        start: from.map((d) => (d < 0 ? 0 : (start[d] as number))),
        limit: from.map((d, axis) => (d < 0 ? (shape[axis] as number) : (limit[d] as number))),
        strides: from.map((d) => (d < 0 ? 1 : (strides[d] as number))),
      };
      const sizes = params.start.map((s, d) =>
        Math.ceil(((params.limit[d] as number) - s) / (params.strides[d] as number)),
      );
      if (sameShape(sizes, shape)) return [operand, []];
      const part = new Var(aval(sizes, dtype));
      return [part, [{ ...equation, inputs: [operand], params, outputs: [part] }]];
    });
    return [
      ...parts.flatMap(([, equations]) => equations),
      { ...dot, inputs: parts.map(([operand]) => operand), outputs: equation.outputs },
    ];
  });
