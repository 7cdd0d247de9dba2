// Laws of layers: what they leave as it is, and what does not leak.
import {
  type AnyTensor,
  abs,
  add,
  arange,
  concatenate,
  eye,
  f32,
  grad,
  i32,
  jit,
  matmul,
  matrixTranspose,
  max,
  mean,
  mul,
  ones,
  over,
  relu,
  reshape,
  slice,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  tree,
  variance,
  vmap,
  zeros,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import fc from 'fast-check';
import { pipe } from 'fp-ts/lib/function.js';
import { describe, expect, it } from 'vitest';

const key = random.key(7);
const drawn = (seed: number, shape: readonly number[]): AnyTensor => random.normal(random.key(seed), [...shape]);
const gap = (a: AnyTensor, b: AnyTensor): number => {
  expect(a.shape).toEqual(b.shape);
  return max(abs(sub(a, b) as AnyTensor) as AnyTensor).item() as number;
};
const seed = fc.integer({ min: 0, max: 10_000 });
const runs = { numRuns: 20 };

describe('initialisers', () => {
  const { initialisers } = nn;
  it.each([
    ['glorotNormal', initialisers.glorotNormal, 2 / 300],
    ['glorotUniform', initialisers.glorotUniform, 2 / 300],
    ['heNormal', initialisers.heNormal, 2 / 200],
    ['heUniform', initialisers.heUniform, 2 / 200],
    ['lecunNormal', initialisers.lecunNormal, 1 / 200],
    ['lecunUniform', initialisers.lecunUniform, 1 / 200],
    ['truncatedNormal', initialisers.truncatedNormal(0.1), 0.01 * 0.8796256610342398 ** 2],
    ['normal', initialisers.normal(0.1), 0.01],
    ['uniform', initialisers.uniform(0.3), 0.03],
  ])('%s has its variance', (_name, initialise, wanted) => {
    const w = initialise(key, [200, 100]);
    expect(mean(w).item()).toBeCloseTo(0, 2);
    expect(variance(w).item() / wanted).toBeGreaterThan(0.95);
    expect(variance(w).item() / wanted).toBeLessThan(1.05);
  });
  it('counts the window to the inputs', () => {
    const w = initialisers.heNormal(key, [5, 5, 8, 64]);
    expect(variance(w).item() / (2 / 200)).toBeCloseTo(1, 1);
  });
  it.each([[[6, 6]], [[4, 9]], [[9, 4]], [[3, 3, 2, 5]]])(
    'orthogonal of %j has orthonormal rows or columns',
    (shape) => {
      const w: AnyTensor = initialisers.orthogonal(2)(key, shape);
      const columns = shape.at(-1) as number;
      const flat: AnyTensor = reshape(w, [-1, columns]);
      const rows = flat.shape[0] as number;
      const gram: AnyTensor =
        rows <= columns ? matmul(flat, matrixTranspose(flat)) : matmul(matrixTranspose(flat) as AnyTensor, flat);
      expect(gap(gram, mul(eye(Math.min(rows, columns)), 4))).toBeLessThan(1e-4);
    },
  );
  it('identity and delta orthogonal windows keep what they see', () => {
    const x = drawn(1, [1, 5, 5, 3]);
    const same: AnyTensor = nn.conv2d(
      { w: initialisers.identity()(key, [3, 3, 3, 3]), b: null },
      { padding: 'same' },
    )(x);
    expect(gap(same, x)).toBe(0);
    const turned: AnyTensor = nn.conv2d(
      { w: initialisers.deltaOrthogonal()(key, [3, 3, 3, 3]), b: null },
      { padding: 'same' },
    )(x);
    expect((sum(square(turned)) as AnyTensor).item()).toBeCloseTo(sum(square(x)).item() as number, 3);
  });
});

describe('layers in a pipe', () => {
  it('read as they are written, for a batch or one example', () => {
    const [k1, k2] = random.split(key);
    const p = { l1: nn.initLinear(k1, { inputs: 4, outputs: 8 }), l2: nn.initLinear(k2, { inputs: 8, outputs: 3 }) };
    const x = random.normal(key, [5, 4]);
    const model = (v: typeof x) => pipe(v, nn.linear(p.l1), relu, nn.linear(p.l2));
    const y = model(x);
    expect(y.shape).toEqual([5, 3]);
    const one = vmap((v: Tensor<[4]>) => pipe(v, nn.linear(p.l1), relu, nn.linear(p.l2)), over(0));
    expect(gap(one(x), y)).toBeLessThan(1e-6);
    const repeated = nn.repeated((by: number) => (v: typeof x) => mul(v, by), []);
    expect(repeated(x)).toBe(x);
  });
  it('bilinear is the sum over pairs', () => {
    const p = nn.initBilinear(key, { inputs: [2, 3], outputs: 4 });
    const [x, z] = [random.normal(key, [5, 2]), random.normal(random.key(3), [5, 3])];
    const y = nn.bilinear(p)(x, z).toArray();
    const [w, xs, zs] = [p.w.toArray(), x.toArray(), z.toArray()];
    y.forEach((row, n) => {
      row.forEach((value, o) => {
        let total = 0;
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 3; j++)
            total += (xs[n]?.[i] as number) * (w[i]?.[j]?.[o] as number) * (zs[n]?.[j] as number);
        expect(value).toBeCloseTo(total, 5);
      });
    });
  });
  it('an embedding is the product with one-hot vectors, and unembedding its transpose', () => {
    const p = nn.initEmbedding(key, { symbols: 6, features: 4 });
    const ids = tensor(
      [
        [1, 5],
        [0, 1],
      ],
      i32,
    );
    expect(nn.embedding(p)(ids).toArray()).toEqual(take(p.table, ids).toArray());
    expect(gap(nn.unembedding(p)(p.table), matmul(p.table, matrixTranspose(p.table)))).toBe(0);
  });
  it('merged LoRA weights give what the adapter gives', () => {
    const p = nn.initLinear(key, { inputs: 5, outputs: 3 });
    const l = { ...nn.initLora(key, { inputs: 5, rank: 2, outputs: 3 }), b: random.normal(key, [2, 3]) };
    const x = random.normal(random.key(1), [4, 5]);
    const options = { alpha: 4 };
    expect(gap(nn.lora(p, l, options)(x), nn.linear(nn.mergeLora(p, l, options))(x))).toBeLessThan(1e-5);
    expect(gap(nn.lora(p, nn.initLora(key, { inputs: 5, rank: 2, outputs: 3 }))(x), nn.linear(p)(x))).toBe(0);
  });
  it('a separable convolution is a full one with the product of its kernels', () => {
    const p = nn.initSeparableConv2d(key, { window: 3, inputs: 2, outputs: 4 });
    const x = random.normal(random.key(2), [2, 6, 5, 2]);
    const deep = reshape(p.depthwise.w, [3, 3, 2, 1]);
    const w: AnyTensor = mul(deep, reshape(p.pointwise.w, [1, 1, 2, 4]));
    const full: AnyTensor = nn.conv2d({ w, b: p.pointwise.b }, { padding: 'same' })(x as AnyTensor);
    expect(gap(nn.separableConv2d(p, { padding: 'same' })(x), full)).toBeLessThan(1e-5);
  });
  it('along one axis they are those of images one wide', () => {
    const p = nn.initSeparableConv1d(key, { window: 3, inputs: 2, outputs: 4 });
    const x = random.normal(random.key(2), [2, 6, 2]);
    const wide = {
      depthwise: { w: reshape(p.depthwise.w, [3, 1, 1, 2]), b: null },
      pointwise: { w: reshape(p.pointwise.w, [1, 1, 2, 4]), b: p.pointwise.b },
    };
    const flat: AnyTensor = nn.separableConv2d(wide as nn.SeparableConv<[3, 1], 2, 4>, { stride: [2, 1] })(
      reshape(x, [2, 6, 1, 2]),
    );
    const along: AnyTensor = nn.separableConv1d(p, { stride: 2 })(x);
    expect(gap(along, reshape(flat, along.shape as number[]) as AnyTensor)).toBeLessThan(1e-5);
    const d = nn.initDepthwiseConv1d(key, { window: 3, inputs: 2, multiplier: 2 });
    const other: AnyTensor = nn.depthwiseConv2d({ w: reshape(d.w, [3, 1, 1, 4]), b: d.b })(reshape(x, [2, 6, 1, 2]));
    expect(gap(nn.depthwiseConv1d(d)(x), reshape(other, [2, 4, 4]) as AnyTensor)).toBeLessThan(1e-5);
  });
  it('a depthwise convolution leaves channels alone', () => {
    const p = nn.initDepthwiseConv2d(key, { window: 3, inputs: 2, multiplier: 2 });
    const x = random.normal(random.key(2), [1, 5, 5, 2]);
    const silent = mul(x, tensor([1, 0]));
    const [all, one]: readonly AnyTensor[] = [nn.depthwiseConv2d(p)(x), nn.depthwiseConv2d(p)(silent)];
    expect(gap(slice(all as AnyTensor, -1, 0, 2), slice(one as AnyTensor, -1, 0, 2))).toBe(0);
    expect(sum(abs(slice(one as AnyTensor, -1, 2, 2) as AnyTensor)).item()).toBe(0);
  });
});

