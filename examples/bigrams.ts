// Logistic regression on pairs of neighbouring letters: what a network that reads names is compared with.
import {
  add,
  astype,
  equal,
  f32,
  grad,
  greater,
  jit,
  mean,
  mul,
  reshape,
  square,
  sum,
  type Tensor,
  zeros,
} from 'adjoint';
import * as nn from 'adjoint/nn';
import { adam, applyUpdates } from 'adjoint/optim';

/** Which pairs of letters names have, and which names are of the class. */
export interface Pairs {
  readonly counts: Tensor<[number, number]>;
  readonly labels: Tensor<[number]>;
}
/** The share of names that it tells right after learning from others. */
export const baseline = (learned: Pairs, tested: Pairs): number => {
  const optimiser = adam({ learningRate: 0.05 });
  type Weights = nn.Dense<number, 1>;
  const scores = (p: Weights, { counts }: Pairs): Tensor<[number]> => reshape(nn.linear(p)(counts), [counts.shape[0]]);
  // Without a penalty rare pairs are learned by heart.
  const cost = (p: Weights, pairs: Pairs) =>
    add(mean(nn.binaryCrossEntropy(scores(p, pairs), pairs.labels)), mul(sum(square(p.w)), 3e-4));
  const step = jit((s: typeof initial, pairs: Pairs) => {
    const [updates, next] = optimiser.update(grad(cost)(s.params, pairs), s.optimiser, s.params);
    return { params: applyUpdates(s.params, updates), optimiser: next };
  });
  const params: Weights = { w: zeros([learned.counts.shape[1], 1]), b: zeros([1]) };
  const initial = { params, optimiser: optimiser.init(params) };
  const end = Array.from({ length: 300 }).reduce((s: typeof initial) => step(s, learned), initial);
  return shareRight(scores(end.params, tested), tested.labels);
};

export const shareRight = (scores: Tensor<[number]>, labels: Tensor<[number]>): number =>
  mean(astype(equal(greater(scores, 0), greater(labels, 0.5)), f32)).item();

/** Neighbouring letters, the ends of the name included. */
export const pairsOf = (name: string): readonly string[] => [...`^${name}`].map((c, i) => `${c}${name[i] ?? '$'}`);
