// Layers that multiply by a matrix.

import type { AnyTensor, Dim, i32, Shape, Tensor } from '../index';
import type { Key } from '../random';
import {
  add,
  atMost,
  composed,
  expandDims,
  knownOptions,
  matmul,
  matrixTranspose,
  mul,
  reshape,
  sum,
  take,
  zeros,
} from '../untyped';
import { type Initialiser, lecunNormal, normal, varianceScaling } from './initialisers';

/** A bias, or null for none. */
export type BiasOf<S extends Shape, Bias extends boolean> = Bias extends false ? null : Tensor<S>;
/** The bias of a layer that has one unless told otherwise. */
export const biasOf = <const S extends Shape, Bias extends boolean>(
  bias: Bias | undefined,
  shape: readonly [...S],
): BiasOf<S, Bias> => {
  const b: Tensor<S> | null = bias === false ? null : zeros(shape);
  // The condition of the type is the one above.
  return b as BiasOf<S, Bias>;
};
/** x + b, where there is a bias. */
export const plusBias = (x: AnyTensor, b: AnyTensor | null): AnyTensor => (b === null ? x : add(x, b));

/** Weights and bias from I features to O. */
export interface Dense<I extends Dim, O extends Dim> {
  readonly w: Tensor<[I, O]>;
  readonly b: Tensor<[O]>;
}
/** The same where the bias may be missing. */
export interface Linear<I extends Dim, O extends Dim, Bias = Tensor<[O]> | null> {
  readonly w: Tensor<[I, O]>;
  readonly b: Bias;
}
export interface LinearConfig<I extends Dim, O extends Dim, Bias extends boolean> {
  readonly inputs: I;
  readonly outputs: O;
  /** True by default. */
  readonly bias?: Bias;
  /** LeCun's normal distribution by default. */
  readonly weight?: Initialiser;
}
/**
 * Weights of variance 1 / I, bias 0.
 *
 * @example
 * initLinear(random.key(0), { inputs: 4, outputs: 2 }).w.shape // => [4, 2]
 * initLinear(random.key(0), { inputs: 4, outputs: 2, bias: false }).b // => null
 */
export const initLinear = /* @__PURE__ */ composed(function <
  const I extends Dim,
  const O extends Dim,
  const Bias extends boolean = true,
>(key: Key, options: LinearConfig<I, O, Bias>): Linear<I, O, BiasOf<[O], Bias>> {
  atMost('initLinear', arguments, 2);
  const {
    inputs,
    outputs,
    bias,
    weight = lecunNormal,
  } = knownOptions('initLinear', options, ['inputs', 'outputs', 'bias', 'weight']);
  return { w: weight(key, [inputs, outputs]), b: biasOf(bias, [outputs]) };
});

/**
 * Weights from a normal distribution of variance 2 / I, which keeps the scale through ReLUs (He et al., 2015); bias 0.
 *
 * @example
 * dense(random.key(0), 4, 2).w.shape // => [4, 2]
 */
export const dense = /* @__PURE__ */ composed(function <const I extends Dim, const O extends Dim>(
  key: Key,
  inputs: I,
  outputs: O,
): Dense<I, O> {
  atMost('dense', arguments, 3);
  return {
    w: varianceScaling({ scale: 2, distribution: 'normal' })(key, [inputs, outputs]),
    b: zeros([outputs]),
  };
});

/**
 * x · w + b, over any leading axes.
 *
 * @example
 * linear({ w: eye(2), b: tensor([10, 20]) })(tensor([1, 2])).toArray() // => [11, 22]
 */
export const linear = /* @__PURE__ */ composed(function <I extends Dim, O extends Dim>(p: Linear<I, O>) {
  atMost('linear', arguments, 1);
  return <N extends Shape>(x: Tensor<[...N, I]>): Tensor<[...N, O]> => plusBias(matmul(x, p.w), p.b);
});

/** Weights for every pair of features of two inputs, and bias. */
export interface Bilinear<I extends Dim, J extends Dim, O extends Dim> {
  readonly w: Tensor<[I, J, O]>;
  readonly b: Tensor<[O]>;
}
/**
 * Weights of variance 1 / (I · J), bias 0.
 *
 * @example
 * initBilinear(random.key(0), { inputs: [2, 3], outputs: 4 }).w.shape // => [2, 3, 4]
 */
export const initBilinear = /* @__PURE__ */ composed(function <
  const I extends Dim,
  const J extends Dim,
  const O extends Dim,
>(key: Key, options: { readonly inputs: readonly [I, J]; readonly outputs: O }): Bilinear<I, J, O> {
  atMost('initBilinear', arguments, 2);
  const {
    inputs: [i, j],
    outputs,
  } = knownOptions('initBilinear', options, ['inputs', 'outputs']);
  return { w: lecunNormal(key, [i, j, outputs]), b: zeros([outputs]) };
});
/**
 * yₒ = Σ xᵢ wᵢⱼₒ zⱼ + bₒ.
 *
 * @example
 * bilinear({ w: ones([2, 2, 1]), b: zeros([1]) })(tensor([1, 2]), tensor([10, 1])).toArray() // => [33]
 */
