// One flat program: equations that stand for programs are replaced by them.
import { type Atom, type Equation, type Jaxpr, Var } from '../core/jaxpr';

/** The equations of every inner program in the place of its call, under fresh variables. */
export const inlinePrograms = (jaxpr: Jaxpr): Jaxpr => {
  const equations: Equation[] = [];
  const visit = (program: Jaxpr, environment: Map<Var, Atom>, fresh: boolean): Atom[] => {
    const read = (atom: Atom): Atom => (atom instanceof Var ? (environment.get(atom) ?? atom) : atom);
    for (const equation of program.equations) {
      const inputs = equation.inputs.map(read);
      const { lower } = equation.primitive;
      const inner = lower.kind === 'inline' ? lower.program(equation.params) : null;
      if (inner !== null) {
        const results = visit(inner, new Map(inner.inputs.map((v, i) => [v, inputs[i] as Atom])), true);
        equation.outputs.forEach((v, i) => {
          environment.set(v, results[i] as Atom);
        });
      } else {
        const outputs = fresh ? equation.outputs.map((v) => new Var(v.aval)) : equation.outputs;
        equation.outputs.forEach((v, i) => {
          environment.set(v, outputs[i] as Var);
        });
        equations.push({ ...equation, inputs, outputs });
      }
    }
    return program.outputs.map(read);
  };
  const outputs = visit(jaxpr, new Map(), false);
  return { inputs: jaxpr.inputs, equations, outputs };
};
