import { is } from '../expect';
import type { Dim, Scalar, Tensor } from '../language';
import {
  add,
  allGather,
  axisIndex,
  foriLoop,
  grad,
  i32,
  jit,
  less,
  matmul,
  matrixTranspose,
  mul,
  over,
  overOut,
  pmean,
  scan,
  softmax,
  sum,
  tanh,
  vmap,
  whileLoop,
  zeros,
} from '../language';

const predict = (x: Tensor<[784]>, w: Tensor<[784, 10]>) => matmul(x, w);
is<Tensor<[32, 10]>>()(vmap(predict, over(0, null))(zeros([32, 784]), zeros([784, 10])), true);
is<Tensor<[32, 10]>>()(vmap(predict, over())(zeros([32, 784]), zeros([32, 784, 10])), true);
is<Tensor<[32, 10]>>()(vmap(predict)(zeros([32, 784]), zeros([32, 784, 10])), true);
is<Tensor<[32, 10]>>()(vmap(predict, over(-1, null))(zeros([784, 32]), zeros([784, 10])), true);
is<Tensor<[10, 32]>>()(vmap(predict, overOut(1, 1, null))(zeros([784, 32]), zeros([784, 10])), true);
is<Tensor<[7, 5]>>()(
  vmap(
    vmap((a: Tensor<[3]>, b: Tensor<[3]>) => sum(mul(a, b)), over(null, 0)),
    over(0, null),
  )(zeros([7, 3]), zeros([5, 3])),
  true,
);
// nothing mapped: the size is stated
is<Tensor<[4, 3]>>()(vmap((x: Tensor<[3]>) => mul(x, 2), over(null), { axisSize: 4 })(zeros([3])), true);
is<Tensor<[4, 3]>>()(vmap((x: Tensor<[3]>) => mul(x, 2), over(0), { axisSize: 4 })(zeros([4, 3])), true);

// trees of axes, in and out
const summary = (p: { a: Tensor<[3]>; b: Tensor<[4]> }) => ({ s: sum(p.a), t: [p.b, p.a] as const });
const mapped = vmap(summary, over({ a: 0, b: null }));
is<{ s: Tensor<[9]>; t: readonly [Tensor<[9, 4]>, Tensor<[9, 3]>] }>()(
  mapped({ a: zeros([9, 3]), b: zeros([4]) }),
  true,
);
// prints <N extends Dim>(p: { a: Tensor<[N, 3], f32>; b: Tensor<[4]>; }) => { s: Tensor<[N], f32>; t: readonly [Tensor<[4], f32>, Tensor<[3, N], f32>]; }
const mappedOut = vmap(summary, overOut({ s: 0, t: [null, -1] }, { a: 0, b: null }));
is<{ s: Tensor<[9]>; t: readonly [Tensor<[4]>, Tensor<[3, 9]>] }>()(
  mappedOut({ a: zeros([9, 3]), b: zeros([4]) }),
  true,
);

// composed with grad and jit, generic all the way
// prints <N extends Dim>(params: { w: Tensor<[784, 10]>; }, x: Tensor<[N, 784], f32>) => { w: Tensor<[N, 784, 10], f32>; }
const perExample = vmap(
  grad((p: { w: Tensor<[784, 10]> }, x: Tensor<[784]>) => sum(matmul(x, p.w))),
  over(null, 0),
);
is<{ w: Tensor<[32, 784, 10]> }>()(perExample({ w: zeros([784, 10]) }, zeros([32, 784])), true);
function attention<T extends Dim, D extends Dim>(q: Tensor<[T, D]>, k: Tensor<[T, D]>, v: Tensor<[T, 64]>) {
  return matmul(softmax(matmul(q, matrixTranspose(k)), -1), v);
}
// prints <T extends Dim, D extends Dim, N extends Dim, N1 extends number>(q: Tensor<[N1, N, T, D], f32>, k: Tensor<[N1, N, T, D], f32>, v: Tensor<[N1, N, T, 64], f32>) => Tensor<[N1, N, T, 64], f32>
const heads = vmap(vmap(attention, over()), over());
is<Tensor<[8, 32, 10, 64]>>()(heads(zeros([8, 32, 10, 5]), zeros([8, 32, 10, 5]), zeros([8, 32, 10, 64])), true);
// prints <T extends Dim, D extends Dim, N extends Dim>(q: Tensor<[N, T, D], f32>, k: Tensor<[T, D], f32>, v: Tensor<[T, 64], f32>) => Tensor<[N, T, 64], f32>
const sharedKeys = jit(vmap(attention, over(0, null, null)));
is<Tensor<[6, 10, 64]>>()(sharedKeys(zeros([6, 10, 5]), zeros([10, 5]), zeros([10, 64])), true);
// prints <T extends Dim, N extends Dim>(params: Tensor<[T, 3], f32>, x: Tensor<[N, T], f32>) => Tensor<[N, T, 3], f32>
const gradOverBatch = vmap(
  grad(<T extends Dim>(w: Tensor<[T, 3]>, x: Tensor<[T]>) => sum(matmul(x, w))),
  over(null, 0),
);
is<Tensor<[32, 5, 3]>>()(gradOverBatch(zeros([5, 3]), zeros([32, 5])), true);

