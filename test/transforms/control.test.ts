// Control flow against the same loops and choices written out.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  associativeScan,
  checkGrads,
  cond,
  configure,
  cos,
  customJvp,
  f64,
  foriLoop,
  grad,
  greater,
  i32,
  jacfwd,
  jacrev,
  jit,
  jvp,
  less,
  log,
  makeJaxpr,
  map,
  matmul,
  mul,
  neg,
  over,
  type Scalar,
  scan,
  sin,
  stack,
  sub,
  sum,
  switchCase,
  type Tensor,
  tanh,
  tensor,
  vmap,
  whileLoop,
} from '../../src';
import { checkJaxpr } from '../../src/core/checker';

type V = Tensor<[number], f64>;
const v = (...xs: readonly number[]): V => tensor([...xs], f64) as unknown as V;
const near = (a: unknown, b: unknown): void => {
  const flat = (x: unknown): number[] => [x].flat(9) as number[];
  const [xs, ys] = [flat(a), flat(b)];
  expect(xs.length).toBe(ys.length);
  xs.forEach((x, i) => {
    expect(x).toBeCloseTo(ys[i] as number, 9);
  });
};

/** c <- tanh(w c) + x, y = sin(c) x: through a constant, a carry and elements. */
const looped = (w: V, c: V, xs: Tensor<[number, number], f64>, reverse = false, unroll = 1) =>
  scan(
    (carry: V, x: V): readonly [V, V] => {
      const next = add(tanh(mul(w, carry)), x) as V;
      return [next, mul(sin(next), x) as V];
    },
    c,
    xs as never,
    { reverse, unroll },
  ) as unknown as [V, Tensor<[number, number], f64>];
const written = (w: V, c: V, xs: Tensor<[number, number], f64>, reverse = false) => {
  const n = xs.shape[0] as number;
  let carry = c;
  const ys: V[] = new Array(n);
  for (let k = 0; k < n; k++) {
    const at = reverse ? n - 1 - k : k;
    const x = (xs as unknown as { at(i: number): V }).at(at);
    carry = add(tanh(mul(w, carry)), x) as V;
    ys[at] = mul(sin(carry), x) as V;
  }
  return [carry, stack(ys as never)] as unknown as [V, Tensor<[number, number], f64>];
};
type Loop = typeof written;
const loss = (f: Loop, reverse: boolean) => (w: V, c: V, xs: Tensor<[number, number], f64>) => {
  const [last, ys] = f(w, c, xs, reverse);
  return add(sum(mul(last, last)), sum(mul(ys, ys))) as Scalar<f64>;
};
const numbers = fc.double({ min: -1.5, max: 1.5, noNaN: true });
const cases = fc.record({
  w: fc.array(numbers, { minLength: 2, maxLength: 2 }),
  c: fc.array(numbers, { minLength: 2, maxLength: 2 }),
  xs: fc.array(fc.array(numbers, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 5 }),
  reverse: fc.boolean(),
  unroll: fc.integer({ min: 1, max: 4 }),
});
const matrix = (xs: readonly (readonly number[])[]) =>
  tensor(xs as number[][], f64) as unknown as Tensor<[number, number], f64>;
const holds = (
  name: string,
  check: (c: { w: V; c: V; xs: Tensor<[number, number], f64>; reverse: boolean; unroll: number }) => void,
) =>
  it(name, () => {
    fc.assert(
      fc.property(cases, ({ w, c, xs, reverse, unroll }) => {
        check({ w: v(...w), c: v(...c), xs: matrix(xs), reverse, unroll });
      }),
      { numRuns: 12, seed: 7 },
    );
  });
const arrays = (xs: unknown): unknown =>
  Array.isArray(xs) ? xs.map(arrays) : (xs as { toArray(): unknown }).toArray();

