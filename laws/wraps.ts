// How a part of a random program is run: by a transform or control flow, and what that means spelled out, without it.
import { sameShape } from '../src/core/aval';
import { i32 } from '../src/core/dtype';
import type { Value } from '../src/core/value';
import * as p from '../src/primitives';
import {
  checkpoint,
  cond,
  customBatch,
  customJvp,
  customVjp,
  foriLoop,
  grad,
  jit,
  jvp,
  map,
  scan,
  scanPairs,
  switchCase,
  type ValueFunction,
  vjp,
  vmap,
  whileLoop,
} from './untyped';

interface Way {
  /** f at these values, at least one. */
  readonly run: (f: ValueFunction, ...xs: readonly Value[]) => Value;
  /** The same without what is tested; where it is left out, `run` is that. */
  readonly spelled?: (f: ValueFunction, ...xs: readonly Value[]) => Value;
  /** The function may not use values from outside. */
  readonly isClosed?: true;
  /** What cannot be differentiated in one of the modes. */
  readonly only?: 'forward' | 'reverse';
}

const axesOf = (x: Value): number[] => x.shape.map((_, d) => d);
export const total = (x: Value): Value => p.reduceSum(x, axesOf(x));

/** x with this shape: as it is, repeated along leading axes, or its sum repeated everywhere. */
export const coerce = (x: Value, shape: readonly number[]): Value => {
  if (sameShape(x.shape, shape)) return x;
  const extra = shape.length - x.ndim;
  const fits = extra > 0 && x.shape.every((n, d) => n === shape[d + extra]);
  return p.broadcastInDim(fits ? x : total(x), shape, fits ? x.shape.map((_, d) => d + extra) : []);
};
/** What the next step of a loop gets: of the shape of the last one, and so tame that the derivatives of many steps can be compared. */
const next = (y: Value, like: Value): Value => {
  const isSum = y.ndim >= like.ndim && !sameShape(y.shape, like.shape);
  return p.sin(p.mul(coerce(y, like.shape), p.fullLike(like, 0.2 / (isSum ? Math.max(y.size, 1) : 1))));
};
const rows = (x: Value): Value[] =>
  Array.from({ length: x.shape[0] as number }, (_, i) => {
    const row = p.slice(x, [i, ...x.shape.slice(1).map(() => 0)], [i + 1, ...x.shape.slice(1)]);
    return p.reshape(row, row.shape.slice(1));
  });
const stack = (ys: readonly Value[]): Value => {
  const lead = ys.map((y) => p.reshape(y, [1, ...y.shape]));
  return p.concatenate(lead, 0);
};
const leading = (xs: readonly Value[]): Value | undefined => xs.find((x) => x.ndim > 0 && x.shape[0] !== 0);
const negated =
  (f: ValueFunction): ValueFunction =>
  (...xs) =>
    f(...xs.map(p.neg));
const turned =
  (f: ValueFunction): ValueFunction =>
  (...xs) =>
    f(...xs.map(p.cos));

/** What a branch is chosen by; there no derivative jumps, up to the second, as all branches are nothing. */
const chosen = (x: Value): { readonly isAbove: Value; readonly gated: (y: Value) => Value } => {
  const distance = p.tanh(p.sub(total(x), p.fullLike({ aval: total(x).aval }, 0.1234567)));
  const gate = p.mul(distance, p.mul(distance, distance));
  return {
    isAbove: p.gt(distance, p.fullLike(distance, 0)),
    gated: (y) => p.mul(y, coerce(gate, y.shape)),
  };
};
const scalar = (n: number): Value => p.full([], i32, n);
const select = (isTrue: Value, ifTrue: Value, ifFalse: Value): Value =>
  p.selectN(p.broadcastInDim(isTrue, ifTrue.shape, []), ifFalse, ifTrue);

const steps = 3;
/** One step where the first value is above the gate, else two; then no further. */
const loopOf =
  (options?: { readonly maxSteps: number }) =>
  (f: ValueFunction, x: Value, ...others: readonly Value[]): Value => {
    const { isAbove, gated } = chosen(x);
    const first = p.convert(isAbove, i32);
    const out = whileLoop(
      ([n]) => p.lt(n as Value, scalar(2)),
      ([n, c]) => [p.add(n as Value, scalar(1)), next(f(c as Value, ...others), x)],
      [first, x],
      options,
    );
    return gated(out[1] as Value);
  };
const loopSpelled = (f: ValueFunction, x: Value, ...others: readonly Value[]): Value => {
  const { isAbove, gated } = chosen(x);
  const once = next(f(x, ...others), x);
  return gated(select(isAbove, once, next(f(once, ...others), x)));
};
const scanOf =
  (options: { readonly reverse?: boolean; readonly unroll?: number }) =>
  (f: ValueFunction, x: Value, ...others: readonly Value[]): Value => {
    const xs = leading([...others, x]);
    if (xs === undefined) return f(x, ...others);
    const [last, ys] = scan(
      (c, e) => {
        const y = f(c, e);
        return [next(y, x), y];
      },
      x,
      xs,
      options,
    );
    return p.add(last, coerce(ys, x.shape));
  };
const scanSpelled =
  (reverse: boolean) =>
  (f: ValueFunction, x: Value, ...others: readonly Value[]): Value => {
    const xs = leading([...others, x]);
    if (xs === undefined) return f(x, ...others);
    let c = x;
    const ys: Value[] = [];
    const elements = rows(xs);
    for (const e of reverse ? elements.reverse() : elements) {
      const y = f(c, e);
      c = next(y, x);
      ys.push(y);
    }
    return p.add(c, coerce(stack(reverse ? ys.reverse() : ys), x.shape));
  };
