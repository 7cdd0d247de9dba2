// Ordinary differential equations and their adjoint: the gradient of an adaptive solver is found by solving another equation backwards, in
// memory that does not grow with the steps. R. T. Q. Chen et al., Neural Ordinary Differential Equations (2018). Run it: `npm run example -- predators`.
import {
  add,
  concatenate,
  customVjp,
  f64,
  jit,
  mul,
  neg,
  type Scalar,
  scan,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  zeros,
} from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Example } from './catalogue/example';
import { integrate } from './dormandPrince';

export type State = Tensor<[2], f64>;
export type Rates = Tensor<[4], f64>;
/** dy/dt, where nothing else depends on the time. */
export type Field = (y: State, rates: Rates) => State;

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
