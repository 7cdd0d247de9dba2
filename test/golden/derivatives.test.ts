// Derivatives, by expression and value.
import {
  abs,
  add,
  clip,
  cos,
  cumsum,
  div,
  exp,
  grad,
  greater,
  hessian,
  i32,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  log,
  logsumexp,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  over,
  pow,
  prod,
  relu,
  reshape,
  sigmoid,
  sign,
  sin,
  softmax,
  sort,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  take,
  tanh,
  tensor,
  transpose,
  valueAndGrad,
  vjp,
  vmap,
  where,
} from 'adjoint';
import { describe } from 'vitest';
import { is, type M, m, type S, s, type V, v } from './golden';

const d = (f: (x: S) => S, x: number) => grad(f)(s(x));
const g = (f: (x: V) => S, ...x: readonly [number, number, number]) => grad(f)(v(...x));

describe('grad of scalars', () => {
  is(() => d((x) => mul(x, x), 3), 6);
  is(() => d((x) => x, 7), 1);
  is(() => d(() => s(4), 7), 0);
  is(() => d((x) => div(3, x), 2), -0.75);
  is(() => d((x) => pow(x, 3), 2), 12);
  is(() => d((x) => pow(3, x), 0), 1.09861);
  is(() => d((x) => sub(1, mul(x, 2)), 5), -2);
  is(() => d((x) => add(x, x), 5), 2);
  is(() => d((x) => neg(x), 5), -1);
  is(() => d(sin, 0), 1);
  is(() => d(cos, 0), -0);
  is(() => d(exp, 0), 1);
  is(() => d(log, 4), 0.25);
  is(() => d(sqrt, 4), 0.25);
  is(() => d(tanh, 0), 1);
  is(() => d(sigmoid, 0), 0.25);
  is(() => d((x) => sin(mul(x, x)), 0), 0);
  is(() => d((x) => mul(x, stopGradient(x)), 3), 3);
  is(() => d((x) => stopGradient(mul(x, x)), 3), 0);
  is(() => d((x) => where(greater(x, 0), mul(x, 2), mul(x, 3)), -1), 3);
});

describe('conventions at kinks', () => {
  is(() => d(relu, 0), 0);
  is(() => d(relu, 1), 1);
  is(() => d(relu, -1), 0);
  is(() => d(abs, 0), 0);
  is(() => d(abs, -2), -1);
  is(() => d(sign, 3), 0);
  is(() => d((x) => maximum(x, 0), 0), 0.5);
  is(() => d((x) => maximum(x, x), 3), 1);
  is(() => d((x) => minimum(x, 0), 0), 0.5);
  is(() => d((x) => clip(x, -1, 1), 0.5), 1);
  is(() => d((x) => clip(x, -1, 1), 2), 0);
  is(() => g((x) => max(x), 1, 3, 2), [0, 1, 0]);
  is(() => g((x) => max(x), 3, 3, 1), [0.5, 0.5, 0]);
  is(() => g((x) => min(x), 2, 2, 2), [0.333333, 0.333333, 0.333333]);
  is(() => d((x) => pow(x, 0), 0), 0);
  is(() => d((x) => pow(x, 1), 0), 1);
  is(() => d((x) => pow(x, 2), 0), 0);
  is(() => d((x) => pow(0, x), 2), 0);
  is(() => d(sqrt, 0), Infinity);
  is(() => d((x) => where(greater(x, 0), log(where(greater(x, 0), x, 1)), 0), -1), 0);
});

