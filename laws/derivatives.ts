// Laws of derivatives for any function of flat arrays, to second order and in both modes, as plain boolean functions.
import { evaluator, runUnder } from '../src/core/interpreter';
import type { Value } from '../src/core/value';
import type { Arrays } from './compare';
import { all, close, near, scaleOf } from './compare';
import { type FlatFunction, mapRows, pull, push } from './flat';
import { type Lanes, lane, sameAsLanes, stacked } from './primitive';
import { centralDifference, concrete, inner, innerScale } from './vectors';

/** The step of central differences, and what a derivative may be off, relative to the scale of what was differentiated. */
export interface Precision {
  readonly step: number;
  readonly tolerance: number;
}
/** For float64 inputs. */
export const double: Precision = { step: 1e-5, tolerance: 1e-6 };
/** For float32 inputs. */
export const single: Precision = { step: 1e-2, tolerance: 2e-2 };

export const evaluate = (f: FlatFunction, xs: readonly Value[]): Arrays =>
  runUnder(evaluator, () => f(...xs).map(concrete));

/** Forward mode gives what central differences give. */
export const forwardIsDifference =
  (f: FlatFunction, { step, tolerance }: Precision = double) =>
  (xs: Arrays, ts: Arrays): boolean => {
    const actual = evaluate(push(f, ts), xs);
    const expected = centralDifference((at) => evaluate(f, at), xs, ts, step);
    const scale = scaleOf(...evaluate(f, xs));
    return all((a, b) => close(a, b, tolerance * (1 + scale)), actual, expected);
  };

/** Reverse mode is the adjoint of forward mode: <pull(ct), t> = <ct, push(t)>. */
export const reverseIsAdjoint =
  (f: FlatFunction, tolerance = 1e-9) =>
  (xs: Arrays, ts: Arrays, cts: Arrays): boolean => {
    const [pushed, pulled] = [evaluate(push(f, ts), xs), evaluate(pull(f, cts), xs)];
    const scale = Math.max(innerScale(pushed, cts), innerScale(pulled, ts));
    return near(inner(pushed, cts), inner(pulled, ts), tolerance, scale);
  };

/** Forward over forward: the derivative of push is what central differences of push give. */
export const secondForward =
  (f: FlatFunction, precision: Precision = double) =>
  (xs: Arrays, ts: Arrays, us: Arrays): boolean =>
    forwardIsDifference(push(f, ts), precision)(xs, us);

/** Forward over reverse: the derivative of pull is what central differences of pull give. */
export const forwardOverReverse =
  (f: FlatFunction, precision: Precision = double) =>
  (xs: Arrays, cts: Arrays, us: Arrays): boolean =>
    forwardIsDifference(pull(f, cts), precision)(xs, us);

/** Reverse over forward and reverse over reverse are the adjoints of forward over those. */
export const secondReverse =
  (f: FlatFunction, tolerance = 1e-9) =>
  (xs: Arrays, ts: Arrays, cts: Arrays, us: Arrays): boolean =>
    reverseIsAdjoint(push(f, ts), tolerance)(xs, us, cts) && reverseIsAdjoint(pull(f, cts), tolerance)(xs, us, ts);

/** vmap of forward and of reverse mode are those modes of every lane. */
export const derivativesBatch =
  (f: FlatFunction, tolerance = 1e-9) =>
  (data: Lanes, ts: Arrays, cts: Arrays): boolean => {
    const batches = (g: FlatFunction): boolean => {
      const together = evaluate(mapRows(g, data.size, data.mapped), stacked(data));
      const template = evaluate(g, lane(data, 0));
      return sameAsLanes(
        data.size,
        together,
        together.map(() => true),
        template.map((y) => y.aval),
        (i) => evaluate(g, lane(data, i)),
        (a, b) => close(a, b, tolerance * (1 + scaleOf(...template))),
      );
    };
    return batches(push(f, ts)) && batches(pull(f, cts));
  };
