// Activations and their slopes against numbers of PyTorch (activations.py), at the ends as well; the laws of softmax.
import { readFileSync } from 'node:fs';
import * as A from 'adjoint';
import { type AnyTensor, add, f64, grad, logSoftmax, neg, softmax, sum, tensor } from 'adjoint';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const golden = JSON.parse(readFileSync(new URL('activations.json', import.meta.url), 'utf8')) as {
  readonly torch: string;
  readonly x: readonly number[];
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly slopes: Readonly<Record<string, readonly number[]>>;
};
const x = tensor([...golden.x], f64);
const activations = A as unknown as Readonly<Record<string, (v: AnyTensor) => AnyTensor>>;
/** Where conventions at a kink differ: JAX's are ours. */
const kinks: Readonly<Record<string, readonly number[]>> = {
  hardSwish: [-3, 3],
  leakyRelu: [0],
  elu: [0],
  celu: [0],
  selu: [0],
};

describe(`activations of PyTorch ${golden.torch}`, () => {
  it.each(Object.keys(golden.values))('%s', (name) => {
    const f = activations[name] as (v: AnyTensor) => AnyTensor;
    const [values, slopes] = [f(x), grad((v: AnyTensor) => sum(f(v)) as A.Scalar<A.Float64>)(x)].map((v) =>
      v.toTypedArray(),
    );
    golden.x.forEach((at, i) => {
      const [value, slope] = [golden.values[name]?.[i] as number, golden.slopes[name]?.[i] as number];
      expect(values?.[i], `${name}(${at})`).toBeCloseTo(value, 8);
      // PyTorch takes softplus for x itself above 20.
      if (!kinks[name]?.includes(at)) expect(slopes?.[i], `slope of ${name} at ${at}`).toBeCloseTo(slope, 8);
    });
  });
});

describe('softmax', () => {
  const row = fc.array(fc.double({ min: -500, max: 500, noNaN: true }), { minLength: 1, maxLength: 8 });
  it('sums to one, is not negative, and does not see a shift', () => {
    fc.assert(
      fc.property(row, fc.double({ min: -1000, max: 1000, noNaN: true }), (values, shift) => {
        const v = tensor(values, f64);
        const p = softmax(v).toTypedArray();
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(p.every((q) => q >= 0)).toBe(true);
        softmax(add(v, shift))
          .toTypedArray()
          .forEach((q, i) => {
            expect(q).toBeCloseTo(p[i] as number, 9);
          });
      }),
    );
  });
  it('is the exponential of logSoftmax, which is finite where softmax is 0', () => {
    expect(logSoftmax(tensor([0, 1000])).toArray()).toEqual([-1000, 0]);
    fc.assert(
      fc.property(row, (values) => {
        const v = tensor(values, f64);
        A.exp(logSoftmax(v))
          .toTypedArray()
          .forEach((q, i) => {
            expect(q).toBeCloseTo(softmax(v).toTypedArray()[i] as number, 12);
          });
      }),
    );
  });
  it('of two is the sigmoid of their difference', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (d) => {
        const v = tensor([d, 0], f64);
        expect(softmax(v).toArray()[0]).toBeCloseTo(A.sigmoid(tensor(d, f64)).item(), 12);
        expect(A.sigmoid(neg(tensor(d, f64))).item()).toBeCloseTo(softmax(v).toArray()[1] as number, 12);
      }),
    );
  });
});
