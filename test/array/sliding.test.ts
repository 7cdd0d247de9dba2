// Convolution and pooling with all their options against PyTorch (sliding.py), eager and compiled, and their gradients.
import { readFileSync } from 'node:fs';
import * as A from 'adjoint';
import { type AnyTensor, checkGrads, f64, jit, square, sum, tensor } from 'adjoint';
import * as nn from 'adjoint/nn';
import { describe, expect, it } from 'vitest';

interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly args: readonly (readonly number[])[];
  readonly options: object;
  readonly shape: readonly number[];
  readonly y: readonly number[];
}
const cases = JSON.parse(readFileSync(new URL('sliding.json', import.meta.url), 'utf8')) as readonly Case[];
type Loose = (...args: readonly unknown[]) => AnyTensor;
const functions = A as unknown as Readonly<Record<string, Loose>>;
const layers = nn as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Loose>>;
const call = (name: string, ...args: readonly unknown[]): AnyTensor => (functions[name] as Loose)(...args);

const numbers = (shape: readonly number[], start: number): AnyTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  const xs = Array.from({ length: size }, (_, i) => Math.sin(start + i * i));
  return A.reshape(tensor(xs, f64), shape as number[]) as AnyTensor;
};
const functionOf = ({ name, shapes, args, options }: Case): Loose => {
  if (!name.startsWith('maxUnpool')) return (...xs) => call(name, ...xs, ...args, options);
  const [window] = args;
  const suffix = name.slice('maxUnpool'.length);
  const space = (shapes[0] as readonly number[]).slice(1, -1);
  return (x) => call(name, call(`maxPool${suffix}`, x, window), call(`maxPoolIndices${suffix}`, x, window), space);
};
const close = (got: AnyTensor, { shape, y }: Case): void => {
  expect(got.shape).toEqual(shape);
  const values = [...(got.toTypedArray() as Iterable<number>)];
  expect(values.filter((v, i) => !(Math.abs(v - (y[i] as number)) <= 1e-12))).toEqual([]);
};

describe.each(cases.map((c) => [c.name, JSON.stringify(c.args) + JSON.stringify(c.options), c] as const))(
  '%s %s',
  (name, _, c) => {
    const f = functionOf(c);
    const xs = c.shapes.map((shape, i) => numbers(shape, i + 1));
    it('has the values of PyTorch, eager and compiled', () => {
      close(f(...xs), c);
      close(jit((...ys: readonly AnyTensor[]) => f(...ys))(...xs), c);
    });
    if (name.includes('Indices')) return;
    it('has the derivatives of its values', () => {
      checkGrads((...ys: readonly unknown[]) => sum(square(f(...ys)) as AnyTensor) as never, xs as never, {
        order: 1,
      });
    });
    if (name.includes('Unpool')) return;
    it('is the same as a layer', () => {
      const layer = layers[name.endsWith('Pool') ? `${name}2d` : name] as (...args: readonly unknown[]) => Loose;
      const [x, w] = xs;
      const [window, stride] = c.args;
      close(w === undefined ? layer(window, { stride, ...c.options })(x) : layer({ w, b: null }, c.options)(x), c);
    });
  },
);

describe('unpooling', () => {
  it('has the mean where windows that overlap have one maximum', () => {
    const x = tensor([[[1], [7], [2], [5]]], f64);
    const [y, where] = [A.maxPool1d(x, 2, 1), A.maxPoolIndices1d(x, 2, 1)];
    expect(where.ravel().toArray()).toEqual([1, 1, 3]);
    expect(A.maxUnpool1d(y, where, [4]).ravel().toArray()).toEqual([0, 7, 0, 5]);
  });
  it('refuses indices of other shapes and places outside, and drops them where they are traced', () => {
    const y = tensor([[[1], [2]]], f64);
    const where = tensor([[[0], [4]]], A.i32);
    expect(() => A.maxUnpool1d(y, where, [4])).toThrow(
      'maxUnpool1d: index 4 is out of range for space [4] of 4 places.',
    );
    expect(() => call('maxUnpool1d', y, tensor([0, 1], A.i32), [4])).toThrow(
      'maxUnpool1d: one index for each element is needed; y is [1, 2, 1], the indices are [2].',
    );
    expect(
      jit((i: typeof where) => A.maxUnpool1d(y, i, [4]))(where)
        .ravel()
        .toArray(),
    ).toEqual([1, 0, 0, 0]);
  });
});

describe('messages', () => {
  const x = A.zeros([1, 6, 6, 2]);
  it.each<readonly [string, () => unknown]>([
    [
      'conv2d: the padding of one axis must be a pair [before, after] of integers >= 0, got [1, -1].',
      () => call('conv2d', x, A.zeros([2, 2, 2, 2]), { padding: [[1, -1], 0] }),
    ],
    [
      'convTranspose2d: outputPadding must be an integer >= 0, got the number 0.5.',
      () => call('convTranspose2d', x, A.zeros([2, 2, 2, 2]), { outputPadding: 0.5 }),
    ],
    ['maxPool: ceilMode must be true or false, got the number 1.', () => call('maxPool', x, 2, 2, { ceilMode: 1 })],
    [
      "maxPool: there is no option 'countPadding'. The options are padding, dilation, ceilMode.",
      () => call('maxPool', x, 2, 2, { countPadding: true }),
    ],
  ])('%s', (message, f) => {
    expect(f).toThrow(message);
  });
});
