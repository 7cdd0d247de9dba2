// Hamiltonian Monte Carlo: many chains draw from a density known up to a factor. The energy's gradient steers them; one step of one chain
// is a plain function, vmap runs all chains and jit compiles the step. R. Neal, MCMC using Hamiltonian dynamics (2011).
// Run it: `npm run example -- hmc`.
import {
  add,
  axisIndex,
  div,
  exp,
  grad,
  jit,
  less,
  mean,
  mul,
  neg,
  over,
  type Scalar,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
  zeros,
} from 'adjoint';
import * as random from 'adjoint/random';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Example } from './catalogue/example';

type Point = Tensor<[2]>;
type Energy = (q: Point) => Scalar;

export interface Trajectory {
  readonly stepSize: number;
  readonly steps: number;
}

/** One step of one chain: a momentum is drawn, the motion followed by leapfrog, and the end accepted as its energy allows. */
export const hmcStep = (energy: Energy, { stepSize, steps }: Trajectory) => {
  const force = grad(energy);
  const total = (q: Point, p: Point): Scalar => add(energy(q), mul(sum(mul(p, p)), 0.5));
  return (key: random.Key, q0: Point): Point => {
    // All chains are given one key; each folds its own number into it.
    const [momentumKey, acceptKey] = random.split(random.foldIn(key, axisIndex('chains')));
    const p0: Point = random.normal(momentumKey, [2]);
    let q = q0;
    let p = sub(p0, mul(force(q), stepSize / 2));
    for (let i = 0; i < steps; i++) {
      q = add(q, mul(p, stepSize));
      p = sub(p, mul(force(q), i === steps - 1 ? stepSize / 2 : stepSize));
    }
    const isAccepted = less(random.uniform(acceptKey, []), exp(sub(total(q0, p0), total(q, p))));
    return where(isAccepted, q, q0);
  };
};

const chains = 256;
/** A Gaussian with means 1 and -2, standard deviations 1 and 0.5, and correlation 0.6. */
const energy: Energy = (q) => {
  const z = div(sub(q, tensor([1, -2])), tensor([1, 0.5]));
  const [a, b] = [z.at(0), z.at(1)];
  return div(add(add(mul(a, a), mul(b, b)), neg(mul(mul(a, b), 1.2))), 2 * (1 - 0.36));
};

/** Means and second moments of what the chains draw, after a start that is left out. */
export const sample = (draws: number, seed = 0) => {
  const step = jit(vmap(hmcStep(energy, { stepSize: 0.25, steps: 8 }), over(null, 0), { axisName: 'chains' }));
  let q: Tensor<[256, 2]> = zeros([chains, 2]);
  let [first, second] = [
    [0, 0],
    [0, 0, 0],
  ] as [number[], number[]];
  const start = 20;
  for (let i = 0; i < start + draws; i++) {
    q = step(random.foldIn(random.key(seed), i), q);
    if (i < start) continue;
    const centred = sub(q, tensor([1, -2]));
    const [x, y] = [centred.at(':', 0), centred.at(':', 1)];
    const moments = [mean(mul(x, x)), mean(mul(y, y)), mean(mul(x, y))];
    first = mean(q, 0)
      .toArray()
      .map((m, k) => (first[k] as number) + m / draws);
    second = moments.map((m, k) => (second[k] as number) + m.item() / draws);
  }
  return { mean: first, variance: second.slice(0, 2), covariance: second[2] as number };
};

export const example: Example = {
  name: 'hmc',
  summary: 'Hamiltonian Monte Carlo: 256 chains at once by vmap',
  sources: [],
  goals: { 'largest error of a moment': { atMost: { full: 0.03, quick: 0.06 } } },
  run: ({ seed, quick }) =>
    TE.fromIO(() => {
      const { mean, variance, covariance } = sample(quick ? 60 : 400, seed);
      const wrong = [...mean, ...variance, covariance].map((x, i) =>
        Math.abs(x - ([1, -2, 1, 0.25, 0.3][i] as number)),
      );
      return { parameters: 0, results: { 'largest error of a moment': Math.max(...wrong) } };
    }),
};
