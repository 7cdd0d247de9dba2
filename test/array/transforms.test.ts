// Array functions under transforms: derivatives against differences, mapped against looped, compiled against eager.
import * as A from 'adjoint';
import * as random from 'adjoint/random';
import { describe, expect, test } from 'vitest';

type Vector = A.AnyTensor;
type Fn = (x: Vector) => A.AnyTensor;
const { f64, i32 } = A;

/** Away from kinks, and of both signs unless the function wants otherwise. */
const anywhere = A.tensor(
  [
    [0.3, -1.2, 2.5],
    [-0.7, 1.9, 0.4],
  ],
  f64,
);
const positive = A.tensor(
  [
    [0.3, 1.2, 2.5],
    [0.7, 1.9, 0.4],
  ],
  f64,
);
const small = A.tensor(
  [
    [0.3, -0.6, 0.5],
    [-0.7, 0.1, 0.4],
  ],
  f64,
);
const large = A.tensor(
  [
    [1.3, 1.6, 2.5],
    [1.7, 3.1, 1.4],
  ],
  f64,
);
const other = A.tensor([[1.5], [0.25]], f64);

const named = (x: Vector, fs: Readonly<Record<string, Fn>>) =>
  Object.entries(fs).map(([name, f]) => [name, x, f] as const);

