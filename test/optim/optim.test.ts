import {
  add,
  eye,
  f32,
  f64,
  grad,
  i32,
  isfinite,
  jit,
  matmul,
  matrixTranspose,
  mean,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tree,
  zeros,
} from 'adjoint';
import * as optim from 'adjoint/optim';
import { adam, applyUpdates, type GradientTransformation, type StateKind, sgd } from 'adjoint/optim';
import * as random from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const bowl = (p: { readonly x: Tensor<[2]> }) => sum(mul(sub(p.x, tensor([1, -2])), sub(p.x, tensor([1, -2]))));
type Point = Parameters<typeof bowl>[0];

const descend = <K extends StateKind>(optimiser: GradientTransformation<K>, steps: number): Point => {
  const step = jit((params: Point, state: optim.StateFor<K, Point>) => {
    const [updates, next] = optimiser.update(grad(bowl)(params), state, params);
    return [applyUpdates(params, updates), next] as const;
  });
  let params: Point = { x: tensor([0, 0]) };
  let state = optimiser.init(params);
  for (let i = 0; i < steps; i++) [params, state] = step(params, state);
  return params;
};

const learningRate = 0.1;
const everyOptimiser: readonly (readonly [string, GradientTransformation<optim.Opaque>])[] = [
  ['sgd', optim.opaque(sgd({ learningRate }))],
  ['sgd with momentum', optim.opaque(sgd({ learningRate: 0.02, momentum: 0.9 }))],
  ['sgd by Nesterov', optim.opaque(sgd({ learningRate: 0.02, momentum: 0.9, nesterov: true }))],
  ['adam', optim.opaque(adam({ learningRate }))],
  ['adamw', optim.opaque(optim.adamw({ learningRate, weightDecay: 1e-5 }))],
  ['adamax', optim.opaque(optim.adamax({ learningRate }))],
  ['nadam', optim.opaque(optim.nadam({ learningRate }))],
  ['radam', optim.opaque(optim.radam({ learningRate }))],
  ['adagrad', optim.opaque(optim.adagrad({ learningRate: 0.5 }))],
  ['rmsprop', optim.opaque(optim.rmsprop({ learningRate: optim.cosineDecay({ from: 0.05, steps: 500 }) }))],
  ['adadelta', optim.opaque(optim.adadelta({ learningRate: 5 }))],
  [
    'rmsprop, centred',
    optim.opaque(
      optim.rmsprop({ learningRate: optim.cosineDecay({ from: 0.02, steps: 500 }), centred: true, momentum: 0.5 }),
    ),
  ],
  ['lion', optim.opaque(optim.lion({ learningRate: optim.linearSchedule({ from: 0.05, to: 0, steps: 500 }) }))],
  ['lamb', optim.opaque(optim.lamb({ learningRate: optim.cosineDecay({ from: 0.1, steps: 500 }) }))],
  ['adafactor', optim.opaque(optim.adafactor({ learningRate: 0.5 }))],
  ['muon', optim.opaque(optim.muon({ learningRate, weightDecay: 1e-5 }))],
  ['schedule-free', optim.opaque(optim.scheduleFree(sgd({ learningRate }), { beta: 0.5 }))],
  ['lookahead', optim.opaque(optim.lookahead(adam({ learningRate })))],
  ['accumulated', optim.opaque(optim.accumulate(2, adam({ learningRate: 0.2 })))],
];

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
  it.each(everyOptimiser)('%s reaches the minimum of a bowl', (_name, optimiser) => {
    const [a, b] = descend(optimiser, 500).x.toArray();
    expect(a).toBeCloseTo(1, 1);
    expect(b).toBeCloseTo(-2, 1);
  });
  it('a type argument gives the optimiser of one tree', () => {
    const one: optim.Optimiser<Point, optim.AdamState<Point>> = adam<Point>({ learningRate });
    const [, [moments]] = one.update({ x: tensor([1, 2]) }, one.init({ x: zeros([2]) }), { x: zeros([2]) });
    expect(moments.step.item()).toBe(1);
  });
});

