// Operations along a mapped axis that has a name: each is what the examples, the members of the axis, have together.
import { type Aval, aval } from '../core/aval';
import { bool, i32 } from '../core/dtype';
import { AxisError } from '../core/errors';
import { bind1 } from '../core/interpreter';
import { definePrimitive, type Primitive, type ProgramRules, type Rules, Zero } from '../core/primitive';
import { concreteArray, type Value } from '../core/value';
import { div, mul } from './arithmetic';
import { concatenate, iota } from './concatenate';
import { convert } from './convert';
import { dynamicSlice } from './dynamic';
import { fullLike } from './fill';
import { gather } from './gather';
import { allMapped, batchPointwise, checkDType, jvpLinear, materialise, transposeUnary } from './kinds';
import { reduceMax, reduceMin, reduceSum } from './reduction';
import { eq, selectN } from './select';
import { broadcastInDim, moveAxis, reshape } from './views';

export type AxisParams = { readonly axisName: string; readonly size: number };
type Collective<P> = Rules<P> & Required<Pick<ProgramRules<P>, 'collective'>>;

/** A collective that vmap does not see has no meaning: its name is unknown there. */
const unbound = <P extends AxisParams>(name: string): Pick<Rules<P>, 'impl' | 'lower'> => ({
  impl: (_args, { axisName }) => {
    throw new AxisError(`${name}: the axis '${axisName}' is not mapped here; the value left the vmap that names it.`);
  },
  lower: { kind: 'call' },
});
const defineCollective = <P extends AxisParams>(name: string, rules: Omit<Collective<P>, 'impl' | 'lower'>) =>
  definePrimitive<P>(name, { ...unbound<P>(name), ...rules } as Collective<P>);

const shared = (x: Value) => ({ values: [x], mapped: [false] });

const psumP: Primitive<AxisParams> = defineCollective<AxisParams>('psum', {
  shape: ([x]) => {
    checkDType('psum', 'number', (x as Aval).dtype);
    return [x as Aval];
  },
  jvp: jvpLinear(() => psumP),
  // Every member's result has every member's operand in it.
  transpose: transposeUnary((ct, _operand, params) => psum(ct, params)),
  batch: batchPointwise(() => psumP as Primitive),
  collective: (size, [x], [isMapped]) =>
    shared(isMapped ? reduceSum(x as Value, [0]) : mul(x as Value, fullLike(x as Value, size))),
});
export const psum = (x: Value, params: AxisParams): Value => bind1(psumP, [x], params);

const defineExtremum = (name: 'pmax' | 'pmin', reduce: (x: Value, axes: readonly number[]) => Value) => {
  const primitive: Primitive<AxisParams> = defineCollective<AxisParams>(name, {
    shape: ([x]) => [x as Aval],
    // Members that are equally large share the derivative, as elements of a maximum do.
    jvp: ([x], [t], params) => {
      const answer = bind1(primitive, [x as Value], params);
      if (t === undefined || t instanceof Zero) return { primals: [answer], tangents: [new Zero(answer.aval)] };
      const isOne = convert(eq(x as Value, answer), answer.dtype);
      return { primals: [answer], tangents: [div(psum(mul(t, isOne), params), psum(isOne, params))] };
    },
    transpose: null,
    batch: batchPointwise(() => primitive as Primitive),
    collective: (_size, [x], [isMapped]) => shared(isMapped ? reduce(x as Value, [0]) : (x as Value)),
  });
  return (x: Value, params: AxisParams): Value => bind1(primitive, [x], params);
};
export const pmax = defineExtremum('pmax', reduceMax);
export const pmin = defineExtremum('pmin', reduceMin);

const axisIndexP: Primitive<AxisParams> = defineCollective<AxisParams>('axis_index', {
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

const allGatherP: Primitive<AxisParams> = defineCollective<AxisParams>('all_gather', {
  shape: ([x], { size }) => [aval([size, ...(x as Aval).shape], (x as Aval).dtype)],
  jvp: jvpLinear(() => allGatherP),
  transpose: transposeUnary((ct, _operand, params) => own(psum(ct, params), params)),
  batch: (_size, [x], _mapped, params) => ({ values: [moveAxis(allGather(x as Value, params), 1, 0)], mapped: [true] }),
  collective: (size, [x], [isMapped]) => shared(materialise(size, x as Value, isMapped as boolean)),
});
/** The operands of all members, one after the other along a new axis in front. */
export const allGather = (x: Value, params: AxisParams): Value => bind1(allGatherP, [x], params);

type PermuteParams = AxisParams & { readonly permutation: readonly (readonly [source: number, destination: number])[] };
const ppermuteP: Primitive<PermuteParams> = defineCollective<PermuteParams>('ppermute', {
  shape: ([x]) => [x as Aval],
  jvp: jvpLinear(() => ppermuteP),
  transpose: transposeUnary((ct, _operand, params) =>
    ppermute(ct, { ...params, permutation: params.permutation.map(([from, to]) => [to, from] as const) }),
  ),
  batch: batchPointwise(() => ppermuteP as Primitive),
  collective: (size, args, mapped, { permutation }) => {
    const x = allMapped(size, args, mapped)[0] as Value;
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
