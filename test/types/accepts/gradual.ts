// Shapes that are not known, or only in part: every function takes them, and what it can say of the result it says.
import { is } from '../expect';
import type { Tensor } from '../language';
import {
  add,
  at,
  broadcastTo,
  concatenate,
  dot,
  einsum,
  expandDims,
  i32,
  matmul,
  matrixTranspose,
  mean,
  moveaxis,
  pad,
  ravel,
  rearrange,
  reshape,
  slice,
  softmax,
  split,
  squeeze,
  stack,
  sum,
  swapaxes,
  take,
  tensordot,
  transpose,
  zeros,
} from '../language';

declare const untyped: Tensor<any>;
declare const open: Tensor<number[]>;

is<Tensor<any>>()(add(untyped, zeros([3, 4])), true);
is<Tensor<any>>()(softmax(untyped, -1), true);
is<Tensor<number[]>>()(add(open, zeros([3, 4])), true);
is<Tensor<[]>>()(sum(untyped), true);
is<Tensor<[3, 4]>>()(broadcastTo(untyped, [3, 4]), true);
is<Tensor<[number]>>()(ravel(untyped), true);

is<Tensor<number[]>>()(rearrange(untyped, 'b t (h d) -> b h t d', { h: 8 }), true);
is<Tensor<number[]>>()(rearrange(open, 'b t (h d) -> b h t d', { h: 8 }), true);
is<Tensor<number[]>>()(einsum('ij,jk->ik', untyped, zeros([3, 4])), true);
is<Tensor<number[]>>()(einsum('ij,jk->ik', zeros([3, 4]), open), true);
is<Tensor<number[]>>()(einsum('a...,b...->ab', open, untyped), true);
is<Tensor<[2, ...number[]]>>()(stack([open, zeros([3, 4])]), true);
stack([zeros([3, 4]), untyped]);
concatenate([untyped, zeros([3, 4])], -1);
concatenate([zeros([3, 4]), open], -1);

is<Tensor<number[]>>()(at(untyped, 0), true);
is<Tensor<number[]>>()(at(open, ':', [0, 3]), true);
is<Tensor<number[]>>()(transpose(untyped), true);
is<Tensor<[number, number]>>()(transpose(untyped, [1, 0]), true);
is<Tensor<number[]>>()(pad(untyped, [[1, 1]]), true);
is<Tensor<number[]>>()(squeeze(open, 0), true);
is<Tensor<number[]>>()(squeeze(untyped), true);
split(untyped, 3, -1)[0].shape[0].toFixed();
swapaxes(untyped, 0, 1);
moveaxis(open, 0, 1);
expandDims(untyped, -1);
slice(untyped, 1, 0, 3);
take(untyped, zeros([3], i32));
reshape(untyped, [3, -1]);
matrixTranspose(untyped);
mean(untyped, 1);
matmul(untyped, zeros([2, 8, 5, 64]));
tensordot(untyped, zeros([3, 4, 5]));
dot(untyped, zeros([3, 4]));
