// Written as a user would; every annotation here is one the user needs.

import type { Dim, Mul, Shape, Tensor } from '../language';
import {
  add,
  arange,
  concatenate,
  conv2d,
  div,
  einsum,
  expandDims,
  gelu,
  greater,
  i32,
  jit,
  logSoftmax,
  matmul,
  matrixTranspose,
  maxPool,
  mean,
  mul,
  oneHot,
  random,
  relu,
  reshape,
  rsqrt,
  scan,
  sigmoid,
  size,
  slice,
  softmax,
  split,
  sub,
  sum,
  swapaxes,
  take,
  tanh,
  tree,
  valueAndGrad,
  variance,
  where,
  zeros,
} from '../language';

declare const key: random.Key;

// A multilayer perceptron.
const dense = <I extends Dim, O extends Dim>(k: random.Key, i: I, o: O) => ({
  w: mul(random.normal(k, [i, o]), 0.02),
  b: zeros([o]),
});
type Dense<I extends Dim, O extends Dim> = { w: Tensor<[I, O]>; b: Tensor<[O]> };
const linear = <N extends Shape, I extends Dim, O extends Dim>(p: Dense<I, O>, x: Tensor<[...N, I]>) =>
  add(matmul(x, p.w), p.b);

const initMlp = (k: random.Key) => ({ l1: dense(k, 784, 256), l2: dense(k, 256, 64), l3: dense(k, 64, 10) });
type Mlp = ReturnType<typeof initMlp>;
// prints <B extends Dim>(p: Mlp, x: Tensor<[B, 784]>) => Tensor<[B, 10], f32>
export const mlp = <B extends Dim>(p: Mlp, x: Tensor<[B, 784]>) =>
  linear(p.l3, relu(linear(p.l2, relu(linear(p.l1, x)))));
// prints <N extends Shape, C extends Dim>(logits: Tensor<[...N, C]>, labels: Tensor<N, i32>) => Tensor<[], f32>
export const crossEntropy = <N extends Shape, C extends Dim>(logits: Tensor<[...N, C]>, labels: Tensor<N, i32>) =>
  mean(mul(-1, sum(mul(logSoftmax(logits, -1), oneHot(labels, size(logits, -1))), -1)));
// prints <B extends Dim>(p: Mlp, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) => Tensor<[], f32>
export const mlpLoss = <B extends Dim>(p: Mlp, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) => crossEntropy(mlp(p, x), y);
// prints <B extends Dim>(p: Mlp, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) => readonly [Tensor<[], f32>, { l1: { w: Tensor<[784, 256], f32>; b: Tensor<[256], f32>; }; l2: { w: Tensor<[256, 64], f32>; b: Tensor<[64], f32>; }; l3: { w: Tensor<[64, 10], f32>; b: Tensor<[10], f32>; }; }]
export const step = jit(<B extends Dim>(p: Mlp, x: Tensor<[B, 784]>, y: Tensor<[B], i32>) => {
  const [l, g] = valueAndGrad(mlpLoss)(p, x, y);
  return [l, tree.map((w, d) => sub(w, mul(d, 1e-3)), p, g)] as const;
});
export const [firstLoss, nextParams] = step(initMlp(key), zeros([32, 784]), zeros([32], i32));

// A convolutional network.
const initCnn = (k: random.Key) => ({
  c1: random.normal(k, [3, 3, 1, 32]),
  c2: random.normal(k, [3, 3, 32, 64]),
  fc: dense(k, 1600, 10),
});
export const cnn = <B extends Dim>(p: ReturnType<typeof initCnn>, x: Tensor<[B, 28, 28, 1]>) => {
  // prints Tensor<[B, 13, 13, 32], f32>
  const h1 = maxPool(relu(conv2d(x, p.c1)), 2);
  // prints Tensor<[B, 5, 5, 64], f32>
  const h2 = maxPool(relu(conv2d(h1, p.c2)), 2);
  // prints Tensor<[B, 1600], f32>
  const flat = reshape(h2, [x.shape[0], -1]);
  return linear(p.fc, flat);
};

// An LSTM under scan.
type Lstm<I extends Dim, H extends Dim> = {
  wx: Tensor<[I, Mul<H, 4>]>;
  wh: Tensor<[H, Mul<H, 4>]>;
  b: Tensor<[Mul<H, 4>]>;
};
export const lstmCell = <B extends Dim>(
  p: Lstm<32, 64>,
  [h, c]: readonly [Tensor<[B, 64]>, Tensor<[B, 64]>],
  x: Tensor<[B, 32]>,
) => {
  // prints Tensor<[B, 256], f32>
  const gates = add(add(matmul(x, p.wx), matmul(h, p.wh)), p.b);
  const [i, f, g, o] = split(gates, 4, -1);
  const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
  return [mul(sigmoid(o), tanh(next)), next] as const;
};
// prints <T extends Dim, B extends Dim>(p: Lstm<32, 64>, xs: Tensor<[T, B, 32]>) => { last: Tensor<[B, 64], f32>; hs: Tensor<[T, B, 64], f32>; }
export const lstm = <T extends Dim, B extends Dim>(p: Lstm<32, 64>, xs: Tensor<[T, B, 32]>) => {
  const h0 = zeros([xs.shape[1], 64]);
  const [last, hs] = scan(
    (c, x) => {
      const next = lstmCell(p, c, x);
      return [next, next[0]];
    },
    [h0, h0] as const,
    xs,
  );
  return { last: last[0], hs };
};

