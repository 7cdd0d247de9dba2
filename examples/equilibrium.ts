// Fixed points and their gradients without their iterations: a square root, and a deep-equilibrium network, whose hidden state is the z with
// z = tanh(z W + x U + b). S. Bai, J. Z. Kolter, V. Koltun, Deep Equilibrium Models (2019). Run it: `npx tsx examples/equilibrium.ts`.
import { pathToFileURL } from 'node:url';
import {
  abs,
  add,
  customRoot,
  div,
  matmul,
  max,
  mean,
  mul,
  type Scalar,
  sub,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
  zeros,
} from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';

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

const distance = (a: State, b: State): number => max(abs(sub(a, b))).item();

/** The state in which the layer leaves itself. The linear equation (∂f/∂z - 1) t = y of its derivative is solved by repetition too. */
export const equilibrium = (p: Params, x: Inputs): State => {
  const layer = (z: State): State => tanh(add(add(matmul(z, p.w), matmul(x, p.u)), p.b));
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
export const train = (steps: number): readonly number[] => {
  const [kp, kx] = random.split(random.key(0));
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  for (const [i, l] of train(200).entries()) if (i % 20 === 0) console.log(`step ${i}: loss ${l.toFixed(4)}`);
