// Random programs as plain data, and what they mean. Meaning is total: every list of steps is a program, whatever its
// numbers, so that a failing program shrinks to a small one.
import * as fc from 'fast-check';
import { bool, i32 } from '../src/core/dtype';
import { type ConcreteArray, concreteArray, type Value } from '../src/core/value';
import * as p from '../src/primitives';
import type { ValueFunction } from './untyped';
import { allWraps, coerce, total, type Wrap, wayOf } from './wraps';

/** `a` and `b` name variables, counted back from the newest, modulo their number. */
export interface Operation {
  readonly op: UnaryOp | BinaryOp;
  readonly a: number;
  readonly b: number;
}
/** A program inside a program; `args` name variables too. */
export interface Call {
  readonly call: Wrap;
  readonly args: readonly number[];
  readonly body: readonly Step[];
}
export type Step = Operation | Call;

/** A program of inputs of these shapes; its result is its newest variable. */
export interface Program {
  readonly inputs: readonly (readonly number[])[];
  readonly steps: readonly Step[];
}

const one = (x: Value): Value => p.fullLike(x, 1);
const onePlusSquare = (x: Value): Value => p.add(one(x), p.mul(x, x));
const last = (x: Value): number => x.ndim - 1;

const onAxis =
  (f: (x: Value, axis: number) => Value) =>
  (x: Value): Value =>
    x.ndim === 0 ? x : f(x, last(x));

/** Smooth, and tame: no result is much larger than what it came from, so that long programs can be differentiated. */
const unary = {
  sin: p.sin,
  cos: p.cos,
  tanh: p.tanh,
  logistic: p.logistic,
  neg: p.neg,
  erf: p.erf,
  softabs: (x: Value): Value => p.sqrt(onePlusSquare(x)),
  log: (x: Value): Value => p.log(onePlusSquare(x)),
  bell: (x: Value): Value => p.exp(p.neg(p.mul(x, x))),
  stretch: (x: Value): Value => p.mul(x, p.fullLike(x, 0.75)),
  sum: onAxis((x, axis) => p.reduceSum(x, [axis])),
  total,
  cumsum: onAxis((x, axis) => p.cumsum(x, axis)),
  rev: onAxis((x, axis) => p.rev(x, [axis])),
  transpose: (x: Value): Value =>
    p.transpose(
      x,
      x.shape.map((_, d) => x.ndim - 1 - d),
    ),
  flat: (x: Value): Value => p.reshape(x, [x.size]),
  head: onAxis((x, axis) =>
    p.slice(
      x,
      x.shape.map(() => 0),
      x.shape.map((n, d) => (d === axis ? Math.min(n, 2) : n)),
    ),
  ),
  gap: onAxis((x, axis) =>
    p.pad(
      x,
      0.5,
      x.shape.map((_, d) => (d === axis ? [1, -1, 1] : [0, 0, 0])),
    ),
  ),
  rows: (x: Value): Value =>
    p.broadcastInDim(
      x,
      [2, ...x.shape],
      x.shape.map((_, d) => d + 1),
    ),
  take: (x: Value): Value =>
    x.ndim === 0 || x.shape[0] === 0
      ? x
      : p.gather(x, concreteArray([2, 1], i32, Int32Array.of(1, 0)), {
          offsetDims: x.shape.slice(1).map((_, d) => d + 1),
          collapsedDims: [0],
          indexMap: [0],
          operandBatching: [],
          indicesBatching: [],
          windowSizes: x.shape.map((n, d) => (d === 0 ? 1 : n)),
          outside: 'clip',
        }),
} as const;

const binary = {
  add: p.add,
  sub: p.sub,
  mul: (x: Value, y: Value): Value => p.mul(x, p.sin(y)),
  div: (x: Value, y: Value): Value => p.div(x, onePlusSquare(y)),
  pow: (x: Value, y: Value): Value => p.pow(onePlusSquare(p.tanh(x)), p.logistic(y)),
  atan2: (x: Value, y: Value): Value => p.atan2(x, onePlusSquare(y)),
  dot: (x: Value, y: Value): Value =>
    x.ndim === 0
      ? p.mul(x, p.tanh(y))
      : p.dotGeneral(x, p.tanh(y), { lhsContract: [last(x)], rhsContract: [last(y)], lhsBatch: [], rhsBatch: [] }),
  join: (x: Value, y: Value): Value => (x.ndim === 0 ? p.sub(y, x) : p.concatenate([x, y], 0)),
  checkered: (x: Value, y: Value): Value => {
    const data = Uint8Array.from({ length: x.size }, (_, i) => i % 2);
    return p.selectN(concreteArray(x.shape, bool, data), x, y);
  },
} as const;
export type UnaryOp = keyof typeof unary;
export type BinaryOp = keyof typeof binary;
const isBinary = (op: UnaryOp | BinaryOp): op is BinaryOp => op in binary;
const unaryOps = Object.keys(unary) as UnaryOp[];
const binaryOps = Object.keys(binary) as BinaryOp[];

