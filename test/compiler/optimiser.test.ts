// What becomes of an optimiser's update: one kernel for all parameters of a dtype, and one for the scalars.

import { describe, expect, it } from 'vitest';
import { type TargetName, targets } from '../../laws/targets';
import { lowerProgram } from '../../src/compiler/compile';
import { showKernels } from '../../src/compiler/show';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { aval } from '../../src/core/aval';
import { allocate, f32, f64 } from '../../src/core/dtype';
import { traceToJaxpr } from '../../src/core/stage';
import { type ConcreteArray, concreteArray, type Value } from '../../src/core/value';
import { exp, lower, makeJaxpr, type Tensor, zeros } from '../../src/index';
import { adam, adamw, applyUpdates, type Optimiser, rmsprop, sgd } from '../../src/optim';
import * as lax from '../../src/primitives';
import { arrayOf, identical } from './programs';

const params = { a: zeros([20, 30]), b: zeros([30]), c: zeros([30, 10]), d: zeros([10]), e: zeros([31, 20]) };
type Params = typeof params;

const kernelsOf = <S>({ init, update }: Optimiser<Params, S>): readonly string[] => {
  const step = (p: Params, state: S, gradients: Params) => {
    const [updates, next] = update(gradients, state, p);
    return [applyUpdates(p, updates), next] as const;
  };
  return lower(step)(params, init(params), params)
    .kernels.split('\n')
    .flatMap((line) => /^%.* = (.*)$/.exec(line)?.[1] ?? []);
};
const all = 'maps over [600] [30] [300] [10] [620]';

describe('the update of', () => {
  it('sgd', () => {
    expect(kernelsOf(sgd<Params>({ learningRate: 0.1, momentum: 0.9, nesterov: true }))).toEqual([all]);
  });
  it('adam, adamw and rmsprop', () => {
    const scalars = 'map over []';
    expect(kernelsOf(adam<Params>({ learningRate: 0.1 }))).toEqual([scalars, all]);
    expect(kernelsOf(adamw<Params>({ learningRate: 0.1 }))).toEqual([scalars, all]);
    expect(kernelsOf(rmsprop<Params>({ learningRate: 0.1, momentum: 0.9 }))).toEqual([all]);
  });
});

describe('maps of one form', () => {
  const avals = [
    aval([67], f32),
    aval([5, 3], f32),
    aval([130, 7], f32),
    aval([2], f64),
    aval([9], f64),
    aval([], f32),
    aval([], f64),
  ];
  const step = (x: Value, rate: Value): readonly Value[] => [
    lax.sub(x, lax.mul(x, lax.broadcastInDim(rate, x.shape, []))),
    lax.exp(x),
  ];
  const { jaxpr } = traceToJaxpr(
    'test',
    (...xs) => {
      const [a, b, c, d, e, rate, other] = xs as [Value, Value, Value, Value, Value, Value, Value];
      const moved = step(c, rate);
      return [
        ...[a, b].flatMap((x) => step(x, rate)),
        ...moved,
        ...[d, e].flatMap((x) => step(x, other)),
        lax.reduceSum(moved[0] as Value, [0]),
      ];
    },
    avals,
  );

  it('are one kernel for each dtype, but for those that are read again', () => {
    const text = showKernels(lowerProgram(jaxpr, wasmTraits));
    expect(text).toContain('maps over [67] [15]');
    expect(text).toContain('maps over [2] [9]');
    expect(text).toMatch(/map over \[130,7\]|rows of/);
  });
  it('stay apart where they are large', () => {
    const f = (x: Tensor<[2048, 1024]>, y: Tensor<[4096, 1024]>) => [exp(x), exp(y)] as const;
    const large = makeJaxpr(f)(zeros([2048, 1024]), zeros([4096, 1024])).jaxpr;
    expect(showKernels(lowerProgram(large, wasmTraits))).not.toContain('maps');
  });
  it('have the bits of evaluation on every target', () => {
    const args = jaxpr.inputs.map(({ aval: { shape, dtype } }, i) => {
      const { data, size } = arrayOf(shape, dtype, i);
      const own = allocate(dtype, size);
      own.set(data);
      return concreteArray(shape, dtype, own);
    });
    const expected = targets.eval.compile(jaxpr)(args);
    for (const name of Object.keys(targets) as TargetName[]) {
      if (!targets[name].isAvailable()) continue;
      const got = targets[name].compile(jaxpr)(args);
      expect([name, got.map((x, i) => identical(x, expected[i] as ConcreteArray))]).toEqual([
        name,
        expected.map(() => true),
      ]);
    }
  });
});
