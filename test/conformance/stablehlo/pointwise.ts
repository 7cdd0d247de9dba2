// Operations that work element by element.
import { bool, type DType, f32, i32, isFloat, u32 } from '../../../src/core/dtype';
import type { Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import { fullLike } from '../../../src/primitives/fill';
import { NotApplicable } from '../ledger';
import { dtypeOf } from '../mlir/literal';
import type { Op } from '../mlir/module';
import { type Rule, type Rules, resultType } from './context';

const unary =
  (f: (x: Value) => Value): Rule =>
  (_op, [x]) => [f(x as Value)];
const binary =
  (f: (x: Value, y: Value) => Value): Rule =>
  (_op, [x, y]) => [f(x as Value, y as Value)];
/** On truth values arithmetic is logic. */
const orLogic = (f: (x: Value, y: Value) => Value, logic: (x: Value, y: Value) => Value): Rule =>
  binary((x, y) => (x.dtype === bool ? logic(x, y) : f(x, y)));

/** i64 is read as i32, which is not the same where bits count. */
const no64 =
  (rule: Rule): Rule =>
  (op, args, scope) => {
    if ([...op.operandTypes, ...op.resultTypes].some((t) => t.element === 'i64'))
      throw new NotApplicable(`int64 bits (${op.name})`);
    return rule(op, args, scope);
  };

const directions: Readonly<Record<string, (x: Value, y: Value) => Value>> = {
  EQ: lax.eq,
  NE: lax.ne,
  LT: lax.lt,
  LE: lax.le,
  GT: lax.gt,
  GE: lax.ge,
};
export const directionOf = (op: Op): string =>
  (/\b(EQ|NE|LT|LE|GT|GE)\b/.exec(op.text) as RegExpExecArray)[1] as string;

const stretch = (x: Value, shape: readonly number[]): Value =>
  x.ndim === 0 && shape.length > 0 ? lax.broadcastInDim(x, shape, []) : x;

const choose = (condition: Value, whenTrue: Value, whenFalse: Value): Value =>
  lax.selectN(stretch(condition, whenTrue.shape), whenFalse, whenTrue);

const roundHalfAway = (x: Value): Value => {
  const size = lax.abs(x);
  const below = lax.floor(size);
  const up = lax.ge(lax.sub(size, below), fullLike(x, 0.5));
  const rounded = choose(up, lax.add(below, fullLike(x, 1)), below);
  return choose(lax.eq(size, below), x, lax.mul(rounded, lax.sign(x)));
};

/** One step in the order of the bits, as JAX composes it. */
const nextAfter = (x: Value, y: Value): Value => {
  if (x.dtype !== f32) throw new NotApplicable('next_after of f64: no 64-bit integers');
  const [bits, aim] = [lax.bitcast(x, u32), lax.bitcast(y, u32)];
  const magnitude = (b: Value) => lax.and(b, fullLike(b, 0x7fffffff));
  const signOf = (b: Value) => lax.and(b, fullLike(b, 0x80000000));
  const isZero = lax.eq(magnitude(bits), fullLike(bits, 0));
  const aimZero = lax.eq(magnitude(aim), fullLike(bits, 0));
  const down = lax.or(lax.gt(magnitude(bits), magnitude(aim)), lax.ne(signOf(bits), signOf(aim)));
  const step = lax.add(bits, choose(down, fullLike(bits, 0xffffffff), fullLike(bits, 1)));
  const fromZero = choose(aimZero, aim, lax.or(signOf(aim), fullLike(bits, 1)));
  const moved = choose(lax.eq(bits, aim), aim, choose(isZero, fromZero, step));
  const undefinedAt = lax.or(lax.ne(x, x), lax.ne(y, y));
  return choose(undefinedAt, fullLike(x, NaN), lax.bitcast(moved, f32));
};

const convert = (x: Value, dtype: DType, to64: boolean): Value => {
  if (to64 && isFloat(x.dtype)) throw new NotApplicable('conversion of floats to int64');
  return lax.convert(x, dtype);
};

export const pointwise: Rules = {
  'stablehlo.abs': unary(lax.abs),
  'stablehlo.cbrt': unary(lax.cbrt),
  'stablehlo.ceil': unary(lax.ceil),
  'stablehlo.cosine': unary(lax.cos),
  'stablehlo.exponential': unary(lax.exp),
  'stablehlo.exponential_minus_one': unary(lax.expm1),
  'stablehlo.floor': unary(lax.floor),
  'stablehlo.is_finite': unary(lax.finite),
  'stablehlo.log': unary(lax.log),
  'stablehlo.log_plus_one': unary(lax.log1p),
  'stablehlo.logistic': unary(lax.logistic),
  'stablehlo.negate': unary(lax.neg),
  'stablehlo.not': unary(lax.not),
  'stablehlo.round_nearest_even': unary(lax.round),
  'stablehlo.round_nearest_afz': unary(roundHalfAway),
  'stablehlo.rsqrt': unary(lax.rsqrt),
  'stablehlo.sign': unary(lax.sign),
  'stablehlo.sine': unary(lax.sin),
  'stablehlo.sqrt': unary(lax.sqrt),
  'stablehlo.tan': unary(lax.tan),
  'stablehlo.tanh': unary(lax.tanh),
  'stablehlo.real': unary((x) => x),
  'stablehlo.imag': unary((x) => fullLike(x, 0)),
  'chlo.acos': unary(lax.acos),
  'chlo.acosh': unary(lax.acosh),
  'chlo.asin': unary(lax.asin),
  'chlo.asinh': unary(lax.asinh),
  'chlo.atan': unary(lax.atan),
  'chlo.atanh': unary(lax.atanh),
  'chlo.cosh': unary(lax.cosh),
  'chlo.erf': unary(lax.erf),
  'chlo.erf_inv': unary(lax.erfInv),
  'chlo.sinh': unary(lax.sinh),
  'chlo.tan': unary(lax.tan),
  'chlo.square': unary((x) => lax.mul(x, x)),
  'chlo.next_after': binary(nextAfter),
  'stablehlo.add': orLogic(lax.add, lax.or),
  'stablehlo.multiply': orLogic(lax.mul, lax.and),
  'stablehlo.maximum': binary(lax.max),
  'stablehlo.minimum': binary(lax.min),
  'stablehlo.subtract': binary(lax.sub),
  'stablehlo.divide': binary(lax.div),
  'stablehlo.remainder': binary(lax.rem),
  'stablehlo.power': binary(lax.pow),
  'stablehlo.atan2': binary(lax.atan2),
  'stablehlo.and': binary(lax.and),
  'stablehlo.or': binary(lax.or),
  'stablehlo.xor': binary(lax.xor),
  'stablehlo.shift_left': no64(binary(lax.shiftLeft)),
  'stablehlo.shift_right_logical': no64(binary(lax.shiftRightLogical)),
  'stablehlo.shift_right_arithmetic': no64(binary(lax.shiftRightArithmetic)),
  'stablehlo.bitcast_convert': no64((op, [x]) => {
    const type = resultType(op);
    const dtype = dtypeOf(type);
    if (type.shape.length !== (x as Value).ndim) throw new NotApplicable('bitcasts between dtypes of different widths');
    if (dtype.bytes === 1) throw new NotApplicable('bitcasts of 8-bit types');
    return [lax.bitcast(x as Value, dtype)];
  }),
  'stablehlo.convert': (op, [x]) => {
    const type = resultType(op);
    return [convert(x as Value, dtypeOf(type), type.element === 'i64')];
  },
  'stablehlo.compare': (op, [x, y]) => {
    if (/TOTALORDER/.test(op.text) && op.operandTypes.some((t) => /f/.test(t.element)))
      throw new NotApplicable('comparison in total order outside a sort');
    return [(directions[directionOf(op)] as typeof lax.eq)(x as Value, y as Value)];
  },
  'stablehlo.select': (_op, [c, x, y]) => [choose(c as Value, x as Value, y as Value)],
  'stablehlo.clamp': (_op, [low, x, high]) => {
    const { shape } = x as Value;
    return [lax.min(lax.max(x as Value, stretch(low as Value, shape)), stretch(high as Value, shape))];
  },
};

export const toIndex = (x: Value): Value => lax.convert(x, i32);
