// A LeNet-like network on 28 x 28 images: two 5 x 5 convolutions, each with ReLU and a pool of 2, then a dense layer; Adam.
// Images are NHWC where a library allows it; jax-js takes NCHW, so its inputs are turned before the run.
import { jit as jaxJit, valueAndGrad as jaxValueAndGrad, lax, nn, numpy as np } from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs';
import { add, conv2d, type i32, jit, maxPool, mean, relu, type Tensor, valueAndGrad } from 'adjoint';
import { crossEntropy, type Dense, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import { map } from 'fp-ts/lib/Record.js';
import { classes, real, weights } from '../inputs';
import * as adjoint from '../peers/adjoint';
import * as jaxjs from '../peers/jaxjs';
import * as jaxAdam from '../peers/jaxjsAdam';
import * as tfjs from '../peers/tfjs';
import type { Row } from '../row';

const learningRate = 1e-3;
const steps = 3;

interface Params {
  readonly k1: Tensor<[5, 5, 1, 16]>;
  readonly b1: Tensor<[16]>;
  readonly k2: Tensor<[5, 5, 16, 32]>;
  readonly b2: Tensor<[32]>;
  readonly out: Dense<512, 10>;
}
const model = <B extends number>(p: Params, x: Tensor<[B, 28, 28, 1]>) => {
  const first = maxPool(relu(add(conv2d(x, p.k1), p.b1)), 2);
  const second = maxPool(relu(add(conv2d(first, p.k2), p.b2)), 2);
  return linear(p.out)(second.reshape([x.shape[0], 512]));
};
const loss = <B extends number>(p: Params, x: Tensor<[B, 28, 28, 1]>, y: Tensor<[B], i32>) =>
  mean(crossEntropy(model(p, x), y));

const jaxPool = (x: np.Array) => lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
const jaxLoss = (p: Record<'k1' | 'b1' | 'k2' | 'b2' | 'w' | 'b', np.Array>, x: np.Array, y: np.Array): np.Array => {
  const first = jaxPool(nn.relu(lax.conv(x, p.k1, [1, 1], 'VALID').add(p.b1.reshape([16, 1, 1]))));
  const second = jaxPool(nn.relu(lax.conv(first, p.k2, [1, 1], 'VALID').add(p.b2.reshape([32, 1, 1]))));
  const logits = np.matmul(second.reshape([-1, 512]), p.w).add(p.b);
  return np.mean(np.sum(nn.logSoftmax(logits, -1).mul(nn.oneHot(y, 10)), -1)).mul(-1);
};

export const cnnRow = (batch: number): Row => {
  const params = {
    k1: weights(1, [5, 5, 1, 16], 25),
    b1: real(2, [16], -0.1, 0.1),
    k2: weights(3, [5, 5, 16, 32], 25 * 16),
    b2: real(4, [32], -0.1, 0.1),
    w: weights(5, [512, 10], 512),
    b: real(6, [10], -0.1, 0.1),
  };
  const [images, digits] = [real(7, [batch, 28, 28, 1], 0, 1), classes(8, [batch], 10)];
  return {
    group: 'cnn',
    name: `LeNet-like CNN, Adam, batch ${batch}`,
    tolerance: 1e-3,
    // Three contractions of the second convolution and of the dense layer, two of the first (its input has no gradient).
    flops: batch * (2 * 2 * 24 * 24 * 25 * 16 + 3 * 2 * 8 * 8 * 25 * 16 * 32 + 3 * 2 * 512 * 10),
    timed: 'steady',
    adjoint: () => {
      const optimiser = adam<Params>({ learningRate });
      const { k1, b1, k2, b2, w, b } = params;
      const first: Params = {
        k1: adjoint.asTensor(k1),
        b1: adjoint.asTensor(b1),
        k2: adjoint.asTensor(k2),
        b2: adjoint.asTensor(b2),
        out: { w: adjoint.asTensor(w), b: adjoint.asTensor(b) },
      };
      const [x, y] = [adjoint.asTensor(images), adjoint.asLabels(digits)];
      const start = { params: first, optimiser: optimiser.init(first) };
      const step = jit((state: typeof start, x: Tensor<[number, 28, 28, 1]>, y: Tensor<[number], i32>) => {
        const [l, gradients] = valueAndGrad(loss)(state.params, x, y);
        const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
        return [{ params: applyUpdates(state.params, updates), optimiser: next }, l] as const;
      });
      return adjoint.training(
        start,
        (state) => step(state, x, y),
        (state) => state.params.b1,
        steps,
      );
    },
    jaxjs: () => {
      const given = map(jaxjs.asArray)(params);
      const turned = {
        ...given,
        k1: given.k1.transpose([3, 2, 0, 1]),
        k2: given.k2.transpose([3, 2, 0, 1]),
        w: given.w.reshape([4, 4, 32, 10]).transpose([2, 0, 1, 3]).reshape([512, 10]),
      };
      const [x, y] = [jaxjs.asArray(images).transpose([0, 3, 1, 2]), jaxjs.asArray(digits)];
      const step = jaxJit(jaxAdam.step(jaxValueAndGrad(jaxLoss), learningRate));
      return jaxjs.training(
        jaxAdam.start(turned),
        (state) => step(state, x.ref, y.ref),
        (state) => state.params.b1.ref,
        steps,
      );
    },
    tfjs: {
      // The wasm backend has no Conv2DBackpropFilter.
      backend: 'cpu',
      open: () => {
        const [k1, k2] = [tf.variable(tfjs.asTensor4D(params.k1)), tf.variable(tfjs.asTensor4D(params.k2))];
        const { b1, b2, w, b } = map(tfjs.asVariable)({ b1: params.b1, b2: params.b2, w: params.w, b: params.b });
        const x = tfjs.asTensor4D(images);
        const hot = tf.oneHot(tfjs.asTensor(digits), 10);
        const pool = (a: tf.Tensor4D): tf.Tensor4D => tf.maxPool(a, 2, 2, 'valid');
        const modelLoss = (): tf.Scalar => {
          const first = pool(tf.relu(tf.add<tf.Tensor4D>(tf.conv2d(x, k1, 1, 'valid'), b1)));
          const second = pool(tf.relu(tf.add<tf.Tensor4D>(tf.conv2d(first, k2, 1, 'valid'), b2)));
          const logits = second.reshape([batch, 512]).matMul(w).add(b);
          return tf.neg(tf.mean<tf.Scalar>(tf.logSoftmax(logits).mul(hot).sum(-1)));
        };
        return tfjs.training(tf.train.adam(learningRate, 0.9, 0.999, 1e-8), modelLoss, b1, steps);
      },
    },
    python: { workload: 'cnn', sizes: { steps, learningRate }, inputs: { ...params, x: images, y: digits } },
  };
};
