// Text from a model, a token at a time.
import { type AnyTensor, ArgumentError, type i32, i32 as int32, jit, type Shape, type Tensor, tensor } from '../index';
import { categorical, foldIn, type Key } from '../random';
import {
  argmax,
  atMost,
  cumsum,
  div,
  greaterEqual,
  knownOptions,
  topK as largest,
  less,
  min,
  reshape,
  slice,
  softmax,
  sort,
  sub,
  where,
} from '../untyped';

export interface SamplingOptions {
  /** What scores are divided by: 1 by default, less for safer choices; 0 takes the best. */
  readonly temperature?: number;
  /** Only the k best are drawn from. */
  readonly topK?: number;
  /** Only the fewest that together have this probability are drawn from (Holtzman et al., 2020). */
  readonly topP?: number;
}

const checked = (options: SamplingOptions): SamplingOptions => {
  const { temperature = 1, topK = 1, topP = 1 } = options;
  if (!(temperature >= 0)) throw new ArgumentError(`sampling: temperature must be at least 0, got ${temperature}.`);
  if (!Number.isInteger(topK) || topK < 1)
    throw new ArgumentError(`sampling: topK must be a positive integer, got ${topK}.`);
  if (!(topP > 0 && topP <= 1)) throw new ArgumentError(`sampling: topP must be in (0, 1], got ${topP}.`);
  return options;
};
const among = (scores: AnyTensor, least: AnyTensor): AnyTensor =>
  where(greaterEqual(scores, least), scores, Number.NEGATIVE_INFINITY);
const amongBest = (scores: AnyTensor, k: number): AnyTensor => {
  const [best]: readonly AnyTensor[] = largest(scores, Math.min(k, scores.shape[scores.ndim - 1] as number));
  return among(scores, min(best, -1, { keepDims: true }));
};
const amongLikely = (scores: AnyTensor, p: number): AnyTensor => {
  const ordered = sort(scores, -1, { descending: true });
  const chances = softmax(ordered);
  // What comes before a score decides, so that the best is always kept.
  const before = sub(cumsum(chances, -1 as never), chances);
  const kept = where(less(before, p), ordered, Number.POSITIVE_INFINITY);
  return among(scores, min(kept, -1, { keepDims: true }));
};

/**
 * Tokens drawn by their scores [...N, V]: divided by the temperature, then cut to the k best, then to the likeliest of total
 * probability p. Scores that equal the least that is kept are kept.
 *
 * @throws ArgumentError for a negative temperature, a topK that is no positive integer, a topP outside (0, 1]
 * @example
 * sampleToken(random.key(0), tensor([[1, 3, 2], [5, 0, 1]]), { topK: 1 }).toArray() // => [1, 0]
 */
export const sampleToken = function <N extends Shape>(
  key: Key,
  scores: Tensor<[...N, number]>,
  options: SamplingOptions = {},
): Tensor<N, i32> {
  atMost('sampleToken', arguments, 3);
  knownOptions('sampleToken', options, ['temperature', 'topK', 'topP']);
  const { temperature = 1, topK, topP } = checked(options);
  const all: AnyTensor = scores;
  const best = argmax(all, -1);
  if (temperature === 0) return best;
  const warm = div(all, temperature);
  const few = topK === undefined ? warm : amongBest(warm, topK);
  const drawn: AnyTensor = categorical(key, topP === undefined ? few : amongLikely(few, topP));
  return drawn;
};

/** Scores [1, T, V] of what follows each of the next T tokens, and what is then remembered. */
export type DecodingStep<P, Cache> = (
  p: P,
  cache: Cache,
  ids: Tensor<[1, number], i32>,
) => readonly [scores: Tensor<[1, number, number]>, cache: Cache];

/**
 * Tokens that continue a prompt, drawn one after the other without end: take as many as there is room for in the cache. The whole prompt is
 * one call of the model, and every token after it one more: two compiled programs, and another for every other length of a prompt.
 *
 * @throws ArgumentError for options as of sampleToken, and for an empty prompt
 * @example
 * const scores = (table, seen, ids) => [take(table, ids, 0), seen];
 * const next = generator(scores, { temperature: 0 })(tensor([[0, 1, 0], [0, 0, 1], [1, 0, 0]]), null, [0], random.key(0));
 * [next.next().value, next.next().value, next.next().value] // => [1, 2, 0]
 */
export const generator = function <P, Cache>(decode: DecodingStep<P, Cache>, options: SamplingOptions = {}) {
  atMost('generator', arguments, 2);
  knownOptions('generator', options, ['temperature', 'topK', 'topP']);
  const settings = checked(options);
  const step = (p: P, cache: Cache, ids: Tensor<[1, number], i32>, key: Key) => {
    const [scores, next] = decode(p, cache, ids);
    const last = slice(scores, 1, ids.shape[1] - 1, 1);
    const token: Tensor<[1, number], i32> = sampleToken(key, last, settings);
    return [token, next] as const;
  };
  // The first cache is the caller's; those that follow nobody else has.
  const [first, later] = [jit(step), jit(step, { donate: 1 })];
  return function* (p: P, cache: Cache, prompt: ArrayLike<number>, key: Key): Generator<number, never> {
    if (prompt.length === 0)
      throw new ArgumentError('generator: the prompt is empty; begin with the token that begins texts.');
    let ids: Tensor<[1, number], i32> = reshape(tensor(Int32Array.from(prompt), int32), [1, prompt.length]);
    let seen = cache;
    for (let place = prompt.length; ; place++) {
      [ids, seen] = (place === prompt.length ? first : later)(p, seen, ids, foldIn(key, place));
      yield ids.item();
    }
  };
};
