// Connectionist temporal classification: labels without their places in time.

import { atMost, knownOptions } from '../core/arguments';
import { composed } from '../core/composed';
import {
  type AnyTensor,
  add,
  all,
  arange,
  astype,
  broadcastTo,
  type Dim,
  equal,
  expandDims,
  full,
  type i32,
  i32 as int32,
  less,
  logaddexp,
  logicalAnd,
  logicalOr,
  logSoftmax,
  logsumexp,
  moveaxis,
  mul,
  neg,
  notEqual,
  pad,
  reshape,
  scan,
  slice,
  stack,
  type Tensor,
  takeAlongAxis,
  where,
} from '../index';
import { checkLabels } from './labels';

/** Less than the logarithm of any probability, yet finite. */
const never = -1e30;
/** x moved by n places along its last axis, with `never` coming in. */
const moved = (x: AnyTensor, n: number): AnyTensor => {
  const size = x.shape[x.ndim - 1] as number;
  return slice(
    pad(
      x,
      [
        [0, 0],
        [n, 0],
      ] as never,
      never,
    ) as AnyTensor,
    1,
    0,
    size,
  );
};

/** scan of elements of any shape. */
type AnyScan = <X>(
  step: (alpha: AnyTensor, x: X) => readonly [AnyTensor, null],
  start: AnyTensor,
  xs: X,
) => readonly [AnyTensor, null];

/**
 * Minus the log probability of each label sequence [B, L], summed over all ways to say it in T steps of logits
 * [B, T, C]: symbols may stay, and blanks (class 0 unless given) may stand between (Graves et al., 2006). Lengths say how
 * much of a sequence counts: what stands behind does not matter. Labels that are no class: an error where they are known, NaN where they
 * are traced.
 *
 * @throws AxisError when a known label that counts is no class
 * @example
 * const even = ctcLoss(zeros([1, 2, 2]), tensor([2], i32), tensor([[1]], i32), tensor([1], i32));
 * even.item().toFixed(4) // => '0.2877'
 */
export const ctcLoss = /* @__PURE__ */ composed(function <B extends Dim, T extends Dim, C extends Dim, L extends Dim>(
  logits: Tensor<[B, T, C]>,
  logitLengths: Tensor<[NoInfer<B>], i32>,
  given: Tensor<[NoInfer<B>, L], i32>,
  labelLengths: Tensor<[NoInfer<B>], i32>,
  options: { readonly blank?: number } = {},
): Tensor<[B]> {
  atMost('ctcLoss', arguments, 5);
  const { blank = 0 } = knownOptions('ctcLoss', options, ['blank']);
  const [batch, steps, classes] = logits.shape as readonly number[] as readonly [number, number, number];
  const count = given.shape[1] as number;
  const inside = (size: number, lengths: AnyTensor): AnyTensor =>
    less(arange(size) as AnyTensor, expandDims(lengths, 1) as AnyTensor);
  const counted: AnyTensor = expandDims(inside(steps, logitLengths), 2);
  const logs: AnyTensor = logSoftmax(where(counted, logits as AnyTensor, 0) as AnyTensor, -1);
  const known: AnyTensor = where(inside(count, labelLengths), given as AnyTensor, blank);
  const { labels, valid } = checkLabels('ctcLoss', known, [batch, count, classes]);
  // Blanks around every label: [blank, l1, blank, l2, ..., blank].
  const blanks: AnyTensor = full([batch, count], blank, int32);
  const pairs: AnyTensor = reshape(stack([blanks, labels], 2) as AnyTensor, [batch, 2 * count]);
  const states: AnyTensor = pad(
    pairs,
    [
      [0, 0],
      [0, 1],
    ] as never,
    blank,
  );
  const places: AnyTensor = arange(2 * count + 1);
  // A blank may be left out between two labels that differ.
  const before: AnyTensor = pad(
    slice(states, 1, 0, Math.max(2 * count - 1, 0)) as AnyTensor,
    [
      [0, 0],
      [2, 0],
    ] as never,
    blank,
  );
  const skips = logicalAnd(notEqual(states, blank) as AnyTensor, notEqual(states, before) as AnyTensor) as AnyTensor;
  // Before the first step there is the blank at the front, from which a blank or the first label follow.
  const start: AnyTensor = broadcastTo(astype(where(equal(places, 0), 0, never) as AnyTensor, logs.dtype), [
    batch,
    2 * count + 1,
  ]);
  const step = (alpha: AnyTensor, [t, now]: readonly [AnyTensor, AnyTensor]): readonly [AnyTensor, null] => {
    const stay: AnyTensor = logaddexp(alpha, moved(alpha, 1));
    const reached: AnyTensor = logaddexp(stay, where(skips, moved(alpha, 2), never) as AnyTensor);
    const running: AnyTensor = expandDims(less(t, logitLengths as AnyTensor) as AnyTensor, 1);
    return [where(running, add(reached, takeAlongAxis(now, states, 1) as AnyTensor), alpha), null];
  };
  const [alpha] = (scan as AnyScan)(step, start, [arange(steps), moveaxis(logs, 1, 0)]);
  // A sequence ends with its last label or the blank behind it.
  const last: AnyTensor = expandDims(mul(labelLengths as AnyTensor, 2) as AnyTensor, 1);
  const row: AnyTensor = expandDims(places, 0);
  const ends: AnyTensor = logicalOr(equal(row, last) as AnyTensor, equal(add(row, 1) as AnyTensor, last) as AnyTensor);
  const y: AnyTensor = neg(logsumexp(where(ends, alpha, never) as AnyTensor, -1));
  return valid === null ? y : where(all(valid, -1) as AnyTensor, y, Number.NaN);
});
