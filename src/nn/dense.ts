// The fully connected layer: its parameters, and what they do.
import { add, type Dim, matmul, mul, type Shape, type Tensor, zeros } from '../index';
import { type Key, normal } from '../random';

/** Weights and bias from I features to O. */
export interface Dense<I extends Dim, O extends Dim> {
  readonly w: Tensor<[I, O]>;
  readonly b: Tensor<[O]>;
}

/**
 * Weights from a normal distribution of variance 2 / I, which keeps the scale through ReLUs (He et al., 2015); bias 0.
 *
 * @example
 * dense(random.key(0), 4, 2).w.shape // => [4, 2]
 */
export const dense = <const I extends Dim, const O extends Dim>(key: Key, inputs: I, outputs: O): Dense<I, O> => ({
  w: mul(normal(key, [inputs, outputs]), Math.sqrt(2 / inputs)),
  b: zeros([outputs]),
});

/**
 * x · w + b, over any leading axes.
 *
 * @example
 * linear({ w: eye(2), b: tensor([10, 20]) }, tensor([1, 2])).toArray() // => [11, 22]
 */
export const linear = <N extends Shape, I extends Dim, O extends Dim>(p: Dense<I, O>, x: Tensor<[...N, NoInfer<I>]>) =>
  add(matmul(x, p.w), p.b);