const entry = fc.double({ min: -10, max: 10, noNaN: true });
const pair = fc.tuple(entry, entry);
const twoSteps = <K extends StateKind, P>(
  optimiser: GradientTransformation<K>,
  params: P,
  gradients: readonly [NoInfer<P>, NoInfer<P>],
): P => {
  const [first, state] = optimiser.update(gradients[0], optimiser.init(params), params);
  const next = applyUpdates(params, first);
  return applyUpdates(next, optimiser.update(gradients[1], state, next)[0]);
};
const values = (params: unknown): unknown[] => tree.leaves(params).map((x) => x.toArray());

describe('laws of optimisers', () => {
  it.each(everyOptimiser)('%s: an update does not depend on names and nesting', (_name, optimiser) => {
    fc.assert(
      fc.property(pair, pair, pair, ([a, b], g1, g2) => {
        const flat = ([x, y]: readonly [number, number]) => ({ a: tensor([x]), b: tensor([y]) });
        const nested = ([x, y]: readonly [number, number]) => [{ z: { deep: tensor([x]) } }, [tensor([y])]] as const;
        const one = twoSteps(optimiser, flat([a, b]), [flat(g1), flat(g2)]);
        const two = twoSteps(optimiser, nested([a, b]), [nested(g1), nested(g2)]);
        expect(values(two)).toEqual(values(one));
      }),
      { numRuns: 10 },
    );
  });
  const parts = [
    optim.clip(1),
    optim.clipByGlobalNorm(2),
    optim.addMomentum({ decay: 0.5 }),
    optim.scaleByAdam(),
    optim.addDecayedWeights(0.1),
    optim.ema(0.9),
    optim.scale(-0.5),
  ].map((part) => optim.opaque(part as GradientTransformation<StateKind>));
  const part = fc.constantFrom(...parts);
  const state = (x: readonly number[]) => ({ w: tensor([...x]) });
  const { concat, empty } = optim.transformationMonoid;
  it('chain is associative', () => {
    fc.assert(
      fc.property(part, part, part, pair, pair, pair, (x, y, z, p, g, h) => {
        const [left, right] = [concat(concat(x, y), z), concat(x, concat(y, z))];
        const from = state(p);
        const gradients = [state(g), state(h)] as const;
        expect(values(twoSteps(left, from, gradients))).toEqual(values(twoSteps(right, from, gradients)));
      }),
      { numRuns: 30 },
    );
  });
  it('chain has the identity as its unit', () => {
    fc.assert(
      fc.property(part, pair, pair, pair, (x, p, g, h) => {
        const from = state(p);
        const gradients = [state(g), state(h)] as const;
        const alone = values(twoSteps(x, from, gradients));
        expect(values(twoSteps(concat(empty, x), from, gradients))).toEqual(alone);
        expect(values(twoSteps(concat(x, empty), from, gradients))).toEqual(alone);
      }),
      { numRuns: 30 },
    );
  });
  it('clipByGlobalNorm keeps the direction and bounds the norm', () => {
    fc.assert(
      fc.property(pair, pair, fc.double({ min: 0.1, max: 5, noNaN: true }), ([a, b], [c, d], limit) => {
        const g = { w: tensor([a, b], f64), b: tensor([c, d], f64) };
        const [clipped] = optim.clipByGlobalNorm(limit).update(g, null, g);
        const [before, after] = [optim.globalNorm(g).item(), optim.globalNorm(clipped).item()];
        expect(after).toBeLessThanOrEqual(limit * (1 + 1e-6));
        if (before <= limit) expect(values(clipped)).toEqual(values(g));
        else expect((clipped.w.toArray()[0] as number) * before).toBeCloseTo(a * limit, 4);
      }),
    );
  });
  it('accumulate of one batch in n parts is the step of the whole batch', () => {
    fc.assert(
      fc.property(pair, pair, ([a, b], [c, d]) => {
        const p = { x: tensor([0, 0], f64) };
        const [g, h] = [{ x: tensor([a, b], f64) }, { x: tensor([c, d], f64) }];
        const whole = { x: mul(add(g.x, h.x), 0.5) };
        const once = adam({ learningRate });
        const parts = twoSteps(optim.accumulate(2, once), p, [g, h]).x.toArray();
        const together = applyUpdates(p, once.update(whole, once.init(p), p)[0]).x.toArray();
        expect(parts[0]).toBeCloseTo(together[0] as number, 9);
        expect(parts[1]).toBeCloseTo(together[1] as number, 9);
      }),
    );
  });
});

