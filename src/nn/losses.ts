// How wrong a prediction is: one number for each example, to be averaged by the caller.
import { type Dim, type i32, logSoftmax, mul, neg, oneHot, type Shape, square, sub, sum, type Tensor } from '../index';

/**
 * −log softmax(logits)[label], from raw scores and integer labels: shape N.
 *
 * @example
 * crossEntropy(tensor([[1000, 0]]), tensor([1], i32)).toArray() // => [1000]
 */
export const crossEntropy = <N extends Shape, C extends Dim>(
  logits: Tensor<[...N, C]>,
  labels: Tensor<NoInfer<N>, i32>,
) => neg(sum(mul(logSoftmax(logits, -1), oneHot(labels, logits.shape[logits.ndim - 1] as C)), -1));

/**
 * (prediction − target)², element by element.
 *
 * @example
 * squaredError(tensor([1, 2]), tensor([3, 2])).toArray() // => [4, 0]
 */
export const squaredError = <S extends Shape>(prediction: Tensor<S>, target: Tensor<NoInfer<S>>) =>
  square(sub(prediction, target));
