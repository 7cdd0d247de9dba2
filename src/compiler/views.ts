// Views of views as one view, and contractions turned so that no transpose follows them.
import { aval } from '../core/aval';
import { type Atom, type Equation, type Jaxpr, Var, withoutDeadCode } from '../core/jaxpr';
import type { DotParams } from '../primitives/contraction';
import { isPointwise } from './pointwise';

/** The equation whose result this is, if there is one. */
export type DefinitionOf = (atom: Atom | undefined) => Equation | undefined;

const axes = (x: unknown): readonly number[] => x as readonly number[];

/** The same view of what the operand is a view of. */
export const composed = (equation: Equation, definitionOf: DefinitionOf): Equation | null => {
  const { primitive, params } = equation;
  const inner = definitionOf(equation.inputs[0]);
  if (inner === undefined || inner.primitive !== primitive) return null;
  switch (primitive.name) {
    case 'reshape':
      return { ...equation, inputs: inner.inputs };
    case 'transpose': {
      const first = axes(inner.params.permutation);
      const permutation = axes(params.permutation).map((d) => first[d] as number);
      return { ...equation, inputs: inner.inputs, params: { permutation } };
    }
    case 'broadcast_in_dim': {
      const dims = axes(inner.params.dims).map((d) => axes(params.dims)[d] as number);
      return { ...equation, inputs: inner.inputs, params: { ...params, dims } };
    }
    default:
      return null;
  }
};

/** An operation on numbers that are then repeated, instead of on repeated numbers; null where an operand is none. */
export const beforeRepetition = (equation: Equation, definitionOf: DefinitionOf): readonly Equation[] | null => {
  const [out] = equation.outputs as readonly [Var];
  const repetitions = equation.inputs.map(definitionOf);
  const [repetition] = repetitions;
  const scalars = repetitions.map((r) => (r?.primitive.name === 'broadcast_in_dim' ? r.inputs[0] : undefined));
  if (repetition === undefined || !scalars.every((a): a is Atom => a?.aval.shape.length === 0)) return null;
  if (!isPointwise(equation)) return null;
  const result = new Var(aval([], out.aval.dtype));
  return [
    { ...equation, inputs: scalars, outputs: [result] },
    { ...repetition, inputs: [result], outputs: [out] },
  ];
};

const range = (start: number, n: number): number[] => Array.from({ length: n }, (_, i) => start + i);

/** (x · y)ᵀ is yᵀ · xᵀ with the same bits: products commute, and the order of the sum is that of the contracted axes. */
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
    const [product] = equation.inputs as readonly [Atom];
    const dot = definitions.get(product);
    if (equation.primitive.name !== 'transpose' || dot?.primitive.name !== 'dot_general' || uses.get(product) !== 1)
      return equation;
    const { lhsContract, rhsContract, lhsBatch, rhsBatch } = dot.params as DotParams;
    const [x, y] = dot.inputs as readonly [Atom, Atom];
    const free = (a: Atom): number => a.aval.shape.length - lhsBatch.length - lhsContract.length;
    const swap = [
      ...range(0, lhsBatch.length),
      ...range(lhsBatch.length + free(x), free(y)),
      ...range(lhsBatch.length, free(x)),
    ];
    if (!axes(equation.params.permutation).every((d, i) => d === swap[i])) return equation;
    return {
      ...dot,
      inputs: [y, x],
      params: { lhsContract: rhsContract, rhsContract: lhsContract, lhsBatch: rhsBatch, rhsBatch: lhsBatch },
      outputs: equation.outputs,
    };
  };
  return withoutDeadCode({ ...jaxpr, equations: jaxpr.equations.map(turned) });
};
