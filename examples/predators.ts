// Ordinary differential equations and their adjoint: an adaptive solver under whileLoop, whose gradient is found by solving another equation
// backwards, in memory that does not grow with the steps. J. R. Dormand, P. J. Prince, A family of embedded Runge-Kutta formulae (1980);
// R. T. Q. Chen et al., Neural Ordinary Differential Equations (2018). Run it: `npm run example -- predators`.
import {
  abs,
  add,
  clip,
  concatenate,
  customVjp,
  type Dim,
  div,
  f64,
  i32,
  jit,
  less,
  lessEqual,
  logicalAnd,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  pow,
  type Scalar,
  scan,
  sqrt,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  where,
  whileLoop,
  zeros,
} from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Example } from './catalogue/example';

export type State = Tensor<[2], f64>;
export type Rates = Tensor<[4], f64>;
/** dy/dt, where nothing else depends on the time. */
export type Field = (y: State, rates: Rates) => State;

type Vector<N extends Dim> = Tensor<[N], f64>;
type Motion<N extends Dim> = (y: Vector<N>) => Vector<N>;

/** The stages of Dormand and Prince: each starts from the slopes before it, and the last is the step of fifth order itself. */
const stages = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** What the step of fourth order differs by. */
const difference = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;

const combined = <N extends Dim>(weights: readonly number[], slopes: readonly Vector<N>[], h: Scalar<f64>): Vector<N> =>
  weights
    .flatMap((w, i) => (w === 0 ? [] : [mul(mul(slopes[i] as Vector<N>, h), w) as Vector<N>]))
    .reduce((a, b) => add(a, b) as Vector<N>);

const tolerance = 1e-10;
const mostSteps = 10_000;

/** y after this time, by steps as long as the tolerance allows. */
const integrate = <N extends Dim>(motion: Motion<N>, y0: Vector<N>, time: number): Vector<N> => {
  const start = { y: y0, done: tensor(0, f64), step: tensor(0.1, f64), count: tensor(0, i32) };
  const end = whileLoop(
    ({ done, count }) => logicalAnd(less(done, 1), less(count, mostSteps)),
    ({ y, done, step, count }) => {
      const share = minimum(step, sub(1, done));
      const h = mul(share, time);
      const slopes: Vector<N>[] = [motion(y)];
      let next = y;
      for (const weights of stages) {
        next = add(y, combined(weights, slopes, h)) as Vector<N>;
        slopes.push(motion(next));
      }
      const scale = mul(add(maximum(abs(y), abs(next)), 1), tolerance);
      const error = div(combined(difference, slopes, h), scale) as Vector<N>;
      const size = maximum(sqrt(mean(mul(error, error) as Vector<N>)), 1e-10);
      const isAccepted = lessEqual(size, 1);
      return {
        y: where(isAccepted, next, y) as Vector<N>,
        done: where(isAccepted, add(done, share), done),
        step: mul(share, clip(mul(pow(size, -0.2), 0.9), 0.2, 5)),
        count: add(count, 1),
      };
    },
    start,
  );
  return end.y;
};

/**
 * y after this time, differentiable by the start and the rates: a(t) = ∂L/∂y(t) obeys da/dt = -a ∂f/∂y, and is followed backwards together
 * with y and ∂L/∂rates.
 */
export const solve = (field: Field, time: number) =>
  customVjp(
    (y0: State, rates: Rates): State => integrate((y) => field(y, rates), y0, time),
    (y0, rates) => {
      const y1 = integrate((y) => field(y, rates), y0, time);
      return [y1, { y1, rates }];
    },
    ({ y1, rates }, cotangent) => {
      const backwards = (all: Tensor<[8], f64>): Tensor<[8], f64> => {
        const [y, a] = [all.slice(0, 0, 2), all.slice(0, 2, 2)];
        const [slope, pullback] = vjp(field, y, rates);
        return concatenate([slope, ...pullback(neg(a))], 0);
      };
      const start = concatenate([y1, cotangent, zeros([4], f64)], 0);
      const end = integrate(backwards, start, -time);
      return [end.slice(0, 2, 2), end.slice(0, 4, 4)];
    },
  );

/** The same by equal steps of the classical method of Runge and Kutta, differentiated step by step. */
export const solveByScan =
  (field: Field, time: number, steps: number) =>
  (y0: State, rates: Rates): State => {
    const h = time / steps;
    const [y1] = scan(
      (y) => {
        const k1 = field(y, rates);
        const k2 = field(add(y, mul(k1, h / 2)), rates);
        const k3 = field(add(y, mul(k2, h / 2)), rates);
        const k4 = field(add(y, mul(k3, h)), rates);
        return [add(y, mul(add(add(k1, k4), mul(add(k2, k3), 2)), h / 6)), null];
      },
      y0,
      null,
      { length: steps },
    );
    return y1;
  };

/** Lotka and Volterra: hares x and lynxes y with x' = a x - b x y, y' = c x y - d y. */
export const predation: Field = (state, rates) => {
  const [x, y] = [state.at(0), state.at(1)];
  const met = mul(x, y);
  return stack([sub(mul(rates.at(0), x), mul(rates.at(1), met)), sub(mul(rates.at(2), met), mul(rates.at(3), y))]);
};

const truth = [1.5, 1, 1, 3] as const;
const first = tensor([1, 1], f64);
const forward = solve(predation, 0.5);

type Counts = Tensor<[number, 2], f64>;
/** How many animals there are every half year. */
export const follow = (rates: Rates, years: number): Counts =>
  scan(
    (y) => {
      const next = forward(y, rates);
      return [next, next];
    },
    first,
    null,
    { length: 2 * years },
  )[1] as Counts;

/** The rates found from counts, starting from a guess. */
export const fit = (steps: number, years = 4) => {
  const counts = follow(tensor(truth, f64), years);
  const loss = (rates: Rates): Scalar<f64> => {
    const off = sub(follow(rates, years), counts) as Counts;
    return sum(mul(off, off)) as Scalar<f64>;
  };
  const optimizer = adam<Rates>({ learningRate: 0.02 });
  const update = jit((rates: Rates, state: ReturnType<typeof optimizer.init>) => {
    const [value, gradient] = valueAndGrad(loss)(rates);
    const [updates, next] = optimizer.update(gradient, state, rates);
    return [value, applyUpdates(rates, updates), next] as const;
  });
  let rates: Rates = tensor([1.3, 0.9, 1.1, 2.7], f64);
  let state = optimizer.init(rates);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const [value, nextRates, nextState] = update(rates, state);
    losses.push(value.item());
    [rates, state] = [nextRates, nextState];
  }
  const worst = Math.max(...rates.toArray().map((r, i) => Math.abs(r / (truth[i] as number) - 1)));
  return { losses, worst };
};

export const example: Example = {
  name: 'predators',
  summary: 'the rates of hares and lynxes from their counts, by the adjoint of an adaptive solver',
  sources: [],
  goals: { 'largest relative error of a rate': { atMost: { full: 0.001, quick: 0.05 } } },
  run: ({ quick }) =>
    TE.fromIO(() => ({
      parameters: 4,
      results: { 'largest relative error of a rate': fit(quick ? 80 : 400).worst },
    })),
};
