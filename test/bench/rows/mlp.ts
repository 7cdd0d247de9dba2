// A multilayer perceptron 784-hidden-10: its training step with Adam, and its gradients example by example.
import {
  grad as jaxGrad,
  jit as jaxJit,
  valueAndGrad as jaxValueAndGrad,
  vmap as jaxVmap,
  nn,
  numpy as np,
} from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs';
import { grad, type i32, jit, mean, over, relu, type Tensor, valueAndGrad, vmap } from 'adjoint';
import { crossEntropy, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import { map } from 'fp-ts/lib/Record.js';
import { classes, real, weights } from '../inputs';
import * as adjoint from '../peers/adjoint';
import * as jaxjs from '../peers/jaxjs';
import * as jaxAdam from '../peers/jaxjsAdam';
import * as tfjs from '../peers/tfjs';
import type { Row } from '../row';

const learningRate = 1e-3;

const inputsOf = (batch: number, hidden: number) => ({
  params: {
    w1: weights(1, [784, hidden], 784),
    b1: real(2, [hidden], -0.1, 0.1),
    w2: weights(3, [hidden, 10], hidden),
    b2: real(4, [10], -0.1, 0.1),
  },
  x: real(5, [batch, 784], 0, 1),
  y: classes(6, [batch], 10),
});

// adjoint

type Layer<I extends number, O extends number> = { readonly w: Tensor<[I, O]>; readonly b: Tensor<[O]> };
type Params = { readonly hidden: Layer<784, number>; readonly out: Layer<number, 10> };

const paramsOf = ({ params: { w1, b1, w2, b2 } }: ReturnType<typeof inputsOf>): Params => ({
  hidden: { w: adjoint.asTensor(w1), b: adjoint.asTensor(b1) },
  out: { w: adjoint.asTensor(w2), b: adjoint.asTensor(b2) },
});
const mlp = <B extends number>(p: Params, x: Tensor<[B, 784]>) => linear(p.out)(relu(linear(p.hidden)(x)));
const loss = <B extends number>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) =>
  mean(crossEntropy(mlp(p, x), y));
const lossOfOne = (p: Params, x: Tensor<[784]>, y: Tensor<[], i32>) => {
  const hidden: Tensor<[number]> = relu(linear(p.hidden)(x));
  const logits: Tensor<[10]> = linear(p.out)(hidden);
  return crossEntropy(logits, y);
};

// jax-js

type JaxParams = Record<'w1' | 'b1' | 'w2' | 'b2', np.Array>;
const jaxLoss = (p: JaxParams, x: np.Array, y: np.Array): np.Array => {
  const hidden = nn.relu(np.matmul(x, p.w1).add(p.b1));
  const logits = np.matmul(hidden, p.w2).add(p.b2);
  return np.mean(np.sum(nn.logSoftmax(logits, -1).mul(nn.oneHot(y, 10)), -1)).mul(-1);
};
const jaxLossOfOne = (p: JaxParams, x: np.Array, y: np.Array): np.Array => {
  const hidden = nn.relu(np.matmul(x, p.w1).add(p.b1));
  const logits = np.matmul(hidden, p.w2).add(p.b2);
  return np.sum(nn.logSoftmax(logits, -1).mul(y)).mul(-1);
};

export const mlpRow = (batch: number, hidden: number): Row => {
  const given = inputsOf(batch, hidden);
  const steps = 4;
  return {
    group: 'mlp',
    name: `MLP 784-${hidden}-10, Adam, batch ${batch}`,
    tolerance: 1e-3,
    flops: 6 * batch * hidden * (784 + 10) - 2 * batch * 784 * hidden,
    timed: 'steady',
    adjoint: () => {
      const optimiser = adam<Params>({ learningRate });
      const params = paramsOf(given);
      const [x, y] = [adjoint.asTensor(given.x), adjoint.asLabels(given.y)];
      const start = { params, optimiser: optimiser.init(params) };
      const step = jit((state: typeof start, x: Tensor<[number, 784]>, y: Tensor<[number], i32>) => {
        const [l, gradients] = valueAndGrad(loss)(state.params, x, y);
        const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
        return [{ params: applyUpdates(state.params, updates), optimiser: next }, l] as const;
      });
      return adjoint.training(
        start,
        (state) => step(state, x, y),
        (state) => state.params.out.w,
        steps,
      );
    },
    jaxjs: () => {
      const params = map(jaxjs.asArray)(given.params);
      const [x, y] = [jaxjs.asArray(given.x), jaxjs.asArray(given.y)];
      const step = jaxJit(jaxAdam.step(jaxValueAndGrad(jaxLoss), learningRate));
      const start = jaxAdam.start(params);
      return jaxjs.training(
        start,
        (state) => step(state, x.ref, y.ref),
        (state) => state.params.w2.ref,
        steps,
      );
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const { w1, b1, w2, b2 } = map(tfjs.asVariable)(given.params);
        const x = tfjs.asTensor(given.x);
        const hot = tf.oneHot(tfjs.asTensor(given.y), 10);
        const modelLoss = (): tf.Scalar => {
          const logits = tf.relu(x.matMul(w1).add(b1)).matMul(w2).add(b2);
          return tf.neg(tf.mean<tf.Scalar>(tf.logSoftmax(logits).mul(hot).sum(-1)));
        };
        return tfjs.training(tf.train.adam(learningRate, 0.9, 0.999, 1e-8), modelLoss, w2, steps);
      },
    },
    python: {
      workload: 'mlp',
      sizes: { steps, learningRate },
      inputs: { ...given.params, x: given.x, y: given.y },
    },
  };
};

export const perExampleRow = (batch: number, hidden: number): Row => {
  const given = inputsOf(batch, hidden);
  return {
    group: 'perexample',
    name: `vmap(grad) of MLP 784-${hidden}-10, ${batch} examples`,
    tolerance: 1e-4,
    timed: 'steady',
    adjoint: () => {
      const params = paramsOf(given);
      const [x, y] = [adjoint.asTensor(given.x), adjoint.asLabels(given.y)];
      const f = jit(vmap(grad(lossOfOne), over(null, 0, 0)));
      return adjoint.repeated(() => {
        const { hidden: h, out } = f(params, x, y);
        return [h.w, h.b, out.w, out.b];
      });
    },
    jaxjs: () => {
      const params = map(jaxjs.asArray)(given.params);
      const x = jaxjs.asArray(given.x);
      const y = nn.oneHot(jaxjs.asArray(given.y), 10);
      const f = jaxJit(jaxVmap(jaxGrad(jaxLossOfOne), [null, 0, 0]));
      return jaxjs.repeated(() => {
        const { w1, b1, w2, b2 } = f(map((p: np.Array) => p.ref)(params), x.ref, y.ref);
        return [w1, b1, w2, b2];
      });
    },
    tfjs: { missing: 'no vmap' },
    python: { workload: 'per_example', sizes: {}, inputs: { ...given.params, x: given.x, y: given.y } },
  };
};
