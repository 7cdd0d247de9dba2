// Convolutions of other ranks, with gaps, groups and transposed, by laws that lead them back to conv2d.
import {
  type AnyTensor,
  adaptiveAvgPool,
  adaptiveAvgPool1d,
  adaptiveAvgPool3d,
  adaptiveMaxPool,
  adaptiveMaxPool1d,
  adaptiveMaxPool3d,
  avgPool,
  avgPool3d,
  concatenate,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  expandDims,
  f64,
  jit,
  max,
  maxPool,
  maxPool3d,
  mean,
  mul,
  pad,
  reshape,
  split,
  sum,
  swapaxes,
} from 'adjoint';
import * as random from 'adjoint/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Shapes that the compiler does not follow. */
const wide = (x: unknown): AnyTensor => x as AnyTensor;
const drawn = (seed: number, shape: readonly number[]): AnyTensor =>
  wide(random.normal(random.key(seed), [...shape], { dtype: f64 }));
const close = (a: AnyTensor, b: AnyTensor): void => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.toTypedArray(), b.toTypedArray()];
  x.forEach((v: number, i: number) => {
    expect(v).toBeCloseTo(y[i] as number, 9);
  });
};
const seed = fc.integer({ min: 0, max: 1000 });
const step = fc.integer({ min: 1, max: 3 });
const padding = fc.constantFrom<('same' | 'valid' | number)[]>('same', 'valid', 1);
const runs = { numRuns: 40 };

