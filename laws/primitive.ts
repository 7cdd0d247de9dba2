// What the rules of a primitive owe each other: plain boolean functions of a call's numbers.
import { type Aval, sizeOf } from '../src/core/aval';
import { checkJaxpr } from '../src/core/checker';
import { computeDType, f16, isFloat, recordOf } from '../src/core/dtype';
import { evalJaxpr } from '../src/core/evalJaxpr';
import { avalsOf, bind } from '../src/core/interpreter';
import { type Jaxpr, programsIn } from '../src/core/jaxpr';
import { LinearOperand, type Params, type Primitive, type Tangent, Zero } from '../src/core/primitive';
import { traceToJaxpr } from '../src/core/stage';
import { arrayOf, type ConcreteArray, type Value } from '../src/core/value';
import { type Arrays, all, close, near, rounding, sameAvals, sameBits, scaleOf } from './compare';
import { reference, type TargetOfLaws } from './targets';
import { jit, type ValueFunction } from './untyped';
import {
  centralDifference,
  concrete,
  dense,
  inner,
  innerScale,
  minus,
  plus,
  row,
  stack,
  times,
  zerosLike,
} from './vectors';

/** The step of central differences, and what they may be off relative to the scale of the results. */
const step = 1e-5;
const tolerance = 1e-6;

const run = (p: Primitive, args: readonly Value[], params: Params): ConcreteArray[] =>
  bind(p, args, params).map(concrete);

/** The shape rule says what comes out. */
export const shapeRule =
  (p: Primitive) =>
  (args: Arrays, params: Params): boolean =>
    sameAvals(p.shape(avalsOf(args), params), avalsOf(run(p, args, params)));

/** A staged call is a legal program that gives the results of the call, bit for bit. */
export const staging =
  (p: Primitive) =>
  (args: Arrays, params: Params): boolean =>
    sameWhenStaged((...xs) => bind(p, xs, params), args);

/** jit of a call gives its results, bit for bit. */
export const jitIsEager =
  (p: Primitive) =>
  (args: Arrays, params: Params): boolean => {
    const call: ValueFunction<readonly Value[]> = (...xs) => bind(p, xs, params);
    return all(sameBits, jit(call)(...args).map(concrete), run(p, args, params));
  };

const sameWhenStaged = (f: (...xs: readonly Value[]) => readonly Value[], args: Arrays): boolean => {
  const { jaxpr, consts } = traceToJaxpr('laws', f, avalsOf(args));
  checkJaxpr(jaxpr);
  return all(sameBits, evalJaxpr(jaxpr, [...consts, ...args]).map(concrete), f(...args).map(concrete));
};

/** Whether floats are contracted anywhere in a program: sums of products round as a target does. */
const contracts = ({ equations }: Jaxpr): boolean =>
  equations.some(
    ({ primitive, params, outputs }) =>
      (primitive.lower.kind === 'contract' && outputs.some((v) => isFloat(v.aval.dtype))) ||
      programsIn(params).some(contracts),
  );

/**
 * A target gives what the reference implementations give, for one call (`size` 0) or for the batch rule's program of many, and again
 * when it is called a second time, whatever the first one left in memory: bit for bit, but contractions within the rounding of their sums, |error| <= (n + 2) ε Σ |products| for n terms, and not even that for sums of
 * small whole numbers, which are exact.
 */
export const targetIsReference =
  (p: Primitive, target: TargetOfLaws) =>
  (data: Lanes, params: Params): boolean => {
    const args = data.size === 0 ? (data.lanes[0] as Arrays) : stacked(data);
    const f = (...xs: readonly Value[]): readonly Value[] =>
      data.size === 0 ? bind(p, xs, params) : p.batch(data.size, xs, data.mapped, params).values;
    const { jaxpr, consts } = traceToJaxpr('laws', f, avalsOf(args));
    const given = [...consts.map(concrete), ...args];
    const expected = reference(jaxpr, given);
    const isExact = args.every(({ numbers }) => numbers.every((x) => Number.isInteger(x) && Math.abs(x) < 16));
    const agree = ((): ((actual: Arrays) => boolean) => {
      if (!contracts(jaxpr) || (isExact && p.lower.kind === 'contract')) return (ys) => all(sameBits, ys, expected);
      if (p.lower.kind !== 'contract') return (ys) => all((a, b) => close(a, b, rounding), ys, expected);
      // Moving elements and adding products of magnitudes: an upper bound of every sum on the way.
      const bounds = reference(jaxpr, given.map(magnitude));
      const terms = Math.max(...args.map((x) => sizeOf(x.shape)));
      return (ys) =>
        ys.every(({ dtype, numbers }, k) => {
          // Sums are those of the dtype that is computed in; a narrower result is rounded once more, on both sides.
          const own = 2 ** -recordOf(dtype).digits;
          const computed = 2 ** -recordOf(computeDType(dtype)).digits;
          const allowed = (terms + 2) * computed + (own > computed ? 2 * own * (1 + own) : 0);
          const spacing = dtype === f16 ? 2 ** -24 : 0;
          const [xs, sums] = [(expected[k] as ConcreteArray).numbers, (bounds[k] as ConcreteArray).numbers];
          return numbers.every((y, i) => Math.abs(y - (xs[i] as number)) <= allowed * (sums[i] as number) + spacing);
        });
    })();
    const run = target.compile(jaxpr);
    return [run(given), run(given)].every(agree);
  };
