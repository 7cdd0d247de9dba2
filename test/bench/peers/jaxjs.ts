// jax-js on its wasm backend. Its operations consume their arguments: `.ref` keeps one.
import { blockUntilReady, defaultDevice, type JsTree, numpy as np, tree } from '@jax-js/jax';
import { timeAsync } from '../clock';
import { type Input, labels, numbers } from '../inputs';
import type { Program } from '../row';

/** `init()` asks for `navigator`, which Node 20 lacks; choosing the device is enough. */
export const start = (): void => {
  defaultDevice('wasm');
};

export const asArray = (x: Input): np.Array =>
  x.kind === 'real'
    ? np.array(numbers(x), { shape: [...x.shape] })
    : np.array(labels(x), { shape: [...x.shape], dtype: np.int32 });

const numbersOf = async (x: np.Array): Promise<Float32Array> => Float32Array.from(await x.data());

/** The same call again and again. */
export const repeated = <T extends JsTree<np.Array>>(call: () => T): Program => ({
  values: () => Promise.all(tree.leaves<np.Array>(call()).map(numbersOf)),
  time: timeAsync(async () => {
    const result = call();
    await blockUntilReady(result);
    tree.dispose(result);
  }),
});

/** Steps that go on from each other; `watched` gives a reference of its own. */
export const training = <State extends JsTree<np.Array>>(
  first: State,
  step: (state: State) => [State, np.Array],
  watched: (state: State) => np.Array,
  steps: number,
): Program => {
  let state = first;
  const once = async (): Promise<np.Array> => {
    const [next, loss] = step(state);
    state = next;
    await blockUntilReady(state);
    await loss.blockUntilReady();
    return loss;
  };
  return {
    values: async () => {
      const before = await numbersOf(watched(first));
      const losses: number[] = [];
      for (let i = 0; i < steps; i++) losses.push(...(await numbersOf(await once())));
      const after = await numbersOf(watched(state));
      return [Float32Array.from(losses), after.map((x, i) => x - (before[i] ?? 0))];
    },
    time: timeAsync(async () => (await once()).dispose()),
  };
};
