// The exported functions by how they are differentiated: with mpmath's numbers, as linear or bilinear ones, or not at all, and why.
import * as A from 'adjoint';
import { type AnyTensor, f64, i32, tensor } from 'adjoint';
import * as nn from 'adjoint/nn';

/** A function of tensors, whatever its types. */
export type Loose = (...args: readonly AnyTensor[]) => AnyTensor;
type Named = Readonly<Record<string, (...args: readonly unknown[]) => AnyTensor>>;
const [a, n] = [A as unknown as Named, nn as unknown as Named];
const call = (name: string, ...args: readonly unknown[]): AnyTensor =>
  (name.startsWith('nn.') ? n[name.slice(3)] : a[name])?.(...args) as AnyTensor;

/** What the functions of derivatives.json take beside the arguments that are differentiated; the name before the colon is exported. */
const options: Readonly<Record<string, (...args: readonly AnyTensor[]) => readonly unknown[]>> = {
  'gelu:exact': (x) => [x, { approximate: false }],
  // No derivative by the exponent, which there is only for positive x.
  'pow:integer': (x, y) => [x, A.stopGradient(y as AnyTensor)],
  cumlogsumexp: (x) => [x, 0],
  cumsum: (x) => [x, 0],
  cumprod: (x) => [x, 0],
  'norm:4': (x) => [x, undefined, { ord: 4 }],
  'nn.focal:half': (x, t) => [x, t, { gamma: 0.5 }],
  'nn.poissonLoss:log': (x, t) => [x, t, { log: true }],
  'nn.crossEntropy': (x) => [x, tensor(1, i32)],
  'nn.crossEntropy:smoothed': (x) => [x, tensor(1, i32), { smoothing: 0.25 }],
  'nn.nll': (x) => [x, tensor(1, i32)],
  'nn.softCrossEntropy': (x) => [x, tensor([0.25, 0, 0.75], f64)],
  'nn.categoricalCrossEntropy': (x) => [x, tensor([0.25, 0, 0.75], f64)],
};
const matrix = (x: AnyTensor | undefined, columns: number): AnyTensor =>
  A.reshape(x as AnyTensor, [-1, columns]) as AnyTensor;
const together = (...xs: readonly AnyTensor[]): AnyTensor =>
  A.concatenate(xs.map((x) => A.reshape(x, [-1])) as never, 0) as AnyTensor;
/** Layers with parameters, in which matrices come as their elements, row by row. */
type Layer = (...args: readonly unknown[]) => (...args: readonly unknown[]) => unknown;
const layer = (name: string): Layer => n[name] as unknown as Layer;
const cell =
  (name: string, gates: number): Loose =>
  (h, x, wx, wh, b) => {
    const p = { wx: matrix(wx, 2 * gates), wh: matrix(wh, 2 * gates), b };
    return layer(name)(p)(h, x) as AnyTensor;
  };
const epsilon = 0.25;
const layers: Readonly<Record<string, Loose>> = {
  'nn.layerNorm': (x, scale, shift) => layer('layerNorm')({ scale, shift }, { epsilon })(x) as AnyTensor,
  'nn.rmsNorm': (x, scale) => layer('rmsNorm')({ scale }, { epsilon })(x) as AnyTensor,
  'nn.groupNorm': (x, scale, shift) =>
    layer('groupNorm')({ scale, shift }, { epsilon, groups: 2 })(matrix(x, 4)) as AnyTensor,
  'nn.instanceNorm': (x, scale, shift) =>
    layer('instanceNorm')({ scale, shift }, { epsilon })(A.expandDims(matrix(x, 2), 0)) as AnyTensor,
  'nn.batchNorm': (x, scale, shift) => {
    const moments = { mean: A.zeros([2], f64), variance: A.ones([2], f64) };
    const norm = layer('batchNorm')({ scale, shift }, moments, { epsilon, training: true });
    return (norm(matrix(x, 2)) as readonly [AnyTensor])[0];
  },
  'nn.linear': (x, w, b) => layer('linear')({ w: matrix(w, 2), b })(x) as AnyTensor,
  'nn.simpleRnnCell': cell('simpleRnnCell', 1),
  'nn.gruCell': cell('gruCell', 3),
  'nn.lstmCell': (h, x, wx, wh, b) => {
    const p = { wx: matrix(wx, 8), wh: matrix(wh, 8), b };
    const next = layer('lstmCell')(p)({ h, c: A.flip(h as AnyTensor, 0) }, x) as { h: AnyTensor; c: AnyTensor };
    return together(next.h, next.c);
  },
  'nn.dotProductAttention': (q, k, v) => call('nn.dotProductAttention', matrix(q, 2), matrix(k, 2), matrix(v, 2)),
  'nn.infoNce': (q, k) => call('nn.infoNce', matrix(q, 2), matrix(k, 2), { temperature: 0.5 }),
};
export const named =
  (name: string): Loose =>
  (...args) =>
    layers[name]?.(...args) ?? call(name.split(':')[0] as string, ...(options[name]?.(...args) ?? args));