describe('parts of trees', () => {
  const params = { encoder: { w: tensor([[1, 2]]), b: tensor([3]) }, head: { w: tensor([[4]]), b: tensor([5]) } };
  it('masked keeps a state for the chosen leaves alone, by their paths', () => {
    const matrices = optim.masked(optim.addMomentum({ decay: 0.5 }), (x) => x.ndim === 2);
    const state = matrices.init(params);
    expect(tree.paths(state)).toEqual(['.velocity[".encoder.w"]', '.velocity[".head.w"]']);
    const [, next] = matrices.update(params, state, params);
    expect(values(matrices.update(params, next, params)[0])).toEqual([[3], [[1.5, 3]], [5], [[6]]]);
  });
  it('multiTransform gives every leaf the transformation of its label, and refuses labels without one', () => {
    const two = optim.multiTransform({ fast: sgd({ learningRate: 1 }), slow: sgd({ learningRate: 0.5 }) }, (_, path) =>
      path.startsWith('.head') ? 'fast' : 'slow',
    );
    expect(values(two.update(params, two.init(params), params)[0])).toEqual([[-1.5], [[-0.5, -1]], [-5], [[-4]]]);
    const wrong = optim.multiTransform({ fast: sgd({ learningRate: 1 }) }, () => 'slow' as 'fast');
    expect(() => wrong.init(params)).toThrow(
      'multiTransform: the label "slow" of leaf .encoder.b has no transformation; there are fast.',
    );
  });
  it('frozen leaves stay', () => {
    const frozen = optim.chain(
      adam({ learningRate }),
      optim.freeze((_, path) => path.startsWith('.encoder')),
    );
    const [updates] = frozen.update(params, frozen.init(params), params);
    expect(values(updates.encoder)).toEqual([[0], [[0, 0]]]);
    expect(updates.head.b.item()).toBeCloseTo(-0.1, 5);
  });
});

describe('steps that are not taken', () => {
  it('a gradient that is not finite changes neither parameters nor state, until there are too many in a row', () => {
    const careful = optim.applyIfFinite(sgd({ learningRate: 1, momentum: 0.5 }), 1);
    const p = { x: tensor([0]) };
    const [bad, good] = [{ x: tensor([Number.NaN]) }, { x: tensor([2]) }];
    const [, first] = careful.update(good, careful.init(p), p);
    const [skipped, second] = careful.update(bad, first, p);
    expect(values(skipped)).toEqual([[0]]);
    expect(values(second.inner)).toEqual(values(first.inner));
    expect([second.inARow.item(), second.inAll.item()]).toEqual([1, 1]);
    expect(values(careful.update(good, second, p)[0])).toEqual([[-3]]);
    const [through] = careful.update(bad, second, p);
    expect(isfinite(through.x).toArray()).toEqual([false]);
  });
  it('hyperparameters in the state change without another trace', () => {
    let traces = 0;
    const optimiser = optim.injectHyperparams((h) => adam(h), { learningRate: 0.1, beta1: 0.5 });
    const p = { x: tensor([0]) };
    const step = jit((g: typeof p, s: ReturnType<typeof optimiser.init<typeof p>>) => {
      traces++;
      return optimiser.update(g, s, p);
    });
    const [first, state] = step({ x: tensor([3]) }, optimiser.init(p));
    expect(first.x.item()).toBeCloseTo(-0.1, 5);
    const hyperparameters = { ...state.hyperparameters, learningRate: tensor(1) };
    expect(step({ x: tensor([3]) }, { ...state, hyperparameters })[0].x.item()).toBeCloseTo(-1, 5);
    expect(traces).toBe(1);
  });
});

