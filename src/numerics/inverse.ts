// Inverse circular functions.
import {
  type Arithmetic,
  type BinaryFormula,
  type ByPrecision,
  type Coefficients,
  type Formula,
  odd,
  polynomial,
} from './arithmetic';
import { halves } from './pairs';

interface Arcs {
  /** π in two parts; the halves of both are exact. */
  readonly pi: readonly [number, number];
  /** (arcsin s - s) / s³ as a polynomial of s², |s| <= 1/2 (Remez). */
  readonly sine: Coefficients;
  /** (arctan t - t) / t³ as a polynomial of t², |t| <= 1 (Remez). */
  readonly tangent: Coefficients;
}
const arcs: ByPrecision<Arcs> = {
  f32: {
    pi: [3.1415927410125732, -8.742277657347586e-8],
    sine: [0.0422020331, 0.0241598412, 0.0454740673, 0.0749527067, 0.166667536],
    tangent: [
      0.00292069186, -0.0163679253, 0.043211855, -0.0755221322, 0.106660038, -0.142110556, 0.199937731, -0.333331525,
    ],
  },
  f64: {
    pi: [Math.PI, 1.2246467991473532e-16],
    sine: [
      0.03270465179162228, -0.021117709228566445, 0.02178917272360666, 0.003673710591864494, 0.010788666653488457,
      0.011397455855226009, 0.013980992849038398, 0.017351598138775844, 0.022372215730729898, 0.030381942682520223,
      0.04464285717511354, 0.07499999999970303, 0.16666666666666763,
    ],
    tangent: [
      1.3225155716781286e-5, -0.00015216163607610135, 0.0008313252606527325, -0.0028849276860734674,
      0.007196520231460026, -0.013900582846643725, 0.02198487603242936, -0.029903875660048755, 0.03664192083485022,
      -0.04219179391395076, 0.04722322360251497, -0.052535185872756296, 0.05880527820272065, -0.06666404058115118,
      0.07692279839296626, -0.09090907002984833, 0.11111111007025254, -0.14285714282575052, 0.1999999999995146,
      -0.3333333333333307,
    ],
  },
};

/** π or half of it, less an angle. */
const less = <E, C>(a: Arithmetic<E, C>, turn: 1 | 0.5, angle: E): E => {
  const [high, low] = arcs[a.precision].pi;
  return a.sub(a.constant(high * turn), a.sub(angle, a.constant(low * turn)));
};

/** arcsin |x| up to 1/2; above, half the arccosine: arccos |x| = 2 arcsin √((1 - |x|) / 2). NaN above 1. */
const arc = <E, C>(a: Arithmetic<E, C>, size: E): { readonly isLarge: C; readonly angle: E } => {
  const isLarge = a.lt(a.constant(0.5), size);
  const away = a.mul(a.sub(a.constant(1), size), a.constant(0.5));
  const z = a.select(isLarge, away, a.mul(size, size));
  const s = a.select(isLarge, a.sqrt(away), size);
  const angle = a.add(s, a.mul(a.mul(s, z), polynomial(a, z, arcs[a.precision].sine)));
  return { isLarge, angle: a.select(isLarge, a.add(angle, angle), angle) };
};

const asin32 = <E, C>(a: Arithmetic<E, C>, x: E): E =>
  odd(a, x, (size) => {
    const { isLarge, angle } = arc(a, size);
    return a.select(isLarge, less(a, 0.5, angle), angle);
  });

/** Above 1/2 the root in two parts, and π / 2 as two quarters: what cancels is exact, as in FreeBSD's msun, e_asin.c. */
const asin64 = <E, C>(a: Arithmetic<E, C>, x: E): E =>
  odd(a, x, (size) => {
    const { pi, sine } = arcs[a.precision];
    const [quarter, rest] = [a.constant(pi[0] / 4), a.constant(pi[1] / 2)];
    const isLarge = a.lt(a.constant(0.5), size);
    const away = a.mul(a.sub(a.constant(1), size), a.constant(0.5));
    const z = a.select(isLarge, away, a.mul(size, size));
    const s = a.select(isLarge, a.sqrt(away), size);
    const bend = a.mul(a.mul(s, z), polynomial(a, z, sine));
    const [high] = halves(a, s);
    const total = a.add(s, high);
    const low = a.select(a.eq(total, a.constant(0)), total, a.div(a.sub(away, a.mul(high, high)), total));
    const parts = a.sub(a.add(bend, bend), a.sub(rest, a.add(low, low)));
    const large = a.sub(quarter, a.sub(parts, a.sub(quarter, a.add(high, high))));
    return a.select(isLarge, large, a.add(s, bend));
  });

export const asin: Formula = (a, x) => (a.precision === 'f32' ? asin32(a, x) : asin64(a, x));

export const acos: Formula = (a, x) => {
  const { isLarge, angle } = arc(a, a.abs(x));
  const ofLarge = a.select(a.lt(x, a.constant(0)), less(a, 1, angle), angle);
  return a.select(isLarge, ofLarge, less(a, 0.5, a.copySign(angle, x)));
};

/** arctan t for t from 0 to 1. */
const flat = <E, C>(a: Arithmetic<E, C>, t: E): E => {
  const z = a.mul(t, t);
  return a.add(t, a.mul(a.mul(t, z), polynomial(a, z, arcs[a.precision].tangent)));
};

export const atan: Formula = (a, x) =>
  odd(a, x, (size) => {
    const one = a.constant(1);
    const angle = flat(a, a.div(a.min(size, one), a.max(size, one)));
    return a.select(a.lt(one, size), less(a, 0.5, angle), angle);
  });

/** The angle of the point (x, y): of its mirror image with 0 <= y <= x first. */
export const atan2: BinaryFormula = (a, y, x) => {
  const [zero, one] = [a.constant(0), a.constant(1)];
  const [across, up] = [a.abs(x), a.abs(y)];
  const [short, long] = [a.min(across, up), a.max(across, up)];
  // Neither 0 / 0 nor ∞ / ∞.
  const quotient = a.select(a.eq(short, long), one, a.div(short, long));
  const flatAngle = flat(a, a.select(a.eq(long, zero), zero, quotient));
  const steep = a.select(a.lt(across, up), less(a, 0.5, flatAngle), flatAngle);
  const isLeft = a.lt(a.copySign(one, x), zero);
  return a.copySign(a.select(isLeft, less(a, 1, steep), steep), y);
};
