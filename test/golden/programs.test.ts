// vmap and jit by value, and programs as they are printed.
import {
  add,
  argmax,
  concatenate,
  customJvp,
  customVjp,
  evalShape,
  exp,
  grad,
  jit,
  jvp,
  makeJaxpr,
  matmul,
  mul,
  over,
  overOut,
  sin,
  sum,
  type Tensor,
  tensor,
  vmap,
} from 'adjoint';
import { describe } from 'vitest';
import { is, type M, m, prints, type S, s, type V, v } from './golden';

describe('vmap', () => {
  is(() => vmap((x: S) => x)(v(1, 2, 3)), [1, 2, 3]);
  is(() => vmap((x: S) => mul(x, 2))(v(1, 2, 3)), [2, 4, 6]);
  is(() => vmap((x: V) => sum(x))(m), [6, 15]);
  is(() => vmap((x: Tensor<[2]>) => sum(x), over(1))(m), [5, 7, 9]);
  is(() => vmap((x: Tensor<[2]>) => sum(x), over(-1))(m), [5, 7, 9]);
  is(
    () => vmap((x: V, y: S) => mul(x, y), over(0, null))(m, s(2)),
    [
      [2, 4, 6],
      [8, 10, 12],
    ],
  );
  is(() => vmap((x: V, y: V) => sum(mul(x, y)), over(0, null))(m, v(1, 0, 1)), [4, 10]);
  is(
    () => vmap((x: V) => x, overOut(1, 0))(m),
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  );
  is(() => vmap((_x: S) => s(7))(v(1, 2, 3)), [7, 7, 7]);
  is(() => vmap((_x: S) => s(7), overOut(null, 0))(v(1, 2, 3)), 7);
  is(
    () =>
      vmap(
        vmap((x: S) => mul(x, x)),
        over(),
      )(m),
    [
      [1, 4, 9],
      [16, 25, 36],
    ],
  );
  is(
    () => vmap((x: V) => vmap((y: V) => sum(mul(x, y)))(m))(m),
    [
      [14, 32],
      [32, 77],
    ],
  );
  is(
    () => vmap((x: V) => matmul(m, x))(m),
    [
      [14, 32],
      [32, 77],
    ],
  );
  is(
    () =>
      vmap((x: V) => argmax(x))(
        tensor([
          [1, 3, 2],
          [9, 8, 7],
        ]),
      ),
    [1, 0],
  );
  is(() => vmap((x: { a: S; b: S }) => add(x.a, x.b))({ a: v(1, 2, 3), b: v(10, 20, 30) }), [11, 22, 33]);
  is(() => vmap((x: S) => ({ x, twice: mul(x, 2) }))(v(1, 2, 3)), { x: [1, 2, 3], twice: [2, 4, 6] });
  is(
    () => vmap((x: V) => concatenate([x, v(0, 0, 0)], 0))(m),
    [
      [1, 2, 3, 0, 0, 0],
      [4, 5, 6, 0, 0, 0],
    ],
  );
});

describe('jit', () => {
  is(() => jit((x: S) => mul(x, x))(s(3)), 9);
  is(() => jit((x: V) => sum(exp(mul(x, 0))))(v(1, 2, 3)), 3);
  is(
    () => jit((p: { w: M; b: S }) => add(p.w, p.b))({ w: m, b: s(1) }),
    [
      [2, 3, 4],
      [5, 6, 7],
    ],
  );
  is(() => jit((x: S) => [x, [mul(x, 2)]] as const)(s(3)), [3, [6]]);
  is(() => jit((x: S) => jit((y: S) => mul(x, y))(s(2)))(s(3)), 6);
  is(() => jit((x: S, n: number) => mul(x, n), { staticArgnums: 1 })(s(3), 4), 12);
  is(() => jit(vmap((x: V) => sum(x)))(m), [6, 15]);
  is(() => evalShape((x: M) => matmul(x, x.transpose()), m).shape, [2, 2]);
});