describe('states that hold parameters', () => {
  it.each([
    ['lookahead', optim.opaque(optim.lookahead(sgd({ learningRate })))],
    ['scheduleFree', optim.opaque(optim.scheduleFree(sgd({ learningRate })))],
  ])('%s: parameters and state may be donated together', (_name, optimiser) => {
    const step = jit(
      (p: Point, s: unknown) => {
        const [updates, next] = optimiser.update(grad(bowl)(p), s, p);
        return [applyUpdates(p, updates), next] as const;
      },
      { donate: [0, 1] },
    );
    const start: Point = { x: tensor([0, 0]) };
    let [params, state] = step(start, optimiser.init(start));
    for (let i = 0; i < 100; i++) [params, state] = step(params, state);
    expect(params.x.toArray()[0]).toBeCloseTo(1, 1);
  });
});

describe('muon', () => {
  it('makes singular values nearly equal', () => {
    const g = random.normal(random.key(1), [4, 6]);
    const [u] = optim.scaleByOrthogonalisation().update(g, null, g);
    const gram = matmul(u, matrixTranspose(u));
    const off = sub(gram, eye(4));
    expect(mean(square(off)).item()).toBeLessThan(0.05);
  });
});

describe('schedules', () => {
  const everySchedule: readonly (readonly [string, optim.Schedule])[] = [
    ['constant', optim.constantSchedule(0.3)],
    ['polynomial', optim.polynomialSchedule({ from: 1, to: 0.1, steps: 7, power: 3, delay: 2 })],
    ['exponential', optim.exponentialDecay({ from: 1, rate: 0.5, steps: 3, staircase: true, end: 0.2 })],
    ['inverse time', optim.inverseTimeDecay({ from: 1, rate: 0.5, steps: 3 })],
    ['cosine', optim.cosineDecay({ from: 1, steps: 8, to: 0.1 })],
    ['warm-up and cosine', optim.warmupCosine({ peak: 1, warmup: 3, steps: 9 })],
    ['warm-up and exponential', optim.warmupExponential({ warmup: 3, from: 1, rate: 0.5, steps: 2 })],
    ['pieces', optim.piecewiseConstant(1, { 2: 0.5, 5: 0.1 })],
    ['restarts', optim.cosineRestarts({ from: 1, steps: 2, grow: 2 }, 3)],
    ['one cycle', optim.cosineOneCycle({ peak: 1, steps: 10 })],
    ['one linear cycle', optim.linearOneCycle({ peak: 1, steps: 10 })],
  ];
  it.each(everySchedule)('%s is the same for a number, a tensor, and under jit', (_name, schedule) => {
    const traced = jit((t: Tensor<[], i32>) => schedule(t));
    for (const t of [0, 1, 2, 5, 8, 11]) {
      const expected = schedule(t).item();
      expect(schedule(tensor(t, i32)).item()).toBe(expected);
      expect(traced(tensor(t, i32)).item()).toBe(expected);
      expect(schedule(t).dtype).toBe(f32);
    }
  });
  it('restarts begin at the top', () => {
    const schedule = optim.cosineRestarts({ from: 1, steps: 2, grow: 2 }, 3);
    expect([0, 2, 6].map((t) => schedule(t).item())).toEqual([1, 1, 1]);
    expect(schedule(1).item()).toBeCloseTo(0.5, 6);
    expect(schedule(14).item()).toBeCloseTo(0, 6);
  });
});
