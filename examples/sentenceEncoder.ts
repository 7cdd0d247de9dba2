// The lite Universal Sentence Encoder: the model, and its parameters by their names in the files of TensorFlow.js.
// D. Cer et al., Universal Sentence Encoder (2018).
import * as np from 'adjoint';
import { type AnyTensor, relu } from 'adjoint';
import * as nn from 'adjoint/nn';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, fault } from './catalogue/source';

// The model: words with waves of time, two blocks of which the first widens, a mean over the words, a layer.

interface Dense {
  readonly w: AnyTensor;
  readonly b: AnyTensor;
}
interface Block {
  readonly norm1: nn.Norm<number>;
  readonly attention: { readonly query: Dense; readonly key: Dense; readonly value: Dense; readonly out: Dense };
  readonly norm2: nn.Norm<number>;
  readonly feedForward: { readonly up: Dense; readonly down: Dense };
}
export interface Encoder {
  readonly words: AnyTensor;
  /** How fast the waves of time are. */
  readonly rates: AnyTensor;
  readonly blocks: readonly [Block, Block];
  readonly widen: Dense;
  readonly out: Dense;
}
const heads = 4;
const norm = { epsilon: 1e-6 } as const;

/** What the block adds to x, added to x as wide as that is. */
const block = (p: Block, x: AnyTensor, wide: AnyTensor, mask: nn.Mask): AnyTensor => {
  const normed: AnyTensor = nn.layerNorm(p.norm1, norm)(x);
  const h: AnyTensor = np.add(wide, nn.multiHeadAttention(p.attention, { heads, mask })(normed));
  const change: AnyTensor = nn.feedForward(p.feedForward, (v) => relu(v))(nn.layerNorm(p.norm2, norm)(h));
  return np.add(h, change);
};
/** Vectors of length 1 of sentences: the ids of their words [B, T], and where there are words. */
export const encode = (p: Encoder, ids: AnyTensor, mask: nn.Mask): AnyTensor => {
  const time: AnyTensor = np.mul(np.arange(ids.shape[1]).astype(np.f32).reshape([-1, 1]), p.rates);
  // Twice: the words are added to the sum of words and waves.
  const twice: AnyTensor = np.mul(nn.embedding({ table: p.words })(ids), 2);
  const x: AnyTensor = np.add(twice, np.concatenate([np.sin(time), np.cos(time)] as AnyTensor[], -1));
  const [first, second] = p.blocks;
  const [seen, counted]: readonly AnyTensor[] = [np.expandDims(mask, -2), np.expandDims(mask.astype(np.f32), -1)];
  const h = block(first, x, nn.linear(p.widen)(x), seen as AnyTensor);
  const y = block(second, h, h, seen as AnyTensor);
  const average: AnyTensor = np.div(np.sum(np.mul(y, counted as AnyTensor), -2), np.sum(counted as AnyTensor, -2));
  const v: AnyTensor = np.tanh(nn.linear(p.out)(average));
  return np.div(v, np.sqrt(np.sum(np.square(v), -1, { keepDims: true }) as AnyTensor)) as AnyTensor;
};

// The parameters, by their names in the files.

/** All that is missing or misshapen is told at once. */
export const encoderOf = (tensors: ReadonlyMap<string, AnyTensor>): E.Either<Fault, Encoder> => {
  // What stands before and after in the names tells of scopes and partitions of the graph.
  const shortened = (name: string): string =>
    name.replace(/^.*(?=Layer_\d|hidden_layers|Embeddings)/, '').replace(/\/(ConcatPartitions\/concat|part_0)$/, '');
  const byName = new Map([...tensors].map(([name, x]) => [shortened(name), x]));
  const faults: string[] = [];
  const at = (name: string, ...shape: readonly number[]): AnyTensor => {
    const x = byName.get(name);
    // A kernel of a convolution over nothing has two axes more.
    const fits =
      x !== undefined && x.shape.filter((n: number) => n !== 1).join() === shape.filter((n) => n !== 1).join();
    if (!fits)
      faults.push(`${name} [${shape.join(', ')}] ${x === undefined ? 'is missing' : `is [${x.shape.join(', ')}]`}`);
    return fits ? x.reshape([...shape] as number[]) : np.zeros([...shape] as number[]);
  };
  const norm = (name: string, n: number): nn.Norm<number> => ({
    scale: at(`${name}/layer_norm/layer_norm_scale`, n),
    shift: at(`${name}/layer_norm/layer_norm_bias`, n),
  });
  const blockOf = (name: string, features: number): Block => {
    const [attention, forward] = [`${name}/MultiheadAttention`, `${name}/FFN`];
    const conv = (part: string, inputs: number, outputs: number): Dense => ({
      w: at(`${attention}/${part}/kernel`, inputs, outputs),
      b: at(`${attention}/${part}/bias`, outputs),
    });
    const { w, b } = conv('qkv_transform_single', features, 3 * features);
    const part = (i: number): Dense => ({
      w: np.slice(w, 1, i * features, features) as AnyTensor,
      b: np.slice(b, 0, i * features, features) as AnyTensor,
    });
    const layer = (part: string, inputs: number, outputs: number): Dense => ({
      w: at(`${forward}/${part}/Tensordot/Reshape_1`, inputs, outputs),
      b: at(`${forward}/${part}/bias`, outputs),
    });
    return {
      norm1: norm(`${name}/layer_prepostprocess`, features),
      attention: { query: part(0), key: part(1), value: part(2), out: conv('output_transform_single', features, 512) },
      norm2: norm(`${forward}/layer_prepostprocess`, 512),
      feedForward: { up: layer('conv1', 512, 1536), down: layer('conv2', 1536, 512) },
    };
  };
  const [zero, one] = ['Layer_0/TransformerLayer', 'Layer_1/TransformerLayer'];
  const encoder: Encoder = {
    words: at('Embeddings_en', 8002, 256),
    rates: at('Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1', 1, 128),
    blocks: [blockOf(zero, 256), blockOf(one, 512)],
    widen: { w: at(`${zero}/dense/kernel`, 256, 512), b: at(`${zero}/dense/bias`, 512) },
    out: { w: at('hidden_layers/tanh_layer_0/weights', 512, 512), b: at('hidden_layers/tanh_layer_0/bias', 512) },
  };
  return faults.length === 0 ? E.right(encoder) : fault('BadWeights', `the weights do not fit: ${faults.join('; ')}.`);
};
