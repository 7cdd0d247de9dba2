// Loops and branches inside compiled programs: the bits of evaluation on every target, whatever is carried where.

import {
  add,
  cond,
  debug,
  exp,
  f64,
  foriLoop,
  grad,
  greater,
  i32,
  jit,
  less,
  lower,
  makeJaxpr,
  matmul,
  mul,
  neg,
  type Scalar,
  scan,
  sin,
  sub,
  sum,
  switchCase,
  type Tensor,
  tanh,
  vmap,
  whileLoop,
  zeros,
} from 'adjoint';
import { key, normal } from 'adjoint/random';
import { describe, expect, it } from 'vitest';
import { type TargetName, targets } from '../../laws/targets';
import { lowerProgram } from '../../src/compiler/compile';
import { checkProgram } from '../../src/compiler/program/check';
import { lowerToProgram } from '../../src/compiler/program/lower';
import { jsTraits } from '../../src/compiler/targets/jsTraits';
import { wasmProgram } from '../../src/compiler/targets/wasm/module';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import type { Aval } from '../../src/core/aval';
import { allocate } from '../../src/core/dtype';
import type { Jaxpr } from '../../src/core/jaxpr';
import { type ConcreteArray, concreteArray } from '../../src/core/value';
import { arrayOf, identical } from './programs';

type V = Tensor<[5]>;
type Rows<N extends number> = Tensor<[N, 5]>;

const argumentOf = ({ shape, dtype }: Aval, seed: number): ConcreteArray => {
  const { data, size } = arrayOf(shape, dtype, seed);
  const own = allocate(dtype, size);
  own.set(data);
  return concreteArray(shape, dtype, own);
};
/** Checks the bits of a program on all targets this machine has. Contractions fuse on some and not on others: those are compared apart. */
const agrees = (
  jaxpr: Jaxpr,
  seeds: readonly number[] = [1, 2],
  reference: TargetName = 'eval',
  names = Object.keys(targets) as TargetName[],
): void => {
  for (const traits of [jsTraits, wasmTraits])
    for (const sharing of [null, { leastKernel: 0, leastStep: 0, sharesAll: true }])
      checkProgram(lowerToProgram(lowerProgram(jaxpr, traits), sharing), sharing !== null);
  for (const seed of seeds) {
    const args = jaxpr.inputs.map((v, i) => argumentOf(v.aval, 10 * seed + i));
    const expected = targets[reference].compile(jaxpr)(args);
    for (const name of names) {
      const target = targets[name];
      if (!target.isAvailable()) continue;
      const run = target.compile(jaxpr);
      // Twice: what a first run left behind must not matter.
      for (const got of [run(args), run(args)])
        expect([name, got.map((x, i) => identical(x, expected[i] as ConcreteArray))]).toEqual([
          name,
          expected.map(() => true),
        ]);
    }
  }
};

describe('scan', () => {
  const steps = <N extends number>(w: V, c: V, xs: Rows<N>, reverse: boolean) =>
    scan((carry: V, x: V) => [add(tanh(mul(w, carry)), x), sin(carry)] as const, c, xs, { reverse });

  it.each([0, 1, 2, 3, 8])('of %i steps, either way', (n) => {
    for (const reverse of [false, true])
      agrees(
        makeJaxpr((w: V, c: V, xs: Rows<number>) => steps(w, c, xs, reverse))(zeros([5]), zeros([5]), zeros([n, 5]))
          .jaxpr,
      );
  });
  it.each([0, 1, 4, 5])('gives what it was given, changes places and repeats itself, %i times', (n) => {
    type S = readonly [V, V, Scalar<i32>];
    const f = (a: V, b: V, k: Scalar<i32>, xs: Rows<number>) =>
      scan(
        ([p, q, count]: S, x: V): readonly [S, readonly [V, V, V, V, Scalar<i32>]] => [
          [q, p, add(count, 1)],
          [x, p, x, neg(x), count],
        ],
        [a, b, k] as S,
        xs,
      );
    agrees(makeJaxpr(f)(zeros([5]), zeros([5]), zeros([], i32), zeros([n, 5])).jaxpr);
  });
  it('keeps what is carried where it is needed afterwards', () => {
    const f = (c: V, xs: Rows<3>) => {
      const start = exp(c);
      const [last, ys] = scan((carry: V, x: V) => [mul(carry, x), carry] as const, start, xs);
      const [again] = scan((carry: V, x: V) => [sub(carry, x), null] as const, start, ys);
      return [add(last, start), again, ys] as const;
    };
    agrees(makeJaxpr(f)(zeros([5]), zeros([3, 5])).jaxpr);
  });
  it('of matrices, with sums that threads share', () => {
    type M = Tensor<[48, 48]>;
    const f = (w: M, c: M, xs: Tensor<[3, 48, 48]>) =>
      scan((h: M, x: M) => [tanh(matmul(add(h, x), w)), sum(h, 0)] as const, c, xs);
    const gradient = grad((w: M, c: M, xs: Tensor<[3, 48, 48]>) => sum(f(w, c, xs)[0]));
    for (const g of [f, gradient])
      agrees(makeJaxpr(g as typeof f)(zeros([48, 48]), zeros([48, 48]), zeros([3, 48, 48])).jaxpr, [1], 'wasm', [
        'wasm threads',
      ]);
  });
});

