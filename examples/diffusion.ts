// A diffusion model draws digits: a network learns to tell the noise in a picture, whatever its share, and pictures are drawn by taking noise away
// step by step. One compiled scan draws all of them. J. Ho, A. Jain, P. Abbeel, Denoising diffusion probabilistic models (2020), with the
// cosine schedule of A. Nichol and P. Dhariwal (2021). Run it: `npm run example -- diffusion`.
import { join } from 'node:path';
import {
  add,
  arange,
  avgPool,
  clip,
  concatenate,
  type Dim,
  div,
  gelu,
  i32,
  jit,
  mean,
  mul,
  ones,
  reshape,
  type Scalar,
  scan,
  slice,
  sqrt,
  square,
  sub,
  type Tensor,
  take,
  tensor,
  zeros,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { adam, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { type Images, imageBatches, imagesAt, readImageSets } from './catalogue/images';
import { imageGrid, savePicture } from './catalogue/pictures';
import { sources } from './catalogue/sources';
import { learn } from './catalogue/training';

const [times, features] = [200, 384] as const;

/** What is left of the picture at each time, as a share of the variance: from almost all to almost nothing. */
const wave = (t: number): number => Math.cos(((t / times + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
const left = tensor(Float32Array.from({ length: times }, (_, t) => Math.max(wave(t + 1) / wave(0), 1e-4)));

export const init = (key: random.Key) => {
  const [k1, k2, k3, ...rest] = random.split(key, 6) as readonly [random.Key, random.Key, random.Key, ...random.Key[]];
  return {
    times: nn.initEmbedding(k1, { symbols: times, features }),
    in: nn.initLinear(k2, { inputs: 196, outputs: features }),
    blocks: rest.map((k) => ({
      norm: nn.initNorm({ features }),
      layer: nn.initLinear(k, { inputs: features, outputs: features }),
    })),
    out: nn.initLinear(k3, { inputs: features, outputs: 196 }),
  };
};
type Params = ReturnType<typeof init>;

/** The noise in pictures of 14 x 14 pixels, as the network sees it. */
export const noiseIn = <B extends Dim>(p: Params, x: Tensor<[B, 196]>, t: Tensor<[B], i32>): Tensor<[B, 196]> => {
  const time = nn.embedding(p.times)(t);
  const start: Tensor<[B, 384]> = add(nn.linear(p.in)(x), time);
  const h = p.blocks.reduce(
    (y, { norm, layer }) => add(y, pipe(add(nn.layerNorm(norm)(y), time), nn.linear(layer), gelu)),
    start,
  );
  return nn.linear(p.out)(h);
};

/** Pictures with noise: what is left of each at its time, and noise for the rest. */
const blurred = <B extends Dim>(
  x: Tensor<[B, 196]>,
  noise: Tensor<[B, 196]>,
  t: Tensor<[B], i32>,
): Tensor<[B, 196]> => {
  const share = reshape(take(left, t, 0), [x.shape[0], 1]);
  return add(mul(x, sqrt(share)), mul(noise, sqrt(sub(1, share))));
};
/** How much of the noise, which has variance 1, the network does not find. */
export const lost = <B extends Dim>(p: Params, x: Tensor<[B, 196]>, key: random.Key): Scalar => {
  const [noiseKey, timeKey] = random.split(key);
  const [noise, t] = [random.normal(noiseKey, [x.shape[0], 196]), random.randint(timeKey, [x.shape[0]], 0, times)];
  return mean(square(sub(noiseIn(p, blurred(x, noise, t), t), noise)));
};

/** Pictures from noise: at each time the picture that the network believes in, and of the noise what was there a time before. */
export const draw = <N extends Dim>(p: Params, key: random.Key, count: N): Tensor<[N, 196]> => {
  const step = (
    x: Tensor<[N, 196]>,
    s: { readonly t: Tensor<[], i32>; readonly now: Scalar; readonly before: Scalar },
  ) => {
    const noise = noiseIn(p, x, add(zeros([count], i32), s.t));
    const believed = clip(div(sub(x, mul(noise, sqrt(sub(1, s.now)))), sqrt(s.now)), -1, 1);
    const kept = div(s.now, s.before);
    const rest = sub(1, s.now);
    const ofBelieved = div(mul(sqrt(s.before), sub(1, kept)), rest);
    const ofX = div(mul(sqrt(kept), sub(1, s.before)), rest);
    const spread = sqrt(div(mul(sub(1, kept), sub(1, s.before)), rest));
    const fresh = random.normal(random.foldIn(key, add(s.t, 1)), [count, 196]);
    return [add(add(mul(believed, ofBelieved), mul(x, ofX)), mul(fresh, spread)), null] as const;
  };
  const before = concatenate([ones([1]), slice(left, 0, 0, times - 1)], 0);
  const [x] = scan(
    step,
    random.normal(random.foldIn(key, 0), [count, 196]),
    { t: arange(times), now: left, before },
    { reverse: true },
  );
  return x;
};

/** Brightness from -1 to 1, in half the size. */
const halved = ({ images }: Images): Tensor<[number, 196]> =>
  sub(mul(reshape(avgPool(images, 2), [images.shape[0], 196]), 2), 1);

export const example: Example = {
  name: 'diffusion',
  summary: 'a diffusion model draws digits of 14 x 14 pixels; the drawing is one scan',
  sources: [sources.mnist],
  goals: { 'noise not found': { atMost: { full: 0.18, quick: 0.35 } } },
  run: (context) => {
    const [initKey, orderKey, stepKey, testKey, drawKey] = random.split(random.key(context.seed), 5);
    const steps = context.quick ? 300 : 3000;
    const optimiser = adam({ learningRate: cosineDecay({ from: 2e-3, steps }) });
    const params = init(initKey);
    return pipe(
      readImageSets(sources.mnist, context.folder(sources.mnist)),
      TE.bindTo('mnist'),
      TE.bind('end', ({ mnist }) =>
        learn(context, {
          name: 'noise',
          steps,
          params,
          loss: (p: Params, images: Images, key) => lost(p, halved(images), key),
          optimiser,
          batches: (from) => imageBatches(orderKey, mnist.train, 128, from),
          key: stepKey,
        }),
      ),
      TE.chainFirst(({ end }) => {
        const pictures = jit((p: Params) => draw(p, drawKey, 64))(end);
        return savePicture(
          join(context.directory, 'drawn.png'),
          imageGrid(reshape(pictures, [64, 14, 14]), { zoom: 4, range: [-1, 1] }),
        );
      }),
      TE.map(({ mnist, end }) => {
        const test = halved(imagesAt(mnist.test, arange(2000).toTypedArray()));
        return {
          parameters: parameterCount(params),
          results: { 'noise not found': jit((p: Params) => lost(p, test, testKey))(end).item() },
        };
      }),
    );
  },
};
