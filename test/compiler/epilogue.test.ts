// What follows a contraction is part of its kernel, with the bits of evaluation, whatever the sizes.

import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/compiler/compile';
import { showKernels } from '../../src/compiler/show';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { type DType, f32, f64 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/evalJaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import type { ConcreteArray, Value } from '../../src/core/value';
import * as lax from '../../src/primitives';
import { compiled } from '../../src/runtime/executable';
import { configure } from '../../src/runtime/settings';
import { arrayOf, identical } from './programs';

type Program = (x: Value, y: Value, bias: Value) => readonly Value[];
/** Checks the bits; gives the kinds of the kernels. */
const kernelsOf = (f: Program, dtype: DType, ...shapes: readonly (readonly number[])[]): readonly string[] => {
  const args = shapes.map((shape, i) => arrayOf(shape, dtype, i + 1));
  const { jaxpr } = traceToJaxpr(
    'test',
    (...xs) => f(...(xs as [Value, Value, Value])),
    args.map((x) => x.aval),
  );
  const expected = evalJaxpr(jaxpr, args).map((x) => x.concrete('test'));
  const { threads } = configure();
  for (const n of [1, threads]) {
    configure({ threads: n });
    const got = compiled(jaxpr).run(args);
    expect(got.map((x, i) => identical(x, expected[i] as ConcreteArray))).toEqual(expected.map(() => true));
  }
  return showKernels(lowerProgram(jaxpr, wasmTraits))
    .split('\n')
    .flatMap((line) => /^%.* = (\w+)/.exec(line)?.[1] ?? []);
};
const matmul = (x: Value, y: Value): Value =>
  lax.dotGeneral(x, y, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
const along = (bias: Value, like: Value, axis: number): Value => lax.broadcastInDim(bias, like.shape, [axis]);
const relu = (x: Value): Value => lax.max(x, lax.fullLike(x, 0));

describe('bias and activation', () => {
  it.each([
    [5, 7, 3],
    [64, 48, 300],
    [130, 513, 257],
    [1, 10, 600],
    [130, 2, 20],
    [3, 300, 512],
    [4, 4, 0],
  ])('of %i x %i results of %i terms', (rows, columns, depth) => {
    const dense: Program = (x, y, b) => {
      const z = matmul(x, y);
      return [relu(lax.add(z, along(b, z, 1)))];
    };
    const perRow: Program = (x, y, b) => {
      const z = matmul(x, y);
      return [lax.tanh(lax.add(z, along(b, z, 0)))];
    };
    for (const dtype of [f32, f64]) {
      expect(kernelsOf(dense, dtype, [rows, depth], [depth, columns], [columns])).toEqual(['contract']);
      expect(kernelsOf(perRow, dtype, [rows, depth], [depth, columns], [rows])).toEqual(['contract']);
    }
  });

  it('of several results, one of which is where the sums were', () => {
    const f: Program = (x, y, b) => {
      const z = matmul(x, y);
      const t = lax.add(z, along(b, z, 1));
      return [lax.exp(t), t, lax.gt(t, lax.fullLike(t, 0))];
    };
    expect(kernelsOf(f, f32, [33, 20], [20, 41], [41])).toEqual(['contract']);
  });

  it('is left apart where the sums are a result too, or are needed elsewhere', () => {
    const both: Program = (x, y, b) => {
      const z = matmul(x, y);
      return [z, lax.add(z, along(b, z, 1))];
    };
    expect(kernelsOf(both, f32, [9, 20], [20, 11], [11])).toEqual(['contract', 'map']);
    const turned: Program = (x, y, b) => {
      const z = matmul(x, y);
      return [lax.add(lax.add(z, lax.rev(z, [0])), along(b, z, 1))];
    };
    expect(kernelsOf(turned, f32, [9, 20], [20, 11], [11])).toEqual(['contract', 'map']);
  });
});
