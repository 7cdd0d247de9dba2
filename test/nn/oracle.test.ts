// Layers against numbers of PyTorch (layers.py).
import { readFileSync } from 'node:fs';
import { type AnyTensor, resize, tensor } from 'adjoint';
import * as nn from 'adjoint/nn';
import { describe, expect, it } from 'vitest';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8')) as {
  readonly torch: string;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly outputs: Readonly<Record<string, Numbers>>;
};
const input = (name: string): AnyTensor => {
  const { shape, data } = golden.inputs[name] as Numbers;
  const x: AnyTensor = tensor(Float32Array.from(data)).reshape([...shape] as number[]);
  return x;
};
const [image, sequence] = [input('image'), input('sequence')];
const norm = { scale: input('scale'), shift: input('shift') };
const part = (name: string) => ({ w: input(`w${name}`), b: input(`b${name}`) });
const attention = { query: part('q'), key: part('k'), value: part('v'), out: part('o') };

const layers: Readonly<Record<string, () => AnyTensor>> = {
  conv2d: () => nn.conv2d({ w: input('kernel'), b: null }, { stride: 2, padding: 1 })(image),
  'conv2d dilated': () => nn.conv2d({ w: input('kernel'), b: null }, { dilation: 2, padding: 2 })(image),
  'conv2d grouped': () => nn.conv2d({ w: input('grouped'), b: null }, { groups: 2 })(image),
  convTranspose2d: () => nn.convTranspose2d({ w: input('back'), b: null }, { stride: 2, padding: 1 })(image),
  maxPool2d: () => nn.maxPool2d(3, { stride: 2, padding: 1 })(image),
  avgPool2d: () => nn.avgPool2d(3, { stride: 2, padding: 1 })(image),
  adaptiveAvgPool2d: () => nn.adaptiveAvgPool2d([2, 4])(image),
  groupNorm: () => nn.groupNorm(norm, { groups: 2 })(image),
  layerNorm: () => nn.layerNorm(norm)(image),
  rmsNorm: () => nn.rmsNorm(norm)(image),
  batchNorm: () => nn.batchNorm(norm, nn.initRunningMoments({ features: 4 }) as never, { training: true })(image)[0],
  multiHeadAttention: () => nn.multiHeadAttention(attention, { heads: 2 })(sequence),
  'multiHeadAttention causal': () => nn.multiHeadAttention(attention, { heads: 2, causal: true })(sequence),
  lstm: () => nn.lstm({ wx: input('wx'), wh: input('wh'), b: input('b') } as nn.Lstm<8, 3>)(sequence).outputs,
  gru: () => nn.gru({ wx: input('gx'), wh: input('gh'), b: input('gb') } as nn.Gru<8, 3>)(sequence).outputs,
  resize: () => resize(image, [2, 7, 9, 4]),
};

describe(`layers of PyTorch ${golden.torch}`, () => {
  it.each(Object.entries(golden.outputs))('%s', (name, { shape, data }) => {
    const y = (layers[name] as () => AnyTensor)();
    expect(y.shape).toEqual(shape);
    const numbers = y.toTypedArray();
    data.forEach((v, i) => {
      expect(Math.abs((numbers[i] as number) - v)).toBeLessThan(2e-5 * Math.max(1, Math.abs(v)));
    });
  });
});
