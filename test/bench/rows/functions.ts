// Functions of tensors without parameters: products, elementwise functions, normalisations, sums.
import { jit as jaxJit, nn, numpy as np } from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs';
import { add, jit, matmul, mul, softmax, standardize, sum, type Tensor, tanh } from 'adjoint';
import { real } from '../inputs';
import * as adjoint from '../peers/adjoint';
import * as jaxjs from '../peers/jaxjs';
import * as tfjs from '../peers/tfjs';
import type { Row } from '../row';

export const matmulRow = (n: number): Row => {
  const [a, b] = [real(1, [n, n], -1, 1), real(2, [n, n], -1, 1)];
  return {
    group: 'matmul',
    name: `matmul ${n}`,
    tolerance: 1e-5,
    flops: 2 * n ** 3,
    timed: 'steady',
    adjoint: () => {
      const [x, y] = [adjoint.asTensor(a), adjoint.asTensor(b)];
      const product = jit((x: Tensor<[number, number]>, y: Tensor<[number, number]>) => matmul(x, y));
      return adjoint.repeated(() => product(x, y));
    },
    jaxjs: () => {
      const [x, y] = [jaxjs.asArray(a), jaxjs.asArray(b)];
      const product = jaxJit((x: np.Array, y: np.Array) => np.matmul(x, y));
      return jaxjs.repeated(() => product(x.ref, y.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const [x, y] = [tfjs.asTensor(a), tfjs.asTensor(b)];
        return tfjs.repeated(() => tf.matMul(x, y));
      },
    },
    python: { workload: 'matmul', sizes: {}, inputs: { a, b } },
  };
};

/** The first call of a product beside later ones, which `matmulRow` times: baseline code of the engine is several times slower. */
export const firstMatmulRow = (n: number): Row => ({
  ...matmulRow(n),
  group: 'first',
  name: `first call, matmul ${n}`,
  timed: 'first',
});

export const batchedMatmulRow = (batch: number, m: number, k: number, n: number): Row => {
  const [a, b] = [real(1, [batch, m, k], -1, 1), real(2, [batch, k, n], -1, 1)];
  return {
    group: 'batched',
    name: `matmul ${batch} x [${m},${k}] [${k},${n}]`,
    tolerance: 1e-5,
    flops: 2 * batch * m * k * n,
    timed: 'steady',
    adjoint: () => {
      const [x, y] = [adjoint.asTensor(a), adjoint.asTensor(b)];
      const product = jit((x: Tensor<[number, number, number]>, y: Tensor<[number, number, number]>) => matmul(x, y));
      return adjoint.repeated(() => product(x, y));
    },
    jaxjs: () => {
      const [x, y] = [jaxjs.asArray(a), jaxjs.asArray(b)];
      const product = jaxJit((x: np.Array, y: np.Array) => np.matmul(x, y));
      return jaxjs.repeated(() => product(x.ref, y.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const [x, y] = [tfjs.asTensor(a), tfjs.asTensor(b)];
        return tfjs.repeated(() => tf.matMul(x, y));
      },
    },
    python: { workload: 'matmul', sizes: {}, inputs: { a, b } },
  };
};

export const elementwiseRow = (n: number): Row => {
  const a = real(3, [n], -2, 2);
  return {
    group: 'elementwise',
    name: `tanh(2x + 1) x, ${n}`,
    tolerance: 1e-5,
    timed: 'steady',
    adjoint: () => {
      const x = adjoint.asTensor(a);
      const f = jit((x: Tensor<[number]>) => mul(tanh(add(mul(x, 2), 1)), x));
      return adjoint.repeated(() => f(x));
    },
    jaxjs: () => {
      const x = jaxjs.asArray(a);
      const f = jaxJit((x: np.Array) => np.tanh(x.ref.mul(2).add(1)).mul(x));
      return jaxjs.repeated(() => f(x.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const x = tfjs.asTensor(a);
        return tfjs.repeated(() => x.mul(2).add(1).tanh().mul(x));
      },
    },
    python: { workload: 'elementwise', sizes: {}, inputs: { a } },
  };
};

export const softmaxRow = (n: number): Row => {
  const a = real(4, [n, n], -4, 4);
  return {
    group: 'softmax',
    name: `softmax [${n},${n}]`,
    tolerance: 1e-5,
    timed: 'steady',
    adjoint: () => {
      const x = adjoint.asTensor(a);
      const f = jit((x: Tensor<[number, number]>) => softmax(x, -1));
      return adjoint.repeated(() => f(x));
    },
    jaxjs: () => {
      const x = jaxjs.asArray(a);
      const f = jaxJit((x: np.Array) => nn.softmax(x, -1));
      return jaxjs.repeated(() => f(x.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const x = tfjs.asTensor(a);
        return tfjs.repeated(() => tf.softmax(x));
      },
    },
    python: { workload: 'softmax', sizes: {}, inputs: { a } },
  };
};

export const layerNormRow = (n: number): Row => {
  const [a, scale, bias] = [real(5, [n, n], -3, 5), real(6, [n], 0.5, 1.5), real(7, [n], -1, 1)];
  return {
    group: 'layernorm',
    name: `layer norm [${n},${n}]`,
    tolerance: 1e-5,
    timed: 'steady',
    adjoint: () => {
      const [x, s, b] = [adjoint.asTensor(a), adjoint.asTensor(scale), adjoint.asTensor(bias)];
      const f = jit((x: Tensor<[number, number]>, s: Tensor<[number]>, b: Tensor<[number]>) =>
        add(mul(standardize(x, -1), s), b),
      );
      return adjoint.repeated(() => f(x, s, b));
    },
    jaxjs: () => {
      const [x, s, b] = [jaxjs.asArray(a), jaxjs.asArray(scale), jaxjs.asArray(bias)];
      const f = jaxJit((x: np.Array, s: np.Array, b: np.Array) => nn.standardize(x, -1).mul(s).add(b));
      return jaxjs.repeated(() => f(x.ref, s.ref, b.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const [x, s, b] = [tfjs.asTensor(a), tfjs.asTensor(scale), tfjs.asTensor(bias)];
        return tfjs.repeated(() => {
          const { mean, variance } = tf.moments(x, -1, true);
          return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(s).add(b);
        });
      },
    },
    python: { workload: 'layer_norm', sizes: {}, inputs: { a, scale, bias } },
  };
};

export const sumRow = (n: number): Row => {
  const a = real(8, [n], 0.5, 1.5);
  return {
    group: 'sum',
    name: `sum, ${n}`,
    // jax-js adds in one running sum.
    tolerance: 1e-3,
    timed: 'steady',
    adjoint: () => {
      const x = adjoint.asTensor(a);
      const f = jit((x: Tensor<[number]>) => sum(x));
      return adjoint.repeated(() => f(x));
    },
    jaxjs: () => {
      const x = jaxjs.asArray(a);
      const f = jaxJit((x: np.Array) => np.sum(x));
      return jaxjs.repeated(() => f(x.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const x = tfjs.asTensor(a);
        return tfjs.repeated(() => tf.sum(x));
      },
    },
    python: { workload: 'sum', sizes: {}, inputs: { a } },
  };
};
