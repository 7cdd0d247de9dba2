// Fixed points and their gradients without their iterations: a square root, and a deep-equilibrium network, whose hidden state is the z with
// z = tanh(z W + x U + b). S. Bai, J. Z. Kolter, V. Koltun, Deep Equilibrium Models (2019). Run it:
// `npm run example -- equilibrium`.
import {
  abs,
  add,
  customRoot,
  div,
  matmul,
  max,
  mean,
  minimum,
  mul,
  type Scalar,
  sqrt,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
  zeros,
} from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';

/** A step repeated until the state stays. It looks at values, which derivatives do not mind: they never see it. */
const settle = <Z>(step: (z: Z) => Z, start: Z, distance: (a: Z, b: Z) => number): Z => {
  let z = start;
  for (let i = 0; i < 1000; i++) {
    const next = step(z);
    const moved = distance(next, z);
    z = next;
    if (moved < 1e-6) break;
  }
  return z;
};

/** The fixed point of the Babylonian step x ↦ (x + a / x) / 2. */
export const squareRoot = (a: Scalar): Scalar => {
  const step = (x: Scalar) => mul(add(x, div(a, x)), 0.5);
  const distance = (x: Scalar, y: Scalar) => Math.abs(x.item() - y.item());
  return customRoot(
    (x) => sub(step(x), x),
    tensor(1),
    (residual, x0) => settle((x) => add(x, residual(x)), x0, distance),
    (g, y) => div(y, g(tensor(1))),
  );
};

const [batch, features, hidden] = [16, 2, 8] as const;
type State = Tensor<[16, 8]>;
type Inputs = Tensor<[16, 2]>;
type Targets = Tensor<[16]>;

export const init = (key: random.Key) => {
  const [kw, ku, kv] = random.split(key, 3);
  return {
    w: mul(random.normal(kw, [hidden, hidden]), 0.15),
    u: random.normal(ku, [features, hidden]),
    b: zeros([hidden]),
    out: mul(random.normal(kv, [hidden]), 0.3),
  };
};
export type Params = ReturnType<typeof init>;

/** The matrix, scaled where its norm is above 0.9: tanh stretches nothing, so the layer then has one fixed point, and reaches it. */
const contraction = (w: Tensor<[8, 8]>): Tensor<[8, 8]> => mul(w, minimum(1, div(0.9, sqrt(sum(mul(w, w))))));

const distance = (a: State, b: State): number => max(abs(sub(a, b))).item();

/** The state in which the layer leaves itself. The linear equation (∂f/∂z - 1) t = y of its derivative is solved by repetition too. */
export const equilibrium = (p: Params, x: Inputs): State => {
  const w = contraction(p.w);
  const layer = (z: State): State => tanh(add(add(matmul(z, w), matmul(x, p.u)), p.b));
  return customRoot(
    (z) => sub(layer(z), z),
    zeros([batch, hidden]),
    (residual, start) => settle((z) => add(z, residual(z)), start, distance),
    (g, y) => settle((t) => sub(add(t, g(t)), y), y, distance),
  );
};

export const loss = (p: Params, x: Inputs, y: Targets): Scalar => {
  const wrong = sub(matmul(equilibrium(p, x), p.out), y);
  return mean(mul(wrong, wrong));
};

/** Learns the product of the two features, and gives the losses. */
export const train = (steps: number, seed = 0): readonly number[] => {
  const [kp, kx] = random.split(random.key(seed));
  const x = random.normal(kx, [batch, features]);
  const y = mul(x.at(':', 0), x.at(':', 1));
  const optimiser = adam<Params>({ learningRate: 0.02 });
  let params = init(kp);
  let state = optimiser.init(params);
  return Array.from({ length: steps }, () => {
    const [l, gradients] = valueAndGrad(loss)(params, x, y);
    const [updates, next] = optimiser.update(gradients, state, params);
    params = applyUpdates(params, updates);
    state = next;
    return l.item();
  });
};

export const example: Example = {
  name: 'equilibrium',
  summary: 'a deep-equilibrium network: implicit derivatives of a fixed point',
  sources: [],
  goals: { 'loss, of what it was': { atMost: { full: 0.001, quick: 0.4 } } },
  run: ({ seed, quick }) =>
    TE.fromIO(() => {
      const losses = train(quick ? 60 : 300, seed);
      const [first, last] = [losses[0] as number, losses.at(-1) as number];
      return {
        parameters: parameterCount(init(random.key(seed))),
        results: { loss: last, 'loss, of what it was': last / first },
      };
    }),
};
