// The models of the examples, without their data: what they look at and what they do not.
import {
  type AnyTensor,
  abs,
  add,
  astype,
  concatenate,
  grad,
  i32,
  logicalNot,
  matmul,
  max,
  mul,
  ones,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  zeros,
  zerosLike,
} from 'adjoint';
import { globalNorm } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { describe, expect, it } from 'vitest';
import * as anomaly from '../../examples/anomaly';
import * as autoencoder from '../../examples/autoencoders';
import * as diffusion from '../../examples/diffusion';
import * as forecast from '../../examples/forecast';
import * as cnn from '../../examples/imageNetworks';
import * as influence from '../../examples/influence';
import * as names from '../../examples/names';
import * as ode from '../../examples/ode';
import * as privacy from '../../examples/privacy';

const [k1, k2, k3, k4] = random.split(random.key(0), 4) as [random.Key, random.Key, random.Key, random.Key];

describe('the convolutional networks', () => {
  const x = random.uniform(k1, [4, 28, 28, 1]).as([4 as number, 28, 28, 1]);
  it('give scores of ten classes', () => {
    const { params, scores } = cnn.lenet(k2);
    expect(scores(params, null, x, true)[0].shape).toEqual([4, 10]);
  });
  it('use what batch norm remembers to test, and what a batch is to learn', () => {
    const { params, moments, scores } = cnn.resnet(k2);
    const one = slice(x, 0, 0, 1).as([1 as number, 28, 28, 1]);
    const row = (y: Tensor<[number, 10]>) => y.at(0).toArray();
    const [alone, same] = scores(params, moments, one, false);
    expect(row(alone).map((v) => v.toFixed(4))).toEqual(
      row(scores(params, moments, x, false)[0]).map((v) => v.toFixed(4)),
    );
    expect(same).toEqual(moments);
    const [, next] = scores(params, moments, x, true);
    expect(next.block2[1].mean.toArray()).not.toEqual(moments.block2[1].mean.toArray());
  });
});

describe('the forecast', () => {
  const weeks = {
    births: random.normal(k1, [3, 63]),
    weekBefore: random.normal(k2, [3, 63]),
    known: random.normal(k3, [3, 63, 12]),
  };
  const params = forecast.init(k4);
  // Its last layer begins with zeros.
  const some = { ...params, out: { ...params.out, w: add(params.out.w, 0.1) } };
  it('is the week before, before it has learned anything', () => {
    expect(forecast.forecast(params, weeks).toArray()).toEqual(slice(weeks.weekBefore, 1, 56, 7).toArray());
  });
  it('does not look at the births of the days that it forecasts, but at those before', () => {
    const later = { ...weeks, births: concatenate([slice(weeks.births, 1, 0, 56), ones([3, 7])], 1) };
    const earlier = { ...weeks, births: concatenate([zeros([3, 1]), slice(weeks.births, 1, 1, 62)], 1) };
    const own = forecast.forecast(some, weeks).toArray();
    expect(forecast.forecast(some, later).toArray()).toEqual(own);
    expect(forecast.forecast(some, earlier).toArray()).not.toEqual(own);
  });
});

describe('the reader of names', () => {
  it('does not see what a name is filled up with', () => {
    const { letters } = names.encoder([
      { name: 'ada', label: 1 },
      { name: 'bartholomew', label: 0 },
    ]);
    const params = names.init(k1, 12);
    const short = letters([{ name: 'ada', label: 1 }]);
    const filled = { ...short, letters: add(short.letters, astype(logicalNot(short.mask), i32)) };
    expect(names.logits(params, filled).toArray()).toEqual(names.logits(params, short).toArray());
  });
  it('has a baseline that sees pairs of letters and the ends', () => {
    const { pairs } = names.encoder([
      { name: 'anna', label: 1 },
      { name: 'otto', label: 0 },
    ]);
    const { counts, labels } = pairs([{ name: 'anna', label: 1 }]);
    expect([counts.shape, counts.toArray()[0]?.reduce((a, b) => a + b), labels.toArray()]).toEqual([[1, 10], 5, [1]]);
  });
});

describe('the autoencoders', () => {
  const x = random.uniform(k1, [3, 28, 28, 1]);
  it('give pictures of the size of those that they are given', () => {
    expect(autoencoder.dense(autoencoder.initDense(k2, 32), x).shape).toEqual([3, 28, 28, 1]);
    expect(autoencoder.convolutional(autoencoder.initConv(k2), x).shape).toEqual([3, 28, 28, 1]);
  });
  it('have a bound that noise alone decides where the code is a standard normal one', () => {
    const params = tree.map((w) => zerosLike(w), autoencoder.initDense(k2, 16));
    // All scores are 0: 784 fair coins, and a code that is no distance apart.
    expect(autoencoder.negativeElbo(params, x, k3).item()).toBeCloseTo(784 * Math.log(2), 2);
    const apart = { ...params, code: { ...params.code, b: concatenate([ones([16]), zeros([16])], 0) } };
    expect(autoencoder.negativeElbo(apart, x, k3).item()).toBeCloseTo(784 * Math.log(2) + 8, 2);
  });
  it('find strange what they do not draw again', () => {
    const params = tree.map((w) => zerosLike(w), anomaly.init(k2));
    expect(anomaly.strangeness(params, concatenate([zeros([1, 24]), ones([1, 24])], 0)).toArray()).toEqual([0, 1]);
  });
});

