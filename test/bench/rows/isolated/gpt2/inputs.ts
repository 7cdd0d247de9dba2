// The parameters of a GPT-2 of any size, by the names of `adjoint/models`.
import { type Real, real, weights } from '../../../inputs';

export interface Gpt2Sizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly positions: number;
}

type Matrix = Real<[number, number]>;
type Vector = Real<[number]>;
/** What to make of each parameter. */
export interface Leaves<M, V> {
  readonly matrix: (name: string, x: Matrix) => M;
  readonly vector: (name: string, x: Vector) => V;
}

/** All parameters; what is inside block i has a name that begins with `i.`. */
export const parameters = <M, V>(
  { layers, width, vocabulary, positions }: Gpt2Sizes,
  { matrix, vector }: Leaves<M, V>,
) => {
  const norm = (name: string, seed: number) => ({
    scale: vector(`${name}.scale`, real(seed, [width], 0.9, 1.1)),
    shift: vector(`${name}.shift`, real(seed + 1, [width], -0.1, 0.1)),
  });
  const linear = (name: string, seed: number, inputs: number, outputs: number) => ({
    w: matrix(`${name}.w`, weights(seed, [inputs, outputs], inputs)),
    b: vector(`${name}.b`, real(seed + 1, [outputs], -0.1, 0.1)),
  });
  const block = (i: number) => {
    const seed = 100 * (i + 1);
    return {
      norm1: norm(`${i}.norm1`, seed),
      attention: {
        query: linear(`${i}.query`, seed + 2, width, width),
        key: linear(`${i}.key`, seed + 4, width, width),
        value: linear(`${i}.value`, seed + 6, width, width),
        out: linear(`${i}.out`, seed + 8, width, width),
      },
      norm2: norm(`${i}.norm2`, seed + 10),
      feedForward: {
        up: linear(`${i}.up`, seed + 12, width, 4 * width),
        down: linear(`${i}.down`, seed + 14, 4 * width, width),
      },
    };
  };
  return {
    tokens: { table: matrix('tokens', weights(1, [vocabulary, width], width)) },
    positions: { table: matrix('positions', real(2, [positions, width], -1, 1)) },
    blocks: Array.from({ length: layers }, (_, i) => block(i)),
    norm: norm('norm', 3),
    head: null,
  };
};

/** The same by one name each. */
export const named = (sizes: Gpt2Sizes): Readonly<Record<string, Real>> => {
  const all: Record<string, Real> = {};
  const note = (name: string, x: Real): void => {
    all[name] = x;
  };
  parameters(sizes, { matrix: note, vector: note });
  return all;
};
