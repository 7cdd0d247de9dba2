// The models of the examples, without their data: what they look at and what they do not.
import { add, astype, concatenate, i32, logicalNot, ones, slice, type Tensor, tree, zeros, zerosLike } from 'adjoint';
import * as random from 'adjoint/random';
import { describe, expect, it } from 'vitest';
import * as anomaly from '../../examples/anomaly';
import * as autoencoder from '../../examples/autoencoder';
import * as cnn from '../../examples/cnn';
import * as forecast from '../../examples/forecast';
import * as names from '../../examples/names';

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
