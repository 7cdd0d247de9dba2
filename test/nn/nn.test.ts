import { grad, i32, logSoftmax, mean, over, sum, type Tensor, tensor, vmap, zeros } from 'adjoint';
import { crossEntropy, dense, linear, squaredError } from 'adjoint/nn';
import * as random from 'adjoint/random';
import { describe, expect, it } from 'vitest';

describe('dense', () => {
  it('starts with weights of variance 2 / inputs and no bias', () => {
    const { w, b } = dense(random.key(0), 200, 100);
    expect(b.toArray()).toEqual(zeros([100]).toArray());
    const values = Array.from(w.toTypedArray());
    const variance = values.reduce((s, x) => s + x * x, 0) / values.length;
    expect(variance).toBeGreaterThan(0.0095);
    expect(variance).toBeLessThan(0.0105);
  });
  it('is the affine map, over any leading axes, and under vmap', () => {
    const p = {
      w: tensor([
        [1, 0, 2],
        [0, 1, 3],
      ]),
      b: tensor([10, 20, 30]),
    };
    expect(linear(p)(tensor([1, 2])).toArray()).toEqual([11, 22, 38]);
    const x = tensor([[[1, 2]], [[3, 4]]]);
    expect(linear(p)(x).toArray()).toEqual([[[11, 22, 38]], [[13, 24, 48]]]);
    const one = (v: Tensor<[2]>) => linear(p)(v);
    expect(
      vmap(
        one,
        over(0),
      )(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).toEqual([
      [11, 22, 38],
      [13, 24, 48],
    ]);
  });
});

describe('losses', () => {
  it('cross entropy is minus the log probability of the label', () => {
    const logits = tensor([
      [1, 2, 3],
      [0, 0, 0],
    ]);
    const labels = tensor([2, 0], i32);
    const logs = logSoftmax(logits, -1).toArray();
    const [a, b] = crossEntropy(logits, labels).toArray();
    expect(a).toBeCloseTo(-(logs[0]?.[2] as number), 6);
    expect(b).toBeCloseTo(Math.log(3), 6);
  });
  it('its gradient is softmax minus the label', () => {
    const loss = (v: Tensor<[1, 3]>) => mean(crossEntropy(v, tensor([1], i32)));
    const [row] = grad(loss)(zeros([1, 3])).toArray();
    [1 / 3, -2 / 3, 1 / 3].forEach((e, i) => {
      expect(row?.[i]).toBeCloseTo(e, 6);
    });
  });
  it('stays finite for confident logits', () => {
    const loss = crossEntropy(tensor([[1000, -1000]]), tensor([1], i32));
    expect(loss.toArray()).toEqual([2000]);
  });
  it('squared error', () => {
    expect(sum(squaredError(tensor([1, 2]), tensor([3, 5]))).item()).toBe(13);
  });
});
