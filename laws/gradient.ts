// For users: the derivatives of any function of theirs, against finite differences.
import * as fc from 'fast-check';
import { isFloat } from '../src/core/dtype';
import { AdjointError } from '../src/core/errors';
import { flatten, leafPaths, type TreeDef } from '../src/core/tree';
import { type ConcreteArray, concreteArray, type Value } from '../src/core/value';
import { type AnyFunction, flattenFunction } from '../src/transforms/function';
import type { Arrays } from './compare';
import { scaleOf } from './compare';
import { double, evaluate, type Precision, single } from './derivatives';
import { type FlatFunction, pull, push } from './flat';
import { along, concrete, inner, zerosLike } from './vectors';

/** A derivative that is not what finite differences give. */
export class GradientError extends AdjointError {
  override readonly name = 'GradientError';
}

export interface GradientOptions {
  /** Up to which derivative: 1 unless given. The second is checked forward and reverse over reverse. */
  readonly order?: 1 | 2;
  /** Which modes: both unless given. */
  readonly modes?: readonly ('forward' | 'reverse')[];
  /** The step of the differences, in units of a standard normal direction: 1e-5 for f64, 1e-2 for f32. */
  readonly step?: number;
  /** What may be off, relative to the larger of 1 and the results: 1e-6 for f64, 2e-2 for f32. */
  readonly tolerance?: number;
}

/** Standard normal numbers from a seed (mulberry32, Box and Muller), so that a failing direction can be had again. */
const normals = (seed: number): (() => number) => {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
};
const directionsFor = (xs: Arrays, next: () => number): ConcreteArray[] =>
  xs.map((x) => {
    if (!isFloat(x.dtype)) return zerosLike(x.aval);
    const data = x.data.slice();
    for (let i = 0; i < data.length; i++) data[i] = next();
    return concreteArray(x.shape, x.dtype, data);
  });

const floatsOf = (xs: readonly Value[]): Value[] => xs.filter((x) => isFloat(x.dtype));

/** Slopes of <ct, f> along t on both sides, and how far they are apart when the step is halved. */
const differences = (f: FlatFunction, xs: Arrays, ts: Arrays, cts: Arrays, step: number) => {
  const at = (c: number): number =>
    inner(
      evaluate(
        f,
        xs.map((x, i) => along(x, c, ts[i] as ConcreteArray)),
      ),
      cts,
    );
  const slopes = (h: number) => {
    const [ahead, here, behind] = [at(h), at(0), at(-h)];
    return { central: (ahead - behind) / (2 * h), bend: Math.abs(ahead - 2 * here + behind) / h };
  };
  const [whole, half] = [slopes(step), slopes(step / 2)];
  return {
    slope: whole.central,
    bends: [whole.bend, half.bend] as const,
    spread: Math.abs(whole.central - half.central),
  };
};

/**
 * Whether a function has a kink within a step of the point, or is too rough for the step: where it is smooth, the
 * difference of the slopes on both sides halves with the step, and the central slopes agree.
 */
const isRough = ({ bends: [whole, half], spread }: ReturnType<typeof differences>, allowed: number): boolean =>
  spread > allowed / 2 || (half > allowed && half > 0.75 * whole);

const compare = (
  trail: string,
  mode: string,
  where: string,
  [got, wanted]: readonly [number, number],
  allowed: number,
): void => {
  if (Math.abs(got - wanted) <= allowed) return;
  throw new GradientError(
    `laws.gradient: ${trail}${mode} mode, by ${where}: got a slope of ${got}, finite differences give ${wanted} (off by ${Math.abs(got - wanted)}, allowed ${allowed}).`,
  );
};

const allFinite = (xs: Arrays): boolean => xs.every((x) => x.data.every(Number.isFinite));

const check = (
  f: FlatFunction,
  xs: Arrays,
  names: readonly string[],
  options: GradientOptions,
  next: () => number,
  trail: string,
): void => {
  const { order = 1, modes = ['forward', 'reverse'] } = options;
  const precision: Precision = xs.some((x) => x.dtype.name === 'f32') ? single : double;
  const { step, tolerance } = { ...precision, ...options };
  const results = evaluate(f, xs);
  const cts = directionsFor(results, next);
  const pulled = modes.includes('reverse') ? evaluate(pull(f, cts), xs) : [];
  fc.pre(allFinite(results));
  xs.forEach((x, i) => {
    if (!isFloat(x.dtype)) return;
    const ts = directionsFor(xs, next).map((t, k) => (k === i ? t : zerosLike(t.aval)));
    const measured = differences(f, xs, ts, cts, step);
    const scale = Math.max(1, Math.abs(measured.slope), scaleOf(...results) * scaleOf(...cts));
    fc.pre(!isRough(measured, tolerance * scale));
    const where = names[i] as string;
    if (modes.includes('forward')) {
      const slope = inner(evaluate(push(f, ts), xs), cts);
      compare(trail, 'forward', where, [slope, measured.slope], tolerance * scale);
    }
    if (modes.includes('reverse'))
      compare(trail, 'reverse', where, [inner(pulled, ts), measured.slope], tolerance * scale);
  });
  if (order === 2)
    check(pull(f, cts), xs, names, { ...options, order: 1 }, next, `${trail}derivative of the gradient, `);
};

const leafNames = (def: TreeDef): string[] =>
  leafPaths(def).map((path) => {
    const [, argument, rest] = /^\[(\d+)\](.*)$/.exec(path) as unknown as readonly [string, string, string];
    return rest === '' ? `argument ${argument}` : `leaf ${rest} of argument ${argument}`;
  });

/**
 * A property: at the arguments drawn, the derivatives of f in both modes are what central differences give, by every
 * float leaf of every argument.
 *
 * f takes and gives trees; the arbitrary draws the list of its arguments. float64 arguments are far sharper than float32
 * ones. Points within a step of a kink, and points where f is not finite, are passed over.
 *
 * @throws GradientError (from the property) naming the mode and the leaf
 * @example
 * const params = fc.record({ w: laws.tensor([3, 2], { dtype: f64 }), b: laws.tensor([2], { dtype: f64 }) });
 * const x = laws.tensor([4, 3], { dtype: f64 });
 * fc.assert(laws.gradient((p, x) => mean(square(add(matmul(x, p.w), p.b))), fc.tuple(params, x), { order: 2 }));
 */
export const gradient = <A extends unknown[]>(
  f: (...args: A) => unknown,
  args: fc.Arbitrary<A>,
  options: GradientOptions = {},
): fc.IPropertyWithHooks<[A, number]> =>
  fc.property(args, fc.integer(), (drawn, seed) => {
    const { leaves, def } = flatten(drawn);
    const flat = flattenFunction('laws.gradient', f as AnyFunction, def);
    const floats: FlatFunction = (...xs) => floatsOf(flat.call(...xs));
    check(floats, leaves.map(concrete), leafNames(def), options, normals(seed), '');
  });
