// Each pass on its own: what it leaves, and that the bits stay.

import {
  add,
  exp,
  type f32 as F32,
  flip,
  grad,
  jit,
  logSoftmax,
  matmul,
  mul,
  neg,
  relu,
  reshape,
  rsqrt,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
  tree,
  vjp,
  where,
  zeros,
} from 'adjoint';
import { adam, applyUpdates } from 'adjoint/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collapse } from '../../src/compiler/collapse';
import { lowerProgram } from '../../src/compiler/compile';
import { coefficients, Interner, simplifyIndex } from '../../src/compiler/indexing';
import { inlinePrograms } from '../../src/compiler/inline';
import { type Kernel, readsOf, writesOf } from '../../src/compiler/kernel';
import { showExpr } from '../../src/compiler/loop';
import { showKernels } from '../../src/compiler/show';
import { simplify } from '../../src/compiler/simplify';
import { jsTraits } from '../../src/compiler/targets/jsTraits';
import { wasmTraits } from '../../src/compiler/targets/wasm/traits';
import { dropUnread } from '../../src/compiler/unread';
import { checkJaxpr } from '../../src/core/checker';
import { f32, i32 } from '../../src/core/dtype';
import type { Equation, Jaxpr } from '../../src/core/jaxpr';
import { type Expr, index } from '../../src/core/lowering';
import { showJaxpr } from '../../src/core/printer';
import { traceToJaxpr } from '../../src/core/stage';
import type { Value } from '../../src/core/value';
import * as lax from '../../src/primitives';
import { makeJaxpr } from '../../src/transforms';

const vector = { shape: [3], dtype: f32 };
const traced = (
  f: (...xs: readonly Value[]) => readonly Value[],
  ...avals: readonly { shape: readonly number[]; dtype: typeof f32 | typeof i32 }[]
): Jaxpr => traceToJaxpr('test', f, avals).jaxpr;
const names = (jaxpr: Jaxpr): string[] => jaxpr.equations.map((e) => e.primitive.name);
const kernels = (jaxpr: Jaxpr): string[] =>
  showKernels(lowerProgram(jaxpr, jsTraits))
    .split('\n')
    .filter((line) => !line.startsWith('  '));

describe('inline', () => {
  it('puts programs in the place of their calls, to any depth', () => {
    const inner = jit((x: Tensor<[3]>) => mul(x, x));
    const outer = jit((x: Tensor<[3]>) => add(inner(x), inner(neg(x))));
    const { jaxpr } = makeJaxpr(outer)(tensor([1, 2, 3]));
    expect(names(jaxpr)).toEqual(['jit']);
    const flat = inlinePrograms(jaxpr);
    checkJaxpr(flat);
    expect(names(flat)).toEqual(['mul', 'neg', 'mul', 'add']);
  });
});

describe('simplify', () => {
  const simplified = (f: (x: Value) => Value, dtype: typeof f32 | typeof i32 = f32): string[] => {
    const out = simplify(traced((x) => [f(x as Value)], { shape: [3], dtype }));
    checkJaxpr(out);
    return names(out).filter((n) => n !== 'broadcast_in_dim');
  };
  const by = (x: Value, n: number): Value => lax.fullLike(x, n);
  it('drops what changes no bit', () => {
    expect(simplified((x) => lax.mul(x, by(x, 1)))).toEqual([]);
    expect(simplified((x) => lax.mul(by(x, 1), x))).toEqual([]);
    expect(simplified((x) => lax.div(x, by(x, 1)))).toEqual([]);
    expect(simplified((x) => lax.sub(x, by(x, 0)))).toEqual([]);
    expect(simplified((x) => lax.add(x, by(x, -0)))).toEqual([]);
    expect(simplified((x) => lax.add(x, by(x, 0)), i32)).toEqual([]);
    expect(simplified((x) => lax.selectN(lax.full([3], lax.eq(x, x).dtype, 1), by(x, 7), x))).toEqual([]);
  });
  it('keeps what changes one: -0 + 0 is 0, NaN · 0 is NaN', () => {
    expect(simplified((x) => lax.add(x, by(x, 0)))).toEqual(['add']);
    expect(simplified((x) => lax.sub(x, by(x, -0)))).toEqual(['sub']);
    expect(simplified((x) => lax.mul(x, by(x, 0)))).toEqual(['mul']);
  });
  it('computes what is known', () => {
    const out = simplify(traced(() => [lax.exp(lax.neg(lax.full([], f32, 0)))]));
    expect(showJaxpr(out)).toBe('{ lambda . let\n  in (1.0:f32[]) }');
  });
  it('computes equal things once, and nothing that is not needed', () => {
    expect(simplified((x) => lax.add(lax.exp(x), lax.exp(x)))).toEqual(['exp', 'add']);
    expect(
      simplified((x) =>
        lax.add(lax.reduceSum(lax.reshape(x, [3, 1]), [0]), lax.reduceSum(lax.reshape(x, [3, 1]), [0])),
      ),
    ).toEqual(['reshape', 'reduce_sum', 'add']);
    expect(names(simplify(traced((x) => [lax.sin(x as Value), lax.cos(x as Value)].slice(0, 1), vector)))).toEqual([
      'sin',
    ]);
  });
  it('tells apart what differs only in its parameters', () => {
    expect(simplified((x) => lax.add(lax.cumsum(x, 0, false), lax.cumsum(x, 0, true)))).toEqual([
      'cumsum',
      'cumsum',
      'add',
    ]);
  });
});

