import { is } from '../expect';
import type { Sym, Tensor } from '../language';
import { dim, dot, einsum, i32, matmul, tensordot, zeros } from '../language';

const B = dim('B', 32);

is<Tensor<[2, 4]>>()(matmul(zeros([2, 3]), zeros([3, 4])), true);
is<Tensor<[5, 2, 4]>>()(matmul(zeros([5, 2, 3]), zeros([3, 4])), true);
is<Tensor<[7, 5, 2, 4]>>()(matmul(zeros([7, 1, 2, 3]), zeros([5, 3, 4])), true);
is<Tensor<[]>>()(matmul(zeros([3]), zeros([3])), true);
is<Tensor<[2]>>()(matmul(zeros([2, 3]), zeros([3])), true);
is<Tensor<[4]>>()(matmul(zeros([3]), zeros([3, 4])), true);
is<Tensor<[5, 4]>>()(matmul(zeros([3]), zeros([5, 3, 4])), true);
is<Tensor<[2, 4]>>()(matmul(zeros([2, 3], i32), zeros([3, 4])), true);
declare const unknownRank: Tensor<number[]>;
is<Tensor<number[]>>()(matmul(unknownRank, zeros([3, 4])), true);

is<Tensor<[2, 4]>>()(dot(zeros([2, 3]), zeros([3, 4])), true);
is<Tensor<[2, 5, 4]>>()(dot(zeros([2, 3]), zeros([5, 3, 4])), true);
is<Tensor<[]>>()(dot(zeros([3]), zeros([3])), true);

is<Tensor<[2, 5]>>()(tensordot(zeros([2, 3, 4]), zeros([3, 4, 5])), true);
is<Tensor<[2, 3, 5]>>()(tensordot(zeros([2, 3, 4]), zeros([4, 5]), 1), true);
is<Tensor<[2, 3, 4, 5]>>()(tensordot(zeros([2, 3]), zeros([4, 5]), 0), true);
is<Tensor<[2, 5]>>()(
  tensordot(zeros([3, 2, 4]), zeros([4, 5, 3]), [
    [0, -1],
    [2, 0],
  ]),
  true,
);

is<Tensor<[2, 4]>>()(einsum('ij,jk->ik', zeros([2, 3]), zeros([3, 4])), true);
is<Tensor<[2, 8, 5, 7]>>()(einsum('bhqd,bhkd->bhqk', zeros([2, 8, 5, 64]), zeros([2, 8, 7, 64])), true);
is<Tensor<[3, 2]>>()(einsum('ij->ji', zeros([2, 3])), true);
is<Tensor<[]>>()(einsum('ii->', zeros([3, 3])), true);
is<Tensor<[Sym<'B'>, 10]>>()(einsum('bi, io -> bo', zeros([B, 784]), zeros([784, 10])), true);
is<Tensor<[5, 6, 4]>>()(einsum('...i,io->...o', zeros([5, 6, 3]), zeros([3, 4])), true);
is<Tensor<[5, 6, 7]>>()(einsum('...i,...i->...', zeros([5, 1, 7, 3]), zeros([6, 1, 3])), true);
is<Tensor<[3, 6, 2]>>()(einsum('a...b->b...a', zeros([2, 6, 3])), true);
is<Tensor<[2, 4]>>()(einsum('ij,jk->ik', zeros([2, 3], i32), zeros([3, 4])), true);