const functions: readonly (readonly [string, Vector, Fn])[] = [
  ...named(anywhere, {
    exp: A.exp,
    exp2: A.exp2,
    expm1: A.expm1,
    sin: A.sin,
    cos: A.cos,
    tan: A.tan,
    sinh: A.sinh,
    cosh: A.cosh,
    tanh: A.tanh,
    asinh: A.asinh,
    atan: A.atan,
    erf: A.erf,
    cbrt: A.cbrt,
    deg2rad: A.deg2rad,
    rad2deg: A.rad2deg,
    reciprocal: A.reciprocal,
    sigmoid: A.sigmoid,
    softplus: A.softplus,
    logSigmoid: A.logSigmoid,
    silu: A.silu,
    mish: A.mish,
    gelu: A.gelu,
    selu: A.selu,
    softsign: A.softsign,
    hardSigmoid: A.hardSigmoid,
    hardSilu: A.hardSilu,
  }),
  ...named(anywhere, { relu: A.relu, relu6: A.relu6, hardTanh: A.hardTanh, abs: A.abs, neg: A.neg, square: A.square }),
  ...named(positive, { log: A.log, log1p: A.log1p, log2: A.log2, log10: A.log10, sqrt: A.sqrt, rsqrt: A.rsqrt }),
  ...named(small, { asin: A.asin, acos: A.acos, atanh: A.atanh, erfInv: A.erfInv }),
  ['acosh', large, (x) => A.acosh(x)],
  ['elu', anywhere, (x) => A.elu(x, 0.7)],
  ['celu', anywhere, (x) => A.celu(x, 0.7)],
  ['leakyRelu', anywhere, (x) => A.leakyRelu(x)],
  ['gelu exact', anywhere, (x) => A.gelu(x, { approximate: false })],
  ['glu', A.reshape(anywhere, [3, 2]), (x) => A.glu(x)],
  [
    'add, mul, sub, div broadcast',
    anywhere,
    (x) => A.div(A.mul(A.add(x, other), A.sub(other, x)), A.add(A.square(x), other)),
  ],
  ['pow of a tensor', positive, (x) => A.pow(x, other)],
  ['pow with exponent', anywhere, (x) => A.add(A.pow(x, 3), A.pow(x, 2))],
  ['power of a number', anywhere, (x) => A.pow(2, x)],
  ['maximum, minimum, clip', anywhere, (x) => A.mul(A.maximum(x, other), A.add(A.minimum(x, 0.5), A.clip(x, -1, 1)))],
  [
    'atan2, hypot, logaddexp',
    anywhere,
    (x) => A.add(A.atan2(x, other), A.mul(A.hypot(x, other), A.logaddexp(x, other))),
  ],
  ['remainder, fmod', anywhere, (x) => A.add(A.remainder(x, 0.77), A.fmod(x, 0.77))],
  ['where', anywhere, (x) => A.where(A.greater(x, 0.35), A.square(x), A.sin(x))],
  ['sum, mean over axes', anywhere, (x) => A.mul(A.sum(x, 0), A.mean(x, 0))],
  ['prod', anywhere, (x) => A.prod(x, 1)],
  ['variance, std', anywhere, (x) => A.add(A.variance(x, 1), A.std(x, 1, { correction: 1 }))],
  ['max, min, ptp', anywhere, (x) => A.add(A.mul(A.max(x, 1), A.min(x, 1)), A.ptp(x, 1))],
  ['average', anywhere, (x) => A.average(x, positive, 1)],
  ['logsumexp', anywhere, (x) => A.logsumexp(x, 1)],
  ['softmax', anywhere, (x) => A.softmax(x)],
  ['logSoftmax', anywhere, (x) => A.logSoftmax(x, 0)],
  ['standardize', anywhere, (x) => A.standardize(x)],
  [
    'cumsum, cumprod, cummax, cumlogsumexp',
    anywhere,
    (x) => A.add(A.mul(A.cumsum(x, 1), A.cumprod(x, 1)), A.mul(A.cummax(x, 0), A.cumlogsumexp(x, 1))),
  ],
  ['reshape, transpose, expandDims', anywhere, (x) => A.square(A.expandDims(A.transpose(A.reshape(x, [3, 2])), 1))],
  [
    'concatenate, stack, split',
    anywhere,
    (x) => A.concatenate([A.square(x), A.sum(A.stack([x, A.sin(x)], 1), 1), ...A.split(x, 2)] as A.Tensor<number[]>[]),
  ],
  ['flip, roll, repeat, tile', anywhere, (x) => A.mul(A.repeat(A.flip(x), 2, 0), A.tile(A.roll(x, 1, 1), [2, 1]))],
  [
    'pad',
    anywhere,
    (x) =>
      A.square(
        A.pad(
          A.pad(x, [
            [1, 0],
            [0, 2],
          ]),
          [
            [0, 1],
            [1, 1],
          ],
          'reflect',
        ),
      ),
  ],
  [
    'tril, triu, diagonal, trace',
    anywhere,
    (x) =>
      A.add(
        A.sum(A.square(A.tril(A.matmul(x, A.matrixTranspose(x))))),
        A.add(A.trace(A.triu(x)), A.sum(A.diagonal(x))),
      ),
  ],
  ['diag', anywhere, (x) => A.square(A.diag(A.ravel(x) as A.Tensor<[number], A.f64>))],
  ['matmul', anywhere, (x) => A.matmul(A.transpose(x), A.matmul(x, A.square(A.transpose(x))))],
  ['einsum', anywhere, (x) => A.einsum('ij,kj,k->i' as string, x, A.square(x), A.ravel(other) as A.Tensor<[2], A.f64>)],
  [
    'einsum with a diagonal',
    A.reshape(
      A.pad(anywhere, [
        [0, 1],
        [0, 0],
      ]),
      [3, 3],
    ),
    (x) => A.einsum('ii,ij->j' as string, x, x),
  ],
  [
    'tensordot, inner, outer',
    anywhere,
    (x) => A.add(A.tensordot(x, x), A.sum(A.mul(A.inner(x, x), A.at(A.outer(x, x), 0, 0)))),
  ],
  [
    'take',
    anywhere,
    (x) =>
      A.square(
        A.take(
          x,
          A.tensor(
            [
              [2, 0],
              [-1, 2],
            ],
            i32,
          ),
          1,
        ),
      ),
  ],
  [
    'takeAlongAxis',
    anywhere,
    (x) =>
      A.square(
        A.takeAlongAxis(
          x,
          A.tensor(
            [
              [2, 2],
              [0, 1],
            ],
            i32,
          ),
          1,
        ),
      ),
  ],
  [
    'scatterAdd',
    anywhere,
    (x) => A.square(A.scatterAdd(x, A.tensor([1, 1, 0], i32), A.sin(A.reshape(x, [3, 2])).matmul(A.ones([2, 3], f64)))),
  ],
  ['slice, at', anywhere, (x) => A.mul(A.slice(x, 1, 1, 2) as A.AnyTensor, A.at(x, ':', [0, 2]) as A.AnyTensor)],
  [
    'dynamicSlice, dynamicUpdateSlice',
    anywhere,
    (x) => A.square(A.dynamicUpdateSlice(x, A.sin(A.dynamicSlice(x, [0, 1], [1, 2])), [1, 0])),
  ],
  ['sort, topK', anywhere, (x) => A.mul(A.square(A.sort(x, 1)), A.sum(A.topK(x, 2, -1)[0]))],
  ['astype', anywhere, (x) => A.square(A.astype(A.sin(x), f64))],
  ['rearrange', anywhere, (x) => A.square(A.rearrange(x as A.Tensor<[2, 3], A.f64>, 'a b -> (b a)'))],
];

