// Type legalisation: operations on dtypes that are stored only become operations on those that are computed in, between conversions. Every
// operation is rounded, or wraps, once.
import { aval } from '../core/aval';
import { computeDType, type DType, isEncoded, isNarrow } from '../core/dtype';
import { takesStored } from '../core/evaluate';
import { type Atom, type Equation, type Jaxpr, Literal, Var } from '../core/jaxpr';
import { convertP } from '../primitives/convert';

const conversion = (from: Atom, to: Var): Equation => ({
  primitive: convertP,
  inputs: [from],
  params: { dtype: to.aval.dtype },
  outputs: [to],
});
const wide = ({ aval: { shape, dtype } }: Atom): Var => new Var(aval(shape, computeDType(dtype)));

/** Whether what it computes of narrow integers is one of them, found by comparing. */
const isChoice = ({ primitive: { lower }, inputs }: Equation): boolean =>
  (lower.kind === 'reduce' || lower.kind === 'window') &&
  (lower.combine === 'max' || lower.combine === 'min') &&
  !inputs.some((x) => isEncoded(x.aval.dtype));

const isLegal = (equation: Equation): boolean => {
  const narrow = (x: { readonly aval: { readonly dtype: DType } }): boolean => isNarrow(x.aval.dtype);
  return (
    !(equation.inputs.some(narrow) || equation.outputs.some(narrow)) ||
    takesStored(equation.primitive) ||
    isChoice(equation)
  );
};

export const legalise = (jaxpr: Jaxpr): Jaxpr => {
  if (jaxpr.equations.every(isLegal)) return jaxpr;
  const equations: Equation[] = [];
  const widened = new Map<Var, Var>();
  const read = (atom: Atom): Atom => {
    if (!isNarrow(atom.aval.dtype)) return atom;
    if (atom instanceof Literal) return new Literal(wide(atom).aval, atom.value);
    const known = widened.get(atom) ?? wide(atom);
    if (!widened.has(atom)) equations.push(conversion(atom, known));
    widened.set(atom, known);
    return known;
  };
  for (const equation of jaxpr.equations) {
    if (isLegal(equation)) {
      equations.push(equation);
      continue;
    }
    const inputs = equation.inputs.map(read);
    const outputs = equation.outputs.map((v) => (isNarrow(v.aval.dtype) ? wide(v) : v));
    equations.push({ ...equation, inputs, outputs });
    outputs.forEach((v, i) => {
      const result = equation.outputs[i] as Var;
      if (v !== result) equations.push(conversion(v, result));
    });
  }
  return { ...jaxpr, equations };
};
