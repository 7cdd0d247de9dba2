// What is nested deep, or contains itself, works or is an error that says so; the engine's own words for a full stack say nothing.
import {
  add,
  checkpoint,
  cond,
  configure,
  exp,
  full,
  grad,
  greater,
  jit,
  jvp,
  linearize,
  log,
  lower,
  makeJaxpr,
  mul,
  over,
  pow,
  reshape,
  type Scalar,
  scan,
  sin,
  sub,
  sum,
  type Tensor,
  TransformError,
  TreeError,
  tanh,
  tensor,
  tree,
  vjp,
  vmap,
  where,
  zeros,
} from 'adjoint';
import { adam } from 'adjoint/optim';
import { afterAll, describe, expect, it } from 'vitest';

const { target: usual } = configure();
afterAll(() => {
  configure({ target: usual });
});

type Nested = { readonly a: Nested } | readonly [Nested] | Tensor<[]>;
const nested = (levels: number, kind: 'object' | 'array' = 'object'): Nested => {
  let t: Nested = tensor(2);
  for (let i = 0; i < levels; i++) t = kind === 'array' ? [t] : { a: t };
  return t;
};
const innermost = (t: unknown): Scalar => tree.leaves(t)[0] as Scalar;
interface Circle {
  readonly w: Scalar;
  self?: Circle;
}
const circle = (): Circle => {
  const c: Circle = { w: tensor(1) };
  c.self = c;
  return c;
};
/** All that is done with trees. */
const uses: Readonly<Record<string, (t: Nested | Circle) => unknown>> = {
  leaves: tree.leaves,
  paths: tree.paths,
  structure: tree.structure,
  map: (t) => tree.map((x) => x, t as object),
  'map of two': (t) => tree.map((x) => x, t as object, t as never),
  grad: (t) => grad(innermost)(t),
  jit: (t) => jit((x: Nested | Circle) => innermost(x))(t),
  'a result of jit': (t) => jit((_: Scalar) => t)(tensor(1)),
  vmap: (t) => vmap((x: Nested | Circle, _: Scalar) => innermost(x), over(null, 0))(t as never, tensor([1, 2])),
  scan: (t) => scan((c, x: Scalar) => [c, x], t as never, tensor([1, 2])),
  checkpoint: (t) => checkpoint((x: Nested | Circle) => innermost(x))(t),
  optimiser: (t) => adam({ learningRate: 0.1 }).init(t as never),
};

describe('a tree', () => {
  for (const kind of ['object', 'array'] as const)
    it.each(Object.entries(uses))(`of 1,000 levels of ${kind}s works: %s`, (_, use) => {
      expect(() => use(nested(990, kind))).not.toThrow();
    });
  it.each(Object.entries(uses))('of 5,000 levels is an error that says so: %s', (_, use) => {
    const run = (): unknown => use(nested(5000));
    expect(run).toThrow(TreeError);
    expect(run).toThrow(
      /the tree has more than 1000 levels, along (\[0\])?(\.a)+\.\.\.\. Keep what is a list in an array/,
    );
  });
  it.each(Object.entries(uses))('that contains itself is an error that says where: %s', (_, use) => {
    const run = (): unknown => use(circle());
    expect(run).toThrow(TreeError);
    expect(run).toThrow(/must not contain itself: at (\[0\])?\.self there is the same object as at (the root|\[0\])\./);
  });
  it('that contains itself farther down is an error that says where', () => {
    const list: unknown[] = [tensor(1)];
    list.push({ 'a-b': list });
    expect(() => tree.leaves({ c: 1, d: list })).toThrow('at .d[1]["a-b"] there is the same object as at .d.');
  });
  it('that has one part twice is no circle', () => {
    const part = { w: tensor(1) };
    expect(tree.leaves({ a: part, b: [part] })).toHaveLength(2);
  });
});

describe('nested data', () => {
  it('that contains itself, or has more than 1,000 axes, is an error', () => {
    const list: unknown[] = [];
    list.push(list);
    expect(() => tensor(list as never)).toThrow(
      /more than 1000 deep along data\[0\]\[0\]..., or an array contains itself/,
    );
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    expect(() => tensor(deep as never)).toThrow(/more than 1000 deep/);
  });
  it('that is static and contains itself is an error where it must be compared', () => {
    const f = jit((x: Scalar, _: Circle) => x, { staticArgnums: 1 });
    const c = circle();
    f(tensor(1), c);
    f(tensor(1), c);
    expect(() => f(tensor(1), circle())).toThrow(/static data is compared by its contents, but this contains itself/);
  });
});

