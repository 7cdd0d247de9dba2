// Engines without vector instructions: modules have none, and the bits are the same.

import { grad, matmul, mean, mul, relu, softmax, sum, type Tensor } from 'adjoint';
import { key, normal } from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeJaxpr } from '../../laws/untyped';
import { lowerProgram } from '../../src/compiler/compile';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { f32, f64, i32 } from '../../src/core/dtype';
import type { Jaxpr } from '../../src/core/jaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import type { ConcreteArray, Value } from '../../src/core/value';
import { dotGeneral } from '../../src/primitives';
import { instantiate } from '../../src/runtime/wasm';
import { decode } from './decode';
import { arrayOf, identical, interpret, programs, shapes } from './programs';

const vectorPrefix = 0xfd;
const vectorType = 0x7b;
const hasVectors = (module: Uint8Array): boolean => {
  const { instructions, types } = decode(module);
  return instructions.has(vectorPrefix) || types.has(vectorType);
};

const compileBoth = (jaxpr: Jaxpr) =>
  [true, false].map((simd) => instantiate(lowerProgram(jaxpr, wasmTraits), { simd, fuses: false }));
/** Whether the modules have vectors, and whether results are the same. */
const compare = (jaxpr: Jaxpr, args: readonly ConcreteArray[]) => {
  const [vectors, scalars] = compileBoth(jaxpr) as [ReturnType<typeof instantiate>, ReturnType<typeof instantiate>];
  const [expected, got] = [vectors.run(args), scalars.run(args)];
  return {
    vectors: [hasVectors(vectors.bytes), hasVectors(scalars.bytes)],
    same: got.every((x, i) => identical(x, expected[i] as ConcreteArray)),
  };
};

describe('without vector instructions', () => {
  it.each([f32, f64, i32])('contractions of every shape of tile have the bits of vectors: $name', (dtype) => {
    const sizes = [1, 2, 3, 7, 8, 16, 17, 33];
    for (const m of sizes)
      for (const n of sizes)
        for (const [k, transposed] of [
          [5, true],
          [300, false],
        ] as const) {
          const args = [arrayOf([m, k], dtype, m), arrayOf(transposed ? [n, k] : [k, n], dtype, n)];
          const { jaxpr } = traceToJaxpr(
            'test',
            (x, y) => [
              dotGeneral(x as Value, y as Value, {
                lhsContract: [1],
                rhsContract: [transposed ? 1 : 0],
                lhsBatch: [],
                rhsBatch: [],
              }),
            ],
            args.map((x) => x.aval),
          );
          expect([m, n, k, compare(jaxpr, args)]).toEqual([m, n, k, { vectors: [true, false], same: true }]);
        }
  });

  it('random programs have the bits of vectors', () => {
    const cases = fc.record({ program: programs, shape: shapes, seed: fc.nat({ max: 1000 }) });
    fc.assert(
      fc.property(cases, ({ program, shape, seed }) => {
        const inputs = [arrayOf(shape, f32, seed), arrayOf(shape, f32, seed + 1)];
        const { jaxpr, consts } = traceToJaxpr(
          'test',
          interpret(program),
          inputs.map((x) => x.aval),
        );
        const { vectors, same } = compare(
          jaxpr,
          [...consts, ...inputs].map((x) => x.concrete('test')),
        );
        return same && vectors[1] === false;
      }),
      { numRuns: 200 },
    );
  });

  it('a training step has no vector instruction, and the same gradients', () => {
    const [x, w, v] = [normal(key(1), [40, 33]), normal(key(2), [33, 50]), normal(key(3), [50, 7])];
    const loss = (a: Tensor<[33, 50]>, b: Tensor<[50, 7]>) => {
      const p = softmax(matmul(relu(matmul(x, a)), b));
      return mean(mul(p, sum(p, 0)));
    };
    const { jaxpr, consts } = makeJaxpr(grad(loss) as never)(w as never, v as never);
    const args = [...consts, w as never as Value, v as never as Value].map((y) => y.concrete('test'));
    expect(compare(jaxpr, args)).toEqual({ vectors: [true, false], same: true });
  });
});
