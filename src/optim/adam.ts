// Adam.
import { add, astype, div, mul, pow, type Scalar, sqrt, sub, tensor, tree, zerosLike } from '../index';
import type { Optimiser } from './optimiser';

export interface AdamOptions {
  readonly learningRate: number;
  /** Decay of the mean of the gradients, 0.9 by default. */
  readonly beta1?: number;
  /** Decay of the mean of their squares, 0.999 by default. */
  readonly beta2?: number;
  /** Keeps the division finite, 1e-8 by default. */
  readonly epsilon?: number;
}
export interface AdamState<P> {
  readonly step: Scalar;
  readonly mean: P;
  readonly square: P;
}

/**
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², update −learningRate · m̂ / (√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 * (Kingma and Ba, "Adam: a method for stochastic optimization", 2015).
 *
 * @example
 * const { init, update } = adam<Tensor<[2]>>({ learningRate: 0.5 });
 * sign(update(tensor([2, -4]), init(zeros([2])), zeros([2]))[0]).toArray() // => [-1, 1]
 */
export const adam = <P>({
  learningRate,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions): Optimiser<P, AdamState<P>> => ({
  init: (params) => ({
    step: tensor(0),
    mean: tree.map((x) => zerosLike(x), params),
    square: tree.map((x) => zerosLike(x), params),
  }),
  update: (gradients, state) => {
    const step = add(state.step, 1);
    const mean = tree.map((m, g) => add(mul(m, beta1), mul(g, 1 - beta1)), state.mean, gradients);
    const square = tree.map((v, g) => add(mul(v, beta2), mul(mul(g, g), 1 - beta2)), state.square, gradients);
    const [meanBias, squareBias] = [sub(1, pow(beta1, step)), sub(1, pow(beta2, step))];
    const updates = tree.map(
      (m, v) => astype(mul(div(div(m, meanBias), add(sqrt(div(v, squareBias)), epsilon)), -learningRate), m.dtype),
      mean,
      square,
    );
    return [updates, { step, mean, square }];
  },
});
