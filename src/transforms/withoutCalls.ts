// Inlining of jitted functions into the program that calls them.
import { bind } from '../core/interpreter';
import { type Atom, avalsIn, type ClosedJaxpr, isEquationOf, type Jaxpr, Literal } from '../core/jaxpr';
import { traceToJaxpr } from '../core/stage';
import { scalarArray, type Value } from '../core/value';
import { jitP } from './jit';

/** The same program with the equations of jitted functions in the place of their calls. */
export const withoutCalls = ({
  jaxpr,
  consts,
}: ClosedJaxpr): { readonly closed: Jaxpr; readonly consts: readonly Value[] } => {
  const evaluate = (program: Jaxpr, args: readonly Value[]): readonly Value[] => {
    const values = new Map<Atom, Value>(program.inputs.map((v, i) => [v, args[i] as Value]));
    const read = (atom: Atom): Value =>
      atom instanceof Literal ? scalarArray(atom.value, atom.aval.dtype) : (values.get(atom) as Value);
    for (const equation of program.equations) {
      const { primitive, params, inputs, outputs } = equation;
      const operands = inputs.map(read);
      const out = isEquationOf(equation, jitP)
        ? evaluate(equation.params.jaxpr, operands)
        : bind(primitive, operands, params);
      outputs.forEach((v, i) => {
        values.set(v, out[i] as Value);
      });
    }
    return program.outputs.map(read);
  };
  if (!jaxpr.equations.some((e) => isEquationOf(e, jitP))) return { closed: jaxpr, consts };
  const flat = traceToJaxpr('jit', (...args) => evaluate(jaxpr, args), avalsIn(jaxpr));
  return { closed: flat.jaxpr, consts: [...flat.consts, ...consts] };
};
