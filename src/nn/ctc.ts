// Connectionist temporal classification: labels without their places in time.

import { type AnyTensor, type Dim, type i32, i32 as int32, pad, type Tensor } from '../index';
import {
  add,
  all,
  arange,
  astype,
  atMost,
  broadcastTo,
  composed,
  equal,
  expandDims,
  full,
  knownOptions,
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
  reshape,
  scan,
  slice,
  stack,
  takeAlongAxis,
  where,
} from '../untyped';
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
    ),
    1,
    0,
    size,
  );
};

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
  const inside = (size: number, lengths: AnyTensor): AnyTensor => less(arange(size), expandDims(lengths, 1));
  const counted = expandDims(inside(steps, logitLengths), 2);
  const logs = logSoftmax(where(counted, logits, 0), -1);
  const known = where(inside(count, labelLengths), given, blank);
  const { labels, valid } = checkLabels('ctcLoss', known, [batch, count, classes]);
  // Blanks around every label: [blank, l1, blank, l2, ..., blank].
  const blanks = full([batch, count], blank, int32);
  const pairs = reshape(stack([blanks, labels], 2), [batch, 2 * count]);
  const states: AnyTensor = pad(
    pairs,
    [
      [0, 0],
      [0, 1],
    ] as never,
    blank,
  );
  const places = arange(2 * count + 1);
  // A blank may be left out between two labels that differ.
  const before: AnyTensor = pad(
    slice(states, 1, 0, Math.max(2 * count - 1, 0)),
    [
      [0, 0],
      [2, 0],
    ] as never,
    blank,
  );
  const skips = logicalAnd(notEqual(states, blank), notEqual(states, before));
  // Before the first step there is the blank at the front, from which a blank or the first label follow.
  const start = broadcastTo(astype(where(equal(places, 0), 0, never), logs.dtype), [batch, 2 * count + 1]);
  const step = (alpha: AnyTensor, [t, now]: readonly [AnyTensor, AnyTensor]): readonly [AnyTensor, null] => {
    const stay = logaddexp(alpha, moved(alpha, 1));
    const reached = logaddexp(stay, where(skips, moved(alpha, 2), never));
    const running = expandDims(less(t, logitLengths), 1);
    return [where(running, add(reached, takeAlongAxis(now, states, 1)), alpha), null];
  };
  const [alpha] = scan(step, start, [arange(steps), moveaxis(logs, 1, 0)]);
  // A sequence ends with its last label or the blank behind it.
  const last = expandDims(mul(labelLengths, 2), 1);
  const row = expandDims(places, 0);
  const ends = logicalOr(equal(row, last), equal(add(row, 1), last));
  const y = neg(logsumexp(where(ends, alpha, never), -1));
  return valid === null ? y : where(all(valid, -1), y, Number.NaN);
});