describe('private learning', () => {
  const params = privacy.init(k1);
  const images = random.uniform(k2, [5, 28, 28, 1]);
  const labels = tensor([3, 1, 4, 1, 5], i32);
  it('adds up the gradients of all examples, each of at most length one', () => {
    const each = Array.from({ length: 5 }, (_, i) => privacy.clippedGradient(params, images.at(i), labels.at(i)));
    for (const gradient of each) expect(globalNorm(gradient).item()).toBeLessThanOrEqual(1 + 1e-5);
    const one = each
      .map((gradient) => gradient.out.b.toArray())
      .reduce((a, b) => a.map((v, i) => v + (b[i] as number)));
    const all = privacy.clippedSum(params, images, labels).out.b.toArray();
    for (const [i, v] of all.entries()) expect(v).toBeCloseTo(one[i] as number, 5);
  });
  it('counts what it gives away as the paper on moments does', () => {
    // Abadi et al. (2016), section 3.2: q = 0.01, σ = 4, δ = 1e-5 and 10,000 steps give ε of about 1.26.
    expect(privacy.epsilonAfter(10_000, 0.01, 4)).toBeCloseTo(1.26, 1);
    expect(privacy.epsilonAfter(100, 0.01, 4)).toBeLessThan(privacy.epsilonAfter(200, 0.01, 4));
  });
});

describe('influence', () => {
  it('solves linear systems by products alone', () => {
    const a = tensor([
      [4, 1, 0],
      [1, 3, 1],
      [0, 1, 2],
    ]);
    const x = influence.conjugateGradients((v: Tensor<[3]>) => matmul(a, v), tensor([1, 2, 3]), 3);
    for (const [i, v] of matmul(a, x).toArray().entries()) expect(v).toBeCloseTo(i + 1, 4);
  });
  it('multiplies by the Hessian: the change of the gradient along a direction', () => {
    const [w, v] = [random.normal(k1, [784, 10]), random.normal(k2, [784, 10])];
    const examples = {
      images: random.uniform(k3, [4, 28, 28, 1]).as([4 as number, 28, 28, 1]),
      labels: tensor([1, 2, 3, 4], i32).as([4 as number]),
    };
    const at = (eps: number) => ({ w: mul(add(w, mul(v, eps)), 0.01), b: zeros([10]) });
    const gradient = (eps: number) => grad(influence.cost)(at(eps), examples).w.at(300).toArray();
    const [ahead, behind] = [gradient(1e-1), gradient(-1e-1)];
    const bent = influence
      .hessianProduct(at(0), { w: mul(v, 0.01), b: zeros([10]) }, examples)
      .w.at(300)
      .toArray();
    for (const [i, d] of bent.entries()) expect(d).toBeCloseTo(((ahead[i] as number) - (behind[i] as number)) / 0.2, 4);
  });
});

describe('the differential equation', () => {
  const params = ode.init(k1);
  const start = random.normal(k2, [3, 2]).as([3 as number, 2]);
  it('is solved to the fourth order', () => {
    const turn = (_: null, y: Tensor<[number, 2]>): Tensor<[number, 2]> =>
      matmul(
        y,
        tensor([
          [0, 1],
          [-1, 0],
        ]),
      );
    const once = ode
      .path(
        turn,
        Math.PI / 32,
        64,
      )(null, start)
      .at(-1)
      .toArray();
    for (const [i, row] of start.toArray().entries())
      for (const [j, v] of row.entries()) expect(once[i]?.[j]).toBeCloseTo(v, 4);
  });
  it('has by its adjoint the gradient of the steps', () => {
    const lost = (solve: ReturnType<typeof ode.path<ode.Params>>) =>
      grad((p: ode.Params, y: Tensor<[number, 2]>) => sum(square(solve(p, y))), { argnums: [0, 1] })(params, start);
    const [kept, own] = lost(ode.path(ode.velocity, 0.025, 10));
    const [adjoint, back] = lost(ode.pathByAdjoint(ode.velocity, 0.025, 10));
    const near = (a: AnyTensor, b: AnyTensor): void =>
      expect(Number(max(abs(sub(a, b))).item())).toBeLessThan(1e-3 * Number(max(abs(a)).item()));
    near(kept.hidden.w, adjoint.hidden.w);
    near(kept.out.b, adjoint.out.b);
    near(own, back);
  });
});

describe('the diffusion model', () => {
  const blank = tree.map((w) => zerosLike(w), diffusion.init(k1));
  it('loses all of the noise where it finds none', () => {
    expect(diffusion.lost(blank, zeros([64, 196]), k2).item()).toBeCloseTo(1, 1);
  });
  it('draws pictures that depend on the key, in the range of brightness', () => {
    const params = diffusion.init(k1);
    const drawn = diffusion.draw(params, k2, 2);
    expect(drawn.shape).toEqual([2, 196]);
    expect(max(abs(drawn)).item()).toBeLessThanOrEqual(1);
    expect(drawn.toArray()).not.toEqual(diffusion.draw(params, k3, 2).toArray());
  });
});
