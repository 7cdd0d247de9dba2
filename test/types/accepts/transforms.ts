import { is } from '../expect';
import type { Dim, ResidualReport, Scalar, Tensor, TracedProgram } from '../language';
import {
  add,
  at,
  checkGrads,
  checkify,
  checkpoint,
  checkpointName,
  checkpointPolicies,
  compile,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  debug,
  debugNans,
  evalShape,
  f64,
  grad,
  hessian,
  i32,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  linearTranspose,
  logSoftmax,
  lower,
  makeJaxpr,
  matmul,
  matrixTranspose,
  mean,
  mul,
  over,
  relu,
  savedResiduals,
  softmax,
  stopGradient,
  sub,
  sum,
  tanh,
  tree,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from '../language';

interface Params {
  w1: Tensor<[784, 128]>;
  b1: Tensor<[128]>;
  layers: { w: Tensor<[128, 128]>; b: Tensor<[128]> }[];
  out: [w: Tensor<[128, 10]>, b: Tensor<[10]>];
}
declare const params: Params;
function mlp<B extends Dim>(p: Params, x: Tensor<[B, 784]>) {
  let h = relu(add(matmul(x, p.w1), p.b1));
  for (const l of p.layers) h = relu(add(matmul(h, l.w), l.b));
  return add(matmul(h, p.out[0]), p.out[1]);
}
is<Tensor<[32, 10]>>()(mlp(params, zeros([32, 784])), true);
function loss<B extends Dim>(p: Params, x: Tensor<[B, 784]>, y: Tensor<[B, 10]>) {
  return mean(sum(mul(mul(logSoftmax(mlp(p, x), -1), y), -1), -1));
}

// the first argument is the default
is<Params>()(grad(loss)(params, zeros([32, 784]), zeros([32, 10])), true);
// prints <B extends Dim>(params: Params, x: Tensor<[B, 784], f32>, y: Tensor<[B, 10], f32>) => [loss: Tensor<[], f32>, grads: Params]
const step = jit(valueAndGrad(loss));
const [value, grads] = step(params, zeros([32, 784]), zeros([32, 10]));
is<Scalar>()(value, true);
is<Params>()(grads, true);
is<Params>()(
  tree.map((p, g) => sub(p, mul(0.1, g)), params, grads),
  true,
);
is<number[]>()(
  tree.mapWithPath((x) => x.ndim, [zeros([3]), zeros([4])]),
  true,
);
is<Tensor<[3], f64>>()(grad((w: Tensor<[3], f64>) => sum(w))(zeros([3], f64)), true);
is<Scalar<f64>>()(valueAndGrad((w: Tensor<[3], f64>) => sum(w))(zeros([3], f64))[0], true);
is<Scalar>()(grad(grad((x: Scalar) => mul(x, x)))(zeros([])), true);

// argnums and hasAux
const affine = (w: Tensor<[3, 2]>, x: Tensor<[3]>, b: Tensor<[2]>) => sum(add(matmul(x, w), b));
is<Tensor<[3]>>()(grad(affine, { argnums: 1 })(zeros([3, 2]), zeros([3]), zeros([2])), true);
is<[Tensor<[3, 2]>, Tensor<[2]>]>()(grad(affine, { argnums: [0, 2] })(zeros([3, 2]), zeros([3]), zeros([2])), true);
is<[loss: Scalar, grads: Tensor<[2]>]>()(
  valueAndGrad(affine, { argnums: 2 })(zeros([3, 2]), zeros([3]), zeros([2])),
  true,
);
const withAux = (w: Tensor<[3]>, x: Tensor<[3]>) => {
  const out = mul(w, x);
  return [sum(out), { out }] as const;
};
is<[grads: Tensor<[3]>, aux: { readonly out: Tensor<[3]> }]>()(
  grad(withAux, { hasAux: true })(zeros([3]), zeros([3])),
  true,
);
const [[auxLoss, aux], auxGrads] = valueAndGrad(withAux, { hasAux: true, argnums: 1 })(zeros([3]), zeros([3]));
is<Scalar>()(auxLoss, true);
is<Tensor<[3]>>()(aux.out, true);
is<Tensor<[3]>>()(auxGrads, true);
// generic functions keep their type parameters
// prints <B extends Dim>(p: Params, x: Tensor<[B, 784], f32>, y: Tensor<[B, 10], f32>) => Tensor<[B, 784], f32>
const gradOfInput = grad(loss, { argnums: 1 });
is<Tensor<[8, 784]>>()(gradOfInput(params, zeros([8, 784]), zeros([8, 10])), true);
is<Tensor<[16, 784]>>()(gradOfInput(params, zeros([16, 784]), zeros([16, 10])), true);

// jvp, vjp, linearize
const predict = (x: Tensor<[784]>, w: Tensor<[784, 10]>) => matmul(x, w);
const [out, tangent] = jvp(predict, [zeros([784]), zeros([784, 10])], [zeros([784]), zeros([784, 10])]);
is<Tensor<[10]>>()(out, true);
is<Tensor<[10]>>()(tangent, true);
const [, pullback] = vjp(predict, zeros([784]), zeros([784, 10]));
is<[x: Tensor<[784]>, w: Tensor<[784, 10]>]>()(pullback(zeros([10])), true);
const [, pushforward] = linearize(predict, zeros([784]), zeros([784, 10]));
is<Tensor<[10]>>()(pushforward(zeros([784]), zeros([784, 10])), true);

// jacobians: every leaf of the output with every leaf of the input
interface Dense {
  w: Tensor<[3, 2]>;
  b: Tensor<[2]>;
}
declare const dense: Dense;
const linear = (p: Dense, x: Tensor<[3]>) => add(matmul(x, p.w), p.b);
is<{ w: Tensor<[2, 3, 2]>; b: Tensor<[2, 2]> }>()(jacrev(linear)(dense, zeros([3])), true);
is<Tensor<[2, 3]>>()(jacfwd(linear, { argnums: 1 })(dense, zeros([3])), true);
is<[{ w: Tensor<[2, 3, 2]>; b: Tensor<[2, 2]> }, Tensor<[2, 3]>]>()(
  jacfwd(linear, { argnums: [0, 1] })(dense, zeros([3])),
  true,
);
const energy = (p: Dense, x: Tensor<[3]>) => sum(linear(p, x));
is<{ w: { w: Tensor<[3, 2, 3, 2]>; b: Tensor<[3, 2, 2]> }; b: { w: Tensor<[2, 3, 2]>; b: Tensor<[2, 2]> } }>()(
  hessian(energy)(dense, zeros([3])),
  true,
);
is<Tensor<[3, 3]>>()(hessian(energy, { argnums: 1 })(dense, zeros([3])), true);

// checkpoint is f, type parameters and all
const block = checkpoint(<T extends Dim>(h: Tensor<[T, 3]>, p: Dense) => add(matmul(h, p.w), p.b), {
  policy: checkpointPolicies.saveOnlyTheseNames('h'),
});
is<Tensor<[7, 2]>>()(block(zeros([7, 3]), dense), true);
is<Tensor<[7, 3]>>()(checkpointName(zeros([7, 3]), 'h'), true);
is<ResidualReport>()(savedResiduals(linear)(dense, zeros([3])), true);

// the rest
is<TracedProgram>()(makeJaxpr(predict)(zeros([784]), zeros([784, 10])), true);
const checked = checkify((x: Tensor<[3]>, i: Scalar<i32>) => at(x, i), { errors: ['index', 'user'] });
const outcome = checked(zeros([3]), zeros([], i32));
if (outcome._tag === 'Right') is<Scalar>()(outcome.right, true);
is<Tensor<[3, 2]>>()(debugNans(grad(affine))(zeros([3, 2]), zeros([3]), zeros([2])), true);
debug.callback((x) => is<Tensor<[3]>>()(x, true), zeros([3]));
const ahead = compile(predict)(zeros([784]), zeros([784, 10]));
is<Tensor<[10]>>()(ahead(zeros([784]), zeros([784, 10])), true);
is<number>()(ahead.memory.temporaries + lower(predict)(zeros([784]), zeros([784, 10])).cost.flops, true);
const structure = evalShape(loss, params, zeros([4, 784]), zeros([4, 10]));
is<readonly []>()(structure.shape, true);
is<Params>()(stopGradient(params), true);
const clipped = customJvp(
  (x: Tensor<[3]>) => tanh(x),
  ([x], [t]) => [tanh(x), mul(t, x)],
);
is<Tensor<[3]>>()(clipped(zeros([3])), true);
const scaled = customVjp(
  (x: Tensor<[3]>, s: Scalar) => mul(x, s),
  (x, s) => [mul(x, s), { x, s }],
  ({ x, s }, ct) => [mul(ct, s), sum(mul(ct, x))],
);
is<Tensor<[3]>>()(scaled(zeros([3]), zeros([])), true);
const masked = customVjp(
  (x: Tensor<[3]>, s: Scalar) => mul(x, s),
  (x, s, perturbed) => [mul(x, perturbed[1] ? s : 1), s],
  (s, ct) => [ct === null ? null : mul(ct, s), null],
  { nondiffArgnums: 1, symbolicZeros: true },
);
is<Tensor<[3]>>()(masked(zeros([3]), zeros([])), true);
const scaledJvp = customJvp(
  (x: Tensor<[3]>, n: number) => mul(x, n),
  ([x, n], [t, none]) => [mul(x, n), none === null ? mul(t, n) : null],
  { nondiffArgnums: [1] },
);
is<Tensor<[3]>>()(scaledJvp(zeros([3]), 2), true);
is<[x: Tensor<[784]>, w: Tensor<[784, 10]>]>()(
  linearTranspose(predict, zeros([784]), zeros([784, 10]))(zeros([10])),
  true,
);
is<Tensor<[3]>>()(
  customRoot(
    (x: Tensor<[3]>) => tanh(x),
    zeros([3]),
    (f, x) => f(x),
    (g, y) => g(y),
  ),
  true,
);
is<Dense>()(
  customLinearSolve(
    (p: Dense) => p,
    dense,
    (matvec, b) => matvec(b),
    { symmetric: true },
  ),
  true,
);
checkGrads(affine, [zeros([3, 2]), zeros([3]), zeros([2])], { order: 2, modes: ['forward', 'reverse'] });

export function attention<T extends Dim, D extends Dim>(q: Tensor<[T, D]>, k: Tensor<[T, D]>, v: Tensor<[T, 64]>) {
  return matmul(softmax(matmul(q, matrixTranspose(k)), -1), v);
}
const rows = (x: Tensor<[5, 3]>, i: Tensor<[], i32>) => at(x, i);
is<Tensor<[3]>>()(jit(rows)(zeros([5, 3]), zeros([], i32)), true);

// trees of parameters keep the type they were given, name and all
const [, paramsPullback] = vjp((p: Params) => mlp(p, zeros([8, 784])), params);
is<[p: Params]>()(paramsPullback(zeros([8, 10])), true);
const [, dense1] = vjp(linear, dense, zeros([3]));
is<[p: Dense, x: Tensor<[3]>]>()(dense1(zeros([2])), true);
is<[out: Dense, tangent: Dense]>()(
  jvp((p: Dense): Dense => tree.map((x) => mul(x, 2), p), [dense], [dense]),
  true,
);
is<Dense>()(jit((p: Dense) => tree.map((x) => mul(x, 2), p))(dense), true);
is<{ w: Tensor<[5, 3, 2]>; b: Tensor<[5, 2]> }>()(vmap(grad(energy), over(null, 0))(dense, zeros([5, 3])), true);
is<{ w: Tensor<[5, 2, 3, 2]>; b: Tensor<[5, 2, 2]> }>()(
  vmap(jacfwd(linear), over(null, 0))(dense, zeros([5, 3])),
  true,
);
is<[loss: Scalar, grads: Dense]>()(jit(valueAndGrad(energy))(dense, zeros([3])), true);
