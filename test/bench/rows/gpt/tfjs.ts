// The GPT in TensorFlow.js. Embeddings are products with one-hot rows: the wasm backend lacks the gather's derivative.
import * as tf from '@tensorflow/tfjs';
import { map } from 'fp-ts/lib/Record.js';
import { asTensor, asVariable, training } from '../../peers/tfjs';
import type { Program } from '../../row';
import { causalMask, type GptInputs, geluCube, geluScale, type LayerInputs, learningRate, type Sizes } from './inputs';

type Layer = Record<keyof (LayerInputs['matrices'] & LayerInputs['vectors']), tf.Variable>;

const layerNorm = (x: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(scale).add(bias);
};
const gelu = (x: tf.Tensor): tf.Tensor =>
  x.mul(x).mul(x).mul(geluCube).add(x).mul(geluScale).tanh().add(1).mul(x.mul(0.5));

export const open = (sizes: Sizes, given: GptInputs, steps: number): Program => {
  const { width, heads, length, batch, vocabulary } = sizes;
  const layers = given.layers.map((layer) => map(asVariable)({ ...layer.matrices, ...layer.vectors }));
  const rest = map(asVariable)({ ...given.matrices, ...given.vectors });
  const mask = tf.tensor2d(causalMask(length), [length, length]);
  const [ids, targets] = [given.ids, given.targets].map((x) =>
    tf.oneHot(asTensor(x).reshape([batch * length]), vocabulary),
  );
  if (!ids || !targets) throw new Error('two were made');

  // Positions are rows of one matrix, [batch · length, width], except inside the attention.
  const split = (x: tf.Tensor) => x.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  const attention = ({ q, k, v, o }: Layer, x: tf.Tensor): tf.Tensor => {
    const scores = tf.matMul(split(x.matMul(q)), split(x.matMul(k)), false, true).mul(1 / Math.sqrt(width / heads));
    const mixed = tf.matMul(tf.softmax(scores.add(mask)), split(x.matMul(v)));
    return mixed
      .transpose([0, 2, 1, 3])
      .reshape([batch * length, width])
      .matMul(o);
  };
  const block = (x: tf.Tensor, layer: Layer): tf.Tensor => {
    const attended = x.add(attention(layer, layerNorm(x, layer.scale1, layer.bias1)));
    return attended.add(gelu(layerNorm(attended, layer.scale2, layer.bias2).matMul(layer.up)).matMul(layer.down));
  };
  const loss = (): tf.Scalar => {
    const tokens = tf.matMul(tf.cast(ids, 'float32'), rest.tokens).reshape([batch, length, width]);
    const embedded = tokens.add(rest.positions).reshape([batch * length, width]);
    const logits = layerNorm(layers.reduce(block, embedded), rest.scale, rest.bias).matMul(rest.head);
    return tf.neg(tf.mean<tf.Scalar>(tf.logSoftmax(logits).mul(targets).sum(-1)));
  };
  return training(tf.train.sgd(learningRate), loss, rest.tokens, steps);
};
