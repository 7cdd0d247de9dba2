// The cond primitive: one of several programs of the same operands and results, chosen by an index.
import { type Aval, aval, sameAval } from '../core/aval';
import { i32, isFloat } from '../core/dtype';
import { JaxprError, TransformError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind } from '../core/interpreter';
import { type Atom, avalsIn, type ClosedJaxpr, type Jaxpr } from '../core/jaxpr';
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
import { traceToJaxpr } from '../core/stage';
import type { Value } from '../core/value';
import { max, min } from '../primitives/arithmetic';
import { full, fullLike } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import { eq, selectN } from '../primitives/select';
import { broadcastInDim } from '../primitives/views';
import { runCompiled } from '../runtime/executable';
import { jitP } from './jit';
import { linearCall } from './linearCall';
import { batchJaxpr, jvpJaxpr, pruneJaxpr, putWhere, splitJaxpr, takeWhere, transposeJaxpr } from './program';
import { remember } from './remember';

/** Operands: the index, clamped to the branches, and then those of every branch. */
export type CondParams = { readonly branches: readonly Jaxpr[] };

type Masks = readonly (readonly boolean[])[];
const union = (masks: Masks): boolean[] => (masks[0] as readonly boolean[]).map((_, i) => masks.some((m) => m[i]));

const widenedOf = remember<Jaxpr>();

/** Branches with constants of their own become branches of all constants. */
export const bindCond = (which: Value, branches: readonly ClosedJaxpr[], args: readonly Value[]): readonly Value[] => {
  const consts = branches.flatMap((b) => b.consts);
  if (branches[0]?.jaxpr.outputs.length === 0) return [];
  let from = 0;
  const programs = branches.map(({ jaxpr, consts: own }): Jaxpr => {
    const at = from;
    from += own.length;
    if (consts.length === 0) return jaxpr;
    const among = branches.map((b) => b.jaxpr);
    return widenedOf(
      [jaxpr, at, ...among],
      () =>
        traceToJaxpr(
          'cond',
          (...xs) => evalJaxpr(jaxpr, [...xs.slice(at, at + own.length), ...xs.slice(consts.length)]),
          [...consts, ...args].map((x) => x.aval),
        ).jaxpr,
    );
  });
  return bind(condP, [which, ...consts, ...args], { branches: programs });
};

/** Each branch gives what all of them keep for the derivative: zeros in the places of the others'. */
const partialEval = ([which, ...args]: readonly Operand[], { branches }: CondParams): PartialResult => {
  if (which === undefined || !isKnown(which))
    throw new TransformError('cond: the index of a branch cannot be linear in anything.');
  const unknown = args.map((x) => !isKnown(x));
  const unknownResults = union(branches.map((b) => splitJaxpr(b, unknown).unknownResults));
  const splits = branches.map((b) => splitJaxpr(b, unknown, unknownResults));
  const isKnownResult = unknownResults.map((u) => !u);
  const count = isKnownResult.filter(Boolean).length;
  const known = args.filter(isKnown);

  // What is an operand already is not given again.
  const operandOf = ({ jaxpr, consts }: ClosedJaxpr, a: Atom): Value | undefined =>
    [...consts, ...known][jaxpr.inputs.indexOf(a)];
  const kept = splits.map(({ closed }) => closed.jaxpr.outputs.slice(count));
  const saved = kept.map((atoms, b) =>
    atoms.filter((a) => operandOf((splits[b] as (typeof splits)[number]).closed, a) === undefined),
  );
  const forward = splits.map(({ closed: { jaxpr, consts } }, b): ClosedJaxpr => {
    const program = { ...jaxpr, outputs: [...jaxpr.outputs.slice(0, count), ...(saved[b] as readonly Atom[])] };
    const made = traceToJaxpr(
      'cond',
      (...xs) => {
        const out = evalJaxpr(program, xs);
        return [
          ...out.slice(0, count),
          ...saved.flatMap((atoms, c) => (c === b ? out.slice(count) : atoms.map((a) => fullLike(a, 0)))),
        ];
      },
      avalsIn(jaxpr),
    );
    return { jaxpr: made.jaxpr, consts: [...made.consts, ...consts] };
  });
  const out = bindCond(which, forward, known);
  let next = count;
  const residuals = kept.map((atoms, b) =>
    atoms.map((a) => operandOf((splits[b] as (typeof splits)[number]).closed, a) ?? (out[next++] as Value)),
  );
  const sizes = residuals.map((r) => r.length);
  const all = residuals.flat();
  const holes = args.filter((x) => !isKnown(x)).map((x) => x.aval);
  const staged = splits.map(({ staged: program }, b): Jaxpr => {
    const from = sizes.slice(0, b).reduce((n, s) => n + s, 0);
    return traceToJaxpr(
      'cond',
      (...xs) => evalJaxpr(program, [...xs.slice(from, from + (sizes[b] as number)), ...xs.slice(all.length)]),
      [...all.map((x) => x.aval), ...holes],
    ).jaxpr;
  });
  return {
    known: putWhere<Value | null>(isKnownResult, out.slice(0, count), () => null),
    staged: {
      primitive: condP as Primitive,
      residuals: [which, ...all],
      params: { branches: staged },
      avals: takeWhere((branches[0] as Jaxpr).outputs, unknownResults).map((v) => v.aval),
    },
  };
};

