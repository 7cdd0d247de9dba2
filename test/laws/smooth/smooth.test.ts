// The derivatives of orders 1 to 4 of every smooth exported function, where its formula has a seam as well as elsewhere, in forward,
// reverse and mixed mode, mapped and compiled: against numbers of mpmath (derivatives.py).
import { readFileSync } from 'node:fs';
import * as A from 'adjoint';
import { type AnyTensor, add, f64, grad, jit, jvp, mul, reshape, type Scalar, stack, sum, tensor, vmap } from 'adjoint';
import * as nn from 'adjoint/nn';
import { describe, expect, it } from 'vitest';
import { bilinear, type Loose, linear, named, numbers, others } from './functions';

type Nested = number | readonly number[];
/** At the arguments x, in the direction v, the derivatives of orders 1, 2, 3 ... */
interface Line {
  readonly x: readonly Nested[];
  readonly v: readonly Nested[];
  readonly d: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL('derivatives.json', import.meta.url), 'utf8')) as {
  readonly mpmath: string;
  readonly orders: number;
  readonly cases: Readonly<Record<string, readonly Line[]>>;
};

type Real = Scalar<A.Float64>;
type Curve = (s: Real) => Real;
const modes = {
  f:
    (g: Curve): Curve =>
    (s) =>
      jvp(g, [s], [tensor(1, f64)])[1],
  r: (g: Curve): Curve => grad(g),
} as const;
type Mode = keyof typeof modes;
const orders = Array.from({ length: golden.orders }, (_, i) => i + 1);
/** Which mode each further derivative takes. */
const words: readonly (readonly Mode[])[] = [['f'], ['r'], ['f', 'r'], ['r', 'f']];
const derivative = (g: Curve, order: number, word: readonly Mode[]): Curve => {
  let h = g;
  for (let i = 0; i < order; i++) h = modes[word[i % word.length] as Mode](h);
  return h;
};

/** The elements, summed with the weights 1, 1/2, 1/3 ... */
const weighted = (y: AnyTensor): Real => {
  const flat = reshape(y, [-1]) as A.Tensor<[number], A.Float64>;
  return sum(
    mul(
      flat,
      tensor(
        Array.from({ length: flat.size }, (_, i) => 1 / (i + 1)),
        f64,
      ),
    ),
  ) as unknown as Real;
};
const moved = (x: AnyTensor, v: AnyTensor, s: Real): AnyTensor => add(x, mul(v, s) as AnyTensor);
const values = (y: AnyTensor): readonly number[] => [...(y.toTypedArray() as Iterable<number>)];

/** The derivatives of all orders at the start of lines, one row for each line: f along x + s v. */
const derivativesOf = (
  f: Loose,
  word: readonly Mode[],
  xs: readonly AnyTensor[],
  vs: readonly AnyTensor[],
  compiled: boolean,
): readonly (readonly number[])[] => {
  const each = vmap((x: readonly AnyTensor[], v: readonly AnyTensor[]) => {
    const line: Curve = (s) => weighted(f(...x.map((y, i) => moved(y, v[i] as AnyTensor, s))));
    return stack(orders.map((k) => derivative(line, k, word)(tensor(0, f64)))) as AnyTensor;
  }) as unknown as (x: readonly AnyTensor[], v: readonly AnyTensor[]) => AnyTensor;
  const all = values((compiled ? jit(each) : each)(xs, vs));
  return Array.from({ length: all.length / orders.length }, (_, i) =>
    all.slice(i * orders.length, (i + 1) * orders.length),
  );
};

const sizes = ({ x }: Line): string => JSON.stringify(x.map((y) => (typeof y === 'number' ? null : y.length)));
const groups = (lines: readonly Line[]): readonly (readonly Line[])[] =>
  [...new Set(lines.map(sizes))].map((shape) => lines.filter((l) => sizes(l) === shape));
const together = (lines: readonly Line[], what: 'x' | 'v'): readonly AnyTensor[] =>
  (lines[0] as Line)[what].map((_, i) => tensor(lines.map((l) => l[what][i]) as number[], f64) as unknown as AnyTensor);