/** No variable has more elements than this: a larger one is added up. */
const limit = 40;

const pick = <T>(variables: readonly T[], back: number): T =>
  variables[variables.length - 1 - (back % variables.length)] as T;

/** What is tested runs, or what it means is spelled out. */
type Manner = 'run' | 'spelled';

/** The variables after the steps. */
const runSteps = (steps: readonly Step[], variables: readonly Value[], manner: Manner): readonly Value[] => {
  const all = [...variables];
  for (const step of steps) {
    const result = 'op' in step ? applyOp(step.op, pick(all, step.a), pick(all, step.b)) : applyCall(step, all, manner);
    all.push(result.size > limit ? total(result) : result);
  }
  return all;
};
const applyOp = (op: UnaryOp | BinaryOp, x: Value, y: Value): Value =>
  isBinary(op) ? binary[op](x, coerce(y, x.shape)) : unary[op](x);

const newest = (variables: readonly Value[]): Value => variables[variables.length - 1] as Value;

const applyCall = ({ call, args, body }: Call, outer: readonly Value[], manner: Manner): Value => {
  const xs = (args.length === 0 ? [0] : args).map((a) => pick(outer, a));
  const { run, spelled, isClosed } = wayOf(call);
  const visible = isClosed ? [] : outer;
  const f: ValueFunction = (...inner) => newest(runSteps(body, [...visible, ...inner], manner));
  return (manner === 'spelled' && spelled ? spelled : run)(f, ...xs);
};

/** What the program means: a function of one value for each input; spelled out it uses neither control flow nor custom rules, jit, or checkpoint. */
export const interpret =
  ({ steps }: Program, manner: Manner = 'run'): ValueFunction =>
  (...inputs) =>
    newest(runSteps(steps, inputs, manner));

const variable = fc.nat({ max: 5 });
const operation: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constantFrom<(UnaryOp | BinaryOp)[]>(...unaryOps), a: variable, b: fc.constant(0) }),
  fc.record({ op: fc.constantFrom<(UnaryOp | BinaryOp)[]>(...binaryOps), a: variable, b: variable }),
);

const stepsOf = (wraps: readonly Wrap[], depth: number, most: number): fc.Arbitrary<Step[]> => {
  const call = (): fc.Arbitrary<Step> =>
    fc.record({
      call: fc.constantFrom<Wrap[]>(...wraps),
      args: fc.array(variable, { minLength: 1, maxLength: 2 }),
      body: stepsOf(wraps, depth - 1, 3),
    });
  const step =
    depth === 0
      ? operation
      : fc.oneof({ withCrossShrink: true }, { weight: 3, arbitrary: operation }, { weight: 2, arbitrary: call() });
  return fc.array(step, { minLength: 1, maxLength: most });
};

/** Programs of one to three inputs, with calls nested to `depth`. */
export const program = (depth = 3, wraps: readonly Wrap[] = allWraps): fc.Arbitrary<Program> =>
  fc
    .record({
      inputs: fc.array(fc.constantFrom<(readonly number[])[]>([], [3], [2, 3], [2]), { minLength: 1, maxLength: 3 }),
      steps: stepsOf(wraps, depth, 5),
    })
    .map((data) => ({ ...data, [fc.toStringMethod]: () => showProgram(data) }));

/** The program as text: one step a line, bodies indented. */
export const showProgram = ({ inputs, steps }: Program): string => {
  const show = (list: readonly Step[], indent: string): string[] =>
    list.flatMap((s) =>
      'op' in s
        ? [`${indent}${s.op} ${s.a}${isBinary(s.op) ? ` ${s.b}` : ''}`]
        : [`${indent}${s.call} of ${s.args.join(', ')}`, ...show(s.body, `${indent}  `)],
    );
  return `inputs ${inputs.map((s) => `[${s}]`).join(' ')}\n${show(steps, '  ').join('\n')}`;
};

/** The arrays that a program is run at. */
export type Inputs = readonly ConcreteArray[];
