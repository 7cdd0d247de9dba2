// Loops that run long are calls of functions, so that the engine replaces its baseline code within the first call of a program.

import {
  add,
  cumsum,
  exp,
  f64,
  makeJaxpr,
  matmul,
  max,
  mul,
  softmax,
  sort,
  sum,
  type Tensor,
  transpose,
  zeros,
} from 'adjoint';
import { describe, expect, it } from 'vitest';
import { targets } from '../../laws/targets';
import { lowerProgram } from '../../src/compiler/compile';
import type { LoopFunction, Statement } from '../../src/compiler/loop';
import { workOf } from '../../src/compiler/parallel';
import { planPieces } from '../../src/compiler/targets/wasm/pieces';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import type { Jaxpr } from '../../src/core/jaxpr';
import type { ConcreteArray } from '../../src/core/value';
import { arrayOf, identical } from './programs';

type Program = (...xs: readonly never[]) => unknown;
const jaxprOf = (f: Program, ...args: readonly unknown[]): Jaxpr =>
  (makeJaxpr(f as never) as (...xs: readonly unknown[]) => { readonly jaxpr: Jaxpr })(...args).jaxpr;

/** Programs of more work than is done without pieces. */
const long: Readonly<Record<string, () => Jaxpr>> = {
  'a product of odd sizes': () =>
    jaxprOf((x: Tensor<[701, 703]>, y: Tensor<[703, 707]>) => matmul(x, y), zeros([701, 703]), zeros([703, 707])),
  'products in groups, of what lies across': () =>
    jaxprOf(
      (x: Tensor<[5, 310, 513]>, y: Tensor<[5, 517, 310]>) => matmul(transpose(x, [0, 2, 1]), transpose(y, [0, 2, 1])),
      zeros([5, 310, 513]),
      zeros([5, 517, 310]),
    ),
  'a map': () => jaxprOf((x: Tensor<[2_000_003]>) => add(mul(exp(x), x), exp(mul(x, x))), zeros([2_000_003])),
  rows: () => jaxprOf((x: Tensor<[1999, 1001]>) => softmax(exp(x), 1), zeros([1999, 1001])),
  'sums of all, of rows and of columns': () =>
    jaxprOf(
      (x: Tensor<[2003, 1009]>) => [sum(exp(x)), sum(exp(x), 1), max(exp(x), 0), sum(exp(x), 0)],
      zeros([2003, 1009]),
    ),
  'running sums': () =>
    jaxprOf((x: Tensor<[1003, 2999]>) => [cumsum(exp(x), 0), cumsum(exp(x), 1)], zeros([1003, 2999])),
  'a long line, sorted': () => jaxprOf((x: Tensor<[700_001]>) => sort(x), zeros([700_001])),
  'a long line of doubles, sorted': () => jaxprOf((x: Tensor<[300_001], f64>) => sort(x), zeros([300_001], f64)),
};

const loopsOf = (jaxpr: Jaxpr): readonly LoopFunction[] =>
  lowerProgram(jaxpr, wasmTraits).scheduled.flatMap((s) => (s === null ? [] : [s.loops]));
const depthOf = (s: Statement): number =>
  s.kind === 'for'
    ? 1 + Math.max(0, ...s.body.map(depthOf))
    : s.kind === 'while'
      ? Math.max(0, ...s.body.map(depthOf))
      : 0;

describe('programs that run long', () => {
  for (const [name, program] of Object.entries(long))
    it(`have the same bits in pieces: ${name}`, () => {
      const jaxpr = program();
      const args: readonly ConcreteArray[] = jaxpr.inputs.map(({ aval: { shape, dtype } }, i) =>
        arrayOf(shape, dtype, i + 1),
      );
      // Sums of products are fused in WebAssembly alone.
      const isProduct = jaxpr.equations.some((e) => e.primitive.name.includes('dot'));
      const expected = (isProduct ? targets['wasm in pieces'] : targets.js).compile(jaxpr)(args);
      targets.wasm
        .compile(jaxpr)(args)
        .forEach((x, i) => {
          identical(x, expected[i] as ConcreteArray);
        });
    });
});

describe('planPieces', () => {
  it('cuts some loop of every kernel of long work, so that a call is short', () => {
    for (const [name, program] of Object.entries(long))
      for (const { body } of loopsOf(program())) {
        if (workOf(body, 700_001).total < 10_000_000) continue;
        const pieces = planPieces(body, 700_001, false);
        expect(pieces.size, name).toBeGreaterThan(0);
        for (const [loop, count] of pieces) {
          expect(count).toBeGreaterThan(0);
          expect(depthOf(loop)).toBeGreaterThan(0);
        }
      }
  });
  it('leaves short work in one function', () => {
    const [{ body }] = loopsOf(jaxprOf((x: Tensor<[1000]>) => exp(x), zeros([1000]))) as readonly [LoopFunction];
    expect(planPieces(body, 0, false).size).toBe(0);
  });
});
