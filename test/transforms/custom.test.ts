// Rules of the user's own: derivatives, batches, solvers.
import {
  abs,
  add,
  closureConvert,
  customBatch,
  customJvp,
  customLinearSolve,
  customRoot,
  customVjp,
  div,
  f64,
  grad,
  jit,
  jvp,
  linearTranspose,
  makeJaxpr,
  matmul,
  mul,
  over,
  type Scalar,
  sin,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
} from 'adjoint';
import { describe, expect, it } from 'vitest';

const s = (x: number): Scalar => tensor(x);

describe('nondifferentiable arguments', () => {
  const power = customJvp(
    (x: Scalar, n: number, scale: Scalar) => mul(mul(x, n), scale),
    ([, n, scale], [t, , none]) => {
      expect(none).toBe(null);
      return [mul(s(5), n), mul(mul(t, n), scale)];
    },
    { nondiffArgnums: 2 },
  );
  const half = customVjp(
    (x: Scalar, scale: Scalar) => mul(x, scale),
    (x, scale) => [mul(x, scale), scale],
    (scale, ct) => [mul(mul(ct, scale), 0.5), null],
    { nondiffArgnums: [-1] },
  );
  it('have null for a tangent or cotangent', () => {
    expect(grad(power)(s(5), 3, s(2)).item()).toBe(6);
    expect(jit(grad(power))(s(5), 3, s(2)).item()).toBe(6);
    expect(grad(half)(s(5), s(3)).item()).toBe(1.5);
    expect(vmap(grad(half), over(0, null))(tensor([1, 2]), s(3)).toArray()).toEqual([1.5, 1.5]);
    expect(grad((x: Scalar) => half(x, stopGradient(x)))(s(4)).item()).toBe(2);
  });
  it('are no arguments to differentiate by', () => {
    expect(() => grad(half, { argnums: 1 })(s(5), s(3))).toThrow(
      /differentiated with respect to argument 1, which nondiffArgnums says has no derivative\. Pass stopGradient of it/,
    );
    expect(() => grad((x: Scalar) => power(x, 2, x))(s(1))).toThrow(/argument 2, which nondiffArgnums/);
  });
  it('must be there', () => {
    const f = customJvp(
      (x: Scalar) => x,
      ([x], [t]) => [x, t],
      { nondiffArgnums: 3 },
    );
    expect(() => f(s(1))).toThrow(/nondiffArgnums 3 is out of range; the function was called with 1 argument\./);
  });
});

describe('zeros', () => {
  const seen: unknown[] = [];
  const product = customJvp(
    (x: Scalar, y: Scalar) => mul(x, y),
    ([x, y], [tx, ty]) => {
      seen.push([tx === null, ty === null]);
      return [
        mul(x, y),
        tx === null ? (ty === null ? null : mul(x, ty)) : ty === null ? mul(tx, y) : add(mul(x, ty), mul(tx, y)),
      ];
    },
    { symbolicZeros: true },
  );
  it('are null where the rule wants them so', () => {
    expect(grad(product)(s(2), s(3)).item()).toBe(3);
    expect(grad(product, { argnums: 1 })(s(2), s(3)).item()).toBe(2);
    expect(vmap(grad(product), over(null, 0))(s(2), tensor([3, 4])).toArray()).toEqual([3, 4]);
    expect(seen).toEqual([
      [false, true],
      [true, false],
      [false, true],
    ]);
  });
  it('in reverse: what is differentiated, and which results count', () => {
    const asked: unknown[] = [];
    const both = customVjp(
      (x: Scalar, y: Scalar) => ({ sum: add(x, y), product: mul(x, y) }),
      (x, y, perturbed) => {
        asked.push(perturbed);
        return [
          { sum: add(x, y), product: mul(x, y) },
          { x, y },
        ];
      },
      ({ x, y }, ct) => {
        asked.push([ct.sum === null, ct.product === null]);
        return ct.product === null ? [ct.sum, ct.sum] : [mul(ct.product, y), mul(ct.product, x)];
      },
      { symbolicZeros: true },
    );
    expect(grad((x: Scalar) => both(x, s(3)).product)(s(2)).item()).toBe(3);
    expect(grad((x: Scalar) => both(x, s(3)).sum)(s(2)).item()).toBe(1);
    expect(asked).toEqual([
      [true, false],
      [true, false],
      [true, false],
      [false, true],
    ]);
  });
  it('may be given as null by any rule', () => {
    const constant = customJvp(
      (x: Scalar) => ({ kept: x, flat: sin(x) }),
      ([x], [t]) => [
        { kept: x, flat: sin(x) },
        { kept: t, flat: null },
      ],
    );
    expect(grad((x: Scalar) => mul(constant(x).kept, constant(x).flat))(s(1)).item()).toBeCloseTo(Math.sin(1), 6);
  });
});

