// Smaller programs with the same bits: constants folded, identities removed, repeated and dead equations dropped.
import { sameAval, sameShape } from '../core/aval';
import { isFloat } from '../core/dtype';
import { type Atom, type Equation, type Jaxpr, Literal, sameParams, Var, withoutDeadCode } from '../core/jaxpr';
import { scalarArray } from '../core/value';

/** What an equation's operands are broadcast from, where all their elements are one known number. */
type Uniform = (atom: Atom | undefined) => number | null;

const sameAs = (atom: Atom, equation: Equation): Atom | null =>
  sameAval(atom.aval, (equation.outputs[0] as Var).aval) ? atom : null;

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
    case 'select_n': {
      const which = uniform(x);
      return which === null
        ? null
        : sameAs(equation.inputs[1 + Math.min(Math.max(which, 0), equation.inputs.length - 2)] as Atom, equation);
    }
    case 'reshape':
    case 'broadcast_in_dim':
    case 'convert_element_type':
    case 'stop_gradient':
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
    primitive.lower.kind === 'call'
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
const walk = (jaxpr: Jaxpr): Jaxpr => {
  const replaced = new Map<Var, Atom>();
  const numbers = new Map<Var, number>();
  const made = new Map<Var, number>();
  const candidates = new Map<string, Equation[]>();
  const equations: Equation[] = [];
  const read = (atom: Atom): Atom => (atom instanceof Var ? (replaced.get(atom) ?? atom) : atom);
  const uniform: Uniform = (atom) =>
    atom === undefined ? null : atom instanceof Literal ? atom.value : (numbers.get(atom) ?? null);
  const serial = (atom: Atom): string => (atom instanceof Var ? `v${made.get(atom)}` : `${atom.value}`);
  const name = (v: Var): void => {
    made.set(v, made.size);
  };
  jaxpr.inputs.forEach(name);
  for (const original of jaxpr.equations) {
    const equation = { ...original, inputs: original.inputs.map(read) };
    const [out] = equation.outputs as readonly [Var];
    const simpler = fold(equation) ?? identity(equation, uniform);
    if (simpler !== null) {
      replaced.set(out, simpler);
      continue;
    }
    const key = `${equation.primitive.name}(${equation.inputs.map(serial)})`;
    const same = candidates.get(key)?.find((e) => sameEquation(e, equation));
    if (same) {
      equation.outputs.forEach((v, i) => {
        replaced.set(v, same.outputs[i] as Var);
      });
      continue;
    }
    candidates.set(key, [...(candidates.get(key) ?? []), equation]);
    equation.outputs.forEach(name);
    const isRepetition = ['broadcast_in_dim', 'reshape'].includes(equation.primitive.name);
    const value = isRepetition ? uniform(equation.inputs[0]) : null;
    if (value !== null) numbers.set(out, value);
    equations.push(equation);
  }
  return { inputs: jaxpr.inputs, equations, outputs: jaxpr.outputs.map(read) };
};

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

export const simplify = (jaxpr: Jaxpr): Jaxpr => withoutDeadCode(walk(jaxpr));
