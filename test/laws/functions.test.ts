// Laws of trees, of derivatives in derivatives, and of public functions.
import { f64, type Tensor } from 'adjoint';
import * as laws from 'adjoint/laws';
import { key } from 'adjoint/random';
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { anyTensor, treeOf } from '../../laws/arbitraries';
import { derivatives, noConfusion } from '../../laws/confusion';
import * as law from '../../laws/functions';
import * as trees from '../../laws/trees';
import { neg, reshape } from '../../src/primitives';
import { runs } from './runs';

describe('trees', () => {
  const tree = treeOf(anyTensor({ maxRank: 2 }));
  const holds = (name: string, test: (t: unknown) => boolean): void =>
    it(name, () => fc.assert(fc.property(tree, test), runs(300)));
  holds('unflatten(flatten(t)) = t', trees.roundTrip);
  holds('the path of a leaf leads to it', trees.pathsLead);
  holds('map(id) = id', trees.mapIdentity);
  holds('map(g ∘ f) = map(g) ∘ map(f)', (t) =>
    trees.mapComposition(
      (x) => (x.dtype.kind === 'bool' ? x : neg(x)),
      (x) => reshape(x, [x.size]),
    )(t),
  );
  holds('the order of keys does not matter', trees.keyOrder);
});

describe('perturbations are not confused', () => {
  const number = fc.integer({ min: -20, max: 20 }).map((i) => i / 8);
  for (const [outer, d] of Object.entries(derivatives))
    for (const [inner, e] of Object.entries(derivatives))
      it(`${inner} inside ${outer}`, () => fc.assert(fc.property(number, number, noConfusion(d, e)), runs(4)));
});

describe('public functions', () => {
  const lines: fc.Arbitrary<Tensor<number[], f64>> = laws
    .shape({ minRank: 1, maxRank: 3 })
    .chain((shape) => laws.tensor<number[], f64>(shape, { dtype: f64 }));
  const vector: fc.Arbitrary<Tensor<number[], f64>> = fc
    .nat({ max: 12 })
    .chain((n) => laws.tensor<number[], f64>([n], { dtype: f64, domain: laws.domains.someEqual }));
  const keys = fc.integer().map((seed) => key(seed));
  const holds = <T>(name: string, arbitrary: fc.Arbitrary<T>, test: (x: T) => boolean): void =>
    it(name, () => fc.assert(fc.property(arbitrary, test), runs(100)));
  holds('softmax is a distribution', lines, law.softmaxIsDistribution);
  holds('softmax(x + c) = softmax(x)', fc.tuple(lines, fc.integer({ min: -1000, max: 1000 })), ([x, c]) =>
    law.softmaxIgnoresShift(x, c),
  );
  holds('logSoftmax = log(softmax)', lines, law.logSoftmaxIsLog);
  holds('cumsum ends in the sum', vector, law.cumsumEndsInSum);
  holds('sort is a permutation', vector, law.sortIsPermutation);
  holds('split keys are distinct', fc.tuple(keys, fc.integer({ min: 1, max: 40 })), ([k, n]) =>
    law.splitKeysAreDistinct(k, n),
  );
  holds('permutation is a bijection', fc.tuple(keys, fc.nat({ max: 60 })), ([k, n]) =>
    law.permutationIsBijection(k, n),
  );
});
