// Optimisers that look at a matrix as a whole.

import { type DType, recordOf } from '../core/dtype';
import { type AnyTensor, type i32, type Scalar, tree } from '../index';
import {
  add,
  astype,
  atMost,
  composed,
  div,
  expandDims,
  knownOptions,
  matmul,
  matrixTranspose,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  norm,
  pow,
  rsqrt,
  square,
  sub,
  zeros,
  zerosLike,
} from '../untyped';
import { type AdamwKind, adamw } from './adam';
import { firstStep, type Hyperparameter, type LearningRate } from './hyperparameter';
import { addDecayedWeights } from './regularise';
import { type LearningRateKind, scaleByLearningRate } from './scale';
import { type MultiKind, multiTransform } from './selected';
import { addMomentum, type VelocityKind } from './sgd';
import {
  type ChainKind,
  chain,
  type GradientTransformation,
  type OptimiserOf,
  type StateKind,
  type Stateless,
  stateless,
} from './transformation';

/** The quintic of Jordan (2024): it brings singular values into about 0.7 ... 1.2 in five steps. */
const [first, third, fifth] = [3.4445, -4.775, 2.0315];

/** The polar factor U Vᵀ of a matrix U S Vᵀ, about: Newton and Schulz's iteration with a polynomial of degree 5. */
const orthogonalised = (g: AnyTensor, steps: number, epsilon: number): AnyTensor => {
  const tall = (g.shape[0] as number) > (g.shape[1] as number);
  const wide: AnyTensor = tall ? matrixTranspose(g) : g;
  let x: AnyTensor = div(wide, maximum(norm(wide), epsilon));
  for (let i = 0; i < steps; i++) {
    const a = matmul(x, matrixTranspose(x));
    const b = add(mul(a, third), mul(matmul(a, a), fifth));
    x = add(mul(x, first), matmul(b, x));
  }
  return tall ? matrixTranspose(x) : x;
};

/**
 * Every matrix replaced by its nearest orthogonal one, times √max(1, rows / columns); leaves must be matrices.
 *
 * @example
 * scaleByOrthogonalisation().update(tensor([[2, 0], [0, 0.5]]), null, zeros([2, 2]))[0].toArray()[0][1] // => 0
 */
export const scaleByOrthogonalisation = /* @__PURE__ */ composed(function (
  options: { readonly steps?: number; readonly epsilon?: number } = {},
): GradientTransformation<Stateless> {
  atMost('scaleByOrthogonalisation', arguments, 1);
  const { steps = 5, epsilon = 1e-7 } = knownOptions('scaleByOrthogonalisation', options, ['steps', 'epsilon']);
  return stateless((updates) =>
    tree.map((g: AnyTensor): AnyTensor => {
      const [rows, columns] = g.shape as readonly [number, number];
      return mul(orthogonalised(g, steps, epsilon), Math.sqrt(Math.max(1, rows / columns)));
    }, updates),
  );
});

export interface MuonOptions {
  readonly learningRate: LearningRate;
  /** 0.95 by default, of Nesterov's kind. */
  readonly momentum?: Hyperparameter;
  /** 0.1 by default. */
  readonly weightDecay?: Hyperparameter;
  /** The learning rate of adamw for leaves that are no matrices: the same unless given. */
  readonly adamLearningRate?: LearningRate;
}
export interface MuonMatrixKind extends ChainKind<readonly [VelocityKind, Stateless, Stateless, LearningRateKind]> {}
export interface MuonKind extends MultiKind<{ readonly matrix: MuonMatrixKind; readonly other: AdamwKind }> {}
/**
 * Momentum made orthogonal for matrices, adamw for all other leaves: -learningRate · (√max(1, rows / columns) · U Vᵀ +
 * weightDecay · w) (Jordan et al., "Muon", 2024).
 *
 * @example
 * const { init, update } = muon({ learningRate: 0.5 });
 * const p = { w: zeros([2, 2]), b: zeros([2]) };
 * sign(update({ w: eye(2), b: tensor([1, -1]) }, init(p), p)[0].b).toArray() // => [-1, 1]
 */
export const muon: OptimiserOf<MuonOptions, MuonKind> = /* @__PURE__ */ composed(function (options: MuonOptions) {
  atMost('muon', arguments, 1);
  const {
    learningRate,
    momentum = 0.95,
    weightDecay = 0.1,
    adamLearningRate = learningRate,
  } = knownOptions('muon', options, ['learningRate', 'momentum', 'weightDecay', 'adamLearningRate']);
  return multiTransform(
    {
      matrix: chain(
        addMomentum({ decay: momentum, nesterov: true }),
        scaleByOrthogonalisation(),
        addDecayedWeights(weightDecay),
        scaleByLearningRate(learningRate),
      ),
      other: adamw({ learningRate: adamLearningRate, weightDecay }),
    },
    (x) => (x.ndim === 2 ? 'matrix' : 'other'),
  );
});