const magnitude = ({ shape, dtype, numbers }: ConcreteArray): ConcreteArray =>
  arrayOf(
    shape,
    dtype,
    numbers.map((x) => Math.abs(x)),
  );

/** Tangents as a transform passes them: zeros are symbolic for integers, and where `isZero` says so. */
export const symbolic = (tangents: Arrays, isZero: readonly boolean[]): Tangent[] =>
  tangents.map((t, i) => (isZero[i] || !isFloat(t.dtype) ? new Zero(t.aval) : t));

const forward = (
  p: Primitive,
  args: Arrays,
  tangents: readonly Tangent[],
  params: Params,
): [Arrays, ConcreteArray[]] => {
  const result = p.jvp(args, tangents, params);
  return [result.primals.map(concrete), result.tangents.map(dense)];
};

/** The jvp rule gives the results themselves, and what central differences give. */
export const jvpIsDerivative =
  (p: Primitive) =>
  (args: Arrays, tangents: Arrays, isZero: readonly boolean[], params: Params): boolean => {
    const ts = symbolic(tangents, isZero);
    const [primals, actual] = forward(p, args, ts, params);
    const expected = centralDifference((xs) => run(p, xs, params), args, ts.map(dense), step);
    const scale = scaleOf(...primals);
    return (
      all(sameBits, primals, run(p, args, params)) &&
      all((a, b) => close(a, b, tolerance * (1 + scale)), actual, expected)
    );
  };

/** A symbolic zero and a tangent full of zeros are the same. */
export const jvpOfZeros =
  (p: Primitive) =>
  (args: Arrays, tangents: Arrays, isZero: readonly boolean[], params: Params): boolean => {
    const ts = symbolic(tangents, isZero);
    const filled = ts.map((t) => (isFloat(t.aval.dtype) ? dense(t) : t));
    const same = (a: ConcreteArray, b: ConcreteArray): boolean => close(a, b, rounding);
    return all(same, forward(p, args, ts, params)[1], forward(p, args, filled, params)[1]);
  };

/** The jvp rule is linear in the tangents: jvp(c t + u) = c jvp(t) + jvp(u). */
export const jvpIsLinear =
  (p: Primitive) =>
  (args: Arrays, ts: Arrays, us: Arrays, c: number, params: Params): boolean => {
    const at = (tangents: Arrays): Arrays => forward(p, args, symbolic(tangents, []), params)[1];
    const together = at(ts.map((t, i) => plus(times(c, t), us[i] as ConcreteArray)));
    const [left, right] = [at(ts), at(us)];
    return together.every((y, i) => {
      const [a, b] = [times(c, left[i] as ConcreteArray), right[i] as ConcreteArray];
      return close(y, plus(a, b), rounding * (1 + scaleOf(a, b)));
    });
  };

/**
 * The transpose rule is the adjoint of the primitive in its linear operands: <transpose(ct), t> = <ct, lin(t)>, where
 * lin(t) = f(t) - f(0). A zero cotangent gives zeros; only linear operands get a cotangent, of their own aval.
 */
export const transposeIsAdjoint =
  (p: Primitive, linear: readonly number[]) =>
  (args: Arrays, tangents: Arrays, cotangents: Arrays, params: Params): boolean => {
    if (p.transpose === null) return false;
    const isHole = args.map((_, i) => linear.includes(i));
    const operands = args.map((x, i) => (isHole[i] ? new LinearOperand(x.aval) : x));
    const holes = <T>(xs: readonly T[]): T[] => xs.filter((_, i) => isHole[i]);
    const at = (values: Arrays): ConcreteArray[] =>
      run(
        p,
        args.map((x, i) => (isHole[i] ? (values[i] as ConcreteArray) : x)),
        params,
      );
    const [ahead, base] = [at(tangents), at(args.map((x) => zerosLike(x.aval)))];
    const pushed = ahead.map((y, i) => minus(y, base[i] as ConcreteArray));

    const pulled = p.transpose(cotangents, operands, params);
    const given = holes(pulled).filter((ct) => ct !== null);
    const fits =
      pulled.length === args.length &&
      pulled.every((ct, i) => isHole[i] || ct === null) &&
      sameAvals(
        given.map((ct) => ct.aval),
        avalsOf(holes(args)),
      );
    if (!fits) return false;
    const [cts, ts] = [given.map(dense), holes(tangents)];
    const scale = Math.max(innerScale(cts, ts), innerScale(cotangents, pushed));
    const zero = p.transpose(
      cotangents.map((ct) => new Zero(ct.aval)),
      operands,
      params,
    );
    return (
      near(inner(cts, ts), inner(cotangents, pushed), rounding, scale) &&
      zero.every((ct, i) => (isHole[i] ? ct !== null && scaleOf(dense(ct)) === 0 : ct === null))
    );
  };

