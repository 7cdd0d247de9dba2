// L-BFGS with a line search: minimises a loss of all data, by its values and gradients.

import { ArgumentError, jit, type Loss, tensor, tree, valueAndGrad } from '../index';
import { atMost, composed, knownOptions } from '../untyped';

export interface LbfgsOptions {
  /** Steps at most, 100 by default. */
  readonly steps?: number;
  /** How many pairs of steps and changes of the gradient make the model of the curvature, 10 by default. */
  readonly memory?: number;
  /** The largest element of the gradient that counts as zero, 1e-5 by default. */
  readonly tolerance?: number;
  /** Evaluations of one line search at most, 25 by default. */
  readonly searches?: number;
}
export interface Minimum<P> {
  readonly params: P;
  readonly value: number;
  /** The largest element of the gradient. */
  readonly gradient: number;
  readonly steps: number;
  readonly evaluations: number;
  /** Whether the gradient is zero, or no step is found that leads down any more, or there were no steps left. */
  readonly stopped: 'converged' | 'stuck' | 'steps';
}

type Vector = Float64Array<ArrayBuffer>;
const dot = (x: Vector, y: Vector): number => x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);
const plus = (x: Vector, a: number, y: Vector): Vector => x.map((v, i) => v + a * (y[i] as number));
const largest = (x: Vector): number => x.reduce((m, v) => Math.max(m, Math.abs(v)), 0);

/** A loss, and its gradient, at a point. */
interface Point {
  readonly x: Vector;
  readonly value: number;
  readonly gradient: Vector;
}
interface Pair {
  readonly step: Vector;
  readonly change: Vector;
}

/** The two-loop recursion: the inverse of the curvature that the pairs tell, times the gradient (Nocedal and Wright, algorithm 7.4). */
const newtonStep = (gradient: Vector, pairs: readonly Pair[]): Vector => {
  const backwards = [...pairs].reverse();
  const weights: number[] = [];
  let q = gradient;
  for (const { step, change } of backwards) {
    const weight = dot(step, q) / dot(step, change);
    weights.push(weight);
    q = plus(q, -weight, change);
  }
  const [last] = backwards;
  const scale = last === undefined ? 1 : dot(last.step, last.change) / dot(last.change, last.change);
  let r = q.map((v) => v * scale);
  for (const [i, { step, change }] of pairs.entries()) {
    const weight = weights[pairs.length - 1 - i] as number;
    r = plus(r, weight - dot(change, r) / dot(step, change), step);
  }
  return r;
};

/** The minimum of the cubic through two values and slopes, kept inside the interval; its middle where there is none. */
const cubicMinimum = (a: number, fa: number, da: number, b: number, fb: number, db: number): number => {
  const d1 = da + db - (3 * (fa - fb)) / (a - b);
  const square = d1 * d1 - da * db;
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const margin = 0.1 * (high - low);
  if (square < 0) return (a + b) / 2;
  const d2 = Math.sign(b - a) * Math.sqrt(square);
  const t = b - ((b - a) * (db + d2 - d1)) / (db - da + 2 * d2);
  return Number.isFinite(t) ? Math.min(Math.max(t, low + margin), high - margin) : (a + b) / 2;
};

/** Enough descent, and a slope that is flat enough: the strong Wolfe conditions, with the usual constants. */
const [descent, curvature] = [1e-4, 0.9];

/** A step along a direction that keeps the strong Wolfe conditions (Nocedal and Wright, algorithms 3.5 and 3.6), or null. */
const lineSearch = (
  at: (t: number) => Point,
  start: Point,
  direction: Vector,
  first: number,
  limit: number,
): Point | null => {
  const slope = dot(start.gradient, direction);
  const slopeOf = (p: Point): number => dot(p.gradient, direction);
  const isLow = (t: number, p: Point): boolean => p.value <= start.value + descent * t * slope;
  const isFlat = (p: Point): boolean => Math.abs(slopeOf(p)) <= -curvature * slope;
  let count = 0;
  let best: Point | null = null;
  const look = (t: number): Point => {
    count += 1;
    const p = at(t);
    if (isLow(t, p) && (best === null || p.value < best.value)) best = p;
    return p;
  };
  /** Between a low end and one that is too far. */
  const zoom = (a: number, atA: Point, b: number, atB: Point): Point | null => {
    let [low, lowPoint, high, highPoint] = [a, atA, b, atB];
    while (count < limit) {
      const finite = Number.isFinite(highPoint.value);
      const t = finite
        ? cubicMinimum(low, lowPoint.value, slopeOf(lowPoint), high, highPoint.value, slopeOf(highPoint))
        : (low + high) / 2;
      const p = look(t);
      if (!isLow(t, p) || p.value >= lowPoint.value) {
        [high, highPoint] = [t, p];
      } else {
        if (isFlat(p)) return p;
        if (slopeOf(p) * (high - low) >= 0) [high, highPoint] = [low, lowPoint];
        [low, lowPoint] = [t, p];
      }
    }
    return best;
  };
  let [before, beforePoint, t] = [0, start, first];
  while (count < limit) {
    const p = look(t);
    if (!Number.isFinite(p.value) || !isLow(t, p) || (before > 0 && p.value >= beforePoint.value))
      return zoom(before, beforePoint, t, p);
    if (isFlat(p)) return p;
    if (slopeOf(p) >= 0) return zoom(t, p, before, beforePoint);
    [before, beforePoint, t] = [t, p, 2 * t];
  }
  return best;
};