/** Means of squares by rows and by columns of a leaf; of every element where it is a vector or a scalar. */
export interface Factors<P> {
  readonly step: Scalar<i32>;
  readonly rows: P;
  readonly columns: P;
}
export interface FactorsKind extends StateKind {
  readonly state: Factors<this['params']>;
}
export interface AdafactorOptions {
  /** The largest step relative to the weights, 0.01 by default. */
  readonly learningRate?: number;
  /** Squares are forgotten at the rate t^exponent, -0.8 by default. */
  readonly exponent?: number;
  /** The least size of weights that steps are relative to, 1e-3 by default. */
  readonly epsilon?: number;
  /** The largest root mean square of an update, 1 by default. */
  readonly limit?: number;
  /** 0 by default. */
  readonly weightDecay?: number;
}

const rootMeanSquare = (x: AnyTensor): AnyTensor => div(norm(x), Math.sqrt(x.size));
const isFactored = (x: AnyTensor): boolean => x.ndim > 1;
/** The least mean of squares: the relative spacing of the dtype, as PyTorch has it. */
const floorOf = (x: AnyTensor): number => 2 ** (1 - recordOf(x.dtype as DType).digits);

/**
 * Adam's second moment kept as one row and one column of each matrix, steps relative to the size of the weights:
 * -max(ε, RMS(w)) · min(learningRate, 1/√t) · u / max(1, RMS(u) / limit), u = g / √v
 * (Shazeer and Stern, "Adafactor", 2018).
 *
 * @example
 * const { init, update } = adafactor({ learningRate: 0.5 });
 * sign(update(tensor([[2, -4]]), init(ones([1, 2])), ones([1, 2]))[0]).toArray() // => [[-1, 1]]
 */
export const adafactor = /* @__PURE__ */ composed(function (
  options: AdafactorOptions = {},
): GradientTransformation<FactorsKind> {
  atMost('adafactor', arguments, 1);
  const {
    learningRate = 0.01,
    exponent = -0.8,
    epsilon = 1e-3,
    limit = 1,
    weightDecay = 0,
  } = knownOptions('adafactor', options, ['learningRate', 'exponent', 'epsilon', 'limit', 'weightDecay']);
  return {
    // Factors are trees of the same structure, but of other shapes: what is kept of a vector lies in `rows`.
    init: (params) => ({
      step: firstStep(),
      rows: tree.map((w: AnyTensor): AnyTensor => zerosLike(isFactored(w) ? mean(w, -1) : w), params),
      columns: tree.map((w: AnyTensor): AnyTensor => (isFactored(w) ? zerosLike(mean(w, -2)) : zeros([0])), params),
    }),
    update: (updates, state, params) => {
      const step = add(state.step, 1);
      const follow = (old: AnyTensor, x: AnyTensor): AnyTensor => {
        const keep = pow(astype(step, x.dtype), exponent);
        return add(old, mul(sub(x, old), keep));
      };
      const rows = tree.map(
        (r: AnyTensor, g: AnyTensor) => follow(r, isFactored(g) ? mean(square(g), -1) : square(g)),
        state.rows,
        updates,
      );
      const columns = tree.map(
        (c: AnyTensor, g: AnyTensor) => (isFactored(g) ? follow(c, mean(square(g), -2)) : c),
        state.columns,
        updates,
      );
      const spread = (r: AnyTensor, c: AnyTensor): AnyTensor => {
        const average = maximum(mean(r, -1, { keepDims: true }), floorOf(r));
        return div(mul(expandDims(r, -1), expandDims(c, -2)), expandDims(average, -1));
      };
      const squares = tree.map(
        (g: AnyTensor, r: AnyTensor, c: AnyTensor): AnyTensor => (isFactored(g) ? spread(r, c) : r),
        updates,
        rows,
        columns,
      );
      const direction = (g: AnyTensor, v: AnyTensor, w: AnyTensor): AnyTensor => {
        const u = mul(g, rsqrt(maximum(v, floorOf(v) ** 2)));
        const rate = minimum(rsqrt(astype(step, w.dtype)), learningRate);
        const size = mul(maximum(rootMeanSquare(w), epsilon), rate);
        const shorter = div(u, maximum(div(rootMeanSquare(u), limit), 1));
        return neg(add(mul(shorter, size), mul(w, weightDecay * learningRate)));
      };
      return [tree.map(direction, updates, squares, params), { step, rows, columns }];
    },
  };
});