describe('dropout', () => {
  const x = ones([400, 50]);
  const rate = fc.double({ min: 0.05, max: 0.9, noNaN: true });
  it.each([
    ['dropout', nn.dropout, (r: number) => r / (1 - r)],
    ['gaussianDropout', nn.gaussianDropout, (r: number) => r / (1 - r)],
    ['gaussianNoise', nn.gaussianNoise, (r: number) => r ** 2],
    // A channel of an example is dropped as a whole: 400 · 50 of them here, as of single elements.
    ['spatialDropout', nn.spatialDropout, (r: number) => r / (1 - r)],
  ])('%s keeps the expectation, whatever the key and the rate', (_name, layer, varianceOf) => {
    fc.assert(
      fc.property(seed, rate, (s, r) => {
        // Five standard errors of the mean of 20 000 numbers.
        const error = Math.sqrt(varianceOf(r) / 20_000);
        expect(Math.abs(mean(layer(random.key(s), r)(x)).item() - 1)).toBeLessThan(5 * error + 1e-5);
      }),
      runs,
    );
  });
  it('alpha dropout keeps mean 0 and variance 1', () => {
    const y = nn.alphaDropout(key, 0.2)(random.normal(random.key(1), [400, 100]));
    expect(mean(y).item()).toBeCloseTo(0, 1);
    expect(variance(y).item()).toBeCloseTo(1, 1);
  });
  it('drops whole channels, and differs by key', () => {
    const y = nn.spatialDropout(key, 0.5)(ones([2, 4, 4, 8]));
    const sums = sum(y, [1, 2]).ravel().toArray();
    expect(new Set(sums)).toEqual(new Set([0, 32]));
    expect(nn.dropout(random.key(1), 0.5)(x).toArray()).not.toEqual(nn.dropout(key, 0.5)(x).toArray());
  });
  const kinds = { dropout: nn.dropout, alphaDropout: nn.alphaDropout, gaussianDropout: nn.gaussianDropout };
  it.each(Object.entries(kinds))(
    '%s of rate 1 gives zeros, with derivative 0, and refuses other rates',
    (name, layer) => {
      const given = tensor([1, -2, Infinity, NaN]);
      const total = (v: Tensor<[4]>) => sum(layer(key, 1)(v));
      expect(layer(key, 1)(given).toArray()).toEqual([0, 0, 0, 0]);
      expect(grad(total)(given).toArray()).toEqual([0, 0, 0, 0]);
      expect(jit(grad(total))(given).toArray()).toEqual([0, 0, 0, 0]);
      expect(layer(null, 1)(given).toArray()).toEqual(given.toArray());
      for (const rate of [-0.1, 1.1, Number.NaN])
        expect(() => layer(null, rate)(given)).toThrow(`${name}: the rate must be from 0 to 1, got ${rate}.`);
    },
  );
  it('spatialDropout of rate 1 gives zeros', () => {
    expect(
      nn
        .spatialDropout(
          key,
          1,
        )(ones([1, 2, 2]))
        .toArray(),
    ).toEqual([
      [
        [0, 0],
        [0, 0],
      ],
    ]);
    expect(() => nn.spatialDropout(key, 2)(ones([1, 2, 2]))).toThrow(
      'spatialDropout: the rate must be from 0 to 1, got 2.',
    );
  });
});

