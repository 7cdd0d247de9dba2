import { grad, mul, sub, sum, type Tensor, tensor, tree } from 'adjoint';
import { adam, applyUpdates, type Optimiser, sgd } from 'adjoint/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const bowl = (p: { readonly x: Tensor<[2]> }) => sum(mul(sub(p.x, tensor([1, -2])), sub(p.x, tensor([1, -2]))));
type Point = Parameters<typeof bowl>[0];

const descend = <S>(optimiser: Optimiser<Point, S>, steps: number): Point => {
  let params: Point = { x: tensor([0, 0]) };
  let state = optimiser.init(params);
  for (let i = 0; i < steps; i++) {
    const [updates, next] = optimiser.update(grad(bowl)(params), state, params);
    params = applyUpdates(params, updates);
    state = next;
  }
  return params;
};

describe('optimisers', () => {
  it('sgd takes the step of its formula', () => {
    expect(descend(sgd({ learningRate: 0.25 }), 1).x.toArray()).toEqual([0.5, -1]);
    // v1 = g1, x1 = -lr v1; v2 = 0.5 v1 + g2, x2 = x1 - lr v2.
    expect(descend(sgd({ learningRate: 0.25, momentum: 0.5 }), 2).x.toArray()).toEqual([1, -2]);
  });
  it('adam moves every coordinate by the learning rate at first, whatever the scale of the gradient', () => {
    const [a, b] = descend(adam({ learningRate: 0.1 }), 1).x.toArray();
    expect(a).toBeCloseTo(0.1, 5);
    expect(b).toBeCloseTo(-0.1, 5);
  });
  it.each([
    ['sgd', descend(sgd({ learningRate: 0.1 }), 100)],
    ['sgd with momentum', descend(sgd({ learningRate: 0.02, momentum: 0.9 }), 300)],
    ['adam', descend(adam({ learningRate: 0.1 }), 500)],
  ])('%s reaches the minimum of a bowl', (_name, { x }) => {
    const [a, b] = x.toArray();
    expect(a).toBeCloseTo(1, 2);
    expect(b).toBeCloseTo(-2, 2);
  });
  it('an update does not depend on how the tree is nested', () => {
    const entry = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 2, maxLength: 2 }),
        fc.array(entry, { minLength: 2, maxLength: 2 }),
        (p, g) => {
          const [a, b, ga, gb] = [...p, ...g].map((v) => tensor([v])) as [
            Tensor<[1]>,
            Tensor<[1]>,
            Tensor<[1]>,
            Tensor<[1]>,
          ];
          const flat = adam<{ a: Tensor<[1]>; b: Tensor<[1]> }>({ learningRate: 0.1 });
          const nested = adam<{ deep: { a: Tensor<[1]> }[]; b: Tensor<[1]> }>({ learningRate: 0.1 });
          const one = flat.update({ a: ga, b: gb }, flat.init({ a, b }), { a, b })[0];
          const other = { deep: [{ a }], b };
          const two = nested.update({ deep: [{ a: ga }], b: gb }, nested.init(other), other)[0];
          expect(tree.leaves(two).map((x) => x.toArray())).toEqual([one.b, one.a].map((x) => x.toArray()));
        },
      ),
    );
  });
});
