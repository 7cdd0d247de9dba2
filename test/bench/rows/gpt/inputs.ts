// A GPT: pre-norm layers of causal attention and a GELU (tanh form) perceptron, learned positions, cross-entropy, plain descent.
import { classes, type Input, type Real, real, weights } from '../../inputs';

export interface Sizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly length: number;
  readonly batch: number;
  readonly vocabulary: number;
}

type Matrix = Real<[number, number]>;
type Vector = Real<[number]>;
export interface LayerInputs {
  readonly matrices: Readonly<Record<'q' | 'k' | 'v' | 'o' | 'up' | 'down', Matrix>>;
  readonly vectors: Readonly<Record<'scale1' | 'bias1' | 'scale2' | 'bias2', Vector>>;
}

const layerInputs = (d: number, seed: number): LayerInputs => ({
  matrices: {
    q: weights(seed + 1, [d, d], d),
    k: weights(seed + 2, [d, d], d),
    v: weights(seed + 3, [d, d], d),
    o: weights(seed + 4, [d, d], d),
    up: weights(seed + 5, [d, 4 * d], d),
    down: weights(seed + 6, [4 * d, d], 4 * d),
  },
  vectors: {
    scale1: real(seed + 7, [d], 0.9, 1.1),
    bias1: real(seed + 8, [d], -0.1, 0.1),
    scale2: real(seed + 9, [d], 0.9, 1.1),
    bias2: real(seed + 10, [d], -0.1, 0.1),
  },
});

export const gptInputs = ({ layers, width, length, batch, vocabulary }: Sizes) => ({
  layers: Array.from({ length: layers }, (_, i) => layerInputs(width, 100 * (i + 1))),
  matrices: {
    tokens: real(1, [vocabulary, width], -1, 1),
    positions: real(2, [length, width], -0.5, 0.5),
    head: weights(3, [width, vocabulary], width),
  },
  vectors: { scale: real(4, [width], 0.9, 1.1), bias: real(5, [width], -0.1, 0.1) },
  ids: classes(6, [batch, length], vocabulary),
  targets: classes(7, [batch, length], vocabulary),
});
export type GptInputs = ReturnType<typeof gptInputs>;

/** All inputs by one name each: what is inside layer i begins with `i.`. */
export const named = ({ layers, matrices, vectors, ids, targets }: GptInputs): Readonly<Record<string, Input>> => ({
  ...matrices,
  ...vectors,
  ids,
  targets,
  ...Object.fromEntries(
    layers.flatMap((layer, i) =>
      Object.entries({ ...layer.matrices, ...layer.vectors }).map(([name, x]) => [`${i}.${name}`, x]),
    ),
  ),
});

/** Added to what a place must not attend to: the softmax of it is 0. */
export const masked = -1e9;
/** 0 at and below the diagonal, `masked` above. */
export const causalMask = (length: number): Float32Array<ArrayBuffer> =>
  new Float32Array(length * length).map((_, i) => (i % length > Math.floor(i / length) ? masked : 0));

export const geluScale = Math.sqrt(2 / Math.PI);
export const geluCube = 0.044715;
/** High enough that a few steps change the loss much. */
export const learningRate = 0.1;
