// GPT-2 as users of adjoint run it: the model, the cache and the generator of `adjoint/models`.
import { type i32, jit, mean, type Tensor, valueAndGrad } from 'adjoint';
import {
  cachedGpt2,
  type DecodingStep,
  type Gpt2,
  type Gpt2Config,
  generator,
  gpt2,
  initGpt2Cache,
} from 'adjoint/models';
import { crossEntropy, type KvCache } from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';
import { key } from 'adjoint/random';
import { type Classes, labels } from '../../../inputs';
import { asLabels, asTensor, repeated, training } from '../../../peers/adjoint';
import type { Program } from '../../../row';
import { type Gpt2Sizes, parameters } from './inputs';

type Ids = Tensor<[number, number], i32>;
type Prompt = Classes<[number, number]>;

const configOf = ({ layers, width, heads, vocabulary, positions }: Gpt2Sizes): Gpt2Config => ({
  model_type: 'gpt2',
  vocab_size: vocabulary,
  n_positions: positions,
  n_embd: width,
  n_layer: layers,
  n_head: heads,
});
const paramsOf = (sizes: Gpt2Sizes): Gpt2 =>
  parameters(sizes, { matrix: (_, x) => asTensor(x), vector: (_, x) => asTensor(x) });

export const adamSteps = (
  sizes: Gpt2Sizes,
  given: Prompt,
  next: Prompt,
  learningRate: number,
  steps: number,
): Program => {
  const config = configOf(sizes);
  const params = paramsOf(sizes);
  const optimiser = adam<Gpt2>({ learningRate });
  const [ids, targets] = [asLabels(given), asLabels(next)];
  const loss = (p: Gpt2, x: Ids, y: Ids) => mean(crossEntropy(gpt2(p, config)(x), y));
  const start = { params, optimiser: optimiser.init(params) };
  const step = jit((state: typeof start, x: Ids, y: Ids) => {
    const [l, gradients] = valueAndGrad(loss)(state.params, x, y);
    const [updates, next] = optimiser.update(gradients, state.optimiser, state.params);
    return [{ params: applyUpdates(state.params, updates), optimiser: next }, l] as const;
  });
  return training(
    start,
    (state) => step(state, ids, targets),
    (state) => state.params.norm.scale,
    steps,
  );
};

/** Scores of all places, of which the last one's are compared. */
export const forward = (sizes: Gpt2Sizes, given: Prompt, eager: boolean): Program => {
  const config = configOf(sizes);
  const params = paramsOf(sizes);
  const ids = asLabels(given);
  const model = (p: Gpt2, x: Ids): Tensor<[number, number, number]> => gpt2(p, config)(x);
  const run = eager ? model : jit(model);
  return repeated(
    () => run(params, ids),
    (scores) => scores.slice(1, scores.shape[1] - 1, 1),
  );
};

const decoding =
  (config: Gpt2Config): DecodingStep<Gpt2, readonly KvCache[]> =>
  (p, cache, ids) =>
    cachedGpt2(p, config)(cache, ids);

/** From an empty cache, and one call for each prompt, to the token that follows it. */
export const prefill = (sizes: Gpt2Sizes, prompts: readonly Prompt[]): Program => {
  const config = configOf(sizes);
  const params = paramsOf(sizes);
  const next = generator(decoding(config), { temperature: 0 });
  const cache = initGpt2Cache(params, config, { batch: [1] });
  const ids = prompts.map(labels);
  const first = (prompt: ArrayLike<number>): number => next(params, cache, prompt, key(0)).next().value;
  let turn = 0;
  return {
    values: async () => [Float32Array.from(ids, first)],
    time: async (calls) => {
      const from = performance.now();
      for (let i = 0; i < calls; i++) first(ids[turn++ % ids.length] ?? []);
      return (performance.now() - from) / 1000;
    },
  };
};

/** Tokens after each other, the last of them after all of `given`; then again. What is before them is in the cache already. */
export const tokens = (sizes: Gpt2Sizes, given: Prompt, places: number, count: number): Program => {
  const config = configOf(sizes);
  const params = paramsOf(sizes);
  const next = generator(decoding(config), { temperature: 0 });
  const fill = jit((p: Gpt2, cache: readonly KvCache[], ids: Ids) => cachedGpt2(p, config)(cache, ids)[1]);
  const ids = asLabels(given);
  const cache = fill(params, initGpt2Cache(params, config, { batch: [1], length: places }), ids);
  const begin = (): Generator<number, never> => next(params, cache, [0], key(0));
  let [running, left] = [begin(), 0];
  const restart = (): void => {
    running = begin();
    // The caller's cache is copied by the first call, which is not one of those that are timed.
    running.next();
    left = count;
  };
  return {
    values: async () => {
      const drawn = begin();
      return [Float32Array.from({ length: count }, () => drawn.next().value)];
    },
    time: async (calls) => {
      let spent = 0;
      for (let i = 0; i < calls; i++, left--) {
        if (left === 0) restart();
        const from = performance.now();
        running.next();
        spent += performance.now() - from;
      }
      return spent / 1000;
    },
  };
};
