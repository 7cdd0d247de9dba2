// The operators of WebNN over the public functions of the library; convolutions over the primitive.

import type { AnyTensor, DType } from 'adjoint';
import * as a from 'adjoint';
import type { Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { NotApplicable } from '../ledger';
import type { Options } from './case';
import { convolution, transposedConvolution } from './convolution';

/** What an operator is called with: tensors by the names of its arguments and of its options, and the rest. */
export interface Call {
  readonly tensor: (argument: string) => AnyTensor;
  readonly optional: (option: string) => AnyTensor | null;
  readonly number: (option: string, otherwise: number) => number;
  readonly list: (argument: string) => readonly number[] | undefined;
  readonly tensors: (argument: string) => readonly AnyTensor[];
  readonly options: Options;
}
type Operator = (call: Call) => AnyTensor | readonly AnyTensor[];
/** The types of the public functions follow shapes that are not known here. */
type Loose = (...args: readonly unknown[]) => AnyTensor;
const loose = (f: unknown): Loose => f as Loose;

const unary =
  (f: unknown): Operator =>
  ({ tensor }) =>
    loose(f)(tensor('input'));
const binary =
  (f: unknown): Operator =>
  ({ tensor }) =>
    loose(f)(tensor('a'), tensor('b'));

const [add, sub, mul, div] = [a.add, a.sub, a.mul, a.div].map(loose) as [Loose, Loose, Loose, Loose];
const [clip, mean, variance, sum, square] = [a.clip, a.mean, a.variance, a.sum, a.square].map(loose) as [
  Loose,
  Loose,
  Loose,
  Loose,
  Loose,
];
const [abs, log, sqrt, reshape] = [a.abs, a.log, a.sqrt, a.reshape].map(loose) as [Loose, Loose, Loose, Loose];

const reduction =
  (reduce: (x: AnyTensor, axes: unknown, options: unknown) => AnyTensor): Operator =>
  ({ tensor, list, options }) =>
    reduce(tensor('input'), list('axes'), { keepDims: options.keepDimensions === true });

const inner = (x: AnyTensor): Value => x as unknown as Value;
const published = (x: Value): AnyTensor => x as unknown as AnyTensor;

/** One number for each element of some axes, in the place of those axes. */
const along = (x: AnyTensor, rank: number, axes: readonly number[]): AnyTensor => {
  const order = [...axes.keys()].sort((i, j) => (axes[i] as number) - (axes[j] as number));
  const sorted = published(lax.transpose(inner(x), order));
  const shape = new Array<number>(rank).fill(1);
  axes.forEach((d, i) => {
    shape[d] = inner(x).shape[i] as number;
  });
  return reshape(sorted, shape);
};

const scaled = (x: AnyTensor, axes: readonly number[], { optional }: Call): AnyTensor => {
  const rank = inner(x).ndim;
  const [scale, bias] = [optional('scale'), optional('bias')];
  const multiplied = scale ? mul(x, along(scale, rank, axes)) : x;
  return bias ? add(multiplied, along(bias, rank, axes)) : multiplied;
};

const normalized = (x: AnyTensor, axes: readonly number[], epsilon: number): AnyTensor => {
  const options = { keepDims: true };
  return div(sub(x, mean(x, axes, options)), sqrt(add(variance(x, axes, options), epsilon)));
};

const batchNormalization: Operator = (call) => {
  const x = call.tensor('input');
  const axis = call.number('axis', 1);
  const rank = inner(x).ndim;
  const [centre, spread] = [call.tensor('mean'), call.tensor('variance')].map((t) => along(t, rank, [axis]));
  return scaled(div(sub(x, centre), sqrt(add(spread, call.number('epsilon', 1e-5)))), [axis], call);
};

const layerNormalization: Operator = (call) => {
  const x = call.tensor('input');
  const rank = inner(x).ndim;
  const axes = call.list('axes') ?? Array.from({ length: Math.max(0, rank - 1) }, (_, d) => d + 1);
  // Over no axes every element is its own mean.
  const centred = axes.length === 0 ? sub(x, x) : normalized(x, axes, call.number('epsilon', 1e-5));
  return scaled(centred, axes, call);
};

const instanceNormalization: Operator = (call) => {
  const last = call.options.layout === 'nhwc';
  return scaled(
    normalized(call.tensor('input'), last ? [1, 2] : [2, 3], call.number('epsilon', 1e-5)),
    [last ? 3 : 1],
    call,
  );
};

const types: Readonly<Record<string, DType>> = { float32: a.f32, int32: a.i32, uint32: a.u32 };

const cast: Operator = ({ tensor, options }) => {
  const dtype = types[options.type as string];
  if (!dtype) throw new NotApplicable(`element type ${options.type}`);
  return loose(a.astype)(tensor('input'), dtype);
};

const slice: Operator = ({ tensor, list }) => {
  const [starts, sizes, strides] = [list('starts') ?? [], list('sizes') ?? [], list('strides')];
  if (strides)
    return published(
      lax.slice(
        inner(tensor('input')),
        starts,
        starts.map((s, d) => s + (sizes[d] as number)),
        strides,
      ),
    );
  return starts.reduce((x, s, d) => loose(a.slice)(x, d, s, sizes[d]), tensor('input'));
};

const split: Operator = ({ tensor, list, number, options }) => {
  const axis = number('axis', 0);
  const sizes = list('splits');
  const places = sizes?.slice(0, -1).map((_, i) => sizes.slice(0, i + 1).reduce((m, n) => m + n, 0));
  return loose(a.split)(tensor('input'), places ?? options.splits, axis) as unknown as readonly AnyTensor[];
};

const gather: Operator = ({ tensor, number }) => {
  const x = tensor('input');
  const axis = number('axis', 0);
  const n = inner(x).shape[axis] as number;
  // There indices outside are moved inside; here they are errors.
  return loose(a.take)(x, clip(loose(a.astype)(tensor('indices'), a.i32), -n, n - 1), axis);
};

const transpose: Operator = ({ tensor, list }) => {
  const permutation = list('permutation');
  return permutation ? loose(a.transpose)(tensor('input'), permutation) : loose(a.transpose)(tensor('input'));
};

const clamp: Operator = ({ tensor, options }) =>
  clip(tensor('input'), options.minValue ?? null, options.maxValue ?? null);

export const operators: Readonly<Record<string, Operator>> = {
  abs: unary(a.abs),
  ceil: unary(a.ceil),
  floor: unary(a.floor),
  exp: unary(a.exp),
  log: unary(a.log),
  neg: unary(a.neg),
  sqrt: unary(a.sqrt),
  tanh: unary(a.tanh),
  sigmoid: unary(a.sigmoid),
  relu: unary(a.relu),
  hardSwish: unary(a.hardSilu),
  logicalNot: ({ tensor }) => loose(a.logicalNot)(tensor('a')),
  elu: ({ tensor, number }) => loose(a.elu)(tensor('input'), number('alpha', 1)),
  leakyRelu: ({ tensor, number }) => loose(a.leakyRelu)(tensor('input'), number('alpha', 0.01)),
  hardSigmoid: ({ tensor, number }) => clip(add(mul(tensor('input'), number('alpha', 0.2)), number('beta', 0.5)), 0, 1),
  linear: ({ tensor, number }) => add(mul(tensor('input'), number('alpha', 1)), number('beta', 0)),
  add: binary(a.add),
  sub: binary(a.sub),
  mul: binary(a.mul),
  div: binary(a.div),
  pow: binary(a.pow),
  max: binary(a.maximum),
  min: binary(a.minimum),
  equal: binary(a.equal),
  greater: binary(a.greater),
  greaterOrEqual: binary(a.greaterEqual),
  lesser: binary(a.less),
  lesserOrEqual: binary(a.lessEqual),
  matmul: binary(a.matmul),
  cast,
  clamp,
  concat: ({ tensors, options }) => loose(a.concatenate)(tensors('inputs'), options.axis),
  expand: ({ tensor, list }) => loose(a.broadcastTo)(tensor('input'), list('newShape')),
  reshape: ({ tensor, list }) => reshape(tensor('input'), list('newShape')),
  gather,
  slice,
  split,
  transpose,
  softmax: ({ tensor, options }) => loose(a.softmax)(tensor('input'), options.axis),
  reduceSum: reduction(sum),
  reduceProduct: reduction(loose(a.prod)),
  reduceMax: reduction(loose(a.max)),
  reduceMin: reduction(loose(a.min)),
  reduceMean: reduction(mean),
  reduceL1: reduction((x, axes, options) => sum(abs(x), axes, options)),
  reduceL2: reduction((x, axes, options) => sqrt(sum(square(x), axes, options))),
  reduceLogSum: reduction((x, axes, options) => log(sum(x, axes, options))),
  reduceLogSumExp: reduction(loose(a.logsumexp)),
  reduceSumSquare: reduction((x, axes, options) => sum(square(x), axes, options)),
  batchNormalization,
  layerNormalization,
  instanceNormalization,
  conv2d: convolution,
  convTranspose2d: transposedConvolution,
};
