// Choosing between tensors element by element, comparing them, and the product that chooses 0.
import { aval } from '../core/aval';
import { allocate, bool, i32 } from '../core/dtype';
import { DTypeError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { apply, constant, type ScalarOp } from '../core/lowering';
import {
  definePrimitive,
  known,
  type Operand,
  type Params,
  type Primitive,
  type Tangent,
  Zero,
} from '../core/primitive';
import { type AtLeastOne, concreteArray, mapEach, type One, type Two, type Value } from '../core/value';
import { fullLike, instantiate } from './fill';
import { batchPointwise, checkDType, checkEqual, isLinear, jvpBilinear, jvpZero, transposeBinary } from './kinds';

export type Direction = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
const compareBy: Readonly<Record<Direction, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
};

type CompareParams = { readonly direction: Direction };
/** x direction y, as bool; every comparison with NaN is false but ne. */
const compareP: Primitive<CompareParams, Two, One> = definePrimitive<CompareParams, Two, One>('compare', {
  impl: ([{ data: a, shape }, { data: b }], { direction }) => {
    const holds = compareBy[direction];
    const out = allocate(bool, a.length);
    for (let i = 0; i < a.length; i++) out[i] = holds(a[i] as number, b[i] as number) ? 1 : 0;
    return [concreteArray(shape, bool, out)];
  },
  shape: (avals) => {
    checkEqual('compare', avals);
    return [aval(avals[0].shape, bool)];
  },
  jvp: jvpZero(() => compareP),
  transpose: null,
  batch: batchPointwise(() => compareP),
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    element: ({ at, params, read }) => apply(params.direction satisfies ScalarOp, 'bool', read(0, at), read(1, at)),
  },
});
const compare =
  (direction: Direction) =>
  (x: Value, y: Value): Value =>
    bind1(compareP, [x, y], { direction });
export const eq = compare('eq');
export const ne = compare('ne');
export const lt = compare('lt');
export const le = compare('le');
export const gt = compare('gt');
export const ge = compare('ge');

type Selection = readonly [which: Value, ...cases: AtLeastOne];
/** cases[which], element by element; `which` is bool (two cases: false first) or i32, clamped to the cases. */
const selectNP: Primitive<Params, Selection, One> = definePrimitive<Params, Selection, One>('select_n', {
  impl: ([{ data }, ...cases]) => {
    const [first] = cases;
    const out = allocate(first.dtype, data.length);
    for (let i = 0; i < data.length; i++) {
      const chosen = Math.min(Math.max(data[i] as number, 0), cases.length - 1);
      out[i] = cases[chosen]?.data[i] as number;
    }
    return [concreteArray(first.shape, first.dtype, out)];
  },
  shape: ([which, ...cases]) => {
    const [first] = cases;
    checkEqual('select_n', cases);
    checkEqual('select_n', [which, first], false);
    if (which.dtype !== i32 && !(which.dtype === bool && cases.length === 2))
      throw new DTypeError(
        `select_n: expected a bool selector with two cases or an i32 one, got ${which.dtype.name} with ${cases.length}.`,
      );
    return [first];
  },
  jvp: ([which, ...cases], [, first, ...others]) => {
    const answer = selectN(which, ...cases);
    const isZero = [first, ...others].every((t) => t instanceof Zero);
    const tangent = isZero
      ? new Zero(answer.aval)
      : selectN(which, instantiate(first), ...others.map((t) => instantiate(t)));
    return { primals: [answer], tangents: [tangent] };
  },
  transpose: ([ct], args) => {
    const [which, ...cases] = args;
    return mapEach<Selection, Operand, Tangent | null>(args, (x, i) => {
      if (!isLinear(x)) return null;
      if (ct instanceof Zero) return new Zero(x.aval);
      const [first, ...others] = mapEach<AtLeastOne, Operand, Value>(cases, (_, j) =>
        i === j + 1 ? ct : fullLike(ct, 0),
      );
      return selectN(known(which), first, ...others);
    });
  },
  batch: batchPointwise(() => selectNP),
  simplify: ({ operands: [which, ...cases], uniform }) => {
    const [first] = cases;
    if (cases.every((x) => x === first)) return first;
    const number = uniform(which);
    return number === null ? null : (cases[Math.min(Math.max(number, 0), cases.length - 1)] ?? null);
  },
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    takesStored: true,
    element: ({ args, results, at, read }) => {
      const dtype = results[0].dtype.name;
      const which = read(0, at);
      if (args[0].dtype === bool) return apply('select', dtype, which, read(2, at), read(1, at));
      let chosen = read(args.length - 1, at);
      for (let i = args.length - 2; i >= 1; i--)
        chosen = apply('select', dtype, apply('le', 'bool', which, constant(i - 1, 'i32')), read(i, at), chosen);
      return chosen;
    },
  },
});
/** cases[which]; for a bool selector the case for false comes first. */
export const selectN = (which: Value, ...cases: AtLeastOne): Value => bind1(selectNP, [which, ...cases], {});

/**
 * x · y, and 0 where y is 0 whatever x is, Infinity and NaN included. Linear in y for every x, so that a cotangent of 0 stays 0 where the
 * derivative that it is multiplied by is no number.
 */
const mulNoNanP: Primitive<Params, Two, One> = definePrimitive<Params, Two, One>('mul_no_nan', {
  impl: ([{ data: a, dtype, shape }, { data: b }]) => {
    const out = allocate(dtype, a.length);
    for (let i = 0; i < a.length; i++) out[i] = b[i] === 0 ? 0 : (a[i] as number) * (b[i] as number);
    return [concreteArray(shape, dtype, out)];
  },
  shape: (avals) => {
    checkDType('mul_no_nan', 'float', avals[0].dtype);
    checkEqual('mul_no_nan', avals);
    return [avals[0]];
  },
  jvp: jvpBilinear(() => mulNoNanP),
  transpose: transposeBinary([(ct, [, y]) => mulNoNan(ct, y), (ct, [x]) => mulNoNan(x, ct)]),
  batch: batchPointwise(() => mulNoNanP),
  lower: {
    kind: 'map',
    cost: 'arithmetic',
    element: ({ results, at, read }) => {
      const dtype = results[0].dtype.name;
      const [x, y, zero] = [read(0, at), read(1, at), constant(0, dtype)];
      return apply('select', dtype, apply('eq', 'bool', y, zero), zero, apply('mul', dtype, x, y));
    },
  },
});
export const mulNoNan = (x: Value, y: Value): Value => bind1(mulNoNanP, [x, y], {});