export const bilinear = /* @__PURE__ */ composed(function <I extends Dim, J extends Dim, O extends Dim>({
  w,
  b,
}: Bilinear<I, J, O>) {
  atMost('bilinear', arguments, 1);
  return <N extends Shape>(x: Tensor<[...N, I]>, z: Tensor<[...N, J]>): Tensor<[...N, O]> => {
    const [i, j, o] = w.shape as readonly number[] as readonly [number, number, number];
    const flat = matmul(x, reshape(w, [i, j * o]));
    const rows = reshape(flat, [...flat.shape.slice(0, -1), j, o]);
    return add(sum(mul(rows, expandDims(z, -1)), -2), b);
  };
});

/** One row of F features for each of V symbols. */
export interface Embedding<V extends Dim, F extends Dim> {
  readonly table: Tensor<[V, F]>;
}
/**
 * Rows from a normal distribution of standard deviation 0.02 unless another is given.
 *
 * @example
 * initEmbedding(random.key(0), { symbols: 100, features: 8 }).table.shape // => [100, 8]
 */
export const initEmbedding = /* @__PURE__ */ composed(function <const V extends Dim, const F extends Dim>(
  key: Key,
  options: { readonly symbols: V; readonly features: F; readonly weight?: Initialiser },
): Embedding<V, F> {
  atMost('initEmbedding', arguments, 2);
  const {
    symbols,
    features,
    weight = normal(0.02),
  } = knownOptions('initEmbedding', options, ['symbols', 'features', 'weight']);
  return { table: weight(key, [symbols, features]) };
});
/**
 * The row of every index.
 *
 * @example
 * embedding({ table: tensor([[1, 2], [3, 4]]) })(tensor([1, 0, 1], i32)).toArray() // => [[3, 4], [1, 2], [3, 4]]
 */
export const embedding = /* @__PURE__ */ composed(function <V extends Dim, F extends Dim>({ table }: Embedding<V, F>) {
  atMost('embedding', arguments, 1);
  return <N extends Shape>(ids: Tensor<N, i32>): Tensor<[...N, F]> => take(table, ids);
});
/**
 * Scores of all symbols by the same table, x · tableᵀ: the output layer that shares its weights with the embedding.
 *
 * @example
 * unembedding({ table: tensor([[1, 2], [3, 4]]) })(tensor([1, 1])).toArray() // => [3, 7]
 */
export const unembedding = /* @__PURE__ */ composed(function <V extends Dim, F extends Dim>({
  table,
}: Embedding<V, F>) {
  atMost('unembedding', arguments, 1);
  return <N extends Shape>(x: Tensor<[...N, F]>): Tensor<[...N, V]> => matmul(x, matrixTranspose(table));
});

/** Two thin matrices whose product is added to the weights of a layer. */
export interface Lora<I extends Dim, R extends Dim, O extends Dim> {
  readonly a: Tensor<[I, R]>;
  readonly b: Tensor<[R, O]>;
}
/**
 * A of variance 1 / I, B 0: at first nothing is changed.
 *
 * @example
 * initLora(random.key(0), { inputs: 8, rank: 2, outputs: 4 }).b.shape // => [2, 4]
 */
export const initLora = /* @__PURE__ */ composed(function <
  const I extends Dim,
  const R extends Dim,
  const O extends Dim,
>(key: Key, options: { readonly inputs: I; readonly rank: R; readonly outputs: O }): Lora<I, R, O> {
  atMost('initLora', arguments, 2);
  const { inputs, rank, outputs } = knownOptions('initLora', options, ['inputs', 'rank', 'outputs']);
  return { a: lecunNormal(key, [inputs, rank]), b: zeros([rank, outputs]) };
});
const loraScale = (l: { readonly b: AnyTensor }, alpha: number | undefined): number => {
  const rank = l.b.shape[0] as number;
  return (alpha ?? rank) / rank;
};
/**
 * A layer with frozen weights and a change of low rank, x · w + b + α / r · x · A · B (Hu et al., "LoRA", 2022).
 *
 * @example
 * lora({ w: eye(2), b: null }, { a: ones([2, 1]), b: ones([1, 2]) })(tensor([1, 2])).toArray() // => [4, 5]
 */
export const lora = /* @__PURE__ */ composed(function <I extends Dim, R extends Dim, O extends Dim>(
  p: Linear<I, O>,
  l: Lora<NoInfer<I>, R, NoInfer<O>>,
  options: { readonly alpha?: number } = {},
) {
  atMost('lora', arguments, 3);
  const { alpha } = knownOptions('lora', options, ['alpha']);
  return <N extends Shape>(x: Tensor<[...N, I]>): Tensor<[...N, O]> => {
    const change = matmul(matmul(x, l.a), l.b);
    const whole: AnyTensor = linear(p)(x);
    return add(whole, mul(change, loraScale(l, alpha)));
  };
});
/**
 * The layer with the change put into its weights.
 *
 * @example
 * mergeLora({ w: eye(2), b: null }, { a: ones([2, 1]), b: ones([1, 2]) }).w.toArray() // => [[2, 1], [1, 2]]
 */
export const mergeLora = /* @__PURE__ */ composed(function <I extends Dim, R extends Dim, O extends Dim, B>(
  p: Linear<I, O, B>,
  l: Lora<NoInfer<I>, R, NoInfer<O>>,
  options: { readonly alpha?: number } = {},
): Linear<I, O, B> {
  atMost('mergeLora', arguments, 3);
  const { alpha } = knownOptions('mergeLora', options, ['alpha']);
  const w = add(p.w, mul(matmul(l.a, l.b), loraScale(l, alpha)));
  return { w, b: p.b };
});