describe('normalisation', () => {
  const affine = fc.tuple(
    seed,
    fc.double({ min: 0.5, max: 10, noNaN: true }),
    fc.double({ min: -5, max: 5, noNaN: true }),
  );
  it('layer norm does not see scale and shift of its input; rms norm does not see its scale', () => {
    fc.assert(
      fc.property(affine, ([s, scale, shift]) => {
        const x = random.normal(random.key(s), [4, 16]);
        const layer = nn.layerNorm(nn.initNorm({ features: 16 }), { epsilon: 0 });
        expect(gap(layer(add(mul(x, scale), shift)), layer(x))).toBeLessThan(1e-3);
        const rms = nn.rmsNorm(nn.initRmsNorm({ features: 16 }), { epsilon: 0 });
        expect(gap(rms(mul(x, scale)), rms(x))).toBeLessThan(1e-4);
      }),
      runs,
    );
  });
  const channels = fc.record({
    seed,
    scales: fc.array(fc.double({ min: 0.5, max: 10, noNaN: true }), { minLength: 4, maxLength: 4 }),
    shifts: fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 4, maxLength: 4 }),
  });
  it('batch norm and instance norm do not see scale and shift of each channel, group norm those of each group', () => {
    fc.assert(
      fc.property(channels, ({ seed, scales, shifts }) => {
        const x = random.normal(random.key(seed), [6, 3, 3, 4]);
        const p = nn.initNorm({ features: 4 });
        const moments = nn.initRunningMoments({ features: 4 });
        const turned = (by: readonly number[], and: readonly number[]) =>
          add(mul(x, tensor([...by]) as Tensor<[4]>), tensor([...and]) as Tensor<[4]>);
        const own = turned(scales, shifts);
        const batch = (v: Tensor<[6, 3, 3, 4]>) => nn.batchNorm(p, moments, { training: true, epsilon: 0 })(v)[0];
        expect(gap(batch(own), batch(x))).toBeLessThan(2e-3);
        const instance = nn.instanceNorm(p, { epsilon: 0 });
        expect(gap(instance(own), instance(x))).toBeLessThan(2e-3);
        const pairs = (xs: readonly number[]): number[] => [0, 0, 2, 2].map((c) => xs[c] as number);
        const group = nn.groupNorm(p, { groups: 2, epsilon: 0 });
        expect(gap(group(turned(pairs(scales), pairs(shifts))), group(x))).toBeLessThan(2e-3);
      }),
      runs,
    );
  });
  it('instance and group norm do not see the other examples of the batch, nor the order of places', () => {
    fc.assert(
      fc.property(seed, seed, (a, b) => {
        const [x, other] = [random.normal(random.key(a), [1, 9, 4]), random.normal(random.key(b), [1, 9, 4])];
        const order = random.permutation(random.key(a), 9);
        const p = nn.initNorm({ features: 4 });
        for (const layer of [nn.instanceNorm(p), nn.groupNorm(p, { groups: 2 })]) {
          const both = layer(concatenate([x, other], 0));
          expect(gap(slice(both, 0, 0, 1), layer(x))).toBe(0);
          expect(gap(layer(take(x, order, 1)), take(layer(x), order, 1))).toBeLessThan(1e-5);
        }
      }),
      runs,
    );
  });
  it('group norm of one group is layer norm over space and channels; of as many as channels, instance norm', () => {
    const x = random.normal(key, [2, 3, 3, 4]);
    const p = nn.initNorm({ features: 4 });
    const flat = reshape(x, [2, 36]);
    const whole = reshape(nn.layerNorm(nn.initNorm({ features: 36 }))(flat), [2, 3, 3, 4]);
    expect(gap(nn.groupNorm(p, { groups: 1 })(x), whole)).toBeLessThan(1e-5);
    expect(gap(nn.groupNorm(p, { groups: 4 })(x), nn.instanceNorm(p)(x))).toBe(0);
    expect(gap(mean(nn.instanceNorm(p)(x), [1, 2]), zeros([2, 4]))).toBeLessThan(1e-5);
    expect(() => nn.groupNorm(p, { groups: 3 })(x)).toThrow(
      '4 channels of x [2, 3, 3, 4] are not divisible by 3 groups',
    );
  });
  it('batch norm does not see scale and shift of a batch, and its averages reach the moments', () => {
    const p = nn.initNorm({ features: 3 });
    const x = add(mul(random.normal(key, [256, 3]), tensor([1, 2, 3])), 5);
    const step = jit((m: nn.RunningMoments<3>) => nn.batchNorm(p, m, { training: true })(x));
    let moments = nn.initRunningMoments({ features: 3 });
    const [first] = step(moments);
    for (let i = 0; i < 100; i++) moments = step(moments)[1];
    expect(gap(mean(first, 0), zeros([3]))).toBeLessThan(1e-4);
    expect(gap(moments.mean, mean(x, 0))).toBeLessThan(1e-2);
    const [evaluated, same] = nn.batchNorm(p, moments, { training: false })(x);
    expect(gap(evaluated, first)).toBeLessThan(1e-2);
    expect(same).toBe(moments);
  });
});

