// What users read when a transform is misused. The whole message is the contract: what, where, and what to do.
import {
  add,
  astype,
  customJvp,
  customVjp,
  f32,
  grad,
  greater,
  i32,
  jacfwd,
  jit,
  jvp,
  linearize,
  mean,
  mul,
  over,
  overOut,
  sin,
  sum,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from 'adjoint';
import { describe, expect, it } from 'vitest';

type Loose = (...args: readonly unknown[]) => unknown;
/** Calls that the types forbid: JavaScript users make them. */
const loosely = (f: unknown): Loose => f as Loose;
const call = (transform: unknown, ...setup: readonly unknown[]): Loose => loosely(loosely(transform)(...setup));

const message = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    if (e instanceof Error) return `${e.name}: ${e.message}`;
    throw e;
  }
  throw new Error('nothing was thrown');
};

const x = tensor([1, 2, 3]);

describe('grad', () => {
  it('of a result that is not a scalar', () => {
    const square = (v: Tensor<[3]>) => mul(v, v);
    expect(message(() => call(grad, square)(x))).toMatchInlineSnapshot(
      `"TransformError: grad: square must return a scalar, got shape [3]. Reduce it with sum or mean, or use jacrev for the derivative of every element."`,
    );
  });
  it('of a result that is no tensor', () => {
    expect(message(() => call(grad, () => 3)(x))).toMatchInlineSnapshot(
      `"TransformError: grad: the function must return a scalar tensor, got number. For [loss, aux] pass { hasAux: true }."`,
    );
  });
  it('by integers, naming the leaf', () => {
    const loss = (p: { w: Tensor<[3]>; step: Tensor<[], i32> }) => sum(p.w);
    expect(message(() => grad(loss)({ w: x, step: tensor(1, i32) }))).toMatchInlineSnapshot(
      `"TransformError: grad: the leaf .step of argument 0 has dtype i32; derivatives are by f32 and f64. Convert it with astype(x, f32), or choose other arguments with argnums."`,
    );
  });
  it('by a number in a tree', () => {
    expect(message(() => call(grad, (p: { w: Tensor<[3]> }) => sum(p.w))({ w: x, rate: 0.1 }))).toMatchInlineSnapshot(
      `"TransformError: grad: the leaf .rate of argument 0 is a number, which has no derivative. Wrap it in tensor(...), or pass it as another argument."`,
    );
  });
  it('by an argument that is not there', () => {
    expect(message(() => call(grad, sum, { argnums: 3 })(x))).toMatchInlineSnapshot(
      `"ArgumentError: grad: argnums 3 is out of range; the function was called with 1 argument."`,
    );
    expect(message(() => call(grad, sum, { argnums: [0, 0] })(x))).toMatchInlineSnapshot(
      `"ArgumentError: grad: argnums (0,0) names an argument twice."`,
    );
  });
  it('by a tree without tensors', () => {
    expect(message(() => call(grad, () => tensor(1))({}))).toMatchInlineSnapshot(
      `"TransformError: grad: argument 0 has no tensors to differentiate by. Choose another argument with argnums."`,
    );
  });
  it('without the aux it was told of', () => {
    expect(message(() => call(valueAndGrad, sum, { hasAux: true })(x))).toMatchInlineSnapshot(
      `"TransformError: valueAndGrad: with hasAux sum must return [loss, aux]."`,
    );
  });
  it('of an integer loss', () => {
    expect(message(() => call(grad, (v: Tensor<[3]>) => sum(astype(v, i32)))(x))).toMatchInlineSnapshot(
      `"TransformError: grad: the function must return a float dtype, got i32. Convert it with astype(loss, f32)."`,
    );
  });
  it('of something that is no function', () => {
    expect(message(() => call(grad, 3)(x))).toMatchInlineSnapshot(
      `"ArgumentError: grad: expected a function, got number."`,
    );
  });
  it('of an asynchronous function', () => {
    const later = async (v: Tensor<[3]>) => sum(v);
    expect(message(() => call(grad, later)(x))).toMatchInlineSnapshot(
      `"TransformError: grad: later returned a promise. A traced function must be synchronous: await the data first, then call grad(f) on it."`,
    );
  });
});

