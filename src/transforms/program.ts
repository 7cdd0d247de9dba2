// Transforms of whole programs, for the primitives that carry one. Each result is cached by program and mask, so that
// the transformed program is the same object every time, and is compiled once.
import { type Aval, aval } from '../core/aval';
import { evalJaxpr } from '../core/evalJaxpr';
import { type Atom, type ClosedJaxpr, type Jaxpr, withoutDeadCode } from '../core/jaxpr';
import { isNonzero, type JvpResult, LinearOperand, type Tangent, Zero } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { ConcreteArray, type Value } from '../core/value';
import { instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import { batchFlat, currentAxis } from './batch';
import { jvpFlat } from './jvp';
import { partialEvalJaxpr } from './linearize';
import { remember } from './remember';
import { backwardPass } from './transpose';

const maskKey = (mask: readonly boolean[]): string => mask.map((b) => (b ? '1' : '0')).join('');

const cached = <R extends { readonly closed: ClosedJaxpr }>(
  compute: (jaxpr: Jaxpr, key: readonly boolean[], extra: readonly boolean[], size: number) => R,
) => {
  const cache = new WeakMap<Jaxpr, Map<string, R>>();
  return (jaxpr: Jaxpr, mask: readonly boolean[], extra: readonly boolean[] = [], size = 0): R => {
    const entries = cache.get(jaxpr) ?? new Map<string, R>();
    cache.set(jaxpr, entries);
    const key = `${maskKey(mask)}|${maskKey(extra)}|${size}|${currentAxis() ?? ''}`;
    const found = entries.get(key);
    if (found) return found;
    const result = compute(jaxpr, mask, extra, size);
    // A program that closed over a tracer is only good for this trace.
    if (result.closed.consts.every((x) => x instanceof ConcreteArray)) entries.set(key, result);
    return result;
  };
};

/** Takes the items where the mask holds. */
export const takeWhere = <T>(xs: readonly T[], mask: readonly boolean[]): T[] => xs.filter((_, i) => mask[i]);
/** Puts items in the places where the mask holds, and makes the others. */
export const putWhere = <T>(mask: readonly boolean[], items: readonly T[], other: (i: number) => T): T[] => {
  let next = 0;
  return mask.map((b, i) => (b ? (items[next++] as T) : other(i)));
};
/** The place of each item where the mask holds among those items, counted from `first`; -1 for the others. */
export const placesOf = (mask: readonly boolean[], first = 0): number[] => {
  let next = first;
  return mask.map((b) => (b ? next++ : -1));
};

/** The results of a program of `jvpJaxpr`, as results and their tangents. */
export const splitTangents = (out: readonly Value[], nonzero: readonly boolean[]): JvpResult => {
  const primals = out.slice(0, nonzero.length);
  const zero = (i: number): Tangent => new Zero((primals[i] as Value).aval);
  return { primals, tangents: putWhere(nonzero, out.slice(nonzero.length), zero) };
};

/** inputs, then the tangents of those in the mask -> results, then the tangents that are not zero or are in `forced`. */
export const jvpJaxpr = cached((jaxpr, nonzero, forced) => {
  const avals = jaxpr.inputs.map((v) => v.aval);
  let resultNonzero: readonly boolean[] = [];
  const closed = traceToJaxpr(
    'jit',
    (...args) => {
      const primals = args.slice(0, avals.length);
      const tangents = putWhere<Tangent>(
        nonzero,
        args.slice(avals.length),
        (i) => new Zero((primals[i] as Value).aval),
      );
      const out = jvpFlat('jit', (...xs) => evalJaxpr(jaxpr, xs), primals, tangents);
      resultNonzero = out.tangents.map((t, i) => forced[i] === true || isNonzero(t));
      return [...out.primals, ...takeWhere(out.tangents, resultNonzero).map(instantiate)];
    },
    [...avals, ...takeWhere(avals, nonzero)],
  );
  return { closed, resultNonzero };
});

/**
 * known inputs, then the cotangents of the results in `nonzero` -> the cotangents of the linear inputs that are not zero or are in
 * `forced`.
 */
const transposed = cached((jaxpr, masks, forced) => {
  const [linear, nonzero] = [masks.slice(0, jaxpr.inputs.length), masks.slice(jaxpr.inputs.length)];
  const avals = jaxpr.inputs.map((v) => v.aval);
  const known = linear.map((l) => !l);
  let inputNonzero: readonly boolean[] = [];
  const closed = traceToJaxpr(
    'jit',
    (...args) => {
      const count = known.filter(Boolean).length;
      const operands = putWhere<Value | LinearOperand>(
        known,
        args.slice(0, count),
        (i) => new LinearOperand(avals[i] as Aval),
      );
      const cts = putWhere<Tangent>(
        nonzero,
        args.slice(count),
        (i) => new Zero((jaxpr.outputs[i] as (typeof jaxpr.outputs)[number]).aval),
      );
      const out = backwardPass(jaxpr, operands, cts);
      inputNonzero = out.map((t, i) => linear[i] === true && (forced[i] === true || isNonzero(t)));
      return takeWhere(out, inputNonzero).map(instantiate);
    },
    [
      ...takeWhere(avals, known),
      ...takeWhere(
        jaxpr.outputs.map((v) => v.aval),
        nonzero,
      ),
    ],
  );
  return { closed, inputNonzero };
});
export const transposeJaxpr = (
  jaxpr: Jaxpr,
  linear: readonly boolean[],
  nonzero: readonly boolean[],
  forced: readonly boolean[] = [],
): ReturnType<typeof transposed> => transposed(jaxpr, [...linear, ...nonzero], forced);

/** The mapped inputs have the axis in front -> all results have it. */
export const batchJaxpr = cached((jaxpr, mapped, _extra, size) => {
  const axisName = currentAxis();
  const closed = traceToJaxpr(
    'jit',
    (...args) => {
      const out = batchFlat('jit', size, (...xs) => evalJaxpr(jaxpr, xs), args, mapped, axisName);
      return out.values.map((x, i) => materialise(size, x, out.mapped[i] as boolean));
    },
    jaxpr.inputs.map(({ aval: a }, i) => (mapped[i] ? aval([size, ...a.shape], a.dtype) : a)),
  );
  return { closed };
});

/** The same with only those results mapped that must be, or are in `forced`. */
export const batchJaxprWhereMapped = cached((jaxpr, mapped, forced, size) => {
  const axisName = currentAxis();
  let resultMapped: readonly boolean[] = [];
  const closed = traceToJaxpr(
    'jit',
    (...args) => {
      const out = batchFlat('jit', size, (...xs) => evalJaxpr(jaxpr, xs), args, mapped, axisName);
      resultMapped = out.mapped.map((m, i) => m || forced[i] === true);
      return out.values.map((x, i) => (resultMapped[i] ? materialise(size, x, out.mapped[i] as boolean) : x));
    },
    jaxpr.inputs.map(({ aval: a }, i) => (mapped[i] ? aval([size, ...a.shape], a.dtype) : a)),
  );
  return { closed, resultMapped };
});

/** Known inputs and unknown ones parted; results in `forced` count as unknown. */
export const splitJaxpr = cached((jaxpr, unknown, forced) => {
  const { known, staged, unknownResults } = partialEvalJaxpr(jaxpr, unknown, 'jit', forced);
  return { closed: known, staged, unknownResults };
});

/** A program without the results that are not used and the inputs that these alone need. */
export interface PrunedJaxpr {
  readonly jaxpr: Jaxpr;
  /** Which inputs it has: those that are read, and those in `kept`. */
  readonly inputs: readonly boolean[];
}
const prunedOf = remember<PrunedJaxpr>();
/** The program of the used results; the same object, and the program itself where nothing is left out, for the same masks. */
export const pruneJaxpr = (jaxpr: Jaxpr, isUsed: readonly boolean[], kept: readonly boolean[] = []): PrunedJaxpr =>
  prunedOf([jaxpr, maskKey(isUsed), maskKey(kept)], () => {
    const live = withoutDeadCode({ ...jaxpr, outputs: takeWhere(jaxpr.outputs, isUsed) });
    const read = new Set<Atom>(live.outputs);
    for (const { inputs } of live.equations) for (const a of inputs) read.add(a);
    const inputs = jaxpr.inputs.map((v, i) => read.has(v) || kept[i] === true);
    const isSame = live.equations === jaxpr.equations && !inputs.includes(false) && !isUsed.includes(false);
    return { jaxpr: isSame ? jaxpr : { ...live, inputs: takeWhere(jaxpr.inputs, inputs) }, inputs };
  });

/**
 * The results of a repeated program that are needed: those that are used, and those that become operands which these read in the next
 * step. `becomes` is the operand of each result, null for none.
 */
export const neededResults = (
  jaxpr: Jaxpr,
  isUsed: readonly boolean[],
  becomes: readonly (number | null)[],
): readonly boolean[] => {
  const { inputs } = pruneJaxpr(jaxpr, isUsed);
  const more = isUsed.map((u, k) => u || inputs[becomes[k] ?? -1] === true);
  return more.every((m, k) => m === isUsed[k]) ? isUsed : neededResults(jaxpr, more, becomes);
};