describe('index arithmetic', () => {
  const variable = (name: string): Expr => ({ op: 'index', dtype: 'i32', name });
  const evaluate = (e: Expr, at: Readonly<Record<string, number>>): number => {
    if (e.op === 'const') return e.value;
    if (e.op === 'index') return at[e.name] as number;
    if (!('args' in e)) throw new Error(e.op);
    const [a, b] = e.args.map((x) => evaluate(x, at)) as [number, number];
    switch (e.op) {
      case 'add':
        return a + b;
      case 'sub':
        return a - b;
      case 'mul':
        return a * b;
      case 'idiv':
        return Math.trunc(a / b);
      case 'imod':
        return a % b;
      default:
        throw new Error(e.op);
    }
  };
  const dims = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
  it('a simplified index has the values it had', () => {
    fc.assert(
      fc.property(dims, dims, fc.nat(5), fc.integer({ min: 1, max: 6 }), (from, to, offset, by) => {
        const extents = new Map(from.map((n, d) => [`i${d}`, n]));
        const flat = index.add(
          index.mul(
            index.flatten(
              from.map((_, d) => variable(`i${d}`)),
              from,
            ),
            index.int(by),
          ),
          index.int(offset),
        );
        const e = index.flatten(index.unflatten(flat, to), [9, ...to.slice(1)]);
        const simple = simplifyIndex(new Interner(), e, extents);
        const size = from.reduce((n, d) => n * d, 1);
        for (let p = 0; p < size; p++) {
          const at: Record<string, number> = {};
          let rest = p;
          for (let d = from.length - 1; d >= 0; d--) {
            at[`i${d}`] = rest % (from[d] as number);
            rest = Math.floor(rest / (from[d] as number));
          }
          expect(evaluate(simple, at)).toBe(evaluate(e, at));
        }
      }),
    );
  });
  it('divisions of sums keep their values', () => {
    const names = ['a', 'b', 'c'] as const;
    const { exprs } = fc.letrec<{ exprs: Expr; sums: Expr }>((tie) => ({
      sums: fc
        .tuple(fc.constantFrom(...names), fc.constantFrom(1, 2, 3, 4, 6, 8, 16), tie('exprs'), fc.nat({ max: 20 }))
        .map(([name, k, e, n]) => index.add(index.add(index.mul(variable(name), index.int(k)), e), index.int(n))),
      exprs: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(...names).map(variable),
        tie('sums'),
        fc
          .tuple(tie('sums'), fc.constantFrom(2, 3, 4, 6, 8, 12, 16), fc.boolean())
          .map(([e, by, isQuotient]) => (isQuotient ? index.div(e, by) : index.mod(e, by))),
      ),
    }));
    const extents = fc.record({ a: fc.constantFrom(2, 4, 5), b: fc.constantFrom(2, 3, 8), c: fc.constantFrom(3, 4) });
    fc.assert(
      fc.property(exprs, extents, (e, sizes) => {
        const simple = simplifyIndex(new Interner(), e, new Map(Object.entries(sizes)));
        for (let a = 0; a < sizes.a; a++)
          for (let b = 0; b < sizes.b; b++)
            for (let c = 0; c < sizes.c; c++) expect(evaluate(simple, { a, b, c })).toBe(evaluate(e, { a, b, c }));
      }),
      { numRuns: 400 },
    );
  });
  it('a tile that lies within a block leaves no division of its own variable', () => {
    const [p, c] = [variable('p'), variable('c')];
    const at = index.mod(index.add(index.mul(p, index.int(16)), c), 32);
    const simple = simplifyIndex(
      new Interner(),
      at,
      new Map([
        ['p', 8],
        ['c', 16],
      ]),
    );
    expect(showExpr(simple)).toBe('add.i32(mul.i32(imod.i32(p, 2), 16), c)');
  });
  it('reshapes that only split or join axes leave no division', () => {
    const interner = new Interner();
    const at = index.unflatten(index.flatten([variable('i0'), variable('i1'), variable('i2')], [4, 5, 6]), [20, 6]);
    const simple = simplifyIndex(
      interner,
      index.flatten(at, [20, 6]),
      new Map([
        ['i0', 4],
        ['i1', 5],
        ['i2', 6],
      ]),
    );
    expect(coefficients(interner, simple)).toEqual(
      new Map([
        ['i0', 30],
        ['i1', 6],
        ['i2', 1],
      ]),
    );
  });
  it('loops that run through memory as one become one', () => {
    const interner = new Interner();
    const loops = [
      { name: 'i0', extent: 4 },
      { name: 'i1', extent: 5 },
    ];
    const flat = index.flatten([variable('i0'), variable('i1')], [4, 5]);
    const load = (at: Expr): Expr => ({ op: 'load', dtype: 'f32', buffer: 0, at });
    expect(collapse(interner, loops, [flat, load(flat)]).loops).toEqual([{ name: 'i1', extent: 20 }]);
    expect(collapse(interner, loops, [flat, load(variable('i1'))]).loops).toEqual(loops);
    expect(
      collapse(interner, loops, [flat, load(index.flatten([variable('i1'), variable('i0')], [5, 4]))]).loops,
    ).toEqual(loops);
  });
});