/** A scan of which one carried value and one result of each step are for nobody. */
const scanInPart = (f: ValueFunction, x: Value, ...others: readonly Value[]): Value => {
  const xs = leading([...others, x]);
  if (xs === undefined) return f(x, ...others);
  const [[last], [ys]] = scanPairs(
    ([c, d], e) => {
      const y = f(c, e);
      return [
        [next(y, x), next(f(d, e), c)],
        [y, f(y, d)],
      ];
    },
    [x, x],
    xs,
  );
  return p.add(last, coerce(ys, x.shape));
};
const plain = (f: ValueFunction, ...xs: readonly Value[]): Value => f(...xs);

/** Every way a part of a program can be run. */
export const ways = {
  plain: { run: plain },
  jit: { run: (f, ...xs) => jit(f)(...xs), spelled: plain },
  checkpoint: { run: (f, ...xs) => checkpoint(f)(...xs), spelled: plain },
  grad: { run: (f, ...xs) => grad((...ys) => total(f(...ys)))(...xs) },
  jvp: { run: (f, ...xs) => jvp(f, xs, xs.map(p.cos))[1] },
  vjp: {
    run: (f, ...xs) => {
      const [y, pullback] = vjp(f, ...xs);
      const cotangents = pullback(p.cos(y));
      return cotangents[cotangents.length - 1] as Value;
    },
  },
  vmap: {
    run: (f, ...xs) => {
      const size = xs.find((x) => x.ndim > 0)?.shape[0];
      if (size === undefined) return f(...xs);
      return vmap(
        f,
        xs.map((x) => (x.shape[0] === size ? 0 : null)),
      )(...xs);
    },
  },
  customJvp: {
    run: (f, ...xs) => customJvp(f, (primals, tangents) => jvp(f, primals, tangents))(...xs),
    spelled: plain,
    isClosed: true,
  },
  customVjp: {
    run: (f, ...xs) =>
      customVjp(
        f,
        (...primals) => [f(...primals), primals],
        (primals, ct) => vjp(f, ...primals)[1](ct),
      )(...xs),
    spelled: plain,
    isClosed: true,
    only: 'reverse',
  },
  customBatch: {
    run: (f, ...xs) =>
      customBatch(f, ({ mapped }, ...ys) => [
        vmap(
          f,
          mapped.map((m) => (m ? 0 : null)),
        )(...ys),
        true,
      ])(...xs),
    spelled: plain,
    isClosed: true,
  },
  scan: { run: scanOf({}), spelled: scanSpelled(false) },
  scanReverse: { run: scanOf({ reverse: true, unroll: 2 }), spelled: scanSpelled(true) },
  scanInPart: { run: scanInPart, spelled: scanSpelled(false) },
  map: {
    run: (f, x, ...others) =>
      x.ndim === 0 || x.shape[0] === 0 ? f(x, ...others) : map((e) => f(e as Value, ...others), x),
    spelled: (f, x, ...others) =>
      x.ndim === 0 || x.shape[0] === 0 ? f(x, ...others) : stack(rows(x).map((e) => f(e, ...others))),
  },
  foriLoop: {
    run: (f, x) => foriLoop(1, 1 + steps, (i, c) => next(f(c, p.convert(i, x.dtype)), x), x),
    spelled: (f, x) => {
      let c = x;
      for (let i = 1; i <= steps; i++) c = next(f(c, p.full([], x.dtype, i)), x);
      return c;
    },
  },
  cond: {
    run: (f, ...xs) => {
      const { isAbove, gated } = chosen(xs[0] as Value);
      return gated(cond(isAbove, f, negated(f), ...xs));
    },
    spelled: (f, ...xs) => {
      const { isAbove, gated } = chosen(xs[0] as Value);
      return gated(select(isAbove, f(...xs), negated(f)(...xs)));
    },
  },
  switchCase: {
    run: (f, ...xs) => {
      const { isAbove, gated } = chosen(xs[0] as Value);
      // An index behind the last branch is that.
      const index = p.mul(p.add(p.convert(isAbove, i32), scalar(1)), scalar(2));
      return gated(switchCase(p.sub(index, scalar(2)), [f, negated(f), turned(f)], ...xs));
    },
    spelled: (f, ...xs) => {
      const { isAbove, gated } = chosen(xs[0] as Value);
      return gated(select(isAbove, turned(f)(...xs), f(...xs)));
    },
  },
  whileLoop: { run: loopOf(), spelled: loopSpelled, only: 'forward' },
  whileBounded: { run: loopOf({ maxSteps: steps }), spelled: loopSpelled },
} as const satisfies Readonly<Record<string, Way>>;

export type Wrap = keyof typeof ways;
export const wayOf = (wrap: Wrap): Way => ways[wrap];
const those = (holds: (wrap: Wrap) => boolean): readonly Wrap[] => (Object.keys(ways) as Wrap[]).filter(holds);

/** Those that have derivatives in both modes, to any order. */
export const allWraps: readonly Wrap[] = those((wrap) => wayOf(wrap).only === undefined);
/** Those for programs that are differentiated in forward mode only, and in reverse mode only. */
export const forwardWraps: readonly Wrap[] = those((w) => wayOf(w).only !== 'reverse' && w !== 'grad' && w !== 'vjp');
export const reverseWraps: readonly Wrap[] = those(
  (w) => wayOf(w).only !== 'forward' && w !== 'jvp' && w !== 'customJvp',
);
