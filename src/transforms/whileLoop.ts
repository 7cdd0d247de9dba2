// Loops whose number of steps is a value.
import { atMost, knownOptions } from '../core/arguments';
import { bool, i32 } from '../core/dtype';
import { ArgumentError, ShapeError, TreeError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { bind } from '../core/interpreter';
import type { Jaxpr } from '../core/jaxpr';
import { traceToJaxpr } from '../core/stage';
import { flatten, unflatten } from '../core/tree';
import { concreteArray, scalarArray, Value } from '../core/value';
import { add } from '../primitives/arithmetic';
import { fullLike } from '../primitives/fill';
import { lt } from '../primitives/select';
import type { ForiLoop, WhileLoop, WhileLoopOptions } from '../types/control';
import { checkAgrees, checkFunction, traceFunction } from './carry';
import { checkpoint } from './checkpoint';
import { cond } from './cond';
import type { AnyFunction } from './function';
import { remember } from './remember';
import { scanOnce } from './scan';
import { whileP } from './whilePrimitive';

type Step = (carry: unknown) => unknown;
type Condition = (carry: unknown) => Value;
type ScanStep = (carry: unknown, x: unknown) => readonly [unknown, null];
const boundedOf = remember<ScanStep>();
const countedOf = remember<ScanStep>();
const indexedOf = remember<readonly [AnyFunction, AnyFunction]>();
const widenedOf = remember<Jaxpr>();

const loop = (name: string, condition: AnyFunction, body: AnyFunction, init: unknown): unknown => {
  const { leaves, def } = flatten(init);
  const avals = leaves.map((x) => x.aval);
  const args = { kind: 'array', children: [def] } as const;
  const [test, step] = [condition, body].map((f) => traceFunction(name, f, args, avals)) as [
    ReturnType<typeof traceFunction>,
    ReturnType<typeof traceFunction>,
  ];
  const [goesOn] = test.closed.jaxpr.outputs;
  if (test.resultDef.kind !== 'leaf' || goesOn === undefined)
    throw new TreeError(`${name}: the condition must return one tensor, of no axes and dtype bool.`);
  if (goesOn.aval.dtype !== bool || goesOn.aval.shape.length !== 0)
    throw new ShapeError(
      `${name}: the condition must return a tensor of no axes and dtype bool, got ${goesOn.aval.dtype.name}[${goesOn.aval.shape.join(',')}].`,
    );
  checkAgrees(
    name,
    'the carry that the body returns',
    { def, avals, is: 'the initial one' },
    { def: step.resultDef, avals: step.closed.jaxpr.outputs.map((v) => v.aval) },
  );
  if (leaves.length === 0) throw new ArgumentError(`${name}: the carry has no tensors, so the loop could never end.`);
  // Both programs get the constants of both.
  const consts = [...test.closed.consts, ...step.closed.consts];
  const own = test.closed.consts.length;
  const given = [...consts, ...leaves].map((x) => x.aval);
  const widened = (which: typeof test, from: number) =>
    consts.length === 0
      ? which.closed.jaxpr
      : widenedOf(
          [which.closed.jaxpr, (which === test ? step : test).closed.jaxpr, from],
          () =>
            traceToJaxpr(
              name,
              (...xs) =>
                evalJaxpr(which.closed.jaxpr, [
                  ...xs.slice(from, from + which.closed.consts.length),
                  ...xs.slice(consts.length),
                ]),
              given,
            ).jaxpr,
        );
  const out = bind(whileP, [...consts, ...leaves], {
    condition: widened(test, 0),
    body: widened(step, own),
    carry: leaves.map((_, i) => consts.length + i),
  });
  return unflatten(def, out);
};

/**
 * c <- body(c) as long as condition(c) holds; gives the last c.
 *
 * The carry is a tree of the same structure, shapes and dtypes in every step. Under vmap the loop goes on while any lane does; lanes that
 * are done keep their values. Forward mode applies. With `maxSteps` the loop ends after that many steps at the latest, and reverse mode
 * applies too: it keeps the carry of every step and computes the step again.
 *
 * @throws TransformError in reverse mode without `maxSteps`; ShapeError or TreeError when the carry changes, naming the leaf
 * @example
 * whileLoop((x: Tensor<[]>) => less(x, 100), (x) => mul(x, 2), tensor(3)).item() // => 192
 */
export const whileLoop = function (
  condition: Condition,
  body: Step,
  init: unknown,
  options: WhileLoopOptions = {},
): unknown {
  atMost('whileLoop', arguments, 4);
  const { maxSteps } = knownOptions('whileLoop', options, ['maxSteps']);
  checkFunction('whileLoop', 'the condition', condition);
  checkFunction('whileLoop', 'the body', body);
  if (maxSteps === undefined) return loop('whileLoop', condition as AnyFunction, body as AnyFunction, init);
  if (!Number.isInteger(maxSteps) || maxSteps < 0)
    throw new ArgumentError(`whileLoop: maxSteps must be a whole number of at least 0, got ${maxSteps}.`);
  const choose = cond as unknown as (p: Value, f: Step, g: Step, c: unknown) => unknown;
  const bounded = boundedOf([condition, body], () => {
    const step = checkpoint((carry: unknown) => choose(condition(carry), body, (c) => c, carry));
    return (carry) => [step(carry), null];
  });
  return scanOnce('whileLoop', bounded, init, null, maxSteps, false)[0];
} as unknown as WhileLoop;

const bound = (which: string, x: unknown): void => {
  if (x instanceof Value ? x.ndim !== 0 || x.dtype !== i32 : !Number.isInteger(x))
    throw new ArgumentError(`foriLoop: the ${which} bound must be a whole number or an int32 tensor of no axes.`);
};

/**
 * c <- body(i, c) for lower <= i < upper; gives the last c.
 *
 * Bounds that are numbers make it a scan, which can be differentiated in both modes; bounds that are tensors make it a whileLoop.
 *
 * @throws ArgumentError for bounds of another kind; ShapeError or TreeError when the carry changes, naming the leaf
 * @example
 * foriLoop(0, 5, (i, c: Tensor<[], i32>) => add(c, i), tensor(0, i32)).item() // => 10
 */
export const foriLoop = function (
  lower: number | Value,
  upper: number | Value,
  body: (i: Value, carry: unknown) => unknown,
  init: unknown,
): unknown {
  atMost('foriLoop', arguments, 4);
  checkFunction('foriLoop', 'the body', body);
  bound('lower', lower);
  bound('upper', upper);
  if (typeof lower === 'number' && typeof upper === 'number') {
    const length = Math.max(0, upper - lower);
    const numbers = new Int32Array(length);
    // Int32Array.from calls an iterator for each, which takes longer than a step of a light body.
    for (let i = 0; i < length; i++) numbers[i] = lower + i;
    const counted = countedOf([body], () => (carry, i) => [body(i as Value, carry), null]);
    return scanOnce('foriLoop', counted, init, concreteArray([length], i32, numbers), length, false)[0];
  }
  const [first, end] = [lower, upper].map((b) => (b instanceof Value ? b : scalarArray(b, i32))) as [Value, Value];
  type Counted = readonly [i: Value, end: Value, carry: unknown];
  const [goesOn, next] = indexedOf([body], () => [
    (([i, last]: Counted) => lt(i, last)) as AnyFunction,
    (([i, last, carry]: Counted) => [add(i, fullLike(i, 1)), last, body(i, carry)]) as AnyFunction,
  ]);
  const out = loop('foriLoop', goesOn, next, [first, end, init]);
  return (out as Counted)[2];
} as unknown as ForiLoop;
