// Autoencoders of small grey pictures: a dense one, a convolutional one, and a variational one with its evidence lower bound by a
// reparameterised draw (D. Kingma and M. Welling, Auto-encoding variational Bayes, 2014).
import {
  add,
  type Dim,
  exp,
  mean,
  mul,
  rearrange,
  relu,
  reshape,
  type Scalar,
  slice,
  square,
  sub,
  sum,
  type Tensor,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';

export type Pictures<B extends Dim = number> = Tensor<[B, 28, 28, 1]>;

// Dense: 784 pixels, 32 numbers, 784 pixels. Decoders give the log odds of a white pixel.

export const initDense = <const C extends Dim>(key: random.Key, code: C) => {
  const [k1, k2, k3, k4] = random.split(key, 4);
  return {
    in: nn.initLinear(k1, { inputs: 784, outputs: 256 }),
    code: nn.initLinear(k2, { inputs: 256, outputs: 32 }),
    back: nn.initLinear(k3, { inputs: code, outputs: 256 }),
    out: nn.initLinear(k4, { inputs: 256, outputs: 784 }),
  };
};
export type Dense<C extends Dim> = ReturnType<typeof initDense<C>>;
const encode = <B extends Dim, C extends Dim>(p: Dense<C>, x: Pictures<B>): Tensor<[B, 32]> =>
  pipe(reshape(x, [x.shape[0], 784]), nn.linear(p.in), relu, nn.linear(p.code));
export const decode = <B extends Dim, C extends Dim>(p: Dense<C>, code: Tensor<[B, C]>): Pictures<B> =>
  reshape(pipe(code, nn.linear(p.back), relu, nn.linear(p.out)), [code.shape[0], 28, 28, 1]);
export const dense = <B extends Dim>(p: Dense<32>, x: Pictures<B>): Pictures<B> => decode(p, encode(p, x));

// Convolutional: strides down to 7 x 7, and up again; the last layer makes the four pixels of each place (W. Shi et al., 2016).

export const initConv = (key: random.Key) => {
  const [k1, k2, k3, k4, k5, k6] = random.split(key, 6);
  return {
    down1: nn.initConv2d(k1, { window: 3, inputs: 1, outputs: 16 }),
    down2: nn.initConv2d(k2, { window: 3, inputs: 16, outputs: 32 }),
    code: nn.initLinear(k3, { inputs: 1568, outputs: 32 }),
    back: nn.initLinear(k4, { inputs: 32, outputs: 1568 }),
    up1: nn.initConv2d(k5, { window: 3, inputs: 32, outputs: 16 }),
    up2: nn.initConv2d(k6, { window: 3, inputs: 16, outputs: 4 }),
  };
};
const by2 = { stride: 2, padding: 'same' } as const;
export const convolutional = <B extends Dim>(p: ReturnType<typeof initConv>, x: Pictures<B>): Pictures<B> => {
  const down = pipe(x, nn.conv2d(p.down1, by2), relu, nn.conv2d(p.down2, by2), relu);
  const code = pipe(down, nn.flatten, nn.linear(p.code));
  const back = pipe(code, nn.linear(p.back), relu, (y) => reshape(y, [x.shape[0], 7, 7, 32]));
  const pixels = pipe(back, nn.convTranspose2d(p.up1, by2), relu, nn.conv2d(p.up2, { padding: 'same' }));
  return rearrange(pixels, 'b h w (r s c) -> b (h r) (w s) c', { r: 2, s: 2 });
};

// Variational: the code is a Gaussian of 16 dims, whose mean and log variance the encoder gives.

/** The mean and the log variance of a picture's code. */
export const gaussian = <B extends Dim>(p: Dense<16>, x: Pictures<B>) => {
  const both = encode(p, x);
  return { centre: slice(both, 1, 0, 16), logVariance: slice(both, 1, 16, 16) };
};
/** The negative evidence lower bound, in nats a picture: what the picture loses, and how far its code is from a standard normal one. */
export const negativeElbo = <B extends Dim>(p: Dense<16>, x: Pictures<B>, key: random.Key): Scalar => {
  const { centre, logVariance } = gaussian(p, x);
  const code = add(centre, mul(exp(mul(logVariance, 0.5)), random.normal(key, [x.shape[0], 16])));
  const lost = sum(nn.binaryCrossEntropy(decode(p, code), x), [1, 2, 3]);
  const apart = mul(sum(sub(add(square(centre), exp(logVariance)), add(logVariance, 1)), 1), 0.5);
  return mean(add(lost, apart));
};
