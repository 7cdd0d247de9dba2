// The GPT's rows: its training step with plain gradient descent, and how long the first call takes as layers are added.
import type { Row } from '../../row';
import * as adjoint from './adjoint';
import { type GptInputs, gptInputs, learningRate, named, type Sizes } from './inputs';
import * as jaxjs from './jaxjs';
import * as tfjs from './tfjs';

const label = ({ layers, width, length, batch }: Sizes): string =>
  `GPT ${layers} layers, d ${width}, T ${length}, batch ${batch}`;

/** Three contractions for each of the forward pass. */
const flops = ({ layers, width: d, length, batch, vocabulary }: Sizes): number =>
  3 * batch * length * (layers * (2 * 12 * d * d + 2 * 2 * length * d) + 2 * d * vocabulary);

const entries = (
  sizes: Sizes,
  given: GptInputs,
  steps: number,
): Pick<Row, 'adjoint' | 'jaxjs' | 'tfjs' | 'python'> => ({
  adjoint: () => adjoint.open(sizes, given, steps),
  jaxjs: () => jaxjs.open(sizes, given, steps),
  tfjs: { backend: 'wasm', open: () => tfjs.open(sizes, given, steps) },
  python: { workload: 'gpt', sizes: { ...sizes, steps, learningRate }, inputs: named(given) },
});

export const gptRow = (sizes: Sizes): Row => ({
  group: 'gpt',
  name: label(sizes),
  tolerance: 1e-3,
  flops: flops(sizes),
  timed: 'steady',
  ...entries(sizes, gptInputs(sizes), 3),
});

export const firstCallRow = (sizes: Sizes): Row => ({
  group: 'first',
  name: `first call, ${label(sizes)}`,
  tolerance: 1e-3,
  timed: 'first',
  series: { name: 'first call of the GPT step, by layers', size: sizes.layers },
  ...entries(sizes, gptInputs(sizes), 1),
});
