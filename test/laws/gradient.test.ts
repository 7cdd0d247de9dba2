// What users get: laws.gradient and laws.primitive, on functions and rules that are right and on some that are wrong.
import {
  add,
  customJvp,
  f64,
  greater,
  logsumexp,
  matmul,
  mean,
  mul,
  relu,
  sin,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  where,
} from 'adjoint';
import * as laws from 'adjoint/laws';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f32 } from '../../src/core/dtype';
import { bind1 } from '../../src/core/interpreter';
import { definePrimitive, type Params, type Primitive } from '../../src/core/primitive';
import { concreteArray, type One, type Value } from '../../src/core/value';
import * as p from '../../src/primitives';
import { batchPointwise, jvpFrom } from '../../src/primitives/kinds';
import { runs } from './runs';

const x64 = laws.tensor([4, 3], { dtype: f64 });
const params64 = fc.record({ w: laws.tensor([3, 2], { dtype: f64 }), b: laws.tensor([2], { dtype: f64 }) });
type Params64 = { w: Tensor<[3, 2], f64>; b: Tensor<[2], f64> };
const loss = (params: Params64, x: Tensor<[4, 3], f64>) => mean(square(add(matmul(x, params.w), params.b)));

/** The error of a property that fails. */
const failureOf = <A>(property: fc.IProperty<A>): string => {
  const { failed, errorInstance } = fc.check(property, { seed: 1, numRuns: 100 });
  if (!failed) return 'no failure';
  return errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
};

describe('laws.gradient', () => {
  it('accepts a loss over a tree, to second order', () =>
    fc.assert(laws.gradient(loss, fc.tuple(params64, x64), { order: 2 }), runs(50)));

  it('accepts float32, by wider tolerances', () =>
    fc.assert(
      laws.gradient((x: Tensor<[5]>) => logsumexp(tanh(x)), fc.tuple(laws.tensor([5]))),
      runs(100),
    ));

  it('accepts a result that is a tree', () =>
    fc.assert(
      laws.gradient((x: Tensor<[4, 3], f64>) => ({ s: sin(x), t: [sum(x), x] }), fc.tuple(x64)),
      runs(50),
    ));

  it('passes over kinks', () =>
    fc.assert(
      laws.gradient(
        (x: Tensor<[2], f64>) => sum(relu(x)),
        fc.tuple(laws.tensor([2], { dtype: f64, domain: laws.domains.someZero })),
      ),
      runs(50),
    ));

  const wrong = customJvp(
    (x: Tensor<[2], f64>) => square(x),
    ([x], [t]) => [square(x), mul(x, t)],
  );
  it('rejects a wrong rule, and names the mode and the leaf', () => {
    const f = (params: Params64) => add(sum(wrong(params.b)), sum(params.w));
    expect(failureOf(laws.gradient(f, fc.tuple(params64)))).toMatch(
      /forward mode, by leaf \.b of argument 0: got a slope of/,
    );
    expect(failureOf(laws.gradient(f, fc.tuple(params64), { modes: ['reverse'] }))).toMatch(
      /reverse mode, by leaf \.b/,
    );
  });

  it('rejects a wrong second derivative whose first is right', () => {
    // The tangent is right, but what it depends on is hidden from the second derivative.
    const flatRule = customJvp(
      (x: Tensor<[2], f64>) => square(x),
      ([x], [t]) => [square(x), mul(mul(hidden(x), 2), t)],
    );
    const hidden = customJvp(
      (x: Tensor<[2], f64>) => x,
      ([x], [t]) => [x, sub(t, t)],
    );
    const args = fc.tuple(laws.tensor([2], { dtype: f64 }));
    fc.assert(
      laws.gradient((x: Tensor<[2], f64>) => sum(flatRule(x)), args),
      runs(50),
    );
    expect(failureOf(laws.gradient((x: Tensor<[2], f64>) => sum(flatRule(x)), args, { order: 2 }))).toMatch(
      /derivative of the gradient, forward mode/,
    );
  });

  it('rejects a gradient that is lost in a branch', () => {
    const half = customJvp(
      (x: Tensor<[5]>) => where(greater(x, 0), x, mul(x, 0.5)),
      ([x], [t]) => [where(greater(x, 0), x, mul(x, 0.5)), t],
    );
    expect(failureOf(laws.gradient((x: Tensor<[5]>) => sum(half(x)), fc.tuple(laws.tensor([5]))))).toMatch(
      /by argument 0/,
    );
  });
});

type Unary = Primitive<Params, One, One>;
const softplus = (slope: (x: Value) => Value, name: string): Unary => {
  const primitive: Unary = definePrimitive<Params, One, One>(name, {
    impl: ([x]) => {
      const { shape, dtype, data } = x;
      return [
        concreteArray(
          shape,
          dtype,
          data.map((v) => Math.log1p(Math.exp(v))),
        ),
      ];
    },
    shape: ([x]) => [x],
    jvp: jvpFrom(() => primitive, [(t, _ans, x) => p.mul(t, slope(x))]),
    transpose: null,
    batch: batchPointwise(() => primitive),
    lower: { kind: 'call' },
  });
  return primitive;
};
const generator: laws.Generator = {
  dtypes: [f32, f64],
  spec: (dtype) => laws.shape({ maxRank: 2 }).map((s) => ({ args: [laws.operand(s, dtype)], params: {} })),
};
const failing = (primitive: Primitive): string[] =>
  Object.entries(laws.primitive(primitive, generator)).flatMap(([name, property]) =>
    fc.check(property, { numRuns: 60, seed: 1 }).failed ? [name] : [],
  );

describe('laws.primitive', () => {
  it('accepts rules that agree', () => {
    const right = softplus(p.logistic, 'softplus of the test');
    expect(bind1(right, [concreteArray([], f64, Float64Array.of(0))], {}).concrete('test').data[0]).toBeCloseTo(
      Math.LN2,
    );
    expect(failing(right)).toEqual([]);
  });
  it('rejects a wrong derivative, by every law that sees it', () => {
    expect(failing(softplus(p.tanh, 'softplus_wrong'))).toEqual(expect.arrayContaining(['jvp']));
  });
  it('rejects a wrong shape rule', () => {
    const flat: Unary = {
      ...softplus(p.logistic, 'softplus_flat'),
      shape: ([x]) => [{ ...x, shape: [...x.shape, 1] }],
    };
    expect(failing(flat)).toEqual(expect.arrayContaining(['shape']));
  });
  it('rejects a wrong batch rule', () => {
    const right = softplus(p.logistic, 'softplus_batch');
    const reversed: Unary = {
      ...right,
      batch: (_size, [x], _mapped, params) => ({
        values: [bind1(right, [p.rev(x, [0])], params)],
        mapped: [true],
      }),
    };
    expect(failing(reversed)).toEqual(expect.arrayContaining(['batch']));
  });
});
