// Program IR: what it looks like, what its checker refuses, and how its memory is planned.

import {
  add,
  cond,
  greater,
  makeJaxpr,
  mul,
  neg,
  type Scalar,
  scan,
  sin,
  sum,
  type Tensor,
  tanh,
  zeros,
} from 'adjoint';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lowerProgram } from '../../../src/compiler/compile';
import { checkProgram } from '../../../src/compiler/program/check';
import {
  aligned,
  allInstructions,
  type Instruction,
  type Procedure,
  type Program,
  type Region,
} from '../../../src/compiler/program/ir';
import { lowerToProgram } from '../../../src/compiler/program/lower';
import { placeLifetimes } from '../../../src/compiler/program/memory';
import { showProgram } from '../../../src/compiler/program/show';
import { wasmTraits } from '../../../src/compiler/targets/wasm/traits';
import { ProgramError } from '../../../src/core/errors';

type V = Tensor<[5]>;
const walk = (w: V, c: V, xs: Tensor<[4, 5]>) => {
  const [last, all] = scan(
    (carry: V, x: V): readonly [V, Scalar] => {
      const next = tanh(add(mul(w, carry), x));
      const chosen = cond(
        greater(sum(next), 0),
        (a: V): V => mul(a, 0.5),
        (a: V): V => neg(a),
        next,
      );
      return [chosen, sum(chosen)];
    },
    sin(c),
    xs,
  );
  return [add(last, c), all] as const;
};
const { jaxpr } = makeJaxpr(walk)(zeros([5]), zeros([5]), zeros([4, 5]));
const lowered = (shares: boolean): Program =>
  lowerToProgram(lowerProgram(jaxpr, wasmTraits), shares ? { leastKernel: 0, leastStep: 0, sharesAll: true } : null);

describe('a program with a loop and branches', () => {
  it('for one thread', () => {
    expect(showProgram(lowered(false))).toMatchInlineSnapshot(`
      "program0 (%0:f32[5]) to (%1:f32[5]), arena of 0 bytes
        kernel 0 (%0, %1): k0 map [5] to 1
      program1 (%0:f32[5]) to (%1:f32[5]), arena of 0 bytes
        kernel 1 (%0, %1): k0 map [5] to 1
      program2 (%0:f32[5], %1:f32[5], %2:f32[5]) to (%6:f32[5], %7:f32[1]), arena of 128 bytes
        allocate %3:f32[5] at 0
        kernel 2 (%0, %1, %2, %3): k0 map [5] to 1
        allocate %4:f32[1] at 64
        kernel 3 (%3, %4): k1 reduce add [] of 5
        allocate %5:i32[1] at 64
        kernel 4 (%4, %5): k2 map [] to 1
        branch %5
          0
            call program0 (%3, %6) in the arena at 0
          1
            call program1 (%3, %6) in the arena at 0
        kernel 3 (%6, %7): k1 reduce add [] of 5
      main (%0:f32[5], %1:f32[5], %2:f32[20]) to (%6:f32[5], %5:f32[4]), arena of 320 bytes
        allocate %3:f32[5] at 128
        kernel 5 (%1, %3): k0 map [5] to 1
        allocate %4:f32[5] at 192
        allocate %7:f32[5] at 256
        loop 4 times
          carry %8:f32[5] from %3, next %9 in %7, %4
          cursor %10:f32[5] in %2 from 0 by 5
          cursor %11:f32[1] in %5 from 0 by 1
          call program2 (%0, %8, %10, %9, %11) in the arena at 0
        kernel 6 (%4, %1, %6): k2 map [5] to 1
      results %6, %5"
    `);
  });
  it('for several threads', () => {
    expect(showProgram(lowered(true))).toMatchInlineSnapshot(`
      "program0 (%0:f32[5]) to (%1:f32[5]), arena of 0 bytes
        kernel 0 (%0, %1): k0 map [5] to 1
        barrier
      program1 (%0:f32[5]) to (%1:f32[5]), arena of 0 bytes
        kernel 1 (%0, %1): k0 map [5] to 1
        barrier
      program2 (%0:f32[5], %1:f32[5], %2:f32[5]) to (%6:f32[5], %7:f32[1]), arena of 128 bytes
        allocate %3:f32[5] at 0
        kernel 2 (%0, %1, %2, %3): k0 map [5] to 1
        barrier
        allocate %4:f32[1] at 64
        alone
          kernel 3 (%3, %4): k1 reduce add [] of 5
        allocate %5:i32[1] at 64
        alone
          kernel 4 (%4, %5): k2 map [] to 1
        barrier
        branch %5
          0
            call program0 (%3, %6) in the arena at 0
          1
            call program1 (%3, %6) in the arena at 0
        alone
          kernel 3 (%6, %7): k1 reduce add [] of 5
        barrier
      main (%0:f32[5], %1:f32[5], %2:f32[20]) to (%6:f32[5], %5:f32[4]), arena of 320 bytes
        allocate %3:f32[5] at 128
        kernel 5 (%1, %3): k0 map [5] to 1
        barrier
        allocate %4:f32[5] at 192
        allocate %7:f32[5] at 256
        loop 4 times
          carry %8:f32[5] from %3, next %9 in %7, %4
          cursor %10:f32[5] in %2 from 0 by 5
          cursor %11:f32[1] in %5 from 0 by 1
          call program2 (%0, %8, %10, %9, %11) in the arena at 0
        kernel 6 (%4, %1, %6): k2 map [5] to 1
        barrier
      results %6, %5"
    `);
  });
});

