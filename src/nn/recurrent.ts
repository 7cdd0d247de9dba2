// Recurrent cells: one step of a sequence, from a state and an input to the next state.

import { atMost, knownOptions } from '../core/arguments';
import { composed } from '../core/composed';
import {
  type AnyTensor,
  add,
  concatenate,
  type Dim,
  type Mul,
  matmul,
  mul,
  mulDim,
  ones,
  split as parts,
  type Shape,
  sigmoid,
  sub,
  type Tensor,
  tanh,
  zeros,
} from '../index';
import { type Key, split } from '../random';
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
const product = (x: AnyTensor, w: AnyTensor): AnyTensor => matmul(x, w);
const gatesOf = (x: AnyTensor, n: number): readonly AnyTensor[] => parts(x, n, -1) as unknown as readonly AnyTensor[];

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
  return <N extends Shape>(h: Tensor<[...N, H]>, x: Tensor<[...N, I]>): Tensor<[...N, H]> => {
    const y: AnyTensor = tanh(add(add(product(x, wx), product(h, wh)) as AnyTensor, b as AnyTensor) as AnyTensor);
    return y;
  };
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
  const b: AnyTensor = concatenate([zeros([hidden]), ones([hidden]), zeros([2 * hidden])] as AnyTensor[], 0);
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
    const all: AnyTensor = add(add(product(x, wx), product(state.h, wh)) as AnyTensor, b as AnyTensor);
    const [i, f, g, o] = gatesOf(all, 4) as readonly [AnyTensor, AnyTensor, AnyTensor, AnyTensor];
    const kept: AnyTensor = mul(sigmoid(f) as AnyTensor, state.c as AnyTensor);
    const c: AnyTensor = add(kept, mul(sigmoid(i) as AnyTensor, tanh(g) as AnyTensor) as AnyTensor);
    const h: AnyTensor = mul(sigmoid(o) as AnyTensor, tanh(c) as AnyTensor);
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
    const [xr, xz, xn] = gatesOf(add(product(x, wx), b as AnyTensor), 3) as readonly [AnyTensor, AnyTensor, AnyTensor];
    const [hr, hz, hn] = gatesOf(product(h, wh), 3) as readonly [AnyTensor, AnyTensor, AnyTensor];
    const [r, z]: readonly AnyTensor[] = [sigmoid(add(xr, hr) as AnyTensor), sigmoid(add(xz, hz) as AnyTensor)];
    const n: AnyTensor = tanh(add(xn, mul(r as AnyTensor, hn)) as AnyTensor);
    const y: AnyTensor = add(n, mul(z as AnyTensor, sub(h as AnyTensor, n) as AnyTensor));
    return y;
  };
});
