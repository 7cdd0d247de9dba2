// The transforms on functions of flat lists of arrays: what the laws of derivatives compare.
import { isFloat } from '../src/core/dtype';
import { LinearOperand, type Tangent, Zero } from '../src/core/primitive';
import type { Value } from '../src/core/value';
import { instantiate } from '../src/primitives/fill';
import { materialise } from '../src/primitives/kinds';
import { batchFlat } from '../src/transforms/batch';
import type { FlatFunction } from '../src/transforms/function';
import { jvpFlat } from '../src/transforms/jvp';
import { linearizeFlat } from '../src/transforms/linearize';
import { backwardPass } from '../src/transforms/transpose';

export type { FlatFunction };

const tangentsFor = (xs: readonly Value[], ts: readonly Value[]): Tangent[] =>
  xs.map((x, i) => (isFloat(x.dtype) ? (ts[i] as Value) : new Zero(x.aval)));

/** x ↦ ∂f(x)·t, with a tangent for every argument (those of integers do not count) and every result. */
export const push =
  (f: FlatFunction, ts: readonly Value[]): FlatFunction =>
  (...xs) =>
    jvpFlat('laws', f, xs, tangentsFor(xs, ts)).tangents.map(instantiate);

/** x ↦ ∂f(x)ᵀ·ct, with a cotangent for every argument. */
export const pull =
  (f: FlatFunction, cts: readonly Value[]): FlatFunction =>
  (...xs) => {
    const { primals, program } = linearizeFlat('laws', f, xs);
    const holes = program.jaxpr.inputs.slice(program.consts.length).map((v) => new LinearOperand(v.aval));
    const cotangents = tangentsFor(primals, cts);
    const out = backwardPass(program.jaxpr, [...program.consts, ...holes], cotangents);
    let next = program.consts.length;
    return xs.map((x) => instantiate(isFloat(x.dtype) ? (out[next++] as Tangent) : new Zero(x.aval)));
  };

/** f for every row of the mapped arguments; all results have rows. */
export const mapRows =
  (f: FlatFunction, size: number, mapped: readonly boolean[]): FlatFunction =>
  (...xs) => {
    const out = batchFlat('laws', size, f, xs, mapped);
    return out.values.map((y, i) => materialise(size, y, out.mapped[i] as boolean));
  };
