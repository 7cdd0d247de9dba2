// jit: trace once, keep the program, run it compiled.
import { atMost, knownOptions } from '../core/arguments';
import { type Aval, sameAval } from '../core/aval';
import { ArgumentError } from '../core/errors';
import { isComposing, isEvaluating, isInspected, isTransforming } from '../core/interpreter';
import type { ClosedJaxpr } from '../core/jaxpr';
import { walking } from '../core/nesting';
import { definePrimitive, isKnown, LinearOperand, type Primitive } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { countLeaves, type TreeDef, unflatten } from '../core/tree';
import { ConcreteArray, type Value } from '../core/value';
import { compiled, type Executable } from '../runtime/executable';
import { warn } from '../runtime/platform';
import { mostPrograms, Recent } from '../runtime/recent';
import type { Jit, JitOptions } from '../types/transforms';
import { type CallParams, callProgram, callRules } from './call';
import { type AnyFunction, callFunction, flattenFunction } from './function';
import { putWhere, splitJaxpr, takeWhere } from './program';
import { differencesOf, positions, type Signature, sameSignature, signatureOf } from './signature';

const call = (name: string, closed: ClosedJaxpr, args: readonly Value[]): readonly Value[] =>
  callProgram(jitP, closed, args, { name, jaxpr: closed.jaxpr });

/** A call of a program. Every transform transforms the program and keeps the call, so that fusion sees the whole of it. */
export const jitP: Primitive<CallParams> = definePrimitive<CallParams>('jit', {
  ...callRules(() => jitP),
  impl: (args, { jaxpr }) => compiled(jaxpr).run(args),
  partialEval: (args, { name, jaxpr }) => {
    const unknown = args.map((x) => x instanceof LinearOperand);
    const { closed, staged, unknownResults } = splitJaxpr(jaxpr, unknown);
    const out = call(name, closed, args.filter(isKnown));
    const count = unknownResults.filter((u) => !u).length;
    return {
      known: putWhere<Value | null>(
        unknownResults.map((u) => !u),
        out.slice(0, count),
        () => null,
      ),
      staged: {
        primitive: jitP as Primitive,
        residuals: out.slice(count),
        params: { name, jaxpr: staged },
        avals: takeWhere(
          jaxpr.outputs.map((v) => v.aval),
          unknownResults,
        ),
      },
    };
  },
});

/** A function traced for a signature. */
export interface Entry {
  readonly signature: Signature;
  readonly closed: ClosedJaxpr;
  readonly resultDef: TreeDef;
  /** Which inputs each choice of donated arguments gives up: functions that share the program may donate others. */
  readonly givenUp: Map<JitOptions['donate'], readonly number[]>;
}
interface Traces {
  readonly entries: Recent<Entry>;
  /** How many there were, with those that are forgotten. */
  count: number;
}
/** Programs by function: jit(f) written twice, or inside a loop, compiles once. */
let traces = new WeakMap<AnyFunction, Traces>();
/** Forgets all programs. */
export const forgetTraces = (): void => {
  traces = new WeakMap();
};
/** Traces of one function from which on onTrace has a warning. */
const storm = 32;

/**
 * f, traced once for every structure, shape and dtype of its arguments and run as a compiled program.
 *
 * Arguments named in `staticArgnums` are not traced: they are compared as plain data (functions by identity), and every new
 * value is a new program. Leaves of the arguments that are no tensors are static too. Arguments named in `donate` give their
 * memory back: a training step donates the parameters that its results replace, and what `dynamicUpdateSlice` makes of one lies in its
 * place. `onTrace` is told of every trace, and why it was needed, with a warning where there are many. The programs that
 * were used last are kept, 256 of a function and 1,024 of all together; `clearCaches()` forgets them.
 *
 * @throws ConcretizationError where f looks at a value (`if`, `>`, a template) while it is traced
 * @example
 * const f = jit((x: Tensor<[3]>) => mul(sin(x), 2));
 * f(tensor([0, 0, 0])).toArray() // => [0, 0, 0]
 */