describe('while', () => {
  type S = readonly [V, V, Scalar<i32>];
  const f = (a: V, b: V, k: Scalar<i32>) =>
    whileLoop(
      ([, , i]: S) => less(i, k),
      ([p, q, i]: S): S => [q, add(mul(p, 0.5), sin(q)), add(i, 1)],
      [a, b, zeros([], i32)] as S,
    );
  it.each([-1, 0, 1, 2, 7])('of %i steps', (n) => {
    const { jaxpr } = makeJaxpr((a: V, b: V) => f(a, b, add(zeros([], i32), n)))(zeros([5]), zeros([5]));
    agrees(jaxpr);
  });
  it('of as many steps as each lane wants', () => {
    const lanes = vmap((a: V, k: Scalar<i32>) => f(a, a, k)) as never as (a: Rows<4>, k: Tensor<[4], i32>) => S;
    agrees(makeJaxpr(lanes)(zeros([4, 5]), zeros([4], i32)).jaxpr);
  });
});

describe('branches', () => {
  it.each([-3, 0, 1, 2, 9])('by the index %i', (which) => {
    const f = (x: V, y: V) =>
      switchCase(
        add(zeros([], i32), which),
        [
          (a: V, b: V) => [add(a, b), a] as const,
          (a: V, b: V) => [b, a] as const,
          (a: V, _: V) => [sin(a), zeros([5])] as const,
        ] as never,
        x,
        y,
      ) as readonly [V, V];
    agrees(makeJaxpr(f)(zeros([5]), zeros([5])).jaxpr);
  });
});

describe('nests', () => {
  it('of loops and branches in loops', () => {
    const f = (c: Tensor<[5], f64>, xs: Tensor<[4, 5], f64>) =>
      scan(
        (carry: Tensor<[5], f64>, x: Tensor<[5], f64>) => {
          const grown = foriLoop(0, 3, (_, a: Tensor<[5], f64>) => add(mul(a, 0.5), x), carry);
          const halved = whileLoop(
            (a: Tensor<[5], f64>) => greater(sum(mul(a, a)), 1),
            (a: Tensor<[5], f64>) => mul(a, 0.5),
            grown,
          );
          const next = cond(
            greater(sum(x), 0),
            (a: Tensor<[5], f64>) => scan((b, y: Scalar<f64>) => [mul(b, y), b] as const, a, a)[0],
            (a: Tensor<[5], f64>) => neg(a),
            halved,
          );
          return [next, grown] as const;
        },
        c,
        xs,
      );
    agrees(makeJaxpr(f)(zeros([5], f64), zeros([4, 5], f64)).jaxpr, [1, 2, 3]);
  });
});

describe('a program with loops', () => {
  const walk = <N extends number>(c: V, xs: Rows<N>) =>
    sum(scan((carry: V, x: V) => [tanh(add(carry, x)), null] as const, c, xs)[0]);
  const lowered = (n: number) => lower(jit(walk<number>))(zeros([5]), zeros([n, 5]));

  it('is one function of one module', () => {
    const { jaxpr } = makeJaxpr(walk<100>)(zeros([5]), zeros([100, 5]));
    const program = lowerToProgram(lowerProgram(jaxpr, wasmTraits), null);
    expect(wasmProgram(program, { isShared: false, simd: true, fuses: false }).segments).toBe(1);
  });
  it('needs memory for one step, and counts all of them', () => {
    const [short, long] = [lowered(10), lowered(1000)];
    expect(long.scratchBytes).toBe(short.scratchBytes);
    expect(long.cost.flops).toBeGreaterThan(50 * short.cost.flops);
  });
  it('leaves its temporaries alone where the host runs the loop', () => {
    type Wide = Tensor<[64, 512]>;
    const seen: number[] = [];
    const f = (x: Wide, xs: Tensor<[3, 64, 512]>) => {
      const [a, b] = [exp(x), sin(x)];
      const [c] = scan(
        (carry: Wide, now: Wide) => {
          debug.callback((m) => seen.push(m.item()), sum(carry));
          return [mul(add(carry, now), 0.5), null] as const;
        },
        sub(a, b),
        xs,
      );
      return [add(c, mul(a, b)), sub(c, a)] as const;
    };
    const [x, xs] = [normal(key(1), [64, 512]), normal(key(2), [3, 64, 512])];
    const [p, q] = jit(f)(x, xs);
    const [r, s] = f(x, xs);
    expect(p.toArray()).toEqual(r.toArray());
    expect(q.toArray()).toEqual(s.toArray());
    expect(seen.slice(0, 3)).toEqual(seen.slice(3));
    expect(seen.length).toBe(6);
  });
  it('shows what is inside', () => {
    const { kernels, loops } = lowered(10);
    expect(kernels).toContain('scan of 10 steps');
    expect(kernels).toContain('tanh');
    expect(loops).toContain('scan of 10 steps: step');
  });
});
