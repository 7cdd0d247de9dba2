// How far the formulas are from the exact functions: `npm run ulp` prints the whole table.
import { erfc, f32, f64, tensor } from 'adjoint';
import { describe, expect, it } from 'vitest';
import { functions } from '../../src/numerics/functions';
import { ulpDistance } from '../conformance/ulp';
import * as exact from './errorFunctions';
import { doubles, names, singles, worstBetween, worstOf } from './reference';

/** Values of mpmath 1.4, rounded. */
const erf = [
  [1e-300, 1.1283791670955126e-300],
  [1e-8, 1.1283791670955126e-8],
  [0.01, 0.011283415555849618],
  [0.1, 0.1124629160182849],
  [0.3, 0.3286267594591274],
  [0.5, 0.5204998778130465],
  [0.7, 0.6778011938374184],
  [0.84, 0.7651427114549945],
  [0.9, 0.7969082124228322],
  [0.999, 0.8422852702064969],
  [1, 0.8427007929497149],
  [1.001, 0.8431154854780762],
  [1.2, 0.9103139782296353],
  [1.5, 0.9661051464753108],
  [1.9, 0.9927904292352575],
  [2, 0.9953222650189527],
  [2.3, 0.9988568234026434],
  [2.7, 0.9998656672600594],
  [2.8, 0.9999249868053346],
  [3, 0.9999779095030014],
  [3.5, 0.9999992569016276],
  [4, 0.9999999845827421],
  [4.5, 0.9999999998033839],
  [5, 0.9999999999984626],
  [5.5, 0.9999999999999927],
  [5.8, 0.9999999999999998],
] as const;
const erfInv = [
  [1e-300, 8.86226925452758e-301],
  [1e-8, 8.86226925452758e-9],
  [0.0038, 0.003367675047875461],
  [0.05, 0.044340387910005497],
  [0.1, 0.08885599049425769],
  [0.3, 0.2724627147267543],
  [0.5, 0.4769362762044699],
  [0.7, 0.7328690779592167],
  [0.8, 0.9061938024368233],
  [0.9, 1.1630871536766743],
  [0.95, 1.3859038243496777],
  [0.99, 1.8213863677184494],
  [0.998, 2.1851242191330043],
  [0.999, 2.3267537655135246],
  [0.9999, 2.75106390571208],
  [0.99999, 3.123413274341571],
  [0.999999, 3.458910737275499],
  [0.99999999, 4.052237243268763],
  [0.999999999, 4.320005388105362],
  [0.99999999999, 4.812924058944833],
  [0.9999999999999, 5.261483331372676],
  [1 - 2 ** -50, 5.686128441310391],
  [1 - 2 ** -53, 5.8635847487551676],
] as const;

describe('errors in units in the last place', () => {
  it.each(names)('%s of single-precision numbers of all sizes is within 2', (name) => {
    expect(worstOf(name, 'f32', singles(65537))).toSatisfy(({ ulp }: { readonly ulp: number }) => ulp <= 2);
  });
  it.each(names.filter((name) => name !== 'erf' && name !== 'erfInv'))(
    '%s of double-precision numbers is within 4',
    (name) => {
      expect(worstOf(name, 'f64', doubles(60_000))).toSatisfy(({ ulp }: { readonly ulp: number }) => ulp <= 4);
    },
  );
  it.each([
    ['erf', erf],
    ['erfInv', erfInv],
  ] as const)('%s in double precision is within 4 of the table', (name, table) => {
    for (const [x, y] of table) {
      expect(ulpDistance(functions.f64[name](x), y, f64)).toBeLessThanOrEqual(4);
      expect(functions.f64[name](-x)).toBe(-functions.f64[name](x));
    }
  });
  const within = (most: number) => expect.objectContaining({ ulp: expect.toSatisfy((ulp: number) => ulp <= most) });
  it('erf of double-precision numbers is within 2', () => {
    expect(worstBetween(functions.f64.erf, exact.erf, 'f64', doubles(3000))).toEqual(within(2));
  });
  it.each([f32, f64])('erfc of numbers in $name is within 2, down to the smallest', (dtype) => {
    const tail = Array.from({ length: 400 }, (_, i) => 0.2 + (27.4 * i) / 400);
    const inputs = [...tail, ...(dtype === f32 ? singles(2 ** 23 + 1) : doubles(600))];
    const [xs, ys] = [tensor(inputs, dtype), erfc(tensor(inputs, dtype)).toTypedArray()];
    let next = 0;
    expect(worstBetween(() => ys[next++] as number, exact.erfc, dtype.name, xs.toTypedArray())).toEqual(within(2));
  });
});

describe.each(['f32', 'f64'] as const)('powers in %s', (precision) => {
  const round = precision === 'f32' ? Math.fround : (x: number) => x;
  const { pow } = functions[precision];
  it('of 2 are exact, subnormal ones too', () => {
    for (let k = -1080; k <= 1030; k++) expect(pow(2, k)).toBe(round(2 ** k));
  });
  it('of small integers are exact', () => {
    for (let base = 2; base < 12; base++)
      for (let k = 0; base ** k < (precision === 'f32' ? 2 ** 24 : 2 ** 53); k++) expect(pow(base, k)).toBe(base ** k);
  });
  it('are within 1 ulp of those of the engine', () => {
    let previous = 0.5;
    for (const x of doubles(30_000)) {
      const [base, exponent] = [round(Math.abs(x)), round(previous * 8)];
      const [got, wanted] = [pow(base, exponent), round(base ** exponent)];
      expect(
        got === wanted ||
          Math.abs(got - wanted) <= Math.abs(wanted) * (precision === 'f32' ? 2 ** -23 : 2 ** -52) ||
          Math.abs(got - wanted) < 1e-44,
      ).toBe(true);
      previous = Math.abs(x) < 1e3 ? x : 1 / x;
    }
  });
});
