// Random programs with transforms, control flow and custom rules nested three deep: derivatives against differences, and everything against
// the same programs spelled out.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argsOf, operand, tangentsOf } from '../../laws/call';
import * as law from '../../laws/derivatives';
import { uniform } from '../../laws/domains';
import type { FlatFunction } from '../../laws/flat';
import { interpret, type Program, program, type Step } from '../../laws/programs';
import { meansTheSame, meansTheSameForward, meansTheSameReverse } from '../../laws/spelled';
import { allWraps, forwardWraps, reverseWraps, type Wrap } from '../../laws/wraps';
import { aval } from '../../src/core/aval';
import { f64 } from '../../src/core/dtype';
import { runs } from './runs';

const list = (data: Program, manner: 'run' | 'spelled' = 'run'): FlatFunction => {
  const f = interpret(data, manner);
  return (...xs) => [f(...xs)];
};
/** Derivatives inside derivatives grow, so the inputs are small. */
const drawn = (depth: number, wraps: readonly Wrap[] = allWraps) =>
  program(depth, wraps).chain((data) => {
    const avals = data.inputs.map((s) => aval(s, f64));
    const xs = argsOf({ args: data.inputs.map((s) => operand(s, f64, uniform(-1.5, 1.5))), params: {} });
    return fc.tuple(fc.constant(data), xs, tangentsOf(avals), tangentsOf(avals));
  });
const precision = { step: 1e-5, tolerance: 1e-5 };

describe('random programs', () => {
  it('jvp is what central differences give', () =>
    fc.assert(
      fc.property(drawn(3), ([data, xs, ts]) => law.forwardIsDifference(list(data), precision)(xs, ts)),
      runs(150),
    ));
  it('vjp is the adjoint of jvp', () =>
    fc.assert(
      fc.property(drawn(3), ([data, xs, ts]) => {
        const f = list(data);
        const ct = law.evaluate(f, xs);
        return law.reverseIsAdjoint(f)(xs, ts, ct);
      }),
      runs(150),
    ));
  it('second derivatives, forward over forward', () =>
    fc.assert(
      fc.property(drawn(2), ([data, xs, ts, us]) => law.secondForward(list(data), precision)(xs, ts, us)),
      runs(60),
    ));
  it('second derivatives, forward over reverse and reverse over both', () =>
    fc.assert(
      fc.property(drawn(2), ([data, xs, ts, us]) => {
        const f = list(data);
        const ct = law.evaluate(f, xs);
        return law.forwardOverReverse(f, precision)(xs, ct, us) && law.secondReverse(f)(xs, ts, ct, us);
      }),
      runs(60),
    ));

  const cases = [
    ['all', allWraps, meansTheSame],
    ['forward mode', forwardWraps, meansTheSameForward],
    ['reverse mode', reverseWraps, meansTheSameReverse],
  ] as const;
  it.each(cases)('%s: the same as spelled out', (_, wraps, holds) =>
    fc.assert(
      fc.property(drawn(2, wraps), ([data, xs, ts, us]) => holds(list(data), list(data, 'spelled'))(xs, ts, us)),
      runs(60),
    ),
  );

  it('the generator nests every transform in every other', () => {
    const pairs = new Set<string>();
    const visit = (steps: readonly Step[], around: string): void => {
      for (const s of steps)
        if ('call' in s) {
          pairs.add(`${around}/${s.call}`);
          visit(s.body, s.call);
        }
    };
    for (const { steps } of fc.sample(program(3), { numRuns: 6000, seed: 7 })) visit(steps, 'top');
    const expected = ['top', ...allWraps].flatMap((outer) => allWraps.map((inner) => `${outer}/${inner}`));
    expect([...pairs].sort()).toEqual(expected.sort());
  });
});