// A transformer, generic in batch and time, literal in its configuration.
const config = { d: 512, heads: 8, ff: 2048, vocab: 50257 } as const;
type D = typeof config.d;
type F = typeof config.ff;
type Norm<N extends Dim> = { g: Tensor<[N]>; b: Tensor<[N]> };
type Block = {
  ln1: Norm<D>;
  qkv: Dense<D, 1536>;
  proj: Dense<D, D>;
  ln2: Norm<D>;
  up: Dense<D, F>;
  down: Dense<F, D>;
};
// prints <N extends Shape, C extends Dim>(p: Norm<C>, x: Tensor<[...N, C]>) => Tensor<[...N, C], f32>
export const layerNorm = <N extends Shape, C extends Dim>(p: Norm<C>, x: Tensor<[...N, C]>) => {
  const mu = mean(x, -1, { keepDims: true });
  const v = variance(x, -1, { keepDims: true });
  return add(mul(mul(sub(x, mu), rsqrt(add(v, 1e-5))), p.g), p.b);
};
const causal = <T extends Dim>(t: T) => greater(expandDims(arange(t), 0), expandDims(arange(t), 1));
// prints <B extends Dim, T extends Dim>(p: Block, x: Tensor<[B, T, D]>) => Tensor<[B, T, 512], f32>
export const attention = <B extends Dim, T extends Dim>(p: Block, x: Tensor<[B, T, D]>) => {
  const [b, t] = x.shape;
  const heads = (z: Tensor<[B, T, D]>) => swapaxes(reshape(z, [b, t, config.heads, -1]), 1, 2);
  const [q, k, v] = split(linear(p.qkv, x), 3, -1);
  // prints Tensor<[B, 8, T, T], f32>
  const scores = div(matmul(heads(q), matrixTranspose(heads(k))), 8);
  const weights = softmax(where(causal(t), -1e9, scores), -1);
  // prints Tensor<[B, T, 8, 64], f32>
  const out = swapaxes(matmul(weights, heads(v)), 1, 2);
  return linear(p.proj, reshape(out, [b, t, config.d]));
};
export const block = <B extends Dim, T extends Dim>(p: Block, x: Tensor<[B, T, D]>) => {
  const h = add(x, attention(p, layerNorm(p.ln1, x)));
  return add(h, linear(p.down, gelu(linear(p.up, layerNorm(p.ln2, h)))));
};
type Gpt = { emb: Tensor<[typeof config.vocab, D]>; pos: Tensor<[1024, D]>; blocks: Block[]; lnf: Norm<D> };
// prints <B extends Dim, T extends Dim>(p: Gpt, ids: Tensor<[B, T], i32>) => Tensor<[B, T, 50257], f32>
export const gpt = <B extends Dim, T extends Dim>(p: Gpt, ids: Tensor<[B, T], i32>) => {
  let x = add(take(p.emb, ids), slice(p.pos, 0, 0, ids.shape[1]));
  for (const b of p.blocks) x = block(b, x);
  return matmul(layerNorm(p.lnf, x), matrixTranspose(p.emb));
};
export const gptLoss = <B extends Dim, T extends Dim>(p: Gpt, ids: Tensor<[B, T], i32>, targets: Tensor<[B, T], i32>) =>
  crossEntropy(gpt(p, ids), targets);
// prints <B extends Dim, T extends Dim>(params: Gpt, ids: Tensor<[B, T], i32>, targets: Tensor<[B, T], i32>) => [loss: Tensor<[], f32>, grads: Gpt]
export const gptStep = jit(valueAndGrad(gptLoss));
declare const gptParams: Gpt;
export const gptOut = gptStep(gptParams, zeros([8, 128], i32), zeros([8, 128], i32));

// Attention by einsum: every dim of the configuration is a type parameter.
// prints <B extends Dim, T extends Dim, H extends Dim, K extends Dim, C extends Dim>(p: { q: Tensor<[C, H, K]>; k: Tensor<[C, H, K]>; v: Tensor<[C, H, K]>; o: Tensor<[H, K, C]>; }, x: Tensor<[B, T, C]>) => Tensor<[B, T, C], f32>
export const multiHead = <B extends Dim, T extends Dim, H extends Dim, K extends Dim, C extends Dim>(
  p: { q: Tensor<[C, H, K]>; k: Tensor<[C, H, K]>; v: Tensor<[C, H, K]>; o: Tensor<[H, K, C]> },
  x: Tensor<[B, T, C]>,
) => {
  const q = einsum('btd,dhk->bhtk', x, p.q);
  const k = einsum('btd,dhk->bhtk', x, p.k);
  const v = einsum('btd,dhk->bhtk', x, p.v);
  const weights = softmax(einsum('bhqk,bhsk->bhqs', q, k), -1);
  return einsum('bhqk,hkd->bqd', einsum('bhqs,bhsk->bhqk', weights, v), p.o);
};

// A U-shaped skip connection.
// prints <B extends Dim, T extends Dim>(p: Dense<512, 256>, x: Tensor<[B, T, 512]>) => Tensor<[B, T, 768], f32>
export const skip = <B extends Dim, T extends Dim>(p: Dense<512, 256>, x: Tensor<[B, T, 512]>) =>
  concatenate([linear(p, x), x], -1);
