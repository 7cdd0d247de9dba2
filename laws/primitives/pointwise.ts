// Calls of the primitives that work element by element.
import * as fc from 'fast-check';
import { bool, type DType, dtypes, f64, i32, isFloat, isInteger, u32 } from '../../src/core/dtype';
import { shape } from '../arbitraries';
import { type Generator, operand } from '../call';
import {
  between,
  betweenIntegers,
  bits,
  type Domain,
  halves,
  notZero,
  positive,
  quarters,
  someInfNan,
  standard,
  uniform,
} from '../domains';

const floats = dtypes.filter(isFloat);
const numbers = dtypes.filter((d) => d !== bool);
const integers = dtypes.filter(isInteger);
const unsigned = dtypes.filter((d) => d.kind === 'uint');

const rank3 = shape({ maxRank: 3 });

const unary = (accepted: readonly DType[], domain: Domain, linear = false): Generator => ({
  dtypes: accepted,
  spec: (dtype) => rank3.map((s) => ({ args: [operand(s, dtype, domain)], params: {} })),
  ...(linear && { linear: () => [[0]] }),
});

const binary = (
  accepted: readonly DType[],
  x: Domain,
  y: Domain,
  linear: readonly (readonly number[])[] = [],
): Generator => ({
  dtypes: accepted,
  spec: (dtype) => rank3.map((s) => ({ args: [operand(s, dtype, x), operand(s, dtype, y)], params: {} })),
  ...(linear.length > 0 && { linear: () => linear }),
});

/** Quotients away from the integers, where the remainder jumps. */
const remainder: Generator = {
  dtypes: numbers,
  spec: (dtype) =>
    rank3.map((s) => ({
      args: [operand(s, dtype, uniform(1.2, 1.4)), operand(s, dtype, uniform(0.5, 0.58))],
      params: {},
    })),
};

const compare: Generator = {
  dtypes,
  spec: (dtype) =>
    fc.tuple(rank3, fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge')).map(([s, direction]) => ({
      args: [operand(s, dtype, halves), operand(s, dtype, quarters)],
      params: { direction },
    })),
};

const selectN: Generator = {
  dtypes,
  spec: (dtype) =>
    fc.tuple(rank3, fc.boolean(), fc.integer({ min: 1, max: 4 })).map(([s, byTruth, n]) => ({
      args: [
        byTruth ? operand(s, bool) : operand(s, i32, between(-1, n)),
        ...Array.from({ length: byTruth ? 2 : n }, () => operand(s, dtype)),
      ],
      params: {},
    })),
  linear: ({ args }) => {
    const cases = args.slice(1).map((_, i) => i + 1);
    return [...cases.map((i) => [i]), cases];
  },
};

const convert: Generator = {
  dtypes,
  spec: (dtype) =>
    fc.tuple(rank3, fc.constantFrom<DType[]>(...dtypes)).map(([s, to]) => ({
      args: [operand(s, dtype, uniform(1.1, 1.9))],
      // Derivatives in double precision throughout: one by way of a narrower float has its rounding.
      params: { dtype: dtype === f64 && isFloat(to) ? f64 : to },
    })),
  linear: ({ params }) => (params.dtype === f64 ? [[0]] : []),
};

const bitcast: Generator = {
  dtypes: numbers.filter((d) => d !== f64),
  spec: (dtype) =>
    fc.tuple(rank3, fc.constantFrom<DType[]>(...numbers.filter((d) => d.bytes === dtype.bytes))).map(([s, to]) => ({
      args: [operand(s, dtype, someInfNan)],
      params: { dtype: to },
    })),
};

const threefry: Generator = {
  dtypes: [u32],
  spec: (dtype) => rank3.map((s) => ({ args: [0, 1, 2, 3].map(() => operand(s, dtype, bits)), params: {} })),
};

const open = uniform(-0.95, 0.95);
const circular = uniform(-1.3, 1.3);
const shifts = (accepted: readonly DType[]) =>
  binary(accepted, bits, (dtype, size) => between(dtype.kind === 'uint' ? 0 : -2, 34)(dtype, size));

export const pointwise: Readonly<Record<string, Generator>> = {
  neg: unary(numbers, standard, true),
  abs: unary(numbers, notZero),
  sign: unary(numbers, notZero),
  floor: unary(floats, betweenIntegers),
  ceil: unary(floats, betweenIntegers),
  round: unary(floats, betweenIntegers),
  is_finite: unary(floats, standard),
  exp: unary(floats, standard),
  expm1: unary(floats, standard),
  log: unary(floats, positive),
  log1p: unary(floats, uniform(-0.8, 3)),
  log10: unary(floats, positive),
  sqrt: unary(floats, positive),
  rsqrt: unary(floats, positive),
  cbrt: unary(floats, notZero),
  sin: unary(floats, standard),
  cos: unary(floats, standard),
  tan: unary(floats, circular),
  asin: unary(floats, open),
  acos: unary(floats, open),
  atan: unary(floats, standard),
  sinh: unary(floats, standard),
  cosh: unary(floats, standard),
  tanh: unary(floats, standard),
  asinh: unary(floats, standard),
  acosh: unary(floats, uniform(1.2, 4)),
  atanh: unary(floats, open),
  logistic: unary(floats, standard),
  softplus: unary(floats, standard),
  erf: unary(floats, standard),
  erf_inv: unary(floats, open),
  stop_gradient: { ...unary(dtypes, standard), opaque: true },
  not: unary([...integers, bool], bits),

  add: binary(numbers, standard, standard, [[0], [1], [0, 1]]),
  sub: binary(numbers, standard, standard, [[0], [1], [0, 1]]),
  mul: binary(numbers, standard, standard, [[0], [1]]),
  mul_no_nan: binary(floats, standard, notZero, [[0], [1]]),
  div: binary(numbers, standard, notZero, [[0]]),
  rem: remainder,
  // At y = 0 the guarded derivative is a constant, as in JAX: its own derivative by y is not what differences give.
  pow: binary(numbers, positive, notZero),
  max: binary(dtypes, halves, quarters),
  min: binary(dtypes, quarters, halves),
  atan2: binary(floats, notZero, notZero),
  logaddexp: binary(floats, standard, standard),
  hypot: binary(floats, notZero, notZero),
  and: binary([...integers, bool], bits, bits),
  or: binary([...integers, bool], bits, bits),
  xor: binary([...integers, bool], bits, bits),
  shift_left: shifts(integers),
  shift_right_logical: shifts([i32, ...unsigned]),
  shift_right_arithmetic: shifts(integers),

  compare,
  select_n: selectN,
  convert_element_type: convert,
  bitcast_convert_type: bitcast,
  threefry2x32: threefry,
};