describe('scan', () => {
  holds('is the loop written out, in value', ({ w, c, xs, reverse, unroll }) => {
    near(arrays(looped(w, c, xs, reverse, unroll)), arrays(written(w, c, xs, reverse)));
  });
  holds('is the loop written out under jit', ({ w, c, xs, reverse, unroll }) => {
    near(
      arrays(jit((a: V, b: V, d: typeof xs) => looped(a, b, d, reverse, unroll))(w, c, xs)),
      arrays(written(w, c, xs, reverse)),
    );
  });
  holds('has the gradient of the loop written out', ({ w, c, xs, reverse, unroll }) => {
    const options = { argnums: [0, 1, 2] } as const;
    const f: Loop = (a, b, d, r) => looped(a, b, d, r, unroll);
    const expected = arrays(grad(loss(written, reverse), options)(w, c, xs));
    near(arrays(grad(loss(f, reverse), options)(w, c, xs)), expected);
    near(arrays(jit(grad(loss(f, reverse), options))(w, c, xs)), expected);
  });
  holds('has the jvp of the loop written out', ({ w, c, xs, reverse }) => {
    const both = (f: Loop) => jvp((a: V) => f(a, c, xs, reverse), [w], [c]);
    near(arrays(both((a, b, d, r) => looped(a, b, d, r))), arrays(both(written)));
  });
  holds('has the second derivatives of the loop written out', ({ w, c, xs, reverse }) => {
    const second = (f: Loop) => grad((a: V) => sum(mul(grad(loss(f, reverse))(a, c, xs), c)) as Scalar<f64>)(w);
    near(second((a, b, d, r) => looped(a, b, d, r)).toArray(), second(written).toArray());
    const forward = (f: Loop) => jacfwd(jacrev((a: V) => loss(f, reverse)(a, c, xs)))(w);
    near(arrays(forward((a, b, d, r) => looped(a, b, d, r))), arrays(forward(written)));
  });
  holds('is the loop written out under vmap, whatever is mapped', ({ w, c, xs, reverse }) => {
    const ws = stack([w, c, w] as never) as unknown as Tensor<[3, number], f64>;
    const mapped = (f: Loop) => vmap((a: V) => f(a, c, xs, reverse), over(0) as never)(ws as never);
    near(arrays(mapped((a, b, d, r) => looped(a, b, d, r))), arrays(mapped(written)));
    const grads = (f: Loop) =>
      vmap((a: V) => grad(loss(f, reverse), { argnums: [0, 1, 2] as const })(c, a, xs), over(0) as never)(ws as never);
    near(arrays(grads((a, b, d, r) => looped(a, b, d, r))), arrays(grads(written)));
    const cut = (xs.shape[0] as number) === 0 ? [] : [xs, mul(xs, 2), neg(xs)];
    const all = stack(cut as never);
    const elements = (f: Loop) =>
      vmap((d: typeof xs) => grad(loss(f, reverse), { argnums: 2 })(w, c, d), over(0) as never)(all as never);
    near(arrays(elements((a, b, d, r) => looped(a, b, d, r))), arrays(elements(written)));
  });
  it('gives the same on every target', () => {
    const before = configure();
    const f = jit((w: V) =>
      grad((a: V) =>
        loss((p, q, r, s) => looped(p, q, r, s), false)(
          a,
          v(0.2, -0.4),
          matrix([
            [1, 2],
            [3, 4],
          ]),
        ),
      )(w),
    );
    const results = (['wasm', 'js', 'eval'] as const).map((target) => {
      configure({ target });
      return f(v(0.5, 0.25)).toArray();
    });
    configure(before);
    near(results[1], results[0]);
    near(results[2], results[0]);
  });
  it('goes no steps over an empty axis', () => {
    const [c, ys] = scan((a: Scalar, x: Scalar) => [add(a, x), x], tensor(3), tensor([] as number[]) as never);
    expect(c.item()).toBe(3);
    expect((ys as { readonly shape: readonly number[] }).shape).toEqual([0]);
  });
  it('counts where there are no elements', () => {
    const [c, ys] = scan((a: Scalar, _: null) => [mul(a, 2), a], tensor(1), null, { length: 4 });
    expect(c.item()).toBe(16);
    expect(ys.toArray()).toEqual([1, 2, 4, 8]);
  });
  it('has a gradient through a thousand steps', () => {
    const f = (x: Scalar<f64>) =>
      scan((c: Scalar<f64>, _: null) => [mul(c, x), null], tensor(1, f64), null, { length: 1000 })[0];
    expect(grad(f)(tensor(1, f64)).item()).toBe(1000);
    expect(jit(grad(f))(tensor(1, f64)).item()).toBe(1000);
  });
  it('keeps what is the same in every step once, and elements not again', () => {
    const f = (w: V, xs: Tensor<[number, number], f64>) =>
      sum(
        scan((c: V, x: V): readonly [V, null] => [add(c, mul(sin(w), x)) as V, null], v(0, 0), xs as never)[0],
      ) as Scalar<f64>;
    const { jaxpr } = makeJaxpr(grad(f))(
      v(1, 2),
      matrix([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ) as never as { jaxpr: Parameters<typeof checkJaxpr>[0] };
    checkJaxpr(jaxpr);
    const scans = jaxpr.equations.filter((e) => e.primitive.name === 'scan');
    const stacks = scans.flatMap((e) => e.outputs.filter((o) => o.aval.shape.length === 2));
    expect(stacks).toEqual([]);
  });
  it('names the leaf of a carry that changes', () => {
    expect(() =>
      scan((_c: { h: Tensor<[2]> }, x: Scalar) => [{ h: x } as never, x], { h: tensor([1, 2]) }, tensor([1, 2])),
    ).toThrow(/leaf \.h is f32\[\], not f32\[2\]/);
    expect(() => scan((c: Scalar, x: never) => [c, x], tensor(1), [tensor([1]), tensor([1, 2])] as never)).toThrow(
      /leading axis of xs\[1\]/,
    );
  });
});

describe('cond', () => {
  const pick = (x: Scalar<f64>) =>
    cond(
      greater(x, 0) as never,
      (y: Scalar<f64>) => mul(y, sin(y)),
      (y) => mul(cos(y), 3),
      x,
    );
  it.each([0.7, -0.4])('is the branch it takes, with its derivatives, at %f', (at) => {
    const branch = (x: Scalar<f64>) => (at > 0 ? mul(x, sin(x)) : mul(cos(x), 3));
    const x = tensor(at, f64);
    for (const order of [
      (f: typeof pick) => f,
      grad,
      (f: typeof pick) => grad(grad(f)),
      (f: typeof pick) => jit(grad(f)),
    ])
      expect(order(pick)(x).item()).toBeCloseTo(order(branch as typeof pick)(x).item(), 12);
  });
  it('chooses lane by lane under vmap, and is safe where the other branch is not', () => {
    const f = (x: Scalar<f64>) =>
      cond(
        greater(x, 0) as never,
        (y: Scalar<f64>) => log(y),
        (y) => mul(y, 2),
        x,
      );
    const xs = tensor([1, -3, 0], f64);
    expect(vmap(f)(xs).toArray()).toEqual([0, -6, 0]);
    expect(vmap(grad(f))(xs).toArray()).toEqual([1, 2, 2]);
    expect(jit(vmap(grad(f)))(xs).toArray()).toEqual([1, 2, 2]);
    // The rule differentiates the branches, so that what they choose among is tangents too.
    const ruled = customJvp(f, ([x], [t]) => jvp(f, [x], [t]) as never);
    const summed = (ys: typeof xs) => sum(vmap(ruled)(ys)) as Scalar<f64>;
    expect(grad(summed)(xs).toArray()).toEqual([1, 2, 2]);
    expect(jit(grad(jit(summed)))(xs).toArray()).toEqual([1, 2, 2]);
  });
  it('takes one of many, the nearest of those there are', () => {
    const f = (i: number) =>
      switchCase(tensor(i, i32), [(x: Scalar) => x, (x) => neg(x), (x) => mul(x, x)], tensor(3)).item();
    expect([-1, 0, 1, 2, 7].map(f)).toEqual([3, 3, -3, 9, 9]);
    const lanes = vmap((i: Scalar<i32>, x: Scalar) =>
      switchCase(i, [(y: Scalar) => y, (y) => neg(y), (y) => mul(y, y)], x),
    );
    expect(lanes(tensor([-1, 0, 1, 2, 7], i32), tensor([3, 3, 3, 3, 3])).toArray()).toEqual([3, 3, -3, 9, 9]);
  });
  it('names the leaf in which branches differ', () => {
    expect(() =>
      cond(
        greater(tensor(1), 0),
        (x: Tensor<[2]>) => x,
        (x) => sum(x) as never,
        tensor([1, 2]),
      ),
    ).toThrow(/what branch 1 returns/);
  });
});

describe('whileLoop', () => {
  const doubling = (x: Scalar<f64>) =>
    whileLoop(
      (c: Scalar<f64>) => less(c, 100) as never,
      (c) => mul(c, 2),
      x,
    );
  it('goes on as long as the condition holds', () => {
    expect(doubling(tensor(3, f64)).item()).toBe(192);
    expect(jit(doubling)(tensor(3, f64)).item()).toBe(192);
    expect(doubling(tensor(300, f64)).item()).toBe(300);
  });
  it('takes each lane as far as it goes by itself', () => {
    const xs = tensor([1, 3, 50, 100, 700], f64);
    const expected = [128, 192, 100, 100, 700];
    expect(vmap(doubling)(xs).toArray()).toEqual(expected);
    expect(jit(vmap(doubling))(xs).toArray()).toEqual(expected);
  });
  it('has forward derivatives, and says what to do about the others', () => {
    expect(jvp(doubling, [tensor(3, f64)], [tensor(1, f64)])[1].item()).toBe(64);
    expect(() => grad(doubling)(tensor(3, f64))).toThrow(/maxSteps/);
  });
  it('has gradients with a bound of its steps', () => {
    const f = (x: Scalar<f64>) =>
      whileLoop(
        (c: Scalar<f64>) => less(c, 100) as never,
        (c) => mul(c, c),
        x,
        { maxSteps: 8 },
      );
    expect(f(tensor(3, f64)).item()).toBe(6561);
    expect(grad(f)(tensor(3, f64)).item()).toBeCloseTo(8 * 3 ** 7, 6);
    expect(jit(grad(f))(tensor(3, f64)).item()).toBeCloseTo(8 * 3 ** 7, 6);
    expect(vmap(grad(f))(tensor([3, 200], f64)).toArray()).toEqual([17496, 1]);
  });
});

describe('the other loops', () => {
  it('foriLoop with bounds that are numbers can be differentiated; with tensors it is a while', () => {
    const power = (x: Scalar<f64>) => foriLoop(0, 5, (_, c: Scalar<f64>) => mul(c, x), tensor(1, f64));
    expect(grad(power)(tensor(2, f64)).item()).toBe(80);
    const total = jit((n: Scalar<i32>) => foriLoop(0, n, (i, c: Scalar<i32>) => add(c, i), tensor(0, i32)));
    expect([0, 1, 5].map((n) => total(tensor(n, i32)).item())).toEqual([0, 0, 10]);
  });
  it('say of a carry that changes which loop it is', () => {
    const grows = ((c: Tensor<[number]>) => stack([c, c] as never)) as never;
    const start = tensor([1, 2]) as never;
    expect(() => foriLoop(0, 3, ((_: unknown, c: never) => (grows as (c: never) => never)(c)) as never, start)).toThrow(
      /^foriLoop: the carry that the function returns .* it is f32\[2,2\], not f32\[2\]/,
    );
    expect(() => whileLoop((() => tensor(true)) as never, grows, start, { maxSteps: 3 })).toThrow(
      /f32\[2,2\], not f32\[2\]/,
    );
  });
  it('map is vmap', () => {
    const f = (x: V) => sum(mul(sin(x), x)) as Scalar<f64>;
    const xs = matrix([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    near((map(f as never, xs) as never as V).toArray(), (vmap(f as never)(xs as never) as never as V).toArray());
  });
  it.each([1, 2, 3, 4, 7, 8, 13])('associativeScan of %i elements is the scan of them', (n) => {
    const xs = tensor(
      Array.from({ length: n }, (_, i) => [
        [1, i / 10],
        [0.5, -i / 7],
      ]),
      f64,
    ) as unknown as Tensor<[number, 2, 2], f64>;
    type M = Tensor<[2, 2], f64>;
    const eye = tensor(
      [
        [1, 0],
        [0, 1],
      ],
      f64,
    ) as M;
    const slow = (ys: typeof xs) =>
      scan(
        (c: M, x: M): readonly [M, M] => {
          const next = matmul(c, x) as M;
          return [next, next];
        },
        eye,
        ys as never,
      )[1] as never as typeof xs;
    const fast = (ys: typeof xs) => associativeScan(((a: M, b: M) => matmul(a, b)) as never, ys as never) as typeof xs;
    near(fast(xs).toArray(), slow(xs).toArray());
    const loss = (f: typeof slow) => (ys: typeof xs) => sum(mul(f(ys), f(ys))) as Scalar<f64>;
    near(grad(loss(fast))(xs).toArray(), grad(loss(slow))(xs).toArray());
  });
  it('nest, under all transforms', () => {
    const f = (x: Scalar<f64>) =>
      scan(
        (c: Scalar<f64>, y: Scalar<f64>) => {
          const inner = foriLoop(
            0,
            3,
            (_, d: Scalar<f64>) =>
              cond(
                less(d, y) as never,
                (e: Scalar<f64>) => mul(e, x),
                (e) => sub(sin(e), y),
                d,
              ),
            c,
          );
          return [inner, mul(inner, y)];
        },
        x,
        tensor([0.5, 1, -0.3], f64),
      )[0];
    for (const at of [0.3, 0.9, -0.7]) checkGrads(f as never, [tensor(at, f64)], { order: 2 });
    const xs = tensor([0.3, 0.9, -0.7], f64);
    near(
      jit(vmap(grad(f)))(xs).toArray(),
      [0.3, 0.9, -0.7].map((at) => grad(f)(tensor(at, f64)).item()),
    );
  });
});

describe('outside of jit', () => {
  it('a function is traced once for the same shapes, and again where it closes over another trace', () => {
    let traces = 0;
    const counted = <A extends unknown[], R>(f: (...args: A) => R) => {
      return (...args: A): R => {
        traces++;
        return f(...args);
      };
    };
    const times = (call: () => unknown, before: () => unknown = call): number => {
      before();
      traces = 0;
      for (let i = 0; i < 3; i++) call();
      return traces;
    };
    type F = Scalar<f64>;
    const [one, xs, bias] = [tensor(1, f64), tensor([1, 2, 3], f64), tensor([2, 1], f64)];
    const step = counted((c: F, x: F) => [add(c, mul(sin(x), sum(bias))), c] as [F, F]);
    const body = counted((x: F) => add(mul(x, 2), sum(bias)) as F);
    const indexed = counted((_: Scalar<i32>, x: F) => mul(x, 0.5) as F);
    const goesOn = counted((x: F) => less(sum(mul(x, bias)), 20));
    const calls: Record<string, () => unknown> = {
      scan: () => scan(step, one, xs),
      unrolled: () => scan(step, one, xs, { unroll: 2, reverse: true }),
      map: () => map(body, xs),
      foriLoop: () => foriLoop(0, 3, indexed, one),
      counted: () => foriLoop(0, tensor(3, i32), indexed, one),
      whileLoop: () => whileLoop(goesOn, body, one),
      bounded: () => whileLoop(goesOn, body, one, { maxSteps: 4 }),
      cond: () => cond(greater(one, 0), body, body, one),
      grad: () => grad((x: F) => scan(step, x, xs)[0])(one),
    };
    expect(Object.entries(calls).map(([name, call]) => [name, times(call)])).toEqual(
      Object.keys(calls).map((name) => [name, 0]),
    );
    // Other shapes are another program, and so is what an outer function gives it.
    expect(times(() => map(body, tensor([1, 2], f64)))).toBe(0);
    expect(times(() => foriLoop(0, 2, indexed, xs as never), calls.foriLoop)).toBe(1);
    const closing = () =>
      grad(
        (a: F) =>
          scan(
            counted((c: F, x: F) => [mul(c, mul(a, x)), null] as const),
            one,
            xs,
          )[0],
      )(one);
    expect(times(closing)).toBe(3);
    expect(closing().item()).toBe(18);
  });
});