// named axes
const normalised = vmap((p: { a: Tensor<[3]>; b: Scalar }) => pmean(p, ['i']), over(0), { axisName: 'i' });
is<{ a: Tensor<[9, 3]>; b: Tensor<[9]> }>()(normalised({ a: zeros([9, 3]), b: zeros([9]) }), true);
const gathered = vmap((x: Tensor<[3]>) => allGather(x, 'i', { axis: 1 }), over(0), { axisName: 'i', axisSize: 4 });
is<Tensor<[4, 3, number]>>()(gathered(zeros([4, 3])), true);
is<Tensor<[5]>>()(vmap((x: Scalar) => mul(x, axisIndex('i')), { axisName: 'i' })(zeros([5])), true);

// control
const [last, ys] = scan(
  (h, x) => {
    const next = tanh(add(matmul(x, zeros([8, 64])), h));
    return [next, { o: next, m: sum(next, -1) }] as const;
  },
  zeros([32, 64]),
  zeros([100, 32, 8]),
);
is<Tensor<[32, 64]>>()(last, true);
is<{ readonly o: Tensor<[100, 32, 64]>; readonly m: Tensor<[100, 32]> }>()(ys, true);
const [carry, cells] = scan(
  (c, x) => [{ h: x.a, n: c.n }, [x.b] as const] as const,
  { h: zeros([2]), n: zeros([]) },
  { a: zeros([10, 2]), b: zeros([10, 3], i32) },
);
is<{ h: Tensor<[2]>; n: Scalar }>()(carry, true);
is<readonly [Tensor<[10, 3], i32>]>()(cells, true);
function running<N extends Dim>(x: Tensor<[N, 3]>, xs: Tensor<[10, N, 3]>) {
  const [{ total }, totals] = scan((c, y) => [{ total: add(c.total, y) }, c.total] as const, { total: x }, xs);
  is<Tensor<[N, 3]>>()(total, true);
  is<Tensor<[10, N, 3]>>()(totals, true);
}
running(zeros([2, 3]), zeros([10, 2, 3]));
// a tuple is carried as one, written as a list; sizes that are not known may become known
declare const pair: [Tensor<[4]>, Scalar];
const [[left, right]] = scan(([a, b], x) => [[add(a, x), b], a], pair, zeros([10, 4]));
is<Tensor<[4]>>()(left, true);
is<Scalar>()(right, true);
is<[Tensor<[4]>, Scalar]>()(
  foriLoop(0, 3, (_, [a, b]) => [add(a, b), b], pair),
  true,
);
function unknownSizes<B extends Dim, P>(c: Tensor<[number]>, x: Tensor<[5, B]>, p: P, f: (p: P) => P) {
  is<Tensor<[number]>>()(scan((h, y) => [add(h, y), null], c, x)[0], true);
  is<P>()(scan((q) => [f(q), null], p, null, { length: 3 })[0], true);
}
unknownSizes(zeros([5]).as([5 as number]), zeros([5, 5]), 1, (n) => n);
function repeated<C>(f: (c: C) => C, c: C): C {
  return foriLoop(0, 3, (_, x) => f(x), c);
}
is<Tensor<[4]>>()(
  repeated((x) => mul(x, 2), zeros([4])),
  true,
);
is<Scalar>()(
  whileLoop(
    (c) => less(c, 10),
    (c) => add(c, 1),
    zeros([]),
  ),
  true,
);