describe('custom rules', () => {
  const triple = customJvp(
    (x: S) => mul(x, x),
    ([x], [t]) => [mul(x, x), mul(t, 3)],
  );
  const half = customVjp(
    (x: S) => mul(x, x),
    (x) => [mul(x, x), x],
    (x, ct) => [mul(ct, mul(x, 0.5))],
  );
  is(() => triple(s(5)), 25);
  is(() => grad(triple)(s(5)), 3);
  is(() => jvp(triple, [s(5)], [s(2)]), [25, 6]);
  is(() => vmap(grad(triple))(v(1, 2, 3)), [3, 3, 3]);
  is(() => jit(grad(triple))(s(5)), 3);
  is(() => grad(jit(triple))(s(5)), 3);
  is(() => half(s(4)), 16);
  is(() => grad(half)(s(4)), 2);
  is(() => vmap(grad(half))(v(1, 2, 3)), [0.5, 1, 1.5]);
  is(() => grad((x: V) => sum(vmap(half)(x)))(v(1, 2, 3)), [0.5, 1, 1.5]);
  is(() => grad(jit((x: V) => sum(vmap(half)(x))))(v(1, 2, 3)), [0.5, 1, 1.5]);
});

describe('printed programs', () => {
  prints(
    () => makeJaxpr((x: V) => add(sin(x), 2))(v(0, 0, 0)),
    `
    { lambda a:f32[3]. let
        b:f32[3] = sin a
        c:f32[3] = broadcast_in_dim[shape=(3) dims=()] 2.0:f32[]
        d:f32[3] = add b c
      in (d) }`,
  );
  prints(
    () => makeJaxpr((x: V) => sum(mul(x, x)))(v(0, 0, 0)),
    `
    { lambda a:f32[3]. let
        b:f32[3] = mul a a
        c:f32[] = reduce_sum[axes=(0)] b
      in (c) }`,
  );
  // A tensor that is closed over becomes the first input.
  prints(
    () => makeJaxpr((x: V) => matmul(m, x))(v(0, 0, 0)),
    `
    { lambda a:f32[2,3] b:f32[3]. let
        c:f32[2] = dot_general[lhsContract=(1) rhsContract=(0) lhsBatch=() rhsBatch=()] a b
      in (c) }`,
  );
  prints(
    () => makeJaxpr((x: S, t: S) => jvp((y: S) => sin(y), [x], [t]))(s(0), s(0)),
    `
    { lambda a:f32[] b:f32[]. let
        c:f32[] = sin a
        d:f32[] = cos a
        e:f32[] = mul b d
      in (c, e) }`,
  );
  prints(
    () => makeJaxpr(grad((x: S) => sin(x)))(s(0)),
    `
    { lambda a:f32[]. let
        b:f32[] = cos a
        c:f32[] = mul 1.0:f32[] b
      in (c) }`,
  );
  prints(
    () => makeJaxpr(vmap((x: V) => sum(x)))(m),
    `
    { lambda a:f32[2,3]. let
        b:f32[2] = reduce_sum[axes=(1)] a
      in (b) }`,
  );
  prints(
    () => makeJaxpr(vmap((x: V, y: V) => sum(mul(x, y)), over(0, null)))(m, v(0, 0, 0)),
    `
    { lambda a:f32[2,3] b:f32[3]. let
        c:f32[2,3] = broadcast_in_dim[shape=(2, 3) dims=(1)] b
        d:f32[2,3] = mul a c
        e:f32[2] = reduce_sum[axes=(1)] d
      in (e) }`,
  );
  prints(
    () => makeJaxpr((x: S) => jit((y: S) => mul(y, 2))(x))(s(0)),
    `
    { lambda a:f32[]. let
        b:f32[] = jit[name=fn jaxpr={ lambda a:f32[]. let
                b:f32[] = mul a 2.0:f32[]
              in (b) }] a
      in (b) }`,
  );
  // What no result needs is not there.
  prints(
    () => makeJaxpr((x: S, unused: S) => [mul(x, 2), sin(unused)][0])(s(0), s(0)),
    `
    { lambda a:f32[] b:f32[]. let
        c:f32[] = mul a 2.0:f32[]
      in (c) }`,
  );
});