describe('convolution', () => {
  it('along one axis is conv2d of one row, over volumes of one slice conv2d', () => {
    fc.assert(
      fc.property(seed, step, padding, (s, stride, p) => {
        const [x, k] = [drawn(s, [2, 7, 2]), drawn(s + 1, [3, 2, 3])];
        const along = conv1d(x, k, { stride, padding: p });
        const [rows, row] = [expandDims(x, 2), expandDims(k, 1)];
        // Padding by a number would pad the new axis as well.
        if (p !== 1) close(expandDims(along, 2), conv3row(rows, row, stride, p));
        const [image, kernel] = [drawn(s, [2, 5, 6, 2]), drawn(s + 1, [3, 2, 2, 3])];
        if (p !== 1 && stride === 1)
          close(
            expandDims(conv2d(image, kernel, { padding: p }), 1),
            conv3d(wide(expandDims(image, 1)), wide(expandDims(kernel, 0)), { padding: p }),
          );
      }),
      runs,
    );
  });
  const conv3row = (x: AnyTensor, k: AnyTensor, stride: number, p: 'same' | 'valid' | number): AnyTensor =>
    stride === 1 ? conv2d(x, k, { padding: p }) : conv2d(x, k, { stride, padding: p });
  it('with gaps is that of a kernel with zeros in the gaps', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 2, max: 3 }), padding, (s, dilation, p) => {
        const [x, k] = [drawn(s, [2, 9, 8, 2]), drawn(s + 1, [2, 3, 2, 3])];
        const [h, w] = [1 + dilation, 1 + 2 * dilation];
        // Every element but the last of an axis is followed by zeros.
        const spread =
          (axis: 0 | 1, size: number): ((v: AnyTensor) => AnyTensor) =>
          (v) => {
            const n = v.shape[axis] as number;
            const parts = split(v, n, axis) as unknown as AnyTensor[];
            const widths = v.shape.map((_: number, d: number) => (d === axis ? [0, dilation - 1] : [0, 0]));
            const all: AnyTensor = concatenate(
              parts.map((part) => pad(part, widths as never)),
              axis,
            );
            return all.slice(axis, 0, size as never);
          };
        const holes = spread(1, w)(spread(0, h)(k));
        close(conv2d(x, k, { dilation, padding: p }), conv2d(x, holes, { padding: p }));
      }),
      runs,
    );
  });
  it('in groups is the convolutions of the groups side by side', () => {
    fc.assert(
      fc.property(seed, step, padding, (s, stride, p) => {
        const [x, k] = [drawn(s, [2, 6, 5, 4]), drawn(s + 1, [3, 2, 2, 6])];
        const [xs, ks] = [split(x, 2, -1), split(k, 2, -1)] as unknown as AnyTensor[][];
        const parts = [0, 1].map(
          (g): AnyTensor => conv2d(xs?.[g] as AnyTensor, ks?.[g] as AnyTensor, { stride, padding: p }),
        );
        close(conv2d(x, k, { groups: 2, stride, padding: p }), concatenate(parts, -1));
      }),
      runs,
    );
  });
  it('transposed is the adjoint: <conv(x, k), y> = <x, convTranspose(y, kᵀ)>', () => {
    const inner = (a: AnyTensor, b: AnyTensor): number => sum(mul(a, b)).item() as number;
    fc.assert(
      fc.property(seed, step, padding, fc.integer({ min: 1, max: 3 }), (s, stride, p, n) => {
        const kernel = 3;
        const y1 = drawn(s, [2, n, 2]);
        const k1 = drawn(s + 1, [kernel, 2, 3]);
        const back: AnyTensor = convTranspose1d(y1, k1, { stride, padding: p });
        fc.pre(back.size > 0);
        const x1 = drawn(s + 2, back.shape);
        const forth: AnyTensor = conv1d(x1, wide(swapaxes(k1, 1, 2)), { stride, padding: p });
        expect(forth.shape).toEqual(y1.shape);
        expect(inner(forth, y1)).toBeCloseTo(inner(x1, back), 8);
        const [y2, k2] = [drawn(s, [1, n, n + 1, 2]), drawn(s + 1, [kernel, 2, 2, 3])];
        const back2: AnyTensor = convTranspose2d(y2, k2, { stride, padding: p });
        fc.pre(back2.size > 0);
        const x2 = drawn(s + 2, back2.shape);
        expect(inner(conv2d(x2, wide(swapaxes(k2, 2, 3)), { stride, padding: p }), y2)).toBeCloseTo(
          inner(x2, back2),
          8,
        );
      }),
      runs,
    );
    const y = drawn(3, [1, 2, 2, 2, 2]);
    const k = drawn(4, [2, 2, 2, 2, 3]);
    const back: AnyTensor = convTranspose3d(y, k, { stride: 2 });
    const x = drawn(5, back.shape);
    expect(inner(conv3d(x, wide(swapaxes(k, 3, 4)), { stride: 2 }), y)).toBeCloseTo(inner(x, back), 8);
  });
  it('gives the same under jit', () => {
    const [x, k] = [drawn(1, [2, 6, 5, 4]), drawn(2, [3, 2, 2, 6])];
    close(
      jit((a: AnyTensor, b: AnyTensor) => conv2d(a, b, { groups: 2, dilation: 2, padding: 'same' }))(x, k),
      conv2d(x, k, { groups: 2, dilation: 2, padding: 'same' }),
    );
    const t = drawn(2, [3, 2, 4, 6]);
    close(
      jit((a: AnyTensor, b: AnyTensor) => convTranspose2d(a, b, { stride: 2, padding: 'same' }))(x, t),
      convTranspose2d(x, t, { stride: 2, padding: 'same' }),
    );
  });
  it('says what does not fit', () => {
    const x = drawn(1, [2, 6, 5, 4]);
    expect(() => conv2d(x, drawn(2, [3, 3, 3, 6]), { groups: 2 })).toThrow(
      'conv2d: 4 channels of x [2, 6, 5, 4] in 2 groups, but 3 for each of the kernel [3, 3, 3, 6], and 6 channels out. The groups must divide both.',
    );
    expect(() => conv1d(x, drawn(2, [3, 4, 6]))).toThrow('conv1d: x must have three axes [batch, length, channels]');
    expect(() => conv2d(x, drawn(2, [3, 3, 4, 6]), { dilation: 0 })).toThrow('dilation must be a positive integer');
    expect(() => convTranspose2d(x, drawn(2, [3, 3, 4, 6]), { padding: 3 })).toThrow(
      'convTranspose2d: padding 3 must be less than the window of size 3.',
    );
  });
});