describe('grad of vectors', () => {
  is(() => g((x) => sum(mul(x, x)), 1, 2, 3), [2, 4, 6]);
  is(() => g((x) => mean(x), 1, 2, 3), [0.333333, 0.333333, 0.333333]);
  is(() => g((x) => prod(x), 1, 2, 3), [6, 3, 2]);
  is(() => g((x) => prod(x), 0, 2, 3), [6, 0, 0]);
  is(() => g((x) => prod(x), 0, 0, 3), [0, 0, 0]);
  is(() => g((x) => logsumexp(x), 0, 0, 0), [0.333333, 0.333333, 0.333333]);
  is(() => g((x) => sum(cumsum(x, 0)), 1, 1, 1), [3, 2, 1]);
  is(() => g((x) => sum(mul(sort(x), v(1, 10, 100))), 3, 1, 2), [100, 1, 10]);
  is(() => g((x) => sum(take(x, tensor([0, 2, 2], i32))), 5, 6, 7), [1, 0, 2]);
  is(() => g((x) => sum(mul(softmax(x), v(1, 0, 0))), 0, 0, 0), [0.222222, -0.111111, -0.111111]);
  is(() => g((x) => sum(where(greater(x, 1), square(x), 0)), 0, 1, 2), [0, 0, 4]);
  is(
    () => grad((x: M) => sum(mul(transpose(x), transpose(x))))(m),
    [
      [2, 4, 6],
      [8, 10, 12],
    ],
  );
  is(
    () => grad((x: M) => sum(mul(reshape(x, [6]), 2)))(m),
    [
      [2, 2, 2],
      [2, 2, 2],
    ],
  );
  is(
    () => grad((x: M) => sum(matmul(x, v(1, 2, 3))))(m),
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  );
  is(() => grad((x: V) => sum(matmul(m, x)))(v(0, 0, 0)), [5, 7, 9]);
  is(() => grad((x: S) => sum(mul(m, x)))(s(0)), 21);
});

describe('arguments, aux and trees', () => {
  is(() => grad((x: S, y: S) => mul(x, y), { argnums: 1 })(s(3), s(4)), 3);
  is(() => grad((x: S, y: S) => mul(x, y), { argnums: [0, 1] })(s(3), s(4)), [4, 3]);
  is(() => grad((x: S) => [mul(x, x), { twice: add(x, x) }] as const, { hasAux: true })(s(3)), [6, { twice: 6 }]);
  is(
    () => grad((p: { a: S; b: S }, q: S) => mul(mul(p.a, p.b), q), { argnums: [0, 1] })({ a: s(2), b: s(3) }, s(5)),
    [{ a: 15, b: 10 }, 6],
  );
  is(() => valueAndGrad((x: S) => mul(x, x))(s(3)), [9, 6]);
  is(() => grad((p: { w: V; b: S }) => add(sum(mul(p.w, v(1, 2, 3))), p.b))({ w: v(0, 0, 0), b: s(0) }), {
    b: 1,
    w: [1, 2, 3],
  });
  is(() => grad((p: [S, [S]]) => mul(p[0], p[1][0]))([s(3), [s(4)]]), [4, [3]]);
  is(() => grad((p: { a: S; b: S }) => p.a)({ a: s(1), b: s(2) }), { a: 1, b: 0 });
});

describe('jvp, vjp, linearize', () => {
  is(() => jvp((x: S) => mul(x, x), [s(3)], [s(1)]), [9, 6]);
  is(() => jvp((x: S) => mul(x, x), [s(3)], [s(0)]), [9, 0]);
  is(() => jvp((x: S, y: S) => mul(x, y), [s(3), s(4)], [s(1), s(10)]), [12, 34]);
  is(
    () => jvp((x: M) => transpose(x), [m], [mul(m, 10)]),
    [
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
      [
        [10, 40],
        [20, 50],
        [30, 60],
      ],
    ],
  );
  is(() => jvp((_x: S) => s(5), [s(3)], [s(1)]), [5, 0]);
  is(() => jvp((x: V) => sum(x), [v(1, 2, 3)], [v(1, 1, 0)]), [6, 2]);
  is(() => jvp((x: V) => max(x), [v(1, 1, 0)], [v(1, 0, 5)]), [1, 0.5]);
  is(() => vjp((x: V) => mul(x, x), v(1, 2, 3))[1](v(1, 0, 1)), [[2, 0, 6]]);
  is(() => vjp((x: S, y: V) => mul(x, y), s(2), v(1, 2, 3))[1](v(1, 1, 1)), [6, [2, 2, 2]]);
  is(() => linearize((x: S) => pow(x, 3), s(2))[0], 8);
  is(() => linearize((x: S) => pow(x, 3), s(2))[1](s(10)), 120);
});

