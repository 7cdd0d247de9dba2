// Second derivatives of a small function, Σ tanh(W x)².
import { hessian as jaxHessian, jit as jaxJit, numpy as np } from '@jax-js/jax';
import { hessian, jit, matmul, square, sum, type Tensor, tanh } from 'adjoint';
import { real, weights } from '../inputs';
import * as adjoint from '../peers/adjoint';
import * as jaxjs from '../peers/jaxjs';
import type { Row } from '../row';

export const hessianRow = (n: number): Row => {
  const [matrix, point] = [weights(1, [n, n], n), real(2, [n], -1, 1)];
  return {
    group: 'hessian',
    name: `hessian of sum(tanh(W x)^2), ${n} variables`,
    tolerance: 1e-4,
    timed: 'steady',
    adjoint: () => {
      const [w, x] = [adjoint.asTensor(matrix), adjoint.asTensor(point)];
      const f = (x: Tensor<[number]>, w: Tensor<[number, number]>) => sum(square(tanh(matmul(w, x))));
      const second = jit(hessian(f));
      return adjoint.repeated(() => second(x, w));
    },
    jaxjs: () => {
      const [w, x] = [jaxjs.asArray(matrix), jaxjs.asArray(point)];
      const f = (w: np.Array) => (x: np.Array) => np.sum(np.square(np.tanh(np.dot(w, x))));
      const second = jaxJit((x: np.Array, w: np.Array) => jaxHessian(f(w))(x));
      return jaxjs.repeated(() => second(x.ref, w.ref));
    },
    tfjs: { missing: 'no hessian' },
    python: { workload: 'hessian', sizes: {}, inputs: { w: matrix, x: point } },
  };
};
