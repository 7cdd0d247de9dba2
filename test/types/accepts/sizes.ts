// A tensor whose sizes are known is one whose sizes are not: nobody can write to it.
import { is } from '../expect';
import type { Dim, DType, f32, f64, Scalar, Shape, Tensor } from '../language';
import { add, i32, jit, matmul, mean, scan, sum, valueAndGrad, zeros } from '../language';

declare const x: Tensor<[10, 4]>;
declare function rows(x: Tensor<[number, 4]>): Tensor<[number]>;
declare function anything(x: Tensor<number[]>): void;
declare function indices(x: Tensor<[number, 4], DType>): void;
is<Tensor<[number]>>()(rows(x), true);
const assigned: Tensor<[number, number]> = x;
anything(x);
anything(assigned);
indices(x);
indices(zeros([2, 4], i32));
rows(matmul(zeros([8, 3]), zeros([3, 4])));
is<Tensor<[number]>>()(jit(rows)(x), true);

// in trees, functions and lists
interface Params {
  readonly w: Tensor<[number, 4]>;
  readonly layers: readonly { readonly b: Tensor<[number]> }[];
}
declare function model(p: Params, x: Tensor<[number, number]>): Scalar;
model({ w: x, layers: [{ b: zeros([3]) }, { b: zeros([5]) }] }, x);
const batches: readonly Tensor<[number, 4]>[] = [x, zeros([3, 4])];
const narrowed: (x: Tensor<[10, 4]>) => Tensor<[number]> = rows;
const [loss, gradients] = valueAndGrad((p: Params) => model(p, batches[0] ?? x))({ w: x, layers: [] });
is<Params>()(gradients, true);
is<Scalar>()(loss, true);
const step = (c: Tensor<[number]>, y: Tensor<[4]>) => [add(c, y), sum(c)] as const;
is<Tensor<[4]>>()(scan(step, zeros([4]), zeros([10, 4]))[0], true);
narrowed(x);

export function generic<B extends Dim, T extends Dim, N extends Shape>(
  a: Tensor<[B, 4]>,
  b: Tensor<N>,
  c: Tensor<[...N, B]>,
  d: Tensor<[B, T]>,
) {
  rows(a);
  anything(a);
  anything(b);
  anything(c);
  const half: Tensor<[B, number]> = a;
  const pair: Tensor<[B, number]> = d;
  return [half, pair] as const;
}

// methods are those of the known type, and of unions
is<Tensor<[2, 3]>>()(
  zeros([2, 3])
    .add(zeros([3]))
    .exp()
    .mean(-1, { keepDims: true })
    .broadcastTo([2, 3]),
  true,
);
declare const either: Scalar<f32> | Scalar<f64>;
is<number>()(either.item(), true);
either.exp().add(1);
mean(x.astype(i32)).item().toFixed();
