// The laws of transforms, at random programs.
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { anyTensor, tensorOf } from '../../laws/arbitraries';
import { argsOf, operand, tangentsOf } from '../../laws/call';
import type { Arrays } from '../../laws/compare';
import { standard } from '../../laws/domains';
import * as mapping from '../../laws/mapping';
import { interpret, type Program, program } from '../../laws/programs';
import * as staging from '../../laws/staging';
import * as law from '../../laws/transforms';
import { makeJaxpr, type ValueFunction } from '../../laws/untyped';
import { aval, sizeOf } from '../../src/core/aval';
import { type DType, f32, f64 } from '../../src/core/dtype';
import { type ConcreteArray, concreteArray } from '../../src/core/value';
import { runs } from './runs';

interface Drawn {
  readonly f: ValueFunction;
  readonly xs: Arrays;
  readonly ts: Arrays;
  readonly ct: ConcreteArray;
  readonly rows: readonly Arrays[];
  readonly stacked: Arrays;
  readonly stackedTangents: Arrays;
}
const inputs = (p: Program, dtype: DType) =>
  argsOf({ args: p.inputs.map((s) => operand(s, dtype, standard)), params: {} });

/** A program and what it can be run at, differentiated in and mapped over. */
const drawn = (depth: number, dtype: DType = f64) =>
  program(depth).chain((data) => {
    const f = interpret(data);
    const sample = fc.sample(inputs(data, dtype), { numRuns: 1, seed: 1 })[0] as Arrays;
    const result = makeJaxpr(f)(...sample).jaxpr.outputs.map((v) => v.aval);
    const stackedAvals = data.inputs.map((s) => aval([2, ...s], dtype));
    return fc.tuple(
      fc.constant(data),
      fc.record({
        xs: inputs(data, dtype),
        ts: tangentsOf(data.inputs.map((s) => aval(s, dtype))),
        ct: tangentsOf(result).map(([ct]) => ct as ConcreteArray),
        rows: fc.array(inputs(data, dtype), { minLength: 1, maxLength: 3 }),
        stacked: fc.tuple(...stackedAvals.map((a) => tensorOf(a, standard))),
        stackedTangents: tangentsOf(stackedAvals),
      }),
    );
  });

const check = (name: string, n: number, depth: number, holds: (d: Drawn) => boolean, dtype: DType = f64): void =>
  it(name, () =>
    fc.assert(
      fc.property(drawn(depth, dtype), ([data, numbers]) => holds({ f: interpret(data), ...numbers })),
      runs(n),
    ),
  );

const ofOneInput = (depth: number) => program(depth).map((data) => ({ ...data, inputs: data.inputs.slice(0, 1) }));

