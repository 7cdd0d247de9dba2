import { is } from '../expect';
import type { AnyTensor, Sym, Tensor } from '../language';
import {
  arraySplit,
  at,
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastTo,
  concatenate,
  conv2d,
  dim,
  expandDims,
  i32,
  matrixTranspose,
  maxPool,
  moveaxis,
  oneHot,
  pad,
  ravel,
  rearrange,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  swapaxes,
  take,
  transpose,
  zeros,
} from '../language';

const B = dim('B', 32);
declare const unknownRank: Tensor<number[]>;
declare const index: Tensor<[], i32>;

// transpose
is<Tensor<[2, 4, 3, 5]>>()(swapaxes(zeros([2, 3, 4, 5]), 1, 2), true);
is<Tensor<[2, 5, 4, 3]>>()(swapaxes(zeros([2, 3, 4, 5]), 1, -1), true);
is<Tensor<[2, 4, 3, 5]>>()(transpose(zeros([2, 3, 4, 5]), [0, 2, 1, 3]), true);
is<Tensor<[2, 4, 5, 3]>>()(transpose(zeros([2, 3, 4, 5]), [0, 2, -1, 1]), true);
is<Tensor<[3, 2]>>()(transpose(zeros([2, 3])), true);
is<Tensor<[4, 3, 2]>>()(transpose(zeros([2, 3, 4])), true);
is<Tensor<[4]>>()(transpose(zeros([4])), true);
is<Tensor<number[]>>()(transpose(unknownRank), true);
is<Tensor<[2, 4, 3]>>()(matrixTranspose(zeros([2, 3, 4])), true);
is<Tensor<[3, 4, 2]>>()(moveaxis(zeros([2, 3, 4]), 0, -1), true);
is<Tensor<[4, 2, 3]>>()(moveaxis(zeros([2, 3, 4]), -1, 0), true);
is<Tensor<[3, 2, 4]>>()(moveaxis(zeros([2, 3, 4]), 0, 1), true);
is<Tensor<[2, 4, 3]>>()(moveaxis(zeros([2, 3, 4]), 1, 2), true);

// ones
is<Tensor<[2, 1, 3]>>()(expandDims(zeros([2, 3]), 1), true);
is<Tensor<[2, 3, 1]>>()(expandDims(zeros([2, 3]), -1), true);
is<Tensor<[2, 3, 1]>>()(expandDims(zeros([2, 3]), 2), true);
is<Tensor<[1, 2, 3]>>()(expandDims(zeros([2, 3]), 0), true);
is<Tensor<[2, 1, 3]>>()(expandDims(zeros([2, 3]), -2), true);
is<Tensor<[1, 2, 3]>>()(expandDims(zeros([2, 3]), -3), true);
is<Tensor<[1]>>()(expandDims(zeros([]), 0), true);
is<Tensor<[2, 3]>>()(squeeze(zeros([2, 1, 3]), 1), true);
is<Tensor<[2, 3]>>()(squeeze(zeros([1, 2, 1, 3])), true);
is<Tensor<[]>>()(squeeze(zeros([1, 1])), true);
is<Tensor<[4, 2, 3]>>()(broadcastTo(zeros([2, 1]), [4, 2, 3]), true);
is<Tensor<[4, 2]>>()(broadcastTo(zeros([]), [4, 2]), true);
is<Tensor<[4]>>()(broadcastTo(unknownRank, [4]), true);

// reshape
is<Tensor<[64, 784]>>()(reshape(zeros([64, 28, 28]), [64, 784]), true);
is<Tensor<[50176]>>()(reshape(zeros([64, 28, 28]), [-1]), true);
is<Tensor<[64, 784]>>()(reshape(zeros([64, 28, 28]), [64, -1]), true);
is<Tensor<[Sym<'B'>, 784]>>()(reshape(zeros([B, 28, 28]), [B, -1]), true);
is<Tensor<[Sym<'B'>, 784]>>()(reshape(zeros([B, 28, 28]), [-1, 784]), true);
is<Tensor<[Sym<'B'>, 8, 64]>>()(reshape(zeros([B, 512]), [B, 8, -1]), true);
is<Tensor<[1024, 50176]>>()(reshape(zeros([1024, 64, 28, 28]), [1024, -1]), true);
is<Tensor<[51380224]>>()(reshape(zeros([1024, 64, 28, 28]), [-1]), true);
is<Tensor<[6]>>()(ravel(zeros([2, 3])), true);
is<Tensor<[1]>>()(reshape(zeros([]), [1]), true);
is<Tensor<[2, 8, 5, 64]>>()(rearrange(zeros([2, 5, 512]), 'b t (h d) -> b h t d', { h: 8 }), true);
is<Tensor<[2, 5, 512]>>()(rearrange(zeros([2, 8, 5, 64]), 'b h t d -> b t (h d)'), true);
is<Tensor<[32, 1600]>>()(rearrange(zeros([32, 5, 5, 64]), 'b h w c -> b (h w c)'), true);
is<Tensor<[2, 1, 5, 1]>>()(rearrange(zeros([2, 5]), 'b t -> b 1 t 1'), true);
is<Tensor<[2, 5]>>()(rearrange(zeros([2, 1, 5]), 'b 1 t -> b t'), true);
is<Tensor<[10, 3]>>()(rearrange(zeros([2, 5, 3]), 'b t c -> (b t 1) c'), true);
is<Tensor<[32, 14, 14, 12]>>()(
  rearrange(zeros([32, 28, 28, 3]), 'b (h p) (w q) c -> b h w (p q c)', { p: 2, q: 2 }),
  true,
);

