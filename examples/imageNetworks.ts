// Two convolutional networks for small grey pictures: a LeNet (Y. LeCun et al., Gradient-based learning applied to document recognition, 1998)
// and a residual network with batch norm (K. He et al., Deep residual learning for image recognition, 2016).
import { add, type Dim, relu, type Tensor } from 'adjoint';
import { randomCrop, randomFlip } from 'adjoint/data';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';

export type Pictures = Tensor<[number, 28, 28, 1]>;

/** What is learned, what batch norm remembers, and the scores that follow from both; the memory goes in and comes out. */
export interface Network<Params, Moments> {
  readonly params: Params;
  readonly moments: Moments;
  readonly scores: (p: Params, m: Moments, x: Pictures, training: boolean) => readonly [Tensor<[number, 10]>, Moments];
  /** A random change to pictures that keeps what they show. */
  readonly augment: (key: random.Key, x: Pictures) => Pictures;
}

// LeNet: two convolutions, two dense layers, and nothing to remember.

const initLenet = (key: random.Key) => {
  const [k1, k2, k3, k4] = random.split(key, 4);
  return {
    conv1: nn.initConv2d(k1, { window: 5, inputs: 1, outputs: 16 }),
    conv2: nn.initConv2d(k2, { window: 5, inputs: 16, outputs: 32 }),
    hidden: nn.initLinear(k3, { inputs: 512, outputs: 128 }),
    out: nn.initLinear(k4, { inputs: 128, outputs: 10 }),
  };
};
const lenetScores = <B extends Dim>(p: ReturnType<typeof initLenet>, x: Tensor<[B, 28, 28, 1]>) => {
  const features = pipe(x, nn.conv2d(p.conv1), relu, nn.maxPool2d(2), nn.conv2d(p.conv2), relu, nn.maxPool2d(2));
  return pipe(features, nn.flatten, nn.linear(p.hidden), relu, nn.linear(p.out));
};
export const lenet = (key: random.Key): Network<ReturnType<typeof initLenet>, null> => ({
  params: initLenet(key),
  moments: null,
  scores: (p, m, x) => [lenetScores(p, x), m],
  augment: (k, x) => randomCrop(k, x, 2),
});

// ResNet: blocks of two convolutions, each with batch norm, around a shortcut.

interface Block<I extends Dim, O extends Dim> {
  readonly conv1: nn.Conv<[3, 3, I], O, null>;
  readonly norm1: nn.Norm<O>;
  readonly conv2: nn.Conv<[3, 3, O], O, null>;
  readonly norm2: nn.Norm<O>;
  readonly shortcut: nn.Conv<[1, 1, I], O, null>;
}
const initBlock = <const I extends Dim, const O extends Dim>(key: random.Key, inputs: I, outputs: O): Block<I, O> => {
  const [k1, k2, k3] = random.split(key, 3);
  return {
    conv1: nn.initConv2d(k1, { window: 3, inputs, outputs, bias: false }),
    norm1: nn.initNorm({ features: outputs }),
    conv2: nn.initConv2d(k2, { window: 3, inputs: outputs, outputs, bias: false }),
    norm2: nn.initNorm({ features: outputs }),
    shortcut: nn.initConv2d(k3, { window: 1, inputs, outputs, bias: false }),
  };
};
type Both<O extends Dim> = readonly [nn.RunningMoments<O>, nn.RunningMoments<O>];
const block =
  <I extends Dim, O extends Dim>(p: Block<I, O>, m: Both<O>, training: boolean) =>
  <B extends Dim, H extends Dim>(x: Tensor<[B, H, H, I]>) => {
    const [h, m1] = nn.batchNorm(p.norm1, m[0], { training })(nn.conv2d(p.conv1, { padding: 'same' })(x));
    const [y, m2] = nn.batchNorm(p.norm2, m[1], { training })(nn.conv2d(p.conv2, { padding: 'same' })(relu(h)));
    return [relu(add(y, nn.conv2d(p.shortcut, { padding: 'same' })(x))), [m1, m2]] as const;
  };

const initResnet = (key: random.Key) => {
  const [k1, k2, k3, k4] = random.split(key, 4);
  return {
    stem: nn.initConv2d(k1, { window: 3, inputs: 1, outputs: 16, bias: false }),
    norm: nn.initNorm({ features: 16 }),
    block1: initBlock(k2, 16, 32),
    block2: initBlock(k3, 32, 64),
    out: nn.initLinear(k4, { inputs: 64, outputs: 10 }),
  };
};
const remembered = <const C extends Dim>(features: C): Both<C> => [
  nn.initRunningMoments({ features }),
  nn.initRunningMoments({ features }),
];
const initMoments = () => ({
  stem: nn.initRunningMoments({ features: 16 }),
  block1: remembered(32),
  block2: remembered(64),
});
export const resnet = (key: random.Key): Network<ReturnType<typeof initResnet>, ReturnType<typeof initMoments>> => ({
  params: initResnet(key),
  moments: initMoments(),
  scores: (p, m, x, training) => {
    const [h0, stem] = nn.batchNorm(p.norm, m.stem, { training })(nn.conv2d(p.stem, { padding: 'same' })(x));
    const [h1, block1] = block(p.block1, m.block1, training)(pipe(h0, relu, nn.maxPool2d(2)));
    const [h2, block2] = block(p.block2, m.block2, training)(nn.maxPool2d(2)(h1));
    return [pipe(h2, nn.globalAvgPool, nn.linear(p.out)), { stem, block1, block2 }];
  },
  augment: randomFlip,
});
