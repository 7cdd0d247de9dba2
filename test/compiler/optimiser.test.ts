// What becomes of an optimiser's update: one kernel for each parameter, and one for the scalars. Kernels are calls inside one module, so
// that joining those of different shapes would save nothing that can be measured; those of one shape are one function.
import { describe, expect, it } from 'vitest';
import { lower, zeros } from '../../src/index';
import { adam, adamw, applyUpdates, type Optimiser, rmsprop, sgd } from '../../src/optim';

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
const perParameter = ['[20,30]', '[30]', '[30,10]', '[10]', '[31,20]'].map((shape) => `map over ${shape}`);

describe('the update of', () => {
  it('sgd', () => {
    expect(kernelsOf(sgd<Params>({ learningRate: 0.1, momentum: 0.9, nesterov: true }))).toEqual(perParameter);
  });
  it('adam, adamw and rmsprop', () => {
    const scalars = 'map over []';
    expect(kernelsOf(adam<Params>({ learningRate: 0.1 }))).toEqual([scalars, ...perParameter]);
    expect(kernelsOf(adamw<Params>({ learningRate: 0.1 }))).toEqual([scalars, ...perParameter]);
    expect(kernelsOf(rmsprop<Params>({ learningRate: 0.1, momentum: 0.9 }))).toEqual(perParameter);
  });
});
