// Looking at values while a function runs: printing, calling back, checking. Works where values are traced, too.

import { type DType, f64, isFloat, recordOf } from '../core/dtype';
import { afterwards } from '../core/effects';
import { ArgumentError, CheckError } from '../core/errors';
import { bind, evaluator, runUnder } from '../core/interpreter';
import { definePrimitive, type Primitive } from '../core/primitive';
import { flatten, unflatten } from '../core/tree';
import { ConcreteArray, Value } from '../core/value';
import type { Check, DebugCallback, DebugPrint } from '../types/debug';
import { type AnyFunction, callFunction } from './function';

/** One vmap around: how many examples there are, and which operands have an axis of them in front. */
type Level = { readonly size: number; readonly mapped: readonly boolean[] };
type EffectParams = {
  readonly name: string;
  /** `example` says which one it is, the index of the outermost vmap first. */
  readonly effect: (args: readonly ConcreteArray[], example: readonly number[]) => void;
  readonly levels: readonly Level[];
};

const rowOf = (x: ConcreteArray, i: number): ConcreteArray => {
  const [n = 1, ...shape] = x.shape;
  const each = x.data.length / n;
  return new ConcreteArray({ shape, dtype: x.dtype }, x.data.slice(i * each, (i + 1) * each));
};

/** Calls the effect for every example, in order. */
const forEach = (
  { effect, levels }: EffectParams,
  args: readonly ConcreteArray[],
  depth = 0,
  example: readonly number[] = [],
): void => {
  const level = levels[depth];
  if (level === undefined) return effect(args, example);
  for (let i = 0; i < level.size; i++) {
    const own = args.map((x, k) => (level.mapped[k] ? rowOf(x, i) : x));
    forEach({ name: '', effect, levels }, own, depth + 1, [...example, i]);
  }
};

const effectP: Primitive<EffectParams> = definePrimitive<EffectParams>('debug_callback', {
  hasEffect: true,
  impl: (args, params) => {
    // The program that is running may use the memory again before the effect is done.
    const copies = args.map((x) => new ConcreteArray(x.aval, x.data.slice()));
    afterwards(() => runUnder(evaluator, () => forEach(params, copies)));
    return [];
  },
  shape: () => [],
  jvp: (primals, _tangents, params) => ({ primals: bind(effectP, primals, params), tangents: [] }),
  transpose: null,
  batch: (size, args, mapped, params) => {
    bind(effectP, args, { ...params, levels: [{ size, mapped }, ...params.levels] });
    return { values: [], mapped: [] };
  },
  lower: { kind: 'call' },
});

/**
 * Calls f with the values of these arguments, trees of tensors, each time the operations around it run: under jit too, where f would
 * otherwise see them once and without values; for every example under vmap. Under grad it sees values, not tangents. A compiled
 * program calls back when it has run, in order; f gives nothing back.
 *
 * @example
 * const seen: number[] = [];
 * const f = jit((x: Tensor<[]>) => { debug.callback((v) => seen.push(v.item()), x); return mul(x, 2); });
 * f(tensor(1)), f(tensor(2)), seen // => [1, 2]
 */
export const callback = ((f: AnyFunction, ...args: readonly unknown[]): void => {
  if (typeof f !== 'function') throw new ArgumentError(`debug.callback: expected a function, got ${typeof f}.`);
  const { leaves, def } = flatten(args);
  const effect: EffectParams['effect'] = (values) => {
    callFunction('debug.callback', f, unflatten(def, values) as readonly unknown[]);
  };
  bind(effectP, leaves, { name: f.name || 'callback', effect, levels: [] });
}) as DebugCallback;

/** The number with the decimal digits that its dtype has: 7 of f32. */
const shortened = (v: number, dtype: DType): number =>
  Number(v.toPrecision(Math.floor(recordOf(dtype).digits * Math.log10(2))));
/** A tensor as nested lists, floats to the decimal digits they have. */
const nested = (x: ConcreteArray): string => {
  const { numbers } = x;
  const show = (v: number): string =>
    x.dtype.kind === 'bool'
      ? String(v !== 0)
      : String(x.dtype === f64 || !isFloat(x.dtype) ? v : shortened(v, x.dtype));
  const rows = (shape: readonly number[], from: number, length: number): string => {
    const [n, ...rest] = shape;
    if (n === undefined) return show(numbers[from] as number);
    const each = n === 0 ? 0 : length / n;
    return `[${Array.from({ length: n }, (_, i) => rows(rest, from + i * each, each)).join(', ')}]`;
  };
  return rows(x.shape, 0, numbers.length);
};
const show = (x: unknown): string => {
  if (x instanceof Value) return nested(x.concrete('debug.print'));
  if (typeof x === 'object' && x !== null) {
    const parts = Object.entries(x).map(([k, v]) => (Array.isArray(x) ? show(v) : `${k}: ${show(v)}`));
    return Array.isArray(x) ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`;
  }
  return String(x);
};
/** The text with the values in the places of {}; those left over come behind. */
const format = (text: string, values: readonly unknown[]): string => {
  let next = 0;
  const filled = text.replace(/\{\}/g, (place) => (next < values.length ? show(values[next++]) : place));
  return [filled, ...values.slice(next).map(show)].join(' ');
};
const log = (text: string): void =>
  (globalThis as { readonly console?: { log(text: string): void } }).console?.log(text);

/**
 * Prints a text each time the operations around it run, with the values in the places of `{}`: tensors, trees of them, anything else. As
 * `debug.callback`, it works under jit, vmap and grad.
 *
 * @example
 * const f = jit((x: Tensor<[2]>) => { debug.print('x = {}', x); return sum(x); });
 * f(tensor([1, 2])).item() // => 3
 */
export const print: DebugPrint = (text, ...values) => {
  if (typeof text !== 'string')
    throw new ArgumentError(`debug.print: the text comes first, got ${typeof text}: debug.print('x = {}', x).`);
  callback((...shown: readonly unknown[]) => log(format(text, shown)), ...values);
};

/**
 * Throws a CheckError each time the condition, a bool tensor, does not hold everywhere: in compiled programs too, and under vmap for the
 * first example. The text has `{}` for values. `checkify` makes a value of the error.
 *
 * @throws CheckError when the condition is false
 * @example
 * const safeLog = (x: Tensor<[]>) => { check(greater(x, 0), 'log of {}', x); return log(x); };
 * safeLog(tensor(1)).item() // => 0
 */
export const check: Check = (condition: unknown, text, ...values) => {
  if (!(condition instanceof Value) || condition.dtype.kind !== 'bool')
    throw new ArgumentError('check: the condition is a bool tensor: check(greater(x, 0), ...).');
  const { leaves, def } = flatten(values);
  const effect: EffectParams['effect'] = ([holds, ...rest], example) => {
    if ((holds as ConcreteArray).data.every((v) => v !== 0)) return;
    const where = example.length === 0 ? '' : ` (example ${example.join(', ')})`;
    throw new CheckError(format(text, unflatten(def, rest) as readonly unknown[]) + where);
  };
  bind(effectP, [condition, ...leaves], { name: 'check', effect, levels: [] });
};
