// Convolution and pooling against loops; the tail of the error function against known values.
import * as A from 'adjoint';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { build, filled, make, type Plain, plain, read } from './oracle';

const size = fc.integer({ min: 1, max: 5 });
const image = fc
  .tuple(fc.integer({ min: 0, max: 2 }), size, size, fc.integer({ min: 1, max: 2 }))
  .chain((s) => filled(s));

/** Results of one axis, and the elements before its first window. */
const places = (n: number, k: number, stride: number, padding: number | 'same' | 'valid') => {
  if (padding === 'same') {
    const out = Math.ceil(n / stride);
    return { out, before: Math.floor(Math.max(0, (out - 1) * stride + k - n) / 2) };
  }
  const before = padding === 'valid' ? 0 : padding;
  return { out: Math.floor((n + 2 * before - k) / stride) + 1, before };
};

/** One value for both axes, or one for each. */
const eachOr = <V>(one: fc.Arbitrary<V>): fc.Arbitrary<V | readonly [V, V]> => fc.oneof(one, fc.tuple(one, one));
const bothOf = <V>(v: V | readonly [V, V]): readonly [V, V] =>
  Array.isArray(v) ? (v as unknown as readonly [V, V]) : [v as V, v as V];
const paddings = eachOr(fc.constantFrom<(number | 'same' | 'valid')[]>('same', 'valid', 1));

test('conv2d', () => {
  const problem = fc
    .tuple(image, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 }))
    .chain(([x, kh, kw, o]) =>
      fc.tuple(
        fc.constant(x),
        filled([kh, kw, x.shape[3] as number, o]),
        eachOr(fc.integer({ min: 1, max: 3 })),
        paddings,
      ),
    );
  fc.assert(
    fc.property(problem, ([x, kernel, stride, padding]) => {
      const [n, h, w, c] = x.shape as [number, number, number, number];
      const [kh, kw, , o] = kernel.shape as [number, number, number, number];
      const [[down, across], [above, aside]] = [bothOf(stride), bothOf(padding)];
      const [rows, columns] = [places(h, kh, down, above), places(w, kw, across, aside)];
      fc.pre(rows.out > 0 && columns.out > 0);
      const wanted = build([n, rows.out, columns.out, o], (at) => {
        const [b, i, j, channel] = at as [number, number, number, number];
        let sum = 0;
        for (let p = 0; p < kh; p++)
          for (let q = 0; q < kw; q++) {
            const [y, z] = [i * down + p - rows.before, j * across + q - columns.before];
            if (y < 0 || y >= h || z < 0 || z >= w) continue;
            for (let k = 0; k < c; k++) sum += read(x, [b, y, z, k]) * read(kernel, [p, q, k, channel]);
          }
        return sum;
      });
      expect(plain(A.conv2d(make(x), make(kernel), { stride, padding }))).toEqual(zeroed(wanted));
    }),
    { numRuns: 200 },
  );
});
/** Sums of nothing but -0 may have either sign. */
const zeroed = ({ shape, data }: Plain): Plain => ({ shape, data: data.map((x) => x + 0) });

test('maxPool and avgPool', () => {
  fc.assert(
    fc.property(image, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), (x, k, stride) => {
      const [n, h, w, c] = x.shape as [number, number, number, number];
      fc.pre(h >= k && w >= k);
      const windows = (f: (elements: number[]) => number): Plain =>
        build([n, places(h, k, stride, 0).out, places(w, k, stride, 0).out, c], (at) => {
          const [b, i, j, channel] = at as [number, number, number, number];
          const elements: number[] = [];
          for (let p = 0; p < k; p++)
            for (let q = 0; q < k; q++) elements.push(read(x, [b, i * stride + p, j * stride + q, channel]));
          return f(elements);
        });
      expect(plain(A.maxPool(make(x), k, stride))).toEqual(windows((e) => Math.max(...e)));
      const mean = plain(A.avgPool(make(x), k, stride));
      const wanted = windows((e) => e.reduce((a, b) => a + b, 0) / e.length);
      expect(mean.shape).toEqual(wanted.shape);
      mean.data.forEach((v, i) => {
        expect(v).toBeCloseTo(wanted.data[i] as number, 5);
      });
    }),
    { numRuns: 200 },
  );
});

describe('bad windows', () => {
  const say = (f: () => unknown): string => {
    try {
      f();
    } catch (e) {
      return String(e);
    }
    return 'nothing was thrown';
  };
  test('are named', () => {
    const x = A.zeros([1, 4, 4, 2]) as A.AnyTensor;
    expect(
      [
        () => A.conv2d(x, A.zeros([3, 3, 5, 1]) as A.AnyTensor),
        () => A.conv2d(A.zeros([4, 4]) as A.AnyTensor, x),
        () => A.conv2d(x, A.zeros([5, 5, 2, 1]) as A.AnyTensor),
        () => A.conv2d(x, A.zeros([3, 3, 2, 1]) as A.AnyTensor, { stride: 0 }),
        () => A.conv2d(x, A.zeros([3, 3, 2, 1]) as A.AnyTensor, { padding: 'full' as 'same' }),
        () => A.conv2d(x, A.zeros([3, 3, 2, 1], A.f64) as A.AnyTensor),
        () => A.maxPool(x, 5),
        () => A.avgPool(x, 0),
      ].map(say),
    ).toMatchInlineSnapshot(`
      [
        "ShapeError: conv2d: 2 channels of x [1, 4, 4, 2], but 5 of the kernel [3, 3, 5, 1]. The kernel is [height, width, channels in, channels out].",
        "ShapeError: conv2d: x must have four axes [batch, height, width, channels], got shape [4, 4]. Add axes of size 1 with expandDims.",
        "ShapeError: conv2d: a window of size 5 does not fit axis 1 of size 4 with padding 0 and 0, shape [1, 4, 4, 2].",
        "ArgumentError: conv2d: stride must be a positive integer, got the number 0.",
        "ArgumentError: conv2d: padding must be 'same', 'valid' or an integer >= 0, got the string "full".",
        "DTypeError: conv2d: dtypes f32 and f64 differ. Convert one with astype.",
        "ShapeError: maxPool: a window of size 5 does not fit axis 1 of size 4 with padding 0 and 0, shape [1, 4, 4, 2].",
        "ArgumentError: avgPool: window must be a positive integer, got the number 0.",
      ]
    `);
  });
});

test('erfc keeps its precision in the tail', () => {
  const known: readonly (readonly [number, number])[] = [
    [-2, 1.9953222650189526],
    [0, 1],
    [0.5, 0.4795001221869535],
    [1, 0.15729920705028513],
    [2, 0.004677734981047266],
    [5, 1.5374597944280349e-12],
    [10, 2.088487583762545e-45],
    [26, 5.663192408856143e-296],
  ];
  for (const [x, y] of known) {
    expect(Math.abs(A.erfc(A.tensor(x, A.f64)).item() / y - 1)).toBeLessThan(2 ** -51);
    if (x < 9) expect(Math.abs(A.erfc(A.tensor(x)).item() / Math.fround(y) - 1)).toBeLessThan(2 ** -22);
  }
  const slope = A.grad((x: A.Scalar<A.f64>) => A.erfc(x) as A.Scalar<A.f64>)(A.tensor(3, A.f64)).item();
  expect(slope / ((-2 / Math.sqrt(Math.PI)) * Math.exp(-9)) - 1).toBeCloseTo(0, 10);
});