const weighted = (f: Fn) => (x: Vector) => {
  const y = f(x);
  const weights = A.cos(A.reshape(A.arange(y.size), y.shape as never));
  return A.sum(A.mul(y, weights)) as A.Scalar<A.f64>;
};
const close = (got: A.AnyTensor, wanted: readonly number[], tolerance: number): void => {
  const values: number[] = Array.from(got.toTypedArray() as Float64Array);
  expect(values).toHaveLength(wanted.length);
  values.forEach((v, i) => {
    expect(Math.abs(v - (wanted[i] as number))).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(v)));
  });
};

describe.each(functions)('%s', (_name, x, f) => {
  const loss = weighted(f);
  test('derivative against central differences', () => {
    const data = x.toTypedArray() as unknown as Float64Array;
    const h = 1e-6;
    const at = (i: number, by: number): number => {
      const moved = Float64Array.from(data, (v, j) => (i === j ? v + by : v));
      return loss(A.reshape(A.tensor(moved), x.shape as never)).item();
    };
    const differences = Array.from(data, (_, i) => (at(i, h) - at(i, -h)) / (2 * h));
    close(A.grad(loss)(x), differences, 1e-5);
  });
  test('mapped over rows, and compiled', () => {
    const many = A.stack([x, A.mul(x, 0.9), A.mul(x, 0.8)]);
    const mapped = A.vmap(f as (x: A.AnyTensor) => A.AnyTensor, A.over(0))(many as A.AnyTensor) as A.AnyTensor;
    const looped = A.stack(A.unstack(many).map((row) => f(row))) as A.AnyTensor;
    expect(mapped.shape).toEqual(looped.shape);
    close(mapped, Array.from(looped.toTypedArray() as Float64Array), 1e-12);
    const compiled = A.jit(f as (x: A.AnyTensor) => A.AnyTensor)(x as A.AnyTensor) as A.AnyTensor;
    expect(compiled.toArray()).toEqual(f(x).toArray());
  });
});