describe('Jacobians and Hessians', () => {
  is(
    () => jacfwd((x: V) => mul(x, x))(v(1, 2, 3)),
    [
      [2, 0, 0],
      [0, 4, 0],
      [0, 0, 6],
    ],
  );
  is(
    () => jacrev((x: V) => mul(x, x))(v(1, 2, 3)),
    [
      [2, 0, 0],
      [0, 4, 0],
      [0, 0, 6],
    ],
  );
  is(
    () => jacrev((x: V) => matmul(m, x))(v(0, 0, 0)),
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  );
  is(
    () => jacfwd((x: V) => cumsum(x, 0))(v(0, 0, 0)),
    [
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ],
  );
  is(() => jacfwd((x: S) => mul(x, v(1, 2, 3)))(s(0)), [1, 2, 3]);
  is(() => jacrev((x: V) => sum(x))(v(0, 0, 0)), [1, 1, 1]);
  is(
    () => hessian((x: V) => sum(mul(mul(x, x), x)))(v(1, 2, 3)),
    [
      [6, 0, 0],
      [0, 12, 0],
      [0, 0, 18],
    ],
  );
  is(
    () => hessian((x: V) => prod(x))(v(1, 2, 3)),
    [
      [0, 3, 2],
      [3, 0, 1],
      [2, 1, 0],
    ],
  );
  is(() => hessian((x: S) => sin(x))(s(0)), -0);
});

describe('derivatives of derivatives', () => {
  is(() => grad((x: S) => d2(x))(s(2)), 24);
  is(() => grad(grad((x: S) => pow(x, 3)))(s(2)), 12);
  is(() => grad(grad(grad((x: S) => pow(x, 4))))(s(1)), 24);
  is(() => grad((x: S) => mul(x, grad((_: S) => x)(s(1))))(s(3)), 0);
  is(() => grad((x: S) => mul(x, grad((y: S) => add(x, y))(s(1))))(s(3)), 1);
  is(() => grad((x: S) => mul(x, grad((y: S) => mul(x, y))(s(1))))(s(3)), 6);
  is(() => grad((x: S) => jvp((y: S) => mul(x, mul(y, y)), [x], [s(1)])[1])(s(3)), 12);
  is(() => jvp((x: S) => grad((y: S) => mul(x, mul(y, y)))(x), [s(3)], [s(1)]), [18, 12]);
  is(() => jvp((x: S) => jvp((y: S) => mul(x, y), [s(2)], [s(1)])[1], [s(5)], [s(1)]), [5, 1]);
  is(() => grad((x: S) => sum(vmap((y: S) => grad((z: S) => mul(mul(x, y), z))(s(1)))(v(1, 2, 3))))(s(1)), 6);
  is(() => vmap(grad((x: S) => pow(x, 3)))(v(1, 2, 3)), [3, 12, 27]);
  is(() => vmap(grad(grad((x: S) => pow(x, 3))))(v(1, 2, 3)), [6, 12, 18]);
  is(() => grad((x: V) => sum(vmap((y: S) => mul(y, y))(x)))(v(1, 2, 3)), [2, 4, 6]);
  is(
    () =>
      vmap(
        grad((x: S, y: S) => mul(x, y)),
        over(0, null),
      )(v(1, 2, 3), s(5)),
    [5, 5, 5],
  );
  is(() => jit(grad((x: S) => pow(x, 3)))(s(2)), 12);
  is(() => grad(jit((x: S) => pow(x, 3)))(s(2)), 12);
  is(() => jit(grad(jit(grad(jit((x: S) => pow(x, 3))))))(s(2)), 12);
  is(() => jit(vmap(grad(jit((x: S) => mul(x, x)))))(v(1, 2, 3)), [2, 4, 6]);
  is(() => vmap(jit(grad((x: S) => mul(x, x))))(v(1, 2, 3)), [2, 4, 6]);
  is(
    () => jacfwd(jit(grad((x: V) => prod(x))))(v(1, 2, 3)),
    [
      [0, 3, 2],
      [3, 0, 1],
      [2, 1, 0],
    ],
  );
});

const d2 = (x: S): S => grad(grad((y: S) => mul(pow(y, 3), x)))(x);
