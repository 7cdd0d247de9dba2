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
import { type Check, type Rules, runner, type Trips } from './context';
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

const sameBits = (x: ConcreteArray, y: ConcreteArray): boolean =>
  x.dtype === y.dtype && x.shape.join() === y.shape.join() && x.data.every((n, i) => Object.is(n, y.data[i]));

/** The functions whose results are the inputs of a program, so that tracing has arguments. */
const inputNames = ['inputs', 'samples'];

/** @throws NotApplicable, or Error with what differs */
export const runProgram = (module: Module, main: Func): void => {
  const given = new Map<string, readonly Value[]>();
  const start = (trips: Trips, inputs: ReadonlyMap<string, readonly Value[]>): readonly Check[] => {
    const checks: Check[] = [];
    run.callFunction(main, [], { module, given: inputs, checks, trips });
    return checks;
  };
  const nothing: Trips = { counted: [], replay: false, next: 0 };
  for (const name of inputNames) {
    const f = module.get(name);
    if (f) given.set(name, run.callFunction(f, [], { module, given, checks: [], trips: nothing }));
  }
  if (main.args.length > 0) throw new NotApplicable('arguments from the command line');
  const trips: Trips = { counted: [], replay: false, next: 0 };
  const eager = start(trips, given);
  if (eager.length === 0) throw new NotApplicable('no check in the program');
  for (const c of eager) verify(c);

  const inputs = [...given.values()].flat();
  const program = (...args: readonly Value[]): readonly Value[] => {
    let next = 0;
    const traced = new Map([...given].map(([name, xs]) => [name, xs.map(() => args[next++] as Value)]));
    return start({ counted: trips.counted, replay: true, next: 0 }, traced).map((c) => c.actual);
  };
  checkJaxpr(
    traceToJaxpr(
      'jit',
      program,
      inputs.map((x) => x.aval),
    ).jaxpr,
  );
  const compiled = (jit(program as never) as unknown as typeof program)(...inputs);
  eager.forEach(({ actual }, i) => {
    const [x, y] = [actual.concrete('check'), compiled[i]];
    if (!(y instanceof Value) || !sameBits(x, y.concrete('check')))
      throw new Error(`compiled result ${i} differs from the eager one`);
  });
};