/** x, and no cotangent for it, whether it is differentiated or a tangent itself. */
const withoutCotangent = (x: Value): Value =>
  linearCall(
    'cond',
    [],
    [x],
    [x.aval],
    (y) => [y as Value],
    () => [new Zero(x.aval)],
  )[0] as Value;

export const condP: Primitive<CondParams> = definePrimitive<CondParams>('cond', {
  impl: ([which, ...args], { branches }, run = runCompiled) => {
    const at = Math.min(Math.max(which?.data[0] as number, 0), branches.length - 1);
    return run(branches[at] as Jaxpr, args, `branch ${at} of cond`);
  },
  shape: ([which, ...args], { branches }) => {
    const [first] = branches;
    const fits = branches.every(
      ({ inputs, outputs }) =>
        inputs.length === args.length &&
        inputs.every((v, i) => sameAval(v.aval, args[i] as Aval)) &&
        outputs.length === first?.outputs.length &&
        outputs.every((v, i) => sameAval(v.aval, first.outputs[i]?.aval as Aval)),
    );
    if (first === undefined || which === undefined || !sameAval(which, aval([], i32)) || !fits)
      throw new JaxprError('cond: the operands do not fit the programs of the branches.');
    return first.outputs.map((v) => v.aval);
  },
  jvp: ([which, ...primals], [, ...tangents], { branches }) => {
    const live = tangents.map(isNonzero);
    const forced = union(branches.map((b) => jvpJaxpr(b, live).resultNonzero));
    const programs = branches.map((b) => jvpJaxpr(b, live, forced).closed);
    const out = bindCond(which as Value, programs, [...primals, ...tangents.filter(isNonzero)]);
    const results = out.slice(0, forced.length);
    return {
      primals: results,
      tangents: putWhere<Tangent>(forced, out.slice(forced.length), (i) => new Zero((results[i] as Value).aval)),
    };
  },
  transpose: (cotangents, [which, ...args], { branches }) => {
    const linear = args.map((x) => !isKnown(x));
    const live = cotangents.map(isNonzero);
    const forced = union(branches.map((b) => transposeJaxpr(b, linear, live).inputNonzero));
    const programs = branches.map((b) => transposeJaxpr(b, linear, live, forced).closed);
    const out = bindCond(which as Value, programs, [...args.filter(isKnown), ...cotangents.filter(isNonzero)]);
    return [
      null,
      ...putWhere<Tangent | null>(forced, out, (i) => (linear[i] ? new Zero((args[i] as Operand).aval) : null)),
    ];
  },
  batch: (size, [which, ...args], [isWhichMapped, ...mapped], { branches }) => {
    const index = which as Value;
    const results = (branches[0] as Jaxpr).outputs;
    if (!isWhichMapped) {
      const programs = branches.map((b) => batchJaxpr(b, mapped, [], size).closed);
      return { values: bindCond(index, programs, args), mapped: results.map(() => true) };
    }
    // Every branch runs for every lane. What a lane did not choose must not reach it by a derivative either: infinity times zero is NaN.
    const all = args.map((x, i) => materialise(size, x, mapped[i] as boolean));
    const clamped = min(max(index, full([size], i32, 0)), full([size], i32, branches.length - 1));
    const isChosen = (b: number, shape: readonly number[]): Value =>
      broadcastInDim(eq(clamped, full([size], i32, b)), shape, [0]);
    const outs = branches.map((b, k) => {
      const operands = all.map((x) => (isFloat(x.dtype) ? selectN(isChosen(k, x.shape), withoutCotangent(x), x) : x));
      const { jaxpr, consts } = batchJaxpr(
        b,
        all.map(() => true),
        [],
        size,
      ).closed;
      return bind(jitP, [...consts, ...operands], { name: 'branch', jaxpr });
    });
    return {
      values: results.map((_, r) => {
        const cases = outs.map((out) => out[r] as Value);
        const { shape } = cases[0] as Value;
        return cases.slice(1).reduce((rest, y, k) => selectN(isChosen(k + 1, shape), rest, y), cases[0] as Value);
      }),
      mapped: results.map(() => true),
    };
  },
  partialEval,
  prune: (isUsed, params) => {
    const read = union(params.branches.map((b) => pruneJaxpr(b, isUsed).inputs));
    const branches = params.branches.map((b) => pruneJaxpr(b, isUsed, read).jaxpr);
    const isSame = branches.every((b, i) => b === params.branches[i]);
    return { operands: [true, ...read], results: isUsed, params: isSame ? params : { branches } };
  },
  lower: { kind: 'control', flow: (params) => ({ kind: 'cond', ...params }) },
});
