// Windows that slide: every option is in the shape.

import * as nn from '../../../src/nn/index';
import { is } from '../expect';
import {
  avgPool,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  type Dim,
  maxPool,
  maxPool1d,
  maxPoolIndices,
  maxUnpool,
  random,
  type Tensor,
  zeros,
} from '../language';

is<Tensor<[8, 100, 32]>>()(conv1d(zeros([8, 100, 16]), zeros([3, 16, 32]), { dilation: 4, padding: [[8, 0]] }), true);
is<Tensor<[1, 8, 8, 2]>>()(conv2d(zeros([1, 8, 8, 1]), zeros([3, 3, 1, 2]), { padding: [[2, 0], 1] }), true);
is<Tensor<[1, 4, 5, 3, 4]>>()(
  conv3d(zeros([1, 4, 9, 5, 2]), zeros([1, 3, 3, 1, 4]), { groups: 2, stride: [1, 2, 1], padding: [0, 'same', 0] }),
  true,
);
is<Tensor<[2, 10, 6]>>()(
  convTranspose1d(zeros([2, 4, 4]), zeros([3, 2, 6]), {
    stride: 2,
    dilation: 2,
    padding: 1,
    groups: 2,
    outputPadding: 1,
  }),
  true,
);
is<Tensor<[1, 14, 14, 4]>>()(
  convTranspose2d(zeros([1, 7, 7, 4]), zeros([3, 3, 1, 4]), { groups: 4, stride: 2, padding: 1, outputPadding: 1 }),
  true,
);
is<Tensor<[1, 15, 14, 4]>>()(
  convTranspose2d(zeros([1, 7, 7, 4]), zeros([3, 3, 4, 4]), { stride: 2, padding: 'same', outputPadding: [1, 0] }),
  true,
);
is<Tensor<[1, 3, 3, 3]>>()(maxPool(zeros([1, 5, 5, 3]), 2, 2, { ceilMode: true }), true);
is<Tensor<[1, 2, 2, 3]>>()(maxPool(zeros([1, 5, 5, 3]), 2, 2, { ceilMode: false }), true);
// No window begins behind the axis.
is<Tensor<[1, 3, 3]>>()(maxPool1d(zeros([1, 9, 3]), 1, 3, { ceilMode: true }), true);
is<Tensor<[1, 4, 3]>>()(maxPool1d(zeros([1, 10, 3]), 1, 3, { ceilMode: true }), true);
is<Tensor<[1, 3, 3, 2]>>()(
  avgPool(zeros([1, 7, 6, 2]), [3, 2], 2, { padding: [1, 0], dilation: [2, 1], countPadding: true }),
  true,
);
is<Tensor<[1, 8, 8, 3]>>()(maxUnpool(zeros([1, 4, 4, 3]), maxPoolIndices(zeros([1, 8, 8, 3]), 2), [8, 8]), true);

// Layers, of any batch.
const up = nn.initConv2d(random.key(0), { window: 3, inputs: 4, outputs: 2 });
export const grown = <B extends Dim>(x: Tensor<[B, 7, 7, 4]>): Tensor<[B, 14, 14, 2]> =>
  nn.convTranspose2d(up, { stride: 2, padding: 1, outputPadding: 1 })(x);
export const pooled = <B extends Dim>(x: Tensor<[B, 7, 7, 4]>): Tensor<[B, 4, 4, 4]> =>
  nn.avgPool2d(2, { ceilMode: true, countPadding: true })(x);