const sequence = (m: number): AnyTensor =>
  tensor(
    Array.from({ length: m }, (_, i) => Math.sin(1 + i * i)),
    f64,
  ) as AnyTensor;
export const numbers = (shape: readonly number[], seed: number): AnyTensor => {
  const size = shape.reduce((x, y) => x * y, 1);
  return A.reshape(A.mul(sequence(size), Math.cos(seed)) as AnyTensor, shape as number[]) as AnyTensor;
};

/** The shape of its operand, and a linear function. */
export type Linear = readonly [shape: readonly number[], f: Loose];
const rows: readonly number[] = [3, 4];
const square: readonly number[] = [4, 4];
const image: readonly number[] = [1, 6, 6, 2];
const line: readonly number[] = [1, 6, 2];
const volume: readonly number[] = [1, 4, 4, 4, 2];
const places = tensor([2, 0], i32);
const of = (shape: readonly number[], ...args: readonly unknown[]) => ({ shape, args });
const plain: Readonly<Record<string, { readonly shape: readonly number[]; readonly args: readonly unknown[] }>> = {
  adaptiveAvgPool: of(image, [3, 2]),
  adaptiveAvgPool1d: of(line, 3),
  adaptiveAvgPool3d: of(volume, [2, 2, 2]),
  arraySplit: of(rows, 2),
  asarray: of(rows),
  astype: of(rows, f64),
  at: of(rows, 1),
  atleast1d: of(rows),
  atleast2d: of(rows),
  atleast3d: of(rows),
  avgPool: of(image, [2, 2]),
  avgPool1d: of(line, 2),
  avgPool3d: of(volume, [2, 2, 2]),
  broadcastTo: of([4], [3, 4]),
  diag: of([4]),
  diagonal: of(square),
  dynamicSlice: of(rows, [1, 0], [2, 2]),
  expandDims: of(rows, 0),
  flip: of(rows, 0),
  matrixTranspose: of(rows),
  maxUnpool: of(
    [1, 1, 2, 2],
    tensor(
      [
        [
          [
            [3, 0],
            [1, 2],
          ],
        ],
      ],
      i32,
    ),
    [2, 2],
  ),
  maxUnpool1d: of([1, 2, 1], tensor([[[3], [1]]], i32), [4]),
  maxUnpool3d: of([1, 1, 1, 2, 1], tensor([[[[[3], [7]]]]], i32), [2, 2, 2]),
  moveaxis: of(rows, 0, 1),
  pad: of(rows, [
    [1, 0],
    [0, 2],
  ]),
  ravel: of(rows),
  rearrange: of(rows, 'a b -> b a'),
  repeat: of(rows, 2, 0),
  reshape: of(rows, [2, 6]),
  resize: of([4], [6], { method: 'linear' }),
  roll: of(rows, 1, 0),
  slice: of(rows, 0, 1, 2),
  split: of(rows, 2, 1),
  squeeze: of([1, 4], 0),
  swapaxes: of(rows, 0, 1),
  take: of(rows, places, 0),
  takeAlongAxis: of([3], places, 0),
  tile: of(rows, [2, 1]),
  trace: of(square),
  transpose: of(rows),
  tril: of(square),
  triu: of(square),
  unstack: of(rows, 0),
};
export const linear: Readonly<Record<string, Linear>> = {
  ...Object.fromEntries(
    Object.entries(plain).map(([name, { shape, args }]): [string, Linear] => [
      name,
      [shape, (x) => call(name, x, ...args)],
    ]),
  ),
  broadcastArrays: [[4], (x) => call('broadcastArrays', x, A.zeros([3, 4], f64))],
};

