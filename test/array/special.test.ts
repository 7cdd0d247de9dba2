// Zeros, infinities and NaN: what annex F of C99 says, and NumPy where C has no such function (special.py), eager and on every target.
import { readFileSync } from 'node:fs';
import * as A from 'adjoint';
import { type AnyTensor, configure, f32, f64, grad, jit, mul, sum, type Target, tensor } from 'adjoint';
import { afterEach, describe, expect, it } from 'vitest';

type Shown = number | string;
const golden = JSON.parse(readFileSync(new URL('special.json', import.meta.url), 'utf8')) as {
  readonly points: readonly Shown[];
  readonly unary: Readonly<Record<string, readonly Shown[]>>;
  readonly binary: Readonly<Record<string, readonly (readonly Shown[])[]>>;
};
const points = golden.points.map(Number);
const functions = A as unknown as Readonly<Record<string, (...args: readonly AnyTensor[]) => AnyTensor>>;
/** In units in the last place. */
const tolerance = 4;

const before = configure();
afterEach(() => {
  configure(before);
});
const targets: readonly Target[] = ['wasm', 'js', 'eval'];
const values = (y: AnyTensor): readonly number[] => [...(y.toTypedArray() as Iterable<number>)];
/** Eager and as each target has it. */
const everywhere = (f: (...args: readonly AnyTensor[]) => AnyTensor, args: readonly AnyTensor[]) => [
  ['eager', values(f(...args))] as const,
  ...targets.map((target) => {
    configure({ target });
    return [target, values(jit((...xs: readonly AnyTensor[]) => f(...xs))(...args))] as const;
  }),
];

