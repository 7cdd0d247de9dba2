// A product that takes seconds: its first call beside later ones. Hot loops must not stay in the engine's baseline code.
import { jit, matmul, type Tensor } from 'adjoint';
import { real } from '../../inputs';
import * as adjoint from '../../peers/adjoint';
import type { IsolatedRow } from '../../row';
import { alone, tooSlow } from './alone';

/** Rows that are compared: to send all of them would be the peak of memory. */
const compared = 64;

export const largeMatmulRow = (n: number): IsolatedRow => {
  const [a, b] = [real(1, [n, n], -1, 1), real(2, [n, n], -1, 1)];
  return {
    ...alone,
    group: 'large',
    name: `matmul ${n}, alone`,
    tolerance: 1e-5,
    flops: 2 * n ** 3,
    js: tooSlow,
    adjoint: () => {
      const [x, y] = [adjoint.asTensor(a), adjoint.asTensor(b)];
      const product = jit((x: Tensor<[number, number]>, y: Tensor<[number, number]>) => matmul(x, y));
      return adjoint.repeated(
        () => product(x, y),
        (z) => z.slice(0, n - compared, compared),
      );
    },
    python: { workload: 'large_matmul', sizes: {}, inputs: { a, b } },
  };
};
