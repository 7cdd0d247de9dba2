// L-BFGS as a pure function of its state: it runs under jit, under vmap and in loops.
import { type AnyTensor, type bool, type Loss, type Scalar, TreeError, tree, valueAndGrad } from '../index';
import {
  abs,
  add,
  atMost,
  concatenate,
  div,
  expandDims,
  greater,
  isfinite,
  knownOptions,
  lessEqual,
  logicalAnd,
  logicalNot,
  max,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  scan,
  slice,
  sub,
  sum,
  where,
  whileLoop,
  zeros,
} from '../untyped';

export interface LbfgsSolverOptions {
  /** How many pairs of steps and changes of the gradient make the model of the curvature, 10 by default. */
  readonly memory?: number;
  /** Evaluations of one line search at most, 25 by default. */
  readonly searches?: number;
}
/** Where the search is, and what it remembers: tensors only. */
export interface LbfgsState<P> {
  readonly params: P;
  readonly value: Scalar;
  /** The largest element of the gradient. */
  readonly error: Scalar;
  /** No step was found that leads down: the state stays as it is. */
  readonly stuck: Scalar<bool>;
  /** All leaves in a row: [n]. */
  readonly gradient: AnyTensor;
  /** The last pairs, the newest at the end: [memory, n]. */
  readonly steps: AnyTensor;
  readonly changes: AnyTensor;
  /** 1 / (step · change) of every pair, 0 where there is none yet: [memory]. */
  readonly weights: AnyTensor;
}
export interface LbfgsSolver<P> {
  readonly init: (params: P) => LbfgsState<P>;
  readonly update: (state: LbfgsState<P>) => LbfgsState<P>;
}

const dot = (x: AnyTensor, y: AnyTensor): AnyTensor => sum(mul(x, y));
/** x + a y. */
const plus = (x: AnyTensor, a: AnyTensor, y: AnyTensor): AnyTensor => add(x, mul(a, y));
const lastOf = (x: AnyTensor): AnyTensor => reshape(slice(x, 0, (x.shape[0] as number) - 1, 1), [...x.shape.slice(1)]);

type Memory = Pick<LbfgsState<unknown>, 'steps' | 'changes' | 'weights'>;
/** The two-loop recursion: the inverse of the curvature that the pairs tell, times the gradient (Nocedal and Wright, algorithm 7.4). */
const newtonStep = (gradient: AnyTensor, { steps, changes, weights }: Memory): AnyTensor => {
  type Row = readonly [step: AnyTensor, change: AnyTensor, weight: AnyTensor];
  const rows: Row = [steps, changes, weights];
  const [q, shares] = scan(
    (v: AnyTensor, [step, change, weight]: Row): readonly [AnyTensor, AnyTensor] => {
      const share = mul(weight, dot(step, v));
      return [plus(v, neg(share), change), share];
    },
    gradient,
    rows,
    { reverse: true },
  );
  const [weight, change] = [lastOf(weights), lastOf(changes)];
  const none = lessEqual(weight, 0);
  const squared = where(none, 1, mul(weight, dot(change, change)));
  // Without a model the first step has length 1 in the sum of its elements at most.
  const cautious = div(1, maximum(sum(abs(gradient)), 1));
  const scale = where(none, cautious, div(1, squared));
  const [r] = scan(
    (v: AnyTensor, [[step, changed, w], share]: readonly [Row, AnyTensor]): readonly [AnyTensor, null] => [
      plus(v, sub(share, mul(w, dot(changed, v))), step),
      null,
    ],
    mul(scale, q),
    [rows, shares] as const,
  );
  return r;
};

/** What a step must gain, as a part of what the slope promises. */
const descent = 1e-4;
type Search = readonly [length: AnyTensor, value: AnyTensor, count: AnyTensor];

/**
 * L-BFGS whose steps are pure functions of tensors, for use under `jit`, `vmap`, `scan` and `whileLoop`: `lbfgs` decides in
 * JavaScript instead, with a sharper line search and a model in double precision. The line search goes back from a whole step by
 * the minima of parabolas until the value has gone down enough (Armijo's condition; Nocedal and Wright, section 3.1); pairs
 * without positive curvature are left out. All leaves have one dtype, f32 or f64. The state after a step that finds no way
 * down is `stuck`.
 *
 * @throws TreeError when the leaves have several dtypes
 * @example
 * const bowl = (p) => sum(square(sub(p.x, tensor([1, -2]))));
 * const solver = lbfgsSolver(bowl);
 * const found = jit((p) => foriLoop(0, 10, (_, state) => solver.update(state), solver.init(p)))({ x: zeros([2]) });
 * found.params.x.toArray().map(Math.round) // => [1, -2]
 */
