// What eager operations cost, and calls when there is next to nothing to compute.
import { jit as jaxJit, numpy as np } from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs';
import { add, jit, mul, type Tensor } from 'adjoint';
import { key, normal } from 'adjoint/random';
import { real } from '../inputs';
import * as adjoint from '../peers/adjoint';
import * as jaxjs from '../peers/jaxjs';
import * as tfjs from '../peers/tfjs';
import type { Row } from '../row';

export const cachedCallRow = (): Row => {
  const [a, b] = [real(1, [8], -1, 1), real(2, [8], -1, 1)];
  return {
    group: 'dispatch',
    name: 'cached jit call, x y + 1 on [8]',
    tolerance: 1e-5,
    timed: 'steady',
    adjoint: () => {
      const [x, y] = [adjoint.asTensor(a), adjoint.asTensor(b)];
      const f = jit((x: Tensor<[8]>, y: Tensor<[8]>) => add(mul(x, y), 1));
      return adjoint.repeated(() => f(x, y));
    },
    jaxjs: () => {
      const [x, y] = [jaxjs.asArray(a), jaxjs.asArray(b)];
      const f = jaxJit((x: np.Array, y: np.Array) => x.mul(y).add(1));
      return jaxjs.repeated(() => f(x.ref, y.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const [x, y] = [tfjs.asTensor(a), tfjs.asTensor(b)];
        return tfjs.repeated(() => x.mul(y).add(1));
      },
    },
    python: { workload: 'cached_call', sizes: {}, inputs: { a, b } },
  };
};

export const eagerAddRow = (): Row => {
  const [a, b] = [real(3, [], -1, 1), real(4, [], -1, 1)];
  return {
    group: 'dispatch',
    name: 'eager scalar add',
    tolerance: 1e-5,
    timed: 'steady',
    adjoint: () => {
      const [x, y] = [adjoint.asTensor(a), adjoint.asTensor(b)];
      return adjoint.repeated(() => add(x, y));
    },
    jaxjs: () => {
      const [x, y] = [jaxjs.asArray(a), jaxjs.asArray(b)];
      return jaxjs.repeated(() => np.add(x.ref, y.ref));
    },
    tfjs: {
      backend: 'wasm',
      open: () => {
        const [x, y] = [tfjs.asTensor(a), tfjs.asTensor(b)];
        return tfjs.repeated(() => tf.add(x, y));
      },
    },
    python: { workload: 'eager_add', sizes: {}, inputs: { a, b } },
  };
};

export const eagerNormalRow = (n: number): Row => ({
  group: 'random',
  name: `eager random.normal, ${n}`,
  tolerance: 1e-5,
  timed: 'steady',
  adjoint: () => adjoint.repeated(() => normal(key(0), [n])),
  jaxjs: { missing: 'normal numbers of the same bits' },
  tfjs: { missing: 'normal numbers of the same bits' },
  python: { workload: 'eager_normal', sizes: { n }, inputs: {} },
});
