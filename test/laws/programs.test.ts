// Random programs with jit, vmap, grad, jvp, vjp and custom rules nested three deep: derivatives against differences.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argsOf, operand, tangentsOf } from '../../laws/call';
import * as law from '../../laws/derivatives';
import { uniform } from '../../laws/domains';
import type { FlatFunction } from '../../laws/flat';
import { allWraps, interpret, type Program, program, type Step } from '../../laws/programs';
import { aval } from '../../src/core/aval';
import { f64 } from '../../src/core/dtype';
import { runs } from './runs';

const list = (data: Program): FlatFunction => {
  const f = interpret(data);
  return (...xs) => [f(...xs)];
};
/** Derivatives inside derivatives grow, so the inputs are small. */
const drawn = (depth: number) =>
  program(depth).chain((data) => {
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

  it('the generator nests every transform in every other', () => {
    const pairs = new Set<string>();
    const visit = (steps: readonly Step[], around: string): void => {
      for (const s of steps)
        if ('call' in s) {
          pairs.add(`${around}/${s.call}`);
          visit(s.body, s.call);
        }
    };
    for (const { steps } of fc.sample(program(3), { numRuns: 2000, seed: 7 })) visit(steps, 'top');
    const expected = ['top', ...allWraps].flatMap((outer) => allWraps.map((inner) => `${outer}/${inner}`));
    expect([...pairs].sort()).toEqual(expected.sort());
  });
});
