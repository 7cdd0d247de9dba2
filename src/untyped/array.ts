// The functions of arrays at tensors whose types say nothing: what layers, optimisers and models are written with. A layer reads
// as its formula, and its shapes are said once, by its public type. Each is the public function itself: the compiler checks that it
// may be seen so (but for split, whose list is as long as was asked for), and nothing happens at run time.
import * as array from '../array';
import type { AnyTensor, DType, Operand } from '../types';

type Axis = number | readonly number[];
type Sizes = readonly number[];
type Parts<N extends number, Done extends AnyTensor[] = []> = Done['length'] extends N
  ? Done
  : Parts<N, [...Done, AnyTensor]>;
type Unary = (x: AnyTensor) => AnyTensor;
type Binary = (x: Operand, y: Operand) => AnyTensor;
type Reduction = (x: AnyTensor, axis?: Axis, options?: { readonly keepDims?: boolean }) => AnyTensor;
type ReductionWith<Options> = (
  x: AnyTensor,
  axis?: Axis,
  options?: { readonly keepDims?: boolean } & Options,
) => AnyTensor;
type AlongAxis = (x: AnyTensor, axis?: number) => AnyTensor;
type Convolution<F extends (...args: never) => unknown> = (
  x: AnyTensor,
  kernel: AnyTensor,
  options?: Parameters<F>[2],
) => AnyTensor;
type Filled = (shape: Sizes, dtype?: DType) => AnyTensor;

export const abs: Unary = array.abs;
export const ceil: Unary = array.ceil;
export const cos: Unary = array.cos;
export const exp: Unary = array.exp;
export const expm1: Unary = array.expm1;
export const floor: Unary = array.floor;
export const isfinite: Unary = array.isfinite;
export const isinf: Unary = array.isinf;
export const log: Unary = array.log;
export const logSigmoid: Unary = array.logSigmoid;
export const logicalNot: Unary = array.logicalNot;
export const neg: Unary = array.neg;
export const relu: Unary = array.relu;
export const rsqrt: Unary = array.rsqrt;
export const sigmoid: Unary = array.sigmoid;
export const sign: Unary = array.sign;
export const silu: Unary = array.silu;
export const sin: Unary = array.sin;
export const sqrt: Unary = array.sqrt;
export const square: Unary = array.square;
export const tanh: Unary = array.tanh;
export const gelu: (x: AnyTensor, options?: { readonly approximate?: boolean }) => AnyTensor = array.gelu;

export const add: Binary = array.add;
export const div: Binary = array.div;
export const equal: Binary = array.equal;
export const greater: Binary = array.greater;
export const greaterEqual: Binary = array.greaterEqual;
export const less: Binary = array.less;
export const lessEqual: Binary = array.lessEqual;
export const logaddexp: Binary = array.logaddexp;
export const logicalAnd: Binary = array.logicalAnd;
export const logicalOr: Binary = array.logicalOr;
export const maximum: Binary = array.maximum;
export const minimum: Binary = array.minimum;
export const mul: Binary = array.mul;
export const mulNoNan: Binary = array.mulNoNan;
export const notEqual: Binary = array.notEqual;
export const pow: Binary = array.pow;
export const remainder: Binary = array.remainder;
export const sub: Binary = array.sub;
export const clip: (x: AnyTensor, low: Operand, high: Operand) => AnyTensor = array.clip;
export const where: (condition: AnyTensor, x: Operand, y: Operand) => AnyTensor = array.where;

export const matmul: (x: AnyTensor, y: AnyTensor) => AnyTensor = array.matmul;
export const conv1d: Convolution<typeof array.conv1d> = array.conv1d;
export const conv2d: Convolution<typeof array.conv2d> = array.conv2d;
export const matrixTranspose: Unary = array.matrixTranspose;

export const all: Reduction = array.all;
export const any: Reduction = array.any;
export const logsumexp: Reduction = array.logsumexp;
export const max: Reduction = array.max;
export const mean: Reduction = array.mean;
export const min: Reduction = array.min;
export const sum: Reduction = array.sum;
export const norm: ReductionWith<{ readonly ord?: number }> = array.norm;
export const variance: ReductionWith<{ readonly correction?: number }> = array.variance;
export const argmax: AlongAxis = array.argmax;
export const cumsum: (x: AnyTensor, axis: number) => AnyTensor = array.cumsum;
export const logSoftmax: AlongAxis = array.logSoftmax;
export const softmax: AlongAxis = array.softmax;
export const sort: (x: AnyTensor, axis?: number, options?: { readonly descending?: boolean }) => AnyTensor = array.sort;
export const topK: (x: AnyTensor, k: number, axis?: number) => [values: AnyTensor, indices: AnyTensor] = array.topK;

export const arange: (n: number) => AnyTensor = array.arange;
export const eye: (n: number, m?: number) => AnyTensor = array.eye;
export const full: (shape: Sizes, value: number, dtype?: DType) => AnyTensor = array.full;
export const fullLike: (x: AnyTensor, value: number) => AnyTensor = array.fullLike;
export const ones: Filled = array.ones;
export const onesLike: Unary = array.onesLike;
export const zeros: Filled = array.zeros;
export const zerosLike: Unary = array.zerosLike;
export const astype: (x: AnyTensor, dtype: DType) => AnyTensor = array.astype;
export const oneHot: (x: AnyTensor, classes: number, dtype?: DType) => AnyTensor = array.oneHot;

export const broadcastArrays: (...xs: AnyTensor[]) => AnyTensor[] = array.broadcastArrays;
export const broadcastTo: (x: AnyTensor, shape: Sizes) => AnyTensor = array.broadcastTo;
export const concatenate: (xs: readonly AnyTensor[], axis?: number) => AnyTensor = array.concatenate;
export const expandDims: (x: AnyTensor, axis: number) => AnyTensor = array.expandDims;
export const moveaxis: (x: AnyTensor, source: number, destination: number) => AnyTensor = array.moveaxis;
export const ravel: Unary = array.ravel;
export const repeat: (x: AnyTensor, count: number, axis: number) => AnyTensor = array.repeat;
export const reshape: (x: AnyTensor, shape: Sizes) => AnyTensor = array.reshape;
export const slice: (x: AnyTensor, axis: number, start: number | AnyTensor, size: number) => AnyTensor = array.slice;
export const split = array.split as <const N extends number>(x: AnyTensor, parts: N, axis?: number) => Parts<N>;
export const squeeze: (x: AnyTensor, axis?: number) => AnyTensor = array.squeeze;
export const stack: (xs: readonly AnyTensor[], axis?: number) => AnyTensor = array.stack;
export const swapaxes: (x: AnyTensor, axis1: number, axis2: number) => AnyTensor = array.swapaxes;
export const take: (x: AnyTensor, indices: AnyTensor, axis?: number) => AnyTensor = array.take;
export const takeAlongAxis: (x: AnyTensor, indices: AnyTensor, axis: number) => AnyTensor = array.takeAlongAxis;
export const dynamicUpdateSlice: (
  x: AnyTensor,
  update: AnyTensor,
  starts: readonly (number | AnyTensor)[],
) => AnyTensor = array.dynamicUpdateSlice;
export const resize: (x: AnyTensor, shape: Sizes, options?: { readonly method?: array.ResizeMethod }) => AnyTensor =
  array.resize;
