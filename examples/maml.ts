// Learning to learn: parameters from which one gradient step fits a new task, a sine of another amplitude and phase. The outer gradient
// goes through the inner one. C. Finn, P. Abbeel, S. Levine, Model-Agnostic Meta-Learning (2017).
// Run it: `npm run example -- maml`.
import {
  add,
  checkpoint,
  grad,
  jit,
  matmul,
  mean,
  mul,
  over,
  type Scalar,
  sin,
  sub,
  type Tensor,
  tanh,
  tree,
  valueAndGrad,
  vmap,
  zeros,
} from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import * as random from 'adjoint/random';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type Example, parameterCount } from './catalogue/example';

const [tasks, shots, hidden] = [16, 10, 24] as const;

const init = (key: random.Key) => {
  const [k1, k2, k3] = random.split(key, 3);
  return {
    first: random.normal(k1, [1, hidden]),
    bias: random.normal(k3, [hidden]),
    out: mul(random.normal(k2, [hidden, 1]), 0.2),
    shift: zeros([1]),
  };
};
type Params = ReturnType<typeof init>;
type Shots = Tensor<[10, 1]>;

const model = (p: Params, x: Shots): Shots => add(matmul(tanh(add(matmul(x, p.first), p.bias)), p.out), p.shift);
const loss = (p: Params, x: Shots, y: Shots): Scalar => {
  const wrong = sub(model(p, x), y);
  return mean(mul(wrong, wrong));
};

/** The parameters after one step on a task. */
export const adapt = (p: Params, x: Shots, y: Shots): Params =>
  tree.map((w, g) => sub(w, mul(g, 0.05)), p, grad(loss)(p, x, y));

interface Task {
  readonly x: Shots;
  readonly y: Shots;
  readonly newX: Shots;
  readonly newY: Shots;
}
/** How well the adapted parameters do on new points of the task. Its inner values are computed again for the outer gradient. */
const afterAdapting = checkpoint((p: Params, x: Shots, y: Shots, newX: Shots, newY: Shots) =>
  loss(adapt(p, x, y), newX, newY),
);
type Tasks = { readonly [K in keyof Task]: Tensor<[16, 10, 1]> };
export const metaLoss = (p: Params, t: Tasks): Scalar =>
  mean(vmap(afterAdapting, over(null, 0, 0, 0, 0))(p, t.x, t.y, t.newX, t.newY));

const sines = (key: random.Key): Tasks => {
  const [ka, kp, kx, kn] = random.split(key, 4);
  const amplitude = add(mul(random.uniform(ka, [tasks, 1, 1]), 1.5), 0.5);
  const phase = mul(random.uniform(kp, [tasks, 1, 1]), 3);
  const points = (k: random.Key): Tensor<[16, 10, 1]> => mul(sub(random.uniform(k, [tasks, shots, 1]), 0.5), 6);
  const at = (x: Tensor<[16, 10, 1]>): Tensor<[16, 10, 1]> => mul(amplitude, sin(add(x, phase)));
  const [x, newX] = [points(kx), points(kn)];
  return { x, y: at(x), newX, newY: at(newX) };
};

/** Meta-training; gives the losses after adapting. */
export const train = (steps: number, seed = 1): readonly number[] => {
  const optimiser = adam<Params>({ learningRate: 0.01 });
  let params = init(random.key(seed));
  let state = optimiser.init(params);
  const step = jit((p: Params, s: typeof state, t: Tasks) => {
    const [l, gradients] = valueAndGrad(metaLoss)(p, t);
    const [updates, next] = optimiser.update(gradients, s, p);
    return [applyUpdates(p, updates), next, l] as const;
  });
  return Array.from({ length: steps }, (_, i) => {
    const [p, s, l] = step(params, state, sines(random.foldIn(random.key(seed + 1), i)));
    [params, state] = [p, s];
    return l.item();
  });
};

const average = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

export const example: Example = {
  name: 'maml',
  summary: 'learning to learn: the gradient of a gradient step, over many tasks by vmap',
  sources: [],
  goals: { 'loss after adapting, of what it was': { atMost: { full: 0.3, quick: 0.6 } } },
  run: ({ seed, quick }) =>
    TE.fromIO(() => {
      const losses = train(quick ? 150 : 1000, seed);
      const [first, last] = [average(losses.slice(0, 10)), average(losses.slice(-20))];
      return {
        parameters: parameterCount(init(random.key(seed))),
        results: { 'loss after adapting': last, 'loss after adapting, of what it was': last / first },
      };
    }),
};
