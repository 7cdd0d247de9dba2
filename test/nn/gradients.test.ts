// The gradient of every layer and loss against differences, in double precision: what is exported is in the table, or the test fails.
import {
  type AnyTensor,
  add,
  argsort,
  checkGrads,
  f64,
  grad,
  greater,
  i32,
  jvp,
  mul,
  reshape,
  softmax,
  square,
  sum,
  type Tensor,
  tensor,
  transpose,
  tree,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import * as random from 'adjoint/random';
import { describe, expect, it } from 'vitest';

/** A layer or loss by its name, whatever it takes. */
interface Loose {
  (...args: readonly unknown[]): Loose;
  readonly [k: number]: Loose;
}
const layer = nn as unknown as Readonly<Record<string, Loose>>;
const make = nn as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

const key = random.key(7);
/** Every float of a tree in double precision. */
const wide = (p: unknown): unknown =>
  tree.map((x: AnyTensor): AnyTensor => (x.dtype === i32 ? x : x.astype(f64)), p as AnyTensor);
const normal = (...shape: readonly number[]): AnyTensor =>
  random.normal(random.foldIn(key, shape.length + 10 * (shape[0] ?? 0)), shape as number[]).astype(f64) as AnyTensor;
const init = (name: string, config: object): unknown => wide((make[name] as Loose)(key, config));

/** Numbers that lie apart, so that a difference does not step over the place where two of them are equal. */
const apart = (...shape: readonly number[]): AnyTensor => {
  const flat: AnyTensor = reshape(normal(...shape), [-1]);
  const ranks: AnyTensor = argsort(argsort(flat) as AnyTensor);
  return reshape(mul(ranks.astype(f64), 0.02) as AnyTensor, shape as number[]);
};
const [rows, image, sequence, volume] = [normal(3, 4), apart(2, 6, 6, 4), apart(2, 5, 4), apart(1, 4, 4, 4, 4)];
const norm = wide(nn.initNorm({ features: 4 }));
const features = { features: 4, hidden: 6 };
const heads = { heads: 2 };
const ids = tensor([0, 2, 1], i32) as unknown as AnyTensor;
const probabilities = softmax(rows as Tensor<[3, 4]>) as AnyTensor;
const other = transpose(normal(4, 3)) as AnyTensor;
const signs = add(mul(greater(other, 0).astype(f64) as AnyTensor, 2), -1) as AnyTensor;

/** What is differentiated, and the function of it. */
type Case = readonly [at: unknown, f: (x: never) => unknown];
/** A layer: with respect to its parameters and to its input. */
const applied = (name: string, p: unknown, x: AnyTensor, ...options: readonly unknown[]): Case => [
  [p, x],
  ([q, y]: readonly [unknown, AnyTensor]) => (layer[name] as Loose)(q, ...options)(y),
];
/** A layer without parameters. */
const plain = (name: string, x: AnyTensor, ...options: readonly unknown[]): Case => [
  x,
  (y: AnyTensor) => (layer[name] as Loose)(...options)(y),
];
const loss = (name: string, x: AnyTensor, ...others: readonly unknown[]): Case => [
  x,
  (y: AnyTensor) => (layer[name] as Loose)(y, ...others),
];
const rnn = { inputs: 4, hidden: 3 };
const still = normal(2, 3);
const conv = (name: string, x: AnyTensor, options: object = {}): Case =>
  applied(
    name.replace('init', '').replace(/^./, (c) => c.toLowerCase()),
    init(name, { window: 3, inputs: 4, outputs: 2 }),
    x,
    options,
  );

const linear = init('initLinear', { inputs: 4, outputs: 3 });
const attention = init('initAttention', { features: 4 });
const block = init('initEncoderBlock', features);

const cases: Readonly<Record<string, Case>> = {
  linear: applied('linear', linear, rows),
  lora: [
    [linear, init('initLora', { inputs: 4, rank: 2, outputs: 3 })],
    ([p, q]: readonly unknown[]) => (layer.lora as Loose)(p, q)(rows),
  ],
  mergeLora: [
    [linear, init('initLora', { inputs: 4, rank: 2, outputs: 3 })],
    ([p, q]: readonly unknown[]) => (layer.mergeLora as Loose)(p, q),
  ],
  bilinear: [
    init('initBilinear', { inputs: [4, 4], outputs: 2 }),
    (p: unknown) => (layer.bilinear as Loose)(p)(rows, other),
  ],
  embedding: [init('initEmbedding', { symbols: 3, features: 4 }), (p: unknown) => (layer.embedding as Loose)(p)(ids)],
  unembedding: applied('unembedding', init('initEmbedding', { symbols: 3, features: 4 }), rows),
  prelu: applied('prelu', wide(nn.initPrelu({ features: 4 })), rows),
  conv1d: conv('initConv1d', sequence, { stride: 2, padding: 'same' }),
  conv2d: conv('initConv2d', image, { stride: 2, dilation: 1 }),
  conv3d: conv('initConv3d', volume, { padding: 'same' }),
  convTranspose1d: applied('convTranspose1d', init('initConv1d', { window: 3, inputs: 4, outputs: 2 }), sequence, {
    stride: 2,
  }),
  convTranspose2d: applied('convTranspose2d', init('initConv2d', { window: 3, inputs: 4, outputs: 2 }), image, {
    stride: 2,
  }),
  convTranspose3d: applied('convTranspose3d', init('initConv3d', { window: 2, inputs: 4, outputs: 2 }), volume, {
    stride: 2,
  }),
  depthwiseConv2d: applied(
    'depthwiseConv2d',
    init('initDepthwiseConv2d', { window: 3, inputs: 4, multiplier: 2 }),
    image,
  ),
  separableConv2d: conv('initSeparableConv2d', image, { padding: 'same' }),
  depthwiseConv1d: applied(
    'depthwiseConv1d',
    init('initDepthwiseConv1d', { window: 3, inputs: 4, multiplier: 2 }),
    sequence,
  ),
  separableConv1d: conv('initSeparableConv1d', sequence, { padding: 'same' }),
  ...Object.fromEntries(
    ['max', 'avg'].flatMap((kind) => [
      [`${kind}Pool1d`, plain(`${kind}Pool1d`, sequence, 2)],
      [`${kind}Pool2d`, plain(`${kind}Pool2d`, image, 3, { stride: 2, padding: 'same' })],
      [`${kind}Pool3d`, plain(`${kind}Pool3d`, volume, 2)],
    ]),
  ),
  globalAvgPool: loss('globalAvgPool', image),
  globalMaxPool: loss('globalMaxPool', image),
  adaptiveAvgPool2d: plain('adaptiveAvgPool2d', image, [2, 4]),
  adaptiveMaxPool2d: plain('adaptiveMaxPool2d', image, [2, 4]),
  adaptiveAvgPool1d: plain('adaptiveAvgPool1d', sequence, 2),
  adaptiveMaxPool1d: plain('adaptiveMaxPool1d', sequence, 2),
  adaptiveAvgPool3d: plain('adaptiveAvgPool3d', volume, [2, 3, 1]),
  adaptiveMaxPool3d: plain('adaptiveMaxPool3d', volume, [2, 3, 1]),
  flatten: loss('flatten', image),
  upsample2d: plain('upsample2d', image, 2),
  dropout: plain('dropout', rows, key, 0.4),
  spatialDropout: plain('spatialDropout', image, key, 0.4),
  alphaDropout: plain('alphaDropout', rows, key, 0.4),
  gaussianNoise: plain('gaussianNoise', rows, key, 0.4),
  gaussianDropout: plain('gaussianDropout', rows, key, 0.4),
  layerNorm: applied('layerNorm', norm, rows),
  rmsNorm: applied('rmsNorm', wide(nn.initRmsNorm({ features: 4 })), rows),
  groupNorm: applied('groupNorm', norm, image, { groups: 2 }),
  instanceNorm: applied('instanceNorm', norm, image),
  batchNorm: [
    [norm, rows],
    ([p, x]: readonly unknown[]) =>
      ((layer.batchNorm as Loose)(p, wide(nn.initRunningMoments({ features: 4 })), { training: true })(x) as Loose)[0],
  ],
  addPositions: applied('addPositions', init('initPositions', { length: 8, features: 4 }), sequence),
  rotary: plain('rotary', sequence),
  dotProductAttention: [
    [sequence, mul(sequence, 0.5), add(sequence, 1)],
    ([q, k, v]: readonly unknown[]) => (layer.dotProductAttention as Loose)(q, k, v),
  ],
  multiHeadAttention: applied('multiHeadAttention', attention, sequence, { heads: 2, causal: true, rotary: {} }),
  cachedAttention: [
    [attention, sequence],
    ([p, x]: readonly unknown[]) => {
      const cache = wide(nn.initKvCache(p as never, { heads: 2, batch: [2], length: 8 } as never));
      return ((layer.cachedAttention as Loose)(p, heads)(cache, x) as Loose)[0];
    },
  ],
  feedForward: applied('feedForward', init('initFeedForward', features), sequence),
  encoderBlock: applied('encoderBlock', block, sequence, heads),
  cachedBlock: [
    [block, sequence],
    ([p, x]: readonly unknown[]) => {
      const cache = wide(
        nn.initKvCache((p as { attention: never }).attention, { heads: 2, batch: [2], length: 8 } as never),
      );
      return ((layer.cachedBlock as Loose)(p, heads)(cache, x) as Loose)[0];
    },
  ],
  decoderBlock: [
    [init('initDecoderBlock', features), sequence],
    ([p, x]: readonly unknown[]) => (layer.decoderBlock as Loose)(p, heads)(x, mul(x as AnyTensor, 0.3)),
  ],
  simpleRnnCell: [
    [init('initSimpleRnn', rnn), still],
    ([p, h]: readonly unknown[]) => (layer.simpleRnnCell as Loose)(p)(h, normal(2, 4)),
  ],
  gruCell: [
    [init('initGru', rnn), still],
    ([p, h]: readonly unknown[]) => (layer.gruCell as Loose)(p)(h, normal(2, 4)),
  ],
  lstmCell: [
    [init('initLstm', rnn), still],
    ([p, h]: readonly unknown[]) => (layer.lstmCell as Loose)(p)({ h, c: h }, normal(2, 4)),
  ],
  simpleRnn: applied('simpleRnn', init('initSimpleRnn', rnn), sequence),
  gru: applied('gru', init('initGru', rnn), sequence, { reverse: true }),
  lstm: applied('lstm', init('initLstm', rnn), sequence),
  bidirectional: [
    [init('initGru', rnn), sequence],
    ([p, x]: readonly unknown[]) =>
      (layer.bidirectional as Loose)((layer.gru as Loose)(p), (layer.gru as Loose)(p, { reverse: true }))(x),
  ],
  stacked: [
    [init('initGru', rnn), init('initGru', { inputs: 3, hidden: 2 })],
    ([p, q]: readonly unknown[]) =>
      (layer.stacked as Loose)((layer.gru as Loose)(p), (layer.gru as Loose)(q))(sequence),
  ],
  residual: plain('residual', rows, (x: AnyTensor) => square(x)),
  repeated: [[norm, norm], (p: unknown) => (layer.repeated as Loose)(layer.layerNorm, p)(rows)],
  merged: [rows, (x: AnyTensor) => ((layer.merged as Loose)(mul) as Loose)(square, (y: AnyTensor) => mul(y, 2))(x)],
  sequential: plain('sequential', rows, square, (x: AnyTensor) => mul(x, 3)),
  squaredError: loss('squaredError', rows, other),
  absoluteError: loss('absoluteError', rows, other),
  huber: loss('huber', rows, other),
  logCosh: loss('logCosh', rows, other),
  quantileLoss: loss('quantileLoss', rows, other, 0.3),
  poissonLoss: loss('poissonLoss', rows, square(other), { log: true }),
  gaussianLoss: loss('gaussianLoss', rows, other, add(square(other), 1)),
  cosineSimilarity: loss('cosineSimilarity', rows, other),
  cosineDistance: loss('cosineDistance', rows, other),
  crossEntropy: loss('crossEntropy', rows, ids, { smoothing: 0.1 }),
  softCrossEntropy: loss('softCrossEntropy', rows, probabilities),
  nll: loss('nll', probabilities, ids),
  categoricalCrossEntropy: loss('categoricalCrossEntropy', probabilities, probabilities),
  binaryCrossEntropy: loss('binaryCrossEntropy', rows, probabilities),
  binaryCrossEntropyOf: loss('binaryCrossEntropyOf', probabilities, probabilities),
  focal: loss('focal', rows, greater(other, 0).astype(f64)),
  klDivergence: [rows, (y: Tensor<[3, 4]>) => (layer.klDivergence as Loose)(softmax(y), other)],
  hinge: loss('hinge', rows, signs),
  squaredHinge: loss('squaredHinge', rows, signs),
  categoricalHinge: loss('categoricalHinge', rows, ids),
  ctcLoss: loss(
    'ctcLoss',
    sequence,
    tensor([5, 4], i32),
    tensor(
      [
        [1, 2],
        [3, 3],
      ],
      i32,
    ),
    tensor([2, 1], i32),
  ),
  tripletLoss: loss('tripletLoss', rows, other, signs),
  infoNce: loss('infoNce', rows, other),
  reduceLoss: loss('reduceLoss', rows, { weights: probabilities }),
  weighted: loss('weighted', rows, { weights: probabilities }),
};

/** What has no gradient to check: what makes parameters, tables of numbers, metrics and summaries. */
const others = new Set([
  ...Object.keys(nn).filter((name) => name.startsWith('init')),
  ...'dense biasOf plusBias sinusoidalPositions summary summaryRows'.split(' '),
  ...'accuracy areaUnderRoc binaryAccuracy confusionMatrix fScore foldMetric meanAbsoluteError meanMetric meanSquaredError'.split(
    ' ',
  ),
  ...'perplexity precision r2 recall rootMeanSquaredError topKAccuracy'.split(' '),
]);

describe('gradients', () => {
  it('are checked of all that is exported', () => {
    expect(Object.keys(nn).filter((name) => !(name in cases) && !others.has(name))).toEqual([]);
    expect(Object.keys(cases).filter((name) => !(name in nn))).toEqual([]);
  });
  // Weights that differ from place to place: a sum would not see what normalisations keep.
  const weigh = (y: AnyTensor): AnyTensor => {
    const flat: AnyTensor = reshape(y, [-1]);
    const weights = tensor(
      Array.from({ length: flat.size }, (_, i) => Math.cos(1 + i)),
      f64,
    );
    return sum(mul(mul(flat, flat) as AnyTensor, weights as AnyTensor) as AnyTensor) as AnyTensor;
  };
  it.each(Object.entries(cases))('of %s', (_name, [at, f]) => {
    const total = (x: unknown): AnyTensor =>
      (tree.leaves(f(x as never) as AnyTensor) as readonly AnyTensor[])
        .map(weigh)
        .reduce((a, b) => add(a, b) as AnyTensor);
    checkGrads(total as never, [at] as never, { order: 1, modes: ['forward', 'reverse'] });
  });
});

/** Whose value has a kink or a jump somewhere, or whose parameters do. */
const kinked = new Set(
  'absoluteError categoricalHinge hinge huber prelu quantileLoss squaredHinge tripletLoss'
    .split(' ')
    .concat(Object.keys(cases).filter((name) => /max(1d|2d|3d)?Pool|MaxPool|maxPool/.test(name))),
);
/** Who divides by a length or a deviation, or takes the logarithm of its argument, and is steep or undefined at 0. */
const steep = new Set(
  (
    'batchNorm binaryCrossEntropyOf cachedBlock categoricalCrossEntropy cosineDistance cosineSimilarity decoderBlock encoderBlock ' +
    'groupNorm infoNce instanceNorm layerNorm nll repeated rmsNorm'
  ).split(' '),
);

describe('derivatives of orders 1 to 4', () => {
  type Real = AnyTensor;
  type Curve = (s: Real) => Real;
  const orders = [1, 2, 3, 4];
  interface Estimate {
    readonly value: number;
    readonly error: number;
  }
  const count = 20;
  /** Of a smooth curve at 0, from its values nearby: those of the polynomial through Chebyshev's points. */
  const interpolated = (line: (s: number) => number, reach: number): readonly Estimate[] => {
    const angles = Array.from({ length: count }, (_, k) => (Math.PI * (k + 0.5)) / count);
    const values = angles.map((angle) => line(reach * Math.cos(angle)));
    let [previous, polynomial] = [
      [0, 1, 0, 0, 0],
      [1, 0, 0, 0, 0],
    ];
    const sums = [0, 0, 0, 0, 0];
    for (let j = 0; j < count; j++) {
      const c =
        ((j === 0 ? 1 : 2) / count) * values.reduce((t, y, k) => t + y * Math.cos(j * (angles[k] as number)), 0);
      for (const n of [0, ...orders]) sums[n] = (sums[n] as number) + c * (polynomial[n] as number);
      const before = previous;
      previous = polynomial;
      polynomial = polynomial.map((_, n) => 2 * ((previous[n - 1] ?? 0) as number) - (before[n] as number));
    }
    let factorial = 1;
    return orders.map((n) => {
      factorial *= n;
      const error = 1e-14 * Math.max(...values.map(Math.abs)) * (count / reach) ** n;
      return { value: (factorial * (sums[n] as number)) / reach ** n, error };
    });
  };
  const one = tensor(1, f64);
  const modes: readonly ((g: Curve) => Curve)[] = [
    (g) => (s) => jvp(g, [s], [one as never])[1] as Real,
    (g) => grad(g as never) as unknown as Curve,
  ];
  const floats = (t: unknown): readonly AnyTensor[] => tree.leaves(t as AnyTensor) as unknown as readonly AnyTensor[];
  const weigh = (y: AnyTensor): AnyTensor => {
    const flat: AnyTensor = reshape(y, [-1]);
    const weights = Array.from({ length: flat.size }, (_, i) => Math.cos(1 + i));
    return sum(mul(flat, tensor(weights, f64) as AnyTensor) as AnyTensor) as AnyTensor;
  };
  const wrongAt = (at: unknown, f: (x: never) => unknown, reach: number): readonly string[] => {
    let seed = 100;
    const direction = tree.map((x: AnyTensor): AnyTensor => {
      seed += 1;
      return random.normal(random.key(seed), x.shape as number[]).astype(f64) as AnyTensor;
    }, at as AnyTensor);
    const line: Curve = (s) => {
      const x = tree.map(
        (p: AnyTensor, v: AnyTensor): AnyTensor => add(p, mul(v, s)),
        at as AnyTensor,
        direction as never,
      );
      return floats(f(x as never))
        .map(weigh)
        .reduce((a, b) => add(a, b) as AnyTensor);
    };
    const wanted = interpolated((s) => line(tensor(s, f64) as AnyTensor).item() as number, reach);
    return [0, 1].flatMap((first) => {
      let g = line;
      return orders.flatMap((order) => {
        g = (modes[(first + order) % 2] as (typeof modes)[number])(g);
        const got = g(tensor(0, f64) as AnyTensor).item() as number;
        const { value, error } = wanted[order - 1] as Estimate;
        return Math.abs(got - value) <= 1e-5 * Math.abs(value) + error
          ? []
          : [`order ${order}: ${got}, right ${value}`];
      });
    });
  };
  const smooth = Object.entries(cases).filter(([name]) => !kinked.has(name));
  it.each(smooth)('of %s', (name, [at, f]) => {
    expect(wrongAt(at, f, steep.has(name) ? 0.005 : 0.05)).toEqual([]);
  });
  it.each(smooth.filter(([name]) => !steep.has(name)))('of %s at 0', (_name, [at, f]) => {
    expect(
      wrongAt(
        tree.map((x: AnyTensor): AnyTensor => mul(x, 0), at as AnyTensor),
        f,
        0.05,
      ),
    ).toEqual([]);
  });
});
