// Compiled programs give the bits that evaluation gives; plans never let two living values share memory.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/compiler/compile';
import { checkProgram } from '../../src/compiler/program/check';
import { lowerToProgram } from '../../src/compiler/program/lower';
import { jsTraits } from '../../src/compiler/targets/jsTraits';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { f32 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/evalJaxpr';
import { traceToJaxpr } from '../../src/core/stage';
import type { ConcreteArray } from '../../src/core/value';
import { compiled } from '../../src/runtime/executable';
import { arrayOf, identical, interpret, programs, shapes } from './programs';

const cases = fc.record({ program: programs, shape: shapes, seed: fc.nat({ max: 1000 }) });
const trace = ({
  program,
  shape,
  seed,
}: {
  program: Parameters<typeof interpret>[0];
  shape: readonly number[];
  seed: number;
}) => {
  const inputs = [arrayOf(shape, f32, seed), arrayOf(shape, f32, seed + 1)];
  const { jaxpr, consts } = traceToJaxpr(
    'test',
    interpret(program),
    inputs.map((x) => x.aval),
  );
  return { jaxpr, args: [...consts, ...inputs].map((x) => x.concrete('test')) };
};

const ways = [
  [jsTraits, null],
  [wasmTraits, wasmTraits.sharing],
  [wasmTraits, { leastKernel: 0, leastStep: 0, sharesAll: true }],
] as const;

describe('random programs', () => {
  it('compiled, give the bits of evaluation, run after run', () => {
    fc.assert(
      fc.property(cases, (data) => {
        const { jaxpr, args } = trace(data);
        const expected = evalJaxpr(jaxpr, args).map((x) => x.concrete('test'));
        const executable = compiled(jaxpr);
        for (let run = 0; run < 2; run++) {
          const got = executable.run(args);
          expect(got.map((x, i) => identical(x, expected[i] as ConcreteArray))).toEqual(expected.map(() => true));
        }
      }),
      { numRuns: 400 },
    );
  });

  it('keep what an earlier run gave', () => {
    fc.assert(
      fc.property(cases, (data) => {
        const { jaxpr, args } = trace(data);
        const first = compiled(jaxpr).run(args);
        const copies = first.map((x) => x.data.slice());
        compiled(jaxpr).run(args.map((x) => arrayOf(x.shape, x.dtype, 99)));
        first.forEach((x, i) => {
          expect(x.data).toEqual(copies[i]);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('are lowered to programs in which no living value is overwritten, and threads wait where they must', () => {
    fc.assert(
      fc.property(cases, (data) => {
        for (const [traits, sharing] of ways)
          checkProgram(lowerToProgram(lowerProgram(trace(data).jaxpr, traits), sharing), sharing !== null);
      }),
      { numRuns: 200 },
    );
  });
});
