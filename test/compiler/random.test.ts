// Compiled programs give the bits that evaluation gives; plans never let two living values share memory.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../../src/compiler/compile';
import { readsOf, writesOf } from '../../src/compiler/kernel';
import { f32 } from '../../src/core/dtype';
import { evalJaxpr } from '../../src/core/jaxpr';
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

  it('have plans in which no living value is overwritten', () => {
    fc.assert(
      fc.property(cases, (data) => {
        const { program, memory } = lowerProgram(trace(data).jaxpr, 'doubles');
        const root = (id: number): number => memory.rootOf.get(id) ?? id;
        const last = new Map<number, number>();
        program.kernels.forEach((kernel, time) => {
          for (const id of readsOf(kernel)) last.set(root(id), time);
        });
        const owner = new Map<number, number>();
        program.kernels.forEach((kernel, time) => {
          for (const id of readsOf(kernel)) {
            const slot = memory.slotOf.get(root(id));
            if (slot !== undefined) expect(owner.get(slot)).toBe(root(id));
          }
          for (const b of writesOf(kernel)) {
            const slot = memory.slotOf.get(b.id);
            if (slot === undefined) continue;
            const former = owner.get(slot);
            // Only a value that dies here may give its place, and only to a map.
            if (former !== undefined && (last.get(former) ?? -1) >= time)
              expect([kernel.kind, last.get(former)]).toEqual(['map', time]);
            owner.set(slot, b.id);
          }
        });
        for (const b of program.outputs) expect(memory.slotOf.has(root(b.id))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});
