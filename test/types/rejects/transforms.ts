import { argmax, concatenate, grad, hessian, i32, jvp, mean, mul, over, scan, sum, valueAndGrad, vjp, vmap, zeros } from '../language';
import type { Dim, Tensor } from '../language';

// a user function, generic in the batch
declare function loss<N extends Dim>(x: Tensor<[N, 784]>, y: Tensor<[N]>): Tensor<[]>;
// error at zeros([32, 784]) | 'Tensor<[32, 784], f32>' is not assignable to parameter of type 'Tensor<[
loss(zeros([32, 784]), zeros([16]));
// error at zeros([32, 783]) | 'Tensor<[32, 783], f32>' is not assignable to parameter of type 'Tensor<[32, 784], f32>'
loss(zeros([32, 783]), zeros([32]));

// what has a gradient: a float scalar
// error at (w: Tensor<[3]>) => mul(w, 2) | 'Tensor<[3], f32>' is not assignable to type 'Loss'
grad((w: Tensor<[3]>) => mul(w, 2));
// error at (w: Tensor<[3]>) => argmax(w) | 'Tensor<[], i32>' is not assignable to type 'Loss'
grad((w: Tensor<[3]>) => argmax(w));
// error at (w: Tensor<[3]>) => mul(w, 2) | 'Tensor<[3], f32>' is not assignable to type 'Loss'
valueAndGrad((w: Tensor<[3]>) => mul(w, 2));
// error at (w: Tensor<[3]>) => mul(w, 2) | 'Tensor<[3], f32>' is not assignable to type 'Loss'
hessian((w: Tensor<[3]>) => mul(w, 2));
// error at zeros([32, 784]) | 'Tensor<[32, 784], f32>' is not assignable to parameter of type 'Tensor<[
grad(loss)(zeros([32, 784]), zeros([16]));

const affine = (w: Tensor<[3]>, x: Tensor<[3]>) => sum(mul(w, x));
// error at argnums | '2' is not assignable to type
grad(affine, { argnums: 2 });
// error at affine | is not assignable
grad(affine, { hasAux: true });
// error at zeros([4]) | 'Tensor<[4], f32>' is not assignable to parameter of type 'Tensor<[3], f32>'
grad(affine)(zeros([3]), zeros([4]));

// error at zeros([4]) | 'Tensor<[4], f32>' is not assignable to type 'Tensor<[3], f32>'
jvp(affine, [zeros([3]), zeros([3])], [zeros([3]), zeros([4])]);
const [, pullback] = vjp(affine, zeros([3]), zeros([3]));
// error at zeros([3]) | 'Tensor<[3], f32>' is not assignable to parameter of type 'Tensor<[], f32>'
pullback(zeros([3]));

// vmap
const predict = (x: Tensor<[784]>, w: Tensor<[784, 10]>) => sum(mul(x, mean(w, -1)));
// error at zeros([32, 784]) | 'Tensor<[32, 784], f32>' is not assignable to parameter of type 'Tensor<[
vmap(predict, over())(zeros([32, 784]), zeros([16, 784, 10]));
// error at zeros([32, 784, 10]) | 'Tensor<[32, 784, 10], f32>' is not assignable to parameter of type 'Tensor<[784, 10], f32>'
vmap(predict, over(0, null))(zeros([32, 784]), zeros([32, 784, 10]));

// the carry keeps its type
// error at concatenate([h, x], -1) | 'Tensor<[32, 72], f32>' is not assignable to type 'Tensor<[32, 64], f32>'
scan((h, x) => [concatenate([h, x], -1), i32], zeros([32, 64]), zeros([100, 32, 8]));
