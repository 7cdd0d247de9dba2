// Compiled ahead of time, and why a jitted function is traced again.
import {
  add,
  compile,
  grad,
  jit,
  lower,
  makeJaxpr,
  matmul,
  mul,
  over,
  psum,
  type Scalar,
  sum,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from 'adjoint';
import { describe, expect, it } from 'vitest';

const message = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    return String(e);
  }
  throw new Error('nothing was thrown');
};
const loosely = (f: unknown) => f as (...args: readonly unknown[]) => unknown;

describe('the stages of compilation', () => {
  const predict = (p: { readonly w: Tensor<[3, 2]> }, x: Tensor<[4, 3]>) => sum(matmul(x, p.w), 0);
  const p = { w: zeros([3, 2]) };
  const x = zeros([4, 3]);
  it('follow each other', () => {
    const traced = makeJaxpr(predict)(p, x);
    const lowered = traced.lower();
    const run = lowered.compile();
    expect(String(traced)).toContain('dot_general');
    expect(lowered.kernels).toBe(lower(predict)(p, x).kernels);
    expect((run(p, x) as Tensor<[2]>).toArray()).toEqual([0, 0]);
    expect(lowered.cost.flops).toBeGreaterThanOrEqual(2 * 4 * 3 * 2);
    expect(lowered.memory).toEqual({
      arguments: 4 * (6 + 12),
      constants: 0,
      temporaries: lowered.scratchBytes,
      results: 8,
    });
  });
  it('end in a function that is the function', () => {
    const run = compile(predict)({ w: add(p.w, 1) }, x);
    expect(run({ w: add(p.w, 2) }, add(x, 1)).toArray()).toEqual([24, 24]);
    expect(run.memory.results).toBe(8);
    const loss = (w: Tensor<[3]>) => sum(mul(compile((v: Tensor<[3]>) => mul(v, v))(w)(w), 2));
    expect(grad(loss)(tensor([1, 2, 3])).toArray()).toEqual([4, 8, 12]);
  });
  it('that refuses other arguments, and says which', () => {
    const run = loosely(compile(predict)(p, x));
    expect(message(() => run({ w: zeros([3, 5]) }, x))).toMatchInlineSnapshot(
      `"ShapeError: predict is compiled for other arguments: argument 0.w is f32[3,5], not f32[3,2]. Compile it for these too, or call jit(f), which does."`,
    );
    expect(message(() => run({ v: p.w }, x))).toMatchInlineSnapshot(
      `"ShapeError: predict is compiled for other arguments: the arguments differ at argument 0: an object with keys {v} against an object with keys {w}. Compile it for these too, or call jit(f), which does."`,
    );
    expect(message(() => run(p))).toMatchInlineSnapshot(
      `"ShapeError: predict is compiled for other arguments: the arguments differ at the root: an array of 1 against an array of 2. Compile it for these too, or call jit(f), which does."`,
    );
  });
  it('take what jit has made, static arguments and all', () => {
    const f = jit((v: Tensor<[3]>, n: number) => mul(v, n), { staticArgnums: 1 });
    const run = compile(f)(zeros([3]), 2);
    expect(run(tensor([1, 2, 3]), 2).toArray()).toEqual([2, 4, 6]);
    expect(message(() => run(tensor([1, 2, 3]), 3))).toMatchInlineSnapshot(
      `"ShapeError: the function is compiled for other arguments: static argument 1 is 3, not 2. Compile it for these too, or call jit(f), which does."`,
    );
    expect(lower(f)(zeros([3]), 5).kernels).toContain('5');
  });
  it('count what is closed over', () => {
    const w = zeros([3, 2]);
    expect(lower((v: Tensor<[3]>) => matmul(v, w))(zeros([3])).memory.constants).toBe(24);
  });
});

describe('jit tells why it traces', () => {
  const logged = () => {
    const log: string[] = [];
    return {
      log,
      onTrace: ({ reason, traces }: { readonly reason: string; readonly traces: number }) =>
        void log.push(`${traces}: ${reason}`),
    };
  };
  it('shapes, structure, static values and axes', () => {
    const { log, onTrace } = logged();
    const f = loosely(
      jit((q: { readonly w: Scalar }, n: number, g: (v: Scalar) => Scalar) => mul(g(q.w), n), {
        staticArgnums: [1, 2],
        onTrace,
      }),
    );
    const same = (v: Scalar) => v;
    f({ w: tensor(1) }, 2, same);
    f({ w: tensor(5) }, 2, same);
    f({ w: tensor([1, 2]) }, 2, same);
    f({ w: tensor(1) }, 3, same);
    f({ w: tensor(1) }, 3, (v: Scalar) => v);
    f({ w: tensor(1), b: tensor(1) }, 2, same);
    expect(log).toMatchInlineSnapshot(`
      [
        "1: the first call of this function object; if that is said again and again, jit is given a new function every time: make it once",
        "2: argument 0.w is f32[2], not f32[]",
        "3: static argument 1 is 3, not 2",
        "4: static argument 2 is another function: the function without name; functions are compared by identity, so make it once",
        "5: the arguments differ at argument 0: an object with keys {b, w} against an object with keys {w}",
      ]
    `);
  });
  it('compares with the latest of those that are equally like it', () => {
    const { log, onTrace } = logged();
    const f = loosely(jit((x: Tensor<[number]>, n: number) => mul(x, n), { onTrace }));
    f(zeros([3]), 2);
    f(zeros([3]), 3);
    f(zeros([4]), 3);
    expect(log.slice(1)).toEqual([
      '2: the arguments differ at argument 1: the static value 3 against the static value 2',
      '3: argument 0 is f32[4], not f32[3]',
    ]);
  });
  it('named axes, and values closed over', () => {
    const { log, onTrace } = logged();
    const f = jit((v: Scalar) => psum(v, 'i'), { onTrace });
    vmap(f, over(), { axisName: 'i' })(tensor([1, 2]));
    vmap(f, over(), { axisName: 'i' })(tensor([1, 2, 3]));
    grad((a: Scalar) => jit((v: Scalar) => mul(v, a), { onTrace })(tensor(2)))(tensor(3));
    expect(log).toMatchInlineSnapshot(`
      [
        "1: the first call of this function object; if that is said again and again, jit is given a new function every time: make it once",
        "2: the named axes are 'i' (size 3), not 'i' (size 2)",
        "1: the function closes over a value of a transform around it, so that the program is good for this call only; pass the value as an argument",
      ]
    `);
  });
});
