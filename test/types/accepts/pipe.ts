import { flow, pipe } from 'fp-ts/lib/function.js';
import { is } from '../expect';
import { add, type Dim, matmul, relu, type Shape, type Tensor, zeros } from '../language';

type Dense<I extends Dim, O extends Dim> = { w: Tensor<[I, O]>; b: Tensor<[O]> };
// Layers are curried, parameters first: they compose point-free and stay generic.
const linear =
  <I extends Dim, O extends Dim>(p: Dense<I, O>) =>
  <N extends Shape>(x: Tensor<[...N, I]>) =>
    add(matmul(x, p.w), p.b);
declare const p: { l1: Dense<784, 128>; l2: Dense<128, 64> };

is<Tensor<[32, 64]>>()(pipe(zeros([32, 784]), linear(p.l1), relu, linear(p.l2)), true);
// prints <N extends Shape>(x: Tensor<[...N, 784], f32>) => Tensor<[...N, 64], f32>
const mlp = flow(linear(p.l1), relu, linear(p.l2));
is<Tensor<[32, 64]>>()(mlp(zeros([32, 784])), true);
is<Tensor<[8, 32, 64]>>()(mlp(zeros([8, 32, 784])), true);
export const model = <B extends Dim>(x: Tensor<[B, 784]>) => {
  is<Tensor<[B, 64]>>()(mlp(x), true);
  return mlp(x);
};
