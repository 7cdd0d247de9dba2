// What nobody uses is not computed, in loops and branches either.
import {
  add,
  cond,
  cos,
  debug,
  exp,
  grad,
  greater,
  jit,
  less,
  makeJaxpr,
  mul,
  scan,
  sin,
  sum,
  type Tensor,
  tensor,
  whileLoop,
} from 'adjoint';
import { describe, expect, it } from 'vitest';

type S = Tensor<[]>;
type V = Tensor<[3]>;
const s = (x: number): S => tensor(x);
const xs: V = tensor([0.1, 0.2, 0.3]);
const printed = (f: (...args: never[]) => unknown, ...args: readonly unknown[]): string =>
  String((makeJaxpr as unknown as (g: unknown) => (...a: readonly unknown[]) => unknown)(f)(...args));

/** One result that is used, and one that is not, beside it a carried value that only the second reads. */
const walk = (w: S, ys: V): readonly [V, V] => {
  const [, out] = scan(
    ([a, b]: readonly [S, S], y: S) => {
      const next = sin(add(mul(w, a), y));
      return [
        [next, exp(b)],
        [next, mul(b, cos(y))],
      ] as readonly [readonly [S, S], readonly [S, S]];
    },
    [s(0), s(1)] as readonly [S, S],
    ys,
  );
  return out as readonly [V, V];
};

describe('a result that nobody uses', () => {
  it('is not computed by a scan, nor is what only it needs', () => {
    const text = printed((w: S, ys: V) => walk(w, ys)[0], s(2), xs);
    expect(text).toContain('sin');
    expect(text).not.toMatch(/exp|cos/);
    expect(jit((w: S, ys: V) => walk(w, ys)[0])(s(2), xs).toArray()).toEqual(walk(s(2), xs)[0].toArray());
  });
  it('leaves no residuals for its derivative', () => {
    const loss = (w: S, ys: V): S => sum(walk(w, ys)[0]);
    const text = printed(grad(loss), s(2), xs);
    expect(text).not.toMatch(/exp/);
    // The derivative of sin, and no other: cos(y) belonged to the result that is not used.
    expect(text.match(/= cos /g)).toHaveLength(1);
    expect(jit(grad(loss))(s(2), xs).item()).toBeCloseTo(grad(loss)(s(2), xs).item(), 6);
  });
  it('is not computed by the branches of a cond', () => {
    const f = (x: S, y: S): S =>
      cond(
        greater(x, 0),
        (a: S, b: S) => [sin(a), exp(b)] as readonly [S, S],
        (a: S, b: S) => [cos(a), b] as readonly [S, S],
        x,
        y,
      )[0];
    expect(printed(f, s(1), s(2))).not.toContain('exp');
    expect(jit(f)(s(1), s(2)).item()).toBe(f(s(1), s(2)).item());
  });
  it('is not carried by a while, whose condition reads another', () => {
    const f = (x: S): S =>
      whileLoop(
        ([i]: readonly [S, S, S]) => less(i, 5),
        ([i, a, b]: readonly [S, S, S]) => [add(i, 1), mul(a, x), exp(b)] as readonly [S, S, S],
        [s(0), s(1), s(0)] as readonly [S, S, S],
      )[1];
    const text = printed(f, s(2));
    expect(text).not.toContain('exp');
    expect(text).toContain('add');
    expect(jit(f)(s(2)).item()).toBe(32);
  });
  it('is computed where computing it is seen', () => {
    const seen: number[] = [];
    const f = (ys: V): S =>
      scan(
        (c: S, y: S) => {
          debug.callback((v: S) => void seen.push(v.item()), exp(y));
          return [add(c, y), exp(y)] as [S, S];
        },
        s(0),
        ys,
      )[0];
    jit(f)(xs);
    expect(seen).toHaveLength(3);
  });
});