describe('customBatch', () => {
  const axes: unknown[] = [];
  const dot = customBatch(
    (x: Tensor<[2]>, y: Tensor<[2]>) => sum(mul(x, y)),
    ({ size, mapped }, x, y) => {
      axes.push([size, ...mapped]);
      return [sum(mul(x, y), -1), true] as const;
    },
  );
  const x = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]).as([3, 2]);
  const y = tensor([1, 10]);
  it('is what vmap does', () => {
    expect(vmap(dot, over(0, null))(x, y).toArray()).toEqual([21, 43, 65]);
    expect(axes).toEqual([[3, true, false]]);
    expect(dot(y, y).item()).toBe(101);
    expect(jit(vmap(dot, over(0, null)))(x, y).toArray()).toEqual([21, 43, 65]);
    expect(vmap(jit(dot), over(0, null))(x, y).toArray()).toEqual([21, 43, 65]);
  });
  it('has the derivatives of the function, in any order with vmap', () => {
    expect(vmap(grad(dot), over(0, null))(x, y).toArray()).toEqual([
      [1, 10],
      [1, 10],
      [1, 10],
    ]);
    expect(grad((z: Tensor<[2]>) => sum(vmap(dot, over(0, null))(x, z)))(y).toArray()).toEqual([9, 12]);
    const pushed = vmap((a: Tensor<[2]>) => jvp(dot, [a, y], [y, a])[1], over(0))(x).toArray();
    expect(pushed).toEqual([101 + 5, 101 + 25, 101 + 61]);
  });
  it('checks what the rule gives', () => {
    const wrong = customBatch(
      (a: Scalar) => a,
      () => [{ a: s(1) }, true] as const,
    );
    expect(() => vmap(wrong)(tensor([1, 2]))).toThrow(/the result of its rule differ at the root/);
  });
});

describe('linearTranspose and closureConvert', () => {
  it('turn linear functions round', () => {
    const w = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const back = linearTranspose((v: Tensor<[3]>) => matmul(w, v), tensor([0, 0, 0]));
    expect(back(tensor([1, 10])).map((c) => c.toArray())).toEqual([[41, 52, 63]]);
    expect(() => linearTranspose((v: Scalar) => mul(v, v), s(1))(s(1))).toThrow(
      /is not linear in its arguments: it multiplies what depends on them/,
    );
    expect(() => back(tensor([1, 2, 3]) as never)).toThrow(
      /cotangent and the result differ: f32\[3\] against f32\[2\]/,
    );
  });
  it('hoist what is traced', () => {
    const f = (a: Scalar) => {
      const [g, consts] = closureConvert((x: Scalar) => mul(sin(x), a), s(0));
      expect(consts.length).toBe(1);
      return g(s(2), ...consts);
    };
    expect(grad(f)(s(3)).item()).toBeCloseTo(Math.sin(2), 6);
    const [, none] = closureConvert((x: Scalar) => mul(x, tensor(3)), s(0));
    expect(none).toEqual([]);
  });
});