describe('a value for each axis', () => {
  it('of pooling is pooling along one axis and then along the other', () => {
    fc.assert(
      fc.property(seed, step, step, (s, k, stride) => {
        const x = drawn(s, [2, 5, 6, 2]);
        close(maxPool(x, [k, 2], [stride, 1]), maxPool(wide(maxPool(x, [k, 1], [stride, 1])), [1, 2], 1));
        const padded = avgPool(x, [k, 2], [stride, 1], { padding: ['same', 0] });
        expect(padded.shape).toEqual([2, Math.ceil(5 / stride), 5, 2]);
      }),
      runs,
    );
  });
  it('of a transposed convolution is the map that its gradient is', () => {
    fc.assert(
      fc.property(seed, step, step, (s, down, across) => {
        const k = drawn(s, [2, 3, 2, 3]);
        const options = { stride: [down, across], padding: [0, 'same'] } as const;
        const x = drawn(s + 1, [1, 3, 4, 2]);
        const y = convTranspose2d(x, k, options);
        // <conv(y', k), x> = <y', convTranspose(x, k)> for any y'.
        const other = drawn(s + 2, y.shape);
        const back = conv2d(other, wide(swapaxes(k, 2, 3)), options);
        close(wide(sum(mul(back, x) as AnyTensor)), wide(sum(mul(other, y) as AnyTensor)));
      }),
      runs,
    );
  });
  it('must be there for each axis', () => {
    const x = drawn(1, [1, 5, 6, 2]);
    expect(() => conv2d(x, drawn(2, [2, 2, 2, 1]), { stride: [1, 2, 3] as never })).toThrow(
      'conv2d: stride must be one value or two, one for each of [height, width], got 3.',
    );
    expect(() => maxPool(x, [2] as never)).toThrow('maxPool: window must be one value or two');
    expect(() => maxPool(x, [2, 0] as never)).toThrow('window must be a positive integer, got the number 0');
  });
});

describe('pooling', () => {
  it('with padding leaves out what was added', () => {
    fc.assert(
      fc.property(seed, step, (s, stride) => {
        const x = drawn(s, [2, 5, 6, 2]);
        const low: AnyTensor = pad(
          x,
          [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ],
          -1e9,
        );
        close(maxPool(x, 3, stride, { padding: 1 }), maxPool(low, 3, stride));
        const same = avgPool(mul(x, 0).add(3), 3, stride, { padding: 1 });
        expect(new Set(same.toTypedArray())).toEqual(new Set([3]));
      }),
      runs,
    );
  });
  it('adaptive is that of equal windows where they divide, and of all elements where there is one', () => {
    const x = drawn(7, [2, 6, 8, 3]);
    close(adaptiveAvgPool(x, [3, 4]), avgPool(x, 2));
    close(adaptiveMaxPool(x, [3, 4]), maxPool(x, 2));
    close(reshape(adaptiveAvgPool(x, [1, 1]), [2, 3]), mean(x, [1, 2]));
    close(reshape(adaptiveMaxPool(x, [1, 1]), [2, 3]), max(x, [1, 2]));
    // Along one axis it is that of images one wide, over volumes that of each axis in turn.
    const line = drawn(8, [2, 7, 3]);
    const flat = wide(expandDims(line, 2));
    close(wide(expandDims(adaptiveAvgPool1d(line, 3), 2)), adaptiveAvgPool(flat, [3, 1]));
    close(wide(expandDims(adaptiveMaxPool1d(line, 3), 2)), adaptiveMaxPool(flat, [3, 1]));
    const volume = drawn(9, [1, 4, 6, 2, 3]);
    close(adaptiveAvgPool3d(volume, [2, 3, 1]), avgPool3d(volume, 2));
    close(adaptiveMaxPool3d(volume, [2, 3, 1]), maxPool3d(volume, 2));
  });
});