/** The shapes of its operands, and a function that is linear in each of them. */
export type Bilinear = readonly [shapes: readonly [readonly number[], readonly number[]], f: Loose];
const kernelled = (name: string, x: readonly number[], k: readonly number[]): Bilinear => [
  [x, k],
  (v, w) => call(name, v, w),
];
export const bilinear: Readonly<Record<string, Bilinear>> = {
  concatenate: [[rows, rows], (x, y) => call('concatenate', [x, y], 0)],
  conv1d: kernelled('conv1d', line, [3, 2, 2]),
  conv2d: kernelled('conv2d', image, [3, 3, 2, 2]),
  conv3d: kernelled('conv3d', volume, [2, 2, 2, 2, 2]),
  convTranspose1d: kernelled('convTranspose1d', line, [3, 2, 2]),
  convTranspose2d: kernelled('convTranspose2d', image, [3, 3, 2, 2]),
  convTranspose3d: kernelled('convTranspose3d', volume, [2, 2, 2, 2, 2]),
  dot: kernelled('dot', rows, [4, 2]),
  dynamicUpdateSlice: [[rows, [2, 2]], (x, y) => call('dynamicUpdateSlice', x, y, [1, 0])],
  einsum: [[rows, [4, 2]], (x, y) => call('einsum', 'ab,bc->ac', x, y)],
  inner: kernelled('inner', rows, [2, 4]),
  matmul: kernelled('matmul', rows, [4, 2]),
  outer: kernelled('outer', [3], [4]),
  scatterAdd: [[[3], [2]], (x, y) => call('scatterAdd', x, places, y)],
  stack: [[rows, rows], (x, y) => call('stack', [x, y], 0)],
  tensordot: [[rows, [4, 2]], (x, y) => call('tensordot', x, y, 1)],
  vdot: kernelled('vdot', [4], [4]),
  where: [[rows, rows], (x, y) => call('where', A.greater(numbers(rows, 5), 0), x, y)],
};

const list = (reason: string, names: string): readonly (readonly [string, string])[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, reason] as const);
/** Why no derivatives of higher order are asked of the others. */
export const others: ReadonlyMap<string, string> = new Map([
  ...list(
    'errors, dtypes, classes and settings',
    `AdjointError ArgumentError AsynchronousReadError AxisError CheckError ClosedOverError CompilationError ConcretizationError DTypeError DonatedError
     GradientError JaxprError LeakedTracerError LoweredProgram NanError OutOfMemoryError ProgramError ResidualReport ShapeError ThreadError
     TracedProgram TransformError TreeError bool dtypes f32 f64 f16 bf16 i8 i16 i32 u8 u16 u32 isDType clearCaches configure tree checkpointPolicies`,
  ),
  ...list(
    'transforms: of functions, not of numbers',
    `associativeScan check checkGrads checkify checkpoint checkpointName closureConvert compile compileAsync cond customBatch customJvp
     customLinearSolve customRoot customVjp debug debugNans evalShape findLeaks foriLoop grad hessian jacfwd jacrev jit jvp
     linearTranspose linearize lower makeJaxpr map over overOut savedResiduals scan switchCase valueAndGrad vjp vmap whileLoop`,
  ),
  ...list('of a mapped axis', 'allGather axisIndex axisSize pmax pmean pmin ppermute psum'),
  ...list('shapes and sizes', 'addDim dim divDim mulDim ndim size'),
  ...list(
    'made from numbers and shapes',
    'arange eye full fullLike linspace meshgrid oneHot ones onesLike tensor tri zeros zerosLike',
  ),
  ...list(
    'integers, truth values and bits',
    `all any argmax argmin argsort bitcast bitwiseAnd bitwiseNot bitwiseOr bitwiseXor countNonzero equal greater greaterEqual isfinite
     isinf isnan leftShift less lessEqual logicalAnd logicalNot logicalOr logicalXor maxPoolIndices maxPoolIndices1d maxPoolIndices3d
     notEqual rightShift`,
  ),
  ...list('constant between jumps', 'ceil floor floorDivide round sign stopGradient trunc'),
  ...list('with jumps', 'fmod remainder nanToNum'),
  ...list(
    'with a kink where numbers are equal: chosen, not computed',
    `adaptiveMaxPool adaptiveMaxPool1d adaptiveMaxPool3d clip cummax cummin max maxPool maxPool1d maxPool3d maximum min minimum ptp sort
     topK`,
  ),
  ...list('with a kink at 0 or at the ends', 'abs hardSigmoid hardSilu hardSwish hardTanh leakyRelu relu relu6 selu'),
  ...list('with one derivative at 0, and no second one', 'celu elu softsign'),
]);
