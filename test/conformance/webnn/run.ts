// One case: eager, compiled, and against what is expected.
import { type AnyTensor, f32, jit } from 'adjoint';
import type { ConcreteArray, Value } from '../../../src/core/value';
import { NotApplicable } from '../ledger';
import { ulpDistance } from '../ulp';
import { argumentsOf, type Case, expectedOf, inputOf, optionsOf } from './case';
import { type Call, operators } from './operators';
import { countOf, type Tolerance, toleranceOf } from './tolerance';

const callOf = (c: Case, inputs: ReadonlyMap<string, AnyTensor>): Call => {
  const options = { ...(argumentsOf(c) as Call['options']), ...optionsOf(c) };
  const input = (name: unknown): AnyTensor => {
    const x = inputs.get(name as string);
    if (!x) throw new Error(`no input ${String(name)}`);
    return x;
  };
  return {
    options,
    tensor: (argument) => input(options[argument]),
    optional: (option) => (option in options ? input(options[option]) : null),
    number: (option, otherwise) => (options[option] as number | undefined) ?? otherwise,
    list: (argument) => (Array.isArray(options[argument]) ? (options[argument] as readonly number[]) : undefined),
    tensors: (argument) => (options[argument] as readonly string[]).map(input),
  };
};

/** How many numbers go into one element of the result. */
const termsOf = (name: string, call: Call): number => {
  const shapeOf = (argument: string) => (call.tensor(argument) as unknown as Value).shape;
  if (name === 'matmul') return shapeOf('a').at(-1) ?? 1;
  if (name === 'softmax') return shapeOf('input')[call.options.axis as number] ?? 1;
  if (name.startsWith('reduce')) return countOf(shapeOf('input'), call.list('axes'));
  if (!name.startsWith('conv')) return 1;
  const layout = (call.options.filterLayout ?? (name === 'conv2d' ? 'oihw' : 'iohw')) as string;
  return countOf(
    shapeOf('filter'),
    ['h', 'w', 'i'].map((axis) => layout.indexOf(axis)),
  );
};

const verify = (actual: ConcreteArray, expected: ConcreteArray, tolerance: Tolerance): void => {
  if (actual.dtype !== expected.dtype || actual.shape.join() !== expected.shape.join())
    throw new Error(`got ${actual.dtype.name}[${actual.shape}], expected ${expected.dtype.name}[${expected.shape}]`);
  actual.data.forEach((x, i) => {
    const y = expected.data[i] as number;
    const near =
      actual.dtype !== f32
        ? x === y
        : 'ulp' in tolerance
          ? ulpDistance(x, y, f32) <= tolerance.ulp
          : Math.abs(x - y) <= tolerance.absolute;
    if (!near)
      throw new Error(
        `element ${i} is ${x}, expected ${y}, ${ulpDistance(x, y, actual.dtype)} ulp away of ${JSON.stringify(tolerance)}`,
      );
  });
};

/** @throws NotApplicable, or Error with what differs */
export const runCase = (c: Case): void => {
  const [{ name, outputs }] = c.graph.operators;
  const operator = operators[name];
  if (!operator) throw new NotApplicable(`no function for ${name}`);
  const names = Object.keys(c.graph.inputs);
  const inputs = names.map((n) => inputOf(c.graph.inputs[n] as never) as unknown as AnyTensor);
  const apply = (...xs: readonly AnyTensor[]): readonly AnyTensor[] => {
    const out = operator(callOf(c, new Map(names.map((n, i) => [n, xs[i] as AnyTensor]))));
    return Array.isArray(out) ? out : [out as AnyTensor];
  };
  const call = callOf(c, new Map(names.map((n, i) => [n, inputs[i] as AnyTensor])));
  const tolerance = toleranceOf(name, termsOf(name, call));
  const wanted = (Array.isArray(outputs) ? outputs : [outputs]) as readonly string[];
  const eager = apply(...inputs).map((x) => (x as unknown as Value).concrete('webnn'));
  const compiled = jit(apply as never) as unknown as typeof apply;
  const again = compiled(...inputs).map((x) => (x as unknown as Value).concrete('webnn'));
  if (eager.length !== wanted.length) throw new Error(`${eager.length} results, expected ${wanted.length}`);
  eager.forEach((x, i) => {
    verify(x, expectedOf(c.graph.expectedOutputs[wanted[i] as string] as never, x.dtype), tolerance);
    const y = again[i] as ConcreteArray;
    if (!x.data.every((n, j) => Object.is(n, y.data[j]))) throw new Error('compiled result differs from the eager one');
  });
};
