// Loops over the elements of a leading axis.
import { atMost, knownOptions } from '../core/arguments';
import { aval, showShape } from '../core/aval';
import { ArgumentError, ShapeError, TreeError } from '../core/errors';
import { bind } from '../core/interpreter';
import type { Role } from '../core/lowering';
import { countLeaves, flatten, leafPaths, type TreeDef, unflatten } from '../core/tree';
import type { Value } from '../core/value';
import { concatenate } from '../primitives/concatenate';
import { reshape, rev, slice } from '../primitives/views';
import type { AssociativeScan, MapOver, Scan } from '../types/control';
import { checkAgrees, checkFunction, traceFunction } from './carry';
import type { AnyFunction } from './function';
import { remember } from './remember';
import { scanP } from './scanPrimitive';
import { vmap } from './vmap';

interface Options {
  readonly reverse?: boolean;
  readonly unroll?: number;
  readonly length?: number;
}
type Step = (carry: unknown, x: unknown) => unknown;

/** The length that all leaves share. */
const lengthOf = (name: string, xs: readonly Value[], def: TreeDef, length: number | undefined): number => {
  const paths = leafPaths(def);
  const where = (i: number): string => (paths[i] === '' ? 'xs' : `xs${paths[i]}`);
  xs.forEach((x, i) => {
    if (x.ndim === 0) throw new ShapeError(`${name}: ${where(i)} is a scalar; what is scanned needs a leading axis.`);
  });
  const n = length ?? xs[0]?.shape[0];
  if (n === undefined)
    throw new ArgumentError(`${name}: xs has no tensors, so the number of steps is unknown. Give { length: n }.`);
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError(`${name}: length must be a whole number of at least 0, got ${n}.`);
  const odd = xs.findIndex((x) => x.shape[0] !== n);
  if (odd >= 0)
    throw new ShapeError(
      `${name}: the leading axis of ${where(odd)} ${showShape((xs[odd] as Value).shape)} must have ${n} elements, ` +
        `as ${length === undefined ? where(0) : 'the option length'} says.`,
    );
  return n;
};

const sliceLead = (x: Value, from: number, to: number): Value =>
  slice(
    x,
    x.shape.map((_, d) => (d === 0 ? from : 0)),
    x.shape.map((n, d) => (d === 0 ? to : n)),
  );

/** One scan without unrolling; messages are about `name`. */
export const scanOnce = (
  name: string,
  f: Step,
  init: unknown,
  xs: unknown,
  length: number,
  reverse: boolean,
): readonly [unknown, unknown] => {
  const [carry, elements] = [flatten(init), flatten(xs)];
  const carryAvals = carry.leaves.map((x) => x.aval);
  const avals = [...carryAvals, ...elements.leaves.map((x) => aval(x.shape.slice(1), x.dtype))];
  const args: TreeDef = { kind: 'array', children: [carry.def, elements.def] };
  const { closed, resultDef } = traceFunction(name, f as AnyFunction, args, avals);
  if (resultDef.kind !== 'array' || resultDef.children.length !== 2)
    throw new TreeError('scan: the function must return [carry, y]: what the next step gets, and what is stacked.');
  const [carryDef, yDef] = resultDef.children as readonly [TreeDef, TreeDef];
  const { jaxpr, consts } = closed;
  const count = countLeaves(carryDef);
  checkAgrees(
    name,
    'the carry that the function returns',
    { def: carry.def, avals: carryAvals, is: 'the initial one' },
    { def: carryDef, avals: jaxpr.outputs.slice(0, count).map((v) => v.aval) },
  );
  const role = (r: Role) => (): Role => r;
  const out = bind(scanP, [...consts, ...carry.leaves, ...elements.leaves], {
    jaxpr,
    roles: [...consts.map(role('const')), ...carry.leaves.map(role('carry')), ...elements.leaves.map(role('x'))],
    feeds: jaxpr.outputs.map((_, k) => (k < count ? consts.length + k : null)),
    length,
    reverse,
  });
  return [unflatten(carryDef, out.slice(0, count)), unflatten(yDef, out.slice(count))];
};