type Unary = (x: Scalar) => Scalar;
/** Functions one inside the other. */
const nests: Readonly<Record<string, (inner: Unary) => Unary>> = {
  jit: (g) => jit((x: Scalar) => add(g(x), 1)),
  'jit that was traced before': (g) => {
    const f = jit((x: Scalar) => add(g(x), 1));
    makeJaxpr(f)(tensor(1));
    return f;
  },
  checkpoint: (g) => checkpoint((x: Scalar) => add(g(x), 1)),
  scan: (g) => (x) => scan((c: Scalar) => [add(g(c), 1), null], x, null, { length: 1 })[0] as Scalar,
  cond: (g) => (x) =>
    cond(
      greater(x, -1),
      (y: Scalar) => add(g(y), 1),
      (y: Scalar) => y,
      x,
    ),
};
const nest = (wrap: (inner: Unary) => Unary, levels: number): Unary => {
  let f: Unary = (x) => sin(x);
  for (let i = 0; i < levels; i++) f = wrap(f);
  return f;
};
const runs: Readonly<Record<string, (f: Unary) => unknown>> = {
  'a call': (f) => f(tensor(1)),
  grad: (f) => grad(f)(tensor(1)),
  'jit of grad': (f) => jit(grad(f))(tensor(1)),
  vmap: (f) => vmap(f)(tensor([1])),
  lower: (f) => lower(f)(tensor(1)).kernels,
};
describe('functions one inside the other', () => {
  for (const [name, wrap] of Object.entries(nests)) {
    it(`of ${name}, 50 deep, work`, () => {
      const f = nest(wrap, 50);
      expect(f(tensor(1)).toArray()).toBeCloseTo(50 + Math.sin(1), 4);
      expect(grad(f)(tensor(1)).toArray()).toBeCloseTo(Math.cos(1), 4);
    });
    it(`of ${name}, 3,000 deep, work or are an error that says so`, () => {
      const f = nest(wrap, 3000);
      const outcomes = Object.values(runs).map((run) => {
        try {
          run(f);
          return 'worked';
        } catch (error) {
          if (!(error instanceof TransformError)) throw error;
          return /the engine's stack is full: .*\d+ (transformed functions|programs) .*one inside the other.* scan/.test(
            error.message,
          );
        }
      });
      expect(outcomes.filter((x) => x !== true && x !== 'worked')).toEqual([]);
      expect(outcomes).toContain(true);
    });
  }
  it('without end under jit are that error too', () => {
    const forever: Unary = jit((x: Scalar): Scalar => forever(x));
    expect(() => forever(tensor(1))).toThrow(/jit: the engine's stack is full: \d+ transformed functions/);
  });
  it("that are the user's own recursion keep the engine's error", () => {
    const forever: Unary = (x) => forever(add(x, 1));
    expect(() => jit(forever)(tensor(1))).toThrow(RangeError);
  });
});

describe('a long chain', () => {
  const steps: Readonly<Record<string, Unary>> = {
    sin,
    tanh,
    pow: (x) => pow(x, 1.001),
    logistic: (x) => sub(1, exp(mul(log(add(1, exp(x))), -1))),
    affine: (x) => add(mul(x, 0.5), 0.1),
    twice: (x) => mul(add(x, x), 0.499),
    where: (x) => where(greater(x, 0.5), mul(x, 0.9), add(x, 0.3)),
    reshape: (x) => reshape(add(x, 1e-4), x.shape),
  };
  it.each(Object.entries(steps))('of 1,000 %s compiles, to the same values as one by one', (_, step) => {
    const chain = (x: Scalar): Scalar => {
      let y = x;
      for (let i = 0; i < 1000; i++) y = step(y);
      return y;
    };
    for (const target of ['wasm', 'js'] as const) {
      configure({ target });
      const x = full([3, 5], 0.3) as unknown as Scalar;
      expect(jit(chain)(x).toArray()).toEqual(chain(x).toArray());
      expect(jit(grad((z: Scalar) => sum(chain(z))))(x).shape).toEqual([3, 5]);
    }
  });
  it('of 20,000 operations has a derivative', () => {
    let calls = 0;
    const chain = (x: Scalar): Scalar => {
      let y = x;
      for (; calls < 20_000; calls++) y = mul(y, 1.0001);
      return y;
    };
    expect(grad(chain)(zeros([])).toArray()).toBeCloseTo(1.0001 ** 20_000, 2);
  });
});

describe('derivatives of derivatives', () => {
  const ways: Readonly<Record<string, (f: Unary) => Unary>> = {
    jvp: (f) => (x) => jvp(f, [x], [tensor(1)])[1],
    grad: (f) => grad(f),
    vjp: (f) => (x) => vjp(f, x)[1](tensor(1))[0],
    linearize: (f) => (x) => linearize(f, x)[1](tensor(1)),
  };
  const nested = (way: (f: Unary) => Unary, f: Unary, levels: number): Unary =>
    Array.from({ length: levels }).reduce<Unary>((g) => way(g), f);
  describe.each(Object.entries(ways))('by %s', (_, way) => {
    it('of polynomials cost little, a hundred deep', () => {
      expect(nested(way, (x) => mul(x, x), 100)(tensor(3)).item()).toBe(0);
    });
    it('of other functions are right 8 deep, and an error where they would not end', () => {
      expect(nested(way, sin, 8)(tensor(0.5)).item()).toBeCloseTo(Math.sin(0.5), 5);
      expect(() => nested(way, sin, 60)(tensor(0.5))).toThrow(
        /: too many derivatives of derivatives: each level doubles the work, .* Nest fewer of them/,
      );
    }, 60_000);
  });
});
