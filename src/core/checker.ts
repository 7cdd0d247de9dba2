// Legality of programs: run after every transform in the tests.
import { sameAval, showAval } from './aval';
import { JaxprError } from './errors';
import { type Atom, isJaxpr, type Jaxpr, Literal, type Var } from './jaxpr';
import { showJaxpr } from './printer';

/**
 * Checks that every variable is defined once and before its use, and that every equation's results
 * have the avals its primitive's shape rule gives. Inner programs are checked too.
 *
 * @throws JaxprError naming the equation
 */
export const checkJaxpr = (jaxpr: Jaxpr): void => {
  const defined = new Set<Var>();
  const fail = (why: string): never => {
    throw new JaxprError(`checkJaxpr: ${why} in\n${showJaxpr(jaxpr)}`);
  };
  const define = (v: Var): void => {
    if (defined.has(v)) fail('a variable is defined twice');
    defined.add(v);
  };
  const use = (atom: Atom, where: string): void => {
    if (atom instanceof Literal) {
      if (atom.aval.shape.length !== 0) fail(`${where} has a literal that is not a scalar`);
    } else if (!defined.has(atom)) fail(`${where} uses a variable that is not defined before`);
  };
  jaxpr.inputs.forEach(define);
  jaxpr.equations.forEach(({ primitive, inputs, params, outputs }, n) => {
    const where = `equation ${n} (${primitive.name})`;
    for (const atom of inputs) use(atom, where);
    for (const value of Object.values(params).flat()) if (isJaxpr(value)) checkJaxpr(value);
    const avals = primitive.shape(
      inputs.map((a) => a.aval),
      params,
    );
    if (avals.length !== outputs.length)
      fail(`${where} has ${outputs.length} results, its shape rule says ${avals.length}`);
    outputs.forEach((v, i) => {
      const expected = avals[i];
      if (expected && !sameAval(v.aval, expected))
        fail(`${where} gives ${showAval(v.aval)}, its shape rule says ${showAval(expected)},`);
      define(v);
    });
  });
  for (const atom of jaxpr.outputs) use(atom, 'the result');
};
