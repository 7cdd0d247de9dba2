import { add, broadcastTo, dim, greater, i32, mul, ones, where, zeros } from '../language';
import type { Dim, Shape, Tensor } from '../language';

const B = dim('batch', 32);
const T = dim('time', 7);

// error at zeros([32]) | add: dimensions 10 and 32 do not broadcast
add(zeros([32, 10]), zeros([32]));
// error at zeros([T, 10]) | add: dimensions batch and time do not broadcast
add(zeros([B, 10]), zeros([T, 10]));
// error at zeros([4, 3]) | mul: dimensions 2 and 4 do not broadcast
zeros([2, 3]).mul(zeros([4, 3]));
// error at zeros([4]) | where: dimensions 3 and 4 do not broadcast
where(greater(zeros([3]), 0), zeros([4]), 0);
// error at zeros([4]) | where: dimensions 3 and 4 do not broadcast
where(greater(zeros([]), 0), zeros([3]), zeros([4]));
// error at zeros([3]) | Tensor<any, bool>
where(zeros([3]), 1, 0);
// error at [4, 2] | broadcastTo: does not stretch to the target
broadcastTo(zeros([3]), [4, 2]);
// error at [2] | broadcastTo: does not stretch to the target
broadcastTo(zeros([3, 2]), [2]);
// error at 'a' | 'string' is not assignable to parameter of type 'Operand'
add('a', 1);

export function generic<B extends Dim, T extends Dim, D extends Dim, N extends Shape>(
  x: Tensor<[B, T, D]>,
  y: Tensor<[...N, D]>,
) {
  // error at zeros([5]) | add: dimensions ${ShowDim<D>} and 5 do not broadcast
  add(x, zeros([5]));
  // error at y | Broadcastable<"add", Tensor<[B, T, D], f32>, Tensor<[...N, D], f32>>
  add(x, y);
}

// dtypes do not mix silently
declare function wantsInts(x: Tensor<[2], i32>): void;
// error at ones([2]) | 'Tensor<[2], f32>' is not assignable to parameter of type 'Tensor<[2], i32>'
wantsInts(ones([2]));
// error at mul(ones([2], i32), ones([2])) | 'Tensor<[2], f32>' is not assignable to parameter of type 'Tensor<[2], i32>'
wantsInts(mul(ones([2], i32), ones([2])));
