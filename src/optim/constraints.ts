// Parameters that stay in a set: projections after every step.

import { type AnyTensor, tree } from '../index';
import {
  atMost,
  composed,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  maximum,
  mul,
  norm,
  sub,
  where,
} from '../untyped';
import { applyUpdates } from './applyUpdates';
import type { Selector } from './regularise';
import { type GradientTransformation, type Stateless, stateless } from './transformation';

/** From any weights to the nearest ones that are allowed. */
export type Projection = (w: AnyTensor) => AnyTensor;

const lengths = (w: AnyTensor, axis: number): AnyTensor => norm(w, axis, { keepDims: true });
/** w with vectors of another length; those of length 0 have no direction, and stay. */
const ofLength = (w: AnyTensor, length: AnyTensor, wanted: AnyTensor | number): AnyTensor => {
  const none = equal(length, 0);
  return where(none, 0, mul(div(w, where(none, 1, length)), wanted));
};

/**
 * Vectors along the axis (the first one) at most `limit` long: shorter ones stay as they are.
 *
 * @example
 * maxNorm(1)(tensor([[3, 0.3], [4, 0.4]])).at(0).toArray().map((x) => Math.round(10 * x)) // => [6, 3]
 */
export const maxNorm = /* @__PURE__ */ composed(function (limit: number, axis = 0): Projection {
  atMost('maxNorm', arguments, 2);
  return (w) => {
    const length = lengths(w, axis);
    return where(greater(length, limit), ofLength(w, length, limit), w);
  };
});
/**
 * Vectors along the axis (the first one) of a length between two limits; those of length 0 stay.
 *
 * @example
 * minMaxNorm(1, 2)(tensor([[0.3, 3], [0.4, 4]])).at(0).toArray().map((x) => Math.round(10 * x)) // => [6, 12]
 */
export const minMaxNorm = /* @__PURE__ */ composed(function (min: number, max: number, axis = 0): Projection {
  atMost('minMaxNorm', arguments, 3);
  return (w) => {
    const length = lengths(w, axis);
    const allowed = logicalAnd(greaterEqual(length, min), lessEqual(length, max));
    return where(allowed, w, ofLength(w, length, where(less(length, min), min, max)));
  };
});
/**
 * Vectors of length 1 along the axis (the first one); those of length 0 stay.
 *
 * @example
 * unitNorm()(tensor([[3], [4]])).ravel().toArray().map((x) => Math.round(10 * x)) // => [6, 8]
 */
export const unitNorm = /* @__PURE__ */ composed(function (axis = 0): Projection {
  atMost('unitNorm', arguments, 1);
  return (w) => ofLength(w, lengths(w, axis), 1);
});
/**
 * No weight below 0.
 *
 * @example
 * nonNegative(tensor([-1, 2])).toArray() // => [0, 2]
 */
export const nonNegative: Projection = /* @__PURE__ */ composed(function (w) {
  atMost('nonNegative', arguments, 1);
  return maximum(w, 0);
});

/**
 * The last part of a chain: makes the selected leaves (all) obey after the step, project(w + update) - w.
 *
 * @example
 * constrain(nonNegative).update(tensor([-3, 1]), null, tensor([1, 1]))[0].toArray() // => [-1, 1]
 */
export const constrain = /* @__PURE__ */ composed(function (
  project: Projection,
  select: Selector = () => true,
): GradientTransformation<Stateless> {
  atMost('constrain', arguments, 2);
  return stateless(<P>(updates: P, params: P): P => {
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
});
