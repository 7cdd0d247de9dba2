// Transcendental functions in compiled kernels have the bits of their implementations: in vectors, in what is left of a row, and where
// only some elements may be read.
import { afterEach, describe, expect, it } from 'vitest';
import { allocate, type DType, f32, f64, i32, u32 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/evalJaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import { type ConcreteArray, concreteArray, type Value } from '../../src/core/value';
import * as lax from '../../src/primitives';
import { compiled } from '../../src/runtime/executable';
import { configure, settings } from '../../src/runtime/settings';
import { doubles, names, singles } from '../numerics/reference';
import { identical } from './programs';

const functions = { ...lax };
const original = settings().target;
afterEach(() => {
  configure({ target: original });
});

const edges = [
  ...[0, -0, 1, -1, 0.5, -0.5, 2, 3, Infinity, -Infinity, Number.NaN],
  ...[1e-45, -1e-45, 1e-310, 2 ** -126, 88.7, 104, 8192, 1e9, -1e30],
];
const vector = (xs: readonly number[], dtype: DType): ConcreteArray => {
  const data = allocate(dtype, xs.length);
  xs.forEach((x, i) => {
    data[i] = x;
  });
  return concreteArray([xs.length], dtype, data);
};
const numbersOf = (dtype: DType): ConcreteArray =>
  vector([...edges, ...(dtype === f32 ? singles(2 ** 23 - 7) : doubles(401))], dtype);
const pairsOf = (xs: readonly number[], dtype: DType): readonly ConcreteArray[] => [
  vector(
    xs.flatMap((x) => xs.map(() => x)),
    dtype,
  ),
  vector(
    xs.flatMap(() => xs),
    dtype,
  ),
];

const agrees = (f: (...xs: readonly Value[]) => Value, args: readonly ConcreteArray[]): boolean => {
  const { jaxpr, consts } = traceToJaxpr(
    'test',
    (...xs) => [f(...xs)],
    args.map((x) => x.aval),
  );
  const all = [...consts.map((c) => c.concrete('test')), ...args];
  const expected = evalJaxpr(jaxpr, all).map((x) => x.concrete('test'));
  return compiled(jaxpr)
    .run(all)
    .every((x, i) => identical(x, expected[i] as ConcreteArray));
};

describe.each(['js', 'wasm'] as const)('with %s', (target) => {
  describe.each([f32, f64])('of $name', (dtype) => {
    it.each(names)('%s', (name) => {
      configure({ target });
      expect(agrees((x) => functions[name](x as Value), [numbersOf(dtype)])).toBe(true);
    });
    it.each(['pow', 'atan2', 'rem'] as const)('%s', (name) => {
      configure({ target });
      expect(agrees((x, y) => functions[name](x as Value, y as Value), pairsOf([...edges, 7, -7, 0.1], dtype))).toBe(
        true,
      );
    });
    it('beside what is padded, in rows, and of what was gathered from elsewhere', () => {
      configure({ target });
      const x = numbersOf(dtype);
      const both = (v: Value): Value => lax.concatenate([lax.sin(v), lax.pad(lax.tanh(lax.exp(v)), 1, [[3, 2, 0]])], 0);
      expect(agrees((v) => both(v as Value), [x])).toBe(true);
      const rows = (v: Value): Value =>
        lax.sub(v, lax.broadcastInDim(lax.log(lax.reduceSum(lax.exp(v), [0])), v.shape, []));
      expect(agrees((v) => rows(v as Value), [vector([3, 2, -1, 0.5, 7, 1, 1, 1, 90], dtype)])).toBe(true);
    });
  });

  it.each([i32, u32])('powers of $name', (dtype) => {
    configure({ target });
    const xs =
      dtype === i32 ? [0, 1, -1, 2, -2, 3, -3, 7, 31, 33, 2 ** 31 - 1, -(2 ** 31)] : [0, 1, 2, 3, 7, 31, 2 ** 32 - 1];
    expect(agrees((x, y) => lax.pow(x as Value, y as Value), pairsOf(xs, dtype))).toBe(true);
  });
});
