// jit: trace once, keep the program, run it compiled.
import { type Aval, sameAval } from '../core/aval';
import { ArgumentError } from '../core/errors';
import { type NamedAxis, namedAxes } from '../core/interpreter';
import { type ClosedJaxpr, type Jaxpr, sameParams } from '../core/jaxpr';
import { definePrimitive, isKnown, LinearOperand, type Params, type Primitive } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { flatten, sameTree, type TreeDef, unflatten } from '../core/tree';
import { ConcreteArray, type Value } from '../core/value';
import { compiled } from '../runtime/executable';
import type { Jit, JitOptions } from '../types/transforms';
import { type CallParams, callProgram, callRules } from './call';
import { type AnyFunction, flattenFunction } from './function';
import { putWhere, splitJaxpr, takeWhere } from './program';

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

interface Entry {
  readonly def: TreeDef;
  readonly avals: readonly Aval[];
  readonly statics: Params;
  readonly axes: readonly NamedAxis[];
  readonly closed: ClosedJaxpr;
  readonly resultDef: TreeDef;
}
/** Programs by function: jit(f) written twice, or inside a loop, compiles once. */
const traces = new WeakMap<AnyFunction, Entry[]>();

const positions = (x: number | readonly number[] | undefined, count: number, what: string): readonly number[] =>
  (x === undefined ? [] : typeof x === 'number' ? [x] : x).map((i) => {
    const at = i < 0 ? i + count : i;
    if (!Number.isInteger(at) || at < 0 || at >= count)
      throw new ArgumentError(
        `jit: ${what} ${i} is out of range; the function was called with ${count} argument${count === 1 ? '' : 's'}.`,
      );
    return at;
  });

/**
 * f, traced once for every structure, shape and dtype of its arguments and run as a compiled program.
 *
 * Arguments named in `staticArgnums` are not traced: they are compared as plain data (functions by identity), and every new
 * value is a new program. Leaves of the arguments that are no tensors are static too. Arguments named in `donate` give their
 * memory back: a training step donates the parameters that its results replace.
 *
 * @throws ConcretizationError where f looks at a value (`if`, `>`, a template) while it is traced
 * @example
 * const f = jit((x: Tensor<[3]>) => mul(sin(x), 2));
 * f(tensor([0, 0, 0])).toArray() // => [0, 0, 0]
 */
export const jit: Jit = <F extends (...args: never[]) => unknown>(f: F, options: JitOptions = {}): F => {
  if (typeof f !== 'function') throw new ArgumentError(`jit: expected a function, got ${typeof f}.`);
  const jitted = (...args: readonly unknown[]): unknown => {
    const { entry, leaves } = entryOf(f, options, args);
    const results = call(f.name || 'fn', entry.closed, leaves);
    if (options.donate !== undefined) donate(args, positions(options.donate, args.length, 'donate'), results);
    return unflatten(entry.resultDef, results);
  };
  Object.defineProperty(jitted, 'name', { value: f.name });
  origins.set(jitted, { f, options });
  return jitted as unknown as F;
};

/** What jit made a function of. */
const origins = new WeakMap<AnyFunction, { readonly f: AnyFunction; readonly options: JitOptions }>();

/** The program of f for these arguments, traced if it is not known. */
const entryOf = (
  f: AnyFunction,
  options: JitOptions,
  args: readonly unknown[],
): { readonly entry: Entry; readonly leaves: readonly Value[] } => {
  const entries = traces.get(f) ?? [];
  traces.set(f, entries);
  const statics: Record<string, unknown> = {};
  for (const i of positions(options.staticArgnums, args.length, 'staticArgnums')) statics[i] = args[i];
  const { leaves, def } = flatten(args.map((x, i) => (i in statics ? null : x)));
  const axes = namedAxes();
  const found = entries.find(
    (e) =>
      e.avals.length === leaves.length &&
      e.avals.every((a, i) => sameAval(a, (leaves[i] as Value).aval)) &&
      sameTree(e.def, def) &&
      sameParams(e.axes, axes) &&
      sameParams(e.statics, statics),
  );
  const entry = found ?? trace(f, def, leaves, statics);
  if (!found && entry.closed.consts.every((x) => x instanceof ConcreteArray)) entries.push(entry);
  return { entry, leaves };
};

/** The program that a call of a jitted function with these arguments runs; null if jit has not made the function. */
export const programOf = (jitted: AnyFunction, args: readonly unknown[]): Jaxpr | null => {
  const origin = origins.get(jitted);
  return origin === undefined ? null : entryOf(origin.f, origin.options, args).entry.closed.jaxpr;
};

/** Gives up the elements of these arguments, but for those that are results too; what is traced keeps its own. */
const donate = (args: readonly unknown[], which: readonly number[], results: readonly Value[]): void => {
  const kept = new Set(results.flatMap((x) => (x instanceof ConcreteArray ? [x.storage] : [])));
  for (const i of which)
    for (const x of flatten(args[i]).leaves)
      if (x instanceof ConcreteArray && !kept.has(x.storage)) x.storage.release();
};

const trace = (f: AnyFunction, def: TreeDef, leaves: readonly Value[], statics: Params): Entry => {
  const withStatics = (...args: readonly unknown[]): unknown =>
    (f as (...args: readonly unknown[]) => unknown)(...args.map((x, i) => (i in statics ? statics[i] : x)));
  Object.defineProperty(withStatics, 'name', { value: f.name });
  const flat = flattenFunction('jit', withStatics as AnyFunction, def);
  const avals = leaves.map((x) => x.aval);
  const closed = traceToJaxpr('jit', flat.call, avals);
  return { def, avals, statics, axes: namedAxes(), closed, resultDef: flat.resultDef() };
};
