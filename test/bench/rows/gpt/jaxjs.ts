// The GPT in jax-js. Embeddings are products with one-hot rows: under jit its gather has no derivative.
import { jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { map } from 'fp-ts/lib/Record.js';
import { asArray, training } from '../../peers/jaxjs';
import type { Program } from '../../row';
import { causalMask, type GptInputs, geluCube, geluScale, type LayerInputs, learningRate, type Sizes } from './inputs';

type Layer = Record<keyof (LayerInputs['matrices'] & LayerInputs['vectors']), np.Array>;
type Rest = Record<keyof (GptInputs['matrices'] & GptInputs['vectors']), np.Array>;
type Params = { layers: Layer[]; rest: Rest };

const paramsOf = (given: GptInputs): Params => ({
  layers: given.layers.map((layer) => map(asArray)({ ...layer.matrices, ...layer.vectors })),
  rest: map(asArray)({ ...given.matrices, ...given.vectors }),
});

const layerNorm = (x: np.Array, scale: np.Array, bias: np.Array) => nn.standardize(x, -1).mul(scale).add(bias);
const gelu = (x: np.Array) => {
  const cubic = x.ref.mul(x.ref).mul(x.ref).mul(geluCube);
  return np.tanh(cubic.add(x.ref).mul(geluScale)).add(1).mul(x.mul(0.5));
};

const model = ({ width, heads, length, batch, vocabulary }: Sizes, mask: np.Array) => {
  const split = (x: np.Array) => x.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3]);
  const attention = ({ q, k, v, o }: Layer, x: np.Array): np.Array => {
    const [queries, keys, values] = [np.matmul(x.ref, q), np.matmul(x.ref, k), np.matmul(x, v)].map(split);
    if (!queries || !keys || !values) throw new Error('three were made');
    const scores = np.matmul(queries, keys.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
    const mixed = np.matmul(nn.softmax(scores.add(mask.ref), -1), values);
    return np.matmul(mixed.transpose([0, 2, 1, 3]).reshape([batch, length, width]), o);
  };
  const block = (x: np.Array, layer: Layer): np.Array => {
    const attended = x.ref.add(attention(layer, layerNorm(x, layer.scale1, layer.bias1)));
    const inner = gelu(np.matmul(layerNorm(attended.ref, layer.scale2, layer.bias2), layer.up));
    return attended.add(np.matmul(inner, layer.down));
  };
  return ({ layers, rest }: Params, ids: np.Array): np.Array => {
    const embedded = np.matmul(nn.oneHot(ids, vocabulary), rest.tokens).add(rest.positions);
    return np.matmul(layerNorm(layers.reduce(block, embedded), rest.scale, rest.bias), rest.head);
  };
};

export const open = (sizes: Sizes, given: GptInputs, steps: number): Program => {
  const mask = np.array(causalMask(sizes.length), { shape: [sizes.length, sizes.length] });
  const logits = model(sizes, mask);
  const [ids, targets] = [asArray(given.ids), asArray(given.targets)];
  const loss = (p: Params, x: np.Array, y: np.Array): np.Array =>
    np.mean(np.sum(nn.logSoftmax(logits(p, x), -1).mul(nn.oneHot(y, sizes.vocabulary)), -1)).mul(-1);
  const step = jit((p: Params, x: np.Array, y: np.Array): [Params, np.Array] => {
    const [l, gradients] = valueAndGrad(loss)(tree.ref(p), x, y);
    return [tree.map((w: np.Array, g: np.Array) => w.sub(g.mul(learningRate)), p, gradients), l];
  });
  return training(
    paramsOf(given),
    (p) => step(p, ids.ref, targets.ref),
    (p) => p.rest.tokens.ref,
    steps,
  );
};