describe('fusion', () => {
  it('a chain of pointwise operations is one kernel', () => {
    const f = (x: Tensor<[4, 5]>) => where(relu(mul(add(x, 1), x)).greater(0), exp(neg(x)), x);
    expect(kernels(makeJaxpr(f)(zeros([4, 5])).jaxpr)).toEqual(['%1:f32[4,5] = map over [4,5]']);
  });
  it('a reduction computes its operand, unless that is read twice and dear', () => {
    expect(kernels(makeJaxpr((x: Tensor<[4, 5]>) => sum(exp(x), -1))(zeros([4, 5])).jaxpr)).toEqual([
      '%1:f32[4] = reduce add of 5 terms in 8 lanes',
    ]);
  });
  it('chained reductions along rows are one kernel, and so are their gradients', () => {
    type X = Tensor<[4, 5]>;
    const rows = (f: (x: X) => unknown): readonly string[] =>
      kernels(makeJaxpr(f)(zeros([4, 5])).jaxpr).map((line) => line.replace(/%\d+:/g, ''));
    const norm = (x: X) => {
      const centred = x.sub(x.mean(-1, { keepDims: true }));
      return centred.mul(rsqrt(square(centred).mean(-1, { keepDims: true }).add(1e-5)));
    };
    expect(rows((x) => softmax(x))).toEqual(['f32[4,5] = rows of [4]']);
    expect(rows((x) => logSoftmax(x))).toEqual(['f32[4,5] = rows of [4]']);
    expect(rows(norm)).toEqual(['f32[4,5] = rows of [4]']);
    expect(rows((x) => vjp(softmax, x)[1](x))).toEqual(['f32[4,5] = rows of [4]']);
    expect(rows((x) => vjp(norm, x)[1](x))).toEqual(['f32[4,5] = rows of [4]']);
    expect(rows((x) => logSoftmax(x).mul(x).sum(-1).neg())).toEqual(['f32[4] = rows of [4]']);
  });
  it('a row is not put together with what reads another row of it', () => {
    const f = (x: Tensor<[4, 5]>) => {
      const s = x.sub(x.max(-1, { keepDims: true }));
      return [s.sum(-1), flip(s, 0).sum(-1)];
    };
    const x = tensor([1, 5, 2, 7, 3, 9, 4, 1, 0, 2, 8, 6, 5, 5, 1, 2, 3, 4, 5, 6], f32).reshape([4, 5]);
    expect(jit(f)(x).map((y) => y.toArray())).toEqual(f(x).map((y) => y.toArray()));
  });
  it('a transposed or reshaped operand is read where it is', () => {
    const f = (x: Tensor<[4, 5]>, y: Tensor<[4, 6]>) => matmul(x.transpose(), y);
    expect(kernels(makeJaxpr(f)(zeros([4, 5]), zeros([4, 6])).jaxpr)).toEqual(['%2:f32[5,6] = contract 1 x 5 x 6 x 4']);
    const g = (x: Tensor<[4, 5]>) => reshape(x, [20]);
    expect(kernels(makeJaxpr(g)(zeros([4, 5])).jaxpr)).toEqual(['%1:f32[20] = alias %0']);
  });
  it('the updates of Adam for one leaf are one kernel', () => {
    type P = { readonly w: Tensor<[8, 8]> };
    const optimiser = adam<P>({ learningRate: 0.1 });
    const params: P = { w: zeros([8, 8]) };
    const update = (p: P, g: P, s: ReturnType<typeof optimiser.init>) => {
      const [updates, next] = optimiser.update(g, s, p);
      return [applyUpdates(p, updates), next];
    };
    const { jaxpr } = makeJaxpr(update)(params, params, optimiser.init(params));
    expect(kernels(jaxpr).filter((k) => k.includes('map over [8,8]'))).toHaveLength(1);
  });
  it('what is larger than one expression should be is cut', () => {
    const f = (x: Tensor<[4]>) => {
      let y: Tensor<[4]> = x;
      for (let i = 0; i < 60; i++) y = sub(mul(y, y), y);
      return y;
    };
    expect(kernels(makeJaxpr(f)(zeros([4])).jaxpr).length).toBeGreaterThan(1);
  });
});

