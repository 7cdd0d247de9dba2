// A part of a contraction's result is the contraction of parts of its operands, with the bits of the whole.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/compiler/compile';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { f32, f64 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/evalJaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import type { ConcreteArray, Value } from '../../src/core/value';
import * as lax from '../../src/primitives';
import { compiled } from '../../src/runtime/executable';
import { arrayOf, identical } from './programs';

const product = (x: Value, y: Value): Value =>
  lax.dotGeneral(x, y, { lhsContract: [2], rhsContract: [1], lhsBatch: [0], rhsBatch: [0] });
const part = fc
  .record({
    size: fc.integer({ min: 1, max: 20 }),
    start: fc.nat(20),
    length: fc.nat(20),
    stride: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ size, start, length, stride }) => {
    const from = start % size;
    return { size, start: from, limit: from + (length % (size - from + 1)), stride };
  });
const traced = (f: (x: Value, y: Value) => readonly Value[], args: readonly ConcreteArray[]) =>
  traceToJaxpr(
    'test',
    (...xs) => f(...(xs as [Value, Value])),
    args.map((a) => a.aval),
  ).jaxpr;
const contractions = (f: (x: Value, y: Value) => readonly Value[], args: readonly ConcreteArray[]) =>
  lowerProgram(traced(f, args), wasmTraits).program.kernels.flatMap((k) =>
    k.kind === 'contract' ? [[k.groups, k.rows, k.columns, k.depth]] : [],
  );

describe('parts of contractions', () => {
  it('have the bits of the whole, whatever the part', () => {
    fc.assert(
      fc.property(
        part,
        part,
        part,
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(f32, f64),
        (b, m, n, k, dtype) => {
          const args = [arrayOf([b.size, m.size, k], dtype, 1), arrayOf([b.size, k, n.size], dtype, 2)];
          const axes = [b, m, n];
          const jaxpr = traced(
            (x, y) => [
              lax.slice(
                product(x, y),
                axes.map((a) => a.start),
                axes.map((a) => a.limit),
                axes.map((a) => a.stride),
              ),
            ],
            args,
          );
          const [expected] = evalJaxpr(jaxpr, args).map((x) => x.concrete('test'));
          expect(identical(compiled(jaxpr).run(args)[0] as ConcreteArray, expected as ConcreteArray)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
  const args = [arrayOf([2, 5, 7], f32, 1), arrayOf([2, 7, 11], f32, 2)];
  const last = (x: Value): Value => lax.slice(x, [0, 4, 0], [2, 5, 11]);
  it('are all that is computed where nothing else is read', () => {
    expect(contractions((x, y) => [last(product(x, y))], args)).toEqual([[2, 1, 11, 7]]);
    expect(contractions((x, y) => [lax.slice(product(x, y), [1, 0, 2], [2, 5, 8], [1, 2, 3])], args)).toEqual([
      [1, 3, 2, 7],
    ]);
    const whole = (x: Value, y: Value): readonly Value[] => {
      const z = product(x, y);
      return [last(z), z];
    };
    expect(contractions(whole, args)).toEqual([[2, 5, 11, 7]]);
  });
});
