// A neural ordinary differential equation: a network is the velocity of a point, learned from pieces of a spiral. The gradient is that of the
// continuous adjoint, an equation solved backwards, so that nothing inside a step is kept.
// R. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud, Neural ordinary differential equations (2018). Run it: `npm run example -- ode`.
import {
  type AnyTensor,
  abs,
  add,
  customVjp,
  type i32,
  jit,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  scan,
  stack,
  sub,
  type Tensor,
  take,
  tanh,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  zerosLike,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { adam, applyUpdates, cosineDecay } from 'adjoint/optim';
import * as random from 'adjoint/random';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';
import { train } from './catalogue/training';

type Points = Tensor<[number, 2]>;
/** A step of Runge and Kutta's fourth order from a tree of tensors. */
const rungeKutta = <Y>(f: (y: Y) => Y, y: Y, h: number): Y => {
  const along = (from: Y, slope: Y, by: number): Y =>
    tree.map((a: AnyTensor, b: AnyTensor): AnyTensor => add(a, mul(b, by)), from, slope as NoInfer<Y>);
  const k1 = f(y);
  const k2 = f(along(y, k1, h / 2));
  const k3 = f(along(y, k2, h / 2));
  const k4 = f(along(y, k3, h));
  return along(along(along(along(y, k1, h / 6), k2, h / 3), k3, h / 3), k4, h / 6);
};

// The velocity.

export const init = (key: random.Key) => {
  const [k1, k2] = random.split(key);
  return {
    hidden: nn.initLinear(k1, { inputs: 2, outputs: 50 }),
    out: nn.initLinear(k2, { inputs: 50, outputs: 2, weight: nn.initialisers.normal(0.1) }),
  };
};
export type Params = ReturnType<typeof init>;
export const velocity = (p: Params, y: Points): Points =>
  pipe(mul(mul(y, y), y), nn.linear(p.hidden), tanh, nn.linear(p.out));

// The solver.

/** Where points are after 1, 2, ... steps of h, if f is their velocity. */
export const path =
  <P>(f: (p: P, y: Points) => Points, h: number, steps: number) =>
  (p: P, start: Points): Tensor<[number, number, 2]> => {
    const step = (y: Points) => {
      const next = rungeKutta((x: Points) => f(p, x), y, h);
      return [next, next] as const;
    };
    return scan(step, start, null, { length: steps })[1];
  };

/** The same with the adjoint for a gradient: a' = -a ∂f/∂y along the way back, and -a ∂f/∂p added up. */
export const pathByAdjoint = (f: typeof velocity, h: number, steps: number) => {
  const forwards = path(f, h, steps);
  return customVjp(
    forwards,
    (p: Params, start: Points) => {
      const ys = forwards(p, start);
      return [ys, { p, ys }];
    },
    ({ p, ys }, cotangents) => {
      interface Back {
        readonly y: Points;
        readonly a: Points;
        readonly p: Params;
      }
      const back = ({ y, a }: Back): Back => {
        const [dy, pull] = vjp(f, p, y);
        const [dp, da] = pull(neg(a));
        return { y: dy, a: da, p: dp };
      };
      const step = (s: Back, x: { readonly y: Points; readonly ct: Points }) => {
        // At every point the loss has a say, and the path is where it was.
        const at = { ...s, y: x.y, a: add(s.a, x.ct) };
        return [rungeKutta(back, at, -h), null] as const;
      };
      const last: Points = ys.at(-1);
      const none = { y: last, a: zerosLike(last), p: tree.map((w) => zerosLike(w), p) };
      const [end] = scan(step, none, { y: ys, ct: cotangents }, { reverse: true });
      return [end.p, end.a];
    },
  );
};

const [h, steps, batch, count] = [0.025, 10, 64, 1000] as const;
/** y' = y³ A. */
const spiral = (_: null, y: Points): Points =>
  matmul(
    mul(mul(y, y), y),
    tensor([
      [-0.1, 2],
      [-2, -0.1],
    ]),
  );

export const example: Example = {
  name: 'ode',
  summary: 'a neural differential equation learns a spiral; its gradient by the continuous adjoint',
  sources: [],
  goals: { 'error along the spiral': { atMost: { full: 0.15, quick: 0.7 } } },
  run: (context) => {
    const [initKey, rowKey] = random.split(random.key(context.seed));
    const all = context.quick ? 500 : 3000;
    const start = tensor([[2, 0]]).as([1 as number, 2]);
    const truth = jit((y: Points) => path(spiral, h, count)(null, y))(start);
    const optimiser = adam({ learningRate: cosineDecay({ from: 5e-3, steps: all }) });
    const params = init(initKey);
    const initial = { params, optimiser: optimiser.init(params), key: rowKey };
    const solve = pathByAdjoint(velocity, h, steps);
    /** Pieces of the spiral, from places at random. */
    const loss = (p: Params, rows: Tensor<[number], i32>) => {
      const at = (shift: number): Points => take(reshape(truth, [count, 2]), add(rows, shift), 0);
      const pieces = stack(Array.from({ length: steps }, (_, i) => at(i + 1)));
      return mean(abs(sub(solve(p, at(0)), pieces)));
    };
    const step = jit((s: typeof initial, _: number) => {
      const [now, key] = random.split(s.key);
      const rows = random.randint(now, [batch as number], 0, count - steps);
      const [l, gradients] = valueAndGrad(loss)(s.params, rows);
      const [updates, next] = optimiser.update(gradients, s.optimiser, s.params);
      return [{ params: applyUpdates(s.params, updates), optimiser: next, key }, { loss: l }] as const;
    });
    return pipe(
      train(context, step, initial, (from) => Array.from({ length: all - from }, () => 0), {
        name: 'velocity',
        steps: all,
      }),
      TE.map((end) => {
        const own = jit((p: Params) => path(velocity, h, count)(p, start))(end.params);
        return {
          parameters: parameterCount(params),
          results: { 'error along the spiral': mean(abs(sub(own, truth))).item() },
        };
      }),
    );
  },
};