describe('dropping what is not read', () => {
  const gelu = (x: Tensor<[8, 16]>) => mul(mul(x, 0.5), add(1, tanh(mul(0.8, add(x, mul(0.04, mul(x, mul(x, x))))))));
  const loss = (w: Tensor<[4, 16]>, x: Tensor<[8, 4]>) => sum(square(gelu(matmul(x, w))));

  it('leaves no store without a reader in the gradient of an activation', () => {
    const jaxpr = makeJaxpr(grad(loss))(zeros([4, 16]), zeros([8, 4])).jaxpr;
    for (const traits of [jsTraits, wasmTraits]) {
      const { program } = lowerProgram(jaxpr, traits);
      const read = new Set([...program.outputs.map((b) => b.id), ...program.kernels.flatMap((k) => [...readsOf(k)])]);
      // A contraction keeps its sums where the last result of its epilogue will be: those are all read.
      const unread = program.kernels.flatMap(writesOf).filter((b) => !read.has(b.id));
      expect(unread).toEqual([]);
    }
  });

  it('drops whole kernels, but not calls', () => {
    const buffer = (id: number) => ({ id, aval: vector });
    const [{ primitive }] = traced((x) => [lax.exp(x)], vector).equations as [Equation];
    const call: Kernel = { kind: 'call', primitive, params: {}, inputs: [], outputs: [buffer(1)] };
    const at = index.int(0);
    const map = (from: number, to: number): Kernel => ({
      kind: 'map',
      shape: [3],
      stores: [{ buffer: buffer(to), value: { op: 'load', dtype: 'f32', buffer: from, at } }],
    });
    const kernels = [call, map(0, 2), map(2, 3), map(0, 4)];
    const kept = dropUnread({ inputs: [buffer(0)], literals: [], kernels, outputs: [buffer(4)] });
    expect(kept.kernels).toEqual([call, kernels[3]]);
  });
});

describe('compiled gradients', () => {
  it('of a tree are the evaluated ones', () => {
    type P = { readonly w: Tensor<[3, 4]>; readonly b: Tensor<[4], F32> };
    const loss = (p: P, x: Tensor<[2, 3]>) => sum(exp(neg(relu(add(matmul(x, p.w), p.b)))));
    const p: P = {
      w: tensor([
        [1, -2, 3, 0.5],
        [0, 1, -1, 2],
        [2, 2, -3, 1],
      ]),
      b: tensor([0.1, -0.2, 0.3, 0]),
    };
    const x = tensor([
      [1, 2, 3],
      [-1, 0.5, 2],
    ]);
    const [eager, compiled] = [grad(loss)(p, x), jit(grad(loss))(p, x)];
    expect(tree.leaves(compiled).map((v) => v.toArray())).toEqual(tree.leaves(eager).map((v) => v.toArray()));
  });
});
