// What functions with rules of their own share: they are called as functions, and recorded as programs.
import { type Aval, aval, sameAval, showAval } from '../core/aval';
import { ArgumentError, ClosedOverError, ShapeError, TransformError, TreeError } from '../core/errors';
import { evalJaxpr } from '../core/evalJaxpr';
import { avalsOf, bind } from '../core/interpreter';
import type { Jaxpr } from '../core/jaxpr';
import { isNonzero, type Primitive, type Tangent, Zero } from '../core/primitive';
import { traceToJaxpr } from '../core/stage';
import { countLeaves, difference, type Flat, flatten, leafPaths, type TreeDef, unflatten } from '../core/tree';
import { Value } from '../core/value';
import { instantiate } from '../primitives/fill';
import { materialise } from '../primitives/kinds';
import { reduceSum } from '../primitives/reduction';
import type { CustomRuleOptions } from '../types/custom';
import { batchFlat, currentAxis } from './batch';
import { evaluated } from './call';
import { type AnyFunction, type FlatFunction, flattenFunction, nameOf } from './function';
import { putWhere } from './program';

/** `fun` computes; once recorded, `jaxpr` is what it computes and the first `consts` operands are what it closed over. */
export type CustomCallParams = {
  readonly name: string;
  readonly fun: FlatFunction;
  readonly jaxpr?: Jaxpr;
  readonly consts: number;
  /** The number of the argument that each operand behind those belongs to, where it has no derivative by definition. */
  readonly nondiff?: readonly (number | null)[];
};

/** f with its results all mapped. */
export const batchedAll = (
  f: FlatFunction,
  size: number,
  mapped: readonly boolean[],
  axisName = currentAxis(),
): FlatFunction => {
  return (...args) => {
    const out = batchFlat('vmap', size, f, args, mapped, axisName);
    return out.values.map((x, i) => materialise(size, x, out.mapped[i] as boolean));
  };
};

/** A function of values, and of tangents some of which are known to be zero. */
export type WithTangents = (values: readonly Value[], tangents: readonly Tangent[]) => readonly Tangent[];

/** f for every example: results are all mapped, tangents as it is said or all of them, and zeros stay zeros. */
export const batchedTangents = (
  f: WithTangents,
  size: number,
  mapped: readonly boolean[],
  tangentMapped?: readonly boolean[],
  // The function returned may be called when another rule is running.
  axisName = currentAxis(),
): WithTangents => {
  return (values, tangents) => {
    const isMapped = tangents.map((_, i) => tangentMapped?.[i] ?? true);
    const live = tangents.map(isNonzero);
    let results: readonly Tangent[] = [];
    const flat: FlatFunction = (...xs) => {
      const inner = putWhere<Tangent>(live, xs.slice(values.length), (i) => {
        const { shape, dtype } = (tangents[i] as Tangent).aval;
        return new Zero(aval(isMapped[i] ? shape.slice(1) : shape, dtype));
      });
      results = f(xs.slice(0, values.length), inner);
      return results.filter(isNonzero);
    };
    const given = tangents.filter(isNonzero);
    const out = batchedAll(
      flat,
      size,
      [...mapped, ...isMapped.filter((_, i) => live[i])],
      axisName,
    )(...values, ...given);
    return putWhere<Tangent>(results.map(isNonzero), out, (i) => {
      const { shape, dtype } = (results[i] as Tangent).aval;
      return new Zero(aval([size, ...shape], dtype));
    });
  };
};

export const closedOver = (name: string, rule: string): TransformError =>
  new TransformError(
    `${name}: differentiated with respect to a value that the function closes over, for which its ${rule} has no rule. Pass the value as an argument.`,
  );

/** The error for a derivative by what has none: a value closed over, or an argument named in nondiffArgnums. */
export const checkDifferentiated = (
  { name, consts, nondiff }: CustomCallParams,
  tangents: readonly Tangent[],
  rule: string,
): void => {
  if (tangents.slice(0, consts).some(isNonzero)) throw closedOver(name, rule);
  tangents.slice(consts).forEach((t, i) => {
    const argument = isNonzero(t) ? (nondiff?.[i] ?? null) : null;
    if (argument !== null)
      throw new TransformError(
        `${name}: differentiated with respect to argument ${argument}, which nondiffArgnums says has no derivative. ` +
          'Pass stopGradient of it, or take it out of nondiffArgnums and give it a derivative.',
      );
  });
};

/** The function recorded as a program, with what it closed over as leading operands. */
export const recorded = (fun: FlatFunction, args: readonly Value[]) => {
  const { jaxpr, consts } = traceToJaxpr('jit', fun, avalsOf(args));
  const run: FlatFunction = (...xs) => evalJaxpr(jaxpr, xs);
  return { jaxpr, consts: consts.length, args: [...consts, ...args], fun: run };
};
/** Records the function, so that the equation is a program too. */
export const stageCall = <P extends CustomCallParams>(
  args: readonly Value[],
  params: P,
): { readonly args: readonly Value[]; readonly params: P } => {
  if (params.jaxpr) return { args, params };
  const { jaxpr, consts, fun, args: operands } = recorded(params.fun, args);
  return { args: operands, params: { ...params, jaxpr, consts: consts + params.consts, fun } };
};