export const lbfgsSolver = function <P>(loss: (params: P) => Loss, options: LbfgsSolverOptions = {}): LbfgsSolver<P> {
  atMost('lbfgsSolver', arguments, 2);
  const { memory = 10, searches = 25 } = knownOptions('lbfgsSolver', options, ['memory', 'searches']);
  const rowOf = (params: P): AnyTensor => {
    const leaves = tree.leaves(params);
    const dtypes = [...new Set(leaves.map(({ dtype }) => dtype.name))];
    if (dtypes.length !== 1)
      throw new TreeError(
        `lbfgsSolver: all leaves must have one dtype, got ${dtypes.join(', ') || 'no leaves'}. Convert them with astype.`,
      );
    return concatenate(
      leaves.map((x: AnyTensor): AnyTensor => reshape(x, [-1])),
      0,
    );
  };
  /** The tree of a row, with the structure of another. */
  const treeOf = (row: AnyTensor, like: P): P => {
    const [leaves, rebuild] = tree.flatten(like);
    let from = 0;
    const parts = leaves.map((leaf: AnyTensor): AnyTensor => {
      from += leaf.size;
      return reshape(slice(row, 0, from - leaf.size, leaf.size), [...leaf.shape]);
    });
    // Tensors in the places of tensors.
    return rebuild(parts) as P;
  };
  const lookAt = (params: P): readonly [AnyTensor, AnyTensor] => {
    const [value, gradient] = valueAndGrad((p: P) => loss(p))(params) as readonly [AnyTensor, P];
    return [value, rowOf(gradient)];
  };
  const errorOf = (gradient: AnyTensor): AnyTensor => max(abs(gradient));
  return {
    init: (params) => {
      const [value, gradient] = lookAt(params);
      const [n, dtype] = [gradient.shape[0] as number, gradient.dtype];
      const empty = zeros([memory, n], dtype);
      const error = errorOf(gradient);
      const stuck: Scalar<bool> = logicalNot(isfinite(value));
      return { params, value, error, stuck, gradient, steps: empty, changes: empty, weights: zeros([memory], dtype) };
    },
    update: (state) => {
      const { params, gradient } = state;
      const value: AnyTensor = state.value;
      const x = rowOf(params);
      const newton = neg(newtonStep(gradient, state));
      // A model that rounding has spoilt leads up: then the way is down the gradient.
      const leadsDown = greater(0, dot(newton, gradient));
      const direction = where(leadsDown, newton, neg(gradient));
      const slope = dot(direction, gradient);
      const valueAt = (t: AnyTensor): AnyTensor => loss(treeOf(plus(x, t, direction), params));
      const isLow = ([t, v]: Search): AnyTensor => lessEqual(v, add(value, mul(mul(t, descent), slope)));
      const one = add(mul(slope, 0), 1);
      const start: Search = [one, valueAt(one), one];
      const [length, reached, count] = whileLoop<Search>(
        (search) => logicalAnd(logicalNot(isLow(search)), lessEqual(search[2], searches - 1)),
        ([t, v, tried]) => {
          // The minimum of the parabola through both values and the slope, between a tenth and a half of the step.
          const bend = sub(sub(v, value), mul(t, slope));
          const lowest = div(mul(neg(slope), mul(t, t)), mul(bend, 2));
          const known = logicalAnd(isfinite(lowest), isfinite(v));
          const half = mul(t, 0.5);
          const next = where(known, maximum(minimum(lowest, half), mul(t, 0.1)), half);
          return [next, valueAt(next), add(tried, 1)];
        },
        start,
      );
      const moved = logicalAnd(isLow([length, reached, count]), greater(0, slope));
      const to = where(moved, plus(x, length, direction), x);
      const after = treeOf(to, params);
      const [seen, slopes] = lookAt(after);
      const [step, change] = [sub(to, x), sub(slopes, gradient)];
      const product = dot(step, change);
      const curved = greater(product, mul(dot(change, change), 1e-10));
      const kept = (old: AnyTensor, fresh: AnyTensor): AnyTensor =>
        where(curved, concatenate([slice(old, 0, 1, memory - 1), expandDims(fresh, 0)], 0), old);
      return {
        params: after,
        value: seen,
        error: errorOf(slopes),
        stuck: logicalNot(moved),
        gradient: slopes,
        steps: kept(state.steps, step),
        changes: kept(state.changes, change),
        weights: kept(state.weights, div(1, where(curved, product, 1))),
      };
    },
  };
};
