// TensorFlow.js. Its wasm and cpu kernels run when they are called, in one thread (in Node), so there is nothing to wait for.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { timeSync } from '../clock';
import { type Input, labels, numbers, type Real } from '../inputs';
import type { Program, TfBackend } from '../row';

export const start = async (backend: TfBackend): Promise<void> => {
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs: the backend ${backend} does not start`);
};

export const asTensor = (x: Input): tf.Tensor =>
  x.kind === 'real' ? tf.tensor(numbers(x), [...x.shape]) : tf.tensor(labels(x), [...x.shape], 'int32');
export const asTensor4D = (x: Real<[number, number, number, number]>): tf.Tensor4D =>
  tf.tensor4d(numbers(x), [...x.shape]);
export const asVariable = (x: Input): tf.Variable => tf.variable(asTensor(x));

const numbersOf = (x: tf.Tensor): Float32Array => Float32Array.from(x.dataSync());

/** The same call again and again. */
export const repeated = (call: () => tf.Tensor): Program => ({
  values: async () => [numbersOf(tf.tidy(call))],
  time: timeSync(() => {
    tf.tidy(call).dispose();
  }),
});

/** Steps of an optimiser, which changes the variables that the loss uses. */
export const training = (
  optimizer: tf.Optimizer,
  loss: () => tf.Scalar,
  watched: tf.Variable,
  steps: number,
): Program => {
  const once = (): tf.Scalar => {
    const value = optimizer.minimize(loss, true);
    if (value === null) throw new Error('tfjs: minimize returned no loss');
    return value;
  };
  return {
    values: async () => {
      const before = numbersOf(watched);
      const losses = Float32Array.from({ length: steps }, () => once().dataSync()[0] ?? Number.NaN);
      return [losses, numbersOf(watched).map((x, i) => x - (before[i] ?? 0))];
    },
    time: timeSync(() => once().dispose()),
  };
};