/** The program with one instruction replaced by others, wherever it is. */
const replaced = (program: Program, old: Instruction, by: readonly Instruction[]): Program => {
  const block = (body: readonly Instruction[]): readonly Instruction[] =>
    body.flatMap((i): readonly Instruction[] => {
      if (i === old) return by;
      switch (i.op) {
        case 'loop':
        case 'alone':
          return [{ ...i, body: block(i.body) }];
        case 'while':
          return [{ ...i, condition: block(i.condition), body: block(i.body) }];
        case 'branch':
          return [{ ...i, branches: i.branches.map(block) }];
        default:
          return [i];
      }
    });
  return { ...program, procedures: program.procedures.map((p) => ({ ...p, body: block(p.body) })) };
};
type Of<Op extends Instruction['op']> = Extract<Instruction, { readonly op: Op }>;
/** What the instruction may be replaced by so that no program is left, and why. */
type Fault = (i: Instruction, program: Program) => readonly Instruction[] | null;
const other = (r: Region): Region => ({ ...r, id: 999 });
const when =
  <Op extends Instruction['op']>(op: Op, f: (i: Of<Op>, program: Program) => readonly Instruction[] | null): Fault =>
  (i, program) =>
    i.op === op ? f(i as Of<Op>, program) : null;
const faults: Readonly<Record<string, Fault>> = {
  'an allocation is missing': when('allocate', () => []),
  'an allocation is there twice': when('allocate', (i) => [i, i]),
  'an allocation begins within a line': when('allocate', (i) => [{ ...i, offset: i.offset + 4 }]),
  'an allocation leaves the arena': when('allocate', (i) => [{ ...i, offset: 2 ** 20 }]),
  'a region has another size': when('kernel', (i) => [
    { ...i, regions: i.regions.map((r, n) => (n === 0 ? { ...r, size: r.size + 1 } : r)) },
  ]),
  'a region is not defined': when('kernel', (i) => [{ ...i, regions: i.regions.map(other) }]),
  'a kernel has no result': when('kernel', () => []),
  'a kernel is not there': when('kernel', (i) => [{ ...i, kernel: 99 }]),
  'a kernel has too few regions': when('kernel', (i) => [{ ...i, regions: i.regions.slice(1) }]),
  'a kernel has an extent that it does not take': when('kernel', (i) => [{ ...i, extent: 1 }]),
  'a call has too few regions': when('call', (i) => [{ ...i, regions: i.regions.slice(1) }]),
  'a call is of what comes later': when('call', (i, { procedures }) => [{ ...i, procedure: procedures.length - 1 }]),
  'a call has no room': when('call', (i, { procedures }) =>
    procedures[i.procedure]?.arena === 0 ? null : [{ ...i, arena: 2 ** 20 }],
  ),
  'a call is left out': when('call', () => []),
  'a loop runs never': when('loop', (i) => [{ ...i, count: 0 }]),
  'a loop runs too often': when('loop', (i) => (i.cursors.length === 0 ? null : [{ ...i, count: i.count + 1 }])),
  'what is carried has one buffer': when('loop', (i) =>
    i.carries.length === 0
      ? null
      : [{ ...i, carries: i.carries.map((c) => ({ ...c, buffers: [c.buffers[0], c.buffers[0]] })) }],
  ),
  'a branch has no index': when('branch', (i) => [{ ...i, index: other(i.index) }]),
  'there are no branches': when('branch', (i) => [{ ...i, branches: [] }]),
  'a copy is of another size': when('copy', (i) => [{ ...i, to: { ...i.to, size: i.to.size + 1 } }]),
};

