// Sine, cosine and tangent.
import {
  type Arithmetic,
  type ByPrecision,
  type Coefficients,
  type External,
  type Formula,
  nearest,
  polynomial,
} from './arithmetic';

interface Quarter {
  /** π/2 in parts: products of all but the last with numbers of quarter turns are exact, and so are the first differences. */
  readonly turn: { readonly exact: readonly number[]; readonly rounded: number; readonly last: number };
  /** The largest |x| for which they are; larger ones are left to the host. */
  readonly limit: number;
  /** (sin r - r) / r³ and (cos r - 1 + r²/2) / r⁴ as polynomials of r², |r| <= π/4 (Remez). */
  readonly sine: Coefficients;
  readonly cosine: Coefficients;
  /** (tan r - r) / r³ likewise. */
  readonly tangent: Coefficients;
}
const quarters: ByPrecision<Quarter> = {
  f32: {
    turn: { exact: [1.5703125, 0.0004837512969970703], rounded: 7.549533620476723e-8, last: 2.5633440682570896e-12 },
    limit: 8192,
    sine: [-0.000195146305, 0.00833215564, -0.166666552],
    cosine: [2.44324401e-5, -0.00138873106, 0.0416666456],
    tangent: [0.00940594636, 0.00308576506, 0.0244510677, 0.0534055233, 0.133388668, 0.333331555],
  },
  f64: {
    turn: { exact: [1.5707963267341256], rounded: 6.077100506303966e-11, last: 2.0222662487959506e-21 },
    limit: 2 ** 20,
    sine: [
      1.5895904480334326e-10, -2.5050742302912764e-8, 2.7557313587585364e-6, -0.00019841269829495403,
      0.008333333333322005, -0.1666666666666663,
    ],
    cosine: [
      -1.1358310429455703e-11, 2.0875696571116116e-9, -2.755731414860993e-7, 2.480158728874813e-5,
      -0.0013888888888872895, 0.041666666666666595,
    ],
    tangent: [
      2.0947819914724427e-5, -4.522715851591081e-5, 9.009992026457401e-5, -2.7088770403463113e-5, 0.0001370226025137534,
      0.0002221391616525485, 0.0005951461558869838, 0.0014547386596277618, 0.003592292251290115, 0.008863218813091179,
      0.02186948963390623, 0.053968253925629255, 0.13333333333416797, 0.3333333333333276,
    ],
  },
};

interface Reduced<E> {
  readonly n: E;
  readonly r: E;
  readonly z: E;
  readonly lost: () => E;
}
/** x = n π/2 + r + lost with |r| <= π/4 (Cody and Waite), and z = r². */
const reduce = <E, C>(a: Arithmetic<E, C>, x: E): Reduced<E> => {
  const n = nearest(a, a.mul(x, a.constant(2 / Math.PI)));
  const { exact, rounded, last } = quarters[a.precision].turn;
  const rest = exact.reduce((sum, part) => a.sub(sum, a.mul(n, a.constant(part))), x);
  const part = a.mul(n, a.constant(rounded));
  const difference = a.sub(rest, part);
  const low = a.sub(a.sub(a.sub(rest, difference), part), a.mul(n, a.constant(last)));
  const r = a.add(difference, low);
  return { n, r, z: a.mul(r, r), lost: () => a.add(a.sub(difference, r), low) };
};

const half = <E, C>(a: Arithmetic<E, C>, n: E): { readonly floor: E; readonly isOdd: C } => {
  const h = a.mul(n, a.constant(0.5));
  const floor = a.floor(h);
  return { floor, isOdd: a.lt(floor, h) };
};

/** sin (n π/2 + r), z = r². */
const sineOf = <E, C>(a: Arithmetic<E, C>, n: E, r: E, z: E): E => {
  const { sine, cosine } = quarters[a.precision];
  const quarter = half(a, n);
  const odd = a.add(r, a.mul(a.mul(r, z), polynomial(a, z, sine)));
  const bend = a.mul(a.mul(z, z), polynomial(a, z, cosine));
  const even = a.add(a.sub(a.constant(1), a.mul(z, a.constant(0.5))), bend);
  const size = a.select(quarter.isOdd, even, odd);
  return a.select(half(a, quarter.floor).isOdd, a.neg(size), size);
};

const unlessHuge = <E, C>(a: Arithmetic<E, C>, x: E, name: External, value: E): E =>
  a.rarely(a.lt(a.constant(quarters[a.precision].limit), a.abs(x)), name, x, value);
/** The sum for r loses the sign of zero. */
const keepZero = <E, C>(a: Arithmetic<E, C>, x: E, value: E): E => a.select(a.eq(x, a.constant(0)), x, value);

export const sin: Formula = (a, x) => {
  const { n, r, z } = reduce(a, x);
  return unlessHuge(a, x, 'sinOfHuge', keepZero(a, x, sineOf(a, n, r, z)));
};

export const cos: Formula = (a, x) => {
  const { n, r, z } = reduce(a, x);
  return unlessHuge(a, x, 'cosOfHuge', sineOf(a, a.add(n, a.constant(1)), r, z));
};

/** tan r, or after an odd number of quarter turns -1 / tan r. */
export const tan: Formula = (a, x) => {
  const { n, r, z, lost } = reduce(a, x);
  const bend = a.mul(a.mul(r, z), polynomial(a, z, quarters[a.precision].tangent));
  const t = a.add(r, a.add(bend, lost()));
  const value = a.select(half(a, n).isOdd, a.div(a.constant(-1), t), t);
  return unlessHuge(a, x, 'tanOfHuge', keepZero(a, x, value));
};
