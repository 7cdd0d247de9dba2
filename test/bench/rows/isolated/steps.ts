// Training steps of a small network in a loop that never waits: what they leave behind must not grow.
import { type i32, jit, mean, relu, type Tensor, valueAndGrad } from 'adjoint';
import { crossEntropy, linear } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import { classes, real, weights } from '../../inputs';
import * as adjoint from '../../peers/adjoint';
import type { IsolatedRow } from '../../row';
import { alone, tooSlow } from './alone';

/** So low that thousands of steps stay on the way down, where rounding is not magnified. */
const learningRate = 1e-6;

interface Params {
  readonly hidden: { readonly w: Tensor<[784, number]>; readonly b: Tensor<[number]> };
  readonly out: { readonly w: Tensor<[number, 10]>; readonly b: Tensor<[10]> };
}
const loss = <B extends number>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) =>
  mean(crossEntropy(linear(p.out)(relu(linear(p.hidden)(x))), y));

/** A call is a loop of `length` steps. */
export const stepsRow = (length: number, batch: number, hidden: number): IsolatedRow => {
  const params = {
    w1: weights(1, [784, hidden], 784),
    b1: real(2, [hidden], -0.1, 0.1),
    w2: weights(3, [hidden, 10], hidden),
    b2: real(4, [10], -0.1, 0.1),
  };
  const [images, digits] = [real(5, [batch, 784], 0, 1), classes(6, [batch], 10)];
  return {
    ...alone,
    group: 'steps',
    name: `${length} steps, MLP 784-${hidden}-10, Adam, ${batch}`,
    tolerance: 1e-2,
    js: tooSlow,
    adjoint: () => {
      const { w1, b1, w2, b2 } = params;
      const first: Params = {
        hidden: { w: adjoint.asTensor(w1), b: adjoint.asTensor(b1) },
        out: { w: adjoint.asTensor(w2), b: adjoint.asTensor(b2) },
      };
      const optimiser = adam<Params>({ learningRate });
      const [x, y] = [adjoint.asTensor(images), adjoint.asLabels(digits)];
      const start = { params: first, optimiser: optimiser.init(first) };
      const step = jit((state: typeof start, x: Tensor<[number, 784]>, y: Tensor<[number], i32>) => {
        const [l, gradients] = valueAndGrad(loss)(state.params, x, y);
        const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
        return [{ params: applyUpdates(state.params, updates), optimiser: next }, l] as const;
      });
      return adjoint.training(
        start,
        (given) => {
          let [state, l] = step(given, x, y);
          for (let i = 1; i < length; i++) [state, l] = step(state, x, y);
          return [state, l];
        },
        (state) => state.params.out.w,
        2,
      );
    },
    python: {
      workload: 'mlp_steps',
      sizes: { length, steps: 2, learningRate },
      inputs: { ...params, x: images, y: digits },
    },
  };
};