const ways = [
  ...words.map((word) => ({ word, compiled: false })),
  { word: ['r', 'f'] as const, compiled: true },
  { word: ['r'] as const, compiled: true },
];
const near = (got: number, wanted: number): boolean => Math.abs(got - wanted) <= 1e-10 * (1 + Math.abs(wanted));

describe(`derivatives of orders 1 to ${golden.orders}, as mpmath ${golden.mpmath} has them`, () => {
  it.each(Object.entries(golden.cases))('of %s', (name, lines) => {
    const f = named(name);
    const wrong: string[] = [];
    for (const group of groups(lines))
      for (const { word, compiled } of ways)
        derivativesOf(f, word, together(group, 'x'), together(group, 'v'), compiled).forEach((row, i) => {
          const { x, v, d } = group[i] as Line;
          row.forEach((got, k) => {
            if (!near(got, d[k] as number))
              wrong.push(
                `order ${k + 1} (${word.join('')}${compiled ? ', jit' : ''}) at ${JSON.stringify(x)} along ${JSON.stringify(v)}: ${got}, right ${d[k]}`,
              );
          });
        });
    expect(wrong).toEqual([]);
  });
});

const close = (got: AnyTensor, wanted: AnyTensor): void => {
  const [g, w] = [values(got), values(wanted)];
  expect(g.length).toBe(w.length);
  g.forEach((x, i) => {
    expect(x).toBeCloseTo(w[i] as number, 10);
  });
};
const flattened =
  (f: Loose): Loose =>
  (...args) => {
    const y: AnyTensor | readonly AnyTensor[] = f(...args);
    return A.concatenate((Array.isArray(y) ? y : [y]).map((part) => reshape(part, [-1])) as never, 0) as AnyTensor;
  };
describe('linear functions are their own derivatives', () => {
  it.each(Object.entries(linear))('%s', (_name, [shape, given]) => {
    const f = flattened(given);
    const [x, v] = [numbers(shape, 1), numbers(shape, 2)];
    const first = (y: AnyTensor): AnyTensor => jvp(f, [y], [v])[1] as AnyTensor;
    const second = jvp(first, [x], [v])[1] as AnyTensor;
    close(first(x), f(v));
    expect(values(second).every((t) => t === 0)).toBe(true);
  });
  it.each(Object.entries(bilinear))('%s in each operand', (_name, [[left, right], given]) => {
    const f = flattened(given);
    const [x, y, v, w] = [numbers(left, 1), numbers(right, 2), numbers(left, 3), numbers(right, 4)];
    const [zeroX, zeroY] = [mul(x, 0) as AnyTensor, mul(y, 0) as AnyTensor];
    const first = (p: AnyTensor, q: AnyTensor): AnyTensor => jvp(f, [p, q], [v, w])[1] as AnyTensor;
    const second = (p: AnyTensor, q: AnyTensor): AnyTensor => jvp(first, [p, q], [v, w])[1] as AnyTensor;
    const third = jvp(second, [x, y], [v, w])[1] as AnyTensor;
    const joins = values(f(v, zeroY)).some((t) => t !== 0);
    close(first(x, y), joins ? f(v, w) : (add(f(v, y), f(x, w)) as AnyTensor));
    close(second(x, y), joins ? (mul(f(zeroX, zeroY), 0) as AnyTensor) : (mul(f(v, w), 2) as AnyTensor));
    expect(values(third).every((t) => t === 0)).toBe(true);
  });
});

describe('the list', () => {
  const known = Object.keys(golden.cases).map((name) => name.split(':')[0] as string);
  const listed = new Set([...known, ...Object.keys(linear), ...Object.keys(bilinear), ...others.keys()]);
  it('has every exported function; a new one gets derivatives or a reason', () => {
    expect(Object.keys(A).filter((name) => !listed.has(name))).toEqual([]);
  });
  it('has nothing else', () => {
    const missing = [...listed].filter((name) => !(name.startsWith('nn.') ? name.slice(3) in nn : name in A));
    expect(missing).toEqual([]);
  });
});
