// The rows of a GPT-2 of its smallest published size: training, forward passes, generation with a cache.
import { classes } from '../../../inputs';
import type { IsolatedRow } from '../../../row';
import { alone, tooSlow } from '../alone';
import * as adjoint from './adjoint';
import { type Gpt2Sizes, named } from './inputs';

const label = ({ layers, width }: Gpt2Sizes): string => `GPT-2, ${layers} layers, d ${width}`;
/** Of a forward pass, with the scores of all places. */
const flops = ({ layers, width: d, vocabulary }: Gpt2Sizes, length: number): number =>
  length * (layers * (2 * 12 * d * d + 2 * 2 * length * d) + 2 * d * vocabulary);

export const adamRow = (sizes: Gpt2Sizes, length: number): IsolatedRow => {
  const [ids, targets] = [classes(6, [1, length], sizes.vocabulary), classes(7, [1, length], sizes.vocabulary)];
  const [learningRate, steps] = [1e-4, 2];
  return {
    ...alone,
    group: 'gpt2',
    name: `${label(sizes)}: Adam step of ${length}`,
    tolerance: 1e-2,
    flops: 3 * flops(sizes, length),
    js: tooSlow,
    adjoint: () => adjoint.adamSteps(sizes, ids, targets, learningRate, steps),
    python: {
      workload: 'gpt2_adam',
      sizes: { ...sizes, learningRate, steps },
      inputs: { ...named(sizes), ids, targets },
    },
  };
};

const forwardOf = (sizes: Gpt2Sizes, length: number, eager: boolean): IsolatedRow => {
  const ids = classes(6, [1, length], sizes.vocabulary);
  return {
    ...alone,
    group: 'gpt2',
    name: `${label(sizes)}: ${eager ? 'eager ' : ''}forward of ${length}`,
    tolerance: 1e-3,
    flops: flops(sizes, length),
    js: tooSlow,
    adjoint: () => adjoint.forward(sizes, ids, eager),
    python: { workload: eager ? 'gpt2_eager' : 'gpt2_forward', sizes: { ...sizes }, inputs: { ...named(sizes), ids } },
  };
};
export const forwardRow = (sizes: Gpt2Sizes, length: number): IsolatedRow => forwardOf(sizes, length, false);
export const eagerForwardRow = (sizes: Gpt2Sizes, length: number): IsolatedRow => forwardOf(sizes, length, true);

export const prefillRow = (sizes: Gpt2Sizes, length: number): IsolatedRow => {
  const prompts = Array.from({ length: 4 }, (_, i) => classes(10 + i, [1, length], sizes.vocabulary));
  return {
    ...alone,
    group: 'generation',
    name: `${label(sizes)}: prefill of ${length}`,
    tolerance: 0,
    js: tooSlow,
    adjoint: () => adjoint.prefill(sizes, prompts),
    python: {
      workload: 'gpt2_prefill',
      sizes: { ...sizes },
      inputs: { ...named(sizes), ...Object.fromEntries(prompts.map((prompt, i) => [`ids${i}`, prompt])) },
    },
  };
};

/** A token when `used` places of the cache's have been used. */
export const tokenRow = (sizes: Gpt2Sizes, used: number, places: number): IsolatedRow => {
  const count = 15;
  // One before the tokens that are timed begins the text.
  const ids = classes(6, [1, used - count - 1], sizes.vocabulary);
  return {
    ...alone,
    group: 'generation',
    name: `${label(sizes)}: token at ${used} of ${places}`,
    tolerance: 0,
    js: tooSlow,
    ...(used === places ? { series: { name: 'a token at the end of a cache, by places', size: places } } : {}),
    adjoint: () => adjoint.tokens(sizes, ids, places, count),
    python: { workload: 'gpt2_token', sizes: { ...sizes, places, count }, inputs: { ...named(sizes), ids } },
  };
};
