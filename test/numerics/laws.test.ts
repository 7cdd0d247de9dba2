// What holds for the functions holds for the formulas, exactly.
import { describe, expect, it } from 'vitest';
import { functions } from '../../src/numerics/functions';
import { doubles, singles } from './reference';

const inputs = { f32: [...singles(2 ** 17 - 1)], f64: [...doubles(30_000)] } as const;

describe.each(['f32', 'f64'] as const)('%s', (precision) => {
  const f = functions[precision];
  const round = precision === 'f32' ? Math.fround : (x: number) => x;
  const xs = inputs[precision];
  const failing = (holds: (x: number) => boolean): readonly number[] => xs.filter((x) => !holds(x)).slice(0, 5);

  it.each(['sin', 'tan', 'asin', 'atan', 'sinh', 'tanh', 'asinh', 'atanh', 'cbrt', 'erf', 'erfInv'] as const)(
    '%s is odd',
    (name) => expect(failing((x) => Object.is(f[name](-x), -f[name](x)))).toEqual([]),
  );
  it.each(['cos', 'cosh'] as const)('%s is even', (name) =>
    expect(failing((x) => Object.is(f[name](-x), f[name](x)))).toEqual([]),
  );
  it.each(['sin', 'cos', 'tanh', 'erf', 'logistic'] as const)('%s is at most 1', (name) =>
    expect(failing((x) => !(Math.abs(f[name](x)) > 1))).toEqual([]),
  );
  it.each(['exp', 'logistic', 'cosh'] as const)('%s is not negative', (name) =>
    expect(failing((x) => !(f[name](x) < 0))).toEqual([]),
  );
  it.each(['exp', 'tanh', 'logistic', 'erf', 'atan', 'asinh', 'sinh', 'cbrt'] as const)(
    '%s grows over steps of a thousandth',
    (name) => {
      const down: number[] = [];
      for (let x = -20; x < 20; x += 1 / 1024) if (f[name](round(x)) > f[name](round(x + 1 / 1024))) down.push(x);
      expect(down).toEqual([]);
    },
  );
  it.each(['log', 'log1p', 'cbrt'] as const)('%s grows with the logarithm', (name) => {
    const down: number[] = [];
    for (let x = 1e-30; x < 1e30; x *= 1.001) if (f[name](round(x)) > f[name](round(x * 1.001))) down.push(x);
    expect(down).toEqual([]);
  });
});
