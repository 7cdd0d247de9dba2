// Operations along a mapped axis that has a name: each is what the examples, the members of the axis, have together.
import { aval } from '../core/aval';
import { bool, i32 } from '../core/dtype';
import { AxisError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import {
  type BatchResult,
  definePrimitive,
  type Primitive,
  type ProgramRules,
  type Rules,
  Zero,
} from '../core/primitive';
import { concreteArray, type One, type Value, type Values } from '../core/value';
import { div, mul } from './arithmetic';
import { concatenate, iota } from './concatenate';
import { convert } from './convert';
import { dynamicSlice } from './dynamic';
import { fullLike } from './fill';
import { gather } from './gather';
import { allMapped, batchPointwise, checkDType, jvpLinear, jvpOf, materialise, transposeUnary } from './kinds';
import { reduceMax, reduceMin, reduceSum } from './reduction';
import { eq, selectN } from './select';
import { broadcastInDim, moveAxis, reshape } from './views';

export type AxisParams = { readonly axisName: string; readonly size: number };
/** Of the operands A, one result. */
type Collective<P, A extends Values> = Omit<Rules<P, A, One>, 'impl' | 'lower'> &
  Required<Pick<ProgramRules<P, A, One>, 'collective'>>;

/** A collective that vmap does not see has no meaning: its name is unknown there. */
const unbound = <P extends AxisParams, A extends Values>(name: string): Pick<Rules<P, A, One>, 'impl' | 'lower'> => ({
  impl: (_args, { axisName }) => {
    throw new AxisError(`${name}: the axis '${axisName}' is not mapped here; the value left the vmap that names it.`);
  },
  lower: { kind: 'call' },
});
const defineCollective = <P extends AxisParams, A extends Values>(
  name: string,
  rules: Collective<P, A>,
): Primitive<P, A, One> => definePrimitive<P, A, One>(name, { ...unbound<P, A>(name), ...rules });

const shared = (x: Value): BatchResult<One> => ({ values: [x], mapped: [false] });

const psumP: Primitive<AxisParams, One, One> = defineCollective<AxisParams, One>('psum', {
  shape: ([x]) => {
    checkDType('psum', 'number', x.dtype);
    return [x];
  },
  jvp: jvpLinear(() => psumP),
  // Every member's result has every member's operand in it.
  transpose: transposeUnary((ct, _operand, params) => psum(ct, params)),
  batch: batchPointwise(() => psumP),
  collective: (size, [x], [isMapped]) => shared(isMapped ? reduceSum(x, [0]) : mul(x, fullLike(x, size))),
});
export const psum = (x: Value, params: AxisParams): Value => bind1(psumP, [x], params);

const defineExtremum = (name: 'pmax' | 'pmin', reduce: (x: Value, axes: readonly number[]) => Value) => {
  const primitive: Primitive<AxisParams, One, One> = defineCollective<AxisParams, One>(name, {
    shape: ([x]) => [x],
    // Members that are equally large share the derivative, as elements of a maximum do.
    jvp: jvpOf(
      () => primitive,
      (t, answer, [x], params) => {
        const isOne = convert(eq(x, answer), answer.dtype);
        return div(psum(mul(t, isOne), params), psum(isOne, params));
      },
    ),
    transpose: null,
    batch: batchPointwise(() => primitive),
    collective: (_size, [x], [isMapped]) => shared(isMapped ? reduce(x, [0]) : x),
  });
  return (x: Value, params: AxisParams): Value => bind1(primitive, [x], params);
};
export const pmax = defineExtremum('pmax', reduceMax);
export const pmin = defineExtremum('pmin', reduceMin);

const axisIndexP: Primitive<AxisParams, readonly [], One> = defineCollective<AxisParams, readonly []>('axis_index', {
  shape: () => [aval([], i32)],
  jvp: (_primals, _tangents, params) => ({
    primals: [axisIndex(params)],
    tangents: [new Zero(aval([], i32))],
  }),
  transpose: null,
  batch: (_size, _args, _mapped, params) => shared(axisIndex(params)),
  collective: (size) => ({ values: [iota([size], 0, i32)], mapped: [true] }),
});
export const axisIndex = (params: AxisParams): Value => bind1(axisIndexP, [], params);

/** The member's own part of what has one for every member in front. */
const own = (x: Value, params: AxisParams): Value => {
  const rest = x.shape.slice(1);
  const start = reshape(axisIndex(params), [1]);
  const starts =
    rest.length === 0 ? start : concatenate([start, concreteArray([rest.length], i32, new Int32Array(rest.length))], 0);
  return reshape(dynamicSlice(x, starts, [1, ...rest]), rest);
};

const allGatherP: Primitive<AxisParams, One, One> = defineCollective<AxisParams, One>('all_gather', {
  shape: ([x], { size }) => [aval([size, ...x.shape], x.dtype)],
  jvp: jvpLinear(() => allGatherP),
  transpose: transposeUnary((ct, _operand, params) => own(psum(ct, params), params)),
  batch: (_size, [x], _mapped, params) => ({ values: [moveAxis(allGather(x, params), 1, 0)], mapped: [true] }),
  collective: (size, [x], [isMapped]) => shared(materialise(size, x, isMapped)),
});
/** The operands of all members, one after the other along a new axis in front. */
export const allGather = (x: Value, params: AxisParams): Value => bind1(allGatherP, [x], params);

type PermuteParams = AxisParams & { readonly permutation: readonly (readonly [source: number, destination: number])[] };
const ppermuteP: Primitive<PermuteParams, One, One> = defineCollective<PermuteParams, One>('ppermute', {
  shape: ([x]) => [x],
  jvp: jvpLinear(() => ppermuteP),
  transpose: transposeUnary((ct, _operand, params) =>
    ppermute(ct, { ...params, permutation: params.permutation.map(([from, to]) => [to, from] as const) }),
  ),
  batch: batchPointwise(() => ppermuteP),
  collective: (size, args, mapped, { permutation }) => {
    const [x] = allMapped(size, args, mapped);
    if (size === 0) return { values: [x], mapped: [true] };
    const [sources, isSent] = [new Int32Array(size), new Uint8Array(size)];
    for (const [from, to] of permutation) {
      sources[to] = from;
      isSent[to] = 1;
    }
    const moved = gather(x, concreteArray([size, 1], i32, sources), {
      offsetDims: x.shape.slice(1).map((_, d) => d + 1),
      collapsedDims: [0],
      indexMap: [0],
      operandBatching: [],
      indicesBatching: [],
      windowSizes: x.shape.map((n, d) => (d === 0 ? 1 : n)),
      outside: 'clip',
    });
    if (!isSent.includes(0)) return { values: [moved], mapped: [true] };
    const which = broadcastInDim(concreteArray([size], bool, isSent), x.shape, [0]);
    return { values: [selectN(which, fullLike(moved, 0), moved)], mapped: [true] };
  },
});
export const ppermute = (x: Value, params: PermuteParams): Value => bind1(ppermuteP, [x], params);
