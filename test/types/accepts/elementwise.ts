import { is } from '../expect';
import type { DType, NestedData, Scalar, Sym, Tensor } from '../language';
import {
  add,
  asarray,
  astype,
  bool,
  dim,
  div,
  exp,
  f32,
  f64,
  greater,
  i32,
  maximum,
  mean,
  mul,
  relu,
  sub,
  sum,
  tensor,
  u32,
  where,
  zeros,
} from '../language';

const B = dim('B', 32);

// broadcasting
is<Tensor<[2, 3]>>()(add(zeros([2, 3]), zeros([3])), true);
is<Tensor<[2, 3]>>()(add(zeros([2, 3]), zeros([2, 3])), true);
is<Tensor<[2, 3]>>()(add(zeros([2, 3]), 1), true);
is<Tensor<[2, 3]>>()(mul(2, zeros([2, 3])), true);
is<Tensor<[4, 2, 3]>>()(add(zeros([2, 1]), zeros([4, 1, 3])), true);
is<Tensor<[2, 3]>>()(maximum(zeros([]), zeros([2, 3])), true);
is<Tensor<[Sym<'B'>, 3]>>()(add(zeros([B, 1]), zeros([3])), true);
is<Tensor<[0, 3]>>()(add(zeros([0, 3]), zeros([1, 3])), true);
is<Tensor<[2, 3], bool>>()(greater(zeros([2, 3]), 0), true);
is<Tensor<[2, 3]>>()(where(greater(zeros([2, 3]), 0), zeros([3]), -1), true);
is<Tensor<[4, 2, 3]>>()(where(greater(zeros([3]), 0), zeros([2, 1]), zeros([4, 1, 1])), true);

// promotion
is<Tensor<[2, 3]>>()(add(zeros([2, 3], i32), zeros([3])), true);
is<Tensor<[2, 3], f64>>()(add(zeros([2, 3], f64), zeros([3])), true);
is<Tensor<[2], f64>>()(mul(zeros([2], i32), zeros([2], f64)), true);
is<Tensor<[2], i32>>()(mul(zeros([2], i32), zeros([2], u32)), true);
is<Tensor<[2], u32>>()(mul(zeros([2], u32), zeros([2], bool)), true);
is<Tensor<[2], bool>>()(mul(zeros([2], bool), zeros([2], bool)), true);

// a JS number takes the dtype beside it
is<Tensor<[2], f64>>()(add(zeros([2], f64), 1), true);
is<Tensor<[2], i32>>()(sub(1, zeros([2], i32)), true);
is<Scalar>()(add(1, 2), true);

// true division, means and sums
is<Tensor<[2]>>()(div(zeros([2], i32), 2), true);
is<Tensor<[2], f64>>()(div(zeros([2], i32), zeros([2], f64)), true);
is<Tensor<[]>>()(mean(zeros([2], bool)), true);
is<Tensor<[], f64>>()(mean(zeros([2], f64)), true);
is<Tensor<[], i32>>()(sum(zeros([2], bool)), true);
is<Tensor<[], u32>>()(sum(zeros([2], u32)), true);
is<Tensor<[2]>>()(exp(zeros([2], i32)), true);
is<Tensor<[2], i32>>()(relu(zeros([2], i32)), true);
is<Tensor<[2], u32>>()(astype(zeros([2]), u32), true);
is<Tensor<[2], f32>>()(astype(zeros([2], i32), f32), true);

// data
is<Tensor<[2, 2]>>()(
  tensor([
    [1, 2],
    [3, 4],
  ]),
  true,
);
is<Tensor<[2], bool>>()(tensor([true, false]), true);
is<Tensor<[]>>()(tensor(3), true);
is<Tensor<[3], i32>>()(tensor([1, 2, 3], i32), true);
is<Tensor<[number]>>()(tensor(new Float32Array(3)), true);
const rows: number[][] = [[1]];
is<Tensor<[number, number]>>()(tensor(rows), true);
is<Tensor<[2, 0]>>()(tensor([[], []]), true);
// a tensor stays what it is
is<Tensor<[2, 3], i32>>()(asarray(zeros([2, 3], i32)), true);
is<Tensor<[2, 3], f64>>()(asarray(zeros([2, 3]), f64), true);
is<Tensor<[2, 2]>>()(
  asarray([
    [1, 2],
    [3, 4],
  ]),
  true,
);
is<Tensor<[2], bool>>()(asarray([true, false]), true);
is<Tensor<[number], f64>>()(asarray(new Float64Array(3)), true);
is<Tensor<[]>>()(asarray(3), true);
// nothing is known of data of any depth
declare const data: NestedData;
is<Tensor<number[], DType>>()(tensor(data), true);
is<Tensor<number[], i32>>()(asarray(data, i32), true);
