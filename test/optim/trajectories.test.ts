// Ten steps of every optimiser against numbers of PyTorch in float64 (trajectories.py), and against the published
// formulas where PyTorch has none.
import { readFileSync } from 'node:fs';
import { type AnyTensor, add, f64, jit, mul, sin, tensor, tree } from 'adjoint';
import * as optim from 'adjoint/optim';
import { describe, expect, it } from 'vitest';

type Weights = { readonly w: number[][]; readonly b: number[] };
const golden = JSON.parse(readFileSync(new URL('trajectories.json', import.meta.url), 'utf8')) as {
  readonly torch: string;
  readonly cases: Readonly<Record<string, Weights>>;
};

const start = {
  w: tensor(
    [
      [0.5, -1, 2],
      [1.5, 0.25, -0.75],
    ],
    f64,
  ),
  b: tensor([0.1, -0.2, 0.3], f64),
};
type Params = typeof start;
const phases: Params = tree.map((x) => x, {
  ...start,
  w: tensor(
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    f64,
  ),
  b: tensor([1, 1, 1], f64),
});
const gradient = (params: Params, t: number): Params =>
  tree.map(
    (p: AnyTensor, phase: AnyTensor): AnyTensor => add(mul(p, 0.3), sin(add(add(mul(p, 2), phase), t))),
    params,
    phases,
  );

const run = <K extends optim.StateKind>(optimiser: optim.GradientTransformation<K>, steps = 10): Params => {
  const update = jit((g: Params, s: optim.StateFor<K, Params>, p: Params) => {
    const [updates, next] = optimiser.update(g, s, p);
    return [optim.applyUpdates(p, updates), next] as const;
  });
  let params = start;
  let state = optimiser.init(params);
  for (let t = 0; t < steps; t++) [params, state] = update(gradient(params, t), state, params);
  return params;
};
const numbers = (p: Params): number[] => [...p.w.toTypedArray(), ...p.b.toTypedArray()];

const learningRate = 0.1;
const ours: Readonly<Record<string, () => Params>> = {
  sgd: () => run(optim.sgd({ learningRate })),
  'sgd momentum': () => run(optim.sgd({ learningRate, momentum: 0.9 })),
  'sgd nesterov': () => run(optim.sgd({ learningRate, momentum: 0.9, nesterov: true })),
  adam: () => run(optim.adam({ learningRate })),
  adamw: () => run(optim.adamw({ learningRate, weightDecay: 0.05 })),
  adamax: () => run(optim.adamax({ learningRate })),
  nadam: () => run(optim.nadam({ learningRate })),
  radam: () => run(optim.radam({ learningRate })),
  adagrad: () => run(optim.adagrad({ learningRate })),
  adadelta: () => run(optim.adadelta({ learningRate: 0.5 })),
  rmsprop: () => run(optim.rmsprop({ learningRate })),
  'rmsprop centred momentum': () => run(optim.rmsprop({ learningRate, centred: true, momentum: 0.9 })),
  adafactor: () => run(optim.adafactor({ learningRate, weightDecay: 0.01 })),
};
/** The scalars of nadam's momenta are float32, all others are computed in the dtype of the leaf. */
const digits: Readonly<Record<string, number>> = { nadam: 5 };

describe(`trajectories of PyTorch ${golden.torch}`, () => {
  it.each(Object.entries(golden.cases))('%s', (name, { w, b }) => {
    const expected = [...w.flat(), ...b];
    const actual = numbers((ours[name] as () => Params)());
    for (const [i, x] of expected.entries()) expect(actual[i]).toBeCloseTo(x, digits[name] ?? 10);
  });
  it('has every case', () => {
    expect(Object.keys(ours)).toEqual(Object.keys(golden.cases));
  });
});

// The formulas in plain numbers, for one vector at a time.
type Vector = readonly number[];
type Rule = (g: Vector, w: Vector, t: number) => Vector;
const simulate = (rules: { readonly w: () => Rule; readonly b: () => Rule }): number[] => {
  const leaf = (from: Vector, phase: number, rule: Rule): Vector => {
    let w = from;
    for (let t = 0; t < 10; t++) {
      const g = w.map((x) => 0.3 * x + Math.sin(2 * x + phase + t));
      const u = rule(g, w, t + 1);
      w = w.map((x, i) => x + (u[i] as number));
    }
    return w;
  };
  return [...leaf([0.5, -1, 2, 1.5, 0.25, -0.75], 0, rules.w()), ...leaf([0.1, -0.2, 0.3], 1, rules.b())];
};
const norm = (x: Vector): number => Math.hypot(...x);
const adamDirection = (epsilon: number): Rule => {
  let [m, v]: [Vector, Vector] = [[], []];
  return (g, _w, t) => {
    m = g.map((x, i) => 0.9 * (m[i] ?? 0) + 0.1 * x);
    v = g.map((x, i) => 0.999 * (v[i] ?? 0) + 0.001 * x * x);
    return g.map((_, i) => {
      const [a, b] = [m[i] as number, v[i] as number];
      return a / (1 - 0.9 ** t) / (Math.sqrt(b / (1 - 0.999 ** t)) + epsilon);
    });
  };
};

describe('trajectories of the formulas', () => {
  const check = (actual: Params, expected: readonly number[], places = 10): void => {
    const all = numbers(actual);
    for (const [i, x] of expected.entries()) expect(all[i]).toBeCloseTo(x, places);
  };
  it('lion', () => {
    const rule = (): Rule => {
      let m: Vector = [];
      return (g, w) => {
        const u = g.map((x, i) => -0.1 * (Math.sign(0.9 * (m[i] ?? 0) + 0.1 * x) + 0.2 * (w[i] as number)));
        m = g.map((x, i) => 0.99 * (m[i] ?? 0) + 0.01 * x);
        return u;
      };
    };
    check(run(optim.lion({ learningRate, weightDecay: 0.2 })), simulate({ w: rule, b: rule }));
  });
  it('lamb', () => {
    const rule = (): Rule => {
      const direction = adamDirection(1e-6);
      return (g, w, t) => {
        const u = direction(g, w, t).map((x, i) => x + 0.2 * (w[i] as number));
        return u.map((x) => (-0.1 * x * norm(w)) / norm(u));
      };
    };
    check(run(optim.lamb({ learningRate, weightDecay: 0.2 })), simulate({ w: rule, b: rule }));
  });
  it('lookahead of sgd', () => {
    const rule = (): Rule => {
      let slow: Vector | null = null;
      return (g, w, t) => {
        slow ??= w;
        const fast = w.map((x, i) => x - 0.1 * (g[i] as number));
        if (t % 3 !== 0) return fast.map((x, i) => x - (w[i] as number));
        slow = slow.map((s, i) => s + 0.5 * ((fast[i] as number) - s));
        return slow.map((x, i) => x - (w[i] as number));
      };
    };
    check(run(optim.lookahead(optim.sgd({ learningRate }), { period: 3 })), simulate({ w: rule, b: rule }));
  });
  it('schedule-free sgd', () => {
    const rule = (): Rule => {
      let [z, x]: [Vector | null, Vector | null] = [null, null];
      return (g, w, t) => {
        z = (z ?? w).map((v, i) => v - 0.1 * (g[i] as number));
        const base = z;
        x = (x ?? w).map((v, i) => v + ((base[i] as number) - v) / t);
        return x.map((v, i) => 0.1 * (base[i] as number) + 0.9 * v - (w[i] as number));
      };
    };
    check(run(optim.scheduleFree(optim.sgd({ learningRate }))), simulate({ w: rule, b: rule }));
  });
});
