// An adaptive solver of ordinary differential equations as a whileLoop: steps of fifth order, as long as the difference from one of fourth
// order allows. J. R. Dormand, P. J. Prince, A family of embedded Runge-Kutta formulae (1980).
import {
  abs,
  add,
  clip,
  type Dim,
  div,
  f64,
  i32,
  less,
  lessEqual,
  logicalAnd,
  maximum,
  mean,
  minimum,
  mul,
  pow,
  type Scalar,
  sqrt,
  sub,
  type Tensor,
  tensor,
  where,
  whileLoop,
} from 'adjoint';

export type Vector<N extends Dim> = Tensor<[N], f64>;
/** dy/dt. */
export type Motion<N extends Dim> = (y: Vector<N>) => Vector<N>;

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
export const integrate = <N extends Dim>(motion: Motion<N>, y0: Vector<N>, time: number): Vector<N> => {
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