describe('attention', () => {
  const p = nn.initAttention(key, { features: 8 });
  const sequence = (s: number) => random.normal(random.key(s), [2, 5, 8]);
  const order = [3, 1, 4, 0, 2];
  const permuted = (x: AnyTensor): AnyTensor => take(x, tensor(order, i32), 1);
  it('of a permuted sequence is the permuted attention', () => {
    fc.assert(
      fc.property(seed, (s) => {
        const layer = nn.multiHeadAttention(p, { heads: 2 });
        expect(gap(layer(permuted(sequence(s))), permuted(layer(sequence(s))))).toBeLessThan(1e-5);
      }),
      runs,
    );
  });
  it('does not depend on the order of the context', () => {
    const layer = nn.multiHeadAttention(p, { heads: 4 });
    const [x, context] = [sequence(1), random.normal(random.key(2), [2, 5, 8])];
    expect(gap(layer(x, context), layer(x, permuted(context)))).toBeLessThan(1e-5);
  });
  it('causal: what comes later does not change what came before', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 4 }), (s, t) => {
        const layer = nn.multiHeadAttention(p, { heads: 2, causal: true, rotary: {} });
        const [x, y] = [sequence(s), sequence(s + 1)];
        const mixed = concatenate([slice(x, 1, 0, t), slice(y, 1, t, 5 - t)], 1) as AnyTensor;
        expect(gap(slice(layer(mixed), 1, 0, t) as AnyTensor, slice(layer(x), 1, 0, t) as AnyTensor)).toBeLessThan(
          1e-6,
        );
      }),
      runs,
    );
  });
  it('a mask that hides keys is attention to the others', () => {
    const x = sequence(3);
    const mask = tensor([[1, 1, 1, 0, 0]]).greater(0);
    const shorter = nn.multiHeadAttention(p, { heads: 2 })(x, slice(x, 1, 0, 3));
    expect(gap(nn.multiHeadAttention(p, { heads: 2, mask })(x), shorter)).toBeLessThan(1e-6);
  });
  it('grouped queries are attention with the heads of keys repeated', () => {
    const grouped = nn.initAttention(key, { features: 8, keys: 4 });
    const wide = (l: nn.Linear<8, 4>) => ({
      w: concatenate([slice(l.w, 1, 0, 2), slice(l.w, 1, 0, 2), slice(l.w, 1, 2, 2), slice(l.w, 1, 2, 2)], 1),
      b: zeros([8]),
    });
    const full = { ...grouped, key: wide(grouped.key), value: wide(grouped.value) };
    const x = sequence(4);
    const one = nn.multiHeadAttention(grouped, { heads: 4 })(x);
    expect(gap(one, nn.multiHeadAttention(full as typeof p, { heads: 4 })(x))).toBeLessThan(1e-6);
    expect(() => nn.multiHeadAttention(grouped, { heads: 3 })(x)).toThrow('do not go with');
  });
  it('rotary products depend on the distance only', () => {
    const [q, k] = [random.normal(key, [1, 8]), random.normal(random.key(2), [1, 8])];
    const at = (x: typeof q, offset: number): AnyTensor => nn.rotary({ offset })(x);
    const product = (i: number, j: number): number => sum(mul(at(q, i), at(k, j)) as AnyTensor).item() as number;
    for (const shift of [1, 7, 30]) expect(product(3 + shift, 1 + shift)).toBeCloseTo(product(3, 1), 4);
    expect(sum(square(at(q, 11))).item()).toBeCloseTo(sum(square(q)).item(), 4);
  });
  it.each([
    ['plain', {}],
    ['rotary', { rotary: {} }],
  ])('with a cache, a piece at a time, is that of the whole sequence: %s', (_name, positions) => {
    const options = { heads: 2, ...positions };
    const x = sequence(5);
    const whole = nn.multiHeadAttention(p, { ...options, causal: true })(x);
    const step = jit((cache: nn.KvCache, v: AnyTensor) => nn.cachedAttention(p, options)(cache, v));
    let cache = nn.initKvCache(p, { heads: 2, batch: [2], length: 9 });
    const parts: AnyTensor[] = [];
    for (const [from, size] of [
      [0, 2],
      [2, 1],
      [3, 1],
      [4, 1],
    ] as const) {
      const [y, next] = step(cache, slice(x, 1, from, size) as AnyTensor);
      parts.push(y);
      cache = next;
    }
    expect(gap(concatenate(parts, 1) as AnyTensor, whole)).toBeLessThan(1e-5);
    expect(cache.length.item()).toBe(5);
  });
  it('blocks: a cached block is the causal block, a decoder sees its context', () => {
    const block = nn.initEncoderBlock(key, { features: 8, hidden: 16 });
    const x = sequence(6);
    const whole = nn.encoderBlock(block, { heads: 2, causal: true })(x);
    const cache = nn.initKvCache(block.attention, { heads: 2, batch: [2], length: 5 });
    expect(gap(nn.cachedBlock(block, { heads: 2 })(cache, x)[0], whole)).toBeLessThan(1e-5);
    const decoder = nn.initDecoderBlock(key, { features: 8, hidden: 16, context: 6 });
    const context = random.normal(key, [2, 3, 6]);
    const layer = nn.decoderBlock(decoder, { heads: 2 });
    expect(layer(x, context).shape).toEqual([2, 5, 8]);
    expect(gap(layer(x, context), layer(x, mul(context, 2)))).toBeGreaterThan(1e-4);
    const dropped = nn.encoderBlock(block, { heads: 2, dropout: { key, rate: 0.5 } })(x);
    expect(gap(dropped, nn.encoderBlock(block, { heads: 2 })(x))).toBeGreaterThan(1e-3);
  });
});

