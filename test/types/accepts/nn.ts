// Layers in pipes: shapes follow from the dims of the parameters.
import { flow, pipe } from 'fp-ts/lib/function.js';
import * as nn from '../../../src/nn/index';
import { adam, applyUpdates, chain, clipByGlobalNorm, type Optimiser } from '../../../src/optim/index';
import { is } from '../expect';
import { type Dim, i32, mul, type random, relu, type Tensor, valueAndGrad, zeros } from '../language';

declare const key: random.Key;

const mlp = {
  l1: nn.initLinear(key, { inputs: 784, outputs: 128 }),
  l2: nn.initLinear(key, { inputs: 128, outputs: 10, bias: false }),
};
is<Tensor<[784, 128]>>()(mlp.l1.w, true);
is<null>()(mlp.l2.b, true);
is<Tensor<[32, 10]>>()(pipe(zeros([32, 784]), nn.linear(mlp.l1), relu, nn.linear(mlp.l2)), true);
is<Tensor<[10]>>()(pipe(zeros([784]), nn.linear(mlp.l1), relu, nn.linear(mlp.l2)), true);
const model = flow(nn.linear(mlp.l1), relu, nn.linear(mlp.l2));
is<Tensor<[8, 32, 10]>>()(model(zeros([8, 32, 784])), true);

// Generic in the batch, literal in the configuration.
const cnn = {
  c1: nn.initConv2d(key, { window: 3, inputs: 1, outputs: 32 }),
  c2: nn.initConv2d(key, { window: 3, inputs: 32, outputs: 64 }),
  norm: nn.initNorm({ features: 32 }),
  out: nn.initLinear(key, { inputs: 1600, outputs: 10 }),
};
export const classify = <B extends Dim>(p: typeof cnn, x: Tensor<[B, 28, 28, 1]>) => {
  const h1 = pipe(x, nn.conv2d(p.c1), relu, nn.maxPool2d(2));
  is<Tensor<[B, 13, 13, 32]>>()(h1, true);
  const h2 = pipe(h1, nn.groupNorm(p.norm, { groups: 4 }), nn.conv2d(p.c2), relu, nn.maxPool2d(2));
  is<Tensor<[B, 5, 5, 64]>>()(h2, true);
  const y = pipe(h2, nn.flatten, nn.linear(p.out));
  is<Tensor<[B, 10]>>()(y, true);
  return y;
};
is<Tensor<[8, 14, 14, 32]>>()(nn.conv2d(cnn.c1, { stride: 2, padding: 'same' })(zeros([8, 28, 28, 1])), true);
is<Tensor<[8, 56, 56, 1]>>()(
  nn.convTranspose2d(nn.initConv2d(key, { window: 3, inputs: 4, outputs: 1 }), { stride: 2, padding: 'same' })(
    zeros([8, 28, 28, 4]),
  ),
  true,
);
is<Tensor<[8, 26, 10, 16]>>()(
  nn.conv2d(nn.initConv2d(key, { window: [3, 5], inputs: 1, outputs: 16 }), { stride: [1, 2], dilation: [1, 2] })(
    zeros([8, 28, 28, 1]),
  ),
  true,
);
is<Tensor<[8, 28, 14, 3]>>()(nn.avgPool2d([1, 2])(zeros([8, 28, 28, 3])), true);
is<Tensor<[8, 28, 28, 4]>>()(
  nn.separableConv2d(nn.initSeparableConv2d(key, { window: [1, 3], inputs: 3, outputs: 4 }), { padding: 'same' })(
    zeros([8, 28, 28, 3]),
  ),
  true,
);
is<Tensor<[8, 64]>>()(nn.globalAvgPool(zeros([8, 7, 7, 64])), true);
// A batch of any size does not hide how many features there are; a place of any size does.
declare const some: Tensor<[number, 4, 4, 32]>;
declare const open: Tensor<[8, number, 4, 32]>;
is<Tensor<[number, 512]>>()(nn.flatten(some), true);
is<Tensor<[8, number]>>()(nn.flatten(open), true);
is<Tensor<[8, 1]>>()(nn.flatten(zeros([8])), true);

const attention = nn.initAttention(key, { features: 64, keys: 16 });
is<Tensor<[64, 16]>>()(attention.key.w, true);
is<Tensor<[2, 10, 64]>>()(nn.multiHeadAttention(attention, { heads: 8 })(zeros([2, 10, 64])), true);
const block = nn.initEncoderBlock(key, { features: 64, hidden: 256 });
export const encode = <B extends Dim, T extends Dim>(x: Tensor<[B, T, 64]>) => {
  const y = pipe(x, nn.encoderBlock(block, { heads: 8 }), nn.layerNorm(block.norm1));
  is<Tensor<[B, T, 64]>>()(y, true);
  return y;
};
const embedded = nn.embedding(nn.initEmbedding(key, { symbols: 1000, features: 64 }))(zeros([2, 10], i32));
is<Tensor<[2, 10, 64]>>()(embedded, true);
const lstm = nn.initLstm(key, { inputs: 3, hidden: 4 });
is<Tensor<[3, 16]>>()(lstm.wx, true);
is<Tensor<[2, 4]>>()(nn.lstmCell(lstm)({ h: zeros([2, 4]), c: zeros([2, 4]) }, zeros([2, 3])).h, true);
is<Tensor<[5, 3]>>()(nn.dropout(key, 0.5)(zeros([5, 3])), true);

// An optimiser is for every tree; what its state is follows from the tree.
const optimiser = chain(clipByGlobalNorm(1), adam({ learningRate: 1e-3 }));
type Params = typeof mlp;
type State = ReturnType<typeof optimiser.init<Params>>;
export const step = (p: Params, state: State, x: Tensor<[32, 784]>): readonly [Params, State] => {
  const loss = (q: Params) => pipe(x, nn.linear(q.l1), relu, nn.linear(q.l2), (y) => mul(y, y).sum());
  const [, gradients] = valueAndGrad(loss)(p);
  const [updates, next] = optimiser.update(gradients, state, p);
  is<State>()(next, true);
  return [applyUpdates(p, updates), next];
};
export const one: Optimiser<Params, State> = optimiser;

// Generic in the channels and the size of images too: a convolution at every place of them keeps both.
export const smooth = <B extends Dim, H extends Dim, I extends Dim, O extends Dim>(
  p: { readonly first: nn.Conv<[3, 3, I], O>; readonly second: nn.Conv<[3, 3, O], O> },
  x: Tensor<[B, H, H, I]>,
) => {
  const y = pipe(x, nn.conv2d(p.first, { padding: 'same' }), relu, nn.conv2d(p.second, { padding: 'same' }));
  is<Tensor<[B, H, H, O]>>()(y, true);
  return y;
};
