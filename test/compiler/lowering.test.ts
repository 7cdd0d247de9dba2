// Every primitive has loops of its own. That they give the bits of its implementation is a law; here are sizes that the law's calls do not
// have.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { sizeOf } from '../../src/core/aval';
import { allocate, bool, converter, type DType, f32, f64, i32, u32 } from '../../src/core/dtype';
import { Var } from '../../src/core/jaxpr';
import { allPrimitives, type Params, type Primitive } from '../../src/core/primitive';
import { type ConcreteArray, concreteArray } from '../../src/core/value';
import '../../src/primitives';
import { compiled } from '../../src/runtime/executable';
import { configure, settings } from '../../src/runtime/settings';
import { arrayOf, identical } from './programs';

const original = settings().target;
afterEach(() => {
  configure({ target: original });
});

const at = (xs: readonly number[], i: number): number => xs[i] as number;
const primitiveOf = (name: string): Primitive => allPrimitives().find((p) => p.name === name) as Primitive;

/** Whether a compiled call gives the bits of the implementation, twice: what an earlier run left in memory must not matter. */
const agrees = (p: Primitive, args: readonly ConcreteArray[], params: Params): boolean => {
  const avals = args.map((x) => x.aval);
  const inputs = avals.map((a) => new Var(a));
  const outputs = p.shape(avals, params).map((a) => new Var(a));
  const expected = p.impl(args, params);
  const executable = compiled({ inputs, equations: [{ primitive: p, inputs, params, outputs }], outputs });
  return [executable.run(args), executable.run(args)].every((got) =>
    got.every((x, i) => identical(x, expected[i] as ConcreteArray)),
  );
};

it('no primitive is computed by its reference implementation', () => {
  const called = allPrimitives().filter((p) => p.lower.kind === 'call');
  expect(called.map((p) => p.name)).toEqual([]);
});

describe.each(['js', 'wasm'] as const)('with %s', (target) => {
  const windows = (window: readonly number[], strides: readonly number[], padding: number): Params => ({
    window,
    strides,
    padding: window.map((w) => (w === 1 ? [0, 0] : [padding, padding])),
    dilation: window.map(() => 1),
  });
  const image = [2, 9, 7, 11];
  it.each([
    ['tiles', windows([1, 3, 7, 1], [1, 3, 7, 1], 0)],
    ['windows with gaps', windows([1, 2, 2, 1], [1, 3, 3, 1], 0)],
    ['windows that overlap', windows([1, 3, 3, 1], [1, 2, 2, 1], 1)],
    ['large windows', windows([1, 9, 7, 1], [1, 2, 2, 1], 3)],
    ['windows of more than a block', windows([1, 9, 7, 5], [1, 1, 1, 3], 2)],
  ])('%s of channels beside each other', (_, params) => {
    configure({ target });
    const x = arrayOf(image, f32, 1);
    for (const name of ['reduce_window_sum', 'reduce_window_max'])
      expect([name, agrees(primitiveOf(name), [x], params)]).toEqual([name, true]);
    const source = primitiveOf('reduce_window_max').impl([x], params);
    expect(agrees(primitiveOf('select_and_scatter_add'), [...source, x], params)).toBe(true);
    expect(agrees(primitiveOf('select_and_gather_add'), [arrayOf(image, f32, 2), x], params)).toBe(true);
  });

  const sorted = fc.record({
    shape: fc.constantFrom([63], [64], [65], [300], [3, 129], [70, 3], [2, 66, 2]),
    dtypes: fc.array(fc.constantFrom<DType[]>(f32, i32, u32, bool, f64), { minLength: 1, maxLength: 3 }),
    axis: fc.nat({ max: 2 }),
    keys: fc.nat({ max: 2 }),
    seed: fc.nat({ max: 1000 }),
    few: fc.boolean(),
  });
  it('long lines are sorted as the implementation does', () => {
    configure({ target });
    fc.assert(
      fc.property(sorted, ({ shape, dtypes, axis, keys, seed, few }) => {
        const args = dtypes.map((dtype, k) => {
          const convert = converter(f32, dtype);
          // Few different numbers, NaN and zeros of both signs among them; or of all sizes.
          const data = allocate(dtype, sizeOf(shape));
          arrayOf(shape, f32, seed + k).data.forEach((v, i) => {
            const isRare = dtype.kind === 'float' && i % 7 === seed % 7;
            data[i] = isRare ? at([NaN, -0, Infinity, -1e-40], i % 4) : convert(few ? Math.trunc(v) : v * 1e9);
          });
          return concreteArray(shape, dtype, data);
        });
        const params = { axis: axis % shape.length, keys: 1 + (keys % dtypes.length) };
        return agrees(primitiveOf('sort'), args, params);
      }),
      { numRuns: 100 },
    );
  });
});
