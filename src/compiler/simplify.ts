// Smaller programs with the same bits: constants folded, identities removed, repeated and dead equations dropped.
import { sameAval, sameShape } from '../core/aval';
import { bool, type DType, f64, isFloat, isInteger } from '../core/dtype';
import { type Atom, type Equation, type Jaxpr, Literal, sameParams, Var, withoutDeadCode } from '../core/jaxpr';
import { scalarArray } from '../core/value';
import { beforeRepetition, composed, type DefinitionOf, turnContractions } from './views';

/** What an equation's operands are broadcast from, where all their elements are one known number. */
type Uniform = (atom: Atom | undefined) => number | null;

const sameAs = (atom: Atom, equation: Equation): Atom | null =>
  sameAval(atom.aval, (equation.outputs[0] as Var).aval) ? atom : null;

/** Whether a number of the one dtype comes back unchanged from the other. */
const holds = (narrow: DType, wide: DType): boolean =>
  narrow === bool || wide === f64 || (isInteger(narrow) && isInteger(wide));

/** What the operation, or its inverse, was applied to when it is applied again. */
const undone = ({ primitive, params, outputs }: Equation, inner: Equation | undefined): Atom | null => {
  const [x] = inner?.inputs ?? [];
  if (inner?.primitive !== primitive || x === undefined) return null;
  switch (primitive.name) {
    case 'neg':
      return x;
    case 'rev':
      return sameParams(params, inner.params) ? x : null;
    case 'convert_element_type': {
      const wide = (inner.outputs[0] as Var).aval.dtype;
      return x.aval.dtype === (outputs[0] as Var).aval.dtype && holds(x.aval.dtype, wide) ? x : null;
    }
    default:
      return null;
  }
};

/** The operand that the equation's result is equal to, bit for bit, if there is one. x + 0 is not x: it turns -0 into 0. */
const identity = (equation: Equation, uniform: Uniform): Atom | null => {
  const [x, y] = equation.inputs;
  if (x === undefined) return null;
  const integer = !isFloat(x.aval.dtype);
  switch (equation.primitive.name) {
    case 'mul':
      return uniform(y) === 1 ? sameAs(x, equation) : uniform(x) === 1 ? sameAs(y as Atom, equation) : null;
    case 'div':
      return uniform(y) === 1 ? sameAs(x, equation) : null;
    case 'sub':
      return Object.is(uniform(y), 0) ? sameAs(x, equation) : null;
    case 'add': {
      const neutral = (u: number | null): boolean => u !== null && (Object.is(u, -0) || (integer && u === 0));
      return neutral(uniform(y)) ? sameAs(x, equation) : neutral(uniform(x)) ? sameAs(y as Atom, equation) : null;
    }
    case 'pow':
      return uniform(y) === 1 ? sameAs(x, equation) : null;
    case 'transpose':
      return (equation.params.permutation as readonly number[]).every((d, i) => d === i) ? x : null;
    case 'select_n': {
      const which = uniform(x);
      if (equation.inputs.every((a, i) => i === 0 || a === y)) return y ?? null;
      return which === null
        ? null
        : sameAs(equation.inputs[1 + Math.min(Math.max(which, 0), equation.inputs.length - 2)] as Atom, equation);
    }
    case 'reshape':
    case 'broadcast_in_dim':
    case 'convert_element_type':
    case 'stop_gradient':
    case 'checkpoint_name':
      return equation.primitive.name === 'broadcast_in_dim' &&
        !sameShape(x.aval.shape, (equation.outputs[0] as Var).aval.shape)
        ? null
        : sameAs(x, equation);
    default:
      return null;
  }
};

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
  const [result] = primitive.impl(
    literals.map((l) => scalarArray(l.value, l.aval.dtype)),
    params,
  );
  return result === undefined ? null : new Literal(out.aval, result.data[0] as number);
};

/** Folding, identities and common subexpressions in one walk; equality is structural, the key only finds candidates. */
class Walk {
  readonly equations: Equation[] = [];
  private readonly replaced = new Map<Var, Atom>();
  private readonly numbers = new Map<Var, number>();
  private readonly serials = new Map<Var, number>();
  private readonly definitions = new Map<Var, Equation>();
  private readonly candidates = new Map<string, Equation[]>();

  readonly read = (atom: Atom): Atom => (atom instanceof Var ? (this.replaced.get(atom) ?? atom) : atom);
  private readonly uniform: Uniform = (atom) =>
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
    const simpler =
      fold(equation) ??
      identity(equation, this.uniform) ??
      undone(equation, this.definitionOf(equation.inputs[0])) ??
      this.earlier(equation);
    if (simpler !== null) {
      const results = Array.isArray(simpler) ? simpler : [simpler];
      equation.outputs.forEach((v, i) => {
        this.replaced.set(v, results[i] as Atom);
      });
      return;
    }
    const whole = composed(equation, this.definitionOf);
    if (whole !== null) {
      this.add(whole);
      return;
    }
    const parts = beforeRepetition(equation, this.definitionOf);
    if (parts !== null) {
      for (const part of parts) this.add(part);
      return;
    }
    equation.outputs.forEach(this.declare);
    for (const v of equation.outputs) this.definitions.set(v, equation);
    const isRepetition = ['broadcast_in_dim', 'reshape'].includes(equation.primitive.name);
    const value = isRepetition ? this.uniform(equation.inputs[0]) : null;
    if (value !== null) this.numbers.set(out, value);
    this.equations.push(equation);
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
  return turnContractions(withoutDeadCode({ inputs, equations: walk.equations, outputs: outputs.map(walk.read) }));
};
