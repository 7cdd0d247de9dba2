// One formula, four ways to compute it: the same bits.
import { describe, expect, it } from 'vitest';
import { expander } from '../../src/compiler/expand';
import { partsOf } from '../../src/compiler/rewrite';
import { apply, type Expr } from '../../src/core/lowering';
import type { Precision } from '../../src/numerics/arithmetic';
import { type BinaryFormulaName, binaryFormulas, formulas } from '../../src/numerics/formulas';
import { binaryLoop, functions, generated, interpreted, unaryLoop } from '../../src/numerics/functions';
import { evaluate } from './evaluate';
import { doubles, names, singles } from './reference';

const expand = (e: Expr): Expr => expander()(e);

const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  Infinity,
  -Infinity,
  Number.NaN,
  1e-45,
  -1e-45,
  1e-310,
  2 ** -126,
  8192,
  1e9,
  -1e30,
];
const inputs = (precision: Precision): readonly number[] => [
  ...edges.map(precision === 'f32' ? Math.fround : (x) => x),
  ...(precision === 'f32' ? singles(2 ** 22 - 3) : doubles(1000)),
];
const local = (name: string, dtype: Precision): Expr => ({ op: 'local', dtype, name });
const allocate = (precision: Precision, xs: readonly number[]) =>
  precision === 'f32' ? Float32Array.from(xs) : Float64Array.from(xs);

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  it.each(names)('%s', (name) => {
    const f = interpreted.unary(formulas[name], precision);
    const e = expand(apply(name, precision, local('x', precision)));
    const xs = inputs(precision);
    const [data, out] = [allocate(precision, xs), allocate(precision, xs)];
    unaryLoop(name)[precision]()(data, out);
    const wanted = xs.map(f);
    expect([...out]).toEqual(wanted);
    expect(xs.map(functions[precision][name])).toEqual(wanted);
    expect(xs.map((x) => evaluate(e, { x }))).toEqual(wanted);
  });
  it.each(Object.keys(binaryFormulas) as BinaryFormulaName[])('%s', (name) => {
    const f = interpreted.binary(binaryFormulas[name], precision);
    const e = expand(apply(name, precision, local('x', precision), local('y', precision)));
    const small = inputs(precision).slice(0, 200);
    const pairs = edges.slice(0, 12).flatMap((x) => small.map((y) => [Math.fround(x), y] as const));
    const [xs, ys] = [
      allocate(
        precision,
        pairs.map(([x]) => x),
      ),
      allocate(
        precision,
        pairs.map(([, y]) => y),
      ),
    ];
    const out = xs.slice();
    binaryLoop(name)[precision]()(xs, ys, out);
    const wanted = pairs.map(([x, y]) => f(x, y));
    expect([...out]).toEqual(wanted);
    expect(pairs.map(([x, y]) => generated.binary(binaryFormulas[name], precision)(x, y))).toEqual(wanted);
    expect(pairs.map(([x, y]) => evaluate(e, { x, y }))).toEqual(wanted);
  });
});

describe('expand', () => {
  const x = local('x', 'f32');
  it('leaves basic operations alone, and goes below them', () => {
    const inner = apply('exp', 'f32', apply('add', 'f32', x, x));
    const parts = partsOf([expand(apply('mul', 'f32', apply('tanh', 'f32', inner), inner))]);
    const ops = new Set([...parts].map((e) => e.op));
    expect([...ops].filter((op) => op in formulas)).toEqual([]);
    expect(evaluate(expand(inner), { x: 0.25 })).toBe(functions.f32.exp(0.5));
  });
  it('keeps what is shared', () => {
    const shared = apply('exp', 'f32', x);
    const visit = expander();
    const [a, b] = [visit(apply('add', 'f32', shared, shared)), visit(shared)];
    expect('args' in a && a.args[0] === a.args[1] && a.args[0] === b).toBe(true);
  });
  it('leaves integer powers alone', () => {
    const power = apply('pow', 'i32', local('x', 'f32'), local('y', 'f32'));
    expect(expand(power)).toEqual(power);
  });
  it('keeps the hot functions short', () => {
    const count = (name: (typeof names)[number]): number =>
      [...partsOf([expand(apply(name, 'f32', x))])].filter((e) => 'args' in e).length;
    const sizes = Object.fromEntries((['exp', 'log', 'tanh', 'logistic', 'erf'] as const).map((n) => [n, count(n)]));
    expect(sizes).toMatchInlineSnapshot(`
      {
        "erf": 39,
        "exp": 28,
        "log": 39,
        "logistic": 34,
        "tanh": 38,
      }
    `);
  });
});