describe('jit', () => {
  it('where the function decides on a value', () => {
    const f = (v: Tensor<[]>) => (v.item() > 0 ? v : mul(v, 2));
    expect(message(() => jit(f)(tensor(1)))).toMatchInlineSnapshot(
      `"ConcretizationError: item(): the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums)."`,
    );
  });
  it('where JavaScript compares, adds or prints', () => {
    const compare = loosely((v: never) => (v > 0 ? v : 0));
    expect(message(() => jit(compare)(tensor(1)))).toMatchInlineSnapshot(
      `"ConcretizationError: a comparison or arithmetic operator: the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums)."`,
    );
    const print = (v: Tensor<[]>) => {
      if (`${v}` === '') return v;
      return v;
    };
    expect(message(() => jit(print)(tensor(1)))).toMatchInlineSnapshot(
      `"ConcretizationError: a template or String(): the value of a tensor (f32[]) is not known while jit traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside jit, or pass it as a static argument (staticArgnums)."`,
    );
  });
  it('where the function reads the array', () => {
    const f = (v: Tensor<[3]>) => tensor(v.toTypedArray());
    expect(message(() => jit(f)(x))).toMatchInlineSnapshot(
      `"ConcretizationError: toTypedArray(): Tracer<f32[3]> of jit has no elements of its own while jit traces the function. Return it from the function and call toTypedArray() on the result."`,
    );
  });
  it('of a tracer that is kept', () => {
    let kept = tensor(0);
    jit((v: Tensor<[]>) => {
      kept = v;
      return v;
    })(tensor(1));
    expect(message(() => sin(kept))).toMatchInlineSnapshot(
      `"LeakedTracerError: sin: a tensor f32[] made while jit traced a function was used after jit had returned. The function stored it outside itself; return it from the function instead."`,
    );
    expect(message(() => kept.item())).toMatchInlineSnapshot(
      `"LeakedTracerError: item(): a tensor f32[] made while jit traced a function was used after jit had returned. The function stored it outside itself; return it from the function instead."`,
    );
  });
  it('with static arguments out of range', () => {
    expect(message(() => call(jit, sum, { staticArgnums: 2 })(x))).toMatchInlineSnapshot(
      `"ArgumentError: jit: staticArgnums 2 is out of range; the function was called with 1 argument."`,
    );
  });
});

describe('control flow on values', () => {
  it('works under grad and jvp, which compute as they go', () => {
    const f = (v: Tensor<[]>) => (v.item() > 0 ? mul(v, 3) : mul(v, 5));
    expect(grad(f)(tensor(1)).item()).toBe(3);
    expect(grad(f)(tensor(-1)).item()).toBe(5);
  });
  it('does not under vmap', () => {
    const f = (v: Tensor<[]>) => (v.item() > 0 ? v : mul(v, 5));
    expect(message(() => vmap(f, over(0))(x))).toMatchInlineSnapshot(
      `"ConcretizationError: item(): the value of a tensor (f32[]) is not known while vmap traces the function. To choose between values use where(condition, x, y); for arithmetic and comparisons use the tensor functions (add, greater, ...); to look at a number call the function outside vmap."`,
    );
  });
});

describe('tracers that escape', () => {
  it('from grad', () => {
    let kept = tensor(0);
    grad((v: Tensor<[]>) => {
      kept = mul(v, v);
      return kept;
    })(tensor(3));
    expect(message(() => add(kept, 1))).toMatchInlineSnapshot(
      `"LeakedTracerError: add: a tensor f32[] made while grad traced a function was used after grad had returned. The function stored it outside itself; return it from the function instead."`,
    );
  });
  it('from vmap, as the result of another transform', () => {
    let kept = tensor(0);
    vmap((v: Tensor<[]>) => {
      kept = v;
      return v;
    }, over(0))(x);
    expect(message(() => jit((_v: Tensor<[]>) => kept)(tensor(1)))).toMatchInlineSnapshot(
      `"LeakedTracerError: the result of the function traced by jit: a tensor f32[] made while vmap traced a function was used after vmap had returned. The function stored it outside itself; return it from the function instead."`,
    );
  });
});