/** Cotangents for all examples: one operand that they share gets the sum of them. */
export const summedShared = (cts: readonly Tangent[], mapped: readonly boolean[]): readonly Tangent[] =>
  cts.map((ct, i) => {
    if (mapped[i]) return ct;
    return isNonzero(ct) ? reduceSum(ct, [0]) : new Zero(aval(ct.aval.shape.slice(1), ct.aval.dtype));
  });

export const customCallRules = (rule: string) =>
  ({
    impl: (args: readonly Value[], { fun, name }: CustomCallParams) => {
      try {
        return evaluated('a custom rule', () => fun(...args));
      } catch (error) {
        if (error instanceof ClosedOverError) throw closedOver(name, rule);
        throw error;
      }
    },
    shape: (args: readonly Aval[], { fun, jaxpr }: CustomCallParams) =>
      (jaxpr ?? traceToJaxpr('jit', fun, args).jaxpr).outputs.map((v) => v.aval),
    transpose: null,
    lower: { kind: 'inline', program: ({ jaxpr }: CustomCallParams) => jaxpr ?? null },
  }) as const;

/** Says where trees or leaves that must be alike differ. */
export const checkLike = (what: string, given: Flat, wanted: Flat): void => {
  const differs = difference(given.def, wanted.def);
  if (differs !== null) throw new TreeError(`${what} differ ${differs}.`);
  const paths = leafPaths(wanted.def);
  given.leaves.forEach((x, i) => {
    const like = wanted.leaves[i] as Value;
    if (!sameAval(x.aval, like.aval))
      throw new ShapeError(
        `${what} differ${paths[i] === '' ? '' : ` at ${paths[i]}`}: ${showAval(x.aval)} against ${showAval(like.aval)}.`,
      );
  });
};

/** Stands for a leaf that is null, which means zero. */
class Absent extends Value {
  constructor(readonly aval: Aval) {
    super();
  }
  concrete(use: string): never {
    throw new TypeError(`internal: ${use} of an absent tangent`);
  }
}
const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !(x instanceof Value);
const filled = (given: unknown, like: unknown): unknown => {
  if (given === null || given === undefined) return like;
  if (Array.isArray(given) && Array.isArray(like)) return given.map((x, i) => filled(x, like[i]));
  if (Array.isArray(given) || Array.isArray(like) || !isObject(given) || !isObject(like)) return given;
  return Object.fromEntries(Object.entries(given).map(([k, x]) => [k, filled(x, like[k])]));
};

/** Tangents or cotangents that a user gave: a tree like `wanted`, with null where they are zero. */
export const tangentsLike = (what: string, given: unknown, { def, leaves }: Flat): readonly Tangent[] => {
  const flat = flatten(
    filled(
      given,
      unflatten(
        def,
        leaves.map((x) => new Absent(x.aval)),
      ),
    ),
  );
  checkLike(what, flat, { def, leaves });
  return flat.leaves.map((x) => (x instanceof Absent ? new Zero(x.aval) : x));
};

/** Tangents for a user: zeros made real, or null where the rule asks for that. */
export const tangentTree = (
  def: TreeDef,
  tangents: readonly Tangent[],
  isNull: (t: Tangent, leaf: number) => boolean,
): unknown =>
  unflatten(
    def,
    tangents.map((t, i) => (isNull(t, i) ? null : instantiate(t))),
  );

/** For each leaf of the arguments, whether its argument is named in nondiffArgnums. */
const nondifferentiable = (
  name: string,
  argnums: number | readonly number[] | undefined,
  { def }: Flat,
): readonly (number | null)[] => {
  const children = def.kind === 'array' ? def.children : [];
  const chosen = new Set(
    (argnums === undefined ? [] : typeof argnums === 'number' ? [argnums] : argnums).map((i) => {
      const at = i < 0 ? i + children.length : i;
      if (!Number.isInteger(at) || at < 0 || at >= children.length)
        throw new ArgumentError(
          `${name}: nondiffArgnums ${i} is out of range; the function was called with ${children.length} argument${children.length === 1 ? '' : 's'}.`,
        );
      return at;
    }),
  );
  return children.flatMap((d, i) => new Array<number | null>(countLeaves(d)).fill(chosen.has(i) ? i : null));
};

/** A call of a user's function with rules of its own: the flat arguments, and which of them have no derivative by definition. */
interface CustomCall extends Flat {
  readonly name: string;
  readonly nondiff: readonly (number | null)[];
}
/** Calls such a function. A rule that computes the results, too, tells by `seen` what structure they have. */
export const callCustom = <R>(
  transform: string,
  primitive: Primitive<CustomCallParams & R>,
  f: AnyFunction,
  args: readonly unknown[],
  { nondiffArgnums }: CustomRuleOptions,
  rulesOf: (call: CustomCall, seen: (result: TreeDef) => void) => R,
): unknown => {
  const name = nameOf(f);
  const flat = flatten(args);
  const nondiff = nondifferentiable(name, nondiffArgnums, flat);
  const { call: fun, resultDef } = flattenFunction(transform, f, flat.def);
  let seen: TreeDef | undefined;
  const rules = rulesOf({ ...flat, name, nondiff }, (def) => {
    seen = def;
  });
  const values = bind(primitive, flat.leaves, { name, consts: 0, nondiff, fun, ...rules });
  return unflatten(seen ?? resultDef(), values);
};
