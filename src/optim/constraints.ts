// Parameters that stay in a set: projections after every step.
import { type AnyTensor, clip, div, maximum, minimum, mul, sqrt, square, sub, sum, tree } from '../index';
import { applyUpdates } from './applyUpdates';
import type { Selector } from './regularise';
import { type GradientTransformation, type Stateless, stateless } from './transformation';

/** From any weights to the nearest ones that are allowed. */
export type Projection = (w: AnyTensor) => AnyTensor;

const lengths = (w: AnyTensor, axis: number): AnyTensor => sqrt(sum(square(w), axis, { keepDims: true }));
/** Keeps the division finite where all weights are 0, as Keras does. */
const tiny = 1e-7;

/**
 * Vectors along the axis (the first one) at most `limit` long.
 *
 * @example
 * maxNorm(1)(tensor([[3, 0.3], [4, 0.4]])).at(0).toArray().map((x) => Math.round(10 * x)) // => [6, 3]
 */
export const maxNorm =
  (limit: number, axis = 0): Projection =>
  (w) => {
    const norm = lengths(w, axis);
    return mul(w, div(minimum(norm, limit), maximum(norm, tiny)));
  };
/**
 * Vectors along the axis (the first one) of a length between two limits.
 *
 * @example
 * minMaxNorm(1, 2)(tensor([[0.3, 3], [0.4, 4]])).at(0).toArray().map((x) => Math.round(10 * x)) // => [6, 12]
 */
export const minMaxNorm =
  (min: number, max: number, axis = 0): Projection =>
  (w) => {
    const norm = lengths(w, axis);
    return mul(w, div(clip(norm, min, max), maximum(norm, tiny)));
  };
/**
 * Vectors of length 1 along the axis (the first one).
 *
 * @example
 * unitNorm()(tensor([[3], [4]])).ravel().toArray().map((x) => Math.round(10 * x)) // => [6, 8]
 */
export const unitNorm =
  (axis = 0): Projection =>
  (w) =>
    div(w, maximum(lengths(w, axis), tiny));
/**
 * No weight below 0.
 *
 * @example
 * nonNegative(tensor([-1, 2])).toArray() // => [0, 2]
 */
export const nonNegative: Projection = (w) => maximum(w, 0);

/**
 * The last part of a chain: makes the selected leaves (all) obey after the step, project(w + update) - w.
 *
 * @example
 * constrain(nonNegative).update(tensor([-3, 1]), null, tensor([1, 1]))[0].toArray() // => [-1, 1]
 */
export const constrain = (project: Projection, select: Selector = () => true): GradientTransformation<Stateless> =>
  stateless(<P>(updates: P, params: P): P => {
    const paths = tree.paths(params);
    const [after, rebuild] = tree.flatten(applyUpdates(params, updates));
    const [before, steps] = [tree.leaves(params), tree.leaves(updates)];
    const allowed = after.map((w, i): AnyTensor => {
      const [old, step] = [before[i] as AnyTensor, steps[i] as AnyTensor];
      return select(old, paths[i] as string) ? sub(project(w), old) : step;
    });
    // Tensors in the places of tensors.
    return rebuild(allowed) as P;
  });
