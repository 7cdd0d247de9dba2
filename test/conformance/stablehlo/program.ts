// A StableHLO program run twice: operation by operation, and traced, compiled and run. Both must agree bit for bit.
import { checkJaxpr } from '../../../src/core/checker';
import { isFloat } from '../../../src/core/dtype';
import { traceToJaxpr } from '../../../src/core/stage';
import { type ConcreteArray, Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { jit } from '../../../src/transforms';
import { batchFlat } from '../../../src/transforms/batch';
import { NotApplicable } from '../ledger';
import type { Func, Module } from '../mlir/module';
import { ulpDistance } from '../ulp';
import { type Check, type Rule, type Rules, type Run, runner, type Trips } from './context';
import { control } from './control';
import { gather, scatter } from './indexing';
import { pointwise } from './pointwise';
import { type MapRegion, reductions } from './reductions';
import { shaping } from './shaping';

const run = runner(() => rules);

const mapRegion: MapRegion = (region, args, scope) => {
  const [{ shape, size }] = args as readonly [Value];
  if (shape.length === 0) return run.callRegion(region, args, scope);
  const flat = args.map((x) => lax.reshape(x, [size]));
  const { values, mapped } = batchFlat(
    'vmap',
    size,
    (...xs) => run.callRegion(region, xs, scope),
    flat,
    args.map(() => true),
  );
  return values.map((x, i) => (mapped[i] ? lax.reshape(x, shape) : lax.broadcastInDim(x, shape, [])));
};

const rules: Rules = {
  ...pointwise,
  ...shaping,
  'stablehlo.gather': gather,
  'stablehlo.scatter': scatter,
  ...reductions(mapRegion),
  ...control(run),
};

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));

/** StableHLO's own comparisons; not a number is equal to not a number. */
const verify = ({ kind, actual, expected, tolerance }: Check): void => {
  const [x, y] = [actual.concrete('check'), expected.concrete('check')];
  if (x.dtype !== y.dtype || x.shape.join() !== y.shape.join())
    throw new Error(`got ${x.dtype.name}[${x.shape}], expected ${y.dtype.name}[${y.shape}]`);
  let wrong = 0;
  let first = '';
  for (let i = 0; i < x.data.length; i++) {
    const [a, b] = [x.data[i] as number, y.data[i] as number];
    const ok =
      Object.is(a, b) ||
      (isFloat(x.dtype) && kind === 'close' && ulpDistance(a, b, x.dtype) <= tolerance) ||
      (isFloat(x.dtype) && kind === 'almost' && Math.abs(a - b) <= tolerance);
    if (ok) continue;
    if (wrong++ === 0) first = `element ${i} is ${show(a)}, expected ${show(b)} (${kind})`;
  }
  if (wrong > 0) throw new Error(`${wrong} of ${x.data.length} wrong, ${first}`);
};

export const sameBits = (x: ConcreteArray, y: ConcreteArray): boolean =>
  x.dtype === y.dtype && x.shape.join() === y.shape.join() && x.data.every((n, i) => Object.is(n, y.data[i]));

/** The functions whose results are the inputs of a program, so that tracing has arguments. */
const inputNames = ['inputs', 'samples'];

/** A program as a function of its inputs, with what it looked at to decide its loops kept from the first run. */
export interface Program {
  readonly inputs: readonly ConcreteArray[];
  readonly checks: readonly Check[];
  readonly hasLoops: boolean;
  readonly apply: (...inputs: readonly Value[]) => readonly Value[];
}

/** Runs a program operation by operation. */
export const loadProgram = (module: Module, main: Func): Program => {
  if (main.args.length > 0) throw new NotApplicable('arguments from the command line');
  const start = (trips: Trips, { given, lifted }: Inputs): readonly Check[] => {
    const checks: Check[] = [];
    run.callFunction(main, [], { module, given, lifted, checks, trips });
    return checks;
  };
  const trips: Trips = { counted: [], replay: false, next: 0 };
  const inputs = inputsOf(module, main, trips);
  trips.counted.length = 0;
  const checks = start(trips, inputs);
  return {
    inputs: [...inputs.given.values(), ...inputs.lifted.values()].flat().map((x) => x.concrete('inputs')),
    checks,
    hasLoops: trips.counted.length > 0,
    apply: (...args) => {
      let next = 0;
      const replace = (xs: readonly Value[]): readonly Value[] => xs.map(() => args[next++] as Value);
      const given = new Map([...inputs.given].map(([name, xs]) => [name, replace(xs)]));
      const lifted = new Map([...inputs.lifted].map(([op, xs]) => [op, replace(xs)]));
      return start({ counted: trips.counted, replay: true, next: 0 }, { given, lifted }).map((c) => c.actual);
    },
  };
};

type Inputs = Pick<Run, 'given' | 'lifted'>;

/** The results of the functions that make inputs; of a program that has none, its constants. */
const inputsOf = (module: Module, main: Func, trips: Trips): Inputs => {
  const none = { module, given: new Map(), lifted: new Map(), checks: [], trips };
  const given = new Map<string, readonly Value[]>();
  for (const name of inputNames) {
    const f = module.get(name);
    if (f) given.set(name, run.callFunction(f, [], none));
  }
  const constants = given.size > 0 ? [] : main.ops.filter((op) => op.name === 'stablehlo.constant');
  const constant = rules['stablehlo.constant'] as Rule;
  const scope = { run: none, environment: new Map() };
  return { given, lifted: new Map(constants.map((op) => [op, constant(op, [], scope)])) };
};

/** @throws NotApplicable, or Error with what differs */
export const verifyProgram = ({ inputs, checks, apply }: Program): void => {
  if (checks.length === 0) throw new NotApplicable('no check in the program');
  for (const c of checks) verify(c);
  const { jaxpr } = traceToJaxpr(
    'jit',
    apply,
    inputs.map((x) => x.aval),
  );
  checkJaxpr(jaxpr);
  const compiled = (jit(apply as never) as unknown as typeof apply)(...inputs);
  checks.forEach(({ actual }, i) => {
    const y = compiled[i];
    if (!(y instanceof Value) || !sameBits(actual.concrete('check'), y.concrete('check')))
      throw new Error(`compiled result ${i} differs from the eager one`);
  });
};
