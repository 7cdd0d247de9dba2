// Laws at the same programs: a mapped program is the program of every lane, and reverse mode is the transpose of forward mode.
import { allocate, f32, isFloat } from '../../../src/core/dtype';
import { type ConcreteArray, concreteArray, type Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { materialise } from '../../../src/primitives/kinds';
import { jvp, vjp } from '../../../src/transforms';
import { batchFlat } from '../../../src/transforms/batch';
import { NotApplicable } from '../ledger';
import { type Program, sameBits } from './program';

const stacked = (x: Value, y: Value): Value =>
  lax.concatenate([lax.reshape(x, [1, ...x.shape]), lax.reshape(y, [1, ...y.shape])], 0);
const lane = (x: Value, i: number): ConcreteArray => {
  const start = x.shape.map((_, d) => (d === 0 ? i : 0));
  const limit = x.shape.map((n, d) => (d === 0 ? i + 1 : n));
  return lax.reshape(lax.slice(x, start, limit), x.shape.slice(1)).concrete('lane');
};
const reversed = (x: Value): Value =>
  lax.rev(
    x,
    x.shape.map((_, d) => d),
  );

/** Every input mapped alone, then all: both lanes bit for bit as without vmap. */
export const verifyBatching = ({ inputs, apply, hasLoops }: Program): void => {
  if (inputs.length === 0) throw new NotApplicable('a program without inputs');
  // The trips of loops were counted for these inputs; others might take more.
  const others = inputs.map((x) => (hasLoops ? x : reversed(x)));
  const masks = inputs.map((_, i) => inputs.map((_x, j) => i === j));
  if (inputs.length > 1) masks.push(inputs.map(() => true));
  const first = apply(...inputs);
  for (const mapped of masks) {
    const second = apply(...inputs.map((x, i) => (mapped[i] ? (others[i] as Value) : x)));
    const args = inputs.map((x, i) => (mapped[i] ? stacked(x, others[i] as Value) : x));
    const out = batchFlat('vmap', 2, apply, args, mapped);
    out.values.forEach((value, i) => {
      const both = materialise(2, value, out.mapped[i] as boolean);
      [first, second].forEach((wanted, l) => {
        if (!sameBits(lane(both, l), (wanted[i] as Value).concrete('lane')))
          throw new Error(
            `vmap over inputs (${mapped.flatMap((m, j) => (m ? [j] : []))}): lane ${l} of result ${i} differs`,
          );
      });
    });
  }
};

/** Numbers in [-1, 1) that look random and are the same every time. */
const direction = ({ shape, dtype }: Value, seed: number): ConcreteArray => {
  const size = shape.reduce((m, n) => m * n, 1);
  const out = allocate(dtype, size);
  for (let i = 0, state = seed; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = isFloat(dtype) ? state / 2147483648 - 1 : 0;
  }
  return concreteArray(shape, dtype, out);
};

/** Σ xᵢ·yᵢ and Σ |xᵢ·yᵢ| over float tensors, in double precision. */
const inner = (xs: readonly Value[], ys: readonly Value[]): readonly [number, number] => {
  let [sum, size] = [0, 0];
  xs.forEach((x, k) => {
    if (!isFloat(x.dtype)) return;
    const [a, b] = [x.concrete('inner').data, (ys[k] as Value).concrete('inner').data];
    for (let i = 0; i < a.length; i++) {
      const product = (a[i] as number) * (b[i] as number);
      sum += product;
      size += Math.abs(product);
    }
  });
  return [sum, size];
};

/** ⟨ct, ∂f·t⟩ = ⟨∂fᵀ·ct, t⟩, up to rounding. */
export const verifyTransposition = ({ inputs, apply, hasLoops }: Program): void => {
  if (!inputs.some((x) => isFloat(x.dtype))) throw new NotApplicable('no float among the inputs');
  const results = apply(...inputs);
  if (!results.some((y) => isFloat(y.dtype))) throw new NotApplicable('no float among the results');
  if (hasLoops) throw new NotApplicable('derivatives of a program with loops');
  const tangents = inputs.map((x, i) => direction(x, i + 1));
  const cotangents = results.map((y, i) => direction(y, i + 101));
  const forward = jvp as unknown as (
    f: typeof apply,
    primals: readonly Value[],
    tangents: readonly Value[],
  ) => readonly [readonly Value[], readonly Value[]];
  const reverse = vjp as unknown as (
    f: typeof apply,
    ...primals: readonly Value[]
  ) => readonly [readonly Value[], (cts: readonly Value[]) => readonly Value[]];
  const [, pushed] = forward(apply, inputs, tangents);
  const [, pullback] = reverse(apply, ...inputs);
  const [left, size] = inner(cotangents, pushed);
  const [right, otherSize] = inner(pullback(cotangents), tangents);
  if (!Number.isFinite(left)) throw new NotApplicable('derivative that is not finite at these inputs');
  const precision = [...inputs, ...results].some((y) => y.dtype === f32) ? 1e-4 : 1e-12;
  if (!(Math.abs(left - right) <= precision * (size + otherSize)))
    throw new Error(`vjp is not the transpose of jvp: ${left} against ${right}`);
};
