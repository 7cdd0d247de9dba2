// The scan primitive: a program run for every element of a leading axis, with values carried from one step to the next.
import { type Aval, aval, sameAval, sizeOf } from '../core/aval';
import { allocate, f32 } from '../core/dtype';
import { JaxprError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind } from '../core/interpreter';
import { type Atom, type ClosedJaxpr, hasEffect, type Jaxpr, Literal, type Var, withoutDeadCode } from '../core/jaxpr';
import type { Role } from '../core/lowering';
import {
  definePrimitive,
  isKnown,
  isNonzero,
  type Operand,
  type PartialResult,
  type Primitive,
  type Tangent,
  Zero,
} from '../core/primitive';
import { type ConcreteArray, concreteArray, type Value } from '../core/value';
import { fullLike, instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import { moveAxis } from '../primitives/views';
import { runCompiled } from '../runtime/executable';
import {
  batchJaxprWhereMapped,
  jvpJaxpr,
  neededResults,
  placesOf,
  pruneJaxpr,
  putWhere,
  splitJaxpr,
  splitTangents,
  takeWhere,
  transposeJaxpr,
} from './program';
import { trimmed, withInputs, withSums } from './scanPrograms';

export type ScanParams = {
  /** One step, of all operands; an x without its leading axis. */
  readonly jaxpr: Jaxpr;
  readonly roles: readonly Role[];
  /** The operand that a result becomes in the next step; null for a result that is stacked. */
  readonly feeds: readonly (number | null)[];
  readonly length: number;
  /** From the last element to the first. */
  readonly reverse: boolean;
};

const stacked = ({ shape, dtype }: Aval, length: number): Aval => aval([length, ...shape], dtype);
const isSame = (a: readonly boolean[], b: readonly boolean[]): boolean => a.every((x, i) => x === b[i]);
const constRoles = (n: number): Role[] => new Array<Role>(n).fill('const');

/** Grows a mask of operands until the results that feed them agree: `resultsOf` says which results the mask implies. */
const fixpoint = (
  start: readonly boolean[],
  feeds: readonly (number | null)[],
  resultsOf: (mask: readonly boolean[]) => readonly boolean[],
): readonly boolean[] => {
  const results = resultsOf(start);
  const next = start.map((x, i) => x || feeds.some((f, k) => f === i && results[k] === true));
  return isSame(start, next) ? start : fixpoint(next, feeds, resultsOf);
};
/** Results that feed an operand of the mask. */
const feedMask = (mask: readonly boolean[], feeds: readonly (number | null)[]): boolean[] =>
  feeds.map((f) => f !== null && mask[f] === true);

/** A program with more inputs, whose leading ones are constants it was closed over. */
const shifted = (feeds: readonly (number | null)[], by: number): (number | null)[] =>
  feeds.map((f) => (f === null ? null : f + by));

const bindScan = ({ jaxpr, consts }: ClosedJaxpr, args: readonly Value[], params: ScanParams): readonly Value[] =>
  jaxpr.outputs.length === 0
    ? []
    : bind(scanP, [...consts, ...args], {
        ...params,
        jaxpr,
        roles: [...constRoles(consts.length), ...params.roles],
        feeds: shifted(params.feeds, consts.length),
      });

/** Results of a program that are the same in every step are computed once; those that are elements of an operand are that operand. */
interface Residuals {
  readonly values: readonly Value[];
  readonly roles: readonly Role[];
}

const partialEval = (args: readonly Operand[], params: ScanParams): PartialResult => {
  const { jaxpr, roles, feeds, length } = params;
  const unknown = fixpoint(
    args.map((x) => !isKnown(x)),
    feeds,
    (mask) => splitJaxpr(jaxpr, mask).unknownResults,
  );
  const { closed, staged, unknownResults } = splitJaxpr(jaxpr, unknown, feedMask(unknown, feeds));
  const isKnownResult = unknownResults.map((u) => !u);
  const knownCount = isKnownResult.filter(Boolean).length;

  // The known program, with its constants as operands.
  const knownOperands = [
    ...closed.consts,
    ...takeWhere(
      args as readonly Value[],
      unknown.map((u) => !u),
    ),
  ];
  const knownRoles = [
    ...constRoles(closed.consts.length),
    ...takeWhere(
      roles,
      unknown.map((u) => !u),
    ),
  ];
  const places = placesOf(
    unknown.map((u) => !u),
    closed.consts.length,
  );
  const knownFeeds = takeWhere(feeds, isKnownResult).map((f) => (f === null ? null : (places[f] as number)));
  const residualAtoms = closed.jaxpr.outputs.slice(knownCount);
  const isVarying = varying(closed.jaxpr, knownRoles);
  const operandOf = new Map<Atom, number>(closed.jaxpr.inputs.map((v, i) => [v, i]));
  const isForwarded = (a: Atom): boolean => knownRoles[operandOf.get(a) ?? -1] === 'x';
  const isInvariant = (a: Atom): boolean => a instanceof Literal || !isVarying.has(a);
  const kept = [...new Set(residualAtoms.filter((a) => !isInvariant(a) && !isForwarded(a)))];
  const alreadyStacked = (a: Atom): number =>
    closed.jaxpr.outputs.slice(0, knownCount).findIndex((b, k) => a === b && knownFeeds[k] === null);
  const saved = kept.filter((a) => alreadyStacked(a) < 0);

  const forward = trimmed(closed.jaxpr, [...closed.jaxpr.outputs.slice(0, knownCount), ...saved]);
  const out = bindScan({ jaxpr: forward, consts: [] }, knownOperands, {
    ...params,
    roles: knownRoles,
    feeds: [...knownFeeds, ...saved.map(() => null)],
  });
  const invariantAtoms = residualAtoms.filter(isInvariant);
  const invariants = evalJaxpr(
    withoutDeadCode({
      ...closed.jaxpr,
      equations: closed.jaxpr.equations.filter((e) => !hasEffect(e)),
      outputs: invariantAtoms,
    }),
    knownOperands.map((x, i) => (knownRoles[i] === 'const' ? x : placeholder)),
  );
  let nextInvariant = 0;
  const residuals: Residuals = {
    values: residualAtoms.map((a) => {
      if (isInvariant(a)) return invariants[nextInvariant++] as Value;
      if (isForwarded(a)) return knownOperands[operandOf.get(a) as number] as Value;
      const at = alreadyStacked(a);
      return out[at >= 0 ? at : knownCount + saved.indexOf(a)] as Value;
    }),
    roles: residualAtoms.map((a) => (isInvariant(a) ? 'const' : 'x')),
  };

  // An operand that is known, but is carried beside unknown values, is staged with them.
  const joins = unknown.map((u, i) => u && isKnown(args[i] as Operand));
  const position = new Map<number, number>();
  let next = residuals.values.length;
  for (const pass of [true, false])
    unknown.forEach((u, i) => {
      if (u && joins[i] === pass) position.set(i, next++);
    });
  const order = [...unknown.keys()].filter((i) => unknown[i]);
  const inputs = staged.inputs.slice(residuals.values.length);
  const reordered = [...order].sort((a, b) => (position.get(a) as number) - (position.get(b) as number));
  const program = withInputs(staged, [
    ...staged.inputs.slice(0, residuals.values.length),
    ...reordered.map((i) => inputs[order.indexOf(i)] as Var),
  ]);
  return {
    known: putWhere<Value | null>(isKnownResult, out.slice(0, knownCount), () => null),
    staged: {
      primitive: scanP as Primitive,
      residuals: [...residuals.values, ...(takeWhere(args, joins) as readonly Value[])],
      params: {
        ...params,
        jaxpr: program,
        roles: [...residuals.roles, ...reordered.map((i) => roles[i] as Role)],
        feeds: takeWhere(feeds, unknownResults).map((f) => (f === null ? null : (position.get(f) as number))),
      },
      avals: jaxpr.outputs.flatMap((v, k) =>
        unknownResults[k] ? [feeds[k] === null ? stacked(v.aval, length) : v.aval] : [],
      ),
    },
  };
};
/** Never read: stands for the operands that an invariant does not depend on. */
const placeholder: Value = concreteArray([0], f32, allocate(f32, 0));

/** Variables that may differ from step to step; what has an effect has it in every step. */
const varying = ({ inputs, equations }: Jaxpr, roles: readonly Role[]): ReadonlySet<Atom> => {
  const found = new Set<Atom>(inputs.filter((_, i) => roles[i] !== 'const'));
  for (const equation of equations)
    if (hasEffect(equation) || equation.inputs.some((a) => found.has(a)))
      for (const v of equation.outputs) found.add(v);
  return found;
};

const transposeLinear = (
  cotangents: readonly Tangent[],
  args: readonly Operand[],
  params: ScanParams,
): readonly (Tangent | null)[] => {
  const { jaxpr, roles, feeds, length, reverse } = params;
  const linear = args.map((x, i) => !isKnown(x) || roles[i] === 'carry');
  const live = feeds.map((f, k) => f !== null || isNonzero(cotangents[k] as Tangent));
  const carried = roles.map((r) => r === 'carry');
  const { closed, inputNonzero } = transposeJaxpr(jaxpr, linear, live, carried);
  const isSummed = takeWhere(roles, inputNonzero).map((r) => r === 'const');
  const step = withSums(closed, isSummed);

  const known = linear.map((l) => !l);
  const sums = takeWhere(
    args,
    inputNonzero.map((n, i) => n && roles[i] === 'const'),
  ).map((x) => fullLike(x, 0));
  const given = takeWhere(cotangents, live).map(instantiate);
  const knownRoles = takeWhere(roles, known);
  const liveFeeds = takeWhere(feeds, live);
  // Where the cotangent of the result that feeds an operand lies among the new operands.
  const cotangentOf = (operand: number): number => knownRoles.length + liveFeeds.indexOf(operand);
  let nextSum = knownRoles.length + given.length;
  const outFeeds = inputNonzero.flatMap((n, i): (number | null)[] => {
    if (!n) return [];
    return [roles[i] === 'carry' ? cotangentOf(i) : roles[i] === 'const' ? nextSum++ : null];
  });
  const out = bindScan(step, [...(takeWhere(args, known) as readonly Value[]), ...given, ...sums], {
    jaxpr: step.jaxpr,
    roles: [
      ...knownRoles,
      ...liveFeeds.map((f): Role => (f === null ? 'x' : 'carry')),
      ...sums.map((): Role => 'carry'),
    ],
    feeds: outFeeds,
    length,
    reverse: !reverse,
  });
  return putWhere<Tangent | null>(inputNonzero, out, () => null).map((ct, i) => {
    const x = args[i] as Operand;
    return isKnown(x) ? null : (ct ?? new Zero(x.aval));
  });
};

/** Carried values that are known and stay so are computed first. */
const transpose = (
  cotangents: readonly Tangent[],
  args: readonly Operand[],
  params: ScanParams,
): readonly (Tangent | null)[] => {
  const unknown = args.map((x) => !isKnown(x));
  if (cotangents.every((ct) => !isNonzero(ct))) return args.map((x) => (isKnown(x) ? null : new Zero(x.aval)));
  const reached = fixpoint(unknown, params.feeds, (mask) => splitJaxpr(params.jaxpr, mask).unknownResults);
  if (!params.roles.some((r, i) => r === 'carry' && !reached[i])) return transposeLinear(cotangents, args, params);
  const { known, staged } = partialEval(args, params);
  const holes = args.filter((x) => !isKnown(x));
  const out = transposeLinear(
    cotangents.filter((_, i) => known[i] === null),
    [...staged.residuals, ...holes],
    staged.params as ScanParams,
  );
  return putWhere<Tangent | null>(unknown, out.slice(staged.residuals.length), () => null);
};

export const scanP: Primitive<ScanParams> = definePrimitive<ScanParams>('scan', {
  impl: (args, { jaxpr, roles, feeds, length, reverse }, run = runCompiled) => {
    const avals = jaxpr.inputs.map((v) => v.aval);
    const sizes = avals.map((a) => sizeOf(a.shape));
    const results = jaxpr.outputs.map(({ aval: { dtype, shape } }, k) =>
      feeds[k] === null ? allocate(dtype, length * sizeOf(shape)) : null,
    );
    const whole = args.map((x, i) => (roles[i] === 'x' ? x.data : null));
    const current: ConcreteArray[] = [...args];
    for (let n = 0; n < length; n++) {
      const at = reverse ? length - 1 - n : n;
      whole.forEach((data, i) => {
        const size = sizes[i] as number;
        if (data !== null)
          current[i] = concreteArray(
            (avals[i] as Aval).shape,
            (avals[i] as Aval).dtype,
            data.slice(at * size, (at + 1) * size),
          );
      });
      const out = run(jaxpr, current, `step ${n} of scan`);
      feeds.forEach((f, k) => {
        const y = out[k] as ConcreteArray;
        if (f === null) results[k]?.set(y.data, at * y.size);
        else current[f] = y;
      });
    }
    return jaxpr.outputs.map(({ aval: a }, k) => {
      const data = results[k];
      const { shape, dtype } = stacked(a, length);
      return data ? concreteArray(shape, dtype, data) : (current[feeds[k] as number] as ConcreteArray);
    });
  },
  shape: (args, { jaxpr, roles, feeds, length }) => {
    const expected = jaxpr.inputs.map((v, i) => (roles[i] === 'x' ? stacked(v.aval, length) : v.aval));
    const fed = feeds.flatMap((f, k) => (f === null ? [] : [[f, k] as const]));
    if (
      args.length !== expected.length ||
      args.some((a, i) => !sameAval(a, expected[i] as Aval)) ||
      fed.some(([f, k]) => roles[f] !== 'carry' || !sameAval((jaxpr.outputs[k] as Atom).aval, args[f] as Aval)) ||
      new Set(fed.map(([f]) => f)).size !== roles.filter((r) => r === 'carry').length
    )
      throw new JaxprError('scan: the operands do not fit the program of a step.');
    return jaxpr.outputs.map((v, k) => (feeds[k] === null ? stacked(v.aval, length) : v.aval));
  },
  jvp: (primals, tangents, params) => {
    const { jaxpr, roles, feeds } = params;
    const live = fixpoint(tangents.map(isNonzero), feeds, (mask) => jvpJaxpr(jaxpr, mask).resultNonzero);
    const { closed, resultNonzero } = jvpJaxpr(jaxpr, live, feedMask(live, feeds));
    const positions = placesOf(live, primals.length);
    const out = bindScan(closed, [...primals, ...takeWhere(tangents, live).map(instantiate)], {
      ...params,
      roles: [...roles, ...takeWhere(roles, live)],
      feeds: [...feeds, ...takeWhere(feeds, resultNonzero).map((f) => (f === null ? null : (positions[f] as number)))],
    });
    return splitTangents(out, resultNonzero);
  },
  transpose,
  batch: (size, args, mapped, params) => {
    const { jaxpr, roles, feeds } = params;
    const all = fixpoint(mapped, feeds, (mask) => batchJaxprWhereMapped(jaxpr, mask, [], size).resultMapped);
    const { closed, resultMapped } = batchJaxprWhereMapped(jaxpr, all, feedMask(all, feeds), size);
    const operands = args.map((x, i) => {
      const whole = all[i] ? materialise(size, x, mapped[i] as boolean) : x;
      return all[i] && roles[i] === 'x' ? moveAxis(whole, 0, 1) : whole;
    });
    const out = bindScan(closed, operands, params);
    return {
      values: out.map((y, k) => (resultMapped[k] && feeds[k] === null ? moveAxis(y, 1, 0) : y)),
      mapped: resultMapped,
    };
  },
  partialEval,
  prune: (isUsed, params) => {
    const { jaxpr, roles, feeds } = params;
    const results = neededResults(jaxpr, isUsed, feeds);
    const live = takeWhere(feeds, results);
    const { jaxpr: program, inputs: operands } = pruneJaxpr(
      jaxpr,
      results,
      roles.map((_, i) => live.includes(i)),
    );
    if (program === jaxpr) return { operands, results, params };
    const places = placesOf(operands);
    return {
      operands,
      results,
      params: {
        ...params,
        jaxpr: program,
        roles: takeWhere(roles, operands),
        feeds: live.map((f) => (f === null ? null : (places[f] as number))),
      },
    };
  },
  lower: { kind: 'control', flow: ({ jaxpr, ...others }) => ({ kind: 'scan', step: jaxpr, ...others }) },
});
