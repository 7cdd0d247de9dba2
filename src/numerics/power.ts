// Powers: 2 to the y log₂ |x|, with a logarithm of twice the precision.
import {
  type Arithmetic,
  atLeast,
  atMost,
  type BinaryFormula,
  type ByPrecision,
  type Coefficients,
  leastNormal,
  nearest,
  polynomial,
  scale,
} from './arithmetic';
import { nearOne } from './exponential';
import { split } from './logarithm';
import { type Pair, product, sum } from './pairs';

interface Constants {
  /** (artanh s - s - s³/3) / s⁵ as a polynomial of s² (Remez). */
  readonly tail: Coefficients;
  readonly third: readonly [number, number];
  /** 2 / ln 2. */
  readonly toBinary: readonly [number, number];
  /** What subnormal numbers are multiplied by: two to the power of this. */
  readonly lift: number;
  /** Larger exponents give 0, 1 or infinity as this one does. */
  readonly limit: number;
  /** Where powers of 2 are 0 and infinite, even 3 away from there. */
  readonly range: readonly [number, number];
}
const constants: ByPrecision<Constants> = {
  f32: {
    tail: [0.117098764, 0.142735437, 0.200000763],
    third: [0.3333333432674408, -9.934107758624577e-9],
    toBinary: [2.885390043258667, 3.851926067000022e-8],
    lift: 24,
    limit: 2 ** 40,
    range: [-153, 131],
  },
  f64: {
    tail: [
      0.0659887400502153, 0.06628334529986953, 0.07693381761349032, 0.09090892118607428, 0.11111111260676197,
      0.1428571428504595, 0.20000000000001136,
    ],
    third: [0.3333333333333333, 1.850371707708594e-17],
    toBinary: [2.8853900817779268, 4.0710547481862066e-17],
    lift: 54,
    limit: 2 ** 70,
    range: [-1078, 1027],
  },
};

/** log₂ (1 + f) for 1 + f between √½ and √2: 2 / ln 2 · artanh s, s = f / (2 + f), every step that matters in pairs. */
const binaryLogarithm = <E, C>(a: Arithmetic<E, C>, f: E): Pair<E> => {
  const { tail, third, toBinary } = constants[a.precision];
  const [d, dLow] = sum(a, a.constant(2), f);
  const s = a.div(f, d);
  const [back, backLow] = product(a, s, d);
  const sLow = a.div(a.sub(a.sub(a.sub(f, back), backLow), a.mul(s, dLow)), d);
  const [z, zRest] = product(a, s, s);
  const zLow = a.add(zRest, a.mul(a.add(s, s), sLow));
  const [t, tRest] = sum(a, a.constant(third[0]), a.mul(z, polynomial(a, z, tail)));
  const tLow = a.add(tRest, a.constant(third[1]));
  const [u, uRest] = product(a, z, t);
  const uLow = a.add(uRest, a.add(a.mul(z, tLow), a.mul(zLow, t)));
  const [v, vRest] = product(a, s, u);
  const vLow = a.add(vRest, a.add(a.mul(s, uLow), a.mul(sLow, u)));
  const [l, lRest] = sum(a, s, v);
  const lLow = a.add(lRest, a.add(vLow, sLow));
  const [b, bRest] = product(a, l, a.constant(toBinary[0]));
  return [b, a.add(bRest, a.add(a.mul(l, a.constant(toBinary[1])), a.mul(lLow, a.constant(toBinary[0]))))];
};

const clamp = <E, C>(a: Arithmetic<E, C>, x: E, low: number, high: number): E => atMost(a, atLeast(a, x, low), high);

/** |x|ʸ for a positive finite |x|. */
const ofPositive = <E, C>(a: Arithmetic<E, C>, size: E, y: E): E => {
  const { lift, limit, range } = constants[a.precision];
  const isSubnormal = a.lt(size, a.constant(leastNormal[a.precision]));
  const { k, f } = split(a, a.select(isSubnormal, a.mul(size, a.constant(2 ** lift)), size));
  const [b, bLow] = binaryLogarithm(a, f);
  const [high, rest] = sum(a, a.select(isSubnormal, a.sub(k, a.constant(lift)), k), b);
  const exponent = clamp(a, y, -limit, limit);
  const [p, pRest] = product(a, exponent, high);
  const pLow = a.add(pRest, a.mul(exponent, a.add(rest, bLow)));
  const within = clamp(a, p, ...range);
  const n = nearest(a, within);
  const r = a.mul(a.add(a.sub(within, n), clamp(a, pLow, -1, 1)), a.constant(Math.LN2));
  return scale(a, nearOne(a, r), n);
};

/** x to the y, with the special cases of C (IEEE 754-2019, 9.2.1): 1 to any power and any number to the power 0 are 1. */
export const pow: BinaryFormula = (a, x, y) => {
  const [zero, one, infinity] = [a.constant(0), a.constant(1), a.constant(Infinity)];
  const size = a.abs(x);
  const isExtreme = a.or(a.eq(size, zero), a.eq(size, infinity));
  const extreme = a.select(a.lt(y, zero), a.div(one, size), size);
  const magnitude = a.select(isExtreme, extreme, ofPositive(a, size, y));
  const whole = a.floor(y);
  const half = a.mul(y, a.constant(0.5));
  const isOdd = a.and(a.eq(whole, y), a.lt(a.floor(half), half));
  const isNegative = a.lt(a.copySign(one, x), zero);
  const signed = a.select(a.and(isNegative, isOdd), a.neg(magnitude), magnitude);
  const isUndefined = a.and(a.and(a.lt(x, zero), a.lt(size, infinity)), a.lt(whole, y));
  const isNumber = a.and(a.eq(x, x), a.eq(y, y));
  const value = a.select(isNumber, a.select(isUndefined, a.constant(Number.NaN), signed), a.add(x, y));
  return a.select(a.or(a.eq(x, one), a.eq(y, zero)), one, value);
};