export const jit: Jit = function <F extends (...args: never[]) => unknown>(f: F, options: JitOptions = {}): F {
  atMost('jit', arguments, 2);
  knownOptions('jit', options, ['staticArgnums', 'donate', 'onTrace']);
  if (typeof f !== 'function') throw new ArgumentError(`jit: expected a function, got ${typeof f}.`);
  let recent: Entry | null = null;
  let recentOf = traces;
  const jitted = (...args: readonly unknown[]): unknown => {
    // A call with the same shapes as before, of arrays, outside of all transforms, costs little more than the program.
    if (recent !== null && recentOf === traces && isEvaluating() && fits(recent, args)) {
      const { jaxpr, consts } = recent.closed;
      const run = compiled(jaxpr, givenUp(options, recent)).run(
        consts.length === 0 ? args : [...(consts as readonly ConcreteArray[]), ...args],
      );
      return finish(options, recent, run, args);
    }
    // Who looks at every operation wants them as they are written.
    if (isInspected()) return callFunction('jit', f, args);
    const { entry, leaves } = entryOf(f, options, args);
    recent = takesArrays(entry) ? entry : null;
    recentOf = traces;
    return runEntry(f, options, entry, leaves);
  };
  Object.defineProperty(jitted, 'name', { value: f.name });
  origins.set(jitted, { f, options });
  return jitted as unknown as F;
};

/** What jit made a function of. */
export interface Origin {
  readonly f: AnyFunction;
  readonly options: JitOptions;
}
const origins = new WeakMap<AnyFunction, Origin>();
/** The function and options behind a jitted function; any other function is itself, without options. */
export const originOf = (f: AnyFunction): Origin => origins.get(f) ?? { f, options: {} };

/** Runs the program of a call. */
export const runEntry = (f: AnyFunction, options: JitOptions, entry: Entry, leaves: readonly Value[]): unknown => {
  const { jaxpr, consts } = entry.closed;
  const operands = [...consts, ...leaves];
  const isDirect = options.donate !== undefined && isEvaluating() && jaxpr.outputs.length > 0;
  const results =
    isDirect && operands.every((x) => x instanceof ConcreteArray)
      ? compiled(jaxpr, givenUp(options, entry)).run(operands as readonly ConcreteArray[])
      : walking('jit', jaxpr, () => call(f.name || 'fn', entry.closed, leaves));
  return finish(options, entry, results, leaves);
};

const finish = (options: JitOptions, entry: Entry, results: readonly Value[], leaves: readonly Value[]): unknown => {
  if (options.donate !== undefined) donate(options, entry, leaves, results);
  return entry.resultDef.kind === 'leaf' ? results[0] : unflatten(entry.resultDef, results);
};

/** Whether every argument of a program is one array, and all it closes over are arrays. */
const takesArrays = ({ signature: { def, avals, statics, axes }, closed }: Entry): boolean =>
  def.kind === 'array' &&
  def.children.length === avals.length &&
  def.children.every((d) => d.kind === 'leaf') &&
  Object.keys(statics).length === 0 &&
  axes.length === 0 &&
  closed.jaxpr.outputs.length > 0 &&
  closed.consts.every((x) => x instanceof ConcreteArray);
/** Whether the arguments are arrays of the types that such a program was made for. */
const fits = ({ signature: { avals } }: Entry, args: readonly unknown[]): args is readonly ConcreteArray[] => {
  if (args.length !== avals.length) return false;
  for (let i = 0; i < avals.length; i++) {
    const x = args[i];
    if (!(x instanceof ConcreteArray) || !sameAval(x.aval, avals[i] as Aval)) return false;
  }
  return true;
};

