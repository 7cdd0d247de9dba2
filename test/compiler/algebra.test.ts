// Identities beyond one equation: views of views, operations on repeated numbers, contractions that are transposed.

import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/compiler/compile';
import { isPointwise } from '../../src/compiler/pointwise';
import { showKernels } from '../../src/compiler/show';
import { simplify } from '../../src/compiler/simplify';
import { jsTraits } from '../../src/compiler/targets/jsTraits';
import { checkJaxpr } from '../../src/core/checker';
import { bool, type DType, f32, f64, i32, u32 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/evalJaxpr';
import type { Jaxpr } from '../../src/core/jaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import type { ConcreteArray, Value } from '../../src/core/value';
import * as lax from '../../src/primitives';
import { compiled } from '../../src/runtime/executable';
import { arrayOf, identical } from './programs';

const traced = (
  f: (...xs: readonly Value[]) => Value,
  dtype: DType,
  ...shapes: readonly (readonly number[])[]
): Jaxpr =>
  traceToJaxpr(
    'test',
    (...xs) => [f(...xs)],
    shapes.map((shape) => ({ shape, dtype })),
  ).jaxpr;
const simplified = (f: (...xs: readonly Value[]) => Value, dtype: DType, ...shapes: readonly (readonly number[])[]) => {
  const jaxpr = traced(f, dtype, ...shapes);
  const out = simplify(jaxpr);
  checkJaxpr(out);
  if (dtype === f32) {
    const args = shapes.map((shape, i) => arrayOf(shape, f32, i));
    const [expected] = evalJaxpr(jaxpr, args);
    const [got] = compiled(jaxpr).run(args);
    expect(identical(got as ConcreteArray, (expected as Value).concrete('test'))).toBe(true);
  }
  return out.equations.map((e) => e.primitive.name);
};

describe('simplify', () => {
  it('undoes what is done twice', () => {
    expect(simplified((x) => lax.neg(lax.neg(x as Value)), f32, [3])).toEqual([]);
    expect(simplified((x) => lax.rev(lax.rev(x as Value, [0]), [0]), f32, [3, 2])).toEqual([]);
    expect(simplified((x) => lax.rev(lax.rev(x as Value, [0]), [1]), f32, [3, 2])).toEqual(['rev', 'rev']);
    expect(simplified((x) => lax.transpose(lax.transpose(x as Value, [1, 2, 0]), [2, 0, 1]), f32, [2, 3, 4])).toEqual(
      [],
    );
    expect(simplified((x) => lax.reshape(lax.reshape(x as Value, [6]), [2, 3]), f32, [2, 3])).toEqual([]);
  });
  it('takes back a conversion that lost nothing, and only that', () => {
    const through = (from: DType, to: DType) =>
      simplified((x) => lax.convert(lax.convert(x as Value, to), from), from, [3]);
    for (const [from, to] of [
      [f32, f64],
      [i32, f64],
      [u32, f64],
      [u32, i32],
      [bool, f32],
    ] as const)
      expect(through(from, to)).toEqual([]);
    for (const [from, to] of [
      [f64, f32],
      [i32, f32],
      [f32, i32],
      [f32, bool],
    ] as const)
      expect(through(from, to)).toHaveLength(2);
  });
  it('makes one view of views', () => {
    expect(simplified((x) => lax.transpose(lax.transpose(x as Value, [1, 2, 0]), [1, 2, 0]), f32, [2, 3, 4])).toEqual([
      'transpose',
    ]);
    expect(simplified((x) => lax.reshape(lax.reshape(x as Value, [4, 6]), [2, 12]), f32, [2, 3, 4])).toEqual([
      'reshape',
    ]);
    expect(
      simplified((x) => lax.broadcastInDim(lax.broadcastInDim(x as Value, [3, 1], [0]), [2, 3, 4], [1, 2]), f32, [3]),
    ).toEqual(['broadcast_in_dim']);
  });
  it('chooses between equal cases without looking', () => {
    expect(
      simplified((x, y) => lax.selectN(lax.gt(x as Value, y as Value), x as Value, x as Value), f32, [3], [3]),
    ).toEqual([]);
  });
  it('computes with numbers before they are repeated', () => {
    expect(simplified((x) => lax.add(x as Value, lax.neg(lax.exp(lax.fullLike(x as Value, 2)))), f32, [3])).toEqual([
      'broadcast_in_dim',
      'add',
    ]);
    const scaled = (x?: Value, n?: Value) =>
      lax.mul(x as Value, lax.sqrt(lax.mul(lax.broadcastInDim(n as Value, [4, 3], []), lax.fullLike(x as Value, 2))));
    expect(simplified(scaled, f32, [4, 3], [])).toEqual(['mul', 'sqrt', 'broadcast_in_dim', 'mul']);
  });
  it('turns a contraction that is only used transposed', () => {
    const dot = (x?: Value, y?: Value) =>
      lax.dotGeneral(x as Value, y as Value, { lhsContract: [2], rhsContract: [1], lhsBatch: [0], rhsBatch: [0] });
    expect(simplified((x, y) => lax.transpose(dot(x, y), [0, 2, 1]), f32, [2, 3, 4], [2, 4, 5])).toEqual([
      'dot_general',
    ]);
    expect(simplified((x, y) => lax.transpose(dot(x, y), [1, 0, 2]), f32, [2, 3, 4], [2, 4, 5])).toEqual([
      'dot_general',
      'transpose',
    ]);
    const both = (x?: Value, y?: Value) => {
      const product = dot(x, y);
      return lax.add(product, lax.transpose(product, [0, 2, 1]));
    };
    expect(simplified(both, f32, [2, 3, 4], [2, 4, 3])).toEqual(['dot_general', 'transpose', 'add']);
  });
  it('leaves the repeated number no kernel of its own', () => {
    const jaxpr = traced((x) => lax.mul(x as Value, lax.neg(lax.fullLike(x as Value, 2))), f32, [4, 5]);
    expect(showKernels(lowerProgram(jaxpr, jsTraits)).split('\n')).toHaveLength(2);
  });
});

describe('pointwise', () => {
  const isLast = (f: (...xs: readonly Value[]) => Value, ...shapes: readonly (readonly number[])[]): boolean => {
    const equation = traced(f, f32, ...shapes).equations.at(-1);
    return equation !== undefined && isPointwise(equation);
  };
  it('is what reads only where it writes', () => {
    expect(isLast((x, y) => lax.add(x as Value, y as Value), [2, 3], [2, 3])).toBe(true);
    expect(isLast((x) => lax.convert(x as Value, i32), [2, 3])).toBe(true);
    expect(isLast((x) => lax.transpose(x as Value, [1, 0]), [3, 3])).toBe(false);
    expect(isLast((x) => lax.cumsum(x as Value, 0, false), [3])).toBe(false);
    expect(isLast((x) => lax.reduceSum(x as Value, [0]), [3])).toBe(false);
  });
});
