// Functions of several tensors, or with several results.
import { is } from '../expect';
import type { Dim, Shape, Sym, Tensor } from '../language';
import {
  arange,
  bool,
  broadcastArrays,
  dim,
  dynamicSlice,
  f64,
  i32,
  inner,
  linspace,
  meshgrid,
  tile,
  topK,
  zeros,
} from '../language';

const B = dim('B', 32);
declare const unknownRank: Tensor<number[]>;
declare const count: number;
declare const vectors: Tensor<[3]>[];

is<[Tensor<[2, 3], i32>, Tensor<[2, 3]>]>()(meshgrid(arange(2), linspace(0, 1, 3)), true);
is<Tensor<[2, 3, 4], i32>>()(meshgrid(arange(2), arange(3), arange(4))[2], true);
is<Tensor<number[]>[]>()(meshgrid(...vectors), true);
is<Tensor<number[]>[]>()(broadcastArrays(...vectors), true);

is<[Tensor<[4, 2, 3]>, Tensor<[4, 2, 3], i32>]>()(broadcastArrays(zeros([2, 1]), zeros([4, 1, 3], i32)), true);
is<[Tensor<[Sym<'B'>, 3]>, Tensor<[Sym<'B'>, 3]>, Tensor<[Sym<'B'>, 3], bool>]>()(
  broadcastArrays(zeros([3]), zeros([B, 1]), zeros([], bool)),
  true,
);

is<Tensor<[4, 6]>>()(tile(zeros([2, 3]), [2, 2]), true);
is<Tensor<[2, 9], i32>>()(tile(zeros([2, 3], i32), 3), true);
is<Tensor<[5, 2, 3]>>()(tile(zeros([2, 3]), [5, 1, 1]), true);
is<Tensor<[4, 2]>>()(tile(zeros([]), [4, 2]), true);
is<Tensor<[2, number]>>()(tile(zeros([2, 3]), count), true);
is<Tensor<number[]>>()(tile(unknownRank, [2]), true);

is<[values: Tensor<[2, 5]>, indices: Tensor<[2, 5], i32>]>()(topK(zeros([2, 10]), 5), true);
is<[values: Tensor<[5, 10], f64>, indices: Tensor<[5, 10], i32>]>()(topK(zeros([20, 10], f64), 5, 0), true);

is<Tensor<[2, 4]>>()(inner(zeros([2, 3]), zeros([4, 3])), true);
is<Tensor<[5, 2]>>()(inner(zeros([5, 2, 3]), zeros([3])), true);
is<Tensor<[]>>()(inner(zeros([3]), zeros([3])), true);

is<Tensor<[1, 2], i32>>()(dynamicSlice(zeros([2, 3], i32), [0, zeros([], i32)], [1, 2]), true);

export function generic<B extends Dim, N extends Shape>(x: Tensor<[B, 3]>, y: Tensor<[...N, B]>) {
  is<Tensor<[B, 6]>>()(tile(x, 2), true);
  is<[values: Tensor<[...N, 2]>, indices: Tensor<[...N, 2], i32>]>()(topK(y, 2), true);
  is<[Tensor<[B, 3]>, Tensor<[B, 3]>]>()(broadcastArrays(x, zeros([3])), true);
}
