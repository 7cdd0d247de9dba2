// What the errors say of mistakes that newcomers make.
import { grad, jacrev, over, sum, type Tensor, tensor, valueAndGrad, vmap, zeros } from 'adjoint';
import * as random from 'adjoint/random';
import { describe, expect, test } from 'vitest';

class Layer {
  readonly w = tensor([1, 2]);
}

describe('parameters in a class', () => {
  const message =
    'is an instance of Layer, whose tensors are not seen: in a tree, class instances are static leaves. Keep parameters in a plain object';
  test('are not differentiated by, without a word', () => {
    expect(() => grad((p: Layer) => sum(p.w))(new Layer())).toThrow(`grad: argument 0 ${message}`);
    expect(() => valueAndGrad((p: Layer) => sum(p.w))(new Layer())).toThrow(`valueAndGrad: argument 0 ${message}`);
    expect(() => jacrev((p: Layer) => p.w)(new Layer())).toThrow(`jacrev: argument 0 ${message}`);
  });
  test('beside others neither', () => {
    const loss = (p: { readonly b: Tensor<[2]>; readonly layers: readonly Layer[] }) => sum(p.b);
    expect(() => grad(loss)({ b: zeros([2]), layers: [new Layer()] })).toThrow(
      `grad: the leaf .layers[0] of argument 0 ${message}`,
    );
  });
  test('an instance without tensors stays static', () => {
    const loss = (p: { readonly w: Tensor<[2]>; readonly made: Date }) => sum(p.w);
    expect(grad(loss)({ w: zeros([2]), made: new Date(0) }).w.toArray()).toEqual([1, 1]);
  });
});

describe('keys in an array', () => {
  const draw = (k: random.Key) => random.normal(k, [2]);
  const keys = random.split(random.key(0), 3) as unknown as Tensor<[3, 2], random.Key['dtype']>;
  test('are no axis to map over', () => {
    expect(() => vmap((k: random.Key, x: Tensor<[2]>) => sum(x.add(draw(k))), over(0, 0))(keys, zeros([3, 2]))).toThrow(
      /random\.keys\(key, n\) gives n keys as the rows of one tensor/,
    );
    expect(() => vmap(draw, over(0))(keys)).toThrow(/make one tensor of them: keys\(key, n\)/);
    expect(vmap(draw, over(0))(random.keys(random.key(0), 3)).shape).toEqual([3, 2]);
  });
  test('are not named where something else is wrong', () => {
    const add = vmap((x: Tensor<[2]>, y: Tensor<[2]>) => x.add(y), over()) as (...xs: readonly unknown[]) => unknown;
    expect(() => add(zeros([2, 2]), zeros([3, 2]))).toThrow(/pass null for arguments that all examples share\.$/);
  });
});