describe('vmap', () => {
  it('over axes of different sizes', () => {
    const f = (a: Tensor<[2]>, p: { b: Tensor<[]> }) => sum(add(a, p.b));
    expect(message(() => call(vmap, f, over(0, 0))(zeros([3, 2]), { b: zeros([4]) }))).toMatchInlineSnapshot(`
      "ShapeError: vmap: the mapped axes have different sizes:
        argument 0 has size 3 on axis 0 of shape [3, 2]
        leaf .b of argument 1 has size 4 on axis 0 of shape [4]
      Map only axes of one size, and pass null for arguments that all examples share."
    `);
  });
  it('over an axis that is not there', () => {
    expect(message(() => call(vmap, sum, over(2))(x))).toMatchInlineSnapshot(
      `"AxisError: vmap: axis 2 of argument 0 is out of range for 1 axes (-1..0)."`,
    );
    expect(message(() => call(vmap, sum, over(0))(tensor(1)))).toMatchInlineSnapshot(
      `"AxisError: vmap: axis 0 of argument 0 is out of range for 0 axes (a scalar cannot be mapped; use null)."`,
    );
  });
  it('over nothing', () => {
    expect(message(() => call(vmap, sum, over(null))(x))).toMatchInlineSnapshot(
      `"ArgumentError: vmap: no argument is mapped, so the size of the axis is unknown. Map one with over(0, ...), or give { axisSize: n }."`,
    );
  });
  it('with axes for another number of arguments', () => {
    expect(message(() => call(vmap, sum, over(0, 0))(x))).toMatchInlineSnapshot(
      `"ArgumentError: vmap: over(...) has axes for 2 arguments, the function was called with 1."`,
    );
  });
  it('with a prefix that does not fit the tree', () => {
    expect(message(() => call(vmap, () => x, over({ a: 0 }))({ b: x }))).toMatchInlineSnapshot(
      `"TreeError: vmap: the prefix does not fit the tree at [0], where it has an object with keys {b}."`,
    );
  });
  it('with a result that is mapped where it is said not to be', () => {
    expect(message(() => call(vmap, sin, overOut(null, 0))(x))).toMatchInlineSnapshot(
      `"TransformError: vmap: outAxes is null for the result, but it depends on the mapped axis. Give the axis it is to have, or reduce over the examples outside vmap."`,
    );
  });
});

describe('jvp, vjp and linearize', () => {
  it('with tangents of another structure', () => {
    const f = (p: { a: Tensor<[3]> }) => sum(p.a);
    expect(message(() => call(() => loosely(jvp)(f, [{ a: x }], [{ b: x }])))).toMatchInlineSnapshot(
      `"TreeError: jvp: tangents must have the structure of what they belong to; they differ at [0]: an object with keys {b} against an object with keys {a}."`,
    );
  });
  it('with tangents of another shape', () => {
    const f = (p: { a: Tensor<[3]> }) => sum(p.a);
    expect(message(() => loosely(jvp)(f, [{ a: x }], [{ a: zeros([2]) }]))).toMatchInlineSnapshot(
      `"ShapeError: jvp: tangents: leaf [0].a is f32[2], expected f32[3]."`,
    );
    const [, pushforward] = linearize(f, { a: x });
    expect(message(() => loosely(pushforward)({ a: tensor(1) }))).toMatchInlineSnapshot(
      `"ShapeError: linearize: tangents: leaf [0].a is f32[], expected f32[3]."`,
    );
  });
  it('with a cotangent of another shape', () => {
    const [, pullback] = vjp((v: Tensor<[3]>) => sin(v), x);
    expect(message(() => loosely(pullback)(zeros([4])))).toMatchInlineSnapshot(
      `"ShapeError: vjp: the cotangent: the tensor is f32[4], expected f32[3]."`,
    );
  });
});

