// Recurrent cells: one step of a sequence, from a state and an input to the next state.

import { type Dim, type Mul, mulDim, type Shape, type Tensor } from '../index';
import { type Key, split } from '../random';
import {
  add,
  atMost,
  composed,
  concatenate,
  knownOptions,
  matmul,
  mul,
  ones,
  split as parts,
  sigmoid,
  sub,
  tanh,
  zeros,
} from '../untyped';
import { glorotUniform, orthogonal } from './initialisers';

/** Weights of the input and of the state for G gates of H features, and their bias. */
export interface Recurrent<I extends Dim, H extends Dim, G extends Dim> {
  readonly wx: Tensor<[I, NoInfer<Mul<H, G>>]>;
  readonly wh: Tensor<[H, NoInfer<Mul<H, G>>]>;
  readonly b: Tensor<[NoInfer<Mul<H, G>>]>;
}
export interface RecurrentConfig<I extends Dim, H extends Dim> {
  readonly inputs: I;
  readonly hidden: H;
}
const initRecurrent = <I extends Dim, H extends Dim, G extends Dim>(
  key: Key,
  { inputs, hidden }: RecurrentConfig<I, H>,
  gates: G,
): Recurrent<I, H, G> => {
  const [k1, k2] = split(key);
  const width = mulDim(hidden, gates);
  return { wx: glorotUniform(k1, [inputs, width]), wh: orthogonal()(k2, [hidden, width]), b: zeros([width]) };
};

export type SimpleRnn<I extends Dim, H extends Dim> = Recurrent<I, H, 1>;
/**
 * Glorot's uniform distribution for the input, an orthogonal matrix for the state, bias 0.
 *
 * @example
 * initSimpleRnn(random.key(0), { inputs: 4, hidden: 8 }).wh.shape // => [8, 8]
 */
export const initSimpleRnn = /* @__PURE__ */ composed(function <const I extends Dim, const H extends Dim>(
  key: Key,
  config: RecurrentConfig<I, H>,
): SimpleRnn<I, H> {
  atMost('initSimpleRnn', arguments, 2);
  knownOptions('initSimpleRnn', config, ['inputs', 'hidden']);
  return initRecurrent(key, config, 1);
});
/**
 * tanh(x · wx + h · wh + b).
 *
 * @example
 * simpleRnnCell(initSimpleRnn(random.key(0), { inputs: 4, hidden: 8 }))(zeros([8]), zeros([4])).shape // => [8]
 */
export const simpleRnnCell = /* @__PURE__ */ composed(function <I extends Dim, H extends Dim>({
  wx,
  wh,
  b,
}: SimpleRnn<I, H>) {
  atMost('simpleRnnCell', arguments, 1);
  return <N extends Shape>(h: Tensor<[...N, H]>, x: Tensor<[...N, I]>): Tensor<[...N, H]> =>
    tanh(add(add(matmul(x, wx), matmul(h, wh)), b));
});

export type Lstm<I extends Dim, H extends Dim> = Recurrent<I, H, 4>;
/** The output of a step and the cell behind it. */
export interface LstmState<N extends Shape, H extends Dim> {
  readonly h: Tensor<[...N, H]>;
  readonly c: Tensor<[...N, H]>;
}
/**
 * The gates are, in order: input, forget, cell, output. The bias is 0, that of the forget gate 1, so that it is open at
 * first (Gers et al., 2000; Jozefowicz et al., 2015).
 *
 * @example
 * initLstm(random.key(0), { inputs: 4, hidden: 2 }).b.toArray() // => [0, 0, 1, 1, 0, 0, 0, 0]
 */
export const initLstm = /* @__PURE__ */ composed(function <const I extends Dim, const H extends Dim>(
  key: Key,
  config: RecurrentConfig<I, H>,
): Lstm<I, H> {
  atMost('initLstm', arguments, 2);
  knownOptions('initLstm', config, ['inputs', 'hidden']);
  const { hidden } = config;
  const b = concatenate([zeros([hidden]), ones([hidden]), zeros([2 * hidden])], 0);
  return { ...initRecurrent(key, config, 4), b };
});
/**
 * c ← σ(f) c + σ(i) tanh(g), h ← σ(o) tanh(c) (Hochreiter and Schmidhuber, 1997).
 *
 * @example
 * const state = { h: zeros([8]), c: zeros([8]) };
 * lstmCell(initLstm(random.key(0), { inputs: 4, hidden: 8 }))(state, zeros([4])).h.shape // => [8]
 */
export const lstmCell = /* @__PURE__ */ composed(function <I extends Dim, H extends Dim>({ wx, wh, b }: Lstm<I, H>) {
  atMost('lstmCell', arguments, 1);
  return <N extends Shape>(state: LstmState<N, H>, x: Tensor<[...N, I]>): LstmState<N, H> => {
    const all = add(add(matmul(x, wx), matmul(state.h, wh)), b);
    const [i, f, g, o] = parts(all, 4, -1);
    const kept = mul(sigmoid(f), state.c);
    const c = add(kept, mul(sigmoid(i), tanh(g)));
    const h = mul(sigmoid(o), tanh(c));
    return { h, c };
  };
});

export type Gru<I extends Dim, H extends Dim> = Recurrent<I, H, 3>;
/**
 * The gates are, in order: reset, update, new.
 *
 * @example
 * initGru(random.key(0), { inputs: 4, hidden: 8 }).wx.shape // => [4, 24]
 */
export const initGru = /* @__PURE__ */ composed(function <const I extends Dim, const H extends Dim>(
  key: Key,
  config: RecurrentConfig<I, H>,
): Gru<I, H> {
  atMost('initGru', arguments, 2);
  knownOptions('initGru', config, ['inputs', 'hidden']);
  return initRecurrent(key, config, 3);
});
/**
 * h ← (1 - z) n + z h with n = tanh(xₙ + r hₙ): the reset gate acts behind the matrix (Cho et al., 2014, as in cuDNN).
 *
 * @example
 * gruCell(initGru(random.key(0), { inputs: 4, hidden: 8 }))(zeros([8]), zeros([4])).shape // => [8]
 */
export const gruCell = /* @__PURE__ */ composed(function <I extends Dim, H extends Dim>({ wx, wh, b }: Gru<I, H>) {
  atMost('gruCell', arguments, 1);
  return <N extends Shape>(h: Tensor<[...N, H]>, x: Tensor<[...N, I]>): Tensor<[...N, H]> => {
    const [xr, xz, xn] = parts(add(matmul(x, wx), b), 3, -1);
    const [hr, hz, hn] = parts(matmul(h, wh), 3, -1);
    const [r, z] = [sigmoid(add(xr, hr)), sigmoid(add(xz, hz))];
    const n = tanh(add(xn, mul(r, hn)));
    return add(n, mul(z, sub(h, n)));
  };
});