describe('conventions', () => {
  const slope = (f: (x: A.Scalar) => A.AnyTensor, at: number): number =>
    A.grad(f as (x: A.Scalar) => A.Scalar)(A.tensor(at)).item();
  test('at kinks, as in JAX', () => {
    expect(slope(A.relu, 0)).toBe(0);
    expect(slope(A.abs, 0)).toBe(0);
    expect(slope(A.relu6, 6)).toBe(0);
    expect(slope((x) => A.maximum(x, 0), 0)).toBe(0.5);
    expect(slope((x) => A.max(A.stack([x, x, x])), 1)).toBe(1);
    expect(slope(A.sign, 0)).toBe(0);
    expect(slope((x) => A.pow(x, 0), 0)).toBe(0);
    expect(slope((x) => A.pow(x, 1), 0)).toBe(1);
    expect(slope(A.softplus, 0)).toBe(0.5);
    expect(slope(A.leakyRelu, 0)).toBe(1);
    expect(slope((x) => A.where(A.greater(x, 0), A.log(A.where(A.greater(x, 0), x, 1)), 0), 0)).toBe(0);
    expect(slope(A.softplus, 1000)).toBe(1);
    expect(slope(A.elu, 1000)).toBe(1);
    expect(slope(A.logSigmoid, -1000)).toBe(1);
  });
});

test('a loss of labels: take, oneHot and argmax under grad, vmap and jit', () => {
  const labels = A.tensor([2, 0], i32);
  const logits = A.tensor([
    [1, 2, 3],
    [4, 5, 7],
  ]);
  const picked = (x: A.Tensor<[2, 3]>, y: A.Tensor<[2], A.i32>) =>
    A.neg(A.mean(A.takeAlongAxis(A.logSoftmax(x), A.expandDims(y, 1), 1))) as A.Scalar;
  const dense = (x: A.Tensor<[2, 3]>, y: A.Tensor<[2], A.i32>) =>
    A.neg(A.mean(A.sum(A.mul(A.logSoftmax(x), A.oneHot(y, 3)), -1)));
  expect(A.grad(picked)(logits, labels).toArray()).toEqual(A.grad(dense)(logits, labels).toArray());
  expect(A.jit(A.grad(picked))(logits, labels).toArray()).toEqual(A.grad(picked)(logits, labels).toArray());
  const rows = A.vmap((x: A.Tensor<[3]>, i: A.Scalar<A.i32>) => A.at(x, i), A.over(0, 0))(logits, labels);
  expect(rows.toArray()).toEqual([3, 4]);
});

test('traced indices out of range give NaN, and pass no derivative', () => {
  const read = (x: A.Tensor<[3]>, i: A.Tensor<[2], A.i32>) => A.take(x, i);
  const x = A.tensor([1, 2, 3]);
  expect(A.jit(read)(x, A.tensor([-1, 3], i32)).toArray()).toEqual([3, NaN]);
  const g = A.jit(A.grad((y: A.Tensor<[3]>, i: A.Tensor<[2], A.i32>) => A.sum(read(y, i))))(x, A.tensor([-1, 3], i32));
  expect(g.toArray()).toEqual([0, 0, 1]);
});

test('random numbers are the same under jit and vmap', () => {
  const draw = (key: random.Key) => random.normal(key, [3]);
  const keys = random.keys(random.key(3), 4);
  const looped = A.unstack(keys).map((k) => draw(k).toArray());
  expect(A.vmap(draw, A.over(0))(keys).toArray()).toEqual(looped);
  expect(A.jit(A.vmap(draw, A.over(0)))(keys).toArray()).toEqual(looped);
  const shuffled = (key: random.Key) => random.permutation(key, 5);
  expect(A.jit(shuffled)(random.key(1)).toArray()).toEqual(shuffled(random.key(1)).toArray());
  const seeded = (seed: A.Scalar<A.i32>) => random.randint(random.foldIn(random.key(seed), seed), [2], 0, 100);
  expect(A.jit(seeded)(A.tensor(5, i32)).toArray()).toEqual(
    random.randint(random.foldIn(random.key(5), 5), [2], 0, 100).toArray(),
  );
});

test('a derivative through a sample: reparameterisation', () => {
  const f = (mu: A.Scalar) => A.mean(A.add(A.mul(random.normal(random.key(0), [100]), mu), mu));
  const draws = random.normal(random.key(0), [100]);
  expect(A.grad(f)(A.tensor(1)).item()).toBeCloseTo(A.mean(draws).item() + 1, 5);
});