/**
 * Minimises a loss over a tree of float tensors by L-BFGS (Liu and Nocedal, 1989) with a line search for the strong Wolfe
 * conditions. The loss and its gradient run as one jitted program; the model of the curvature is kept in double
 * precision. Not for noisy losses of batches.
 *
 * @throws ArgumentError when the loss is not finite at the start
 * @example
 * const bowl = (p) => sum(square(sub(p.x, tensor([1, -2]))));
 * lbfgs(bowl, { x: zeros([2]) }).params.x.toArray().map(Math.round) // => [1, -2]
 */
export const lbfgs = /* @__PURE__ */ composed(function <P>(
  loss: (params: P) => Loss,
  initial: P,
  options: LbfgsOptions = {},
): Minimum<P> {
  atMost('lbfgs', arguments, 3);
  knownOptions('lbfgs', options, ['steps', 'memory', 'tolerance', 'searches']);
  const { steps = 100, memory = 10, tolerance = 1e-5, searches = 25 } = options;
  const [leaves, rebuild] = tree.flatten(initial);
  const flat = (params: unknown): Vector =>
    Float64Array.from(tree.leaves(params).flatMap((x) => Array.from(x.toTypedArray() as Float32Array)));
  const whole = (x: Vector): P => {
    let from = 0;
    const parts = leaves.map((leaf) => {
      const part = x.slice(from, from + leaf.size);
      from += leaf.size;
      return tensor(part, leaf.dtype).reshape([...leaf.shape]);
    });
    // Tensors in the places of tensors.
    return rebuild(parts) as P;
  };
  const evaluate = jit((params: P) => valueAndGrad((p: P) => loss(p))(params));
  let evaluations = 0;
  const pointAt = (x: Vector): Point => {
    evaluations += 1;
    const [value, gradient] = evaluate(whole(x)) as readonly [Loss, P];
    return { x, value: value.item(), gradient: flat(gradient) };
  };
  let point = pointAt(flat(initial));
  if (!Number.isFinite(point.value)) throw new ArgumentError(`lbfgs: the loss is ${point.value} at the start.`);
  let pairs: readonly Pair[] = [];
  const end = (count: number, stopped: Minimum<P>['stopped']): Minimum<P> => ({
    params: whole(point.x),
    value: point.value,
    gradient: largest(point.gradient),
    steps: count,
    evaluations,
    stopped,
  });
  for (let count = 0; count < steps; count++) {
    if (largest(point.gradient) <= tolerance) return end(count, 'converged');
    const from = point;
    const direction = newtonStep(from.gradient, pairs).map((v) => -v);
    const first = pairs.length === 0 ? Math.min(1, 1 / from.gradient.reduce((s, v) => s + Math.abs(v), 0)) : 1;
    const next = lineSearch((t) => pointAt(plus(from.x, t, direction)), from, direction, first, searches);
    if (next === null) {
      if (pairs.length === 0) return end(count, 'stuck');
      // A model that leads nowhere is forgotten, and the gradient tried.
      pairs = [];
      continue;
    }
    const pair = { step: plus(next.x, -1, from.x), change: plus(next.gradient, -1, from.gradient) };
    // Only pairs of positive curvature keep the model positive definite.
    if (dot(pair.step, pair.change) > 1e-10 * dot(pair.change, pair.change)) pairs = [...pairs, pair].slice(-memory);
    point = next;
  }
  return end(steps, largest(point.gradient) <= tolerance ? 'converged' : 'steps');
});
