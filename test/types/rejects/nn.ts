import { pipe } from 'fp-ts/lib/function.js';
import * as nn from '../../../src/nn/index';
import { adam, chain, clip, sgd } from '../../../src/optim/index';
import { random, relu, zeros } from '../language';

declare const key: random.Key;
const l1 = nn.initLinear(key, { inputs: 784, outputs: 128 });
const l2 = nn.initLinear(key, { inputs: 64, outputs: 10 });
const conv = nn.initConv2d(key, { window: 3, inputs: 3, outputs: 8 });
const attention = nn.initAttention(key, { features: 64 });

// error at zeros([32, 783]) | 'Tensor<[32, 783], f32>' is not assignable to parameter of type 'Tensor<[32, 784], f32>'
nn.linear(l1)(zeros([32, 783]));
// error at nn.linear(l2) | is not assignable to parameter of type
pipe(zeros([32, 784]), nn.linear(l1), nn.linear(l2));
// error at zeros([8, 28, 28, 1]) | 'Tensor<[8, 28, 28, 1], f32>' is not assignable to parameter of type 'Tensor<[8, 28, 28, 3], f32>'
nn.conv2d(conv)(zeros([8, 28, 28, 1]));
// error at zeros([2, 10, 32]) | 'Tensor<[2, 10, 32], f32>' is not assignable to parameter of type 'Tensor<[2, 10, 64], f32>'
nn.multiHeadAttention(attention, { heads: 8 })(zeros([2, 10, 32]));
// error at zeros([5]) | 'Tensor<[5], f32>' is not assignable to parameter of type 'Tensor<[4], f32>'
nn.layerNorm(nn.initNorm({ features: 4 }))(zeros([5]));
// error at zeros([3, 4]) | is not assignable to parameter of type
nn.embedding(nn.initEmbedding(key, { symbols: 10, features: 4 }))(zeros([3, 4]));
// error at relu | is not assignable to parameter of type
nn.residual(nn.linear(nn.initLinear(key, { inputs: 4, outputs: 4 })))(relu);

// the state of another chain
const [first, second] = [chain(clip(1), adam({ learningRate: 1 })), chain(adam({ learningRate: 1 }), clip(1))];
// error at second.init(zeros([2])) | is not assignable to parameter of type
first.update(zeros([2]), second.init(zeros([2])), zeros([2]));
// error at sgd({ learningRate: 1 }).init(zeros([3])) | is not assignable to parameter of type
adam({ learningRate: 1 }).update(zeros([3]), sgd({ learningRate: 1 }).init(zeros([3])), zeros([3]));