describe('the checker', () => {
  it('accepts what the compiler makes', () => {
    for (const shares of [false, true]) checkProgram(lowered(shares), shares);
  });
  const sites = [false, true].flatMap((shares) => {
    const program = lowered(shares);
    return program.procedures.flatMap((p) =>
      allInstructions(p.body).flatMap((old) =>
        Object.entries(faults).flatMap(([fault, f]) => {
          const by = f(old, program);
          return by === null ? [] : [{ shares, fault, program: () => replaced(program, old, by) }];
        }),
      ),
    );
  });
  it('refuses every fault, wherever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sites), ({ shares, fault, program }) => {
        expect([fault, () => checkProgram(program(), shares)]).toEqual([
          fault,
          expect.toSatisfy((run: () => void) => {
            expect(run).toThrow(ProgramError);
            return true;
          }),
        ]);
      }),
      { numRuns: 300 },
    );
    expect(new Set(sites.map((s) => s.fault)).size).toBeGreaterThan(15);
  });
  it('sees that threads do not wait', () => {
    const program = lowered(true);
    const barriers = program.procedures.flatMap((p) => allInstructions(p.body).filter((i) => i.op === 'barrier'));
    expect(barriers.length).toBeGreaterThan(0);
    const without: Program = {
      ...program,
      procedures: program.procedures.map((p): Procedure => ({ ...p, body: p.body.filter((i) => i.op !== 'barrier') })),
    };
    expect(() => checkProgram(without, true)).toThrow(/threads do not wait/);
    // One thread needs none.
    checkProgram(without, false);
  });
  it('sees that a value is overwritten while it lives', () => {
    const program = lowered(false);
    const main = program.procedures[program.procedures.length - 1] as Procedure;
    const allocations = main.body.flatMap((i) => (i.op === 'allocate' ? [i] : []));
    const moved = allocations.flatMap((a) =>
      allocations.map((b) => (a === b ? null : replaced(program, a, [{ ...a, offset: b.offset }]))),
    );
    const refused = moved.filter((p) => {
      if (p === null) return false;
      try {
        checkProgram(p, false);
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(ProgramError);
        return true;
      }
    });
    expect(refused.length).toBeGreaterThan(0);
  });
});

describe('the memory plan', () => {
  const lifetimes = fc.array(
    fc
      .record({ bytes: fc.nat({ max: 1000 }), from: fc.nat({ max: 30 }), length: fc.nat({ max: 10 }) })
      .map(({ bytes, from, length }) => ({ bytes, from, to: from + length })),
    { maxLength: 40 },
  );
  it('never lets two values share memory while both live, and takes little more than what lives at once', () => {
    fc.assert(
      fc.property(lifetimes, (all) => {
        const { offsets, bytes } = placeLifetimes(all);
        all.forEach((a, i) => {
          const [from, to] = [offsets[i] as number, (offsets[i] as number) + a.bytes];
          expect(from % 64).toBe(0);
          expect(to).toBeLessThanOrEqual(bytes);
          all.slice(0, i).forEach((b, j) => {
            const isApart = a.to < b.from || b.to < a.from;
            const at = offsets[j] as number;
            if (!isApart && a.bytes > 0 && b.bytes > 0) expect(to <= at || at + b.bytes <= from).toBe(true);
          });
        });
        const living = (time: number): number =>
          all.reduce((n, a) => (a.from <= time && time <= a.to ? n + aligned(a.bytes) : n), 0);
        const most = Math.max(0, ...Array.from({ length: 42 }, (_, time) => living(time)));
        expect(bytes).toBeGreaterThanOrEqual(most);
        expect(bytes).toBeLessThanOrEqual(2 * most);
      }),
    );
  });
});