describe('custom rules', () => {
  const identity = (v: Tensor<[]>) => v;
  it('in forward mode where only a reverse rule is known', () => {
    const f = customVjp(
      identity,
      (v) => [v, null],
      (_, ct) => [ct],
    );
    expect(message(() => jvp(f, [tensor(1)], [tensor(1)]))).toMatchInlineSnapshot(
      `"TransformError: identity: forward-mode differentiation (jvp, jacfwd, hessian) of a function with a custom vjp rule. Use reverse mode (grad, vjp, jacrev), or customJvp."`,
    );
    expect(message(() => jacfwd(f)(tensor(1)))).toMatchInlineSnapshot(
      `"TransformError: identity: forward-mode differentiation (jvp, jacfwd, hessian) of a function with a custom vjp rule. Use reverse mode (grad, vjp, jacrev), or customJvp."`,
    );
  });
  it('whose tangent has another shape', () => {
    const f = call(customJvp, identity, () => [tensor(1), zeros([2])]);
    expect(message(() => loosely(jvp)(f, [tensor(1)], [tensor(1)]))).toMatchInlineSnapshot(
      `"ShapeError: customJvp: the result and the tangent from the rule of identity differ: f32[2] against f32[]."`,
    );
  });
  it('whose cotangents have another structure', () => {
    const f = call(
      customVjp,
      identity,
      (v: Tensor<[]>) => [v, null],
      (_: null, ct: Tensor<[]>) => ct,
    );
    expect(message(() => call(grad, f)(tensor(1)))).toMatchInlineSnapshot(
      `"TreeError: customVjp: the cotangents from backward of identity and its arguments differ at the root: a tensor against an array of 1."`,
    );
  });
  it('that close over what is differentiated', () => {
    const outer = (a: Tensor<[]>) => {
      const f = customJvp(
        (v: Tensor<[]>) => mul(v, a),
        ([v], [t]) => [mul(v, a), mul(t, a)],
      );
      return f(tensor(2));
    };
    expect(message(() => grad(outer)(tensor(3)))).toMatchInlineSnapshot(
      `"TransformError: the function: differentiated with respect to a value that the function closes over, for which its jvp has no rule. Pass the value as an argument."`,
    );
    expect(message(() => grad(jit(outer))(tensor(3)))).toMatchInlineSnapshot(
      `"TransformError: the function: differentiated with respect to a value that the function closes over, for which its jvp has no rule. Pass the value as an argument."`,
    );
  });
});

describe('trees', () => {
  it('of different structure', () => {
    expect(message(() => loosely(tree.map)(add, { w: x, b: [x] }, { w: x, b: [x, x] }))).toMatchInlineSnapshot(
      `"TreeError: tree.map: tree 2 does not have the structure of the first: they differ at .b: an array of 2 against an array of 1."`,
    );
  });
});

it('mistakes inside a traced function are those of the function itself', () => {
  const f = loosely((v: Tensor<[3]>) => loosely(add)(v, zeros([2], f32)));
  const alone = message(() => f(x));
  expect(alone).toMatch(/^ShapeError: add: dimensions 3 and 2 do not broadcast/);
  expect(message(() => jit(f)(x))).toBe(alone);
  expect(message(() => call(grad, (v: Tensor<[3]>) => mean(loosely(f)(v) as Tensor<[3]>))(x))).toBe(alone);
});

it('comparisons under grad are tensors too', () => {
  const f = (v: Tensor<[3]>) => sum(astype(greater(v, 2), f32));
  expect(grad(f)(x).toArray()).toEqual([0, 0, 0]);
});
