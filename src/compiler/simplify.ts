// Smaller programs with the same bits: constants folded, identities removed, repeated and dead equations dropped.
import { sameAval } from '../core/aval';
import { evaluate } from '../core/evaluate';
import { type Atom, type Equation, type Jaxpr, Literal, sameParams, Var, withoutDeadCode } from '../core/jaxpr';
import type { Params, Simpler } from '../core/primitive';
import { scalarArray } from '../core/value';
import { beforeRepetition, type DefinitionOf, isRepetition, narrowContractions, turnContractions } from './views';

/** A scalar equation of literals is computed now. */
const fold = (equation: Equation): Literal | null => {
  const { primitive, inputs, outputs, params } = equation;
  const [out] = outputs;
  if (
    outputs.length !== 1 ||
    out === undefined ||
    out.aval.shape.length !== 0 ||
    inputs.length === 0 ||
    primitive.lower.kind === 'call' ||
    primitive.lower.kind === 'control'
  )
    return null;
  const literals = inputs.filter((a) => a instanceof Literal);
  if (literals.length !== inputs.length) return null;
  const [result] = evaluate(
    primitive,
    literals.map((l) => scalarArray(l.value, l.aval.dtype)),
    params,
  );
  return result === undefined ? null : new Literal(out.aval, result.numbers[0] as number);
};

const isAtom = (x: Simpler<Params> | null): x is Atom => x instanceof Var || x instanceof Literal;

/** Folding, identities and common subexpressions in one walk; equality is structural, the key only finds candidates. */
class Walk {
  readonly equations: Equation[] = [];
  private readonly replaced = new Map<Var, Atom>();
  private readonly numbers = new Map<Var, number>();
  private readonly serials = new Map<Var, number>();
  private readonly definitions = new Map<Var, Equation>();
  private readonly candidates = new Map<string, Equation[]>();

  readonly read = (atom: Atom): Atom => (atom instanceof Var ? (this.replaced.get(atom) ?? atom) : atom);
  /** The one number that all elements are. */
  private readonly uniform = (atom: Atom | undefined): number | null =>
    atom === undefined ? null : atom instanceof Literal ? atom.value : (this.numbers.get(atom) ?? null);
  private readonly definitionOf: DefinitionOf = (atom) =>
    atom instanceof Var ? this.definitions.get(atom) : undefined;
  private readonly serial = (atom: Atom): string =>
    atom instanceof Var ? `v${this.serials.get(atom)}` : `${atom.value}`;

  readonly declare = (v: Var): void => {
    this.serials.set(v, this.serials.size);
  };

  add(original: Equation): void {
    const equation = { ...original, inputs: original.inputs.map(this.read) };
    const [out] = equation.outputs as readonly [Var];
    const folded = fold(equation);
    const simpler = folded === null ? this.simpler(equation, out) : null;
    const results =
      folded !== null ? [folded] : isAtom(simpler) ? (sameAval(simpler.aval, out.aval) ? [simpler] : null) : null;
    const known = results ?? this.earlier(equation);
    if (known !== null) {
      equation.outputs.forEach((v, i) => {
        this.replaced.set(v, known[i] as Atom);
      });
      return;
    }
    if (simpler !== null && !isAtom(simpler)) {
      this.add({ ...equation, inputs: [simpler.operand], params: simpler.params });
      return;
    }
    const parts = beforeRepetition(equation, this.definitionOf);
    if (parts !== null) {
      for (const part of parts) this.add(part);
      return;
    }
    equation.outputs.forEach(this.declare);
    for (const v of equation.outputs) this.definitions.set(v, equation);
    const value = isRepetition(equation) ? this.uniform(equation.inputs[0]) : null;
    if (value !== null) this.numbers.set(out, value);
    this.equations.push(equation);
  }

  private simpler({ primitive, params, inputs }: Equation, out: Var): Simpler<Params> | null {
    if (primitive.simplify === undefined) return null;
    const definition = this.definitionOf(inputs[0]);
    const operand = definition?.primitive === primitive ? definition.inputs[0] : undefined;
    return primitive.simplify({
      params,
      operands: inputs,
      result: out.aval,
      inner: definition === undefined || operand === undefined ? null : { operand, params: definition.params },
      uniform: this.uniform,
    });
  }

  /** The results of an equation that is there already. */
  private earlier(equation: Equation): readonly Atom[] | null {
    if (equation.primitive.hasEffect) return null;
    const key = `${equation.primitive.name}(${equation.inputs.map(this.serial)})`;
    const found = this.candidates.get(key) ?? [];
    const same = found.find((e) => sameEquation(e, equation));
    if (same) return same.outputs.map(this.read);
    this.candidates.set(key, [...found, equation]);
    return null;
  }
}

const sameEquation = (a: Equation, b: Equation): boolean =>
  a.primitive === b.primitive &&
  a.inputs.length === b.inputs.length &&
  a.inputs.every((x, i) => {
    const y = b.inputs[i];
    return (
      x === y ||
      (x instanceof Literal && y instanceof Literal && Object.is(x.value, y.value) && sameAval(x.aval, y.aval))
    );
  }) &&
  sameParams(a.params, b.params);

export const simplify = ({ inputs, equations, outputs }: Jaxpr): Jaxpr => {
  const walk = new Walk();
  inputs.forEach(walk.declare);
  for (const equation of equations) walk.add(equation);
  return narrowContractions(
    turnContractions(withoutDeadCode({ inputs, equations: walk.equations, outputs: outputs.map(walk.read) })),
  );
};