/** Calls that differ only in their numbers. `lanes` has at least one; `size` of them are put together. */
export interface Lanes {
  readonly size: number;
  readonly lanes: readonly Arrays[];
  /** Which operands differ from lane to lane; the others are those of the first. */
  readonly mapped: readonly boolean[];
}

export const stacked = ({ size, lanes, mapped }: Lanes): ConcreteArray[] =>
  (lanes[0] as Arrays).map((x, i) =>
    mapped[i]
      ? stack(
          lanes.slice(0, size).map((args) => args[i] as ConcreteArray),
          x.aval,
        )
      : x,
  );
export const lane = ({ lanes, mapped }: Lanes, i: number): ConcreteArray[] =>
  (lanes[0] as Arrays).map((x, k) => (mapped[k] ? ((lanes[i] as Arrays)[k] as ConcreteArray) : x));

/** Results with a mapped axis in front are the results of the lanes, bit for bit unless told otherwise. */
export const sameAsLanes = (
  size: number,
  values: Arrays,
  isMapped: readonly boolean[],
  avals: readonly Aval[],
  ofLane: (i: number) => Arrays,
  same: (a: ConcreteArray, b: ConcreteArray) => boolean = sameBits,
): boolean => {
  const rows = Array.from({ length: size }, (_, i) => ofLane(i));
  return (
    values.length === avals.length &&
    isMapped.length === avals.length &&
    values.every((y, k) =>
      isMapped[k]
        ? sameAvals([y.aval], [{ shape: [size, ...(avals[k] as Aval).shape], dtype: (avals[k] as Aval).dtype }]) &&
          rows.every((results, i) => same(row(y, i), results[k] as ConcreteArray))
        : sameAvals([y.aval], [avals[k] as Aval]) && rows.every((results) => same(y, results[k] as ConcreteArray)),
    )
  );
};

/** The batch rule computes every lane as if it were alone. */
export const batchIsLanes =
  (p: Primitive) =>
  (data: Lanes, params: Params): boolean => {
    const { values, mapped } = p.batch(data.size, stacked(data), data.mapped, params);
    const avals = p.shape(avalsOf(data.lanes[0] as Arrays), params);
    return sameAsLanes(data.size, values.map(concrete), mapped, avals, (i) => run(p, lane(data, i), params));
  };

/** The batch rule, staged, is a legal program of the same results. */
export const batchStages =
  (p: Primitive) =>
  (data: Lanes, params: Params): boolean =>
    sameWhenStaged((...xs) => p.batch(data.size, xs, data.mapped, params).values, stacked(data));

/** The jvp rule, staged, is a legal program of the same results. */
export const jvpStages =
  (p: Primitive) =>
  (args: Arrays, tangents: Arrays, isZero: readonly boolean[], params: Params): boolean => {
    const zero = symbolic(tangents, isZero).map((t) => t instanceof Zero);
    const given = tangents.filter((_, i) => !zero[i]);
    return sameWhenStaged(
      (...xs) => {
        let next = args.length;
        const ts = tangents.map((t, i) => (zero[i] ? new Zero(t.aval) : (xs[next++] as Value)));
        const { primals, tangents: out } = p.jvp(xs.slice(0, args.length), ts, params);
        return [...primals, ...out.filter((t) => !(t instanceof Zero))] as Value[];
      },
      [...args, ...given],
    );
  };

/** The transpose rule, staged, is a legal program of the same results. */
export const transposeStages =
  (p: Primitive, linear: readonly number[]) =>
  (args: Arrays, cotangents: Arrays, params: Params): boolean =>
    sameWhenStaged(
      (...xs) => {
        const operands = args.map((x, i) => (linear.includes(i) ? new LinearOperand(x.aval) : (xs[i] as Value)));
        const pulled = p.transpose?.(xs.slice(args.length), operands, params) ?? [];
        return pulled.filter((ct): ct is Value => ct !== null && !(ct instanceof Zero));
      },
      [...args, ...cotangents],
    );
