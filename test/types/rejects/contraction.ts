import { dim, dot, einsum, inner, matmul, relu, rearrange, reshape, tensordot, zeros } from '../language';
import type { Dim, Tensor } from '../language';

const B = dim('batch', 32);

// error at zeros([784, 128]) | matmul: dimensions 256 and 784 differ
matmul(zeros([B, 256]), zeros([784, 128]));
// error at zeros([784, 128]) | matmul: dimensions 256 and 784 differ
zeros([B, 256]).matmul(zeros([784, 128]));
// error at zeros([3, 3, 4]) | matmul: dimensions 2 and 3 differ
matmul(zeros([3, 5, 2]), zeros([3, 3, 4]));
// error at zeros([]) | matmul: an operand is a scalar, use mul
matmul(zeros([3]), zeros([]));
// error at zeros([4, 3]) | dot: dimensions 3 and 4 differ
dot(zeros([2, 3]), zeros([4, 3]));
// error at zeros([3, 4]) | tensordot: the contracted dimensions differ
tensordot(zeros([2, 3]), zeros([3, 4]));
// error at zeros([3, 4]) | inner: the last dimensions differ
inner(zeros([2, 3]), zeros([3, 4]));
// error at 'ij,jk->ik' | einsum: dimension 'j' differs
einsum('ij,jk->ik', zeros([2, 3]), zeros([4, 4]));
// error at 'ijk,jk->ik' | einsum: too few dimensions for 'i'
einsum('ijk,jk->ik', zeros([2, 3]), zeros([4, 4]));
// error at 'i,jk->ik' | einsum: too many dimensions
einsum('i,jk->ik', zeros([2, 3]), zeros([4, 4]));
// error at 'ij,jk->iz' | einsum: output label 'z' is not in the inputs
einsum('ij,jk->iz', zeros([2, 3]), zeros([3, 4]));
// error at 'ij,jk->ik' | einsum: too few operands
einsum('ij,jk->ik', zeros([2, 3]));
// error at 'ij->ij' | einsum: too many operands
einsum('ij->ij', zeros([2, 3]), zeros([2, 3]));
// error at 'ij,jk' | einsum: write the output too, as in 'ij,jk->ik'
einsum('ij,jk', zeros([2, 3]), zeros([3, 4]));
// error at '...i,...i->...' | einsum: batch dimensions do not broadcast
einsum('...i,...i->...', zeros([2, 3]), zeros([4, 3]));
// error at 'b t (h d) -> b h t d' | rearrange: size is not divisible
rearrange(zeros([2, 5, 512]), 'b t (h d) -> b h t d', { h: 7 });
// error at 'b 1 d -> b d' | rearrange: size of '1' differs
rearrange(zeros([2, 5, 512]), 'b 1 d -> b d');
// error at 'b t (h d) -> b h t d' | rearrange: more than one unknown in a group
rearrange(zeros([2, 5, 512]), 'b t (h d) -> b h t d');
// error at 'b t d -> b d t' | rearrange: too few dimensions
rearrange(zeros([2, 5]), 'b t d -> b d t');
// error at r | 'Tensor<[32, 128], f32>' is not assignable to type 'Tensor<[32, 10], f32>'
export const r: Tensor<[32, 10]> = relu(matmul(zeros([32, 784]), zeros([784, 128])));

export function generic<B extends Dim, T extends Dim, D extends Dim>(x: Tensor<[B, T, D]>) {
  // error at zeros([784, 10]) | matmul: dimensions ${ShowDim<D>} and 784 differ
  matmul(x, zeros([784, 10]));
  // error at x | Matmulable<Tensor<[B, T, D], f32>, Tensor<[B, T, D], f32>>
  matmul(x, x);
}

// batch and time are exchanged, and both are type parameters
export function exchanged<B extends Dim, T extends Dim>(x: Tensor<[B, T, 512]>, k: Tensor<[B, T, 8, 64]>) {
  const [b, t] = x.shape;
  // error at 'bqhd,bkhd->bhqk' || SameSize<"einsum: dimension 'b' differs", T, B>
  einsum('bqhd,bkhd->bhqk', reshape(x, [t, b, 8, -1]), k);
  // error at 'bqhd,bkhd->bhqk' || SameSize<"einsum: dimension 'b' differs", T, B>
  einsum('bqhd,bkhd->bhqk', reshape(x, [t, b, 8, 64]), k);
  // error at reshape(x, [t, b, -1]) || matmul: dimensions 512 and ${ShowDim<B>} differ
  matmul(x, reshape(x, [t, b, -1]));
}
