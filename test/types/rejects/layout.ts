import {
  argmax, arraySplit, asarray, at, concatenate, conv2d, dim, expandDims, matrixTranspose, mean, moveaxis, reshape, slice, softmax, split,
  squeeze, stack, sum, swapaxes, take, tensor, topK, transpose, zeros,
} from '../language';
import type { Dim, Shape, Tensor } from '../language';

const B = dim('batch', 32);

// sizes that are not known are not known to be these
declare const rows: Tensor<[number, 4]>;
// error at few | Type 'Tensor<[number, 4], f32>' is not assignable to type 'Tensor<[10, 4], f32>'
export const few: Tensor<[10, 4]> = rows;
// error at either | two sizes for one dimension: 10 and 12
export const either: Tensor<[10 | 12, 4]> = zeros([10, 4]);
// error at wide | Type 'Tensor<[10, 4], f32>' is not assignable to type 'Tensor<[number, 5], f32>'
export const wide: Tensor<[number, 5]> = zeros([10, 4]);

// axes
// error at 2 | '2' is not assignable to parameter of type
sum(zeros([2, 3]), 2);
// error at 2 | '2' is not assignable to type
mean(zeros([2, 3]), [0, 2]);
// error at -3 | '-3' is not assignable to parameter of type
zeros([2, 3]).sum(-3);
// error at 1 | '1' is not assignable to parameter of type
softmax(zeros([2]), 1);
// error at 5 | '5' is not assignable to parameter of type
argmax(zeros([2, 3]), 5);
// error at 2 | '2' is not assignable to parameter of type
topK(zeros([2, 3]), 1, 2);
// error at 3 | '3' is not assignable to parameter of type
swapaxes(zeros([2, 3, 4]), 0, 3);
// error at 3 | '3' is not assignable to parameter of type
moveaxis(zeros([2, 3, 4]), 3, 0);
// error at 3 | '3' is not assignable to parameter of type
expandDims(zeros([2, 3]), 3);

// transpose
// error at [0, 2] | transpose: 2 axes for a 3-d tensor
transpose(zeros([2, 3, 4]), [0, 2]);
// error at [0, 0, 1] | transpose: axis 0 is repeated
transpose(zeros([2, 3, 4]), [0, 0, 1]);
// error at [0, 1, -2] | transpose: axis -2 is repeated
transpose(zeros([2, 3, 4]), [0, 1, -2]);
// error at [0, 0] | transpose: axis 0 is repeated
zeros([2, 3]).transpose([0, 0]);
// error at zeros([3]) | matrixTranspose: needs two dimensions
matrixTranspose(zeros([3]));
// error at 0 | squeeze: axis 0 has size 2, not 1
squeeze(zeros([2, 3]), 0);

// reshape
// error at [64, 785] | reshape: element counts differ
reshape(zeros([64, 28, 28]), [64, 785]);
// error at [63, -1] | reshape: element counts differ
reshape(zeros([64, 28, 28]), [63, -1]);
// error at [4, 2] | reshape: element counts differ
zeros([2, 3]).reshape([4, 2]);
// error at [16, 10] | as: contradicts the shape
zeros([32, 10]).as([16, 10]);
// error at [32] | as: contradicts the shape
zeros([32, 10]).as([32]);

// combining and cutting
// error at [zeros([2, 3]), zeros([3, 4])] | concatenate: shapes differ outside axis -1
concatenate([zeros([2, 3]), zeros([3, 4])], -1);
// error at [zeros([2, 3]), zeros([3, 4])] | stack: shapes differ
stack([zeros([2, 3]), zeros([3, 4])]);
// error at 3 | split: 100 (axis -1) is not divisible by 3
split(zeros([2, 100]), 3, -1);
// error at 11 | slice: size 11 exceeds 10 (axis 1)
slice(zeros([2, 10]), 1, 0, 11);
// error at 11 | slice: size 11 exceeds 10 (axis 1)
zeros([2, 10]).slice(1, 0, 11);
// error at 2 | at: out of bounds of a dimension of size 2
at(zeros([2, 3]), 2);
// error at -4 | at: out of bounds of a dimension of size 3
at(zeros([2, 3]), 0, -4);
// error at [0, 4] | at: out of bounds of a dimension of size 3
zeros([2, 3]).at(':', [0, 4]);
// error at 0 | at: more indices than dimensions
at(zeros([2]), ':', 0);
// error at [ | tensor: the data is ragged
tensor([[1, 2], [3]]);
// error at [ | asarray: the data is ragged
asarray([[1, 2], [3]]);
// error at 2 | '2' is not assignable to parameter of type
arraySplit(zeros([2, 3]), 2, 2);
// error at zeros([5, 7]) | 'Tensor<[5, 7], f32>' is not assignable to parameter of type 'Tensor<[5, 7], i32>'
take(zeros([1000, 64]), zeros([5, 7]));
// error at zeros([3, 3, 1, 16]) | 'Tensor<[3, 3, 1, 16], f32>' is not assignable to parameter of type 'Tensor<[3, 3, 3, 16], f32>'
conv2d(zeros([B, 28, 28, 3]), zeros([3, 3, 1, 16]));

export function generic<B extends Dim, T extends Dim, D extends Dim, N extends Shape>(
  x: Tensor<[B, T, D]>,
  y: Tensor<[...N, T, D]>,
) {
  // error at y | transpose: give the axes, or use matrixTranspose for the last two
  transpose(y);
  // error at [0, 1] | transpose: the rank is open, use matrixTranspose or swapaxes
  transpose(y, [0, 1]);
  // error at z | 'Tensor<[B, T], f32>' is not assignable to type 'Tensor<[B, D], f32>'
  const z: Tensor<[B, D]> = sum(x, -1);
  const wide = reshape(x, [x.shape[0], x.shape[1], x.shape[2], 1]);
  // error at 5 | split: 1 (axis -1) is not divisible by 5
  split(wide, 5, -1);
  // error at 2 | slice: size 2 exceeds 1 (axis 3)
  slice(wide, 3, 0, 2);
  // error at sum(x, [0, 1]) | matrixTranspose: needs two dimensions
  matrixTranspose(sum(x, [0, 1]));
  return z;
}