describe.each([f32, f64])('$name', (dtype) => {
  const round = dtype === f32 ? Math.fround : (x: number): number => x;
  const ulp = dtype === f32 ? 2 ** -23 : 2 ** -52;
  const alike = (got: number, given: Shown): boolean => {
    const wanted = round(Number(given));
    if (wanted === 0) return Object.is(got, wanted);
    return Object.is(got, wanted) || Math.abs(got - wanted) <= tolerance * ulp * Math.abs(wanted);
  };
  const check = (name: string, columns: readonly (readonly number[])[], wanted: readonly Shown[]): void => {
    const args = columns.map((xs) => tensor([...xs], dtype) as unknown as AnyTensor);
    const wrong = everywhere(functions[name] as never, args).flatMap(([way, ys]) =>
      ys.flatMap((y, i) =>
        alike(y, wanted[i] as Shown)
          ? []
          : [`${way}: ${name}(${columns.map((xs) => xs[i]).join(', ')}) = ${y}, right ${wanted[i]}`],
      ),
    );
    expect(wrong).toEqual([]);
  };
  it.each(Object.entries(golden.unary))('%s', (name, wanted) => {
    check(name, [points], wanted);
  });
  it.each(Object.entries(golden.binary))('%s', (name, wanted) => {
    const pairs = points.flatMap((x) => points.map((y) => [x, y] as const));
    check(name, [pairs.map(([x]) => x), pairs.map(([, y]) => y)], wanted.flat());
  });

  const slopes = (f: (x: AnyTensor) => AnyTensor, xs: readonly number[]): readonly (readonly number[])[] =>
    everywhere(grad((x: AnyTensor) => sum(f(x)) as never) as never, [tensor([...xs], dtype) as never]).map(
      ([, y]) => y,
    );
  const same = (f: (x: AnyTensor) => AnyTensor, xs: readonly number[], wanted: readonly number[]): void => {
    for (const got of slopes(f, xs))
      expect(got.map((y) => Math.round(y * 1e5) / 1e5 + 0)).toEqual(wanted.map((y) => Math.round(y * 1e5) / 1e5));
  };
  const [first, second] = [(x: AnyTensor) => A.at(x, 0) as AnyTensor, (x: AnyTensor) => A.at(x, 1) as AnyTensor];
  describe('derivatives', () => {
    const both =
      (name: string) =>
      (x: AnyTensor): AnyTensor =>
        (functions[name] as (...args: readonly AnyTensor[]) => AnyTensor)(first(x), second(x));
    it('of logaddexp are weights that sum to 1', () => {
      for (const x of [-Infinity, Infinity, 0, 1e30]) same(both('logaddexp'), [x, x], [0.5, 0.5]);
      same(both('logaddexp'), [-Infinity, 3], [0, 1]);
      same(both('logaddexp'), [Infinity, 3], [1, 0]);
      same(both('logaddexp'), [Infinity, -Infinity], [1, 0]);
    });
    it('of cumlogsumexp are, too', () => {
      for (const x of [-Infinity, Infinity, 0])
        for (const length of [1, 2, 3, 5]) {
          const last = (v: AnyTensor): AnyTensor => A.at(A.cumlogsumexp(v as A.Tensor<[number]>, 0), -1) as AnyTensor;
          for (const got of slopes(last, new Array<number>(length).fill(x))) {
            expect(got.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
            expect(got.every((w) => w >= 0)).toBe(true);
          }
        }
    });
    it('of the softmax family are 0 where all is -Infinity, and as ever elsewhere', () => {
      const none = [-Infinity, -Infinity, -Infinity];
      for (const name of ['logsumexp', 'softmax', 'logSoftmax']) {
        same((x) => (functions[name] as (v: AnyTensor) => AnyTensor)(x), none, [0, 0, 0]);
        same((x) => first((functions[name] as (v: AnyTensor) => AnyTensor)(x).ravel() as AnyTensor), none, [0, 0, 0]);
      }
      same((x) => functions.logsumexp?.(x) as AnyTensor, [-Infinity, 0, 0], [0, 0.5, 0.5]);
      same((x) => second(functions.softmax?.(x) as AnyTensor), [-Infinity, 0, 0], [0, 0.25, -0.25]);
      same((x) => second(functions.logSoftmax?.(x) as AnyTensor), [-Infinity, 0, 0], [0, 0.5, -0.5]);
      expect(A.logsumexp(tensor(none, dtype)).item()).toBe(-Infinity);
      expect(A.softmax(tensor(none, dtype)).toArray()).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    });
    it('of hypot are directions: 0 at the origin, along the axis or the diagonal at infinity', () => {
      same(both('hypot'), [0, 0], [0, 0]);
      same(both('hypot'), [0, -2], [0, -1]);
      same(both('hypot'), [Infinity, 3], [1, 0]);
      same(both('hypot'), [-Infinity, Number.NaN], [-1, 0]);
      same(both('hypot'), [Infinity, -Infinity], [Math.SQRT1_2, -Math.SQRT1_2]);
      same(both('hypot'), [Number.NaN, 1], [Number.NaN, Number.NaN]);
    });
    it('of atan2 at points that are far, near or infinite', () => {
      const far = dtype === f32 ? 1e30 : 1e200;
      for (const size of [far, 1 / far, Infinity])
        for (const got of slopes((x) => mul(both('atan2')(x), size === Infinity ? 1 : size) as AnyTensor, [size, size]))
          got.forEach((slope, i) => {
            expect(slope).toBeCloseTo(size === Infinity ? 0 : i === 0 ? 0.5 : -0.5, 5);
          });
      same(both('atan2'), [1, Infinity], [0, 0]);
    });
    it('of asin, acos and atanh near 1 and of asinh of large numbers have all their digits', () => {
      const close = (name: string, x: number, wanted: number): void => {
        for (const [got] of slopes((v) => functions[name]?.(v) as AnyTensor, [x]))
          expect(Math.abs((got as number) / wanted - 1)).toBeLessThan(16 * ulp);
      };
      const x = round(1 - 1e-5);
      const gap = (1 - x) * (1 + x);
      close('asin', x, 1 / Math.sqrt(gap));
      close('acos', -x, -1 / Math.sqrt(gap));
      close('atanh', x, 1 / gap);
      close('asinh', 1e25, 1 / round(1e25));
    });
    it('of cbrt at 0 is infinite, and of fmod by y counts whole quotients', () => {
      same((x) => A.cbrt(x) as AnyTensor, [0, 8], [Infinity, 1 / 12]);
      same(both('fmod'), [7, 3], [1, -2]);
      same(both('fmod'), [-7, 3], [1, 2]);
      // 0.3 / 0.1 rounds to 3, and 0.1 is in 0.3 but twice.
      if (dtype === f64) same(both('fmod'), [0.3, 0.1], [1, -2]);
    });
  });
});
