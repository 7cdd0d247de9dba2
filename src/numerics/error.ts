// The error function and its inverse.
import {
  type Arithmetic,
  atMost,
  type ByPrecision,
  type Coefficients,
  type Formula,
  odd,
  polynomial,
} from './arithmetic';
import { exp } from './exponential';
import { log } from './logarithm';

/** erf x / x - 1 as a polynomial of x², |x| up to 0.9 in single and 1 in double precision (Remez). */
const near: ByPrecision<Coefficients> = {
  f32: [-0.000609036302, 0.00501196319, -0.0267789084, 0.112821408, -0.376125246, 0.128379151],
  f64: [
    -7.779469684601261e-10, 1.3710980950717914e-8, -1.6206313859476193e-7, 1.6447131580007737e-6,
    -1.4924712302278453e-5, 0.00012055293576888978, -0.000854832592931329, 0.00522397760611844, -0.026866170643111465,
    0.11283791670944185, -0.3761263890318352, 0.12837916709551256,
  ],
};
/** The fourth root of erfc x as a polynomial of x - 2, 0.9 <= x <= 3.92, minimising the error of erf x (Remez). */
const root: Coefficients = [
  -3.01403179e-5, -0.000180205956, 0.000794285676, 0.00154256495, -0.0122622531, 0.00689369719, 0.0991405621,
  -0.288860768, 0.261522353,
];
/** exp(x²) erfc x as a polynomial of (x - 2) / (x + 3), 1 <= x <= 5.95, minimising the error of erf x (Remez). */
const scaled: Coefficients = [
  0.00011295294481370015, 0.00043034752414638957, -0.0004956619060480518, -0.002379331276799514, 0.005955690096118431,
  0.007769806618908732, -0.07128988865702984, 0.20394656021483298, -0.37642439964093655, 0.5110865058206013,
  -0.5339823092674286, 0.25539567631050597,
];
/** Where the polynomials meet, and where erf rounds to 1. */
const bounds: ByPrecision<readonly [number, number]> = { f32: [0.9, 3.92], f64: [1, 5.95] };

/** erfc x for x from the first bound to the second. */
const complement = <E, C>(a: Arithmetic<E, C>, x: E, square: E): E => {
  if (a.precision === 'f32') {
    const fourth = polynomial(a, a.sub(x, a.constant(2)), root);
    const half = a.mul(fourth, fourth);
    return a.mul(half, half);
  }
  const place = a.div(a.sub(x, a.constant(2)), a.add(x, a.constant(3)));
  return a.mul(exp(a, a.neg(square)), polynomial(a, place, scaled));
};

export const erf: Formula = (a, x) =>
  odd(a, x, (size) => {
    const [meeting, saturation] = bounds[a.precision];
    const within = atMost(a, size, saturation);
    const square = a.mul(within, within);
    const small = a.add(within, a.mul(within, polynomial(a, square, near[a.precision])));
    const large = a.sub(a.constant(1), complement(a, within, square));
    return a.select(a.lt(within, a.constant(meeting)), small, large);
  });

/** A polynomial of w - center, or of √w - center. */
interface Piece {
  readonly center: number;
  readonly coefficients: Coefficients;
}
/** erfInv x / x - 1 for w = -log(1 - x²) up to 5 and from there on, in single precision (Remez). */
const near32: Piece = {
  center: 0,
  coefficients: [
    -8.76589112e-9, 2.20502727e-7, -1.97186478e-6, 3.96177529e-6, 4.46232298e-5, -0.000127573032, -0.00233421614,
    0.0115486188, 0.232013822, -0.113773078,
  ],
};
const far32: Piece = {
  center: 3,
  coefficients: [
    0.000115816139, -0.00030978123, -5.68069954e-5, 0.0014853063, -0.00359744555, 0.00568690477, -0.00763727352,
    0.00944529381, 1.00167501, 1.83297682,
  ],
};
/** The same in double precision, w up to 6.25, √w up to 4, and from there on. */
const near64: Piece = {
  center: 3.125,
  coefficients: [
    -4.288329943010748e-21, -1.6918523627353787e-19, 1.3204680885110859e-18, 1.1193241500906793e-17,
    -1.3412012576865253e-16, 2.0184011461927298e-17, 6.648149944671325e-15, -4.053581960466834e-14,
    -8.160467058823454e-14, 2.6334340274785844e-12, -1.2974689064907091e-11, -5.4153757052508345e-11,
    1.0512107914265658e-9, -4.112635079862066e-9, -2.90703668836258e-8, 4.2347878027749276e-7, -1.3654692037921226e-6,
    -1.3882523364780832e-5, 0.00018673420803634193, -0.0007407025341653558, -0.006033670871430695, 0.2401581824255895,
    0.653654562683103,
  ],
};
const middle64: Piece = {
  center: 3.25,
  coefficients: [
    3.2345148762894825e-9, 9.086490300812893e-8, -2.7776292606178194e-7, 1.797515317260905e-8, 1.5054752465347084e-6,
    -4.013601822466105e-6, 2.9218875636616143e-6, 1.2475162919461491e-5, -4.7317712406848467e-5, 6.828489438706378e-5,
    2.4031009783448673e-5, -0.00035503752774118874, 0.0009532893907341932, -0.0016882755553518662, 0.00249144209550635,
    -0.0037512085075966156, 0.005370914553602708, 1.0052589676941597, 2.0838856104922203,
  ],
};
const far64: Piece = {
  center: 5,
  coefficients: [
    -2.97415767954253e-11, -2.5397907511724753e-10, 1.519161484207955e-9, -3.794849534955503e-9, 7.59539627900485e-9,
    -1.49528061702517e-8, 2.916651354959247e-8, -6.771684734804464e-8, 2.289954700227239e-7, -9.929810233296643e-7,
    4.526065144533093e-6, -1.968177840423568e-5, 7.599527669084185e-5, -0.00021503011927843674, -0.0001387193183191117,
    1.010300464864534, 3.8499064014085835,
  ],
};
const evaluate = <E, C>(a: Arithmetic<E, C>, x: E, { center, coefficients }: Piece): E =>
  polynomial(a, center === 0 ? x : a.sub(x, a.constant(center)), coefficients);

/** x + x p, p of pieces of polynomials, with the variables of Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2010). */
export const erfInv: Formula = (a, x) =>
  odd(a, x, (size) => {
    const one = a.constant(1);
    const w = a.neg(log(a, a.mul(a.sub(one, size), a.add(one, size))));
    const root = a.sqrt(w);
    const pieces =
      a.precision === 'f32'
        ? a.select(a.lt(w, a.constant(5)), evaluate(a, w, near32), evaluate(a, root, far32))
        : a.select(
            a.lt(w, a.constant(6.25)),
            evaluate(a, w, near64),
            a.select(a.lt(root, a.constant(4)), evaluate(a, root, middle64), evaluate(a, root, far64)),
          );
    return a.add(size, a.mul(size, a.select(a.eq(size, one), a.constant(Infinity), pieces)));
  });
