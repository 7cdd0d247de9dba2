// The methods of Tensor: thin calls of the functions.
import { Value } from '../core/value';
import { relu, sigmoid } from './activations';
import { cos, exp, log, rsqrt, sin, sqrt, tanh } from './analytic';
import { abs, add, div, maximum, minimum, mul, neg, pow, square, sub } from './arithmetic';
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from './comparison';
import { dot, matmul } from './contract';
import { astype } from './convert';
import { cumsum } from './cumulative';
import { at, slice, take } from './indexing';
import { item, read, toArray, toPrimitive, toTypedArray } from './leaving';
import { print } from './printing';
import { argmax, logsumexp, max, mean, min, sum } from './reduce';
import {
  broadcastTo,
  expandDims,
  matrixTranspose,
  moveaxis,
  ravel,
  reshape,
  squeeze,
  stated,
  swapaxes,
  transpose,
} from './shape';
import { logSoftmax, softmax } from './softmax';

const functions = () => ({
  abs,
  add,
  argmax,
  astype,
  at,
  broadcastTo,
  cos,
  cumsum,
  div,
  dot,
  equal,
  exp,
  expandDims,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  logSoftmax,
  logsumexp,
  matmul,
  matrixTranspose,
  max,
  maximum,
  mean,
  min,
  minimum,
  moveaxis,
  mul,
  neg,
  notEqual,
  pow,
  ravel,
  relu,
  reshape,
  rsqrt,
  sigmoid,
  sin,
  slice,
  softmax,
  sqrt,
  square,
  squeeze,
  sub,
  sum,
  swapaxes,
  take,
  tanh,
  transpose,
});

/** What has no function, and what JavaScript itself calls. */
const own: Readonly<Record<string | symbol, (x: Value, argument: unknown) => unknown>> = {
  as: (x, shape) => stated(x, shape),
  read: (x) => read(x),
  toArray: (x) => toArray(x),
  toJSON: (x) => toArray(x),
  toTypedArray: (x) => toTypedArray(x),
  item: (x) => item(x),
  toString: (x: Value) => print(x),
  [Symbol.toPrimitive]: (x: Value, hint: unknown) => toPrimitive(x, String(hint)),
  [Symbol.for('nodejs.util.inspect.custom')]: (x: Value) => print(x),
};

const define = (name: string | symbol, f: (x: never, ...rest: never[]) => unknown): void => {
  const call = f as (x: unknown, ...rest: unknown[]) => unknown;
  const method = function (this: unknown, ...rest: unknown[]): unknown {
    return call(this, ...rest);
  };
  Object.defineProperty(Value.prototype, name, { value: method, configurable: true, writable: true });
};

/** Puts the methods on the class of all tensors. */
export const installMethods = (): void => {
  for (const [name, f] of Object.entries(functions())) define(name, f);
  for (const name of Reflect.ownKeys(own)) define(name, own[name as string] as (x: Value) => unknown);
};
