// What the derivative of a function keeps of its computation, and why.
import { atMost } from '../core/arguments';
import { type Aval, showAval, sizeOf } from '../core/aval';
import { type Atom, isEquationOf, isJaxpr, type Jaxpr, Literal, type Var } from '../core/jaxpr';
import { traceToJaxpr } from '../core/stage';
import { flatten, leafPaths } from '../core/tree';
import { checkpointNameP } from '../primitives/checkpointName';
import type { SavedResiduals } from '../types/checkpoint';
import { type AnyFunction, flattenFunction } from './function';
import { linearizeFlat } from './linearize';

export interface SavedResidual extends Aval {
  /** `argument 0.w`, `a constant`, `the result of tanh`, `the value named 'hidden'`. */
  readonly why: string;
}

/** The values that a derivative keeps, one a line by toString. */
export class ResidualReport {
  constructor(readonly residuals: readonly SavedResidual[]) {}
  /** Bytes of what is kept beside arguments and constants, which are there anyway. */
  get bytes(): number {
    return this.residuals
      .filter(({ why }) => !why.startsWith('argument') && why !== 'a constant')
      .reduce((n, { shape, dtype }) => n + sizeOf(shape) * dtype.bytes, 0);
  }
  toString(): string {
    return this.residuals.map((r) => `${showAval(r)} ${r.why}`).join('\n');
  }
}

/** How a value of the program was made. */
const reasonFor = (jaxpr: Jaxpr, atom: Var, ofInput: (i: number) => string): string => {
  const input = jaxpr.inputs.indexOf(atom);
  if (input >= 0) return ofInput(input);
  const equation = jaxpr.equations.find((e) => e.outputs.includes(atom));
  if (equation === undefined) return 'a constant';
  const { primitive, params, inputs, outputs } = equation;
  if (isEquationOf(equation, checkpointNameP)) return `the value named '${equation.params.name}'`;
  const inner = params.jaxpr;
  if (!isJaxpr(inner)) return `the result of ${primitive.name}`;
  const result = inner.outputs[outputs.indexOf(atom)] as Atom;
  const where = typeof params.name === 'string' ? `${primitive.name} ${params.name}` : primitive.name;
  if (result instanceof Literal) return 'a constant';
  if (inner.inputs.includes(result)) {
    const from = inputs[inner.inputs.indexOf(result)] as Atom;
    return from instanceof Literal ? 'a constant' : reasonFor(jaxpr, from, ofInput);
  }
  return `${reasonFor(inner, result, () => 'a constant')} in ${where}`;
};

/**
 * What the derivative of f at these arguments keeps between the computation and its transpose: shapes, dtypes and why. Printed one value a
 * line; `bytes` is the memory of those that are not arguments or constants.
 *
 * @example
 * const f = (x: Tensor<[3]>) => sum(sin(x));
 * String(savedResiduals(f)(tensor([1, 2, 3]))) // => 'f32[3] the result of cos'
 * String(savedResiduals(checkpoint(f))(tensor([1, 2, 3]))) // => 'f32[3] argument 0'
 */
export const savedResiduals = function (f: AnyFunction) {
  atMost('savedResiduals', arguments, 1);
  return (...args: readonly unknown[]): ResidualReport => {
    const { leaves, def } = flatten(args);
    const flat = flattenFunction('savedResiduals', f, def);
    const { jaxpr, consts } = traceToJaxpr(
      'savedResiduals',
      (...xs) => linearizeFlat('savedResiduals', flat.call, xs).program.consts,
      leaves.map((x) => x.aval),
    );
    const names = leafPaths(def).map((path) => path.replace(/^\[(\d+)\]/, 'argument $1'));
    const ofInput = (i: number): string => names[i - consts.length] ?? 'a constant';
    return new ResidualReport(
      jaxpr.outputs.map((atom) => ({
        ...atom.aval,
        why: atom instanceof Literal ? 'a constant' : reasonFor(jaxpr, atom, ofInput),
      })),
    );
  };
} as SavedResiduals<ResidualReport>;
