import { is } from '../expect';
import type { Dim, Shape, Tensor } from '../language';
import { bool, f64, i32, zeros } from '../language';

is<Tensor<[2, 10]>>()(
  zeros([2, 784])
    .matmul(zeros([784, 10]))
    .add(zeros([10]))
    .relu(),
  true,
);
is<Tensor<[2, 3]>>()(zeros([2, 3]).mul(2).pow(2).neg().exp().softmax(-1), true);
is<Tensor<[2, 3], bool>>()(zeros([2, 3]).greater(0), true);
is<Tensor<[2, 3], f64>>()(zeros([2, 3]).add(zeros([3], f64)), true);
is<Tensor<[2]>>()(zeros([2], i32).div(2), true);
is<Tensor<[2]>>()(zeros([2, 3]).sum(-1), true);
is<Tensor<[3]>>()(zeros([2, 3, 4]).mean([0, -1]), true);
is<Tensor<[2, 1]>>()(zeros([2, 3]).max(1, { keepDims: true }), true);
is<Tensor<[2], i32>>()(zeros([2, 3]).argmax(-1), true);
is<Tensor<[6]>>()(zeros([2, 3]).ravel(), true);
is<Tensor<[3, 2]>>()(zeros([2, 3]).reshape([3, -1]), true);
is<Tensor<[3, 2]>>()(zeros([2, 3]).transpose(), true);
is<Tensor<[3, 2, 4]>>()(zeros([2, 3, 4]).transpose([1, 0, 2]), true);
is<Tensor<[2, 4, 3]>>()(zeros([2, 3, 4]).matrixTranspose(), true);
is<Tensor<[4, 3, 2]>>()(zeros([2, 3, 4]).swapaxes(0, -1), true);
is<Tensor<[2, 1, 3]>>()(zeros([2, 3]).expandDims(1), true);
is<Tensor<[2, 3]>>()(zeros([2, 1, 3]).squeeze(1), true);
is<Tensor<[4, 3]>>()(zeros([3]).broadcastTo([4, 3]), true);
is<Tensor<[2, 10]>>()(zeros([2, 192]).slice(1, 5, 10), true);
is<Tensor<[3, 5]>>()(zeros([2, 3, 8]).at(0, ':', [0, 5]), true);
is<Tensor<[5, 7, 64]>>()(zeros([1000, 64]).take(zeros([5, 7], i32)), true);
is<Tensor<[2, 3], i32>>()(zeros([2, 3]).astype(i32), true);
is<Tensor<[2], i32>>()(zeros([2], bool).cumsum(0), true);
is<Tensor<[2, 5, 4]>>()(zeros([2, 3]).dot(zeros([5, 3, 4])), true);

// leaving
is<number>()(zeros([]).toArray(), true);
is<number[][]>()(zeros([2, 3]).toArray(), true);
is<boolean[]>()(zeros([2], bool).toArray(), true);
is<Float32Array>()(zeros([2]).toTypedArray(), true);
is<Float64Array>()(zeros([2], f64).toTypedArray(), true);
is<Uint8Array>()(zeros([2], bool).toTypedArray(), true);
is<number>()(zeros([1]).item(), true);
is<boolean>()(zeros([], bool).item(), true);
is<readonly [2, 3]>()(zeros([2, 3]).shape, true);

export function generic<B extends Dim, D extends Dim, N extends Shape>(
  x: Tensor<[B, D]>,
  w: Tensor<[D, 64]>,
  y: Tensor<[...N, D]>,
) {
  is<Tensor<[B, 64]>>()(
    x
      .matmul(w)
      .add(zeros([64]))
      .relu(),
    true,
  );
  is<Tensor<[...N, 64]>>()(y.matmul(w).mul(2), true);
  is<Tensor<[...N, D]>>()(y.sub(y.mean(-1, { keepDims: true })), true);
  is<Tensor<[B, 8, 8]>>()(x.matmul(w).reshape([x.shape[0], 8, -1]), true);
  is<Tensor<[D, B]>>()(x.transpose(), true);
  is<Tensor<[B, B]>>()(x.matmul(x.transpose()), true);
  is<number[][]>()(x.toArray(), true);
}