describe('one function', () => {
  check('jit(f) = f', 150, 3, ({ f, xs }) => staging.jitIsIdentity(f)(xs));
  check('jit(jit(f)) = jit(f)', 60, 2, ({ f, xs }) => staging.jitTwice(f)(xs));
  check('a kept program is used rightly', 40, 1, ({ f, xs, ct }) => staging.jitRemembersRightly(f)(xs, ct));
  check('jit commutes with jvp, vjp, vmap', 100, 2, ({ f, xs, ts, ct }) => staging.jitCommutes(f)(xs, ts, ct));
  check('derivatives of jit(f)', 100, 2, ({ f, xs, ts, ct }) => staging.derivativesOfJit(f)(xs, ts, ct));
  check('evalJaxpr(makeJaxpr(f)) = f', 150, 3, ({ f, xs }) => staging.programIsFunction(f)(xs));
  check('transforms make legal programs', 60, 2, ({ f, xs, ts, ct }) => staging.transformsAreLegal(f)(xs, ts, ct));
  check('grad(f) · v = jvp(f, v)', 100, 3, ({ f, xs, ts }) => law.gradIsJvp(f)(xs, ts));
  check('linearize(f)(t) = jvp(f, t)', 100, 3, ({ f, xs, ts }) => law.linearizeIsJvp(f)(xs, ts));
  check('vjp is the adjoint of jvp', 100, 3, ({ f, xs, ts, ct }) => law.vjpIsAdjoint(f)(xs, ts, ct));
  check('transpose of transpose', 80, 2, ({ f, xs, ts }) => law.transposeTwice(f)(xs, ts));
  check('jacfwd = jacrev', 80, 2, ({ f, xs, ts }) => law.jacobiansAgree(f)(xs, ts));
  check('the Hessian is symmetric', 40, 1, ({ f, xs }) => law.hessianIsSymmetric(f)(xs));
  check('argnums', 80, 2, ({ f, xs }) => law.argumentsAreApart(f)(xs));
  check('stopGradient', 60, 2, ({ f, xs }) => law.stopGradientStops(f)(xs));
  check('in f32: jit(f) = f', 100, 3, ({ f, xs }) => staging.jitIsIdentity(f)(xs), f32);
  check(
    'in f32: jit commutes with jvp, vjp, vmap',
    60,
    2,
    ({ f, xs, ts, ct }) => staging.jitCommutes(f)(xs, ts, ct),
    f32,
  );
  for (let which = 0; which < 8; which++)
    check(`checkpoint(f) = f, policy ${which}`, 12, 1, ({ f, xs, ts, ct }) =>
      law.checkpointIsIdentity(f, which)(xs, ts, ct),
    );
  check('custom rules', 25, 1, ({ f, xs, ts, ct }) => law.customRulesAreRules(f)(xs, ts, ct));
});

describe('many examples', () => {
  const axes = fc.array(fc.option(fc.nat({ max: 4 }), { nil: null }), { minLength: 3, maxLength: 3 });
  const place = fc.tuple(drawn(2), axes, fc.nat({ max: 3 }), fc.nat({ max: 2 }));
  it('vmap(f) is f of every example, whatever the axes', () =>
    fc.assert(
      fc.property(place, ([[data, { rows }], wanted, outAxis, which]) => {
        const inAxes = data.inputs.map((s, i) => {
          const axis = wanted[i] ?? null;
          return axis === null && i !== which % data.inputs.length ? null : (axis ?? 0) % (s.length + 1);
        });
        return mapping.vmapIsLoop(interpret(data))(rows, inAxes, outAxis);
      }),
      runs(150),
    ));
  it('vmap(id) = id', () =>
    fc.assert(
      fc.property(anyTensor({ minRank: 1 }), (x) => mapping.vmapOfIdentity(x)),
      runs(50),
    ));
  check('vmap commutes with grad, jit and jvp', 60, 2, ({ f, stacked, stackedTangents }) =>
    mapping.vmapCommutes(f)(stacked, stackedTangents),
  );
  it('vmap in either order', () =>
    fc.assert(
      fc.property(
        ofOneInput(1),
        fc.nat({ max: 3 }),
        fc.nat({ max: 3 }),
        fc.infiniteStream(fc.double({ min: -3, max: 3, noNaN: true })),
        (data, n, m, numbers) => {
          const shape = [n, m, ...(data.inputs[0] as readonly number[])];
          const x = concreteArray(
            shape,
            f64,
            Float64Array.from({ length: sizeOf(shape) }, () => numbers.next().value),
          );
          return mapping.vmapTwice(interpret(data))(x);
        },
      ),
      runs(60),
    ));
});

describe('two functions', () => {
  /** A program of one input of the shape of the first one's result. */
  const pair = fc.tuple(drawn(1), program(1)).map(([[data, numbers], second]) => {
    const g = interpret({ ...second, inputs: [[]] });
    return { f: interpret(data), g, ...numbers };
  });
  it('jvp(g ∘ f) = jvp(g) ∘ jvp(f)', () =>
    fc.assert(
      fc.property(pair, ({ f, g, xs, ts }) => law.chainRule(f, g)(xs, ts)),
      runs(80),
    ));
  it('vmap(g ∘ f) = vmap(g) ∘ vmap(f)', () =>
    fc.assert(
      fc.property(pair, ({ f, g, stacked }) => mapping.vmapOfComposition(f, g)(stacked)),
      runs(80),
    ));
});