describe('implicit derivatives', () => {
  type V = Tensor<[2], f64>;
  type M = Tensor<[2, 2], f64>;
  const a: M = tensor(
    [
      [4, 1],
      [2, 3],
    ],
    f64,
  );
  const b: V = tensor([1, 2], f64);
  /** Jacobi iteration, until values say that it is done: it looks at them. */
  const iterate = (product: (x: V) => V, y: V): V => {
    let x = y;
    for (let i = 0; i < 500; i++) {
      const r = sub(y, product(x));
      if (sum(abs(r)).item() < 1e-14) break;
      x = add(x, mul(r, 0.2));
    }
    return x;
  };
  const solve = (m: M, y: V): V => customLinearSolve((x: V) => matmul(m, x), y, iterate, { transposeSolve: iterate });
  const explicit = (m: M, y: V): V => {
    const at = (i: number, j: number) => m.at(i, j);
    const det = sub(mul(at(0, 0), at(1, 1)), mul(at(0, 1), at(1, 0)));
    const [p, q] = [y.at(0), y.at(1)];
    return stackOf(
      div(sub(mul(at(1, 1), p), mul(at(0, 1), q)), det),
      div(sub(mul(at(0, 0), q), mul(at(1, 0), p)), det),
    );
  };
  const stackOf = (p: Scalar<f64>, q: Scalar<f64>): V => add(mul(p, tensor([1, 0], f64)), mul(q, tensor([0, 1], f64)));
  const near = (x: unknown, y: unknown): void => {
    const [p, q] = [[x].flat(9) as number[], [y].flat(9) as number[]];
    expect(p.length).toBe(q.length);
    for (const [i, v] of p.entries()) expect(v).toBeCloseTo(q[i] as number, 8);
  };
  const loss = (f: typeof solve) => (m: M, y: V) => sum(mul(f(m, y), f(m, y)));
  it('of a linear system are those of its explicit solution, to second order', () => {
    near(solve(a, b).toArray(), explicit(a, b).toArray());
    for (const argnums of [0, 1] as const) {
      near(grad(loss(solve), { argnums })(a, b).toArray(), grad(loss(explicit), { argnums })(a, b).toArray());
    }
    const second = (f: typeof solve) => grad((m: M) => sum(mul(grad(loss(f))(m, b), m)))(a).toArray();
    near(second(solve), second(explicit));
    const mixed = (f: typeof solve) => jvp((m: M) => grad(loss(f), { argnums: 1 })(m, b), [a], [a])[1].toArray();
    near(mixed(solve), mixed(explicit));
    near(jvp(solve, [a, b], [a, a.at(0)])[1].toArray(), jvp(explicit, [a, b], [a, a.at(0)])[1].toArray());
  });
  it('work under jit and vmap where the solver does', () => {
    const fixed = (product: (x: V) => V, y: V): V => {
      let x = y;
      for (let i = 0; i < 150; i++) x = add(x, mul(sub(y, product(x)), 0.2));
      return x;
    };
    const traced = (m: M, y: V): V => customLinearSolve((x: V) => matmul(m, x), y, fixed, { transposeSolve: fixed });
    near(jit(grad(loss(traced)))(a, b).toArray(), grad(loss(explicit))(a, b).toArray());
    const many = tensor(
      [
        [1, 2],
        [3, 4],
        [0, 1],
      ],
      f64,
    ).as([3, 2]);
    near(vmap(traced, over(null, 0))(a, many).toArray(), vmap(explicit, over(null, 0))(a, many).toArray());
    near(
      vmap(grad(loss(traced)), over(null, 0))(a, many).toArray(),
      vmap(grad(loss(explicit)), over(null, 0))(a, many).toArray(),
    );
    // The iterations are not in the derivative: a reverse pass solves one system more, of the transpose.
    const equations = (f: typeof solve) => makeJaxpr(grad(loss(f)))(a, b).jaxpr.equations.length;
    expect(equations(traced)).toBeLessThan(40);
  });
  it('in reverse need the transposed system', () => {
    const oneWay = (m: M, y: V): V => customLinearSolve((x: V) => matmul(m, x), y, iterate);
    near(jvp(oneWay, [a, b], [a, b])[1].toArray(), jvp(explicit, [a, b], [a, b])[1].toArray());
    expect(() => grad(loss(oneWay))(a, b)).toThrow(/needs the transposed system solved: pass \{ transposeSolve \}/);
  });
  it('of a root are those of the inverse function, to second order', () => {
    const cubeRoot = (y: Scalar<f64>) =>
      customRoot(
        (x: Scalar<f64>) => sub(mul(x, mul(x, x)), y),
        tensor(1, f64),
        (f, x0) => {
          let x = x0;
          while (Math.abs(f(x).item()) > 1e-12) x = sub(x, div(f(x), mul(3, mul(x, x))));
          return x;
        },
        (g, t) => div(t, g(tensor(1, f64))),
      );
    near(cubeRoot(tensor(8, f64)).item(), 2);
    near(grad(cubeRoot)(tensor(8, f64)).item(), 1 / 12);
    near(grad(grad(cubeRoot))(tensor(8, f64)).item(), (-2 / 9) * 8 ** (-5 / 3));
    near(jvp(cubeRoot, [tensor(8, f64)], [tensor(2, f64)])[1].item(), 1 / 6);
  });
});
