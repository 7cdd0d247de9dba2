// Two functions that mean the same, under the transforms and pairs of them: plain boolean functions.

import type { Arrays } from './compare';
import { all, close, scaleOf } from './compare';
import { evaluate } from './derivatives';
import { type FlatFunction, mapRows, pull, push } from './flat';
import { jit } from './untyped';
import { stack } from './vectors';

const compiled = (f: FlatFunction): FlatFunction => jit((...xs) => f(...xs));

type Transform = (f: FlatFunction, xs: Arrays, ts: Arrays, us: Arrays) => Arrays;
const mapped = (f: FlatFunction, xs: Arrays, us: Arrays): Arrays => {
  const both = xs.map((x, i) => stack([x, us[i] as typeof x], x.aval));
  return evaluate(
    mapRows(
      f,
      2,
      xs.map(() => true),
    ),
    both,
  );
};
const forward: readonly Transform[] = [
  (f, xs) => evaluate(f, xs),
  (f, xs) => evaluate(compiled(f), xs),
  (f, xs, ts) => evaluate(push(f, ts), xs),
  (f, xs, ts) => evaluate(compiled(push(f, ts)), xs),
  (f, xs, ts, us) => evaluate(push(push(f, ts), us), xs),
  (f, xs, _, us) => mapped(f, xs, us),
  (f, xs, ts, us) => mapped(push(f, ts), xs, us),
];
const reverse: readonly Transform[] = [
  (f, xs) => evaluate(f, xs),
  (f, xs) => evaluate(pull(f, evaluate(f, xs)), xs),
  (f, xs) => evaluate(compiled(pull(f, evaluate(f, xs))), xs),
  (f, xs, ts) => evaluate(pull(pull(f, evaluate(f, xs)), ts), xs),
  (f, xs, _, us) => mapped(f, xs, us),
  (f, xs, _, us) => mapped(pull(f, evaluate(f, xs)), xs, us),
];
const mixed: readonly Transform[] = [
  (f, xs, ts) => evaluate(push(pull(f, evaluate(f, xs)), ts), xs),
  (f, xs, ts, us) => evaluate(compiled(pull(push(f, ts), evaluate(push(f, us), xs))), xs),
];

const agree =
  (transforms: readonly Transform[]) =>
  (f: FlatFunction, g: FlatFunction, tolerance = 1e-9) =>
  (xs: Arrays, ts: Arrays, us: Arrays): boolean =>
    transforms.every((transform) => {
      const [ys, zs] = [transform(f, xs, ts, us), transform(g, xs, ts, us)];
      return all((y, z) => close(y, z, tolerance * (1 + scaleOf(...zs))), ys, zs);
    });

/** f = g in value, compiled, mapped, and in both modes to second order. */
export const meansTheSame = agree([...forward, ...reverse, ...mixed]);
/** The same without reverse mode, for functions that have none. */
export const meansTheSameForward = agree(forward);
/** The same without forward mode. */
export const meansTheSameReverse = agree(reverse);
