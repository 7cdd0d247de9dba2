// Every operation looked at as it is applied: NaN, division by zero, indices outside.

import * as E from 'fp-ts/lib/Either.js';
import { atMost, knownOptions } from '../core/arguments';
import { showAval } from '../core/aval';
import { isFloat } from '../core/dtype';
import { ArgumentError, AxisError, CheckError, NanError, TransformError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { avalsOf, bind, currentInterpreter, evaluator, Interpreter, runFresh, runUnder } from '../core/interpreter';
import { isJaxpr } from '../core/jaxpr';
import type { Params, Primitive, RunProgram } from '../core/primitive';
import { ConcreteArray, type Value } from '../core/value';
import type { Checkify, CheckifyErrors, DebugNans } from '../types/debug';
import { type AnyFunction, callFunction, nameOf } from './function';
import { userLine } from './userLine';

type Arrays = readonly ConcreteArray[];
/** Throws where something is wrong with an operation. */
type Look = (primitive: Primitive, args: Arrays, results: Arrays, params: Params, place: string) => void;

class Inspect extends Interpreter {
  override readonly inspects = true;
  constructor(
    override readonly parent: Interpreter,
    readonly transform: string,
    private readonly look: Look,
    /** The steps and branches around, the innermost first. */
    private readonly place = '',
  ) {
    super(parent);
  }
  process(primitive: Primitive, args: readonly Value[], params: Params): readonly Value[] {
    // What stands for a program is looked at inside.
    if (primitive.lower.kind === 'inline') {
      const { fun, jaxpr } = params;
      if (typeof fun === 'function') return runUnder(this, () => fun(...args) as readonly Value[]);
      if (isJaxpr(jaxpr)) return runUnder(this, () => evalJaxpr(jaxpr, args));
    }
    const concrete = (x: Value): x is ConcreteArray => x instanceof ConcreteArray;
    if (primitive.lower.kind === 'control' && args.every(concrete)) return primitive.impl(args, params, this.runInside);
    const results = runUnder(this.parent, () => bind(primitive, args, params));
    if (args.every(concrete) && results.every(concrete)) this.look(primitive, args, results, params, this.place);
    return results;
  }
  private readonly runInside: RunProgram = (program, args, place) => {
    const inner = new Inspect(this.parent, this.transform, this.look, `, ${place}${this.place}`);
    return runFresh(inner, () => evalJaxpr(program, args)).map((x) => x.concrete(this.transform));
  };
}

const inspected = (transform: string, f: AnyFunction, look: Look, args: readonly unknown[]): unknown => {
  if (currentInterpreter() !== evaluator)
    throw new TransformError(
      `${transform}: it looks at values, which ${currentInterpreter().transform} does not show. Put it outside: ${transform}(${currentInterpreter().transform}(f)).`,
    );
  return runFresh(new Inspect(evaluator, transform, look), () => callFunction(transform, f, args));
};

const place = (flat: number, shape: readonly number[]): string => {
  let rest = flat;
  const at = [...shape].reverse().map((n) => {
    const i = rest % n;
    rest = Math.floor(rest / n);
    return i;
  });
  return at.length === 0 ? '' : ` at [${at.reverse().join(', ')}]`;
};
const firstWhere = ({ data }: ConcreteArray, holds: (x: number) => boolean): number => {
  for (let i = 0; i < data.length; i++) if (holds(data[i] as number)) return i;
  return -1;
};
const here = (): string => {
  const line = userLine();
  return line === null ? '' : `\n  at ${line}`;
};

/** Where NaN came of operands that had none: an operation that only hands it on is not to blame. */
const nanIn = (args: Arrays, results: Arrays): string | null => {
  for (const y of results) {
    const at = isFloat(y.dtype) ? firstWhere(y, Number.isNaN) : -1;
    if (at >= 0 && args.every((x) => firstWhere(x, Number.isNaN) < 0))
      return `NaN in ${showAval(y.aval)}${place(at, y.shape)}, of ${args.map((x) => showAval(x.aval)).join(' and ')} without one`;
  }
  return null;
};

/**
 * f, stopped at the first operation that makes NaN of numbers: the error names the operation, the element and the line in your code. It runs
 * one operation after the other, in jitted functions, loops and branches too, and is for looking for a fault. Derivatives count: debugNans(grad(f)).
 *
 * @throws NanError where NaN comes up; TransformError inside of jit, vmap and grad, where there are no values to look at
 * @example
 * debugNans((x: Tensor<[]>) => sqrt(x))(tensor(4)).item() // => 2
 */
export const debugNans = function (f: AnyFunction) {
  atMost('debugNans', arguments, 1);
  if (typeof f !== 'function') throw new ArgumentError(`debugNans: expected a function, got ${typeof f}.`);
  return (...args: readonly unknown[]): unknown =>
    inspected(
      'debugNans',
      f,
      (primitive, xs, ys, _params, place) => {
        const found = nanIn(xs, ys);
        if (found !== null)
          throw new NanError(`debugNans: ${primitive.name} in ${nameOf(f)}${place} gave ${found}.${here()}`);
      },
      args,
    );
} as DebugNans;

/** The index that is outside, and what it indexes. */
const outside = (primitive: Primitive, args: Arrays, params: Params): string | null => {
  const [x, at] = args;
  if (x === undefined || at === undefined) return null;
  const say = (index: number, size: number, axis: number): string =>
    `index ${index} is out of range for axis ${axis} of ${showAval(x.aval)}, which has ${size} places for it`;
  const windows = primitive.indexed?.(avalsOf(args), params);
  if (windows === undefined || windows.axes.length === 0) return null;
  const { axes, sizes } = windows;
  for (let i = 0; i < at.data.length; i++) {
    const axis = axes[i % axes.length] as number;
    const [index, room] = [at.data[i] as number, (x.shape[axis] as number) - (sizes[axis] as number)];
    if (index < 0 || index > room) return say(index, room + 1, axis);
  }
  return null;
};

const looks: Readonly<Record<Exclude<CheckifyErrors, 'user'>, (...given: Parameters<Look>) => string | null>> = {
  nan: (_primitive, args, results) => nanIn(args, results),
  division: ({ divisor }, args) => {
    const y = divisor === undefined ? undefined : args[divisor];
    const at = y === undefined ? -1 : firstWhere(y, (v) => v === 0);
    return at < 0 || y === undefined ? null : `division by zero${place(at, y.shape)}`;
  },
  index: (primitive, args, _results, params) => outside(primitive, args, params),
};

/**
 * f with its failed checks as values: right(result), or left(error) of the first `check` that does not hold. `errors` asks for more: 'nan',
 * 'division' by zero, 'index' out of range, which are looked for one operation after the other; 'user' alone runs compiled.
 *
 * @throws TransformError inside of jit, vmap and grad: put it outside
 * @example
 * const f = checkify(jit((x: Tensor<[]>) => { check(greater(x, 0), 'x is {}', x); return log(x); }));
 * f(tensor(1))._tag // => 'Right'
 * f(tensor(-1)) // => { _tag: 'Left', left: new CheckError('x is -1') }
 */
export const checkify = function (f: AnyFunction, options: { readonly errors?: readonly CheckifyErrors[] } = {}) {
  atMost('checkify', arguments, 2);
  const { errors = ['user'] } = knownOptions('checkify', options, ['errors']);
  if (typeof f !== 'function') throw new ArgumentError(`checkify: expected a function, got ${typeof f}.`);
  const unknown = errors.find((e) => e !== 'user' && !(e in looks));
  if (unknown !== undefined)
    throw new ArgumentError(`checkify: errors are 'user', 'nan', 'division' and 'index'; got '${String(unknown)}'.`);
  const chosen = errors.flatMap((e) => (e === 'user' ? [] : [looks[e]]));
  return (...args: readonly unknown[]): E.Either<CheckError, unknown> => {
    if (currentInterpreter() !== evaluator)
      throw new TransformError(
        `checkify: it gives an Either, which ${currentInterpreter().transform} cannot trace. Put it outside: checkify(${currentInterpreter().transform}(f)).`,
      );
    try {
      if (chosen.length === 0) return E.right(callFunction('checkify', f, args));
      const look: Look = (primitive, xs, ys, params, place) => {
        for (const find of chosen) {
          const found = find(primitive, xs, ys, params, place);
          if (found !== null) throw new CheckError(`${primitive.name}${place}: ${found}.${here()}`);
        }
      };
      return E.right(inspected('checkify', f, look, args));
    } catch (error) {
      if (error instanceof CheckError) return E.left(error);
      // Indices that are known are checked by the functions themselves.
      if (error instanceof AxisError && errors.includes('index')) return E.left(new CheckError(error.message));
      throw error;
    }
  };
} as Checkify<CheckError>;