/** Trees of the same structure, leaf by leaf. */
const zip = (f: (xs: readonly Value[]) => Value, ...trees: readonly unknown[]): unknown => {
  const flat = trees.map(flatten);
  const [first] = flat as [(typeof flat)[number]];
  return unflatten(
    first.def,
    first.leaves.map((_, i) => f(flat.map((t) => t.leaves[i] as Value))),
  );
};

const stepsInOne = (f: Step, unroll: number, reverse: boolean): Step => {
  const order = [...Array(unroll).keys()];
  const inOrder = reverse ? [...order].reverse() : order;
  return (carry, block) => {
    let now = carry;
    const ys = new Map<number, unknown>();
    for (const i of inOrder) {
      const x = zip(([b]) => {
        const row = sliceLead(b as Value, i, i + 1);
        return reshape(row, row.shape.slice(1));
      }, block);
      const [next, y] = f(now, x) as readonly [unknown, unknown];
      now = next;
      ys.set(
        i,
        zip(([v]) => reshape(v as Value, [1, ...(v as Value).shape]), y),
      );
    }
    return [now, zip((vs) => concatenate(vs, 0), ...order.map((i) => ys.get(i)))];
  };
};
const blocksOf = remember<Step>();
const mapsOf = remember<Step>();

/** `unroll` steps in one, the rest one by one. */
const scanUnrolled = (f: Step, init: unknown, xs: unknown, length: number, reverse: boolean, unroll: number) => {
  const blocks = Math.floor(length / unroll);
  const [from, to] = reverse ? [length - blocks * unroll, length] : [0, blocks * unroll];
  const several = blocksOf([f, unroll, reverse], () => stepsInOne(f, unroll, reverse));
  const main = zip(([x]) => {
    const part = sliceLead(x as Value, from, to);
    return reshape(part, [blocks, unroll, ...part.shape.slice(1)]);
  }, xs);
  const rest = zip(([x]) => (reverse ? sliceLead(x as Value, 0, from) : sliceLead(x as Value, to, length)), xs);
  const [middle, stacks] = scanOnce('scan', several, init, main, blocks, reverse);
  const ys = zip(([y]) => reshape(y as Value, [blocks * unroll, ...(y as Value).shape.slice(2)]), stacks);
  if (to - from === length) return [middle, ys];
  const [last, others] = scanOnce('scan', f, middle, rest, length - blocks * unroll, reverse);
  return [last, zip((vs) => concatenate(vs, 0), ...(reverse ? [others, ys] : [ys, others]))];
};

/**
 * A loop over the elements of the leading axis: cₙ₊₁, yₙ = f(cₙ, xₙ). Gives the last carry and the y stacked.
 *
 * f is traced once, whatever the length, and as by jit not again when the same function meets the same shapes. `carry`, `xs` and `ys` are trees; the carry has the same structure, shapes and dtypes in every
 * step. `reverse` goes from the last element to the first; the y stay beside their x. `unroll` compiles several steps as one. Where
 * `xs` is null, `length` says how many steps there are. All transforms apply; reverse mode keeps of each step what its derivative needs.
 *
 * @throws ShapeError or TreeError when the carry changes, naming the leaf; ShapeError when leading axes differ
 * @example
 * const [total, sums] = scan((c: Tensor<[]>, x: Tensor<[]>) => [add(c, x), add(c, x)], tensor(0), tensor([1, 2, 3]));
 * sums.toArray() // => [1, 3, 6]
 */
export const scan = function (f: Step, init: unknown, xs: unknown, options: Options = {}): unknown {
  atMost('scan', arguments, 4);
  knownOptions('scan', options, ['reverse', 'unroll', 'length']);
  checkFunction('scan', 'the first argument', f);
  const { unroll = 1, reverse = false } = options;
  if (!Number.isInteger(unroll) || unroll < 1)
    throw new ArgumentError(`scan: unroll must be a whole number of at least 1, got ${unroll}.`);
  const { leaves, def } = flatten(xs);
  const length = lengthOf('scan', leaves, def, options.length);
  const steps = Math.min(unroll, length);
  return steps > 1 ? scanUnrolled(f, init, xs, length, reverse, steps) : scanOnce('scan', f, init, xs, length, reverse);
} as unknown as Scan;

