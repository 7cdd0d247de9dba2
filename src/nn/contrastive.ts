// Losses of distances: what belongs together is to be near.

import type { AnyTensor, Dim, DType, FloatOf, Shape, Tensor } from '../index';
import {
  add,
  arange,
  atMost,
  composed,
  div,
  knownOptions,
  matmul,
  matrixTranspose,
  maximum,
  mul,
  norm,
  sub,
} from '../untyped';
import { crossEntropy } from './losses';
import { rowwise } from './rowwise';
import { unit } from './vectors';

const distance = (x: AnyTensor, y: AnyTensor): AnyTensor => norm(sub(x, y), -1);

/**
 * max(0, |anchor − positive| − |anchor − negative| + margin) along the last axis (Schroff et al., 2015); the margin is 1.
 *
 * @example
 * tripletLoss(tensor([0, 0]), tensor([3, 4]), tensor([0, 2])).item() // => 4
 */
export const tripletLoss = /* @__PURE__ */ composed(function <N extends Shape, F extends Dim, D extends DType>(
  anchor: Tensor<[...N, F], D>,
  positive: Tensor<[...N, F], D>,
  negative: Tensor<[...N, F], D>,
  options: { readonly margin?: number } = {},
): Tensor<N, FloatOf<D>> {
  atMost('tripletLoss', arguments, 4);
  const { margin = 1 } = knownOptions('tripletLoss', options, ['margin']);
  return rowwise((a, near, far) => {
    const apart = sub(distance(a, near), distance(a, far));
    return maximum(add(apart, margin), 0);
  })([anchor, positive, negative]);
});

/**
 * InfoNCE: the cross entropy of finding, for each row of the queries, the row of the keys that belongs to it, by cosine
 * similarity over a temperature (van den Oord et al., 2018). Both ways with `symmetric`, as in CLIP.
 *
 * @example
 * infoNce(eye(2), ones([2, 2]), { temperature: 1 }).toArray().map((x) => x.toFixed(4)) // => ['0.6931', '0.6931']
 */
export const infoNce = /* @__PURE__ */ composed(function <B extends Dim, F extends Dim, D extends DType>(
  queries: Tensor<[B, F], D>,
  keys: Tensor<[B, F], D>,
  options: { readonly temperature?: number; readonly symmetric?: boolean } = {},
): Tensor<[B], FloatOf<D>> {
  atMost('infoNce', arguments, 3);
  const { temperature = 0.1, symmetric = false } = knownOptions('infoNce', options, ['temperature', 'symmetric']);
  const scores = div(matmul(unit(queries), matrixTranspose(unit(keys))), temperature);
  const own = arange(queries.shape[0] as number);
  const forth: AnyTensor = crossEntropy(scores, own);
  if (!symmetric) return forth;
  const back: AnyTensor = crossEntropy(matrixTranspose(scores), own);
  return mul(add(forth, back), 0.5);
});
