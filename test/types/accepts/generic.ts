import { is } from '../expect';
import type { Dim, Mul, Shape, Tensor } from '../language';
import {
  add,
  asarray,
  at,
  atleast1d,
  atleast2d,
  atleast3d,
  concatenate,
  einsum,
  expandDims,
  greater,
  matmul,
  matrixTranspose,
  max,
  moveaxis,
  rearrange,
  reshape,
  softmax,
  split,
  stack,
  sub,
  sum,
  swapaxes,
  transpose,
  variance,
  where,
  zeros,
} from '../language';

// The bodies of generic functions: resolved types, no casts.
export function generic<B extends Dim, T extends Dim, D extends Dim, N extends Shape>(
  x: Tensor<[B, T, D]>,
  w: Tensor<[D, 64]>,
  b: Tensor<[D]>,
  y: Tensor<[...N, T, D]>,
  s: Tensor<N>,
) {
  const [size0, size1] = x.shape;
  is<Tensor<[B, T, D]>>()(add(x, b), true);
  is<Tensor<[B, T, D]>>()(add(b, x), true);
  is<Tensor<[B, T, D]>>()(add(x, 1), true);
  is<Tensor<[B, T, D]>>()(sub(x, expandDims(sum(x, -1), -1)), true);
  is<Tensor<[B, T, 64]>>()(matmul(x, w), true);
  is<Tensor<[...N, T, 64]>>()(matmul(y, w), true);
  is<Tensor<[...N, T, D]>>()(add(y, b), true);
  is<Tensor<N>>()(add(s, 1), true);
  is<Tensor<N>>()(add(s, s), true);
  is<Tensor<[B, D, T]>>()(matrixTranspose(x), true);
  is<Tensor<[...N, D, T]>>()(matrixTranspose(y), true);
  is<Tensor<[D, T, B]>>()(transpose(x), true);
  is<Tensor<[64, D]>>()(transpose(w), true);
  is<Tensor<[B, T, T]>>()(matmul(x, matrixTranspose(x)), true);
  is<Tensor<[...N, T, T]>>()(matmul(y, matrixTranspose(y)), true);
  is<Tensor<[...N, T]>>()(sum(y, -1), true);
  is<Tensor<[...N, T, 1]>>()(sum(y, -1, { keepDims: true }), true);
  is<Tensor<N>>()(sum(y, [-1, -2]), true);
  is<Tensor<[...N, 1, 1]>>()(max(y, [-1, -2], { keepDims: true }), true);
  is<Tensor<[T]>>()(sum(x, [0, 2]), true);
  is<Tensor<[...N, T, D]>>()(add(y, sum(y, -1, { keepDims: true })), true);
  is<Tensor<[...N, T, D]>>()(softmax(y, -1), true);
  is<Tensor<[...N, D, T]>>()(swapaxes(y, -1, -2), true);
  is<Tensor<[B, T]>>()(sum(x, 2), true);
  is<Tensor<[T, B, D]>>()(transpose(x, [1, 0, 2]), true);
  is<Tensor<[T, D, B]>>()(moveaxis(x, 0, -1), true);
  is<Tensor<[B, T, 1, D]>>()(expandDims(x, 2), true);
  is<Tensor<[B, T, 1, D]>>()(expandDims(x, -2), true);
  is<Tensor<[...N, T, D, 1]>>()(expandDims(y, -1), true);
  is<Tensor<[B, T, 8, 8]>>()(reshape(matmul(x, w), [size0, size1, 8, 8]), true);
  is<Tensor<[B, T, 8, 8]>>()(reshape(matmul(x, w), [size0, size1, 8, -1]), true);
  is<Tensor<[B, Mul<T, D>]>>()(reshape(x, [size0, -1]), true);
  is<Tensor<[T, B, 8, 8]>>()(reshape(matmul(x, w), [size1, size0, 8, -1]), true);
  is<Tensor<[T, B, 8, 8]>>()(reshape(matmul(x, w), [size1, size0, 8, 8]), true);
  is<Tensor<[T, B, D]>>()(reshape(x, [size1, size0, -1]), true);
  is<Tensor<[B, T, 1]>>()(variance(x, -1, { keepDims: true }), true);
  is<Tensor<[B, T, 128]>>()(concatenate([matmul(x, w), matmul(x, w)], -1), true);
  is<Tensor<[2, B, T, D]>>()(stack([x, x]), true);
  is<[Tensor<[B, T, 32]>, Tensor<[B, T, 32]>]>()(split(matmul(x, w), 2, -1), true);
  is<Tensor<[B, T, T]>>()(where(greater(zeros([size1]), 0), matmul(x, matrixTranspose(x)), -1e9), true);
  is<Tensor<[T, D]>>()(at(x, 0), true);
  is<Tensor<[...N, T]>>()(at(y, '...', 0), true);
  is<Tensor<[1, D]>>()(atleast2d(b), true);
  is<Tensor<[...N, T, D]>>()(atleast1d(y), true);
  is<Tensor<[B, T, D]>>()(atleast3d(x), true);
  is<Tensor<[B, T, D]>>()(asarray(x), true);
  is<Tensor<N>>()(asarray(s), true);
}

export function contractions<B extends Dim, T extends Dim, D extends Dim, N extends Shape>(
  q: Tensor<[B, T, 8, D]>,
  k: Tensor<[B, T, 8, D]>,
  x: Tensor<[...N, D]>,
  w: Tensor<[D, 5]>,
  flat: Tensor<[B, T, 512]>,
  heads: Tensor<[B, 8, T, 64]>,
) {
  is<Tensor<[B, 8, T, T]>>()(einsum('bqhd,bkhd->bhqk', q, k), true);
  is<Tensor<[...N, 5]>>()(einsum('...i,io->...o', x, w), true);
  is<Tensor<[B, 8, T, 64]>>()(rearrange(flat, 'b t (h d) -> b h t d', { h: 8 }), true);
  is<Tensor<[B, T, 512]>>()(rearrange(heads, 'b h t d -> b t (h d)'), true);
  is<Tensor<[Mul<B, T>, 512]>>()(rearrange(heads, 'b h t d -> (b t) (h d)'), true);
}

export function sizes<S extends Shape, B extends Dim, N extends Shape>(x: Tensor<S>, y: Tensor<[...N, B]>) {
  const all: number[] = [...x.shape];
  for (const n of y.shape) all.push(n);
  return all;
}