/** The program of f for these arguments, traced if it is not known. */
const entryOf = (
  f: AnyFunction,
  options: JitOptions,
  args: readonly unknown[],
): { readonly entry: Entry; readonly leaves: readonly Value[] } => {
  const known = traces.get(f) ?? { entries: new Recent<Entry>(), count: 0 };
  traces.set(f, known);
  const { signature, leaves } = signatureOf(args, options.staticArgnums);
  const found = known.entries.find((e) => sameSignature(e.signature, signature));
  if (found) return { entry: found, leaves };
  const entry = traceEntry('jit', f, signature);
  const isKept = entry.closed.consts.every((x) => x instanceof ConcreteArray);
  const name = f.name || 'fn';
  options.onTrace?.({
    name,
    reason: reasonFor([...known.entries.all].reverse(), signature, isKept),
    traces: known.count + 1,
    warning: isKept && known.count + 1 >= storm ? stormOf(name, known.count + 1) : null,
  });
  if (isKept) {
    known.entries.add(entry);
    known.count++;
    if (known.count === mostPrograms + 1) warn(stormOf(name, known.count), 'ADJOINT_RETRACES');
  }
  return { entry, leaves };
};
const stormOf = (name: string, count: number): string =>
  `jit: ${name} was traced and compiled ${count} times, since every new shape, structure and static value is a program of its own. ` +
  'Pad what varies to a few sizes, and pass numbers that change as tensors; jit(f, { onTrace }) says what was new in each call. ' +
  `The ${mostPrograms} programs used last are kept.`;

/** Why a call needs a trace: the difference to the program that is most like it, the latest of several. */
const reasonFor = (entries: readonly Entry[], signature: Signature, isKept: boolean): string => {
  if (!isKept)
    return 'the function closes over a value of a transform around it, so that the program is good for this call only; pass the value as an argument';
  if (entries.length === 0)
    return 'the first call of this function object; if that is said again and again, jit is given a new function every time: make it once';
  const differences = entries.map((e) => differencesOf(signature, e.signature));
  return differences.reduce((a, b) => (b.length <= a.length ? b : a)).join('; ');
};

/** What a call of a jitted function with these arguments runs; null if jit has not made the function. */
export const executableOf = (jitted: AnyFunction, args: readonly unknown[]): Executable | null => {
  const origin = origins.get(jitted);
  if (origin === undefined) return null;
  const { entry } = entryOf(origin.f, origin.options, args);
  return compiled(entry.closed.jaxpr, givenUp(origin.options, entry));
};

const nothing: readonly number[] = [];
/**
 * Which inputs of the program are leaves of donated arguments. Under transforms, and in functions of the library that are made of others,
 * none are given up: what was put off may still have to read them.
 */
const givenUp = ({ donate: which }: JitOptions, entry: Entry): readonly number[] => {
  if (which === undefined || isTransforming() || isComposing()) return nothing;
  const known = entry.givenUp.get(which);
  if (known !== undefined) return known;
  const { def } = entry.signature;
  const children = def.kind === 'array' ? def.children : [];
  const donated = new Set(positions(which, children.length, 'donate'));
  const inputs: number[] = [];
  let next = entry.closed.consts.length;
  children.forEach((child, i) => {
    const end = next + countLeaves(child);
    for (; next < end; next++) if (donated.has(i)) inputs.push(next);
  });
  entry.givenUp.set(which, inputs);
  return inputs;
};

/** Gives up the elements of donated arguments, but for those that are results too; what is traced keeps its own. */
const donate = (options: JitOptions, entry: Entry, leaves: readonly Value[], results: readonly Value[]): void => {
  const inputs = givenUp(options, entry);
  if (inputs.length === 0) return;
  const kept = new Set(results.flatMap((x) => (x instanceof ConcreteArray ? [x.storage] : [])));
  const consts = entry.closed.consts.length;
  for (const i of inputs) {
    const x = leaves[i - consts];
    if (x instanceof ConcreteArray && !kept.has(x.storage) && !x.storage.isShared) x.storage.release();
  }
};

export const traceEntry = (transform: string, f: AnyFunction, signature: Signature): Entry => {
  const { statics, def, avals } = signature;
  const withStatics = (...args: readonly unknown[]): unknown =>
    (f as (...args: readonly unknown[]) => unknown)(...args.map((x, i) => (i in statics ? statics[i] : x)));
  Object.defineProperty(withStatics, 'name', { value: f.name });
  const flat = flattenFunction(transform, withStatics as AnyFunction, def);
  const closed = traceToJaxpr(transform, flat.call, avals);
  return { signature, closed, resultDef: flat.resultDef(), givenUp: new Map() };
};
