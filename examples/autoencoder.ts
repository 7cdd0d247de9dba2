// Autoencoders of handwritten digits: a dense and a convolutional one, one that takes noise away (P. Vincent et al., Extracting and composing
// robust features with denoising autoencoders, 2008), and a variational one, trained by the reparameterised evidence lower bound
// (D. Kingma and M. Welling, Auto-encoding variational Bayes, 2014). Run it: `npm run example -- autoencoder`.
import { join } from 'node:path';
import {
  add,
  clip,
  concatenate,
  type Dim,
  exp,
  jit,
  mean,
  mul,
  rearrange,
  relu,
  reshape,
  roll,
  type Scalar,
  sigmoid,
  slice,
  square,
  stack,
  sub,
  sum,
  swapaxes,
  type Tensor,
  valueAndGrad,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { adam, applyUpdates, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Context, type Example, parameterCount } from './catalogue/example';
import { type ImageSet, imageBatches, imagesAt, readImageSets } from './catalogue/images';
import { imageGrid, savePicture } from './catalogue/pictures';
import { sources } from './catalogue/sources';
import { train } from './catalogue/training';

type Pictures<B extends Dim = number> = Tensor<[B, 28, 28, 1]>;

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
type Dense<C extends Dim> = ReturnType<typeof initDense<C>>;
const encode = <B extends Dim, C extends Dim>(p: Dense<C>, x: Pictures<B>): Tensor<[B, 32]> =>
  pipe(reshape(x, [x.shape[0], 784]), nn.linear(p.in), relu, nn.linear(p.code));
const decode = <B extends Dim, C extends Dim>(p: Dense<C>, code: Tensor<[B, C]>): Pictures<B> =>
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

const gaussian = <B extends Dim>(p: Dense<16>, x: Pictures<B>) => {
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

// Training and pictures.

const noisy = <B extends Dim>(x: Pictures<B>, key: random.Key): Pictures<B> =>
  clip(add(x, mul(random.normal(key, [x.shape[0], 28, 28, 1]), 0.5)), 0, 1);

const learned = <P>(
  context: Context,
  name: string,
  params: P,
  digits: ImageSet,
  loss: (p: P, x: Pictures, key: random.Key) => Scalar,
) => {
  const [orderKey, noiseKey] = random.split(random.key(context.seed + 1));
  const steps = context.quick ? 100 : 1000;
  const optimiser = adam({ learningRate: cosineDecay({ from: 2e-3, steps }) });
  const initial = { params, optimiser: optimiser.init(params), key: noiseKey };
  const step = jit(
    (s: typeof initial, x: Pictures) => {
      const [now, key] = random.split(s.key);
      const [l, gradients] = valueAndGrad(loss)(s.params, x, now);
      const [updates, next] = optimiser.update(gradients, s.optimiser, s.params);
      return [{ params: applyUpdates(s.params, updates), optimiser: next, key }, { loss: l }] as const;
    },
    { donate: 0 },
  );
  function* batches(from: number): Generator<Pictures> {
    for (const { images } of imageBatches(orderKey, digits, 128, from)) yield images;
  }
  return pipe(
    train(context, step, initial, batches, { name, steps }),
    TE.map((end) => end.params),
  );
};
const distance = (x: Pictures, y: Pictures): number => mean(square(sub(x, y))).item();
const firstTen = (x: Pictures) => slice(x, 0, 0, 10);

/** From each of ten pictures to the next, in ten steps through the codes. */
const walk = (p: Dense<16>, x: Pictures<10>) => {
  const { centre } = gaussian(p, x);
  const next = roll(centre, -1, 0);
  const steps = Array.from({ length: 10 }, (_, i) => add(mul(centre, 1 - i / 9), mul(next, i / 9)));
  return sigmoid(decode(p, swapaxes(stack(steps), 0, 1).reshape([100, 16])));
};

export const example: Example = {
  name: 'autoencoder',
  summary:
    'dense, convolutional, denoising and variational autoencoders of digits; reconstructions and a walk as pictures',
  sources: [sources.mnist],
  goals: {
    'squared error, dense': { atMost: { full: 0.011, quick: 0.045 } },
    'squared error, convolutional': { atMost: { full: 0.01, quick: 0.055 } },
    'noise that is left': { atMost: { full: 0.17, quick: 0.7 } },
    'negative ELBO': { atMost: { full: 122, quick: 190 } },
  },
  run: (context) => {
    const [k1, k2, k3, k4, testKey] = random.split(random.key(context.seed), 5);
    const start = { dense: initDense(k1, 32), conv: initConv(k2), denoise: initConv(k3), vae: initDense(k4, 16) };
    const bce = (scores: Pictures, x: Pictures) => mean(sum(nn.binaryCrossEntropy(scores, x), [1, 2, 3]));
    const draw = (name: string, picture: Uint8Array) => savePicture(join(context.directory, name), picture);
    return pipe(
      readImageSets(sources.mnist, context.folder(sources.mnist)),
      TE.bindTo('mnist'),
      TE.bind('dense', ({ mnist }) =>
        learned(context, 'dense', start.dense, mnist.train, (p, x) => bce(dense(p, x), x)),
      ),
      TE.bind('conv', ({ mnist }) =>
        learned(context, 'convolutional', start.conv, mnist.train, (p, x) => bce(convolutional(p, x), x)),
      ),
      TE.bind('denoise', ({ mnist }) =>
        learned(context, 'denoising', start.denoise, mnist.train, (p, x, key) =>
          bce(convolutional(p, noisy(x, key)), x),
        ),
      ),
      TE.bind('vae', ({ mnist }) => learned(context, 'variational', start.vae, mnist.train, negativeElbo)),
      TE.chain((end) => {
        const x = imagesAt(
          end.mnist.test,
          Int32Array.from({ length: 2000 }, (_, i) => i),
        ).images;
        const spoiled = noisy(x, testKey);
        const [a, b] = [sigmoid(dense(end.dense, x)), sigmoid(convolutional(end.conv, x))];
        const clean = sigmoid(convolutional(end.denoise, spoiled));
        const rows = [x, a, b, spoiled, clean].map(firstTen);
        const outcome = {
          parameters: parameterCount(start),
          results: {
            'squared error, dense': distance(a, x),
            'squared error, convolutional': distance(b, x),
            'noise that is left': distance(clean, x) / distance(spoiled, x),
            'negative ELBO': negativeElbo(end.vae, x, testKey).item(),
          },
        };
        return pipe(
          draw('reconstructions.png', imageGrid(concatenate(rows, 0), { columns: 10, range: [0, 1] })),
          TE.chain(() => draw('walk.png', imageGrid(walk(end.vae, firstTen(x)), { range: [0, 1] }))),
          TE.map(() => outcome),
        );
      }),
    );
  },
};
