// Operations on many elements outside of jit are computed together when a result leaves a function: with the bits of one operation after
// the other, without room for what is only on the way, and users hold nothing that is left to compute.
import { createHash } from 'node:crypto';
import {
  type AnyTensor,
  add,
  gelu,
  grad,
  jit,
  logaddexp,
  logsumexp,
  matmul,
  mul,
  neg,
  softmax,
  stack,
  standardize,
  std,
  sum,
  type Tensor,
  unstack,
  vmap,
} from 'adjoint';
import { binaryCrossEntropy, dotProductAttention, huber, initNorm, layerNorm, reduceLoss } from 'adjoint/nn';
import { gumbel, key, normal, truncatedNormal, uniform } from 'adjoint/random';
import { describe, expect, it } from 'vitest';
import { ConcreteArray, type Value } from '../../src/core/value';
import * as P from '../../src/primitives';
import { heap } from '../../src/runtime/resident';
import { programsOf } from './programs';

type Matrix = Tensor<[1000, 700]>;
const x: Matrix = normal(key(1), [1000, 700]);
const y: Matrix = uniform(key(2), [1000, 700]);
const bytes = 4 * 1000 * 700;
const bitsOf = (t: AnyTensor) => createHash('sha256').update(Buffer.from(t.toTypedArray().buffer)).digest('hex');

const functions: Readonly<Record<string, (a: Matrix, b: Matrix) => AnyTensor>> = {
  'normal numbers': () => normal(key(3), [1000, 700]),
  'truncated normal numbers': () => truncatedNormal(key(3), [1000, 700]),
  'gumbel numbers': () => gumbel(key(3), [1000, 700]),
  'a number beside a tensor': (a) => add(a, 1),
  softmax: (a) => softmax(a),
  'softmax across': (a) => softmax(a, 0),
  gelu: (a) => gelu(a),
  standardize: (a) => standardize(a),
  'a deviation': (a) => std(a, 0),
  'log of sums': (a) => logsumexp(a, 1),
  logaddexp: (a, b) => logaddexp(a, b),
  huber: (a, b) => huber(a, b),
  'a layer norm': (a) => layerNorm(initNorm({ features: 700 }))(a),
  'a mean loss': (a, b) => reduceLoss(binaryCrossEntropy(a, b)),
  attention: (a, b) => dotProductAttention(a, b, mul(b, 2), { causal: true }),
  'parts of a tensor': (a) => stack(unstack(a.transpose()).slice(0, 40)),
  'a product of what is computed': (a, b) => matmul(a.transpose(), gelu(b)),
  'a gradient': (a, b) => grad((c: Matrix) => sum(mul(softmax(c), logaddexp(c, b))))(a),
  'a mapped function': (a) => vmap((row: Tensor<[700]>) => standardize(row))(a),
};

type Small = Tensor<[20, 30]>;
const few: Readonly<Record<string, (a: Small, b: Small) => AnyTensor>> = {
  'normal numbers': () => normal(key(3), [20, 30]),
  softmax: (a) => softmax(a),
  gelu: (a) => gelu(a),
  'a deviation': (a) => std(a, 0),
  'a mean loss': (a, b) => reduceLoss(binaryCrossEntropy(a, b)),
  attention: (a, b) => dotProductAttention(a, b, mul(b, 2), { causal: true }),
  'a product of what is computed': (a, b) => matmul(a.transpose(), gelu(b)),
};
describe('fewer elements', () => {
  const [a, b]: readonly [Small, Small] = [normal(key(1), [20, 30]), uniform(key(2), [20, 30])];
  for (const [name, f] of Object.entries(few))
    it(`have the bits of jit before and after their program is compiled: ${name}`, () => {
      const expected = bitsOf(jit(f)(a, b));
      let atFirst = 0;
      const compiled = programsOf((soFar) => {
        // The products of attention are compiled at once.
        f(a, b);
        atFirst = soFar();
        for (let i = 0; i < 120; i++) expect(bitsOf(f(a, b))).toBe(expected);
      });
      expect(compiled).toBeGreaterThan(atFirst);
    });
});

describe('many elements outside of jit', () => {
  for (const [name, f] of Object.entries(functions))
    it(`have the bits of jit: ${name}`, () => {
      const expected = bitsOf(jit(f)(x, y));
      for (let i = 0; i < 3; i++) expect(bitsOf(f(x, y))).toBe(expected);
    });

  it('take no room for what is only on the way', () => {
    for (const f of [() => add(x, 1), () => normal(key(4), [1000, 700]), () => gelu(x), () => huber(x, y)]) {
      f();
      f();
      const before = heap().used;
      const result = f();
      expect(heap().used - before).toBeLessThanOrEqual(bytes + 4096);
      expect(result.size).toBe(1000 * 700);
    }
  });
});

const concrete = (v: Value): ConcreteArray => {
  if (!(v instanceof ConcreteArray)) throw new TypeError('expected an array');
  return v;
};
const numbersOf = (v: Value): readonly number[] => [...concrete(v).data].slice(0, 5);
const first = [...x.toTypedArray()].slice(0, 5);
/** The value of a tensor, as the functions of the library see it. */
const asValue = (t: Matrix): Value => t as unknown as Value;
const isDeferred = (v: Value): boolean => concrete(v).storage.place?.computed !== undefined;

describe('deferred operations', () => {
  it('are computed when their elements are asked for, once', () => {
    const deferred = P.neg(asValue(x));
    expect(isDeferred(deferred)).toBe(true);
    expect(numbersOf(deferred)).toEqual(first.map((a) => -a));
    expect(concrete(deferred).forced).toBe(concrete(deferred).forced);
  });
  it('can be read by others before and after they were computed on the way', () => {
    const shared = P.neg(asValue(x));
    const [a, b] = [P.add(shared, shared), P.mul(shared, shared)];
    expect(numbersOf(a)).toEqual(first.map((n) => -2 * n));
    expect(numbersOf(b)).toEqual(first.map((n) => Math.fround(n * n)));
    const alone = P.neg(asValue(x));
    expect(numbersOf(P.neg(alone))).toEqual(first);
    expect(numbersOf(P.abs(alone))).toEqual(first.map(Math.abs));
    expect(numbersOf(alone)).toEqual(first.map((n) => -n));
  });
  it('are any number', () => {
    let value = asValue(x);
    for (let i = 0; i < 1001; i++) value = P.neg(value);
    expect(numbersOf(value)).toEqual(first.map((n) => -n));
  });
  it('are none of what users hold, which they may donate', () => {
    const give = jit((a: Matrix) => mul(a, 2), { donate: 0 });
    const z: Matrix = normal(key(5), [1000, 700]);
    const g = grad((a: Matrix) => sum(mul(a, a)))(z);
    const [before, negative] = [bitsOf(add(z, z)), neg(z)];
    give(z);
    expect(bitsOf(g)).toBe(before);
    expect(bitsOf(mul(negative, -2))).toBe(before);
  });
});
