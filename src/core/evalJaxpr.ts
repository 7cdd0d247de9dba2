// Interpretation of programs: every equation is applied under the current interpreter.
import { bind } from './interpreter';
import { type Atom, type Jaxpr, Literal, type Var } from './jaxpr';
import { scalarArray, type Value } from './value';

/** Applies the program's primitives, one after the other, under the current interpreter. */
export const evalJaxpr = (jaxpr: Jaxpr, args: readonly Value[]): Value[] => {
  const environment = new Map<Var, Value>();
  const read = (atom: Atom): Value =>
    atom instanceof Literal ? scalarArray(atom.value, atom.aval.dtype) : (environment.get(atom) as Value);
  jaxpr.inputs.forEach((v, i) => {
    environment.set(v, args[i] as Value);
  });
  for (const { primitive, inputs, params, outputs } of jaxpr.equations) {
    const results = bind(primitive, inputs.map(read), params);
    outputs.forEach((v, i) => {
      environment.set(v, results[i] as Value);
    });
  }
  return jaxpr.outputs.map(read);
};