/**
 * f of every element of the leading axis, one after the other: memory is that of one call, where vmap computes all at once.
 *
 * @throws ShapeError when leading axes differ
 * @example
 * map((x: Tensor<[2]>) => sum(x), tensor([[1, 2], [3, 4]])).toArray() // => [3, 7]
 */
export const map = function (f: (x: unknown) => unknown, xs: unknown): unknown {
  atMost('map', arguments, 2);
  checkFunction('map', 'the first argument', f);
  const { leaves, def } = flatten(xs);
  const step = mapsOf([f], () => (_, x) => [null, f(x)]);
  return scanOnce('map', step, null, xs, lengthOf('map', leaves, def, undefined), false)[1];
} as unknown as MapOver;

/**
 * yₙ = x₀ ∘ x₁ ∘ ... ∘ xₙ along the leading axis in about 2 log₂ n calls of `combine` on many elements (Blelloch 1990).
 *
 * `combine` takes and gives elements, is associative, and is mapped over the axis. `reverse`: xₙ ∘ ... from the end; the operand nearer to
 * the end comes first.
 *
 * @throws ShapeError when leading axes differ, or when combine changes a shape or dtype
 * @example
 * associativeScan((x: Tensor<[]>, y: Tensor<[]>) => mul(x, y), tensor([1, 2, 3, 4])).toArray() // => [1, 2, 6, 24]
 */
export const associativeScan = function (
  combine: AnyFunction,
  xs: unknown,
  options: { readonly reverse?: boolean } = {},
): unknown {
  atMost('associativeScan', arguments, 3);
  const { reverse = false } = knownOptions('associativeScan', options, ['reverse']);
  checkFunction('associativeScan', 'the first argument', combine);
  const { leaves, def } = flatten(xs);
  const length = lengthOf('associativeScan', leaves, def, undefined);
  const flip = (ys: readonly Value[]): readonly Value[] => (reverse ? ys.map((y) => rev(y, [0])) : ys);
  if (length < 2) return xs;
  const call = vmap(combine as never) as unknown as AnyFunction as (...trees: readonly unknown[]) => unknown;
  const avals = leaves.map((x) => x.aval);
  const together = (a: readonly Value[], b: readonly Value[]): readonly Value[] => {
    const [from, to] = [a[0]?.shape[0] as number, flatten(call(unflatten(def, a), unflatten(def, b)))];
    checkAgrees(
      'associativeScan',
      'what combine returns',
      { def, avals: avals.map((v) => aval([from, ...v.shape.slice(1)], v.dtype)), is: 'one element' },
      { def: to.def, avals: to.leaves.map((y) => y.aval) },
    );
    return to.leaves;
  };
  const go = (ys: readonly Value[], n: number): readonly Value[] => {
    if (n < 2) return ys;
    const half = Math.floor(n / 2);
    const pairs = together(
      ys.map((y) => every2nd(y, 0, 2 * half)),
      ys.map((y) => every2nd(y, 1, 2 * half)),
    );
    const odd = go(pairs, half);
    const between = Math.ceil(n / 2) - 1;
    const first = ys.map((y) => sliceLead(y, 0, 1));
    const later =
      between === 0
        ? null
        : together(
            odd.map((y) => sliceLead(y, 0, between)),
            ys.map((y) => every2nd(y, 2, n)),
          );
    return odd.map((o, i) => {
      const head = first[i] as Value;
      const even = later === null ? head : concatenate([head, later[i] as Value], 0);
      const rest = even.shape.slice(1);
      const both = [sliceLead(even, 0, half), o].map((v) => reshape(v, [half, 1, ...rest]));
      const merged = reshape(concatenate(both, 1), [2 * half, ...rest]);
      return n % 2 === 0 ? merged : concatenate([merged, sliceLead(even, half, half + 1)], 0);
    });
  };
  return unflatten(def, flip(go(flip(leaves), length)));
} as unknown as AssociativeScan;

const every2nd = (x: Value, from: number, to: number): Value =>
  slice(
    x,
    x.shape.map((_, d) => (d === 0 ? from : 0)),
    x.shape.map((n, d) => (d === 0 ? to : n)),
    x.shape.map((_, d) => (d === 0 ? 2 : 1)),
  );
