import { argmax, check, checkpoint, concatenate, cond, customJvp, customRoot, customVjp, foriLoop, grad, hessian, i32, jvp, less, mean, mul, over, scan, sum, valueAndGrad, vjp, vmap, whileLoop, zeros } from '../language';
import type { Dim, Tensor } from '../language';

// a user function, generic in the batch
declare function loss<N extends Dim>(x: Tensor<[N, 784]>, y: Tensor<[N]>): Tensor<[]>;
// error at zeros([32, 784]) | two sizes for one dimension: 
loss(zeros([32, 784]), zeros([16]));
declare function sameWidth<B extends Dim>(x: Tensor<[8, B]>, y: Tensor<[8, B]>, z: Tensor<[B]>): Tensor<[B]>;
// error at zeros([8, 96]) | two sizes for one dimension: 
sameWidth(zeros([8, 96]), zeros([8, 97]), zeros([97]));
// error at zeros([32, 783]) | 'Tensor<[32, 783], f32>' is not assignable to parameter of type 'Tensor<[32, 784], f32>'
loss(zeros([32, 783]), zeros([32]));

// what has a gradient: a float scalar
// error at (w: Tensor<[3]>) => mul(w, 2) | grad: the result must be a scalar, reduce it with sum or mean
grad((w: Tensor<[3]>) => mul(w, 2));
// error at (w: Tensor<[3]>) => argmax(w) | grad: the result must have a float dtype, convert it with astype
grad((w: Tensor<[3]>) => argmax(w));
// error at (w: Tensor<[3]>) => 3 | grad: the result must be a scalar tensor
grad((w: Tensor<[3]>) => 3);
// error at (w: Tensor<[3]>) => [sum(w), w] | grad: the result is a pair, for [loss, aux] pass { hasAux: true }
grad((w: Tensor<[3]>) => [sum(w), w] as const);
// error at (w: Tensor<[3]>) => mul(w, 2) | grad: the result must be a scalar, reduce it with sum or mean
grad((w: Tensor<[3]>) => mul(w, 2), { argnums: 0 });
// error at hasAux || Type 'true' is not assignable to type 'true & ShapeError<"grad: the result must be a scalar, reduce it with sum or mean
grad((w: Tensor<[3]>) => [mul(w, 2), w] as const, { hasAux: true });
declare function unreduced(p: { readonly w: Tensor<[3]> }): readonly [Tensor<[3]>, { readonly aux: Tensor<[3]> }];
// error at hasAux || Type 'true' is not assignable to type 'true & ShapeError<"valueAndGrad: the result must be a scalar, reduce it with sum or mean", [3]
valueAndGrad(unreduced, { hasAux: true });
// error at (w: Tensor<[3]>) => mul(w, 2) | valueAndGrad: the result must be a scalar, reduce it with sum or mean
valueAndGrad((w: Tensor<[3]>) => mul(w, 2));
// error at (w: Tensor<[3]>) => mul(w, 2) | hessian: the result must be a scalar, reduce it with sum or mean
hessian((w: Tensor<[3]>) => mul(w, 2));
declare function losses<N extends Dim>(p: { readonly w: Tensor<[784]> }, x: Tensor<[N, 784]>): Tensor<[N]>;
// error at losses | grad: the result must be a scalar, reduce it with sum or mean", [N]
grad(losses);
// error at losses | grad: the result must be a scalar, reduce it with sum or mean", [N]
grad(losses, { argnums: 1 });
// error at losses | hessian: the result must be a scalar, reduce it with sum or mean", [N]
hessian(losses);
// error at zeros([32, 784]) | two sizes for one dimension: 
grad(loss)(zeros([32, 784]), zeros([16]));

const affine = (w: Tensor<[3]>, x: Tensor<[3]>) => sum(mul(w, x));
// error at argnums | '2' is not assignable to type
grad(affine, { argnums: 2 });
// error at hasAux || grad: with hasAux the result must be [loss, aux] as const
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
// error at zeros([32, 784]) | two sizes for one dimension: 
vmap(predict, over())(zeros([32, 784]), zeros([16, 784, 10]));
// error at zeros([64, 784]) | two sizes for one dimension: 
vmap(predict)(zeros([64, 784]), zeros([63, 784, 10]));
// error at zeros([32, 784, 10]) | 'Tensor<[32, 784, 10], f32>' is not assignable to parameter of type 'Tensor<[784, 10], f32>'
vmap(predict, over(0, null))(zeros([32, 784]), zeros([32, 784, 10]));

// the carry keeps its type
// error at concatenate([h, x], -1) || scan: the carry changes its shape", [32, 64], [32, 72]
scan((h, x) => [concatenate([h, x], -1), i32], zeros([32, 64]), zeros([100, 32, 8]));
// error at h || scan: the carry changes its shape at .h", [2], [4]
scan((c, x) => [{ h: concatenate([c.h, x], -1), n: c.n }, null], { h: zeros([2]), n: zeros([]) }, zeros([10, 2]));
// error at n || scan: the carry changes its dtype at .n", f32, i32
scan((c, x) => [{ h: x, n: c.n.astype(i32) }, null], { h: zeros([2]), n: zeros([]) }, zeros([10, 2]));
// error at concatenate([c[1], x], -1) || scan: the carry changes its shape at [1]", [2], [4]
scan((c, x) => [[c[0], concatenate([c[1], x], -1)], null], [zeros([2]), zeros([2])] as const, zeros([10, 2]));
// error at h || scan: the carry changes its structure: .n is left out
scan((c) => [{ h: c.h }, null], { h: zeros([2]), n: zeros([]) }, zeros([10, 2]));
// steps that are counted: one signature, so that the reason is not under "No overload matches this call"
declare const state: { readonly h: Tensor<[4]>; readonly n: Tensor<[]> };
// error at h || scan: the carry changes its structure: .n is left out
scan((c) => [{ h: c.h }, null], state, null, { length: 3 });
// error at n || scan: the carry changes its dtype at .n", f32, i32
scan((c) => [{ h: c.h, n: c.n.astype(i32) }, null], state, null, { length: 3 });
// error at c || scan: a step returns [carry, y]
scan((c) => c, state, null, { length: 3 });
// error at length | '9' is not assignable to type '10'
scan((c, x) => [c, x], state, zeros([10, 4]), { length: 9 });