// combining and cutting
is<Tensor<[2, 7]>>()(concatenate([zeros([2, 3]), zeros([2, 4])], -1), true);
is<Tensor<[9, 3]>>()(concatenate([zeros([2, 3]), zeros([3, 3]), zeros([4, 3])], 0), true);
is<Tensor<[5, 3]>>()(concatenate([zeros([2, 3]), zeros([3, 3], i32)]), true);
const list = [zeros([2, 3]), zeros([2, 3])];
is<Tensor<[number, 3]>>()(concatenate(list), true);
is<Tensor<[2, 4, 3]>>()(stack([zeros([4, 3]), zeros([4, 3])]), true);
is<Tensor<[4, 3, 2]>>()(stack([zeros([4, 3]), zeros([4, 3])], -1), true);
is<Tensor<[2]>>()(stack([zeros([]), zeros([])]), true);
is<[Tensor<[2, 64]>, Tensor<[2, 64]>, Tensor<[2, 64]>]>()(split(zeros([2, 192]), 3, -1), true);
is<[Tensor<[2, 3]>, Tensor<[2, 3]>]>()(split(zeros([4, 3]), 2), true);
is<[Tensor<[2, 3]>, Tensor<[2, 5]>, Tensor<[2, 2]>]>()(split(zeros([2, 10]), [3, 8], 1), true);

// indexing
is<Tensor<[2, 10]>>()(slice(zeros([2, 192]), 1, 5, 10), true);
is<Tensor<[2, 10]>>()(slice(zeros([2, 192]), 1, index, 10), true);
is<Tensor<[3, 1, 5]>>()(at(zeros([2, 3, 8]), 0, ':', null, [0, 5]), true);
is<Tensor<[2, 3, 7]>>()(at(zeros([2, 3, 8]), ':', ':', [1, 8]), true);
is<Tensor<[1, 3, 8]>>()(at(zeros([2, 3, 8]), [0, -1]), true);
is<Tensor<[2, 3]>>()(at(zeros([2, 3, 8]), '...', -1), true);
is<Tensor<[3, 8]>>()(at(zeros([2, 3, 8]), index), true);
is<Tensor<[4, 3]>>()(
  pad(zeros([2, 3]), [
    [1, 1],
    [0, 0],
  ]),
  true,
);
is<Tensor<[5, 7, 64]>>()(take(zeros([1000, 64]), zeros([5, 7], i32)), true);
is<Tensor<[1000, 5]>>()(take(zeros([1000, 64]), zeros([5], i32), -1), true);
is<Tensor<[5, 7, 10]>>()(oneHot(zeros([5, 7], i32), 10), true);

// windows
is<Tensor<[32, 26, 26, 16]>>()(conv2d(zeros([32, 28, 28, 1]), zeros([3, 3, 1, 16])), true);
is<Tensor<[32, 14, 14, 16]>>()(
  conv2d(zeros([32, 28, 28, 1]), zeros([3, 3, 1, 16]), { stride: 2, padding: 'same' }),
  true,
);
is<Tensor<[32, 112, 112, 64]>>()(
  conv2d(zeros([32, 224, 224, 3]), zeros([7, 7, 3, 64]), { stride: 2, padding: 3 }),
  true,
);
is<Tensor<[32, 13, 13, 16]>>()(maxPool(zeros([32, 26, 26, 16]), 2), true);
is<Tensor<[32, 26, 10, 16]>>()(
  conv2d(zeros([32, 28, 28, 1]), zeros([3, 5, 1, 16]), { stride: [1, 2], padding: ['valid', 0], dilation: [1, 2] }),
  true,
);
is<Tensor<[32, 26, 13, 16]>>()(maxPool(zeros([32, 26, 26, 16]), [1, 2]), true);
is<Tensor<[32, 26, 26, 16]>>()(maxPool(zeros([32, 26, 26, 16]), [2, 3], 1, { padding: 'same' }), true);

// the sizes are a list, whatever is known of them
declare const anything: AnyTensor;
export const sizes: number[] = [...anything.shape];
for (const n of anything.shape) sizes.push(n);
is<readonly [2, 3]>()(zeros([2, 3]).shape, true);
is<readonly number[]>()(unknownRank.shape, true);

// at least so many axes
is<Tensor<[1]>>()(atleast1d(zeros([])), true);
is<Tensor<[2, 3], i32>>()(atleast1d(zeros([2, 3], i32)), true);
is<Tensor<[1, 1]>>()(atleast2d(zeros([])), true);
is<Tensor<[1, Sym<'B'>]>>()(atleast2d(zeros([B])), true);
is<Tensor<[1, 1, 1]>>()(atleast3d(zeros([])), true);
is<Tensor<[1, 4, 1]>>()(atleast3d(zeros([4])), true);
is<Tensor<[2, 3, 1]>>()(atleast3d(zeros([2, 3])), true);
is<Tensor<[2, 3, 4, 5]>>()(atleast3d(zeros([2, 3, 4, 5])), true);
is<Tensor<number[]>>()(atleast2d(unknownRank), true);

// parts that are not equal
is<[Tensor<[2]>, Tensor<[2]>, Tensor<[1]>]>()(arraySplit(zeros([5]), 3), true);
is<[Tensor<[2, 50]>, Tensor<[2, 50]>]>()(arraySplit(zeros([2, 100]), 2, -1), true);
is<[Tensor<[1]>, Tensor<[1]>, Tensor<[0]>]>()(arraySplit(zeros([2]), 3), true);
is<[Tensor<[2, 3]>, Tensor<[2, 7]>]>()(arraySplit(zeros([2, 10]), [3], 1), true);
is<[Tensor<[number, 2]>, Tensor<[number, 2]>]>()(arraySplit(zeros([B, 2]), 2), true);