describe('recurrent cells', () => {
  const sizes = { inputs: 3, hidden: 4 } as const;
  it('give the same for a batch and for one example', () => {
    const [x, h] = [random.normal(key, [2, 3]), random.normal(random.key(1), [2, 4])];
    const rows = [0, 1] as const;
    const rnn = nn.simpleRnnCell(nn.initSimpleRnn(key, sizes));
    expect(gap(rnn(h, x), stack(rows.map((i) => rnn(h.at(i), x.at(i)))) as AnyTensor)).toBeLessThan(1e-6);
    const gru = nn.gruCell(nn.initGru(key, sizes));
    expect(gap(gru(h, x), stack(rows.map((i) => gru(h.at(i), x.at(i)))) as AnyTensor)).toBeLessThan(1e-6);
    const lstm = nn.lstmCell(nn.initLstm(key, sizes));
    const one = rows.map((i) => lstm({ h: h.at(i), c: h.at(i) }, x.at(i)).h);
    expect(gap(lstm({ h, c: h }, x).h, stack(one) as AnyTensor)).toBeLessThan(1e-6);
  });
  it('an open forget gate and a closed input gate keep the cell', () => {
    const p = nn.initLstm(key, sizes);
    const gates = concatenate([zeros([4]).sub(100), zeros([4]).add(100), zeros([8])], 0);
    const c = random.normal(key, [4]);
    const next = nn.lstmCell({ ...p, b: gates })({ h: zeros([4]), c }, zeros([3]));
    expect(gap(next.c, c)).toBe(0);
  });
});

describe('summary', () => {
  it('lists every tensor and the sums', () => {
    const p = { layer: nn.initLinear(key, { inputs: 2, outputs: 3 }), ids: zeros([4], i32) };
    expect(nn.summary(p)).toBe(
      [
        'path      shape   dtype  count  bytes',
        '.ids      [4]     i32        4     16',
        '.layer.b  [3]     f32        3     12',
        '.layer.w  [2, 3]  f32        6     24',
        'total                       13     52',
      ].join('\n'),
    );
    expect(tree.leaves(p).length).toBe(nn.summaryRows(p).length);
    expect(arange(2).dtype).not.toBe(f32);
  });
});