// error at h || whileLoop: the carry changes its shape at .h", [3], []
whileLoop((c) => less(c.n, 3), (c) => ({ n: c.n, h: sum(c.h) }), { n: zeros([]), h: zeros([3]) });
// error at h || foriLoop: the carry changes its shape at .h", [3], []
foriLoop(0, 3, (_, c) => ({ n: c.n, h: sum(c.h) }), { n: zeros([]), h: zeros([3]) });
declare function longer(c: { readonly h: Tensor<[2]> }): { readonly h: Tensor<[3]> };
// error at longer(c) || foriLoop: the carry changes its shape at .h", [2], [3]
foriLoop(0, 3, (_, c) => longer(c), { h: zeros([2]) });
// error at a || cond: the branches differ in shape at .a", [3], []
cond(less(zeros([]), 1), (x) => ({ a: x, b: x }), (x) => ({ a: sum(x), b: x }), zeros([3]));

// error at ({ a: x }) || cond: the branches differ in structure: .b is left out
cond(less(zeros([]), 1), (x) => ({ a: x, b: x }), (x) => ({ a: x }), zeros([3]));

// parameters and carries that fill the line: the sentence is in it
const init = () => ({
  embed: zeros([1000, 64]),
  positions: zeros([128, 64]),
  attention: { query: zeros([64, 64]), key: zeros([64, 64]), value: zeros([64, 64]), out: zeros([64, 64]) },
  mlp: { up: zeros([64, 256]), upBias: zeros([256]), down: zeros([256, 64]), downBias: zeros([64]) },
  norm: { scale: zeros([64]), offset: zeros([64]) },
});
const unreducedBeside = (p: ReturnType<typeof init>, x: Tensor<[32, 64]>) => [mul(x, sum(p.embed)), { x }] as const;
// error at hasAux || valueAndGrad: the result must be a scalar, reduce it with sum or mean", [32, 64]
valueAndGrad(unreducedBeside, { hasAux: true });
// error at hasAux || grad: the result must be a scalar, reduce it with sum or mean", [32, 64]
grad(unreducedBeside, { hasAux: true, argnums: 1 });
const unreducedAlone = (p: ReturnType<typeof init>, x: Tensor<[32, 64]>) => mul(x, sum(p.embed));
// error at unreducedAlone || valueAndGrad: the result must be a scalar, reduce it with sum or mean", [32, 64]
valueAndGrad(unreducedAlone);
// error at unreducedAlone || grad: the result must be a scalar, reduce it with sum or mean", [32, 64]
grad(unreducedAlone, { argnums: 0 });
const rows = zeros([10, 4]);
const withoutPart = ({ norm: _, ...c }: ReturnType<typeof init>, x: Tensor<[4]>) => [c, x] as const;
// error at withoutPart || scan: the carry changes its structure: .norm is left out
scan(withoutPart, init(), rows);
const otherDtype = (c: ReturnType<typeof init>, x: Tensor<[4]>) => [{ ...c, embed: c.embed.astype(i32) }, x] as const;
// error at otherDtype || scan: the carry changes its dtype at .embed", f32, i32
scan(otherDtype, init(), rows);
const alone = (c: ReturnType<typeof init>, x: Tensor<[4]>) => ({ ...c, embed: mul(c.embed, sum(x)) });
// error at alone || scan: a step returns [carry, y]
scan(alone, init(), rows);
// error at (c, x) => { || scan: the carry changes its dtype at .embed", f32, i32
scan((c, x) => { const embed = c.embed.astype(i32); return [{ ...c, embed }, x]; }, init(), rows);
// error at (c, x) => { || scan: a step returns [carry, y]
scan((c, x) => { const embed = mul(c.embed, sum(x)); return { ...c, embed }; }, init(), rows);
// error at (_, c) => { || foriLoop: the carry changes its structure: .positions is left out
foriLoop(0, 3, (_, c) => { const { positions: _p, ...rest } = c; return rest; }, init());

// a policy is a function of how a value was made
// error at policy | Type 'string' is not assignable to type 'CheckpointPolicy'
checkpoint((x: Tensor<[3]>) => sum(x), { policy: 'dots' });
// error at zeros([4]) | 'Tensor<[4], f32>' is not assignable to parameter of type 'Tensor<[3], f32>'
checkpoint((x: Tensor<[3]>) => sum(x))(zeros([4]));

// rules fit the function
// error at zeros([3]) | 'Tensor<[3], f32>' is not assignable to type 'Tensor<[4], f32>'
customVjp((x: Tensor<[4]>) => x, (x) => [x, null], () => [zeros([3])]);
// error at t | 'Tensor<[3], f32>' is not assignable to type 'Tensor<[], f32>'
customJvp((x: Tensor<[3]>) => sum(x), ([x], [t]) => [sum(x), t]);
// error at zeros([4]) | Type 'Tensor<[4], f32>' is not assignable to type 'Tensor<[3], f32>'
customRoot((x: Tensor<[3]>) => x, zeros([3]), (f, x) => f(x), () => zeros([4]));
// error at zeros([3]) | 'Tensor<[3], f32>' is not assignable to parameter of type 'Tensor<any, bool>'
check(zeros([3]), 'no bool');
