// Reverse mode: a linear program read backwards.

import { TransformError } from '../core/errors';
import { bind, runTransforming, settle } from '../core/interpreter';
import { type Atom, type Jaxpr, Literal, Var } from '../core/jaxpr';
import { LinearOperand, type Operand, type Tangent, Zero } from '../core/primitive';
import { scalarArray, type Value } from '../core/value';
import { addTangents } from '../primitives/fill';

/**
 * Cotangents of the linear inputs, from those of the results. Equations without linear input are evaluated forwards;
 * the others are transposed in reverse order; zero cotangents cost nothing.
 */
export const backwardPass = (jaxpr: Jaxpr, args: readonly Operand[], cotangents: readonly Tangent[]): Tangent[] => {
  const results = runTransforming(() => readBackwards(jaxpr, args, cotangents));
  settle(results.flatMap((x) => (x instanceof Zero ? [] : [x])));
  return results;
};
const readBackwards = (jaxpr: Jaxpr, args: readonly Operand[], cotangents: readonly Tangent[]): Tangent[] => {
  const known = new Map<Var, Value>();
  const linear = new Set<Var>();
  const read = (atom: Atom): Operand => {
    if (atom instanceof Literal) return scalarArray(atom.value, atom.aval.dtype);
    return known.get(atom) ?? new LinearOperand(atom.aval);
  };
  jaxpr.inputs.forEach((v, i) => {
    const x = args[i] as Operand;
    if (x instanceof LinearOperand) linear.add(v);
    else known.set(v, x);
  });
  const backwards: (typeof jaxpr.equations)[number][] = [];
  for (const equation of jaxpr.equations) {
    if (equation.inputs.some((a) => a instanceof Var && linear.has(a))) {
      backwards.push(equation);
      for (const v of equation.outputs) linear.add(v);
    } else {
      const results = bind(
        equation.primitive,
        equation.inputs.map((a) => read(a) as Value),
        equation.params,
      );
      equation.outputs.forEach((v, i) => {
        known.set(v, results[i] as Value);
      });
    }
  }
  const accumulated = new Map<Var, Tangent>();
  const accumulate = (atom: Atom, ct: Tangent): void => {
    if (!(atom instanceof Var) || !linear.has(atom) || ct instanceof Zero) return;
    accumulated.set(atom, addTangents(accumulated.get(atom) ?? new Zero(atom.aval), ct));
  };
  jaxpr.outputs.forEach((atom, i) => {
    accumulate(atom, cotangents[i] as Tangent);
  });
  for (const { primitive, inputs, params, outputs } of backwards.reverse()) {
    const cts = outputs.map((v) => accumulated.get(v) ?? new Zero(v.aval));
    if (cts.every((ct) => ct instanceof Zero)) continue;
    if (primitive.transpose === null)
      throw new TransformError(
        `transpose: ${primitive.name} is not a linear operation, so its derivative program cannot be reversed.`,
      );
    primitive.transpose(cts, inputs.map(read), params).forEach((ct, i) => {
      if (ct !== null) accumulate(inputs[i] as Atom, ct);
    });
  }
  return jaxpr.inputs.map((v) => accumulated.get(v) ?? new Zero(v.aval));
};
