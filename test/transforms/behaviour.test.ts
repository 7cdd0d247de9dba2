// What users rely on of the transforms: which arguments, how often traced, what comes out.
import {
  add,
  checkGrads,
  customJvp,
  customVjp,
  evalShape,
  exp,
  f32,
  f64,
  GradientError,
  grad,
  hessian,
  i32,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  makeJaxpr,
  matmul,
  mul,
  over,
  overOut,
  relu,
  type Scalar,
  sin,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from 'adjoint';
import { describe, expect, it } from 'vitest';

describe('grad and valueAndGrad', () => {
  const f = (x: Scalar, y: Scalar) => mul(mul(x, x), y);
  it('by the argument, or the arguments, named', () => {
    expect(grad(f)(tensor(3), tensor(5)).item()).toBe(30);
    expect(grad(f, { argnums: 1 })(tensor(3), tensor(5)).item()).toBe(9);
    expect(grad(f, { argnums: [1, 0] })(tensor(3), tensor(5)).map((g) => g.item())).toEqual([9, 30]);
    const [value, gradients] = valueAndGrad(f, { argnums: [0, 1] })(tensor(3), tensor(5));
    expect([value.item(), ...gradients.map((g) => g.item())]).toEqual([45, 30, 9]);
  });
  it('with something beside the loss, which is not differentiated', () => {
    const withAux = (x: Scalar) => [mul(x, x), { twice: add(x, x), name: 'aux' }] as const;
    const [gradient, aux] = grad(withAux, { hasAux: true })(tensor(3));
    expect([gradient.item(), aux.twice.item(), aux.name]).toEqual([6, 6, 'aux']);
    const [[loss, beside], g] = valueAndGrad(withAux, { hasAux: true })(tensor(3));
    expect([loss.item(), beside.twice.item(), g.item()]).toEqual([9, 6, 6]);
    const [jitted] = jit(grad(withAux, { hasAux: true }))(tensor(3));
    expect(jitted.item()).toBe(6);
  });
  it('by trees with empty places and names in them', () => {
    const p = { w: tensor([1, 2]), none: null, activation: 'relu' };
    const loss = (q: typeof p) => (q.activation === 'relu' ? sum(relu(q.w)) : sum(q.w));
    expect(grad(loss)(p)).toMatchObject({ none: null, activation: 'relu' });
    expect(grad(loss)(p).w.toArray()).toEqual([1, 1]);
  });
  it('is zero, with the shape, where the loss does not depend on it', () => {
    expect(grad((_x: Tensor<[2, 3]>) => tensor(7))(zeros([2, 3])).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
  it('of an empty tensor is empty', () => {
    expect(grad((x: Tensor<[0]>) => sum(exp(x)))(zeros([0])).toArray()).toEqual([]);
  });
  it('in double precision stays there', () => {
    expect(grad((x: Scalar<typeof f64>) => exp(x))(tensor(1, f64)).item()).toBe(Math.E);
  });
});

describe('jit', () => {
  it('traces once for every shape, dtype, structure and static value', () => {
    let traces = 0;
    const f = jit(
      (x: Tensor<[number]>, times: number, o: { readonly bias?: Scalar | null }) => {
        traces += 1;
        return add(mul(x, times), o.bias ?? 0);
      },
      { staticArgnums: 1 },
    );
    const [two, three] = [tensor([1, 2]).as([2 as number]), tensor([1, 2, 3]).as([3 as number])];
    const counts = [
      f(two, 2, {}),
      f(add(two, 1), 2, {}),
      f(three, 2, {}),
      f(three, 3, {}),
      f(three, 2, {}),
      f(three, 2, { bias: tensor(1) }),
      f(two, 2, { bias: null }),
    ].map((x) => x.toArray());
    expect(counts).toEqual([
      [2, 4],
      [4, 6],
      [2, 4, 6],
      [3, 6, 9],
      [2, 4, 6],
      [3, 5, 7],
      [2, 4],
    ]);
    expect(traces).toBe(5);
  });
  it('tells static functions apart by identity and plain data by value', () => {
    const f = jit((x: Scalar, g: (v: Scalar) => Scalar, o: { readonly n: number }) => mul(g(x), o.n), {
      staticArgnums: [1, 2],
    });
    expect(f(tensor(2), (v) => add(v, 1), { n: 2 }).item()).toBe(6);
    expect(f(tensor(2), (v) => mul(v, 5), { n: 2 }).item()).toBe(20);
    expect(f(tensor(2), (v) => mul(v, 5), { n: Number.POSITIVE_INFINITY }).item()).toBe(Number.POSITIVE_INFINITY);
    expect(f(tensor(2), (v) => mul(v, 5), { n: Number.NEGATIVE_INFINITY }).item()).toBe(Number.NEGATIVE_INFINITY);
  });
  it('is cached by the function, not by the call of jit', () => {
    let traces = 0;
    const f = (x: Scalar) => {
      traces += 1;
      return mul(x, x);
    };
    for (let i = 0; i < 3; i++) jit(f)(tensor(i));
    expect(traces).toBe(1);
  });
  it('closes over tensors, and over the tracers of transforms around it', () => {
    const w = tensor([1, 2]);
    expect(jit((x: Tensor<[2]>) => mul(x, w))(tensor([3, 4])).toArray()).toEqual([3, 8]);
    const outer = (a: Scalar) => jit((x: Scalar) => mul(x, a))(tensor(3));
    expect(grad(outer)(tensor(2)).item()).toBe(3);
    expect(grad(outer)(tensor(5)).item()).toBe(3);
    expect(vmap(outer, over(0))(tensor([1, 2])).toArray()).toEqual([3, 6]);
    expect(jit(outer)(tensor(4)).item()).toBe(12);
  });
  it('gives back what is not computed: inputs, constants, numbers, nothing', () => {
    const f = jit((x: Tensor<[2]>) => ({ x, one: tensor(1), n: 7, none: null, list: [x, 'a'] as const }));
    const x = tensor([1, 2]);
    const out = f(x);
    expect([out.x.toArray(), out.one.item(), out.n, out.none, out.list[1]]).toEqual([[1, 2], 1, 7, null, 'a']);
    expect(jit(() => 3)()).toBe(3);
  });
});

describe('vmap', () => {
  it('maps the axes it is told, of trees too, and puts results where it is told', () => {
    const f = (p: { readonly w: Tensor<[3]>; readonly b: Scalar }, x: Tensor<[3]>) =>
      [add(mul(p.w, x), p.b), sum(x)] as const;
    const p = {
      w: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      b: tensor(10),
    };
    const [a, b] = vmap(f, overOut([1, 0] as const, { w: 1, b: null }, null))(p, tensor([1, 1, 2]));
    expect(a.toArray()).toEqual([
      [11, 12],
      [13, 14],
      [20, 22],
    ]);
    expect(b.toArray()).toEqual([4, 4]);
  });
  it('takes negative axes, and a size where nothing is mapped', () => {
    expect(
      vmap(
        (x: Tensor<[2]>) => sum(x),
        over(-1),
      )(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ).toArray(),
    ).toEqual([5, 7, 9]);
    expect(vmap((x: Scalar) => add(x, 1), over(null), { axisSize: 3 })(tensor(1)).toArray()).toEqual([2, 2, 2]);
  });
  it('of no examples gives none', () => {
    expect(vmap((x: Tensor<[2]>) => matmul(x, zeros([2, 3])), over(0))(zeros([0, 2])).shape).toEqual([0, 3]);
  });
});

describe('jvp, vjp, linearize and Jacobians', () => {
  it('ignore what has no derivative', () => {
    const f = (x: Scalar, n: Scalar<typeof i32>) => mul(x, n.astype(f32));
    const [out, tangent] = jvp(f, [tensor(3), tensor(4, i32)], [tensor(1), tensor(0, i32)]);
    expect([out.item(), tangent.item()]).toEqual([12, 4]);
    const [, pullback] = vjp(f, tensor(3), tensor(4, i32));
    const [cx, cn] = pullback(tensor(1));
    expect([cx.item(), cn.item(), cn.dtype.name]).toEqual([4, 0, 'i32']);
  });
  it('can be applied many times', () => {
    const [, push] = linearize((x: Tensor<[2]>) => mul(sin(x), x), tensor([0, 1]));
    const [a, b] = [push(tensor([1, 0])), push(tensor([0, 1]))];
    expect(add(a, b).toArray()).toEqual(push(tensor([1, 1])).toArray());
  });
  it('have trees on both sides', () => {
    const f = (p: { readonly a: Tensor<[2]>; readonly b: Scalar }) => ({ y: mul(p.a, p.b) });
    const p = { a: tensor([1, 2]), b: tensor(3) };
    for (const jacobian of [jacfwd(f)(p), jacrev(f)(p), jit(jacrev(f))(p)]) {
      expect(jacobian.y.a.toArray()).toEqual([
        [3, 0],
        [0, 3],
      ]);
      expect(jacobian.y.b.toArray()).toEqual([1, 2]);
    }
    const h = hessian((q: typeof p) => sum(mul(mul(q.a, q.a), q.b)))(p);
    expect(h.a.a.toArray()).toEqual([
      [6, 0],
      [0, 6],
    ]);
    expect(h.a.b.toArray()).toEqual([2, 4]);
    expect(h.b.b.toArray()).toEqual(0);
  });
  it('stopGradient hides a tree', () => {
    const f = (x: Scalar) => mul(x, stopGradient({ y: mul(x, x) }).y);
    expect(grad(f)(tensor(3)).item()).toBe(9);
  });
});

describe('custom rules', () => {
  const clipped = customJvp(
    (x: Scalar) => mul(x, x),
    ([x], [t]) => [mul(x, x), mul(t, 100)],
  );
  const halved = customVjp(
    (x: Scalar) => sin(x),
    (x) => [sin(x), { x }],
    ({ x }, ct) => [mul(ct, mul(x, 0.5))],
  );
  it('are used by every transform, in any order', () => {
    const x = tensor(3);
    for (const [f, slope] of [
      [clipped, 100],
      [halved, 1.5],
    ] as const) {
      expect(grad(f)(x).item()).toBe(slope);
      expect(jit(grad(f))(x).item()).toBe(slope);
      expect(grad(jit(f))(x).item()).toBe(slope);
      expect(vmap(grad(f), over(0))(tensor([3, 3])).toArray()).toEqual([slope, slope]);
      expect(grad((v: Tensor<[2]>) => sum(vmap(f, over(0))(v)))(tensor([3, 3])).toArray()).toEqual([slope, slope]);
      expect(jit(vmap(jit(grad(jit(f))), over(0)))(tensor([3])).toArray()).toEqual([slope]);
    }
    expect(jvp(clipped, [x], [tensor(2)])[1].item()).toBe(200);
    expect(grad(grad(halved))(x).item()).toBe(0.5);
  });
});

describe('looking inside', () => {
  it('makeJaxpr prints the program, evalShape the shapes', () => {
    expect(String(makeJaxpr((x: Tensor<[2]>) => add(x, 1))(tensor([1, 2])))).toBe(
      [
        '{ lambda a:f32[2]. let',
        '    b:f32[2] = broadcast_in_dim[shape=(2) dims=()] 1.0:f32[]',
        '    c:f32[2] = add a b',
        '  in (c) }',
      ].join('\n'),
    );
    let ran = 0;
    const shapes = evalShape(
      (x: Tensor<[2, 3]>) => {
        ran += 1;
        return { s: sum(x, 0), n: sum(x).astype(i32) };
      },
      zeros([2, 3]),
    );
    expect([shapes.s.shape, shapes.s.dtype.name, shapes.n.shape, shapes.n.dtype.name, ran]).toEqual([
      [3],
      'f32',
      [],
      'i32',
      1,
    ]);
  });
  it('checkGrads finds a wrong rule and accepts a right one', () => {
    const wrong = customJvp(
      (x: Scalar<typeof f64>) => mul(x, x),
      ([x], [t]) => [mul(x, x), mul(t, x)],
    );
    expect(() => checkGrads(wrong, [tensor(1.5, f64)])).toThrow(GradientError);
    expect(() => checkGrads(wrong, [tensor(1.5, f64)])).toThrow(/forward-mode derivative of result 0, element 0: got/);
    checkGrads((x: Tensor<[2], typeof f64>) => sub(exp(x), sin(x)), [tensor([0.5, 1], f64)], { order: 3 });
  });
});
