// Adam inside a jitted jax-js step, written out (its published optimiser does not run under jit).
import { numpy as np } from '@jax-js/jax';
import { map, mapWithIndex } from 'fp-ts/lib/Record.js';

type Params<K extends string> = Record<K, np.Array>;
export type State<K extends string> = {
  params: Params<K>;
  mean: Params<K>;
  square: Params<K>;
  count: np.Array;
};

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

export const start = <K extends string>(params: Params<K>): State<K> => ({
  params,
  mean: map((p: np.Array) => np.zeros(p.shape))(params),
  square: map((p: np.Array) => np.zeros(p.shape))(params),
  count: np.zeros([]),
});

const refs = map((p: np.Array) => p.ref);

/** From a function that gives a loss and its gradient, to the step that follows it. */
export const step =
  <K extends string, A extends np.Array[]>(
    valueAndGrad: (params: Params<K>, ...rest: A) => [np.Array, Params<K>],
    learningRate: number,
  ) =>
  (state: State<K>, ...rest: A): [State<K>, np.Array] => {
    const [loss, gradients] = valueAndGrad(refs(state.params), ...rest);
    const count = state.count.add(1);
    const meanBias = np.subtract(1, np.power(beta1, count.ref));
    const squareBias = np.subtract(1, np.power(beta2, count.ref));
    const mean = mapWithIndex((k: K, g: np.Array) => state.mean[k].mul(beta1).add(g.mul(1 - beta1)))(refs(gradients));
    const square = mapWithIndex((k: K, g: np.Array) => state.square[k].mul(beta2).add(np.square(g).mul(1 - beta2)))(
      gradients,
    );
    const params = mapWithIndex((k: K, p: np.Array) => {
      const root = np.sqrt(square[k].ref.div(squareBias.ref)).add(epsilon);
      return p.sub(mean[k].ref.div(meanBias.ref).div(root).mul(learningRate));
    })(state.params);
    meanBias.dispose();
    squareBias.dispose();
    return [{ params, mean, square, count }, loss];
  };
