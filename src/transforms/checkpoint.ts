// Rematerialisation: the derivative of a checkpointed function computes its inner values again instead of keeping them.
import { atMost, knownOptions } from '../core/arguments';
import { ArgumentError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { type Atom, type Equation, isEquationOf, type Jaxpr, Literal, type Var, withoutDeadCode } from '../core/jaxpr';
import {
  definePrimitive,
  isKnown,
  isNonzero,
  LinearOperand,
  type Operand,
  type Primitive,
  type Tangent,
  type Transpose,
} from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { flatten, unflatten } from '../core/tree';
import { Value } from '../core/value';
import { optimizationBarrier } from '../primitives/barrier';
import { checkpointNameP, checkpointName as name } from '../primitives/checkpointName';
import type { Checkpoint, CheckpointName, CheckpointOptions, CheckpointPolicy } from '../types/checkpoint';
import { type CallParams, callProgram, callRules, evaluated } from './call';
import { type AnyFunction, flattenFunction, nameOf } from './function';
import { partialEvalJaxpr } from './linearize';
import { checkpointPolicies } from './policies';
import { putWhere, takeWhere } from './program';
import { withoutCalls } from './withoutCalls';

type CheckpointParams = CallParams & { readonly policy: CheckpointPolicy };

const rules = callRules<CheckpointParams>(() => checkpointP);

/** A call of a program of which only inputs, and what the policy says, are kept between the computation and its derivative. */
export const checkpointP: Primitive<CheckpointParams> = definePrimitive<CheckpointParams>('checkpoint', {
  ...rules,
  impl: (args, { jaxpr }) => evaluated('a checkpointed function', () => evalJaxpr(jaxpr, args)),
  transpose: (cotangents, args, params) => {
    // Without the barrier the compiler would find that what is computed again was computed before, and keep it.
    const isHeld = computedFrom(params.jaxpr, args.map(isKnown));
    const live = isHeld.includes(true) ? cotangents.map(isNonzero) : cotangents.map(() => false);
    const held = optimizationBarrier([...takeWhere(args, isHeld), ...takeWhere(cotangents, live)] as readonly Value[]);
    const operands = putWhere<Operand>(isHeld, held, (i) => args[i] as Operand);
    const cts = putWhere<Tangent>(live, held.slice(isHeld.filter(Boolean).length), (i) => cotangents[i] as Tangent);
    return (rules.transpose as Transpose<CheckpointParams>)(cts, operands, params);
  },
  partialEval: (args, { name, jaxpr, policy }) => {
    const split = partialEvalJaxpr(
      jaxpr,
      args.map((x) => x instanceof LinearOperand),
      'checkpoint',
    );
    const { closed: known, consts } = withoutCalls(split.known);
    const isKnownResult = split.unknownResults.map((u) => !u);
    const count = isKnownResult.filter(Boolean).length;
    const { kept, equations, residuals } = recomputation(known, known.outputs.slice(count), policy);
    const givens = [...consts, ...args.filter(isKnown)];
    const isGiven = new Set<Var>(known.inputs);
    const saved = kept.filter((v) => !isGiven.has(v));
    const forward = withoutDeadCode({ ...known, outputs: [...known.outputs.slice(0, count), ...saved] });
    const out = callProgram(checkpointP, { jaxpr: forward, consts: [] }, givens, { name, jaxpr: forward, policy });
    const values = new Map<Var, Value>(known.inputs.map((v, i) => [v, givens[i] as Value]));
    saved.forEach((v, i) => {
      values.set(v, out[count + i] as Value);
    });
    return {
      known: putWhere<Value | null>(isKnownResult, out.slice(0, count), () => null),
      staged: {
        primitive: checkpointP as Primitive,
        residuals: kept.map((v) => values.get(v) as Value),
        params: { name, policy, jaxpr: behind(kept, equations, split.staged, residuals) },
        avals: takeWhere(
          jaxpr.outputs.map((v) => v.aval),
          split.unknownResults,
        ),
      },
    };
  },
});

/** The known inputs that other known values of the program are computed from. */
const computedFrom = ({ inputs, equations }: Jaxpr, isKnownInput: readonly boolean[]): readonly boolean[] => {
  const known = new Set<Atom>(takeWhere(inputs, isKnownInput));
  const used = new Set<Atom>();
  for (const { inputs, outputs } of equations) {
    if (!inputs.every((a) => a instanceof Literal || known.has(a))) continue;
    for (const a of inputs) used.add(a);
    for (const v of outputs) known.add(v);
  }
  return inputs.map((v, i) => isKnownInput[i] === true && used.has(v));
};

/** What is kept, inputs or what the policy lets one save, and the equations that compute `wanted`, the residuals, from it. */
const recomputation = (
  { inputs, equations }: Jaxpr,
  wanted: readonly Atom[],
  policy: CheckpointPolicy,
): { readonly kept: readonly Var[]; readonly equations: readonly Equation[]; readonly residuals: readonly Atom[] } => {
  const given = new Set<Atom>(inputs);
  const isSaved = new Set<Atom>();
  for (const { primitive, params, inputs, outputs } of equations) {
    const avals = (atoms: readonly Atom[]) => atoms.map((a) => a.aval);
    if (!policy({ primitive: primitive.name, params, inputs: avals(inputs), outputs: avals(outputs) })) continue;
    for (const v of outputs) isSaved.add(v);
  }
  // A named value is the value: who needs the one can take the other.
  const aliases = new Map<Atom, Var>();
  for (const equation of equations) {
    const [operand, result] = [equation.inputs[0], equation.outputs[0]];
    if (!isEquationOf(equation, checkpointNameP) || operand === undefined || result === undefined) continue;
    if (isSaved.has(result)) aliases.set(operand, result);
  }
  const kept = new Set<Var>();
  const again: Equation[] = [];
  const needed = new Set<Var>();
  const need = (atom: Atom): void => {
    if (atom instanceof Literal) return;
    const v = aliases.get(atom) ?? atom;
    if (given.has(atom)) kept.add(atom);
    else if (isSaved.has(v)) kept.add(v);
    else needed.add(v);
  };
  wanted.forEach(need);
  for (const equation of [...equations].reverse()) {
    if (!equation.outputs.some((v) => needed.has(v))) continue;
    again.unshift(equation);
    equation.inputs.forEach(need);
  }
  const renamed = (atom: Atom): Atom => {
    const v = aliases.get(atom);
    return v !== undefined && kept.has(v) && !given.has(atom) ? v : atom;
  };
  return {
    kept: [...kept],
    equations: again.map((e) => ({ ...e, inputs: e.inputs.map(renamed) })),
    residuals: wanted.map(renamed),
  };
};

/** The rest of a program behind the computation of its residuals: inputs are what is kept, then what was unknown. */
const behind = (
  kept: readonly Var[],
  equations: readonly Equation[],
  staged: Jaxpr,
  residuals: readonly Atom[],
): Jaxpr => {
  const names = new Map<Atom, Atom>(staged.inputs.slice(0, residuals.length).map((v, i) => [v, residuals[i] as Atom]));
  const read = (atom: Atom): Atom => names.get(atom) ?? atom;
  return {
    inputs: [...kept, ...staged.inputs.slice(residuals.length)],
    equations: [...equations, ...staged.equations.map((e) => ({ ...e, inputs: e.inputs.map(read) }))],
    outputs: staged.outputs.map(read),
  };
};

/**
 * f, whose derivative keeps f's arguments alone and computes what else it needs again: less memory for one more forward pass. What the
 * `policy` says is kept too, see `checkpointPolicies`. Values and derivatives are those of f.
 *
 * Source: A. Griewank and A. Walther, Algorithm 799: Revolve (2000); T. Chen et al., Training Deep Nets with Sublinear Memory Cost (2016).
 *
 * @throws ConcretizationError where f looks at a value: it is traced to a program
 * @example
 * const block = checkpoint((x: Tensor<[3]>) => tanh(mul(x, 2)));
 * grad((x: Tensor<[3]>) => sum(block(x)))(tensor([0, 0, 0])).toArray() // => [2, 2, 2]
 */
export const checkpoint = function (f: AnyFunction, options: CheckpointOptions = {}) {
  atMost('checkpoint', arguments, 2);
  const { policy = checkpointPolicies.nothingSaveable } = knownOptions('checkpoint', options, ['policy']);
  if (typeof f !== 'function') throw new ArgumentError(`checkpoint: expected a function, got ${typeof f}.`);
  if (typeof policy !== 'function')
    throw new ArgumentError(
      `checkpoint: the policy is a function, such as checkpointPolicies.dotsSaveable; got ${typeof policy}.`,
    );
  const checkpointed = (...args: readonly unknown[]): unknown => {
    const { leaves, def } = flatten(args);
    const flat = flattenFunction('checkpoint', f, def);
    const { jaxpr, consts } = traceToJaxpr(
      'checkpoint',
      flat.call,
      leaves.map((x) => x.aval),
    );
    const out = callProgram(checkpointP, { jaxpr, consts }, leaves, { name: nameOf(f), jaxpr, policy });
    return unflatten(flat.resultDef(), out);
  };
  Object.defineProperty(checkpointed, 'name', { value: f.name });
  return checkpointed;
} as unknown as Checkpoint;

/**
 * x, with a name by which policies of `checkpoint` choose it.
 *
 * @example
 * checkpointName(tensor([1, 2]), 'hidden').toArray() // => [1, 2]
 */
export const checkpointName = function (x: unknown, label: unknown): unknown {
  atMost('checkpointName', arguments, 2);
  if (!(x instanceof Value)) throw new ArgumentError(`checkpointName: expected a tensor, got ${typeof x}.`);
  if (typeof label !== 'string') throw new ArgumentError(`checkpointName: the name is a string, got ${typeof label}.`);
  return name(x, label);
} as CheckpointName;
